#!/usr/bin/env python3
"""Checks the clips beside this file against `truth.json`, by FFmpeg alone: digests, codecs, lengths, structure, signatures.

Needs only Python's standard library and ffprobe. Exit status 1 when anything differs.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
# Signatures that editing tools leave and no camera writes.
SIGNATURES = re.compile(rb"Lavf|Lavc|x264|x265|FFmpeg|GStreamer|HandBrake")
CODECS = {
    "h264": "h264", "h265": "hevc", "mjpeg": "mjpeg", "mpeg4": "mpeg4",
    "aac": "aac", "g711-mulaw": "pcm_mulaw", "g711-alaw": "pcm_alaw", "ima-adpcm": "adpcm_ima_wav",
}  # fmt: skip
SHORTEST_GAP_S = 0.2
LIMIT_BYTES = 20_000_000
# Sound comes in whole units and may end up to one unit after the pictures.
LENGTH_TOLERANCE_S = 0.15


def probe(path: Path, *entries: str) -> dict:
    command = ["ffprobe", "-v", "quiet", "-of", "json", "-show_entries", ":".join(entries), str(path)]
    return json.loads(subprocess.run(command, check=False, capture_output=True, text=True).stdout or "{}")


def problems_of(entry: dict) -> list[str]:
    path = FOLDER / entry["file"]
    if not path.exists():
        return ["the file is missing"]
    data = path.read_bytes()
    problems = []

    def expect(what: str, found, wanted) -> None:
        if found != wanted:
            problems.append(f"{what}: found {found}, truth says {wanted}")

    expect("sha256", hashlib.sha256(data).hexdigest(), entry["sha256"])
    expect("signature of an editing tool", bool(SIGNATURES.search(data)), entry["edited"])
    found = probe(path, "stream=codec_type,codec_name,width,height,avg_frame_rate,has_b_frames,sample_rate,channels")
    streams = {stream["codec_type"]: stream for stream in found.get("streams", [])}
    if not entry["readable"]:
        expect("streams", len(streams), 0)
        return problems
    video, wanted = streams["video"], entry["video"]
    expect("picture codec", video["codec_name"], CODECS[wanted["codec"]])
    size = (wanted["height"], wanted["width"]) if wanted["turned_deg"] else (wanted["width"], wanted["height"])
    expect("picture size", (video["width"], video["height"]), size)
    expect("B-frames", video["has_b_frames"] > 0, wanted["b_frames"])
    sound = streams.get("audio")
    expect("sound track", sound is not None, entry["audio"] is not None)
    if sound and entry["audio"]:
        expect("sound codec", sound["codec_name"], CODECS[entry["audio"]["codec"]])
        expect("sample rate", int(sound["sample_rate"]), entry["audio"]["sample_rate_hz"])
    return problems + timing_problems(path, entry)


def timing_problems(path: Path, entry: dict) -> list[str]:
    """Packets: length, the first key-frame distance, and gaps where truth has gaps and nowhere else."""
    size, problems = path.stat().st_size, []
    command = ["ffprobe", "-v", "quiet", "-select_streams", "v", "-of", "json", "-show_entries", "packet=pts_time,flags,pos,size", str(path)]
    packets = json.loads(subprocess.run(command, check=False, capture_output=True, text=True).stdout)["packets"]
    # A packet that is cut off ends where the file ends; in whole files only an index can stand there.
    if any(d["kind"] == "truncated" for d in entry["discontinuities"]):
        packets = [p for p in packets if int(p["pos"]) + int(p["size"]) < size]
    keys = [n for n, packet in enumerate(packets) if "K" in packet["flags"]]
    wanted_gop = entry["video"]["gop_frames"]
    if len(keys) > 1 and keys[1] - keys[0] != wanted_gop:
        problems.append(f"key frames every {keys[1] - keys[0]} frames, truth says {wanted_gop}")
    if "pts_time" not in packets[0]:
        return problems
    times = sorted(float(packet["pts_time"]) for packet in packets)
    frame_s = 1 / entry["video"]["frame_rate"]
    length_s = times[-1] - times[0] + frame_s
    if abs(length_s - entry["duration_s"]) > LENGTH_TOLERANCE_S:
        problems.append(f"pictures last {length_s:.3f} s, truth says {entry['duration_s']} s")
    gaps = [round(a - times[0] + frame_s, 2) for a, b in zip(times, times[1:]) if b - a >= SHORTEST_GAP_S]
    wanted_gaps = [round(d["at_s"], 2) for d in entry["discontinuities"] if d["kind"] == "gap"]
    if gaps != wanted_gaps:
        problems.append(f"gaps at {gaps}, truth says {wanted_gaps}")
    return problems


def main() -> int:
    truth = json.loads((FOLDER / "truth.json").read_text("utf-8"))
    failed = 0
    for entry in truth["clips"]:
        problems = problems_of(entry)
        failed += bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {entry['file']}")
        for problem in problems:
            print(f"     {problem}")
    total = sum(entry["bytes"] for entry in truth["clips"])
    print(f"{len(truth['clips'])} clips, {total / 1e6:.1f} MB")
    if total > LIMIT_BYTES:
        print(f"FAIL more than {LIMIT_BYTES / 1e6:.0f} MB")
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
