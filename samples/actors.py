"""Things that move in front of the camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from scene import NOTO_BOLD


class Actor(Protocol):
    def draw(self, picture: Image.Image, at_s: float) -> Image.Image: ...


@dataclass(frozen=True)
class PasserBy:
    """A dark figure that walks through the picture from left to right, close to the camera."""

    start_s: float
    end_s: float

    def draw(self, picture: Image.Image, at_s: float) -> Image.Image:
        if not self.start_s <= at_s < self.end_s:
            return picture
        share = (at_s - self.start_s) / (self.end_s - self.start_s)
        width, height = picture.size
        figure = _figure(height)
        x = round(-figure.width + share * (width + figure.width))
        y = round(height * 0.16 + 0.012 * height * np.sin(11 * at_s))
        picture = picture.copy()
        picture.paste(figure, (x, y), figure)
        return picture


@lru_cache(maxsize=4)
def _figure(height: int) -> Image.Image:
    unit = height / 100
    figure = Image.new("RGBA", (round(34 * unit), round(90 * unit)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(figure)
    draw.ellipse((11 * unit, 2 * unit, 23 * unit, 18 * unit), fill=(74, 58, 48, 255))
    draw.rounded_rectangle((4 * unit, 19 * unit, 30 * unit, 96 * unit), radius=8 * unit, fill=(38, 46, 66, 255))
    draw.rectangle((16 * unit, 22 * unit, 18 * unit, 90 * unit), fill=(90, 96, 112, 255))
    return figure.filter(ImageFilter.GaussianBlur(unit * 0.5))


@dataclass(frozen=True)
class Credential:
    """A made-up enforcement credential held towards the camera: it comes up, grows, stays, and goes."""

    start_s: float
    end_s: float
    name: str
    number: str

    def draw(self, picture: Image.Image, at_s: float) -> Image.Image:
        if not self.start_s <= at_s < self.end_s:
            return picture
        rise_s = 0.8
        shown = min(1.0, (at_s - self.start_s) / rise_s, (self.end_s - at_s) / rise_s)
        shown = shown * shown * (3 - 2 * shown)
        width, height = picture.size
        card = _card(self.name, self.number)
        card_width = width * (0.18 + 0.20 * shown)
        card_height = card_width * card.height / card.width
        left = width * 0.30 + 0.006 * width * np.sin(5 * at_s)
        top = height * (1.05 - 0.72 * shown) + 0.008 * height * np.sin(7.3 * at_s)
        lean = 0.06 * card_width
        corners = [(left, top + lean), (left + card_width, top), (left + card_width - lean, top + card_height), (left - lean / 2, top + card_height + lean)]
        flat = card.transform(picture.size, Image.Transform.PERSPECTIVE, _homography(corners, card.size), Image.Resampling.BICUBIC)
        picture = picture.copy()
        picture.paste(flat, (0, 0), flat)
        return picture


def _homography(corners: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Coefficients that map picture points back to card points, for `Image.transform`."""
    flat = [(0, 0), (size[0], 0), size, (0, size[1])]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, flat):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    return np.linalg.solve(np.array(rows, float), np.array(values, float)).tolist()


@lru_cache(maxsize=4)
def _card(name: str, number: str) -> Image.Image:
    card = Image.new("RGBA", (856, 540), (244, 244, 238, 255))
    draw = ImageDraw.Draw(card)
    title, body = ImageFont.truetype(NOTO_BOLD, 58, index=2), ImageFont.truetype(NOTO_BOLD, 46, index=2)
    draw.rectangle((0, 0, 856, 110), fill=(30, 60, 130, 255))
    draw.text((428, 54), "中华人民共和国行政执法证", font=title, fill=(250, 250, 250, 255), anchor="mm")
    draw.rectangle((40, 150, 270, 450), fill=(190, 206, 224, 255))
    draw.ellipse((105, 190, 205, 310), fill=(120, 110, 104, 255))
    draw.pieslice((65, 320, 245, 580), 180, 360, fill=(60, 66, 84, 255))
    draw.rectangle((40, 450, 270, 540), fill=(244, 244, 238, 255))
    for row, text in enumerate((f"姓名 {name}", "单位 江源区文广旅局", f"证号 {number}")):
        draw.text((300, 180 + row * 100), text, font=body, fill=(24, 24, 30, 255))
    draw.text((300, 470), "样本 不是真实证件", font=ImageFont.truetype(NOTO_BOLD, 34, index=2), fill=(170, 30, 30, 255))
    return card
