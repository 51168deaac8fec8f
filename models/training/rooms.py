"""What lies between a mouth and a file: rooms, telephone and camera codecs, noise."""

import subprocess

import numpy as np
from scipy.signal import fftconvolve, lfilter, resample_poly

from features import SAMPLE_RATE_HZ


def reverberate(samples: np.ndarray, rng: np.random.Generator, decay_s: float) -> np.ndarray:
    """A room as exponentially decaying noise behind the direct sound; ``decay_s`` is the time to −60 dB."""
    length = int(decay_s * SAMPLE_RATE_HZ)
    tail = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    tail[: SAMPLE_RATE_HZ // 500] = 0.0
    tail *= rng.uniform(0.2, 0.7) / np.sqrt((tail**2).sum() + 1e-9)
    tail[0] = 1.0
    return fftconvolve(samples, tail)[: len(samples)].astype(np.float32)


def telephone(samples: np.ndarray) -> np.ndarray:
    """8 kHz and μ-law with 8 bits, as G.711."""
    narrow = np.clip(resample_poly(samples, 1, 2), -1, 1)
    coded = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    decoded = np.sign(coded) * (256 ** np.abs(coded) - 1) / 255
    return resample_poly(decoded, 2, 1)[: len(samples)].astype(np.float32)


def aac(samples: np.ndarray, bit_rate_kbps: int, rate_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    """Through ffmpeg's AAC coder and back, at the same length."""
    import tempfile

    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "1"]
    quiet = ["ffmpeg", "-nostdin", "-y", "-loglevel", "error"]
    with tempfile.NamedTemporaryFile(suffix=".m4a") as file:
        subprocess.run(quiet[:1] + quiet[2:] + raw + ["-i", "-", "-ar", str(rate_hz), "-c:a", "aac", "-b:a", f"{bit_rate_kbps}k", file.name],
                       input=samples.astype(np.float32).tobytes(), check=True)
        decoded = subprocess.run(quiet + ["-i", file.name] + raw + ["-"], check=True, capture_output=True).stdout
    decoded = np.frombuffer(decoded, np.float32)
    return np.pad(decoded, (0, max(0, len(samples) - len(decoded))))[: len(samples)]


def coloured(rng: np.random.Generator, count: int, exponent: float) -> np.ndarray:
    """Noise whose power falls with frequency to the power ``exponent`` (0 white, 1 pink, 2 brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum *= np.maximum(np.arange(len(spectrum)), count * 20 / SAMPLE_RATE_HZ) ** (-exponent / 2)
    noise = np.fft.irfft(spectrum, count)
    return (noise / (noise.std() + 1e-9)).astype(np.float32)


def slow(rng: np.random.Generator, count: int, per_s: float, low: float) -> np.ndarray:
    """A smooth random envelope between ``low`` and 1 that changes about ``per_s`` times a second."""
    knots = rng.uniform(low, 1.0, int(count / SAMPLE_RATE_HZ * per_s) + 3)
    return np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots).astype(np.float32)


def noise(kind: str, rng: np.random.Generator, seconds: float, speech=None) -> np.ndarray:
    """Noise of one kind with unit deviation. ``crowd`` mixes pieces that ``speech()`` returns."""
    count = int(seconds * SAMPLE_RATE_HZ)
    time_s = np.arange(count) / SAMPLE_RATE_HZ
    if kind == "hiss":
        sound = coloured(rng, count, rng.uniform(0, 1))
    elif kind == "wind":
        sound = coloured(rng, count, rng.uniform(1.6, 2.4)) * slow(rng, count, 2.5, 0.1) + 0.02 * coloured(rng, count, 0.5)
    elif kind == "street":
        sound = coloured(rng, count, 1.4) * slow(rng, count, 0.7, 0.3)
        for _ in range(int(seconds / 4) + 1):  # a horn now and then
            first, length = int(rng.integers(count)), int(rng.uniform(0.2, 0.9) * SAMPLE_RATE_HZ)
            horn = sum(np.sign(np.sin(2 * np.pi * f * time_s[:length])) for f in rng.uniform(300, 600, 2))
            sound[first : first + length] += 0.8 * horn[: count - first]
    elif kind == "hum":
        base = rng.choice([50.0, 100.0, rng.uniform(80, 240)])
        sound = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * time_s + rng.uniform(0, 6)) for k in range(1, 16)) + 0.3 * coloured(rng, count, 1)
    elif kind == "music":
        sound = np.zeros(count)
        scale_hz = 220 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16]) / 12) * rng.uniform(0.6, 1.8)
        step = rng.uniform(0.15, 0.5)
        for start in np.arange(0, max(step, seconds - 2), step):
            local = np.arange(min(count, 2 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
            pitch, first = rng.choice(scale_hz), int(start * SAMPLE_RATE_HZ)
            tone = np.exp(-local * rng.uniform(2, 8)) * sum(np.sin(2 * np.pi * pitch * k * local) / k**1.3 for k in range(1, 5))
            sound[first : first + len(local)] += tone[: count - first]
    elif kind == "knocks":
        sound = np.zeros(count)
        sound[rng.integers(0, count, int(seconds * rng.uniform(0.5, 5)))] = rng.uniform(0.3, 1)
        sound = lfilter([1], [1, -1.6 * rng.uniform(0.5, 1), 0.7], sound) + 1e-3 * coloured(rng, count, 1)
    elif kind == "crowd":
        sound = np.zeros(count)
        for _ in range(int(seconds * rng.uniform(3, 8))):
            piece = speech()[:count]
            start = rng.integers(0, count - len(piece) + 1)
            sound[start : start + len(piece)] += piece * rng.uniform(0.2, 1.0) / (piece.std() + 1e-6)
        sound += 0.1 * coloured(rng, count, 1)
    else:
        raise ValueError(f"unknown noise {kind}")
    return (sound / (sound.std() + 1e-9)).astype(np.float32)


KINDS = ["hiss", "wind", "street", "hum", "music", "knocks", "crowd"]
