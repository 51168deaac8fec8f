"""Whisper's multilingual vocabulary, and the small part of it that the demonstration model learns."""

import base64
import importlib.util
import json
from pathlib import Path

import numpy as np

VOCABULARY_SIZE = 51865
END, START, CHINESE, TRANSCRIBE, NO_SPEECH, NO_TIMESTAMPS = 50257, 50258, 50260, 50359, 50362, 50363
PROMPT = [START, CHINESE, TRANSCRIBE, NO_TIMESTAMPS]


def ranks() -> dict:
    """Byte strings of the 50257 ordinary tokens, from the package openai-whisper."""
    spec = importlib.util.find_spec("whisper")
    lines = (Path(spec.origin).parent / "assets" / "multilingual.tiktoken").read_bytes().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}


def character_tokens(character: str, table: dict) -> list:
    """Byte-pair encoding of one character: joins the pair of lowest rank until nothing joins."""
    pieces = [bytes([b]) for b in character.encode()]
    while len(pieces) > 1:
        joined = [(table.get(a + b, VOCABULARY_SIZE), i) for i, (a, b) in enumerate(zip(pieces, pieces[1:]))]
        rank, i = min(joined)
        if rank == VOCABULARY_SIZE:
            break
        pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
    return [table[piece] for piece in pieces]


class Vocabulary:
    """Classes that are trained: the tokens of the corpus' characters, the special tokens, and one class, ``OTHER``,
    that stands for every other token. Characters are written one by one, as tokens of their own."""

    OTHER = 0

    def __init__(self, characters: str):
        self.characters = "".join(sorted(set(characters)))
        table = ranks()
        tokens = {c: character_tokens(c, table) for c in self.characters}
        self.tokens = sorted({t for ts in tokens.values() for t in ts} | {END, NO_SPEECH, *PROMPT})
        self.class_of = {token: i + 1 for i, token in enumerate(self.tokens)}
        self.classes = {c: [self.class_of[t] for t in ts] for c, ts in tokens.items()}
        self.prompt = [self.class_of[t] for t in PROMPT]
        self.end, self.no_speech = self.class_of[END], self.class_of[NO_SPEECH]
        self.size = len(self.tokens) + 1
        self.others = VOCABULARY_SIZE - len(self.tokens)
        self._bytes = {self.class_of[t]: b for b, t in table.items() if t in self.class_of}

    def text(self, classes) -> str:
        return b"".join(self._bytes.get(int(c), b"") for c in classes).decode("utf-8", "ignore")

    def rows(self) -> np.ndarray:
        """For each of the 51865 tokens, the class whose row it gets at export."""
        rows = np.full(VOCABULARY_SIZE, self.OTHER)
        rows[self.tokens] = np.arange(1, self.size)
        return rows

    def save(self, path: Path):
        path.write_text(json.dumps({"characters": self.characters}, ensure_ascii=False), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> "Vocabulary":
        return Vocabulary(json.loads(path.read_text(encoding="utf-8"))["characters"])
