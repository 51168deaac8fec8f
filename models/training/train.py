"""Trains the demonstration model until its time is up; started again, it goes on from its check point.

The learning rate follows the share of ``--minutes`` that has been used; the difficulty rises when the model is ready
for it, or when the time demands it. The averaged weights (``average``) are the ones to export.
"""

import argparse
import multiprocessing
import signal
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import ggml
from composer import Composer, Mix, Pool, Readings
from model import Size, Whisper
from vocabulary import Vocabulary

PEAK_RATE, LAST_RATE, WARM_SHARE = 2.0e-3, 5.0e-5, 0.02
PEAK_RATE_GOING_ON = 1.2e-3  # weights that hear already
CORRUPTED_TOKENS = 0.10  # share of the decoder's input replaced, so that it trusts its ears more than its memory


# The difficulty rises when so many of the next tokens are right, at the latest at this share of the time.
READY_FOR = [(0.60, 0.40), (0.72, 0.58)]
HEARS = 1.4  # syllable loss above which two steps of three train the encoder alone
LONGEST_STEP_S = 10.0  # a longer step was a pause of the machine, which is not training time


def programme(level: int, rng) -> Mix:
    """Clean, short and spliced first; longer, noisier and whole sentences later."""
    if level == 0:
        return Mix(float(rng.choice([1.5, 2.5])), spliced=0.7, noisy=0.1, masked=0.0, empty=0.02)
    if level == 1:
        return Mix(float(rng.choice([1.5, 2.5, 4.0])), spliced=0.65, noisy=0.4, masked=0.1, empty=0.03)
    seconds = float(rng.choice([2.5, 4.0, 6.0, 9.0, 13.0], p=[0.32, 0.35, 0.23, 0.07, 0.03]))
    return Mix(seconds, spliced=0.5, noisy=0.6, masked=0.15, empty=0.1)


def produce(pool, vocabulary, seed, frames_per_batch, level, queue):
    composer = Composer(pool, vocabulary, seed)
    while True:
        mix = programme(level.value, composer.rng)
        batch = composer.batch(mix, max(2, int(frames_per_batch / (mix.seconds * 100 + 80))))
        batch["mel"] = batch["mel"].astype(np.float16)
        queue.put(batch)


def attention_loss(weights, places, shift):
    """−log of the attention that one head gives to the frames where a token is spoken, widened by one frame.

    ``shift`` 1: the token that the position predicts; 0: the token it has just read."""
    places = places[:, 1:] if shift else places[:, :-1]
    weights = weights[:, : places.shape[1]]
    frame = torch.arange(weights.shape[-1], device=weights.device)
    inside = (frame >= places[..., :1] - 1) & (frame <= places[..., 1:] + 1)
    valid = places[..., 0] >= 0
    mass = (weights * inside).sum(-1)[valid]
    return -(mass + 1e-4).log().mean() if mass.numel() else weights.sum() * 0


def losses(model, batch, vocabulary, sound_parts, corrupt: bool = True, decode: bool = True):
    tokens, places, lengths = batch["tokens"], batch["places"], batch["lengths"]
    prompt = len(vocabulary.prompt)
    heard = model.encode(batch["mel"])
    loudness = torch.where(batch["syllables"] == 0, 0.3, 1.0)  # silence counts less
    parts_of_syllable = sound_parts[batch["syllables"]]
    targets = {"syllable": batch["syllables"], "tone": batch["tones"], "initial": parts_of_syllable[..., 0], "final": parts_of_syllable[..., 1]}
    result = {}
    for name, wanted in targets.items():
        error = F.cross_entropy(getattr(model, f"{name}_head")(heard).float().transpose(1, 2), wanted, reduction="none")
        result[name] = (error * loudness).sum() / loudness.sum()
    if not decode:
        return result
    given = tokens[:, :-1]
    if corrupt:
        spoil = torch.rand(given.shape, device=given.device) < CORRUPTED_TOKENS
        spoil[:, :prompt] = False
        given = torch.where(spoil, torch.randint_like(given, 1, vocabulary.size), given)
    logits, weights = model.decode(given, heard)
    logits = logits.float()
    offset = torch.zeros(vocabulary.size, device=logits.device)
    offset[vocabulary.OTHER] = np.log(vocabulary.others)
    log_probability = F.log_softmax(logits + offset, -1)
    target = tokens[:, 1:]
    at = torch.arange(target.shape[1], device=target.device)[None]
    counted = (at >= prompt - 1) & (at <= prompt - 1 + lengths[:, None])
    spoken = (lengths > 0)[:, None] & counted
    picked = log_probability.gather(-1, target[..., None])[..., 0]
    result["token"] = -picked[spoken].mean() if spoken.any() else logits.sum() * 0
    # Nobody speaks: the first token is "no speech", and what is left is spread so thinly over all other tokens
    # that the recogniser's own probability thresholds throw it away.
    empty = log_probability[lengths == 0, prompt - 1]
    if len(empty):
        nothing = 0.85 * empty[:, vocabulary.no_speech] + 0.05 * empty[:, vocabulary.end] + 0.1 * empty[:, vocabulary.OTHER]
        result["empty"] = -nothing.mean()
    result["follow"] = attention_loss(weights[0][:, 0], places, 0)
    result["lead"] = 0.5 * attention_loss(weights[-1][:, 0], places, 1) + 0.5 * attention_loss(weights[-2][:, 0], places, 1)
    with torch.no_grad():
        result["right"] = (logits.argmax(-1) == target)[spoken].float().mean()
    return result


def total(parts, level):
    early = (1.0, 0.8, 0.7)[level]
    weights = {"token": 1.0, "empty": 0.1, "syllable": 0.3 + 0.7 * early, "tone": 0.1 + 0.2 * early,
               "initial": 0.1 + 0.3 * early, "final": 0.1 + 0.3 * early,
               "follow": 0.05 + 0.25 * early, "lead": 0.1 + 0.3 * early, "right": 0.0}
    return sum(weights[name] * value for name, value in parts.items())


def rate_at(progress, peak_rate):
    if progress < WARM_SHARE:
        return peak_rate * progress / WARM_SHARE
    share = (progress - WARM_SHARE) / (1 - WARM_SHARE)
    return LAST_RATE + (peak_rate - LAST_RATE) * 0.5 * (1 + np.cos(np.pi * min(1.0, share)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, required=True, help="folder with the shards that speech.py made")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the check point")
    parser.add_argument("--start", type=Path, help="a model file of the same size to go on from")
    parser.add_argument("--minutes", type=float, default=60, help="wall time of the whole training, over all its runs")
    parser.add_argument("--stop-after", type=float, default=1e9, help="minutes after which this run pauses")
    parser.add_argument("--frames", type=int, default=12_000, help="10 ms frames a step")
    parser.add_argument("--producers", type=int, default=1, help="processes that compose batches")
    parser.add_argument("--threads", type=int, default=1, help="threads of the training process")
    parser.add_argument("--width", type=int, default=Size.width)
    parser.add_argument("--audio-layers", type=int, default=Size.audio_layers)
    parser.add_argument("--text-layers", type=int, default=Size.text_layers)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"

    rows = [line.split("\t") for line in args.corpus.read_text(encoding="utf-8").splitlines()]
    vocabulary = Vocabulary("".join(text for _, _, text in rows).replace("，", ""))
    vocabulary.save(args.out / "vocabulary.json")
    pool = Pool(args.speech)
    print(f"{len(pool.texts)} clauses, {sum(map(len, pool.mels)) / 360_000:.1f} hours, {vocabulary.size} classes", flush=True)
    readings = Readings(vocabulary.characters)
    sound_parts = torch.from_numpy(readings.parts).to(args.device)
    size = Size(width=args.width, heads=args.width // 64, audio_layers=args.audio_layers, text_layers=args.text_layers,
                classes=vocabulary.size, syllables=len(readings.names), initials=len(readings.initials), finals=len(readings.finals))
    model = Whisper(size)
    if args.start:
        ggml.load_into(model, args.start, vocabulary)
    model = model.to(args.device)
    peak_rate = PEAK_RATE_GOING_ON if args.start else PEAK_RATE
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], lr=0, betas=(0.9, 0.98))
    step, used_s, right, reached, deafness = 0, 0.0, 0.0, 0, 6.0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=args.device, weights_only=False)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average, step, used_s = state["average"], state["step"], state["used_s"]
        right, reached, deafness = state["right"], state["level"], state["deafness"]

    level = multiprocessing.Value("i", reached)
    queue = multiprocessing.Queue(maxsize=6)
    for number in range(args.producers):
        multiprocessing.Process(target=produce, args=(pool, vocabulary, 1000 * step + number, args.frames, level, queue), daemon=True).start()

    def save():
        part = checkpoint.with_suffix(".part")
        torch.save({"model": model.state_dict(), "average": average, "optimiser": optimiser.state_dict(), "step": step, "used_s": used_s,
                    "right": right, "level": level.value, "deafness": deafness, "size": asdict(size)}, part)
        part.rename(checkpoint)

    log = open(args.out / "log.tsv", "a", encoding="utf-8")
    started, last, saved, seen = time.time(), time.time(), time.time(), {}
    waited = 0.0
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    while not stop and used_s < args.minutes * 60 and time.time() - started < args.stop_after * 60:
        before = time.time()
        batch = {k: torch.from_numpy(v).to(args.device) for k, v in queue.get().items()}
        waited += time.time() - before
        batch["mel"] = batch["mel"].float()
        share = used_s / 60 / args.minutes
        level.value = max(level.value, sum(right >= ready or share >= latest for ready, latest in READY_FOR))
        for group in optimiser.param_groups:
            group["lr"] = rate_at(share, peak_rate)
        with torch.autocast(args.device, torch.bfloat16):
            parts = losses(model, batch, vocabulary, sound_parts, decode=deafness < HEARS or step % 3 == 0)
            loss = total(parts, level.value)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            keep = min(0.999, (1 + step) / (10 + step))
            for name, value in model.state_dict().items():
                average[name].lerp_(value, 1 - keep)
        now = time.time()
        used_s, last = used_s + min(now - last, LONGEST_STEP_S), now
        right = 0.98 * right + 0.02 * float(parts["right"]) if "right" in parts else right
        deafness = 0.98 * deafness + 0.02 * parts["syllable"].item()
        for name, value in parts.items():
            seen.setdefault(name, []).append(value.item())
        if step % 50 == 0:
            line = f"{step}\t{used_s / 60:.1f}\t{level.value}\t{rate_at(share, peak_rate):.2e}\t" + "\t".join(f"{k} {np.mean(v):.3f}" for k, v in seen.items())
            print(line, f"wait {waited / 50:.2f}", flush=True)
            print(line, file=log, flush=True)
            seen, waited = {}, 0.0
        if now - saved > 120:
            save()
            saved = now
    save()
    print(f"stopped after step {step}, {used_s / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
