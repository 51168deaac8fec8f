"""What is drawn: fonts, formats, the clock as a function of time, scenes that move. Two parts that share no font and no scene."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

TRUETYPE, OPENTYPE = "/usr/share/fonts/truetype", "/usr/share/fonts/opentype"

# Name: file, index in it, and the size that a bitmap face is drawn at before it is enlarged pixel by pixel, as camera chips do.
FONTS = {
    "choose": {
        "DejaVu Sans Mono Bold": (f"{TRUETYPE}/dejavu/DejaVuSansMono-Bold.ttf", 0, None),
        "DejaVu Sans": (f"{TRUETYPE}/dejavu/DejaVuSans.ttf", 0, None),
        "Liberation Sans Bold": (f"{TRUETYPE}/liberation/LiberationSans-Bold.ttf", 0, None),
        "Liberation Mono": (f"{TRUETYPE}/liberation/LiberationMono-Regular.ttf", 0, None),
        "FreeMono Bold": (f"{TRUETYPE}/freefont/FreeMonoBold.ttf", 0, None),
        "Hack Bold": (f"{TRUETYPE}/hack/Hack-Bold.ttf", 0, None),
        "Inconsolata": (f"{TRUETYPE}/inconsolata/Inconsolata.otf", 0, None),
        "Lato Bold": (f"{TRUETYPE}/lato/Lato-Bold.ttf", 0, None),
        "B612 Mono Bold": (f"{OPENTYPE}/b612/B612Mono-Bold.otf", 0, None),
        "Nimbus Mono PS Bold": (f"{OPENTYPE}/urw-base35/NimbusMonoPS-Bold.otf", 0, None),
        "WenQuanYi Zen Hei": (f"{TRUETYPE}/wqy/wqy-zenhei.ttc", 0, None),
        "WenQuanYi Zen Hei Mono": (f"{TRUETYPE}/wqy/wqy-zenhei.ttc", 1, None),
        "Unifont": (f"{OPENTYPE}/unifont/unifont.otf", 0, 16),
        "Spleen 8x16": (f"{OPENTYPE}/spleen/spleen-8x16.otf", 0, 16),
        "Noto Sans": (f"{TRUETYPE}/noto/NotoSans-Regular.ttf", 0, None),
    },
    "report": {
        "Noto Mono": (f"{TRUETYPE}/noto/NotoMono-Regular.ttf", 0, None),
        "Noto Sans CJK SC Bold": (f"{OPENTYPE}/noto/NotoSansCJK-Bold.ttc", 2, None),
        "Noto Sans CJK SC": (f"{OPENTYPE}/noto/NotoSansCJK-Regular.ttc", 2, None),
        "WenQuanYi Micro Hei": (f"{TRUETYPE}/wqy/wqy-microhei.ttc", 0, None),
        "Unifont JP": (f"{OPENTYPE}/unifont/unifont_jp.otf", 0, 16),
        "Spleen 12x24": (f"{OPENTYPE}/spleen/spleen-12x24.otf", 0, 24),
        "FreeSans Bold": (f"{TRUETYPE}/freefont/FreeSansBold.ttf", 0, None),
        "Liberation Sans Narrow Bold": (f"{TRUETYPE}/liberation/LiberationSansNarrow-Bold.ttf", 0, None),
        "Fira Code": (f"{TRUETYPE}/firacode/FiraCode-Medium.ttf", 0, None),
        "JetBrains Mono Bold": (f"{TRUETYPE}/jetbrains-mono/JetBrainsMono-Bold.ttf", 0, None),
        "Go Mono Bold": (f"{TRUETYPE.replace('/truetype', '')}/fonts-go/Go-Mono-Bold.ttf", 0, None),
        "Carlito Bold": (f"{TRUETYPE}/crosextra/Carlito-Bold.ttf", 0, None),
        "Cantarell Bold": (f"{OPENTYPE}/cantarell/Cantarell-Bold.otf", 0, None),
        "Anonymous Pro Bold": (f"{TRUETYPE}/anonymous-pro/Anonymous Pro B.ttf", 0, None),
        "IBM 3270": (f"{TRUETYPE}/3270/3270-Regular.ttf", 0, None),
        "mononoki Bold": (f"{TRUETYPE}/mononoki/mononoki-Bold.ttf", 0, None),
        "URW Gothic Demi": (f"{OPENTYPE}/urw-base35/URWGothic-Demi.otf", 0, None),
    },
}
CHINESE = {"choose": ["WenQuanYi Zen Hei", "WenQuanYi Zen Hei Mono", "Unifont"],
           "report": ["Noto Sans CJK SC Bold", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "Unifont JP"]}
SCENES = {"choose": ["sklearn/datasets/images/china.jpg", "skimage/data/coffee.png", "skimage/data/astronaut.png", "skimage/data/brick.png"],
          "report": ["sklearn/datasets/images/flower.jpg", "skimage/data/chelsea.png", "skimage/data/motorcycle_left.png",
                     "skimage/data/rocket.jpg", "skimage/data/gravel.png"]}

# As pingcha names them, each with how often it is drawn. %A and %a are Chinese or English days, %p 上午 and 下午 or AM and PM.
FORMATS = {
    "%Y-%m-%d %H:%M:%S": 8, "%Y/%m/%d %H:%M:%S": 3, "%Y.%m.%d %H:%M:%S": 2, "%Y年%m月%d日 %H:%M:%S": 3,
    "%Y年%m月%d日 %H时%M分%S秒": 1, "%Y-%m-%d %A %H:%M:%S": 2, "%Y-%m-%d %a %H:%M:%S": 2, "%Y-%m-%d %H:%M:%S %A": 1,
    "%d/%m/%Y %H:%M:%S": 2, "%m/%d/%Y %H:%M:%S": 1, "%d-%m-%Y %H:%M:%S": 1, "%m-%d-%Y %H:%M:%S": 1,
    "%Y-%m-%d %I:%M:%S %p": 2, "%Y-%m-%d %p%I:%M:%S": 2, "%H:%M:%S": 2, "%H:%M:%S %Y/%m/%d": 1, "%Y-%m-%d %H:%M:%S.%2f": 2,
}
DAYS = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"]
EPOCH = datetime(1970, 1, 1)

# Fill and edge. A box instead of an edge is dark and lets a little of the scene through.
COLOURS = {"white": ((250, 250, 250), (8, 8, 8)), "yellow": ((255, 226, 40), (8, 8, 8)), "green": ((60, 255, 80), (8, 8, 8)),
           "cyan": ((70, 240, 255), (8, 8, 8)), "orange": ((255, 150, 30), (8, 8, 8)), "black": ((8, 8, 8), (245, 245, 245))}
DEVICES = ["J1_010203", "执法07号", "DSJ-A8 警号016021", "NO:000121", "江源区文广旅局", "N34.12345 E113.23456", "设备D4F2 电量87%"]


def written(moment, pattern, chinese):
    """The moment as a camera writes it."""
    if "%A" in pattern or "%a" in pattern:
        day = DAYS[moment.weekday()]
        pattern = pattern.replace("%A", day if chinese else "%A").replace("%a", day.replace("星期", "周") if chinese else "%a")
    half = ("上午" if moment.hour < 12 else "下午") if chinese else ("AM" if moment.hour < 12 else "PM")
    pattern = pattern.replace("%p", half).replace("%2f", f"{moment.microsecond // 10_000:02}")
    return moment.strftime(pattern)


@dataclass
class Clock:
    """At `t` seconds it stands at `start_s + t (1 + rate_ppm / 10⁶)` plus all leaps up to then, and shows that without its fraction."""

    start_s: float
    rate_ppm: float = 0.0
    leaps: list = field(default_factory=list)
    stopped: list = field(default_factory=list)
    shown: list = field(default_factory=lambda: [[0.0, 1e9]])
    resolution_s: float = 1.0
    # Each second is drawn up to this much late, anew for each.
    late_s: float = 0.0
    seed: int = 0

    def at(self, t):
        for start, end in self.stopped:
            t = start if start <= t < end else t
        return self.start_s + t * (1 + self.rate_ppm / 1e6) + sum(by for at, by in self.leaps if t >= at - 1e-9)

    def drawn_s(self, t):
        now = self.at(t)
        if self.late_s:
            second = math.floor(now)
            late = self.late_s * np.random.default_rng([self.seed, int(second) % 2**31]).random()
            now = second - 0.5 if now - second < late else now
        return math.floor(now / self.resolution_s + 1e-6) * self.resolution_s

    def moment(self, t):
        return EPOCH + timedelta(microseconds=round(self.drawn_s(t) * 1e6))


@dataclass
class Style:
    """How lines look."""

    part: str
    font: str
    size_px: int
    colour: str
    edge: str  # "edge" or "box"


@lru_cache(maxsize=4096)
def patch(style_key, text):
    """A line as fill and opacity, both height × width, and the fill's colour."""
    style = Style(*style_key)
    path, index, native = FONTS[style.part][style.font]
    font = ImageFont.truetype(path, native or style.size_px, index=index)
    edge = max(1, round((native or style.size_px) / 12)) if style.edge == "edge" else 0
    ascent, descent = font.getmetrics()
    # Widths from advances, not from ink: a last digit 1 must not move the line.
    size = (math.ceil(font.getlength(text)) + 2 * edge + 4, ascent + descent + 2 * edge)
    fill, around = Image.new("L", size, 0), Image.new("L", size, 0 if style.edge == "edge" else 165)
    for picture in (fill, around):
        draw = ImageDraw.Draw(picture)
        draw.fontmode = "1" if native else "L"
    ImageDraw.Draw(fill).text((2 + edge, edge), text, font=font, fill=255)
    ImageDraw.Draw(around).text((2 + edge, edge), text, font=font, fill=255, stroke_width=edge)
    if native and style.size_px > native:
        factor = style.size_px / native
        size = (round(size[0] * factor), round(size[1] * factor))
        fill, around = (picture.resize(size, Image.Resampling.NEAREST) for picture in (fill, around))
    return np.asarray(fill, np.float32) / 255, np.maximum(np.asarray(fill, np.float32), np.asarray(around, np.float32)) / 255


def yuv(colour):
    red, green, blue = (c / 255 for c in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 16 + 219 * luma, 128 + 224 * (blue - luma) / 1.772, 128 + 224 * (red - luma) / 1.402


def draw(planes, style, text, x, y, mirrored=False):
    """Burns a line into the planes of a picture, its upper left corner at (x, y), even numbers; what lies outside is lost."""
    fill, alpha = patch((style.part, style.font, style.size_px, style.colour, style.edge), text)
    fill, alpha = (np.pad(p, ((0, p.shape[0] % 2), (0, p.shape[1] % 2))) for p in (fill, alpha))
    ink, around = (yuv(colour) for colour in COLOURS[style.colour])
    half = [p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3)) for p in (fill, alpha)]
    for plane, (shape, opacity), share, inside, outside in zip(planes, [(fill, alpha), half, half], [1, 2, 2], ink, around):
        top, left = y // share, x // share
        rows, columns = slice(max(top, 0), max(top + opacity.shape[0], 0)), slice(max(left, 0), max(left + opacity.shape[1], 0))
        window = plane[rows, columns]
        if window.size == 0:
            continue
        part = (slice(rows.start - top, rows.start - top + window.shape[0]), slice(columns.start - left, columns.start - left + window.shape[1]))
        colour = inside * shape[part] + outside * (1 - shape[part])
        window[:] = window * (1 - opacity[part]) + colour * opacity[part] + 0.5


def photograph(name):
    import importlib.util
    package, inside = name.split("/", 1)
    return Image.open(Path(importlib.util.find_spec(package).origin).parent / inside).convert("RGB")


@lru_cache(maxsize=6)
def canvas(name, width, height):
    """A scene of at least that size as Y, U and V: the photograph and its mirror images side by side."""
    picture = photograph(name)
    factor = max(width / picture.width, height / picture.height, 1.0) * 0.7
    picture = picture.resize((round(picture.width * factor) & ~1, round(picture.height * factor) & ~1), Image.Resampling.LANCZOS)
    tile = np.asarray(picture)
    tile = np.concatenate([tile, tile[:, ::-1]], 1)
    tile = np.concatenate([tile, tile[::-1]], 0)
    repeat = (-(-height // tile.shape[0]), -(-width // tile.shape[1]), 1)
    rgb = np.tile(tile, repeat)[: height & ~1, : width & ~1].astype(np.float32)
    luma = rgb @ np.float32([0.299, 0.587, 0.114])
    small = rgb[::2, ::2]
    small_luma = luma[::2, ::2]
    blue, red = 128 + 224 / 255 * (small[..., 2] - small_luma) / 1.772, 128 + 224 / 255 * (small[..., 0] - small_luma) / 1.402
    return tuple(plane.astype(np.uint8) for plane in (16 + luma * 219 / 255, blue, red))


class Scene:
    """A photograph that a hand pans over, with noise drawn anew for every picture."""

    def __init__(self, name, width, height, rng, lively=1.0):
        self.width, self.height, self.rng = width, height, rng
        self.canvas = canvas(name, width * 3 // 2 & ~1, height * 3 // 2 & ~1)
        self.sways = [(rng.uniform(0.03, 0.9), rng.uniform(0, 2 * math.pi), lively * rng.uniform(0.02, 0.12) * width) for _ in range(6)]
        self.noise = rng.normal(0, rng.uniform(1.0, 3.5), (height + 64, width + 64)).round().astype(np.int16)

    def place(self, t):
        """Left upper corner on the canvas, even numbers."""
        swing = [size * math.sin(2 * math.pi * rate * t + phase) / (1 + 4 * rate) for rate, phase, size in self.sways]
        x, y = self.width / 4 + sum(swing[:3]), self.height / 4 + sum(swing[3:])
        return int(min(max(x, 0), self.width // 2 - 2)) & ~1, int(min(max(y, 0), self.height // 2 - 2)) & ~1

    def picture(self, t):
        x, y = self.place(t)
        luma, blue, red = self.canvas
        dy, dx = self.rng.integers(0, 64, 2)
        noisy = luma[y : y + self.height, x : x + self.width] + self.noise[dy : dy + self.height, dx : dx + self.width]
        half = (slice(y // 2, (y + self.height) // 2), slice(x // 2, (x + self.width) // 2))
        return [np.clip(noisy, 16, 235).astype(np.uint8), blue[half].copy(), red[half].copy()]
