"""Speaks the test sentences in voices kept out of training and stores them as 16 kHz wave files with ``truth.tsv``
(file, voice, kind, text, and the first and last sample of every clause). Made again only where missing."""

import argparse
from pathlib import Path

import numpy as np
import soundfile

from features import SAMPLE_RATE_HZ, resample
from voices import ESPEAK_TEST, Espeak, Natural

PAUSE_S = (0.25, 0.6)  # between clauses
LEAD_S = (0.2, 0.8)  # before and after
# Sentences a voice speaks, in equal shares of every kind's sentences; the slow voices speak fewer.
VOICES = {"espeak": 1.0, "tacotron2": 0.2, "fastspeech2": 0.2}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = [line.split("\t") for line in args.corpus.read_text(encoding="utf-8").splitlines()]
    rows = [(kind, text) for split, kind, text in rows if split == "test"]
    truth = []
    for voice, share in VOICES.items():
        speaker = None
        for number, (kind, text) in enumerate(rows):
            rng = np.random.default_rng([len(voice), number])
            if (number + 1) * share % 1 >= share:
                continue
            path = args.out / f"{voice}-{number:04}.wav"
            marks = path.with_suffix(".marks")
            if not marks.exists():
                speaker = speaker or (Espeak() if voice == "espeak" else Natural(voice))
                made = speak(speaker, voice, text, rng)
                if made is None:
                    continue
                soundfile.write(path, made[0], SAMPLE_RATE_HZ, subtype="PCM_16")
                marks.write_text(" ".join(map(str, made[1])))
            truth.append("\t".join([path.name, voice, kind, text, marks.read_text()]))
    (args.out / "truth.tsv").write_text("\n".join(truth) + "\n", encoding="utf-8")
    print(f"{len(truth)} recordings")


def speak(speaker, voice, text, rng):
    variant, rate, pitch = str(rng.choice(ESPEAK_TEST)), int(rng.uniform(180, 290)), int(rng.uniform(25, 75))
    # the one natural speaker becomes several by resampling
    factor = rng.choice([0.86, 1.0, 1.1]) if voice == "tacotron2" else rng.uniform(0.9, 1.1)
    speed = rng.uniform(0.8, 1.1)
    parts, marks, at = [], [], 0
    for clause in text.split("，"):
        if voice == "espeak":
            result = speaker.speak(clause, variant, rate, pitch)
        elif voice == "tacotron2":
            result = speaker.speak(clause)
        else:
            result = speaker.speak(clause, speed=speed)
        if result is None:
            return None
        samples = resample(result[0], speaker.rate_hz, factor)
        samples *= 0.3 / (np.abs(samples).max() + 1e-6)
        gap = int(rng.uniform(*(PAUSE_S if parts else LEAD_S)) * SAMPLE_RATE_HZ)
        marks += [at + gap, at + gap + len(samples)]
        at = marks[-1]
        parts += [np.zeros(gap, np.float32), samples]
    parts.append(np.zeros(int(rng.uniform(*LEAD_S) * SAMPLE_RATE_HZ), np.float32))
    sound = np.concatenate(parts)
    return sound + 1e-4 * rng.standard_normal(len(sound)), marks


if __name__ == "__main__":
    main()
