"""A body camera: renders a shot, encodes it, and writes the file as a camera would.

FFmpeg is used only for the codecs. Library signatures are kept out of the
elementary streams, and MP4 and MOV are laid out by `mp4.py`, so that an
untouched sample carries no trace of an editing tool.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

import mp4
from actors import Actor
from overlay import Overlay
from scene import Camera, View
from voice import SAMPLE_RATE_HZ, Say, as_pcm, in_room, speak

# NAL unit types that hold supplemental information: x264 and x265 sign there.
H264_SEI, H265_SEI = "6", "39|40"
AAC_FRAME = 1024
VIDEO_TIMESCALE = 90_000
BIT_EXACT = ["-flags", "+bitexact", "-fflags", "+bitexact"]


@dataclass(frozen=True)
class Span:
    """Something that happens from `start_s` (included) to `end_s` (not included)."""

    start_s: float
    end_s: float

    def holds(self, at_s: float) -> bool:
        return self.start_s - 1e-9 <= at_s < self.end_s - 1e-9


@dataclass(frozen=True)
class Shot:
    """One recording: what the lens and the microphone get, and how it is encoded.

    `width` and `height` are those of the picture as shown. `turned` pictures are coded
    lying on their left side, with a note in the container to turn them back.
    During `half_rate` every other frame is left out.
    """

    view: View
    duration_s: float
    seed: int
    overlay: Overlay | None
    script: tuple[Say, ...] = ()
    width: int = 640
    height: int = 360
    frame_rate: int = 25
    gop_frames: int = 50
    video_bit_rate: int = 220_000
    audio_bit_rate: int = 32_000
    actors: tuple[Actor, ...] = ()
    frozen: tuple[Span, ...] = ()
    black: tuple[Span, ...] = ()
    covered: tuple[Span, ...] = ()
    muted: tuple[Span, ...] = ()
    half_rate: tuple[Span, ...] = ()
    turned: bool = False
    floor_dbfs: float = -52.0

    @property
    def frame_count(self) -> int:
        return round(self.duration_s * self.frame_rate)

    @property
    def frame_numbers(self) -> list[int]:
        """The frames that are recorded, counted at the full rate."""
        dropped = lambda n: n % 2 == 1 and any(span.holds(n / self.frame_rate) for span in self.half_rate)
        return [n for n in range(self.frame_count) if not dropped(n)]

    @property
    def coded_size(self) -> tuple[int, int]:
        return (self.height, self.width) if self.turned else (self.width, self.height)


@dataclass
class Footage:
    """A rendered shot's sound, and what was said in it."""

    shot: Shot
    sound: np.ndarray
    said: list[dict] = field(default_factory=list)


def listen(shot: Shot) -> Footage:
    """The sound of a shot: speech in a room, with muted spans as digital silence."""
    dry, said = speak(shot.script, shot.duration_s)
    sound = in_room(dry, shot.seed, shot.floor_dbfs)
    for span in shot.muted:
        sound[round(span.start_s * SAMPLE_RATE_HZ) : round(span.end_s * SAMPLE_RATE_HZ)] = 0
    return Footage(shot, sound, said)


def frames(shot: Shot):
    """The pictures of a shot, in order, as arrays of RGB bytes."""
    camera = Camera(shot.view, shot.seed, shot.width, shot.height, shot.frame_rate, shot.frame_count)
    picture = None
    for number in shot.frame_numbers:
        at_s = number / shot.frame_rate
        if picture is not None and any(span.holds(at_s) for span in shot.frozen):
            yield picture
            continue
        if any(span.holds(at_s) for span in shot.black):
            picture = np.zeros((shot.height, shot.width, 3), np.uint8)
        elif any(span.holds(at_s) for span in shot.covered):
            picture = camera.covered()
        else:
            optical = camera.optical(number)
            for actor in shot.actors:
                optical = actor.draw(optical, at_s)
            picture = camera.exposed(number, optical)
        if shot.overlay:
            picture = shot.overlay.draw(picture, at_s)
        yield picture


def _encode_pictures(shot: Shot, codec_arguments: list[str], output: Path) -> None:
    command = [
        "ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "{}x{}".format(*shot.coded_size),
        "-r", str(shot.frame_rate), "-i", "-", "-sws_flags", "bilinear+accurate_rnd+bitexact", *codec_arguments, *BIT_EXACT, str(output),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    for picture in frames(shot):
        process.stdin.write((np.rot90(picture) if shot.turned else picture).tobytes())
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError(f"ffmpeg failed on {output.name}")


def _h264_arguments(shot: Shot) -> list[str]:
    rate = shot.video_bit_rate
    return [
        "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "medium", "-profile:v", "main", "-bf", "0", "-refs", "1",
        "-g", str(shot.gop_frames), "-keyint_min", str(shot.gop_frames), "-sc_threshold", "0",
        "-b:v", str(rate), "-maxrate", str(round(rate * 1.5)), "-bufsize", str(rate * 2),
        "-x264-params", "threads=1:weightp=0:open-gop=0", "-bsf:v", f"filter_units=remove_types={H264_SEI}", "-f", "h264",
    ]  # fmt: skip


def _h265_arguments(shot: Shot) -> list[str]:
    rate = shot.video_bit_rate // 1000
    parameters = (
        f"info=0:bframes=0:keyint={shot.gop_frames}:min-keyint={shot.gop_frames}:scenecut=0:open-gop=0:repeat-headers=1:"
        f"bitrate={rate}:vbv-maxrate={round(rate * 1.5)}:vbv-bufsize={rate * 2}:pools=none:frame-threads=1:log-level=error"
    )
    return [
        "-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "fast", "-x265-params", parameters,
        "-bsf:v", f"filter_units=remove_types={H265_SEI}", "-f", "hevc",
    ]  # fmt: skip


def _annex_b_units(stream: bytes) -> list[bytes]:
    pieces = stream.split(b"\0\0\1")[1:]
    return [piece.rstrip(b"\0") for piece in pieces]


def video_track(shot: Shot, work: Path, codec: str = "h264") -> mp4.Track:
    """Encodes the pictures of a shot to one track of H.264 or H.265."""
    stream = work / f"stream.{codec}"
    _encode_pictures(shot, _h264_arguments(shot) if codec == "h264" else _h265_arguments(shot), stream)
    headers: dict[int, bytes] = {}
    samples, keys = [], []
    for unit in _annex_b_units(stream.read_bytes()):
        kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
        is_picture = kind in (1, 5) if codec == "h264" else kind < 32
        if is_picture:
            if kind == 5 if codec == "h264" else 16 <= kind <= 23:
                keys.append(len(samples))
            samples.append(len(unit).to_bytes(4, "big") + unit)
        else:
            headers.setdefault(kind, unit)
    numbers = shot.frame_numbers
    if len(samples) != len(numbers):
        raise RuntimeError(f"{len(samples)} coded pictures for {len(numbers)} frames")
    width, height = shot.coded_size
    if codec == "h264":
        entry = mp4.h264_entry(headers[7], headers[8], width, height)
    else:
        entry = mp4.h265_entry(headers[32], headers[33], headers[34], width, height)
    frame = VIDEO_TIMESCALE // shot.frame_rate
    durations = [(later - number) * frame for number, later in zip(numbers, [*numbers[1:], shot.frame_count])]
    matrix = mp4.QUARTER_TURN_MATRIX if shot.turned else mp4.IDENTITY_MATRIX
    return mp4.Track("video", VIDEO_TIMESCALE, samples, durations, keys, entry, width, height, matrix)


def aac_track(footage: Footage) -> mp4.Track:
    """Encodes the sound as AAC-LC, 16 kHz mono."""
    command = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "1", "-i", "-", "-c:a", "aac",
               "-b:a", str(footage.shot.audio_bit_rate), *BIT_EXACT, "-f", "adts", "-"]  # fmt: skip
    stream = subprocess.run(command, input=as_pcm(footage.sound), check=True, capture_output=True).stdout
    units = []
    while stream:
        length = (stream[3] & 3) << 11 | stream[4] << 3 | stream[5] >> 5
        units.append(stream[7:length])
        stream = stream[length:]
    # The first unit holds nothing but the encoder's priming: without it sound starts with the pictures, without an edit list.
    units = units[1 : 1 + -(-len(footage.sound) // AAC_FRAME)]
    configuration = (2 << 11 | 8 << 7 | 1 << 3).to_bytes(2, "big")  # AAC-LC, 16 kHz, one channel
    entry = mp4.aac_entry(configuration, SAMPLE_RATE_HZ, 1, footage.shot.audio_bit_rate)
    return mp4.Track("sound", SAMPLE_RATE_HZ, units, [AAC_FRAME] * len(units), [], entry)


def mulaw_track(footage: Footage) -> mp4.Track:
    """Encodes the sound as G.711 μ-law, 8 kHz mono."""
    command = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "1", "-i", "-", "-ar", "8000",
               "-c:a", "pcm_mulaw", *BIT_EXACT, "-f", "mulaw", "-"]  # fmt: skip
    stream = subprocess.run(command, input=as_pcm(footage.sound), check=True, capture_output=True).stdout
    samples = [stream[n : n + 1] for n in range(len(stream))]
    return mp4.Track("sound", 8000, samples, [1] * len(samples), [], mp4.mulaw_entry(8000, 1))


def record_mp4(shot: Shot, output: Path, work: Path, created: datetime, codec: str = "h264", sound: str = "aac", **layout) -> list[dict]:
    """Records a shot into MP4 or MOV. Returns what was said. `layout` goes to `mp4.write_movie`."""
    footage = listen(shot)
    tracks = [video_track(shot, work, codec)]
    if sound == "aac":
        tracks.append(aac_track(footage))
    elif sound == "mulaw":
        tracks.append(mulaw_track(footage))
    if layout.pop("fragmented", False):
        mp4.write_fragmented(output, tracks, created, **layout)
    else:
        mp4.write_movie(output, tracks, created, **layout)
    return footage.said


def record_with_ffmpeg(shot: Shot, output: Path, work: Path, video: list[str], audio: list[str], muxer: list[str]) -> list[dict]:
    """Records a shot into a container that FFmpeg writes without a signature (AVI, MPEG-TS)."""
    footage = listen(shot)
    sound = work / "sound.s16"
    sound.write_bytes(as_pcm(footage.sound))
    arguments = ["-f", "s16le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "1", "-i", str(sound), "-map", "0:v", "-map", "1:a",
                 *video, *audio, *muxer]  # fmt: skip
    _encode_pictures(shot, arguments, output)
    return footage.said
