"""Whisper's log-mel features, as whisper.cpp computes them, split so that sounds can be mixed between the steps.

``log_mel`` gives log10 mel power per 10 ms frame, before Whisper's scaling; ``scale`` applies the scaling. Between
the two, powers of independent sounds add, so that noise can be mixed without touching wave forms.
"""

from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES = 160
WINDOW_SAMPLES = 400
MEL_BANDS = 80
FLOOR = -10.0  # log10 power of digital silence in Whisper's front end

_WINDOW = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)


def mel_filters() -> np.ndarray:
    """The 80 × 201 filter bank that the package openai-whisper carries."""
    import importlib.util

    spec = importlib.util.find_spec("whisper")  # finds the package's folder without importing it
    return np.load(Path(spec.origin).parent / "assets" / "mel_filters.npz")["mel_80"]


_FILTERS_T = mel_filters().T.astype(np.float32)
BAND_CENTRES_HZ = np.arange(WINDOW_SAMPLES // 2 + 1) * SAMPLE_RATE_HZ / WINDOW_SAMPLES @ _FILTERS_T / _FILTERS_T.sum(0)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """log10 mel power, [frames, 80], of 16 kHz samples in −1..1."""
    samples = np.pad(samples.astype(np.float32), (WINDOW_SAMPLES // 2, WINDOW_SAMPLES), mode="reflect" if len(samples) > 400 else "constant")
    count = (len(samples) - WINDOW_SAMPLES - WINDOW_SAMPLES // 2) // FRAME_SAMPLES
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)[::FRAME_SAMPLES][:count]
    power = np.abs(np.fft.rfft(frames * _WINDOW, axis=1).astype(np.complex64)) ** 2
    return np.log10(np.maximum(power @ _FILTERS_T, 1e-10))


def scale(log_power: np.ndarray) -> np.ndarray:
    """Whisper's scaling: the range is cut to 8 decades below the loudest cell and brought to about −1..1."""
    return (np.maximum(log_power, log_power.max() - 8.0) + 4.0) / 4.0


def resample(samples: np.ndarray, rate_hz: int, factor: float = 1.0) -> np.ndarray:
    """To 16 kHz; ``factor`` > 1 also makes the speech faster and higher, as a smaller speaker's."""
    return resample_poly(samples, 160, int(round(rate_hz * factor / 100))).astype(np.float32)
