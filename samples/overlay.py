"""The camera's burnt-in clock and the text beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = {
    "DejaVu Sans Mono Bold": ("/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf", 0),
    "Liberation Mono Bold": ("/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf", 0),
    "Liberation Sans Bold": ("/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf", 0),
    "FreeSans Bold": ("/usr/share/fonts/truetype/freefont/FreeSansBold.ttf", 0),
    "Noto Sans CJK SC Bold": ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    "WenQuanYi Zen Hei": ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
}

WHITE = (250, 250, 250)
YELLOW = (255, 226, 40)


@dataclass(frozen=True)
class Clock:
    """A camera's clock as a function of recording time.

    At PTS `t` it stands at `start + t * (1 + rate_ppm / 1e6)` plus all steps at or
    before `t`; the picture shows that time without its fraction.
    """

    start: datetime
    rate_ppm: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()

    def at(self, pts_s: float) -> datetime:
        stepped = sum(by_s for at_s, by_s in self.steps if pts_s >= at_s - 1e-9)
        # Rounded to microseconds, so that 3.9999999 does not show the second before.
        return self.start + timedelta(microseconds=round((pts_s * (1 + self.rate_ppm / 1e6) + stepped) * 1e6))

    @property
    def phase_s(self) -> float:
        """How far the clock is into its displayed second at PTS 0."""
        return self.start.microsecond / 1e6


@dataclass(frozen=True)
class Overlay:
    """Clock and other lines, where they stand and how they look. `margin` is in picture pixels."""

    clock: Clock
    format: str = "%Y-%m-%d %H:%M:%S"
    corner: str = "top-right"
    font: str = "DejaVu Sans Mono Bold"
    height_px: int = 18
    colour: tuple[int, int, int] = WHITE
    text: tuple[str, ...] = ()
    clock_line: int = 0
    margin: int = 10
    hidden: tuple[tuple[float, float], ...] = field(default=())

    def lines(self, pts_s: float) -> tuple[str, ...]:
        lines = list(self.text)
        lines.insert(self.clock_line, self.clock_text(pts_s))
        return tuple(lines)

    def clock_text(self, pts_s: float) -> str:
        return self.clock.at(pts_s).strftime(self.format)

    def draw(self, frame: np.ndarray, pts_s: float) -> np.ndarray:
        """The frame with the overlay burnt in (the sensor's noise does not touch it)."""
        if any(start <= pts_s < end for start, end in self.hidden):
            return frame
        patch, alpha, x, y = _patch(self, self.lines(pts_s), frame.shape[1], frame.shape[0])
        height, width = alpha.shape[:2]
        window = frame[y : y + height, x : x + width].astype(np.float32)
        frame = frame.copy()
        frame[y : y + height, x : x + width] = (window * (1 - alpha) + patch * alpha + 0.5).astype(np.uint8)
        return frame

    def clock_box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(x, y, width, height) of the clock's text, edge included, in picture pixels."""
        return _layout(self, self.lines(0.0), width, height)[self.clock_line]


def _font(overlay: Overlay) -> ImageFont.FreeTypeFont:
    path, index = FONTS[overlay.font]
    return ImageFont.truetype(path, overlay.height_px, index=index)


def _edge_px(overlay: Overlay) -> int:
    return max(1, round(overlay.height_px / 12))


def _layout(overlay: Overlay, lines: tuple[str, ...], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Boxes from advance widths, not from ink: a last digit "1" must not move the line."""
    font, edge = _font(overlay), _edge_px(overlay)
    ascent, descent = font.getmetrics()
    pitch = math.ceil(overlay.height_px * 1.3)
    vertical, horizontal = overlay.corner.split("-")
    top_y = overlay.margin if vertical == "top" else height - overlay.margin - pitch * len(lines)
    boxes = []
    for row, line in enumerate(lines):
        text_width = math.ceil(font.getlength(line)) + 2 * edge
        x = {"left": overlay.margin, "right": width - overlay.margin - text_width, "centre": (width - text_width) // 2}
        boxes.append((x[horizontal], top_y + row * pitch, text_width, ascent + descent + 2 * edge))
    return boxes


@lru_cache(maxsize=64)
def _patch(overlay: Overlay, lines: tuple[str, ...], width: int, height: int):
    """Colour and opacity of the text block, and where it goes."""
    font, edge = _font(overlay), _edge_px(overlay)
    boxes = _layout(overlay, lines, width, height)
    x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
    x1, y1 = max(b[0] + b[2] for b in boxes), min(max(b[1] + b[3] for b in boxes), height)
    picture = Image.new("RGB", (x1 - x0, y1 - y0), (8, 8, 8))
    mask = Image.new("L", picture.size, 0)
    for line, (x, y, _, _) in zip(lines, boxes):
        origin = (x - x0 + edge, y - y0 + edge)
        ImageDraw.Draw(mask).text(origin, line, font=font, fill=255, stroke_width=edge)
        ImageDraw.Draw(picture).text(origin, line, font=font, fill=overlay.colour)
    alpha = np.asarray(mask, np.float32)[..., None] / 255
    return np.asarray(picture, np.float32), alpha, x0, y0
