"""Composes training items from the stored clauses: cuts, joins, pauses, rooms' colour, noise and silence."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pypinyin import Style, pinyin
from pypinyin.contrib.tone_convert import to_initials

import rooms
from features import BAND_CENTRES_HZ, FLOOR, FRAME_SAMPLES, MEL_BANDS, SAMPLE_RATE_HZ, log_mel, resample, scale
from vocabulary import Vocabulary
from voices import ESPEAK_TRAIN, Espeak

NOISES_OF_A_KIND = 6
# Of the audible noises, in the order of rooms.KINDS: other voices are the hardest and the most common on a visit.
NOISE_SHARES = [0.1, 0.16, 0.18, 0.08, 0.1, 0.1, 0.28]

NARROW_SHARE = 0.25  # of the items, through a codec that cuts the treble off, noise and all

# Of the items without text: another language, two voices at once; the others are noise.
FOREIGN_SHARE, OVERLAPPING_SHARE = 0.4, 0.25
OVERLAPPING_DB = 3.0  # two voices closer than this cannot be told apart

NATURAL_SHARE = 0.55  # of the clauses drawn; there are fewer natural ones, and they matter more


@dataclass
class Item:
    """Log mel power with the characters spoken in it and their first and last frames."""

    mel: np.ndarray
    text: str
    spans: np.ndarray


@dataclass
class Mix:
    """How hard the items of a batch are; the trainer raises it as it goes."""

    seconds: float
    spliced: float  # share of items made of random pieces
    noisy: float  # share of items with audible noise
    masked: float  # share of items with parts blanked
    empty: float  # share of items where nobody speaks, or nobody speaks Mandarin


class Pool:
    """All shards in memory."""

    def __init__(self, folder: Path, characters: str | None = None):
        self.mels, self.texts, self.spans, self.natural, self.sentences, self.foreign = [], [], [], [], [], []
        for number, path in enumerate(sorted(folder.glob("*.npz"))):
            with np.load(path) as shard:
                frames, spans, at = shard["frames"], shard["spans"], 0
                for (first, count, sentence), text, voice in zip(shard["clauses"], shard["texts"], shard["voices"]):
                    if not text:
                        self.foreign.append(frames[first : first + count])
                        continue
                    self.mels.append(frames[first : first + count])
                    self.texts.append(str(text))
                    self.spans.append(spans[at : at + len(text)])
                    self.natural.append(str(voice).startswith("natural"))
                    self.sentences.append((number, int(sentence)))
                    at += len(text)
        self.by_kind = [np.flatnonzero(np.array(self.natural) == k) for k in (False, True)]

    def draw(self, rng) -> int:
        kind = self.by_kind[int(len(self.by_kind[1]) > 0 and rng.random() < NATURAL_SHARE)]
        return int(kind[rng.integers(len(kind))])

    def clause(self, index: int) -> Item:
        return Item(self.mels[index], self.texts[index], self.spans[index])

    def sentence(self, index: int) -> list:
        """The clause and those that follow it in its sentence."""
        end = index + 1
        while end < len(self.texts) and self.sentences[end] == self.sentences[index] and self.natural[end] == self.natural[index]:
            end += 1
        return [self.clause(i) for i in range(index, end)]


def cut(item: Item, first: int, last: int) -> Item:
    """The characters first..last of an item, cut halfway between neighbours."""
    start = 0 if first == 0 else int(item.spans[first - 1, 1] + item.spans[first, 0]) // 2
    end = len(item.mel) if last == len(item.text) else int(item.spans[last - 1, 1] + item.spans[last, 0]) // 2
    return Item(item.mel[start:end], item.text[first:last], np.clip(item.spans[first:last] - start, 0, end - start))


def join(items: list, gaps: list) -> Item:
    """Items one after the other, with so many frames of silence before each and after the last."""
    parts, spans, at = [], [], 0
    for item, gap in zip(items, gaps):
        parts += [np.full((gap, MEL_BANDS), FLOOR, np.float32), item.mel]
        spans.append(item.spans + at + gap)
        at += gap + len(item.mel)
    parts.append(np.full((gaps[-1], MEL_BANDS), FLOOR, np.float32))
    return Item(np.concatenate(parts).astype(np.float32), "".join(i.text for i in items), np.concatenate(spans))


class Composer:
    def __init__(self, pool: Pool, vocabulary: Vocabulary, seed: int, noise_seconds: float = 30.0):
        self.pool, self.vocabulary, self.rng = pool, vocabulary, np.random.default_rng(seed)
        self.readings = Readings(vocabulary.characters)
        self.noises = self._noises(noise_seconds)

    def _noises(self, seconds: float) -> dict:
        espeak = Espeak()

        def chatter():
            index = self.pool.draw(self.rng)
            result = espeak.speak(self.pool.texts[index], str(self.rng.choice(ESPEAK_TRAIN)), 230, int(self.rng.integers(20, 80)))
            return resample(result[0], espeak.rate_hz) if result else np.zeros(SAMPLE_RATE_HZ, np.float32)

        return {kind: [log_mel(0.1 * rooms.noise(kind, self.rng, seconds, chatter)) for _ in range(NOISES_OF_A_KIND)] for kind in rooms.KINDS}

    def noise_like(self, frames: int, kind=None) -> np.ndarray:
        kind = kind or str(self.rng.choice(rooms.KINDS, p=NOISE_SHARES))
        source = self.noises[kind][self.rng.integers(len(self.noises[kind]))]
        start = self.rng.integers(0, len(source) - frames)
        return source[start : start + frames]

    def speech(self, mix: Mix, limit: int) -> Item:
        """Speech of at most ``limit`` frames."""
        rng, pieces, total = self.rng, [], 0
        spliced = rng.random() < mix.spliced
        target = limit * rng.uniform(0.3, 1.0)
        queue = []
        while total < target:
            if not queue:
                index = self.pool.draw(rng)
                queue = [self.pool.clause(index)] if spliced else self.pool.sentence(index)
                sentence_starts = True
            item = queue.pop(0)
            count = len(item.text)
            if spliced or rng.random() < 0.15:
                first = int(rng.integers(0, count))
                item = cut(item, first, min(count, first + int(rng.integers(1, 9))))
            if total + len(item.mel) > limit - 10:
                if pieces:
                    break
                fitting = np.flatnonzero(item.spans[:, 1] < limit - 30)
                item = cut(item, 0, max(1, len(fitting)))
                item = Item(item.mel[: limit - 10], item.text, np.minimum(item.spans, limit - 11))
            if pieces and not spliced and sentence_starts and rng.random() < 0.5:
                break  # mostly one sentence an item
            sentence_starts = False
            pieces.append(item)
            total += len(item.mel) + 10
        longest = max(1, (limit - sum(len(p.mel) for p in pieces)) // (len(pieces) + 1))
        if spliced:
            gaps = [int(rng.integers(0, 20)) if rng.random() < 0.15 else 0 for _ in pieces]
        else:
            gaps = [int(rng.choice([2, 8, 20, 40])) for _ in pieces]
        gaps = [min(g, longest) for g in gaps] + [min(int(rng.integers(0, 30)), longest)]
        gaps[0] = min(int(rng.integers(0, 40)), longest)
        return join(pieces, gaps)

    def warp(self, item: Item, limit: int) -> Item:
        """Another vocal tract and another pace."""
        rng = self.rng
        pace = rng.uniform(0.85, 1.15)
        if len(item.mel) / pace <= limit:
            source = np.minimum((np.arange(int(len(item.mel) / pace)) * pace).astype(int), len(item.mel) - 1)
            item = Item(item.mel[source], item.text, (item.spans / pace).astype(int))
        band = np.clip(np.arange(MEL_BANDS) * rng.uniform(0.93, 1.07), 0, MEL_BANDS - 1.001)
        low, part = band.astype(int), (band % 1).astype(np.float32)
        return Item(item.mel[:, low] * (1 - part) + item.mel[:, low + 1] * part, item.text, item.spans)

    def colour(self, mel: np.ndarray) -> np.ndarray:
        """A microphone and a channel: tilt, ripples, sometimes a band limit."""
        rng = self.rng
        bands = np.arange(MEL_BANDS)
        response = np.interp(bands, np.linspace(0, 79, 6), rng.normal(0, 0.25, 6)) + (bands - 40) / 80 * rng.normal(0, 0.7)
        if rng.random() < 0.2:
            response -= np.clip(bands - rng.integers(56, 74), 0, 10) * 0.35
        if rng.random() < 0.15:
            response -= np.clip(rng.integers(2, 12) - bands, 0, 10) * 0.3
        return mel + response.astype(np.float32)

    def pollute(self, mel: np.ndarray, mix: Mix) -> np.ndarray:
        """A microphone's own hiss always, audible noise in the share ``mix.noisy``."""
        rng = self.rng
        energy = np.log10((10 ** mel).sum(1) + 1e-10)
        level = np.mean(energy[energy >= np.quantile(energy, 0.5)])
        result = mel
        if rng.random() < 0.9:
            result = self._add(result, "hiss", level - rng.uniform(3.0, 6.5))
        if rng.random() < mix.noisy:
            decibels = rng.uniform(0, 30) if rng.random() < 0.8 else rng.uniform(-3, 10)
            result = self._add(result, None, level - decibels / 10)
        return result

    def narrow(self, mel: np.ndarray) -> np.ndarray:
        """A codec that keeps nothing above 4 kHz (G.711), or above some other limit (AAC at low bit rates)."""
        rng = self.rng
        limit_hz = 4000.0 if rng.random() < 0.6 else rng.uniform(4000.0, 7800.0)
        above = np.flatnonzero(BAND_CENTRES_HZ > limit_hz)
        mel = mel.copy()
        mel[:, above] = np.minimum(mel[:, above], FLOOR + rng.exponential(0.3, (len(mel), len(above))))
        return mel

    def _add(self, mel, kind, level):
        noise = self.noise_like(len(mel), kind)
        noise = noise + (level - np.log10((10 ** noise).sum(1).mean() + 1e-10))
        return np.log10(10**mel + 10**noise)

    def mask(self, mel: np.ndarray) -> np.ndarray:
        mel, rng = mel.copy(), self.rng
        for _ in range(rng.integers(1, 3)):
            first = rng.integers(0, MEL_BANDS - 14)
            mel[:, first : first + rng.integers(3, 14)] = mel.mean()
        for _ in range(rng.integers(0, 3)):
            first = rng.integers(0, max(1, len(mel) - 12))
            mel[first : first + rng.integers(2, 9)] = mel.mean()
        return mel

    def foreign(self, mix: Mix, limit: int) -> Item:
        """Speech in another language, degraded as Mandarin is."""
        mel = self.pool.foreign[self.rng.integers(len(self.pool.foreign))]
        start = int(self.rng.integers(0, max(1, len(mel) - limit)))
        nothing = Item(mel[start : start + limit].astype(np.float32), "", np.zeros((0, 2), int))
        return self.degraded(self.warp(nothing, limit), mix)

    def overlapping(self, mix: Mix, limit: int) -> Item:
        """Two voices as loud as each other, of which nobody could write down one."""
        voices = [self.warp(self.speech(mix, limit), limit).mel for _ in range(2)]
        length = min(map(len, voices))
        first, second = (mel[:length] - np.log10((10**mel).sum(1).mean() + 1e-10) for mel in voices)
        second = second + self.rng.uniform(-OVERLAPPING_DB, OVERLAPPING_DB) / 10
        both = np.log10(10**first + 10**second).astype(np.float32)
        return self.degraded(Item(both, "", np.zeros((0, 2), int)), mix)

    def item(self, mix: Mix, limit: int) -> Item:
        rng = self.rng
        if rng.random() < mix.empty:
            kind = rng.random()
            if self.pool.foreign and kind < FOREIGN_SHARE:
                return self.foreign(mix, limit)
            if kind > 1 - OVERLAPPING_SHARE:
                return self.overlapping(mix, limit)
            frames = int(rng.integers(limit // 2, limit + 1))
            if rng.random() < 0.15:
                mel = np.full((frames, MEL_BANDS), FLOOR, np.float32)
            else:
                mel = self.noise_like(frames) + rng.uniform(-6, 0)
                if rng.random() < 0.4:
                    mel = np.log10(10**mel + 10 ** (self.noise_like(frames) + rng.uniform(-6, 0)))
            mel = self.colour(mel)
            if rng.random() < NARROW_SHARE:
                mel = self.narrow(mel)
            return Item(scale(np.maximum(mel, FLOOR)), "", np.zeros((0, 2), int))
        return self.degraded(self.warp(self.speech(mix, limit), limit), mix)

    def degraded(self, item: Item, mix: Mix) -> Item:
        """As a microphone in noise and a codec pass it on, scaled for the recogniser."""
        rng = self.rng
        mel = self.pollute(self.colour(item.mel) + rng.uniform(-2.5, 0.5), mix)
        if rng.random() < NARROW_SHARE:
            mel = self.narrow(mel)
        mel = scale(np.maximum(mel, FLOOR))
        if rng.random() < mix.masked:
            mel = self.mask(mel)
        return Item(mel, item.text, item.spans)

    def batch(self, mix: Mix, count: int) -> dict:
        """Arrays of a batch. ``places`` holds, per token, the first and last 50 Hz frame where it is spoken (−1: nowhere)."""
        rng, vocabulary = self.rng, self.vocabulary
        limit = int(mix.seconds * 100)
        padding = int(rng.choice([0, 20, 60] if rng.random() < 0.92 else [150, 300]))
        frames = limit // 2 * 2 + padding
        items = [self.item(mix, limit // 2 * 2) for _ in range(count)]
        tokens = [[(c, i) for i, character in enumerate(item.text) for c in vocabulary.classes[character]] for item in items]
        width = len(vocabulary.prompt) + max(map(len, tokens)) + 1
        prompt = len(vocabulary.prompt)
        batch = {"mel": np.empty((count, frames, MEL_BANDS), np.float32), "tokens": np.full((count, width), vocabulary.end, np.int64),
                 "places": np.full((count, width, 2), -1, np.int64), "lengths": np.zeros(count, np.int64),
                 "syllables": np.zeros((count, frames // 2), np.int64), "tones": np.zeros((count, frames // 2), np.int64)}
        for row, (item, pairs) in enumerate(zip(items, tokens)):
            # past its end the recogniser sees silence at the floor of the scale
            batch["mel"][row] = item.mel.max() - 2.0 if len(item.mel) else 0.0
            batch["mel"][row, : len(item.mel)] = item.mel
            batch["tokens"][row, :prompt] = vocabulary.prompt
            batch["tokens"][row, prompt : prompt + len(pairs)] = [c for c, _ in pairs]
            batch["lengths"][row] = len(pairs)
            halves = item.spans // 2
            for position, (_, character) in enumerate(pairs):
                batch["places"][row, prompt + position] = halves[character]
            for character, (first, last) in zip(self.readings.of(item.text), halves):
                batch["syllables"][row, first : last + 1], batch["tones"][row, first : last + 1] = character
            if len(halves):
                batch["places"][row, prompt + len(pairs)] = halves[-1, 1] + 1, min(halves[-1, 1] + 8, frames // 2 - 1)
        return batch


class Readings:
    """Syllables and tones as numbers; 0 is silence."""

    def __init__(self, characters: str):
        found = {s for c in characters for s in pinyin(c, style=Style.NORMAL, heteronym=True)[0]}
        self.names = ["", *sorted(found)]
        self.number = {name: i for i, name in enumerate(self.names)}
        initials = [to_initials(name, strict=False) for name in self.names]
        finals = [name[len(initial) :] for name, initial in zip(self.names, initials)]
        self.initials, self.finals = sorted(set(initials)), sorted(set(finals))
        # per syllable, the numbers of its initial and its final
        self.parts = np.array([[self.initials.index(i), self.finals.index(f)] for i, f in zip(initials, finals)])
        self.cache = {}

    def of(self, text: str) -> list:
        if text not in self.cache:
            readings = pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
            self.cache[text] = [(self.number.get(r[0][:-1], 0), int(r[0][-1])) for r in readings]
        return self.cache[text]
