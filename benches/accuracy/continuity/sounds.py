"""What a worn microphone hears: the place's own noise, mains hum in some rooms, talk, steps, knocks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from voice import SAMPLE_RATE_HZ, Voice, phrase

TALK = (
    "请您出示营业执照", "这里平时谁负责", "消防通道不能堆放东西", "我们看一下仓库", "上个月刚换过", "您先坐", "这个房间是做什么用的",
    "价格表贴在哪里", "请把门打开", "没有问题", "好的", "那边还有一个柜子", "请在这里签字", "听清楚了吗", "一共三个人",
)  # fmt: skip
VOICES = [Voice("espeak-ng", variant=variant, speed=speed, level=0.06) for variant, speed in (("m3", 150), ("f2", 165), ("m1", 140), ("f4", 170))]
OUTSIDE = ("street",)


@lru_cache(maxsize=None)
def _spoken(text: str, voice: int) -> np.ndarray:
    return phrase(text, VOICES[voice])


def _shaped(rng: np.random.Generator, count: int, lowest_hz: float, highest_hz: float) -> np.ndarray:
    noise = sosfilt(butter(1, (lowest_hz, highest_hz), btype="band", fs=SAMPLE_RATE_HZ, output="sos"), rng.normal(size=count))
    return noise / noise.std()


def heard(place: str, motion: str, seed: int, duration_s: float, hum: bool, talk: bool = True) -> np.ndarray:
    """Sound of `duration_s` at a place; the same place has the same noise colour and level whatever the seed."""
    rng = np.random.default_rng([seed, 3])
    of_place = np.random.default_rng([sum(place.encode()), 4])
    count = round(duration_s * SAMPLE_RATE_HZ)
    seconds = np.arange(count) / SAMPLE_RATE_HZ
    outside = place.startswith(OUTSIDE)
    level_db = of_place.uniform(-44, -34) if outside else of_place.uniform(-58, -44)
    noise = _shaped(rng, count, of_place.uniform(40, 150), of_place.uniform(500, 3000)) + 0.2 * _shaped(rng, count, 1500, 7000)
    if outside or motion == "vehicle":
        knots = rng.normal(size=int(duration_s / 2) + 3)
        noise *= 10 ** (np.interp(seconds, np.arange(len(knots)) * 2.0, knots) * 4 / 20)
    sound = 10 ** (level_db / 20) * noise
    if hum and not outside:
        # The mains wander by some hundredths of a hertz.
        knots = rng.normal(size=int(duration_s / 5) + 3) * 0.015
        mains_hz = 50 + np.interp(seconds, np.arange(len(knots)) * 5.0, knots)
        phase = 2 * np.pi * np.cumsum(mains_hz) / SAMPLE_RATE_HZ + rng.uniform(0, 6.28)
        hum_level = 10 ** ((level_db + of_place.uniform(-14, -4)) / 20)
        sound += hum_level * (0.5 * np.sin(phase) + np.sin(2 * phase + 1) + 0.4 * np.sin(4 * phase + 2))
    if talk:
        room = np.concatenate([[1.0], np.zeros(79), 0.05 * of_place.normal(size=3000) * np.exp(-np.arange(3000) / 700)])
        at_s = rng.uniform(0.5, 3)
        while at_s < duration_s - 3:
            spoken = fftconvolve(_spoken(TALK[rng.integers(len(TALK))], int(rng.integers(len(VOICES)))), room)
            first = int(at_s * SAMPLE_RATE_HZ)
            spoken = spoken[: count - first]
            sound[first : first + len(spoken)] += spoken * rng.uniform(0.4, 1.3)
            at_s += len(spoken) / SAMPLE_RATE_HZ + rng.uniform(0.2, 6)
    for rate_hz, strength, needed in ((1.8, 0.02, motion == "walking"), (2.7, 0.06, motion == "running"), (0.06, 0.25, True)):
        at_s = rng.uniform(0, 1 / rate_hz)
        while needed and at_s < duration_s - 0.5:
            length = int(rng.uniform(0.04, 0.25) * SAMPLE_RATE_HZ)
            knock = rng.normal(size=length) * np.exp(-np.arange(length) / (length / 6))
            first = int(at_s * SAMPLE_RATE_HZ)
            sound[first : first + length] += strength * rng.uniform(0.3, 1) * sosfilt(butter(1, 1800, fs=SAMPLE_RATE_HZ, output="sos"), knock)
            at_s += rng.exponential(1 / rate_hz) if rate_hz < 1 else rng.uniform(0.9, 1.1) / rate_hz
    return sound.astype(np.float32)
