"""What an editor, a power loss or a copying tool does to a camera's file.

The exports use plain FFmpeg with its defaults, as most desktop tools do
underneath: x264 with B-frames, a GOP of 250, its own SEI text, and the muxer's
signature in the container.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

HALF_FRAME_S = 0.02


def _ffmpeg(*arguments: str) -> None:
    # One thread and bit-exact scaling make the bytes repeatable; signatures stay, they are the point.
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def _export_arguments(video_bit_rate: int) -> list[str]:
    return ["-c:v", "libx264", "-b:v", str(video_bit_rate), "-x264-params", "threads=1", "-c:a", "aac", "-b:a", "48k"]


def export_without(source: Path, output: Path, from_s: float, to_s: float, video_bit_rate: int = 230_000) -> None:
    """Re-encodes `source` without the stretch from `from_s` to `to_s`."""
    first_end, second_start = from_s - HALF_FRAME_S, to_s - HALF_FRAME_S
    graph = (
        f"[0:v]trim=end={first_end},setpts=PTS-STARTPTS[v0];[0:v]trim=start={second_start},setpts=PTS-STARTPTS[v1];"
        f"[0:a]atrim=end={from_s},asetpts=PTS-STARTPTS[a0];[0:a]atrim=start={to_s},asetpts=PTS-STARTPTS[a1];"
        "[v0][a0][v1][a1]concat=n=2:v=1:a=1[v][a]"
    )
    _ffmpeg("-i", str(source), "-filter_complex", graph, "-map", "[v]", "-map", "[a]", *_export_arguments(video_bit_rate), str(output))


def export_with_insert(source: Path, foreign: Path, output: Path, at_s: float, length_s: float, video_bit_rate: int = 230_000) -> None:
    """Re-encodes `source` with the first `length_s` of `foreign` put in at `at_s`."""
    cut = at_s - HALF_FRAME_S
    graph = (
        f"[0:v]trim=end={cut},setpts=PTS-STARTPTS[v0];[0:v]trim=start={cut},setpts=PTS-STARTPTS[v2];"
        f"[0:a]atrim=end={at_s},asetpts=PTS-STARTPTS[a0];[0:a]atrim=start={at_s},asetpts=PTS-STARTPTS[a2];"
        f"[1:v]trim=end={length_s - HALF_FRAME_S},setpts=PTS-STARTPTS[v1];[1:a]atrim=end={length_s},asetpts=PTS-STARTPTS[a1];"
        "[v0][a0][v1][a1][v2][a2]concat=n=3:v=1:a=1[v][a]"
    )
    _ffmpeg("-i", str(source), "-i", str(foreign), "-filter_complex", graph, "-map", "[v]", "-map", "[a]", *_export_arguments(video_bit_rate), str(output))


def copy_without(source: Path, output: Path, work: Path, from_s: float, to_s: float) -> None:
    """Removes whole GOPs by stream copy: not one picture is encoded again. Both times must be key frames."""
    quoted = str(source.resolve()).replace("'", "'\\''")
    playlist = work / "playlist.txt"
    playlist.write_text(
        f"ffconcat version 1.0\nfile '{quoted}'\noutpoint {from_s}\nduration {from_s}\nfile '{quoted}'\ninpoint {to_s}\n"
    )
    _ffmpeg("-f", "concat", "-safe", "0", "-i", str(playlist), "-c", "copy", str(output))


def without_index(source: Path, output: Path, keep_share: float) -> None:
    """A power loss: the file ends inside `mdat`, whose length was never filled in, and `moov` was never written."""
    data = bytearray(source.read_bytes())
    at = data.index(b"mdat") - 4
    data[at : at + 4] = bytes(4)
    output.write_bytes(bytes(data[: round(len(data) * keep_share)]))


def cut_short(source: Path, output: Path, keep_share: float) -> None:
    """An interrupted copy: the index in front is whole, the end of the media data is not there."""
    data = source.read_bytes()
    output.write_bytes(data[: round(len(data) * keep_share)])


TRANSPORT_STREAM = [
    "-c", "copy", "-fflags", "+bitexact", "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0",
    "-metadata", "service_provider=CAM", "-metadata", "service_name=CAM",
]  # fmt: skip


def drop_in_transport_stream(source: Path, output: Path, work: Path, from_s: float, to_s: float) -> None:
    """A camera's MPEG-TS in which `from_s` to `to_s` is missing; the rest keeps its time stamps. Both are key frames."""
    later = work / "later.ts"
    _ffmpeg("-i", str(source), "-to", str(from_s - HALF_FRAME_S), "-copyts", *TRANSPORT_STREAM, str(output))
    _ffmpeg("-ss", str(to_s), "-i", str(source), "-copyts", *TRANSPORT_STREAM, str(later))
    # Transport streams join by putting one behind the other.
    output.write_bytes(output.read_bytes() + later.read_bytes())


def join_transport_streams(first: Path, second: Path, output: Path, work: Path, second_at_s: float) -> None:
    """Two recordings in one MPEG-TS, the second's time stamps following on the first's."""
    later = work / "later.ts"
    _ffmpeg("-i", str(first), *TRANSPORT_STREAM, str(output))
    _ffmpeg("-i", str(second), "-output_ts_offset", str(second_at_s), *TRANSPORT_STREAM, str(later))
    output.write_bytes(output.read_bytes() + later.read_bytes())


def last_whole_picture_s(path: Path) -> float:
    """End of the last picture whose data are all there, from the packet table."""
    command = ["ffprobe", "-v", "quiet", "-select_streams", "v", "-show_entries", "packet=pts_time,duration_time,pos,size", "-of", "csv=p=0", str(path)]
    size, end_s = path.stat().st_size, 0.0
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split():
        pts, duration, length, position = line.strip(",").split(",")[:4]
        # A packet that is cut off is reported with the length that is left: it ends where the file ends.
        if int(position) + int(length) < size:
            end_s = max(end_s, float(pts) + float(duration))
    return round(end_s, 3)
