"""Speaks the recordings of ``cargo bench --bench accuracy`` into a folder with ``truth.json``; made again only where missing.

    pip install -r ../../models/training/requirements.txt    # and Debian's espeak-ng and ffmpeg
    python make_speech.py --out ../../target/accuracy

Voices: espeak-ng variants and Tacotron2, none of which the demonstration model was trained on, and for other languages those
that `models/training/foreign.py` keeps for testing (Debian: flite, festival and the voices and word lists named there). A third is as spoken, the
others have street, wind or crowd behind them at 20, 10 or 5 dB; a third has been in a room. Codecs: AAC at 16, 24, 32 and
64 kbit/s, G.711 in both laws, PCM.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "training"))

import foreign
import rooms
import soundfile
from features import SAMPLE_RATE_HZ, resample
from sentences import COUNTS, TALK, Writer
from voices import ESPEAK_TEST, Espeak, Natural

SEED = 20_250  # of the recordings that the matcher's last changes were made after
TACOTRON_SHARE = 0.35
PAUSE_S, LEAD_S = (0.2, 0.7), (0.4, 1.2)
NOISES, LEVELS_DB = ["street", "wind", "crowd"], [20, 10, 5]
CODECS = {"aac-16": ("m4a", ["-c:a", "aac", "-b:a", "16k"]), "aac-24": ("m4a", ["-c:a", "aac", "-b:a", "24k"]),
          "aac-32": ("m4a", ["-c:a", "aac", "-b:a", "32k"]), "aac-64": ("m4a", ["-c:a", "aac", "-b:a", "64k"]),
          "mu-law": ("mov", ["-ar", "8000", "-c:a", "pcm_mulaw"]), "a-law": ("mov", ["-ar", "8000", "-c:a", "pcm_alaw"]),
          "pcm": ("wav", ["-c:a", "pcm_s16le"])}


class Speakers:
    """Voices, loaded when they are first needed."""

    def __init__(self):
        self.espeak, self.natural = Espeak(), None

    def speaker(self, rng):
        """A voice for one recording: its name, and text to samples at 16 kHz (None when it can't be said)."""
        if rng.random() < TACOTRON_SHARE:
            self.natural = self.natural or Natural("tacotron2")
            factor = float(rng.choice([0.84, 0.92, 1.0, 1.08]))
            return f"tacotron2-{factor}", lambda text: resample(self.natural.speak(text)[0], self.natural.rate_hz, factor)
        variant, rate, pitch = str(rng.choice(ESPEAK_TEST)), int(rng.uniform(170, 300)), int(rng.uniform(20, 80))
        factor = rng.uniform(0.88, 1.12)

        def speak(text):
            result = self.espeak.speak(text, variant, rate, pitch)
            return None if result is None else resample(result[0], self.espeak.rate_hz, factor)

        return f"espeak-{variant}", speak

    def chatter(self, rng):
        """One piece of a crowd: everyday talk in some voice."""
        result = None
        while result is None:
            result = self.espeak.speak(str(rng.choice(TALK)), str(rng.choice(ESPEAK_TEST)), 230, int(rng.integers(20, 80)))
        return resample(result[0], self.espeak.rate_hz)


def foreign_talk(rng):
    """A voice and some ten seconds of it speaking another language, between silences."""
    program, voice, words = foreign.TEST[rng.integers(len(foreign.TEST))]
    samples = foreign.speak(program, voice, foreign.text(words, rng))[: int(rng.uniform(6, 14) * SAMPLE_RATE_HZ)]
    quiet = [np.zeros(int(rng.uniform(*LEAD_S) * SAMPLE_RATE_HZ), np.float32) for _ in range(2)]
    return f"foreign-{voice}", np.concatenate([quiet[0], 0.3 * samples / (np.abs(samples).max() + 1e-6), quiet[1]]).astype(np.float32)


def level(samples):
    """Root mean square of the louder half, in 20 ms steps: the speech, not its pauses."""
    steps = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    power = np.sort((steps**2).mean(1))
    return np.sqrt(power[len(power) // 2 :].mean() + 1e-12)


def compose(speak, clauses, rng):
    """Samples, and the first and last second of every clause."""
    parts, spans, at = [], [], 0
    for text, _ in clauses:
        samples = speak(text)
        if samples is None:
            return None
        samples = samples * (0.3 / (np.abs(samples).max() + 1e-6))
        gap = int(rng.uniform(*(PAUSE_S if parts else LEAD_S)) * SAMPLE_RATE_HZ)
        parts += [np.zeros(gap, np.float32), samples]
        spans.append(((at + gap) / SAMPLE_RATE_HZ, (at + gap + len(samples)) / SAMPLE_RATE_HZ))
        at += gap + len(samples)
    parts.append(np.zeros(int(rng.uniform(*LEAD_S) * SAMPLE_RATE_HZ), np.float32))
    return np.concatenate(parts).astype(np.float32), spans


def degrade(samples, speakers, rng):
    condition = {"room": bool(rng.random() < 0.35), "noise": None, "snr_db": None}
    if condition["room"]:
        samples = rooms.reverberate(samples, rng, rng.uniform(0.2, 0.6))
    hiss = 10 ** (-rng.uniform(35, 55) / 20)
    noise = hiss * rooms.noise("hiss", rng, len(samples) / SAMPLE_RATE_HZ + 0.1)[: len(samples)] * level(samples)
    if rng.random() < 2 / 3:
        condition["noise"], condition["snr_db"] = str(rng.choice(NOISES)), int(rng.choice(LEVELS_DB))
        made = rooms.noise(condition["noise"], rng, len(samples) / SAMPLE_RATE_HZ + 0.1, lambda: speakers.chatter(rng))[: len(samples)]
        noise = noise + made * level(samples) / level(made) * 10 ** (-condition["snr_db"] / 20)
    mixed = samples + noise
    return mixed * (10 ** (-rng.uniform(3, 20) / 20) / (np.abs(mixed).max() + 1e-6)), condition


def write(path, samples, arguments):
    part = path.with_name(f"part-{path.name}")
    source = part.with_suffix(".source.wav")
    soundfile.write(source, samples, SAMPLE_RATE_HZ, subtype="PCM_16")
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-i", source, *arguments, part], check=True)
    source.unlink()
    part.rename(path)


def checks(kind, clauses, spans):
    """For every check that this kind of recording speaks about: whether its words are there, and when."""
    about = {"announcement": "announcement", "partial": "announcement", "credential": "credential-display", "not-credential": "credential-display",
             "rights": "rights-notice", "not-rights": "rights-notice", "purpose": "purpose-statement", "not-purpose": "purpose-statement",
             "place": "location-statement", "not-place": "location-statement", "explanation": "interruption-explanation",
             "not-explanation": "interruption-explanation"}
    # Everyday talk holds none of them, nor does another language.
    asked = [about[kind]] if kind in about else ["announcement", "credential-display", "rights-notice"]
    truth = {}
    for check in asked:
        own = [span for (_, of), span in zip(clauses, spans) if of == check]
        truth[check] = {"said": bool(own)} | ({"start_s": round(own[0][0], 3), "end_s": round(own[-1][1], 3)} if own else {})
    return truth


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    speakers, entries = Speakers(), []
    kinds = [kind for kind, count in COUNTS.items() for _ in range(count)]
    for number, kind in enumerate(kinds):
        entry_path = args.out / f"{number:04}.json"
        attempt = 0
        while not entry_path.exists():
            rng = np.random.default_rng([args.seed, number, attempt])
            attempt += 1
            if kind == "foreign":
                voice, samples = foreign_talk(rng)
                text, truth, slots = None, checks(kind, [], []), {}
            else:
                clauses, slots = Writer(rng).recording(kind)
                voice, speak = speakers.speaker(rng)
                made = compose(speak, clauses, rng)
                if made is None:
                    continue
                samples, text, truth = made[0], "".join(text for text, _ in clauses), checks(kind, clauses, made[1])
            samples, condition = degrade(samples, speakers, rng)
            condition |= {"language": "other"} if kind == "foreign" else {}
            codec = str(rng.choice(list(CODECS)))
            ending, arguments = CODECS[codec]
            path = args.out / f"{number:04}.{ending}"
            write(path, samples, arguments)
            entry = {"file": path.name, "kind": kind, "text": text, "checks": truth,
                     "slots": slots, "condition": condition | {"voice": voice, "codec": codec}}
            entry_path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")
        entries.append(json.loads(entry_path.read_text(encoding="utf-8")))
        if number % 50 == 49:
            print(f"{number + 1} of {len(kinds)}", flush=True)
    truth = {"schema": "pingcha.accuracy/1", "recordings": entries}
    (args.out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
