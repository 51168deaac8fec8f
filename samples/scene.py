"""Natural pictures seen by a hand-held camera.

A scene is one large picture (its *canvas*), made from photographs that come
inside the scikit-image and scikit-learn packages. A `View` walks over it: slow
panning along way points, a low-pass filtered random walk of the hand, the bob
of steps, a slow change of exposure, and sensor noise that is drawn anew for
every frame, because a real sensor never gives the same picture twice.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scipy.signal import butter, sosfiltfilt

PHOTOGRAPHS = {
    "china": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "coffee": ("skimage", "data/coffee.png"),
    "cat": ("skimage", "data/chelsea.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "brick": ("skimage", "data/brick.png"),
    "gravel": ("skimage", "data/gravel.png"),
}

NOISE_MARGIN = 512
NOTO_BOLD = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"


def photograph(name: str) -> Image.Image:
    """A photograph by short name, as RGB. The packages are found, not imported."""
    package, inside = PHOTOGRAPHS[name]
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"package for {package} is missing: pip install -r requirements.txt")
    return Image.open(Path(spec.origin).parent / inside).convert("RGB")


def _enlarged(name: str, factor: float) -> Image.Image:
    """Enlarged and sharpened, with fine grain so that it does not look out of focus."""
    picture = photograph(name)
    size = (round(picture.width * factor), round(picture.height * factor))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture = picture.filter(ImageFilter.UnsharpMask(radius=factor, percent=120, threshold=2))
    grain = np.random.default_rng(len(name)).normal(0.0, 5.0, (size[1], size[0], 1))
    return Image.fromarray(_to_bytes(np.asarray(picture, np.float32) + grain))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def _tiled(name: str, width: int, height: int, tint: tuple[float, float, float], turn: bool) -> Image.Image:
    """A wall or floor: a texture repeated by mirror images, so that no seam shows."""
    tile = photograph(name)
    if turn:
        tile = tile.rotate(90, expand=True)
    tile = tile.resize((640, 640), Image.Resampling.LANCZOS)
    block = np.asarray(tile, np.float32)
    block = np.concatenate([block, block[:, ::-1]], axis=1)
    block = np.concatenate([block, block[::-1]], axis=0)
    repeat = (-(-height // block.shape[0]), -(-width // block.shape[1]), 1)
    return Image.fromarray(_to_bytes(np.tile(block, repeat)[:height, :width] * np.array(tint, np.float32)))


def _hall() -> Image.Image:
    """A brick wall with framed photographs and a sign, over a gravel floor."""
    width, height, floor_y = 2400, 1200, 900
    canvas = _tiled("brick", width, height, (1.5, 1.2, 1.0), turn=True)
    canvas.paste(_tiled("gravel", width, height - floor_y, (0.85, 0.85, 0.9), turn=False), (0, floor_y))
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, floor_y - 22, width, floor_y), fill=(92, 84, 76))
    frames = [("china", 160, 330, 1.0), ("cat", 950, 380, 1.1), ("coffee", 1560, 300, 0.85), ("flower", 2080, 420, 0.5)]
    for name, x, y, factor in frames:
        picture = _enlarged(name, factor)
        draw.rectangle((x - 14, y - 14, x + picture.width + 22, y + picture.height + 24), fill=(40, 34, 30))
        draw.rectangle((x - 14, y - 14, x + picture.width + 13, y + picture.height + 13), fill=(196, 178, 140))
        canvas.paste(picture, (x, y))
    sign = ImageFont.truetype(NOTO_BOLD, 52, index=2)
    draw.rectangle((980, 180, 1460, 290), fill=(20, 78, 140), outline=(235, 235, 235), width=4)
    draw.text((1220, 234), "江源区群众艺术馆", font=sign, fill=(245, 245, 245), anchor="mm")
    return canvas


@cache
def canvas(scene: str) -> Image.Image:
    """The large picture of a scene."""
    if scene == "temple":
        return _enlarged("china", 2.2)
    if scene == "table":
        return _enlarged("coffee", 2.2)
    if scene == "garden":
        return _enlarged("flower", 2.2)
    if scene == "night":
        return _enlarged("rocket", 2.2)
    if scene == "hall":
        return _hall()
    raise ValueError(f"unknown scene {scene}")


@dataclass(frozen=True)
class View:
    """How a scene is looked at.

    `waypoints` are (time as a share of the clip, x, y) with x and y as shares of
    the canvas; the centre of the view glides through them. `zoom` is picture
    pixels per canvas pixel at a width of 640. `hand_px` is the standard
    deviation of the hand's random walk and `bob_px` the height of a step, both in
    picture pixels at that width.
    """

    scene: str
    waypoints: tuple[tuple[float, float, float], ...] = ((0.0, 0.35, 0.45), (1.0, 0.65, 0.5))
    zoom: float = 0.9
    hand_px: float = 5.0
    bob_px: float = 1.5
    noise: float = 2.5
    brightness: float = 1.0


def _random_walk(rng: np.random.Generator, frame_count: int, frame_rate: float, cutoff_hz: float) -> np.ndarray:
    """Low-pass filtered noise with unit standard deviation."""
    padding = int(frame_rate * 4)
    noise = rng.normal(size=frame_count + 2 * padding)
    smooth = sosfiltfilt(butter(2, cutoff_hz, fs=frame_rate, output="sos"), noise)
    return (smooth / smooth.std())[padding : padding + frame_count]


def _glide(waypoints: tuple[tuple[float, float, float], ...], share: np.ndarray, axis: int) -> np.ndarray:
    """Way points joined with soft starts and stops."""
    times = np.array([point[0] for point in waypoints])
    values = np.array([point[axis] for point in waypoints])
    segment = np.clip(np.searchsorted(times, share, side="right") - 1, 0, len(times) - 2)
    inside = np.clip((share - times[segment]) / (times[segment + 1] - times[segment]), 0, 1)
    soft = inside * inside * (3 - 2 * inside)
    return values[segment] + soft * (values[segment + 1] - values[segment])


class Camera:
    """Renders frames of one view. Frame n is the same whatever was asked before, but for sensor noise."""

    def __init__(self, view: View, seed: int, width: int, height: int, frame_rate: float, frame_count: int):
        rng = np.random.default_rng([seed, 1])
        self.view, self.width, self.height = view, width, height
        self.sensor = np.random.default_rng([seed, 2])
        field_size = (height + NOISE_MARGIN, width + NOISE_MARGIN)
        self.noise_field = self.sensor.standard_normal((*field_size, 1), np.float32) + 0.3 * self.sensor.standard_normal((*field_size, 3), np.float32)
        self.canvas = canvas(view.scene)
        scale = width / 640
        share = np.arange(frame_count) / max(frame_count - 1, 1)
        seconds = np.arange(frame_count) / frame_rate
        sway = [_random_walk(rng, frame_count, frame_rate, 0.6) * view.hand_px * scale for _ in range(2)]
        tremble = [_random_walk(rng, frame_count, frame_rate, 3.0) * view.hand_px * scale * 0.12 for _ in range(2)]
        step_hz = 1.8
        self.angle_rad = np.deg2rad(_random_walk(rng, frame_count, frame_rate, 0.4) * 0.8)
        self.zoom = view.zoom * scale * (1 + 0.015 * _random_walk(rng, frame_count, frame_rate, 0.3))
        self.centre_x = _glide(view.waypoints, share, 1) * self.canvas.width + (
            sway[0] + tremble[0] + 0.5 * view.bob_px * scale * np.sin(np.pi * step_hz * seconds)
        ) / self.zoom
        self.centre_y = _glide(view.waypoints, share, 2) * self.canvas.height + (
            sway[1] + tremble[1] + view.bob_px * scale * np.sin(2 * np.pi * step_hz * seconds)
        ) / self.zoom
        self.exposure = view.brightness * (1 + 0.03 * _random_walk(rng, frame_count, frame_rate, 0.25))

    def optical(self, number: int) -> Image.Image:
        """What falls on the sensor at frame `number`: no noise, no overlay."""
        zoom, angle = self.zoom[number], self.angle_rad[number]
        cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
        half_x, half_y = self.width / 2, self.height / 2
        margin_x = half_x * cos + half_y * abs(sin) + 2
        margin_y = half_y * cos + half_x * abs(sin) + 2
        x = np.clip(self.centre_x[number], margin_x, self.canvas.width - margin_x)
        y = np.clip(self.centre_y[number], margin_y, self.canvas.height - margin_y)
        affine = (cos, -sin, x - cos * half_x + sin * half_y, sin, cos, y - sin * half_x - cos * half_y)
        return self.canvas.transform((self.width, self.height), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)

    def exposed(self, number: int, optical: Image.Image) -> np.ndarray:
        """The sensor's picture: exposure, then noise that grows with the light."""
        light = np.asarray(optical)
        steps = np.arange(256, dtype=np.float32) * np.float32(self.exposure[number])
        strength = np.float32(self.view.noise) * (0.6 + 0.4 * np.sqrt(np.clip(steps, 0, 255) / 128))
        return _to_bytes(steps[light] + strength[light] * self._noise())

    def _noise(self) -> np.ndarray:
        """Fresh noise of one frame: mostly brightness, a little colour.

        A window at a random place of a larger field, randomly mirrored: as good as
        new numbers for every frame, at a tenth of the cost.
        """
        y, x = self.sensor.integers(0, NOISE_MARGIN, 2)
        rows, columns = self.sensor.choice([-1, 1], 2)
        return self.noise_field[y : y + self.height, x : x + self.width][::rows, ::columns]

    def covered(self) -> np.ndarray:
        """The sensor's picture with a hand or coat over the lens: nearly black, still noisy."""
        return _to_bytes(7 + 1.8 * self._noise() + np.linspace(4, 0, self.width, dtype=np.float32)[None, :, None])
