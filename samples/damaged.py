"""Recordings after an editor, a copying tool or a power loss had them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import edits
from camera import SAMPLE_RATE_HZ, Shot, record_mp4
from overlay import Overlay
from recordings import ALL_PARTS, ANNOUNCEMENT, DOUBT, PASS, camera_name, clock, created_at, expected
from scene import View
from truth import Piece, Truth, placed
from voice import CITIZEN, OFFICER, SECOND_CITIZEN, SECOND_OFFICER, Say

AAC = {"codec": "aac", "sample_rate_hz": SAMPLE_RATE_HZ, "channels": 1}
X264_GOP = 250


def cut(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-26T10:20:15.520")
    from_s, to_s = 15.0, 21.8
    shot = Shot(
        View("hall", waypoints=((0.0, 0.25, 0.48), (0.45, 0.4, 0.45), (1.0, 0.62, 0.48)), zoom=0.8),
        duration_s=33.0, seed=201, video_bit_rate=400_000, overlay=Overlay(start, text=("J1_010203",)),
        script=(
            Say(1.0, OFFICER, ANNOUNCEMENT),
            Say(0.8, CITIZEN, "好的。"),
            Say(2.0, SECOND_OFFICER, "这个仓库为什么锁着？"),
            Say(0.8, CITIZEN, "里面没有东西，不用看。"),
            Say(1.4, OFFICER, "那我们继续检查前厅。"),
            Say(0.8, CITIZEN, "前厅在这边。"),
        ),
    )  # fmt: skip
    original, output = work / "original.mp4", folder / "cut.mp4"
    said = record_mp4(shot, original, work, created_at(shot, "local-time-as-utc"))
    edits.export_without(original, output, from_s, to_s)
    pieces = (Piece(0.0, from_s, shot), Piece(from_s, shot.duration_s - (to_s - from_s), shot, to_s))
    return [
        Truth(
            "cut.mp4", f"{to_s - from_s:.1f} s removed in the middle and exported again: the clock leaps.", "mp4", pieces, placed(said, pieces, shot),
            camera_name=camera_name("J1", "010203", start.start, 3), gop_frames=X264_GOP, b_frames=True,
            discontinuities=[{"at_s": from_s, "end_s": from_s, "kind": "cut"}],
            edits=[{"tool": "ffmpeg, libx264", "what": f"removed {from_s}-{to_s} s of the recording, encoded again"}],
            expected=expected({"announcement": PASS, "continuity": DOUBT, "edit-traces": DOUBT, "overlay-clock": DOUBT}, ALL_PARTS),
        )
    ]  # fmt: skip


def cut_copy(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-27T09:48:20.720")
    from_s, to_s = 12.0, 18.0
    shot = Shot(
        # A camera on a table: next to no motion, so that the joint is hard to see.
        View("table", waypoints=((0.0, 0.5, 0.5), (1.0, 0.5, 0.5)), zoom=0.72, hand_px=0.4, bob_px=0.0),
        duration_s=28.0, seed=202, overlay=Overlay(start, text=("J1_010203",)),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
            Say(1.0, SECOND_OFFICER, "请您说一下当时的情况。"),
            Say(3.6, SECOND_CITIZEN, "当时店里没有别人。"),
            Say(2.9, OFFICER, "请核对笔录，没有问题请签字。"),
            Say(0.8, SECOND_CITIZEN, "没有问题。"),
        ),
    )  # fmt: skip
    original, output = work / "original.mp4", folder / "cut-copy.mp4"
    said = record_mp4(shot, original, work, created_at(shot, "local-time-as-utc"))
    edits.copy_without(original, output, work, from_s, to_s)
    pieces = (Piece(0.0, from_s, shot), Piece(from_s, shot.duration_s - (to_s - from_s), shot, to_s))
    return [
        Truth(
            "cut-copy.mp4", "Three GOPs (6 s) removed by stream copy, camera almost still: PTS run on, the clock leaps.", "mp4", pieces,
            placed(said, pieces, shot), camera_name=camera_name("J1", "010203", start.start, 8),
            discontinuities=[{"at_s": from_s, "end_s": from_s, "kind": "cut"}],
            edits=[{"tool": "ffmpeg -c copy", "what": f"removed {from_s}-{to_s} s of the recording at key frames, nothing encoded again"}],
            expected=expected({"continuity": DOUBT, "edit-traces": DOUBT, "overlay-clock": DOUBT}),
        )
    ]  # fmt: skip


def insert(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-28T15:01:44.320")
    at_s = 11.0
    shot = Shot(
        View("temple", waypoints=((0.0, 0.38, 0.5), (1.0, 0.55, 0.52)), zoom=0.8),
        duration_s=22.0, seed=203, video_bit_rate=400_000, overlay=Overlay(start, text=("J1_010203",)),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
            Say(1.0, SECOND_OFFICER, "售票窗口有没有公示价格？"),
            Say(3.2, CITIZEN, "价格表贴在窗口左边。"),
        ),
    )  # fmt: skip
    foreign_shot = Shot(
        View("garden", waypoints=((0.0, 0.4, 0.45), (1.0, 0.6, 0.5)), zoom=0.75), duration_s=5.0, seed=204, video_bit_rate=400_000, overlay=None,
        script=(Say(1.0, SECOND_CITIZEN, "这朵花开得真好看。"),), floor_dbfs=-44.0,
    )  # fmt: skip
    original, foreign, output = work / "original.mp4", work / "foreign.mp4", folder / "insert.mp4"
    said = record_mp4(shot, original, work, created_at(shot, "local-time-as-utc"))
    foreign_said = record_mp4(foreign_shot, foreign, work, created_at(shot, "local-time-as-utc"))
    edits.export_with_insert(original, foreign, output, at_s, foreign_shot.duration_s)
    end_s = at_s + foreign_shot.duration_s
    pieces = (Piece(0.0, at_s, shot), Piece(at_s, end_s, foreign_shot), Piece(end_s, shot.duration_s + foreign_shot.duration_s, shot, at_s))
    heard = sorted(placed(said, pieces, shot) + placed(foreign_said, pieces, foreign_shot), key=lambda line: line["start_s"])
    return [
        Truth(
            "insert.mp4", "5 s of foreign pictures and sound, without a clock, put into the middle and exported again.", "mp4", pieces, heard,
            camera_name=camera_name("J1", "010203", start.start, 11), gop_frames=X264_GOP, b_frames=True,
            discontinuities=[{"at_s": at_s, "end_s": end_s, "kind": "insert"}],
            edits=[{"tool": "ffmpeg, libx264", "what": f"5 s of another recording put in at {at_s} s, all encoded again"}],
            expected=expected({"continuity": DOUBT, "inserted-content": DOUBT, "edit-traces": DOUBT}),
            notes="The recording's own clock goes on after the insert where it stopped, so it falls back by 5 s against PTS.",
        )
    ]  # fmt: skip


def _for_truncation(seed: int, start_text: str) -> Shot:
    return Shot(
        View("temple", waypoints=((0.0, 0.55, 0.5), (1.0, 0.4, 0.5)), zoom=0.82),
        duration_s=20.0, seed=seed, overlay=Overlay(clock(start_text), text=("J1_010203",)),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
            Say(0.8, CITIZEN, "好的，我配合。"),
        ),
    )  # fmt: skip


def truncated(folder: Path, work: Path) -> list[Truth]:
    shot = _for_truncation(205, "2025-04-10T16:45:00.880")
    original, output = work / "original.mp4", folder / "truncated.mp4"
    said = record_mp4(shot, original, work, created_at(shot, "local-time-as-utc"))
    edits.without_index(original, output, keep_share=0.6)
    pieces = (Piece(0.0, shot.duration_s, shot),)
    return [
        Truth(
            "truncated.mp4", "Power loss: the media data end early and moov was never written.", "mp4", pieces, [],
            audio=AAC, camera_name=camera_name("J1", "010203", shot.overlay.clock.start, 4), readable=False,
            discontinuities=[],
            expected={"policy": "jiangyuan-culture-tourism", "verdict": "unreadable", "exit_status": 4, "findings": {}},
            notes=f"Not readable by ordinary means; duration, clock and codecs are those of the lost recording, in which was said: {said[0]['text']}",
        )
    ]  # fmt: skip


def truncated_data(folder: Path, work: Path) -> list[Truth]:
    shot = _for_truncation(206, "2025-04-11T10:00:30.440")
    whole, output = work / "whole.mp4", folder / "truncated-data.mp4"
    created = created_at(shot, "local-time-as-utc")
    said = record_mp4(shot, whole, work, created, index_first=True)
    edits.cut_short(whole, output, keep_share=0.62)
    last_s = edits.last_whole_picture_s(output)
    kept = replace(Piece(0.0, shot.duration_s, shot), end_s=last_s)
    return [
        Truth(
            "truncated-data.mp4", "The copy broke off: the index in front promises 20 s, the media data end early.", "mp4", (kept,),
            placed(said, (kept,), shot, whole_phrases=False), camera_name=camera_name("J1", "010203", shot.overlay.clock.start, 2), created=created,
            discontinuities=[{"at_s": last_s, "end_s": shot.duration_s, "kind": "truncated"}],
            expected=expected({"continuity": DOUBT}),
            notes=f"duration_s is what can be played; the index promises {shot.duration_s} s.",
        )
    ]  # fmt: skip


DAMAGED = {
    "cut": cut,
    "cut-copy": cut_copy,
    "insert": insert,
    "truncated": truncated,
    "truncated-data": truncated_data,
}
