"""Scenes and how a worn camera looks at them.

Cheap by design: a scene is one large picture, of which every frame is one affine warp, so that hours can be made.
What moves in front of it, what light does, and what happens to the lens comes on top; sensor noise is drawn anew for
every frame, because a real sensor never gives the same picture twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import scene as samples_scene
from overlay import Overlay

cv2.setNumThreads(1)

samples_scene.PHOTOGRAPHS |= {"astronaut": ("skimage", "data/astronaut.png"), "motorcycle": ("skimage", "data/motorcycle_left.png")}
CANVAS_WIDTH, CANVAS_HEIGHT = 2600, 1500
SIGN_FONTS = ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", samples_scene.NOTO_BOLD)


def _photograph(name: str) -> np.ndarray:
    picture = np.asarray(samples_scene.photograph(name))
    factor = max(CANVAS_WIDTH / picture.shape[1], CANVAS_HEIGHT / picture.shape[0])
    big = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    blurred = cv2.GaussianBlur(big, (0, 0), factor)
    return cv2.addWeighted(big, 2.0, blurred, -1.0, 0)


def _texture(rng: np.random.Generator, height: int, width: int, grain: float, strength: float) -> np.ndarray:
    """Smooth noise at several sizes, mean 0."""
    total = np.zeros((height, width), np.float32)
    for octave in range(4):
        size = max(2, int(min(height, width) / (grain * 2**octave)))
        coarse = rng.normal(size=(max(2, height * size // max(height, width)), size)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * 0.7**octave
    return total * (strength / max(total.std(), 1e-6))


def _room(rng: np.random.Generator) -> np.ndarray:
    """A wall, a floor, cupboards, posters, papers."""
    wall = rng.uniform(120, 215, 3)
    canvas = np.ones((CANVAS_HEIGHT, CANVAS_WIDTH, 3), np.float32) * wall
    canvas += _texture(rng, CANVAS_HEIGHT, CANVAS_WIDTH, 8, 7)[..., None]
    floor_y = int(CANVAS_HEIGHT * rng.uniform(0.66, 0.8))
    canvas[floor_y:] = rng.uniform(60, 140, 3) + _texture(rng, CANVAS_HEIGHT - floor_y, CANVAS_WIDTH, 30, 16)[..., None]
    for _ in range(26):
        w, h = int(rng.uniform(90, 420)), int(rng.uniform(90, 520))
        x, y = int(rng.uniform(0, CANVAS_WIDTH - w)), int(rng.uniform(30, floor_y + 120 - h))
        y = max(y, 0)
        colour = rng.uniform(30, 235, 3)
        block = colour + _texture(rng, h, w, rng.uniform(2, 12), rng.uniform(3, 22))[..., None]
        canvas[y : y + h, x : x + w] = block
        cv2.rectangle(canvas, (x, y), (x + w, y + h), tuple(float(c) for c in colour * 0.5), int(rng.integers(2, 8)))
        for row in range(int(rng.integers(0, 6))):
            at = y + (row + 1) * h // 7
            cv2.line(canvas, (x + 8, at), (x + w - 8, at), tuple(float(c) for c in rng.uniform(10, 240, 3)), int(rng.integers(1, 6)))
    return canvas


def _street(rng: np.random.Generator) -> np.ndarray:
    """Sky, houses with windows, cars, a pavement."""
    canvas = np.ones((CANVAS_HEIGHT, CANVAS_WIDTH, 3), np.float32) * rng.uniform(165, 225, 3)
    canvas += _texture(rng, CANVAS_HEIGHT, CANVAS_WIDTH, 3, 10)[..., None]
    ground = int(CANVAS_HEIGHT * 0.72)
    x = 0
    while x < CANVAS_WIDTH:
        w = int(rng.uniform(180, 420))
        top = int(rng.uniform(80, 480))
        colour = rng.uniform(70, 200, 3)
        canvas[top:ground, x : x + w] = (colour + _texture(rng, ground - top, w, 14, 9)[..., None])[:, : CANVAS_WIDTH - x]
        step = int(rng.uniform(46, 80))
        for wy in range(top + 24, ground - step, step):
            for wx in range(x + 16, min(x + w, CANVAS_WIDTH) - step // 2, step):
                shade = tuple(float(c) for c in rng.uniform(20, 120, 3))
                cv2.rectangle(canvas, (wx, wy), (wx + step // 2, wy + step * 2 // 3), shade, -1)
        x += w
    canvas[ground:] = rng.uniform(85, 130) + _texture(rng, CANVAS_HEIGHT - ground, CANVAS_WIDTH, 60, 13)[..., None]
    for _ in range(9):
        cx, cy = int(rng.uniform(0, CANVAS_WIDTH)), int(rng.uniform(ground - 20, CANVAS_HEIGHT - 120))
        cv2.rectangle(canvas, (cx, cy), (cx + 260, cy + 80), tuple(float(c) for c in rng.uniform(20, 230, 3)), -1)
        cv2.rectangle(canvas, (cx + 50, cy - 46), (cx + 200, cy), tuple(float(c) for c in rng.uniform(20, 90, 3)), -1)
        for wheel in (50, 210):
            cv2.circle(canvas, (cx + wheel, cy + 80), 26, (18.0, 18.0, 18.0), -1)
    return canvas


@cache
def canvas(name: str) -> np.ndarray:
    """RGB bytes. `room-N` and `street-N` are drawn from seed N, other names are photographs."""
    kind, _, seed = name.partition("-")
    if kind in ("room", "street"):
        rng = np.random.default_rng([int(seed), 77])
        picture = _room(rng) if kind == "room" else _street(rng)
        image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        for _ in range(5):
            font = ImageFont.truetype(SIGN_FONTS[int(seed) % 2], int(rng.uniform(34, 70)))
            words = rng.choice(["营业执照", "消防通道", "安全出口", "收银台", "公示栏", "仓库", "请勿吸烟", "便民超市"])
            draw.text((rng.uniform(100, 2200), rng.uniform(80, 900)), str(words), font=font, fill=tuple(int(c) for c in rng.uniform(0, 255, 3)))
        return np.asarray(image)
    return _photograph(name)


@dataclass(frozen=True)
class View:
    """How a scene is filmed. `motion` names what the wearer does, `happens` what else goes on."""

    scene: str
    motion: str = "standing"  # tripod, still, standing, walking, running, vehicle, pans
    happens: tuple[str, ...] = ()  # crossing, flicker, touch, light-switch, exposure
    noise: float = 2.5
    brightness: float = 1.0
    blur: float = 0.0
    zoom: float = 0.8


#              wander  hand  bob  step_hz  roll_deg   (pixels at a width of 640)
MOTIONS = {
    "tripod": (0.0, 0.0, 0.0, 1.0, 0.0),
    "still": (0.0, 0.5, 0.0, 1.0, 0.02),
    "standing": (30.0, 4.0, 0.3, 1.0, 0.5),
    "walking": (200.0, 6.0, 3.0, 1.8, 0.8),
    "running": (320.0, 12.0, 9.0, 2.7, 2.0),
    "vehicle": (500.0, 2.0, 1.2, 3.5, 0.3),
    "pans": (60.0, 5.0, 0.5, 1.0, 0.6),
}


def _smooth(rng: np.random.Generator, count: int, rate: float, cutoff_hz: float) -> np.ndarray:
    """Random walk without frequencies above about `cutoff_hz`, unit standard deviation."""
    from scipy.signal import butter, sosfiltfilt

    padding = int(rate * 6)
    walk = sosfiltfilt(butter(2, cutoff_hz, fs=rate, output="sos"), rng.normal(size=count + 2 * padding))
    return (walk / max(walk.std(), 1e-9))[padding : padding + count]


@dataclass
class Film:
    """A view filmed for a while. Frames come in order; spans in seconds."""

    view: View
    seed: int
    width: int
    height: int
    frame_rate: float
    duration_s: float
    overlay: Overlay | None = None
    frozen: list[tuple[float, float]] = field(default_factory=list)
    black: list[tuple[float, float]] = field(default_factory=list)

    def frames(self):
        rng = np.random.default_rng([self.seed, 1])
        count, rate, scale = round(self.duration_s * self.frame_rate), self.frame_rate, self.width / 640
        seconds = np.arange(count) / rate
        wander, hand, bob, step_hz, roll_deg = MOTIONS[self.view.motion]
        path = []
        for axis, share in ((0, 1.0), (1, 0.35)):
            slow = _smooth(rng, count, rate, 0.05) * wander * share
            sway = _smooth(rng, count, rate, 0.6) * hand + _smooth(rng, count, rate, 3.0) * hand * 0.12
            step = bob * np.sin((1 + axis) * np.pi * step_hz * seconds + 0.7) * (0.5 + 0.5 * axis)
            path.append((slow + sway + step) * scale)
        if self.view.motion == "pans":
            turn, at_s = np.zeros(count), 0.0
            while (at_s := at_s + rng.uniform(3, 9)) < self.duration_s:
                took_s, by = rng.uniform(0.3, 0.9), rng.uniform(-420, 420)
                turn += by * 0.5 * (1 + np.tanh((seconds - at_s) * 4 / took_s))
            path[0] = path[0] + turn * scale
        roll = np.deg2rad(_smooth(rng, count, rate, 0.4) * roll_deg)
        zoom = self.view.zoom * scale * (1 + (0.0 if hand < 1 else 0.015) * _smooth(rng, count, rate, 0.3))
        big = canvas(self.view.scene)
        centre = np.array([big.shape[1], big.shape[0]]) * rng.uniform(0.4, 0.6, 2)
        light = self.view.brightness * (1 + (0.004 if hand < 1 else 0.03) * _smooth(rng, count, rate, 0.25))
        gain = self._light(rng, seconds, light)
        events = self._events(rng)
        strength = self.view.noise
        luma = rng.normal(size=(self.height + 256, self.width + 256, 1)) + 0.3 * rng.normal(size=(self.height + 256, self.width + 256, 3))
        noise = np.clip(luma * strength * 8 + 0.5, -32000, 32000).astype(np.int16) // 8
        sensor = np.random.default_rng([self.seed, 2])
        previous = None
        for n in range(count):
            at_s = n / rate
            if previous is not None and any(start <= at_s + 1e-6 < end for start, end in self.frozen):
                yield previous
                continue
            if any(start <= at_s + 1e-6 < end for start, end in self.black):
                previous = np.zeros((self.height, self.width, 3), np.uint8)
                yield previous
                continue
            picture = self._optical(big, centre, path, roll, zoom, n)
            if self.view.motion in ("running", "pans", "vehicle") and n + 1 < count:
                speed = abs(path[0][n + 1] - path[0][n]) + abs(path[1][n + 1] - path[1][n])
                if speed > 4 * scale:
                    length = min(int(speed * 0.5), 41)
                    picture = cv2.blur(picture, (max(length, 1), 1))
            if self.view.blur:
                picture = cv2.GaussianBlur(picture, (0, 0), self.view.blur * scale)
            for event in events:
                event(picture, at_s)
            steps = np.clip(np.arange(256) * gain[n], 0, 255).astype(np.uint8)
            picture = cv2.LUT(picture, steps)
            if "flicker" in self.view.happens:
                rows = 1 + 0.05 * np.sin(2 * np.pi * (1.3 * at_s + np.arange(self.height) / self.height * 1.5))
                picture = (picture * rows[:, None, None].astype(np.float32)).clip(0, 255).astype(np.uint8)
            y, x = sensor.integers(0, 256, 2)
            window = noise[y : y + self.height, x : x + self.width][:: sensor.choice([-1, 1]), :: sensor.choice([-1, 1])]
            picture = cv2.add(picture, np.ascontiguousarray(window), dtype=cv2.CV_8U)
            previous = self.overlay.draw(picture, at_s) if self.overlay else picture
            yield previous

    def _optical(self, big, centre, path, roll, zoom, n):
        cos, sin = np.cos(roll[n]) * zoom[n], np.sin(roll[n]) * zoom[n]
        # Beyond the canvas the scene goes on mirrored.
        x, y = centre[0] + path[0][n] / zoom[n], centre[1] + path[1][n] / zoom[n]
        matrix = np.array([[cos, sin, self.width / 2 - cos * x - sin * y], [-sin, cos, self.height / 2 + sin * x - cos * y]])
        if self.view.motion != "vehicle":
            return cv2.warpAffine(big, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        picture = cv2.warpAffine(big, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return self._dashboard(picture, path[1][n])

    def _dashboard(self, picture, shake):
        """A vehicle's inside stands still before the moving street."""
        top = int(self.height * 0.72 + shake * 0.2)
        if not hasattr(self, "_board"):
            rng = np.random.default_rng([self.seed, 5])
            board = 50 + _texture(rng, self.height, self.width, 6, 18)
            self._board = np.clip(board[..., None] * np.array([1.0, 0.98, 0.95]), 0, 255).astype(np.uint8)
        picture[top:] = self._board[: self.height - top]
        return picture

    def _light(self, rng, seconds, light):
        if "light-switch" in self.view.happens:
            at_s, level = 0.0, 1.0
            gain = np.ones_like(seconds)
            while (at_s := at_s + rng.uniform(7, 16)) < self.duration_s:
                new = 0.45 if level > 0.8 else 1.0
                settle = new * (1 + 0.35 * np.exp(-np.clip(seconds - at_s, 0, None) / 0.6) * (1 if new < level else -1))
                gain = np.where(seconds >= at_s, settle, gain)
                level = new
            light = light * gain
        if "exposure" in self.view.happens:
            at_s = rng.uniform(0.3, 0.7) * self.duration_s
            light = light * (1 + 0.8 * np.exp(-((seconds - at_s) / 1.2) ** 2))
        return light

    def _events(self, rng):
        events = []
        if "crossing" in self.view.happens:
            at_s = 0.0
            while (at_s := at_s + rng.uniform(4, 12)) < self.duration_s:
                events.append(self._person(rng, at_s))
        if "touch" in self.view.happens:
            at_s = 0.0
            while (at_s := at_s + rng.uniform(8, 20)) < self.duration_s:
                events.append(self._touch(rng, at_s))
        return events

    def _person(self, rng, at_s):
        took_s, height = rng.uniform(0.8, 3.0), int(self.height * rng.uniform(0.6, 1.3))
        width, leftwards = int(height * 0.38), rng.random() < 0.5
        cloth = np.clip(rng.uniform(30, 200, 3) + _texture(rng, height, width, 8, 20)[..., None], 0, 255).astype(np.uint8)
        mask = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, (width // 2, int(height * 0.62)), (width // 2 - 2, int(height * 0.5)), 0, 0, 360, 255, -1)
        cv2.ellipse(mask, (width // 2, int(height * 0.1)), (width // 4, int(height * 0.1)), 0, 0, 360, 255, -1)
        top = self.height - int(height * rng.uniform(0.8, 1.0))

        def draw(picture, now_s):
            share = (now_s - at_s) / took_s
            if not 0 <= share <= 1:
                return
            share = 1 - share if leftwards else share
            left, y0 = int(share * (self.width + width)) - width, max(top, 0)
            x0, x1, y1 = max(left, 0), min(left + width, self.width), min(top + height, self.height)
            if x1 > x0 and y1 > y0:
                inside = mask[y0 - top : y1 - top, x0 - left : x1 - left] > 0
                picture[y0:y1, x0:x1][inside] = cloth[y0 - top : y1 - top, x0 - left : x1 - left][inside]

        return draw

    def _touch(self, rng, at_s):
        took_s = rng.uniform(0.4, 1.5)
        x, y = rng.uniform(0.2, 0.8) * self.width, rng.uniform(0.2, 1.0) * self.height
        radius = rng.uniform(0.3, 0.7) * self.width
        columns, rows = np.meshgrid(np.arange(self.width), np.arange(self.height))
        blob = np.exp(-(((columns - x) ** 2 + (rows - y) ** 2) / radius**2) ** 2).astype(np.float32)[..., None]

        def draw(picture, now_s):
            share = (now_s - at_s) / took_s
            if 0 <= share <= 1:
                cover = blob * np.float32(min(1.0, 3 * share, 3 * (1 - share)))
                picture[:] = (picture * (1 - cover) + 45 * cover).astype(np.uint8)

        return draw
