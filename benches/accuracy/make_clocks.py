"""Draws the clips and crops of ``cargo bench --bench accuracy -- clock`` into a folder with ``clocks.json``.

    pip install numpy pillow scikit-image scikit-learn        # and ffmpeg with libx264, and the fonts that clocks.py names
    python make_clocks.py --part report --out ../../target/clocks

Clips: short ones over all formats, places, colours, sizes and bit rates, with and without leaps, stops and wrong rates; long
ones of five and twenty minutes; distractors; and short ones whose clock runs on in letters of another face for a while. Crops: single lines, as JPEG leaves them. Part ``choose`` and part
``report`` share no font, no scene and no random number.

``--group font`` is drawn on its own, for ``cargo bench --bench accuracy -- fonts``: as many clips of each font, in H.264, H.265 and Motion JPEG.
"""

import argparse
import json
import math
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from clocks import CHINESE, COLOURS, DEVICES, EPOCH, FONTS, FORMATS, SCENES, Clock, Scene, Style, draw, patch, written

SEEDS = {"choose": 51_000, "report": 52_000}
# Of clips of five minutes, pictures a second.
FIVE_MINUTES_RATE = {"rate": 25.0}
CROPS, SHORT, FIVE_MINUTES, TWENTY_MINUTES, FACES = 400, 120, 10, 6, 40
CLIPS_A_FONT = 5
FONT_SIZES = [(854, 480), (1280, 720), (1920, 1080)]
CODECS = {"h264": ["libx264", "-preset", "superfast", "-bf", "0"], "h265": ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:pools=none:bframes=0"],
          "mjpeg": ["mjpeg"]}
SIZES = [(640, 480), (854, 480), (640, 360), (1280, 720), (1280, 720), (1920, 1080)]
DISTRACTORS = ["no-clock", "scene-clock", "shop-sign", "phone", "rolling-text", "half-covered", "first-minute", "mirrored",
               "overlay-and-scene-clock", "other-numbers"]
EVENTS = ["none"] * 9 + ["leap"] * 5 + ["small-leap"] * 5 + ["rate"] * 2 + ["stopped"] * 2 + ["backward"]


class Plan:
    """One clip, all of it drawn by lot from its seed."""

    def __init__(self, part, number, group, event):
        self.part, self.number, self.group, self.event = part, number, group, event
        self.rng = rng = np.random.default_rng([SEEDS[part], number])
        self.file = f"{group}-{number:04}.mp4"
        width, height = SIZES[rng.integers(len(SIZES))]
        self.duration_s, self.rate = float(rng.integers(14, 25)), float(rng.choice([15, 25, 25, 30]) if height < 1000 else 15)
        self.codec = "h264"
        if group == "font":
            width, height = FONT_SIZES[rng.integers(len(FONT_SIZES))]
            self.duration_s, self.rate, self.codec = float(rng.integers(20, 31)), 10.0, str(rng.choice(list(CODECS), p=[0.5, 0.35, 0.15]))
        if group == "short" and number % 40 == 0:
            width, height, self.duration_s, self.rate = 3840, 2160, 10.0, 12.0
        elif group == "five-minutes":
            width, height, self.duration_s, self.rate = 640, 360, 300.0, FIVE_MINUTES_RATE["rate"]
        elif group == "twenty-minutes":
            width, height, self.duration_s, self.rate = 480, 360, 1200.0, 6.0
        elif event == "first-minute":
            width, height, self.duration_s, self.rate = 640, 360, 100.0, 10.0
        self.width, self.height = width, height
        self.key_s = float(rng.choice([1, 2, 2, 3, 10] if group in ("short", "face") else [1, 2]))
        # Bits for each picture's pixel: 0.02 is a smeared picture, 0.1 a good one.
        self.bits = float(rng.uniform(0.02, 0.1)) * (1.5 if height < 500 else 1.0)
        self.scene = str(rng.choice(SCENES[part]))
        self.lively = float(rng.choice([0.1, 1.0, 1.0]))
        self.choose_look()
        self.choose_clock()
        self.other_face = None
        if event == "face":
            self.choose_other_face()

    def choose_look(self):
        rng = self.rng
        self.format = str(rng.choice(list(FORMATS), p=np.array(list(FORMATS.values())) / sum(FORMATS.values())))
        self.chinese = "年" in self.format or ("%p%I" in self.format) or (any(f in self.format for f in ("%A", "%a", "%p")) and rng.random() < 0.6)
        self.two_lines = self.format.startswith("%Y") and self.format.endswith(" %H:%M:%S") and rng.random() < 0.15
        self.device = str(rng.choice(DEVICES)) if rng.random() < 0.5 else None
        self.device_beside = self.device is not None and not self.two_lines and len(self.device) < 11 and rng.random() < 0.3
        any_chinese = self.chinese or any(ord(c) > 127 for c in self.device or "")
        font = str(rng.choice(CHINESE[self.part] if any_chinese else list(FONTS[self.part])))
        if self.group == "font":
            font, self.format = self.of_font()
            self.chinese, self.two_lines, self.device, self.device_beside = False, False, None, False
        native = FONTS[self.part][font][2]
        least, most = 14 if self.height < 700 else 16, min(80, self.height // 13)
        size = int(rng.integers(least, most + 1))
        colour = str(rng.choice(list(COLOURS), p=[0.4, 0.25, 0.1, 0.1, 0.1, 0.05]))
        self.style = Style(self.part, font, size, colour, "box" if rng.random() < 0.2 else "edge")
        sample = written(EPOCH, self.format, self.chinese) + ("  " + self.device if self.device_beside else "")
        while size > least and self.box(sample)[0] > 0.94 * self.width:
            size = self.style.size_px = size - 1
        if native:
            # Camera chips enlarge by whole numbers, or by halves.
            self.style.size_px = max(native, int(size / native * 2) * native // 2)
            while self.style.size_px > native and self.box(sample)[0] > 0.94 * self.width:
                self.style.size_px -= native // 2
        self.place = (str(rng.choice(["top", "bottom"])), str(rng.choice(["left", "right", "centre"])))
        self.device_first = bool(rng.random() < 0.5)

    def of_font(self):
        """The font whose turn it is, and a format that any font can write."""
        fonts, formats = list(FONTS[self.part]), [f for f in FORMATS if not set(f) & set("年Aapf")]
        return fonts[self.number % len(fonts)], str(self.rng.choice(formats))

    def choose_other_face(self):
        """As large within a fifth, and in one of three of another colour."""
        rng, style = self.rng, self.style
        any_chinese = any(ord(c) > 127 for c in written(EPOCH, self.format, self.chinese) + (self.device or ""))
        fonts = [f for f in (CHINESE[self.part] if any_chinese else FONTS[self.part]) if f != style.font]
        font = str(rng.choice(fonts))
        colour = str(rng.choice(list(COLOURS))) if rng.random() < 0.33 else style.colour
        self.other_style = Style(self.part, font, FONTS[self.part][font][2] or int(style.size_px * rng.uniform(0.8, 1.2)), colour, style.edge)
        start_s = float(rng.uniform(0.2, 0.6)) * self.duration_s
        self.other_face = [start_s, float(min(start_s + rng.uniform(3, 8), self.duration_s))]

    def style_at(self, t):
        return self.other_style if self.other_face and self.other_face[0] <= t < self.other_face[1] else self.style

    def box(self, text, style=None):
        s = style or self.style
        height, width = patch((s.part, s.font, s.size_px, s.colour, s.edge), text)[0].shape
        return width, height

    def choose_clock(self):
        rng, duration_s, event = self.rng, self.duration_s, self.event
        start_s = float(rng.integers(1_560_000_000, 1_850_000_000)) + float(rng.random())
        if rng.random() < 0.1:  # over midnight
            start_s = start_s // 86_400 * 86_400 + 86_400 - float(rng.uniform(3, 15))
        self.clock = Clock(start_s, resolution_s=0.01 if "%2f" in self.format else 1.0, seed=int(rng.integers(2**31)))
        if rng.random() < 0.3 and self.clock.resolution_s == 1.0:
            self.clock.late_s = 2.0 / self.rate if self.rate >= 15 else 0.1
        middle_s = float(rng.uniform(0.15, 0.85)) * duration_s
        if event == "leap":
            by_s = float(rng.choice([rng.uniform(1, 3), rng.uniform(3, 120)])) * float(rng.choice([1, 1, -1]))
            self.clock.leaps = [[middle_s, by_s]]
        elif event == "small-leap":
            self.clock.leaps = [[middle_s, float(rng.uniform(0.3, 1.0)) * float(rng.choice([1, 1, -1]))]]
        elif event == "backward":
            self.clock.rate_ppm, self.clock.late_s = -2e6, 0.0
        elif event == "rate":
            self.clock.rate_ppm = float(rng.choice([-1, 1]) * rng.uniform(20_000, 60_000))
        elif event == "stopped":
            self.clock.stopped = [[middle_s, middle_s + float(rng.uniform(3, 6))]]
        elif event == "first-minute":
            self.clock.shown = [[0.0, float(rng.uniform(30, 60))]]
        elif event == "drift":
            self.clock.rate_ppm = float(rng.choice([0, 20, -50, 100, -200, 400, 1500, -5000]))

    @property
    def has_clock(self):
        return self.event not in ("no-clock", "scene-clock", "shop-sign", "phone", "rolling-text", "mirrored", "other-numbers")

    def lines(self, t):
        """The overlay's lines at `t`, each with its corner."""
        clock = []
        if self.has_clock or self.event == "mirrored":
            if any(start <= t < end for start, end in self.clock.shown):
                text = written(self.clock.moment(t), self.format, self.chinese)
                clock = text.split(" ", 1) if self.two_lines else [text]
                if self.device_beside:
                    clock = [f"{self.device}  {text}" if self.device_first else f"{text}  {self.device}"]
        device = [self.device] if self.device and not self.device_beside else []
        lines = device + clock if self.device_first else clock + device
        pitch = math.ceil(self.style.size_px * 1.35)
        vertical, horizontal = self.place
        top = 8 if vertical == "top" else self.height - 8 - pitch * len(lines)
        for row, text in enumerate(lines):
            width = self.box(text, self.style_at(t))[0]
            left = {"left": 8, "right": self.width - 8 - width, "centre": (self.width - width) // 2}[horizontal]
            yield text, left & ~1, (top + row * pitch) & ~1

    def decoys(self, t, scene):
        """Text that is not the overlay's, each with its corner."""
        moment = EPOCH.fromtimestamp(0).replace(hour=8, minute=15, second=int(t + 7) % 60)
        x, y = scene.place(t)
        at = (int(self.width * 0.85) - x & ~1, int(self.height * 0.75) - y & ~1)
        if self.event in ("scene-clock", "overlay-and-scene-clock"):
            yield (f"{moment:%H:%M:%S}", *at)
        elif self.event == "shop-sign":
            yield ("营业时间 08:30-21:00", *at)
            yield ("2019-01-01 开业", at[0], at[1] + 2 * self.style.size_px & ~1)
        elif self.event == "phone":
            yield ("09:30", *at)
            yield ("3月14日 星期五", at[0], at[1] + 2 * self.style.size_px & ~1)
        elif self.event == "rolling-text":
            yield ("会议定于 2025-03-14 09:30:00 召开 请准时参加", int(self.width - 90 * t) & ~1, self.height - 60 & ~1)
        elif self.event == "other-numbers":
            for row, text in enumerate(["0375-2862000", "ID 20250314093011 V1.02.15", "192.168.10.12:8080"]):
                yield (text, 12, 12 + row * 2 * self.style.size_px & ~1)

    def pictures(self):
        scene = Scene(self.scene, self.width, self.height, self.rng, self.lively)
        sign = Style(self.part, CHINESE[self.part][0], max(20, self.height // 18), "black", "box")
        for number in range(round(self.duration_s * self.rate)):
            t = number / self.rate
            planes = scene.picture(t)
            for text, x, y in self.decoys(t, scene):
                draw(planes, sign, text, x, y)
            for text, x, y in self.lines(t):
                draw(planes, self.style_at(t), text, x, y)
                if self.event == "half-covered" and any(c.isdigit() for c in text):
                    width, height = self.box(text)
                    planes[0][y : y + height, x + width // 2 : x + width + 8] = 90
            if self.event == "mirrored":
                planes = [plane[:, ::-1] for plane in planes]
            yield planes

    def write(self, folder):
        target = folder / self.file
        if not target.exists():
            bit_rate = self.bits * self.width * self.height * self.rate
            key = round(self.key_s * self.rate)
            rate_control = ["-b:v", str(int(bit_rate)), "-maxrate", str(int(bit_rate * 1.5)), "-bufsize", str(int(bit_rate * 2)),
                            "-g", str(key), "-keyint_min", str(key), "-sc_threshold", "0"]
            if self.codec == "mjpeg":  # Every picture for itself: a quality instead of a rate.
                rate_control = ["-q:v", str(2 + round(0.5 / self.bits))]
            command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{self.width}x{self.height}",
                       "-r", str(self.rate), "-i", "-", "-threads", "1", "-c:v", *CODECS[self.codec], *rate_control, "-f", "mp4", f"{target}.part"]
            with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
                for planes in self.pictures():
                    for plane in planes:
                        encoder.stdin.write(np.ascontiguousarray(plane).data)
                encoder.stdin.close()
            if encoder.returncode:
                raise SystemExit(f"ffmpeg could not write {target}")
            target.with_name(target.name + ".part").rename(target)
        return self.truth()

    def truth(self):
        clock = None
        if self.has_clock:
            c = self.clock
            clock = {"format": self.format, "start_s": c.start_s, "rate_ppm": c.rate_ppm, "leaps": c.leaps, "stopped": c.stopped,
                     "shown": c.shown, "resolution_s": c.resolution_s, "late_s": c.late_s, "legible": self.event != "half-covered"}
        return {"file": self.file, "group": self.group, "event": self.event, "duration_s": self.duration_s, "frame_rate": self.rate,
                "width": self.width, "height": self.height, "font": self.style.font, "size_px": self.style.size_px,
                "colour": self.style.colour, "edge": self.style.edge, "bits": round(self.bits, 3), "key_s": self.key_s,
                "codec": self.codec, "two_lines": self.two_lines, "other_face": self.other_face, "clock": clock}


def crop(part, number, folder):
    """A single line on its scene, as JPEG leaves it, in grey."""
    plan = Plan(part, 100_000 + number, "crop", "none")
    plan.device_beside, plan.two_lines = False, False
    text = written(plan.clock.moment(0.0), plan.format, plan.chinese)
    (width, height), rng = plan.box(text), plan.rng
    pad = int(rng.uniform(0.05, 0.25) * height)
    planes = Scene(plan.scene, plan.width + 160, plan.height, rng).picture(float(rng.uniform(0, 30)))
    y = int(rng.integers(16, plan.height - height - 16)) & ~1
    draw(planes, plan.style, text, 80, y)
    cut = Image.fromarray(planes[0][max(y - pad, 0) : y + height + pad, 80 - pad : 80 + width + pad])
    file, squeezed = f"crop-{number:04}.png", folder / f"crop-{number:04}.jpg"
    cut.save(squeezed, quality=int(rng.integers(20, 86)))
    Image.open(squeezed).save(folder / file)
    squeezed.unlink()
    return {"file": file, "text": text, "shown_s": plan.clock.drawn_s(0.0), "format": plan.format, "font": plan.style.font,
            "size_px": plan.style.size_px}


def plans(part, clips, group=None):
    if group == "font":
        return [Plan(part, 200_000 + number, "font", "none") for number in range(len(FONTS[part]) * CLIPS_A_FONT)][:clips]
    numbers = [("short", EVENTS[n % len(EVENTS)]) for n in range(SHORT)]
    numbers += [("distractor", DISTRACTORS[n % len(DISTRACTORS)]) for n in range(3 * len(DISTRACTORS))]
    numbers += [("five-minutes", "drift")] * FIVE_MINUTES + [("twenty-minutes", "none")] * TWENTY_MINUTES
    drawn = list(np.random.default_rng(SEEDS[part]).permutation(len(numbers)))
    # Behind the others, whose draws they leave as they were.
    drawn += range(len(numbers), len(numbers) + FACES)
    numbers += [("face", "face")] * FACES
    drawn = sorted([number for number in drawn if group in (None, numbers[number][0])][:clips])
    return [Plan(part, number, *numbers[number]) for number in drawn]


def write(plan, folder):
    return plan.write(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=list(SEEDS), default="report")
    parser.add_argument("--seed", type=int, help="other clips of the same part")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, help="only so many, drawn by lot")
    parser.add_argument("--group", choices=["short", "distractor", "five-minutes", "twenty-minutes", "face", "font"], help="only clips of this group")
    parser.add_argument("--rate", type=float, default=25.0, help="pictures a second in clips of five minutes")
    parser.add_argument("--crops", type=int, default=CROPS)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.seed is not None:
        SEEDS[arguments.part] = arguments.seed
    FIVE_MINUTES_RATE["rate"] = arguments.rate
    arguments.out.mkdir(parents=True, exist_ok=True)
    crops = [crop(arguments.part, number, arguments.out) for number in range(arguments.crops)]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        futures = [pool.submit(write, plan, arguments.out) for plan in plans(arguments.part, arguments.clips, arguments.group)]
        clips = [future.result() for future in futures]
    truth = {"part": arguments.part, "seed": SEEDS[arguments.part], "crops": crops, "clips": clips}
    (arguments.out / "clocks.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
