"""Films in which somebody holds something up to the camera, wears a badge, or passes signs."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image, ImageDraw

import scenes
from scenes import Film
from things import Font, Thing


@dataclass(frozen=True)
class Held:
    """A thing held up from `start_s` to `end_s`; it comes and goes within `rise_s`. Sizes are shares of the picture's
    width, places of its width and height; `worn` things do not come nearer."""

    thing: Thing
    start_s: float
    end_s: float
    width: float
    place: tuple[float, float]
    rise_s: float = 0.6
    turn_deg: float = 0.0
    tilt: tuple[float, float] = (0.0, 0.0)
    light: float = 1.0
    blur: float = 0.0
    glare: bool = False
    hand: bool = True
    worn: bool = False
    seed: int = 0

    def at(self, now_s: float) -> tuple[float, float, float, float] | None:
        """Share shown, and width, x, y in shares of the picture."""
        if not self.start_s <= now_s < self.end_s:
            return None
        if self.worn:
            sway = 0.03 * np.sin(0.9 * now_s + self.seed)
            return 1.0, self.width * (1 + 0.05 * np.sin(0.5 * now_s)), self.place[0] + sway, self.place[1] + 0.01 * np.sin(1.7 * now_s)
        shown = min(1.0, (now_s - self.start_s) / self.rise_s, (self.end_s - now_s) / self.rise_s)
        shown = shown * shown * (3 - 2 * shown)
        shake = np.array([np.sin(7.3 * now_s + self.seed), np.sin(5.1 * now_s + 2 * self.seed)]) * 0.004
        return shown, self.width * (0.55 + 0.45 * shown), self.place[0] + shake[0], 1.3 - (1.3 - self.place[1]) * shown + shake[1]

    def draw(self, picture: np.ndarray, now_s: float) -> None:
        state = self.at(now_s)
        if state is None:
            return
        shown, width, x, y = state
        height_px, width_px = picture.shape[:2]
        flat, alpha = _prepared(self, round(width_px * self.width))
        rows, columns = alpha.shape
        size = np.array([width * width_px, width * width_px * rows / columns])
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) * size / 2
        # Near edges are longer.
        corners[:, 0] *= 1 + self.tilt[0] * np.sign(corners[:, 1])
        corners[:, 1] *= 1 + self.tilt[1] * np.sign(corners[:, 0])
        angle = np.deg2rad(self.turn_deg)
        turned = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        corners = (turned + (x * width_px, y * height_px)).astype(np.float32)
        margin = max(4, int(self.blur * 4) + int(20 * (1 - shown)))
        left, top = np.floor(corners.min(0)).astype(int) - margin - int(size[0] * 0.3)
        right, bottom = np.ceil(corners.max(0)).astype(int) + margin + int(size[0] * 0.3)
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width_px), min(bottom, height_px)
        if right - left < 4 or bottom - top < 4:
            return
        source = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
        matrix = cv2.getPerspectiveTransform(source, corners - np.float32((left, top)))
        box = (int(right - left), int(bottom - top))
        patch = cv2.warpPerspective(flat, matrix, box, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(alpha, matrix, box, flags=cv2.INTER_LINEAR)
        if self.hand and not self.worn:
            self._fingers(patch, mask, corners - np.float32((left, top)))
        length = int((1 - shown) * 0.03 * width_px)
        if length > 1:
            patch, mask = cv2.blur(patch, (1, length)), cv2.blur(mask, (1, length))
        if self.blur:
            patch, mask = cv2.GaussianBlur(patch, (0, 0), self.blur), cv2.GaussianBlur(mask, (0, 0), self.blur)
        window = picture[top:bottom, left:right]
        share = (mask.astype(np.uint16) + 1)[..., None]
        window[:] = ((patch.astype(np.uint16) * share + window.astype(np.uint16) * (256 - share)) >> 8).astype(np.uint8)

    def _fingers(self, patch, mask, corners):
        rng = np.random.default_rng([self.seed, 3])
        skin = tuple(float(c) for c in np.array([196, 150, 124]) * rng.uniform(0.6, 1.1))
        side = int(rng.integers(0, 3))
        a, b = [(corners[3], corners[2]), (corners[3], corners[0]), (corners[2], corners[1])][side]
        width = float(np.linalg.norm(corners[1] - corners[0]))
        middle, centre = a + (b - a) * rng.uniform(0.25, 0.6), corners.mean(0)
        inwards = (centre - middle) / max(np.linalg.norm(centre - middle), 1e-6)
        along = (b - a) / max(np.linalg.norm(b - a), 1e-6)
        reach = width * rng.uniform(0.04, 0.1)
        angle = float(np.rad2deg(np.arctan2(inwards[1], inwards[0])))
        for n in range(-1, 2):
            tip = middle + along * n * width * 0.085 + inwards * reach * (0.6 if n else 1.0)
            axes = (int(width * 0.16), int(width * 0.045))
            base = tip - inwards * axes[0]
            for canvas, value in ((patch, skin), (mask, 255)):
                cv2.ellipse(canvas, tuple(int(c) for c in base), axes, angle, 0, 360, value, -1, cv2.LINE_AA)
        for canvas, value in ((patch, tuple(c * 0.94 for c in skin)), (mask, 255)):
            palm = middle - inwards * width * 0.27
            cv2.circle(canvas, tuple(int(c) for c in palm), int(width * 0.2), value, -1, cv2.LINE_AA)


_PREPARED: dict = {}


def _prepared(held: Held, width_px: int):
    """The thing's pixels near the size that it is shown at, lit, with its glare; and its opacity."""
    key = (id(held), width_px)
    if key not in _PREPARED:
        picture = held.thing.picture
        factor = min(1.0, 1.3 * width_px / picture.shape[1])
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        flat = small[..., :3].astype(np.float32) * held.light
        if held.glare:
            rng = np.random.default_rng([held.seed, 4])
            rows, columns = flat.shape[:2]
            x, y = np.meshgrid(np.arange(columns) / columns, np.arange(rows) / rows)
            spot = np.exp(-(((x - rng.uniform(0.1, 0.9)) / 0.16) ** 2 + ((y - rng.uniform(0.1, 0.9)) / 0.22) ** 2))
            flat += spot[..., None] * 190
        _PREPARED[key] = (np.clip(flat, 0, 255).astype(np.uint8), np.ascontiguousarray(small[..., 3]))
    return _PREPARED[key]


@dataclass(frozen=True)
class Sign:
    """A sign or a house number in the scene, in canvas pixels."""

    text: str
    x: int
    y: int
    size: int
    font: Font
    ink: tuple[int, int, int]
    ground: tuple[int, int, int]
    down: bool = False
    """A plaque: one symbol below the other."""

    @property
    def pitch(self) -> int:
        return int(self.size * 1.15)

    @property
    def box(self) -> tuple[int, int, int, int]:
        if self.down:
            return self.x, self.y, self.size, self.pitch * len(self.text)
        length = self.font.at(self.size).getlength(self.text)
        return self.x, self.y, int(length), self.size


def with_signs(canvas: np.ndarray, signs: list[Sign]) -> np.ndarray:
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for sign in signs:
        x, y, width, height = sign.box
        pad = sign.size * 0.4
        draw.rectangle((x - pad, y - pad, x + width + pad, y + height + pad), fill=sign.ground, outline=tuple(c // 2 for c in sign.ground), width=2)
        if sign.down:
            for n, symbol in enumerate(sign.text):
                draw.text((x, y - sign.size * 0.08 + n * sign.pitch), symbol, font=sign.font.at(sign.size), fill=sign.ink)
        else:
            draw.text((x, y - sign.size * 0.08), sign.text, font=sign.font.at(sign.size), fill=sign.ink)
    return np.asarray(image)


@dataclass
class Visit(Film):
    """A film with things held up, and signs in its scene. While it is made it notes where the signs stand."""

    held: list[Held] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)

    def frames(self):
        own, self.seen = scenes.canvas, {}
        with_own = with_signs(own(self.view.scene), self.signs) if self.signs else own(self.view.scene)
        scenes.canvas = lambda name: with_own
        try:
            yield from super().frames()
        finally:
            scenes.canvas = own

    def _events(self, rng):
        return [*super()._events(rng), *(held.draw for held in self.held)]

    def _optical(self, big, centre, path, roll, zoom, n):
        cos, sin = np.cos(roll[n]) * zoom[n], np.sin(roll[n]) * zoom[n]
        x, y = centre[0] + path[0][n] / zoom[n], centre[1] + path[1][n] / zoom[n]
        for sign in self.signs:
            left, top, width, height = sign.box
            corners = np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)], float) - (x, y)
            placed = corners @ np.array([[cos, -sin], [sin, cos]]) + (self.width / 2, self.height / 2)
            inside = (placed >= 4).all() and (placed[:, 0] < self.width - 4).all() and (placed[:, 1] < self.height - 4).all()
            if inside:
                self.seen.setdefault(sign.text, []).append((n / self.frame_rate, sign.size * zoom[n], *placed.min(0), *placed.max(0)))
        return super()._optical(big, centre, path, roll, zoom, n)
