"""Transcribes the test recordings with a ggml model through whisper.cpp and prints tables in Markdown.

Columns: character error rate, toneless pinyin error rate, announcements found (of those spoken whole), false alarms
(of the sentences whose true text the matcher does not take for one), and how often 全程录音录像 was written where not
even 录音录像 was spoken: the model completed the phrase by itself. The matcher is a plain sliding edit distance over
syllables, there to measure the recogniser; it is not the one that the program judges with.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import soundfile
from pypinyin import Style, lazy_pinyin

import rooms
from features import SAMPLE_RATE_HZ

CORE = ["执法全程录音录像", "执法过程全程录音录像", "执法将全程录音录像", "执法过程将全程录音录像"]
PHRASES = {"announcement": CORE, "rights and interests": ["为保护您的合法权益", "为了保护您的合法权益"], "supervision": ["监督我们的执法行为"],
           "credential": ["这是我们的执法证件", "这是我的执法证件"], "certificate number": ["我的执法证号是"], "officers": ["局执法人员"],
           "statement and defence": ["陈述申辩的权利", "陈述和申辩"], "challenge": ["申请回避"], "recording resumed": ["现恢复录音录像", "现在恢复录像"]}
MATCH = 0.25  # largest share of wrong syllables at which these tables call a phrase found
LONGEST_PIECE_S = 5.5


def distance(reference, heard) -> int:
    row = np.arange(len(heard) + 1)
    for i, r in enumerate(reference):
        above, row = row, np.empty_like(row)
        row[0] = i + 1
        for j, h in enumerate(heard):
            row[j + 1] = min(above[j + 1] + 1, row[j] + 1, above[j] + (r != h))
    return int(row[-1])


def best_inside(wanted, heard) -> float:
    """Share of wrong syllables of the best place for ``wanted`` within ``heard``."""
    row = np.zeros(len(heard) + 1, int)
    for i, w in enumerate(wanted):
        above, row = row, np.empty_like(row)
        row[0] = i + 1
        for j, h in enumerate(heard):
            row[j + 1] = min(above[j + 1] + 1, row[j] + 1, above[j] + (w != h))
    return row.min() / len(wanted)


def syllables(text: str, merged: bool = False):
    result = lazy_pinyin(text, style=Style.NORMAL, errors="ignore")
    if merged:  # regional speech, and what the recogniser mixes up
        for a, b in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n")):
            result = [s.replace(a, b) for s in result]
    return result


def found(text: str, variants=CORE, limit: float = MATCH) -> bool:
    heard = syllables(text, merged=True)
    return bool(heard) and min(best_inside(syllables(v, merged=True), heard) for v in variants) <= limit


class Ear:
    """One thread, greedy with whisper.cpp's fall-back temperatures, an audio context that fits the piece."""

    def __init__(self, model: Path):
        from pywhispercpp.model import Model

        self.model = Model(str(model), n_threads=1, language="zh", no_timestamps=True, single_segment=True, no_context=True,
                           print_progress=False, print_realtime=False, redirect_whispercpp_logs_to=None)
        self.cpu_s = self.sound_s = 0.0

    def hear(self, samples: np.ndarray, audio_context: int = 0) -> str:
        started = time.process_time()
        context = audio_context or min(1500, int(len(samples) / SAMPLE_RATE_HZ * 50) + 32)
        # whisper.cpp refuses less than a second
        padded = np.pad(samples.astype(np.float32), (0, max(0, int(1.1 * SAMPLE_RATE_HZ) - len(samples))))
        text = "".join(segment.text for segment in self.model.transcribe(padded, audio_ctx=context))
        self.cpu_s += time.process_time() - started
        self.sound_s += len(samples) / SAMPLE_RATE_HZ
        return "".join(c for c in text if "\u4e00" <= c <= "\u9fff")


def pieces(samples: np.ndarray, marks: list, whole: bool):
    """The recording cut in the middle of the pauses into pieces of at most ``LONGEST_PIECE_S`` where possible."""
    if whole:
        return [samples]
    clauses = list(zip(marks[::2], marks[1::2]))
    cuts, start = [0], 0
    for (_, end), (following, after) in zip(clauses, clauses[1:]):
        if after - start > LONGEST_PIECE_S * SAMPLE_RATE_HZ:
            start = (end + following) // 2
            cuts.append(start)
    return [samples[a:b] for a, b in zip(cuts, [*cuts[1:], len(samples)])]


def with_noise(kind, decibels):
    def apply(samples, rng, crowd):
        noise = rooms.noise(kind, rng, len(samples) / SAMPLE_RATE_HZ + 0.1, crowd)[: len(samples)]
        speech = samples[np.abs(samples) > 0.02 * np.abs(samples).max()]
        return samples + noise * np.sqrt(np.mean(speech**2)) * 10 ** (-decibels / 20)

    return apply


CONDITIONS = {"as spoken": lambda s, r, c: s, "room, 0.5 s": lambda s, r, c: rooms.reverberate(s, r, 0.5)}
CONDITIONS |= {f"{kind}, {db} dB": with_noise(kind, db) for db in (20, 10, 5) for kind in ("street", "wind", "crowd")}
CONDITIONS |= {f"AAC, {rate} kbit/s": (lambda rate: lambda s, r, c: rooms.aac(s, rate))(rate) for rate in (16, 32, 64)}
CONDITIONS |= {"G.711": lambda s, r, c: rooms.telephone(s)}


def rates(rows):
    """Table cells of (kind, spoken, heard) rows."""
    characters = sum(distance(spoken, heard) for _, spoken, heard in rows) / max(1, sum(len(s) for _, s, _ in rows))
    wanted = [(syllables(s), syllables(h)) for _, s, h in rows]
    sounds = sum(distance(s, h) for s, h in wanted) / max(1, sum(len(s) for s, _ in wanted))
    hits, whole, alarms, others = tally(rows, CORE)
    silent_on_it = [h for _, s, h in rows if "录音录像" not in s]
    invented = sum("全程录音录像" in h for h in silent_on_it)
    return f"{len(rows)} | {characters:.3f} | {sounds:.3f} | {hits}/{whole} | {alarms}/{others} | {invented}/{len(silent_on_it)}"


def tally(rows, variants):
    """Found, spoken whole, false alarms, sentences without the phrase."""
    whole = [found(s, variants, 0.0) for _, s, _ in rows]
    without = [not found(s, variants) for _, s, _ in rows]
    heard = [found(h, variants) for _, _, h in rows]
    return sum(w and f for w, f in zip(whole, heard)), sum(whole), sum(w and f for w, f in zip(without, heard)), sum(without)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True, help="folder that test_speech.py made")
    parser.add_argument("--every", type=int, default=1, help="take every n-th recording")
    parser.add_argument("--conditions", type=int, default=len(CONDITIONS), help="how many of the conditions, from the first")
    parser.add_argument("--hard-every", type=int, default=3, help="of these, take every n-th for the degraded conditions")
    parser.add_argument("--transcripts", type=Path, help="file for what was heard")
    args = parser.parse_args()
    recordings = [line.split("\t") for line in (args.test / "truth.tsv").read_text(encoding="utf-8").splitlines()][:: args.every]
    ear, log = Ear(args.model), open(args.transcripts or "/dev/null", "w", encoding="utf-8")
    sounds = {name: soundfile.read(args.test / name, dtype="float32")[0] for name, *_ in recordings}
    crowd_source = [s for name, s in sounds.items()][::7]
    head = "| {} | n | character error | pinyin error | announcement found | false alarms | core invented |\n|---|---|---|---|---|---|---|"

    def listen(rows, condition, whole=False, context=0):
        heard = []
        for name, voice, kind, text, marks in rows:
            rng = np.random.default_rng([sum(name.encode()), len(condition)])
            sound = CONDITIONS[condition](sounds[name], rng, lambda: crowd_source[rng.integers(len(crowd_source))][: 2 * SAMPLE_RATE_HZ])
            got = "".join(ear.hear(p, context) for p in pieces(sound, [int(m) for m in marks.split()], whole))
            heard.append((kind, text.replace("，", ""), got))
            print(condition, "whole" if whole else "cut", name, kind, text, got, sep="\t", file=log, flush=True)
        return heard

    clean = listen(recordings, "as spoken")
    print(head.format("as spoken, by voice"))
    for voice in sorted({r[1] for r in recordings}):
        print(f"| {voice} | {rates([h for h, r in zip(clean, recordings) if r[1] == voice])} |")
    print("\n" + head.format("as spoken, by kind"))
    for kind in dict.fromkeys(r[2] for r in recordings):
        print(f"| {kind} | {rates([h for h in clean if h[0] == kind])} |")
    print("\n| phrase, as spoken | found | false alarms |\n|---|---|---|")
    for name, variants in PHRASES.items():
        hits, whole, alarms, others = tally(clean, variants)
        print(f"| {name}: {variants[0]} | {hits}/{whole} | {alarms}/{others} |")
    print("\n" + head.format("condition"))
    hard = recordings[:: args.hard_every]
    for condition in list(CONDITIONS)[: args.conditions]:
        print(f"| {condition} | {rates(listen(hard, condition))} |", flush=True)
    print(f"| as spoken, not cut at pauses | {rates(listen(hard, 'as spoken', whole=True))} |")
    print(f"| as spoken, audio context 1500 | {rates(listen(hard[::3], 'as spoken', context=1500))} |")
    quiet = [rooms.noise(k, np.random.default_rng([9, i]), 4.0, lambda: np.zeros(16000)) * level for i, k in enumerate(rooms.KINDS[:-1] * 3)
             for level in (0.01, 0.1)] + [np.zeros(4 * SAMPLE_RATE_HZ)]
    heard = [ear.hear(q) for q in quiet]
    print(f"\nNobody speaks (noise, music, knocks, silence): {sum(h != '' for h in heard)} of {len(heard)} gave text: {[h for h in heard if h][:8]}")
    print(f"CPU seconds a second of sound, one thread: {ear.cpu_s / ear.sound_s:.3f}")


if __name__ == "__main__":
    main()
