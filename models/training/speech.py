"""Speaks the training sentences and stores their features in shards; run again, it makes only what is missing.

A shard holds clauses (the pieces of a sentence between commas): ``frames`` (log10 mel power, float16), ``clauses``
(first frame, frames, sentence number), ``texts``, ``spans`` (first and last frame of every character within its
clause, all clauses joined) and ``voices``. Clauses of a sentence follow each other.
"""

import argparse
import zlib
from pathlib import Path

import numpy as np

import rooms
from features import FRAME_SAMPLES, SAMPLE_RATE_HZ, log_mel, resample
from voices import ESPEAK_TEST, ESPEAK_TRAIN, Espeak, Natural

SENTENCES_PER_SHARD = 200


class Shard:
    def __init__(self):
        self.samples, self.spans, self.texts, self.sentences, self.voices = [], [], [], [], []

    def add(self, samples, spans_s, text, sentence, voice):
        self.samples.append(samples)
        self.spans.append(spans_s)
        self.texts.append(text)
        self.sentences.append(sentence)
        self.voices.append(voice)

    def degrade(self, rng):
        """A third of the sentences gets a room; of all, one in eight goes through G.711 and one in four through AAC."""
        fate = {s: (rng.random() < 0.35, rng.random()) for s in set(self.sentences)}
        through_aac = []
        for i, sentence in enumerate(self.sentences):
            room, coding = fate[sentence]
            if room:
                self.samples[i] = rooms.reverberate(self.samples[i], rng, rng.uniform(0.15, 0.8))
            if coding < 0.125:
                self.samples[i] = rooms.telephone(self.samples[i])
            elif coding < 0.375:
                through_aac.append(i)
        for start in range(0, len(through_aac), 100):
            group = through_aac[start : start + 100]
            lengths = [len(self.samples[i]) for i in group]
            rate_hz = int(rng.choice([8000, 16000, 16000]))
            coded = rooms.aac(np.concatenate([self.samples[i] for i in group]), int(rng.choice([12, 16, 24, 32])), rate_hz)
            for i, piece in zip(group, np.split(coded, np.cumsum(lengths)[:-1])):
                self.samples[i] = piece

    def save(self, path: Path):
        frames, clauses, spans, first = [], [], [], 0
        for samples, span_s, sentence in zip(self.samples, self.spans, self.sentences):
            mel = log_mel(samples).astype(np.float16)
            frames.append(mel)
            clauses.append((first, len(mel), sentence))
            spans.append(np.clip(np.round(span_s * SAMPLE_RATE_HZ / FRAME_SAMPLES), 0, len(mel)).astype(np.int16))
            first += len(mel)
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            np.savez(file, frames=np.concatenate(frames), clauses=np.array(clauses, np.int64), spans=np.concatenate(spans),
                     texts=np.array(self.texts), voices=np.array(self.voices))
        part.rename(path)


def normalise(samples):
    return samples * (0.5 / (np.abs(samples).max() + 1e-6))


def speak_espeak(espeak, shard, sentence, text, rng, variants):
    variant = str(rng.choice(variants))
    factor = rng.uniform(0.82, 1.22)
    rate = int(rng.uniform(170, 340) / factor)
    pitch, pitch_range = int(rng.uniform(15, 85)), int(rng.uniform(20, 80))
    for clause in text.split("，"):
        result = espeak.speak(clause, variant, rate, pitch, pitch_range)
        if result:
            samples, spans = result
            shard.add(normalise(resample(samples, espeak.rate_hz, factor)), spans / factor, clause, sentence, f"espeak-{variant}")


def speak_natural(natural, shard, sentence, text, rng, _variants):
    """One synthesis, four speakers: the voice and three resamplings of it."""
    speed, pitch, energy = rng.uniform(0.75, 1.15), rng.uniform(0.65, 1.35), rng.uniform(0.7, 1.3)
    factors = [1.0, rng.uniform(0.76, 0.86), rng.uniform(0.86, 0.97), rng.uniform(1.05, 1.22)]
    clauses = [(clause, natural.speak(clause, speed, pitch, energy)) for clause in text.split("，")]
    for copy, factor in enumerate(factors):
        for clause, result in clauses:
            if result:
                samples, spans = result
                shard.add(normalise(resample(samples, natural.rate_hz, factor)), spans / factor, clause, 4 * sentence + copy, f"natural-{copy}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    parser.add_argument("--voice", choices=["espeak", "natural"], required=True)
    parser.add_argument("--split", choices=["train", "test"], default="train", help="test: test sentences in voices kept for testing")
    parser.add_argument("--sentences", type=int, default=0, help="speak a random part of the corpus (0: all)")
    parser.add_argument("--pass-number", type=int, default=0, help="another pass speaks the corpus with other voices")
    args = parser.parse_args()
    rows = [line.split("\t") for line in args.corpus.read_text(encoding="utf-8").splitlines()]
    texts = [text for split, _, text in rows if split == args.split]
    seed = zlib.crc32(f"{args.voice}-{args.pass_number}".encode())
    np.random.default_rng(seed).shuffle(texts)
    if args.sentences:
        texts = texts[: args.sentences]
    args.out.mkdir(parents=True, exist_ok=True)
    variants = ESPEAK_TRAIN if args.split == "train" else ESPEAK_TEST
    voice, speak = None, speak_espeak if args.voice == "espeak" else speak_natural
    for number, start in enumerate(range(0, len(texts), SENTENCES_PER_SHARD)):
        path = args.out / f"{args.voice}-{args.pass_number}-{number:04}.npz"
        if path.exists():
            continue
        voice = voice or (Espeak() if args.voice == "espeak" else Natural("fastspeech2"))
        rng, shard = np.random.default_rng([seed, number]), Shard()
        for i, text in enumerate(texts[start : start + SENTENCES_PER_SHARD]):
            speak(voice, shard, i, text, rng, variants)
        shard.degrade(rng)
        shard.save(path)
        print(f"{path.name}: {len(shard.texts)} clauses, {sum(map(len, shard.samples)) / SAMPLE_RATE_HZ / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
