"""Films written to files as cameras write them: no B-frames, a steady distance of key frames, no signature."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np

import camera
import mp4
from scenes import Film
from voice import as_pcm

CREATED = datetime(2025, 5, 6, 9, 0, 0)
SIGNATURES = {"h264": camera.H264_SEI, "h265": camera.H265_SEI}


def _codec_arguments(codec: str, gop_frames: int, bits_per_s: int) -> list[str]:
    if codec == "h264":
        return [
            "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "superfast", "-profile:v", "main", "-bf", "0", "-refs", "1",
            "-g", str(gop_frames), "-keyint_min", str(gop_frames), "-sc_threshold", "0",
            "-b:v", str(bits_per_s), "-maxrate", str(round(bits_per_s * 1.5)), "-bufsize", str(bits_per_s * 2),
            "-x264-params", "threads=1:weightp=0:open-gop=0:rc-lookahead=0:mbtree=0",
            "-bsf:v", f"filter_units=remove_types={SIGNATURES[codec]}", "-f", "h264",
        ]  # fmt: skip
    rate = bits_per_s // 1000
    parameters = (
        f"info=0:bframes=0:keyint={gop_frames}:min-keyint={gop_frames}:scenecut=0:open-gop=0:repeat-headers=1:"
        f"bitrate={rate}:vbv-maxrate={round(rate * 1.5)}:vbv-bufsize={rate * 2}:pools=none:frame-threads=1:log-level=error"
    )
    return ["-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", parameters,
            "-bsf:v", f"filter_units=remove_types={SIGNATURES[codec]}", "-f", "hevc"]  # fmt: skip


def _encode(film: Film, arguments: list[str], output: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{film.width}x{film.height}",
               "-r", str(film.frame_rate), "-i", "-", *arguments, "-threads", "1", *camera.BIT_EXACT, str(output)]  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    for picture in film.frames():
        process.stdin.write(np.ascontiguousarray(picture).data)
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError(f"ffmpeg failed on {output.name}")


def tracks(film: Film, sound: np.ndarray, work: Path, codec: str, gop_frames: int, bits_per_s: int) -> list[mp4.Track]:
    """A picture track and an AAC track, ready to be written, or to have samples taken out of them."""
    stream = work / f"stream.{codec}"
    _encode(film, _codec_arguments(codec, gop_frames, bits_per_s), stream)
    headers, samples, keys = {}, [], []
    for unit in camera._annex_b_units(stream.read_bytes()):
        kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
        if kind in (1, 5) if codec == "h264" else kind < 32:
            if kind == 5 if codec == "h264" else 16 <= kind <= 23:
                keys.append(len(samples))
            samples.append(len(unit).to_bytes(4, "big") + unit)
        else:
            headers.setdefault(kind, unit)
    if codec == "h264":
        entry = mp4.h264_entry(headers[7], headers[8], film.width, film.height)
    else:
        entry = mp4.h265_entry(headers[32], headers[33], headers[34], film.width, film.height)
    frame = camera.VIDEO_TIMESCALE // round(film.frame_rate)
    video = mp4.Track("video", camera.VIDEO_TIMESCALE, samples, [frame] * len(samples), keys, entry, film.width, film.height)
    shot = camera.Shot(None, film.duration_s, 0, None, audio_bit_rate=32_000)
    return [video, camera.aac_track(camera.Footage(shot, sound))]


def write(output: Path, parts: list[mp4.Track]) -> None:
    mp4.write_movie(output, parts, CREATED)


def write_mjpeg(film: Film, sound: np.ndarray, output: Path, work: Path) -> None:
    """AVI, MJPEG and A-law, as older cameras."""
    pcm = work / "sound.s16"
    pcm.write_bytes(as_pcm(sound))
    _encode(film, ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", str(pcm), "-map", "0:v", "-map", "1:a", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p",
                   "-q:v", "5", "-c:a", "pcm_alaw", "-ar", "8000"], output)  # fmt: skip


def without(parts: list[mp4.Track], from_s: float, to_s: float, join: bool = True) -> list[mp4.Track]:
    """The tracks without a stretch between two key frames. `join` closes the time stamps; else they skip."""
    left = []
    for track in parts:
        starts = track.starts_s()
        kept = [n for n, at_s in enumerate(starts) if not from_s - 1e-6 <= at_s < to_s - 1e-6]
        durations = [track.durations[n] for n in kept]
        if not join:
            last = max((k for k, n in enumerate(kept) if starts[n] < from_s), default=0)
            durations[last] += sum(track.durations) - sum(durations)
        place = {n: k for k, n in enumerate(kept)}
        keys = [place[n] for n in track.key_samples if n in place]
        left.append(mp4.Track(track.kind, track.timescale, [track.samples[n] for n in kept], durations, keys, track.sample_entry, track.width, track.height))
    return left


def with_insert(parts: list[mp4.Track], foreign: list[mp4.Track], at_s: float, skip_to_s: float) -> list[mp4.Track]:
    """All of `foreign`, coded alike, between key frames: from `at_s` on; then `parts` go on at `skip_to_s`."""
    joined = []
    for track, other in zip(parts, foreign):
        starts = track.starts_s()
        before = [n for n, start_s in enumerate(starts) if start_s < at_s - 1e-6]
        after = [n for n, start_s in enumerate(starts) if start_s >= skip_to_s - 1e-6]
        samples = [track.samples[n] for n in before] + other.samples + [track.samples[n] for n in after]
        durations = [track.durations[n] for n in before] + other.durations + [track.durations[n] for n in after]
        shift = len(before) + len(other.samples)
        keys = [n for n in track.key_samples if n < len(before)] + [n + len(before) for n in other.key_samples]
        keys += [after.index(n) + shift for n in track.key_samples if after and n >= after[0]]
        joined.append(mp4.Track(track.kind, track.timescale, samples, durations, keys, track.sample_entry, track.width, track.height))
    return joined
