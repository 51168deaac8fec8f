"""Pictures and sound that an auditor would call unusable, and those that are fit."""

from __future__ import annotations

import cv2
import numpy as np

from scenes import Film, View, _texture

LENGTH_S = 10.0
SIZE = (640, 360)

PICTURES = ("fit", "blurred", "fit-walking", "dark", "covered", "fit-dim", "fogged", "burnt", "upside-down", "fit-soft", "sideways", "floor", "sky", "fit-still")
SOUNDS = ("fit", "fit", "quiet", "clipped", "hum", "fit-noisy", "dead", "none", "half", "fit", "fit-quiet", "drowned")


def film(kind: str, scene: str, rng: np.random.Generator, seed: int, frame_rate: int) -> Film:
    """How the camera is held; `spoilt` does the rest."""
    motion = {"fit-walking": "walking", "fit-still": "tripod"}.get(kind, str(rng.choice(["standing", "still", "walking"])))
    brightness = {"dark": rng.uniform(0.02, 0.08), "fit-dim": rng.uniform(0.32, 0.45)}.get(kind, rng.uniform(0.85, 1.05))
    blur = {"blurred": rng.uniform(4.0, 6.0), "fit-soft": rng.uniform(0.5, 0.9)}.get(kind, 0.0)
    noise = rng.uniform(1.5, 3.0) if kind != "dark" else rng.uniform(2, 4)
    return Film(View(scene, motion, noise=float(noise), brightness=float(brightness), blur=float(blur), zoom=float(rng.uniform(0.7, 0.9))), seed, *SIZE, frame_rate, LENGTH_S)


def spoilt(film: Film, kind: str, rng: np.random.Generator):
    width, height = SIZE
    if kind == "covered":
        cloth = np.clip(rng.uniform(20, 90) + _texture(rng, height, width, 2, 6)[..., None] * np.array([1.0, 0.8, 0.7]), 0, 255)
    elif kind == "floor":
        tiles = np.clip(rng.uniform(90, 150) + _texture(rng, 900, 1600, 50, 10)[..., None] * np.ones(3), 0, 255).astype(np.uint8)
        step = int(rng.integers(110, 240))
        for at in range(0, 1600, step):
            cv2.line(tiles, (at, 0), (at, 900), (70, 70, 66), 3)
            cv2.line(tiles, (0, at), (1600, at), (70, 70, 66), 3)
    elif kind == "sky":
        sky = np.linspace(1.0, 0.82, 900)[:, None, None] * np.array([150, 185, 232]) + _texture(rng, 900, 1600, 3, 9)[..., None]
        tiles = np.clip(sky, 0, 255).astype(np.uint8)
    for n, picture in enumerate(film.frames()):
        noise = rng.normal(0, 2, (height, width, 1))
        if kind == "covered":
            picture = np.clip(cloth * (1 + 0.03 * np.sin(n / 5)) + noise, 0, 255).astype(np.uint8)
        elif kind == "fogged":
            blurred = cv2.GaussianBlur(picture, (0, 0), 7)
            picture = np.clip(blurred.astype(np.float32) * 0.3 + 140 + noise, 0, 255).astype(np.uint8)
        elif kind == "burnt":
            picture = np.clip(picture.astype(np.float32) * 2.4 + 130, 0, 255).astype(np.uint8)
        elif kind == "upside-down":
            picture = picture[::-1, ::-1]
        elif kind == "sideways":
            picture = cv2.resize(np.rot90(picture)[150:490], SIZE)
        elif kind in ("floor", "sky"):
            x, y = int(400 + 200 * np.sin(n / 40)), int(200 + 100 * np.cos(n / 35))
            picture = np.clip(tiles[y : y + height, x : x + width] + noise, 0, 255).astype(np.uint8)
        yield picture


# Sound --------------------------------------------------------------------------------------------------------------


def _coloured(rng, count: int, slope: float) -> np.ndarray:
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / 16000), 30)
    noise = np.fft.irfft(spectrum * frequency**slope, count)
    return noise / noise.std()


def room(rng: np.random.Generator, length_s: float) -> np.ndarray:
    return _coloured(rng, int(length_s * 16000), -0.5) * 0.004


def talk(rng: np.random.Generator, length_s: float) -> np.ndarray:
    """Voiced syllables of changing pitch and vowel, with pauses between phrases: a voice without words."""
    count = int(length_s * 16000)
    seconds = np.arange(count) / 16000
    out = np.zeros(count)
    at_s = 0.3
    pitch = rng.uniform(105, 210)
    while at_s < length_s - 0.4:
        for _ in range(int(rng.integers(4, 11))):
            took_s = rng.uniform(0.14, 0.24)
            part = (seconds >= at_s) & (seconds < at_s + took_s)
            t = seconds[part] - at_s
            tone = pitch * (1 + 0.12 * rng.normal() + rng.uniform(-0.25, 0.25) * t / took_s)
            phase = 2 * np.pi * np.cumsum(tone) / 16000
            first, second = rng.uniform(300, 850), rng.uniform(900, 2300)
            voice = sum(np.sin(k * phase) * (np.exp(-(((k * pitch - first) / 180) ** 2)) + 0.5 * np.exp(-(((k * pitch - second) / 260) ** 2)) + 0.05 / k) for k in range(1, 20))
            out[part] += voice * np.sin(np.pi * t / took_s) ** 0.5
            at_s += took_s * 1.08
        at_s += rng.uniform(0.4, 1.2)
    return out / max(np.abs(out).max(), 1e-9)


def sound(kind: str, rng: np.random.Generator, length_s: float) -> np.ndarray | None:
    background = room(rng, length_s)
    voice = talk(rng, length_s)
    seconds = np.arange(len(voice)) / 16000
    match kind:
        case "none":
            return None
        case "fit":
            return voice * rng.uniform(0.2, 0.5) + background
        case "fit-noisy":
            return voice * 0.4 + background / background.std() * 0.03
        case "fit-quiet":
            return voice * 0.05 + background * 0.15
        case "quiet":
            return voice * 0.0016 + background * 0.03
        case "clipped":
            return np.clip(voice * 12, -1, 1)
        case "hum":
            hum = np.sin(2 * np.pi * 50 * seconds) + 0.5 * np.sin(2 * np.pi * 150 * seconds) + 0.7 * np.sin(2 * np.pi * 100 * seconds)
            return voice * 0.06 + hum * 0.16 + background
        case "dead":
            return rng.normal(0, 0.00002, len(voice))
        case "half":
            out = voice * 0.3 + background
            out[len(out) // 2 :] = 0
            return out
        case "drowned":
            return voice * 0.05 + background / background.std() * 0.09
    raise ValueError(kind)
