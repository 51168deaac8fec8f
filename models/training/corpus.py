"""Writes the sentences that the voices will speak: ``corpus.tsv`` with the columns split, kind, text.

A sentence that occurs in the test split never occurs in the training split.
"""

import argparse
import random
import re
from pathlib import Path

import jieba

import phrases as p

# Sentences drawn for each kind. Near-announcements outnumber announcements, so that completing the phrase
# never pays; word salad keeps the decoder from knowing what comes next.
TRAIN_COUNTS = {"announcement": 1400, "near": 4200, "credential": 1400, "purpose": 1200, "rights": 1500, "interruption": 600,
                "place": 1400, "signing": 900, "deposit": 100, "stages": 1400, "talk": 1500, "digits": 900, "salad": 9000}
TEST_COUNTS = {"announcement": 60, "near": 90, "reordered": 24, "credential": 50, "purpose": 16, "rights": 12, "interruption": 16,
               "place": 16, "signing": 14, "talk": 14, "salad": 30}
DIGITS = "零一二三四五六七八九"


class Sampler:
    """Draws sentences of one split from the templates."""

    def __init__(self, split: str, seed: int):
        self.rng = random.Random(f"{split}-{seed}")
        self.train = split == "train"
        self.templates = p.TRAIN if self.train else p.TEST
        self.words, self.weights = common_words()

    def pick(self, name: str) -> str:
        return self.rng.choice(getattr(p, f"{name}_{'TRAIN' if self.train else 'TEST'}"))

    def officer(self) -> str:
        return self.rng.choice(p.SURNAMES) + self.pick("GIVEN")

    def number(self) -> str:
        digits = [self.rng.choice(DIGITS) for _ in range(self.rng.choice([6, 8, 8, 10, 11]))]
        return "".join("幺" if d == "一" and self.rng.random() < 0.5 else d for d in digits)

    def small_number(self) -> str:
        value = self.rng.randrange(2, 100)
        tens, ones = divmod(value, 10)
        return ("" if tens == 0 else ("十" if tens == 1 else DIGITS[tens] + "十")) + (DIGITS[ones] if ones else "")

    def claim(self) -> str:
        r = self.rng
        return r.choice(p.CLAIM_SUBJECT) + r.choice(p.CLAIM_WHAT) + r.choice(p.CLAIM_SPAN) + r.choice(p.CLAIM_DEED)

    def reorder(self) -> str:
        parts = ["本次", "执法", "全程", "录音", "录像", "监督", "我们的", "执法行为", "为保护", "您的", "合法权益"]
        return "".join(self.rng.sample(parts, self.rng.randrange(2, 6)))

    def salad(self) -> str:
        text = "".join(self.rng.choices(self.words, cum_weights=self.weights, k=self.rng.randrange(2, 8)))
        return text[:16]

    def fill(self, slot: str) -> str:
        r = self.rng
        if slot in p.NEAR:
            return r.choice(p.NEAR[slot])
        fillers = {
            "hello": lambda: r.choice(p.HELLO), "agency": lambda: self.pick("PLACES") + self.pick("BUREAUS"), "officer": self.officer,
            "officer2": self.officer, "number": self.number, "near_claim": self.claim, "reorder": self.reorder,
            "purpose": lambda: self.pick("PURPOSES"), "focus": lambda: r.choice(p.FOCUS), "reason": lambda: self.pick("REASONS"),
            "company": lambda: self.pick("COMPANIES") + r.choice(p.KINDS), "place": lambda: self.pick("PLACES"),
            "road": lambda: self.pick("ROADS"), "site": lambda: self.pick("SITES"), "house": self.small_number, "count": self.small_number,
            "days": self.small_number, "age": self.small_number, "surname": lambda: r.choice(p.SURNAMES),
            "goods": lambda: r.choice(p.GOODS), "month": lambda: self.small_number()[-1] + "月",
            "clock": lambda: r.choice(["上午", "下午", "早上", ""]) + DIGITS[r.randrange(1, 10)] + "点" + r.choice(["", "半", self.small_number() + "分"]),
            "date": lambda: "二零二" + DIGITS[r.randrange(3, 8)] + "年" + DIGITS[r.randrange(1, 10)] + "月" + self.small_number() + "日",
        }
        return fillers[slot]()

    def sentence(self, kind: str) -> str:
        if kind == "salad":
            return self.salad()
        if kind == "digits":
            return self.number()[: self.rng.randrange(2, 12)]
        text = self.rng.choice(self.templates[kind])
        while True:
            expanded = re.sub(r"\(([^()]*)\)", lambda m: self.rng.choice(m[1].split("|")), text)
            expanded = re.sub(r"\{(\w+)\}", lambda m: self.fill(m[1]), expanded)
            if expanded == text:
                return re.sub("，+", "，", text.replace("、", "，")).strip("，")
            text = expanded


def common_words():
    """The dictionary's words over the GB 2312 level-1 characters, with cumulative weights (root of frequency)."""
    common = {bytes([row, cell]).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)}
    words, cumulative, total = [], [], 0.0
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, frequency, _ = line.split(" ")
        if len(word) <= 4 and int(frequency) >= 20 and set(word) <= common:
            total += int(frequency) ** 0.5
            words.append(word)
            cumulative.append(total)
    return words, cumulative


def draw(split: str, counts: dict, seed: int, forbidden: set):
    sampler, rows = Sampler(split, seed), {}
    for kind, count in counts.items():
        tries, wanted = 0, count
        while wanted and tries < 40 * count:
            tries += 1
            text = sampler.sentence(kind)
            if len(text) >= 2 and text not in rows and text not in forbidden:
                rows[text] = kind
                wanted -= 1
    return rows


# Bare required phrases may be drawn in both splits: they are what must be heard, in new voices.
SHARED = ["本次执法全程录音录像", "为保护您的合法权益", "为保护您的合法权益，监督我们的执法行为", "监督我们的执法行为"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for corpus.tsv")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of training sentences")
    args = parser.parse_args()
    test = draw("test", TEST_COUNTS, args.seed, set())
    forbidden = set(test) - set(SHARED)
    train = draw("train", {k: max(1, int(n * args.scale)) for k, n in TRAIN_COUNTS.items()}, args.seed, forbidden)
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.out / "corpus.tsv", "w", encoding="utf-8") as file:
        for split, rows in (("train", train), ("test", test)):
            file.writelines(f"{split}\t{kind}\t{text}\n" for text, kind in rows.items())
    print(f"{len(train)} training and {len(test)} test sentences, {len(set(''.join(train)))} characters")


if __name__ == "__main__":
    main()
