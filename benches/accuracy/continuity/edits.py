"""What an editor makes of a camera's file: decoded, joined, encoded again."""

from __future__ import annotations

import subprocess
from pathlib import Path

HALF_FRAME = 0.5

ENCODERS = {
    # As desktop tools use it: key frames every 250 pictures and where the scene changes, B-frames, its own signature.
    "desktop": ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "{rate}", "-x264-params", "threads=1"],
    # As a phone or a graphics card encodes: a steady distance of key frames, no B-frames, no look ahead.
    "hardware": ["-c:v", "libx264", "-preset", "superfast", "-bf", "0", "-g", "{gop}", "-keyint_min", "{gop}", "-sc_threshold", "0", "-b:v", "{rate}",
                 "-x264-params", "threads=1:rc-lookahead=0:mbtree=0"],
    "h265": ["-c:v", "libx265", "-preset", "ultrafast", "-b:v", "{rate}", "-x265-params", "pools=none:frame-threads=1:log-level=error"],
}  # fmt: skip


def export(pieces: list[tuple[Path, float, float]], output: Path, frame_rate: float, encoder: str, bits_per_s: int, gop_frames: int) -> None:
    """Joins stretches (file, from, to in seconds) one behind the other and encodes them anew."""
    half_s = HALF_FRAME / frame_rate
    inputs, graph, names = [], [], ""
    for n, (path, from_s, to_s) in enumerate(pieces):
        inputs += ["-i", str(path)]
        graph.append(f"[{n}:v]trim=start={max(from_s - half_s, 0)}:end={to_s - half_s},setpts=PTS-STARTPTS[v{n}]")
        graph.append(f"[{n}:a]atrim=start={from_s}:end={to_s},asetpts=PTS-STARTPTS,aresample=16000[a{n}]")
        names += f"[v{n}][a{n}]"
    graph.append(f"{names}concat=n={len(pieces)}:v=1:a=1[v][a]")
    video = [part.format(rate=bits_per_s, gop=gop_frames) for part in ENCODERS[encoder]]
    command = ["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", ";".join(graph), "-map", "[v]", "-map", "[a]",
               *video, "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "48k", str(output)]  # fmt: skip
    subprocess.run(command, check=True)


def copy_without(source: Path, output: Path, work: Path, from_s: float, to_s: float) -> None:
    """Removes whole GOPs by stream copy; times are key frames."""
    quoted = str(source.resolve()).replace("'", "'\\''")
    playlist = work / "playlist.txt"
    playlist.write_text(f"ffconcat version 1.0\nfile '{quoted}'\noutpoint {from_s}\nduration {from_s}\nfile '{quoted}'\ninpoint {to_s}\n")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", str(playlist), "-c", "copy", str(output)], check=True)
