"""Speech in other languages, as shards without text: the recogniser is to write nothing for it, rather than Mandarin.

Words at random from Debian's word lists, or syllables at random where there is none; spoken by espeak-ng, flite and
festival (Debian: espeak-ng, flite, festival, the festvox-* voices below and the word lists wamerican, wfrench, wngerman,
wspanish, witalian, wpolish, wportuguese, wdutch, wcatalan). Run again, it makes only what is missing.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from features import SAMPLE_RATE_HZ, resample
from speech import Shard, normalise

WORD_LISTS = Path("/usr/share/dict")
PIECES_PER_SHARD = 150
WORDS_AT_ONCE = 120
PIECE_S = (1.2, 7.0)

CYRILLIC = [c + v for c in "бвгджзклмнпрстфхчш" for v in "аеиоуыя"]
HANGUL = [chr(0xAC00 + (i * 21 + m) * 28 + f) for i in range(19) for m in (0, 4, 8, 13, 18, 20) for f in (0, 4, 8, 16, 21)]
KANA = [chr(c) for c in range(0x304B, 0x3093)]
NAGARI = [chr(c) + chr(v) for c in range(0x915, 0x929) for v in (0x93E, 0x93F, 0x940, 0x941, 0x947, 0x94B)]
TELUGU = [chr(c) + chr(v) for c in range(0xC15, 0xC29) for v in (0xC3E, 0xC3F, 0xC40, 0xC41, 0xC47, 0xC4B)]
ARABIC = list("ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
LATIN = [c + v for c in ["b", "d", "k", "l", "m", "n", "p", "r", "s", "t", "v", "h", "j", "st", "pr"] for v in ["a", "e", "i", "o", "u", "aa", "in", "er"]]

# (program, voice, words). The voices of the second list are kept for testing.
TRAIN = [("espeak-ng", "en-us", "american-english"), ("espeak-ng", "en-gb+f2", "american-english"), ("espeak-ng", "fr-fr", "french"),
         ("espeak-ng", "de+f5", "ngerman"), ("espeak-ng", "es+m3", "spanish"), ("espeak-ng", "it", "italian"), ("espeak-ng", "pl+f3", "polish"),
         ("espeak-ng", "pt-br", "portuguese"), ("espeak-ng", "ru+m7", CYRILLIC), ("espeak-ng", "ko", HANGUL), ("espeak-ng", "ja+f1", KANA),
         ("espeak-ng", "ar", ARABIC), ("espeak-ng", "hi", NAGARI), ("flite", "slt", "american-english"), ("flite", "awb", "american-english"),
         ("flite", "kal16", "american-english"), ("festival", "voice_lp_diphone", "italian"), ("festival", "voice_czech_machac", LATIN),
         ("festival", "voice_msu_ru_nsh_clunits", CYRILLIC), ("festival", "voice_hindi_NSK_diphone", NAGARI),
         ("festival", "voice_hy_fi_mv_diphone", LATIN)]
TEST = [("espeak-ng", "nl", "dutch"), ("espeak-ng", "tr+f4", LATIN), ("flite", "rms", "american-english"), ("festival", "voice_pc_diphone", "italian"),
        ("festival", "voice_czech_dita", LATIN), ("festival", "voice_upc_ca_ona_hts", "catalan"), ("festival", "voice_suo_fi_lj_diphone", LATIN),
        ("festival", "voice_telugu_NSK_diphone", TELUGU)]
ENCODINGS = {"voice_lp_diphone": "latin-1", "voice_pc_diphone": "latin-1", "voice_czech_machac": "iso8859-2", "voice_czech_dita": "iso8859-2",
             "voice_upc_ca_ona_hts": "latin-1", "voice_hy_fi_mv_diphone": "latin-1", "voice_suo_fi_lj_diphone": "latin-1"}


def words(source, rng) -> list:
    if isinstance(source, list):
        return ["".join(rng.choice(source, rng.integers(1, 5))) for _ in range(WORDS_AT_ONCE)]
    known = [w for w in (WORD_LISTS / source).read_text(encoding="utf-8", errors="ignore").split() if w.isalpha() and w.islower()]
    return [str(w) for w in rng.choice(known, WORDS_AT_ONCE)]


def text(source, rng) -> str:
    """Phrases of two to seven words."""
    left, phrases = words(source, rng), []
    while left:
        count = int(rng.integers(2, 8))
        phrases.append(" ".join(left[:count]))
        left = left[count:]
    return ", ".join(phrases) + "."


def speak(program: str, voice: str, spoken: str) -> np.ndarray:
    """Samples at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        source, sound = Path(folder) / "text", Path(folder) / "sound.wav"
        source.write_bytes(spoken.encode(ENCODINGS.get(voice, "utf-8"), "ignore"))
        command = {"espeak-ng": ["espeak-ng", "-v", voice, "-f", source, "-w", sound], "flite": ["flite", "-voice", voice, source, sound],
                   "festival": ["text2wave", "-eval", f"({voice})", "-o", sound, source]}[program]
        subprocess.run(command, check=True, capture_output=True)
        samples, rate_hz = soundfile.read(sound, dtype="float32")
    return resample(samples, rate_hz)


def pieces(samples: np.ndarray, rng) -> list:
    found, at = [], 0
    while at < len(samples):
        length = int(rng.uniform(*PIECE_S) * SAMPLE_RATE_HZ)
        piece = samples[at : at + length]
        at += length
        if len(piece) > SAMPLE_RATE_HZ and np.abs(piece).max() > 0.02:
            found.append(piece)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    parser.add_argument("--split", choices=["train", "test"], default="train")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for number, (program, voice, source) in enumerate(TRAIN if args.split == "train" else TEST):
        path = args.out / f"foreign-{number:02}.npz"
        if path.exists():
            continue
        rng, shard = np.random.default_rng([7, number]), Shard()
        while len(shard.texts) < PIECES_PER_SHARD:
            for piece in pieces(speak(program, voice, text(source, rng)), rng):
                faster = rng.uniform(0.85, 1.15)
                shard.add(normalise(resample(piece, SAMPLE_RATE_HZ, faster)), np.zeros((0, 2)), "", len(shard.texts), f"foreign-{program}-{voice}")
        shard.degrade(rng)
        shard.save(path)
        print(f"{path.name}: {voice}, {sum(map(len, shard.samples)) / SAMPLE_RATE_HZ / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
