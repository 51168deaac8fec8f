"""Untouched recordings in the containers and codecs that cameras use, with the oddities those allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import mp4
from camera import SAMPLE_RATE_HZ, Shot, Span, record_mp4, record_with_ffmpeg
from edits import drop_in_transport_stream, join_transport_streams
from overlay import WHITE, YELLOW, Overlay
from recordings import DOUBT, FAIL, NO_PARTS, PASS, UNTOUCHED, camera_name, clock, created_at, expected, untouched
from scene import View
from truth import Piece, Truth, placed
from voice import CITIZEN, OFFICER, SECOND_CITIZEN, SECOND_OFFICER, Say


def h265(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-06-03T15:20:58.240")
    shot = Shot(
        View("temple", waypoints=((0.0, 0.6, 0.6), (0.6, 0.42, 0.5), (1.0, 0.40, 0.42)), zoom=0.85),
        duration_s=22.0, seed=104, width=854, height=480, video_bit_rate=190_000, gop_frames=25,
        overlay=Overlay(start, font="Liberation Sans Bold", height_px=22, colour=YELLOW, corner="bottom-right", text=("H7_200118",), clock_line=1),
        script=(
            Say(1.0, OFFICER, "您好，我们是湛河区教育体育局执法人员王强、刘洋，本次执法全程录音录像。"),
            Say(0.8, OFFICER, "今天检查校外培训机构的收费情况，由我们两人负责。"),
            Say(0.8, CITIZEN, "明白了。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "h265.mp4", "Untouched H.265, GOP of one second, two yellow lines at the bottom right.", codec="h265",
            camera_name=camera_name("H7", "200118", start.start, 12), layout={"brand": mp4.CAMERA_H265},
            expected=expected({"announcement": PASS, "purpose-statement": PASS, "edit-traces": PASS, "overlay-clock": PASS}, policy="zhanhe-education-sports"),
        )
    ]  # fmt: skip


def fragmented(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-07-07T09:30:45.200")
    shot = Shot(
        View("hall", waypoints=((0.0, 0.15, 0.45), (1.0, 0.4, 0.45)), zoom=0.8),
        duration_s=20.0, seed=111, gop_frames=25,
        overlay=Overlay(start, font="Noto Sans CJK SC Bold", height_px=20, text=("平顶山民宗 D4_000121",), corner="bottom-left"),
        script=(
            Say(1.0, OFFICER, "这是我们的执法证件，执法证号一六零一零零一二，请您看清。"),
            Say(0.8, OFFICER, "您有陈述、申辩的权利，也有配合调查的义务。"),
            Say(0.8, CITIZEN, "我知道了。"),
            Say(0.8, SECOND_OFFICER, "现在请您在检查记录上签字。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "fragmented.mp4", "Untouched fragmented MP4, one fragment a second; credential and rights are spoken.",
            camera_name=camera_name("D4", "000121", start.start, 1), meaning="utc",
            layout={"fragmented": True},
            expected=expected({"credential-display": PASS, "rights-notice": PASS, "continuity": PASS, "edit-traces": PASS}, policy="pingdingshan-ethnic-religious"),
        )
    ]  # fmt: skip


def g711(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-08-20T10:10:10.000")
    shot = Shot(
        View("table", waypoints=((0.0, 0.45, 0.5), (1.0, 0.55, 0.45)), zoom=0.72),
        duration_s=18.0, seed=112,
        overlay=Overlay(start, format="%Y.%m.%d %H:%M:%S", height_px=19, corner="top-centre"),
        script=(
            Say(1.0, OFFICER, "您好，我们是宝丰县人力资源和社会保障局执法人员赵敏、孙磊。"),
            Say(0.6, OFFICER, "本次执法全程录音录像，目的是检查劳动合同签订情况。"),
            Say(0.8, SECOND_CITIZEN, "合同都在办公室。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "g711.mov", "QuickTime with G.711 μ-law sound at 8 kHz.", sound="mulaw", container="mov",
            camera_name=camera_name("B2", "300415", start.start, 2, "MOV"), layout={"brand": mp4.CAMERA_MOV},
            expected=expected({"announcement": PASS, "purpose-statement": PASS, "continuity": PASS, "edit-traces": PASS}, policy="baofeng-human-resources"),
        )
    ]  # fmt: skip


def mjpeg(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-09-11T15:33:07.400")
    shot = Shot(
        View("table", waypoints=((0.0, 0.45, 0.45), (1.0, 0.55, 0.5)), zoom=0.8, noise=0.9),
        duration_s=10.0, seed=113, frame_rate=15, gop_frames=1,
        overlay=Overlay(start, corner="bottom-right", colour=WHITE, height_px=20, font="DejaVu Sans Mono Bold"),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
        ),
    )  # fmt: skip
    said = record_with_ffmpeg(
        shot, folder / "mjpeg.avi", work,
        ["-c:v", "mjpeg", "-q:v", "14", "-pix_fmt", "yuvj420p", "-threads", "1"], ["-c:a", "adpcm_ima_wav"], ["-f", "avi"],
    )  # fmt: skip
    return [
        Truth(
            "mjpeg.avi", "AVI with MJPEG at 15 frames a second and IMA ADPCM sound; the announcement of article 12(1) of Gulou.", "avi",
            (Piece(0.0, shot.duration_s, shot),), said, video_codec="mjpeg",
            audio={"codec": "ima-adpcm", "sample_rate_hz": SAMPLE_RATE_HZ, "channels": 1},
            camera_name=f"{start.start:%Y%m%d%H%M%S}_001.AVI",
            expected=expected({"announcement": PASS, "continuity": PASS, "overlay-clock": PASS, "edit-traces": PASS}, policy="gulou-emergency"),
            notes="AVI has no creation time here.",
        )
    ]  # fmt: skip


def mpeg4(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-09-12T08:08:59.700")
    shot = Shot(
        View("garden", waypoints=((0.0, 0.45, 0.5), (1.0, 0.55, 0.45)), zoom=0.7),
        duration_s=12.0, seed=114, frame_rate=25, gop_frames=25,
        overlay=Overlay(start, corner="top-right", colour=YELLOW, font="Liberation Mono Bold"),
        script=(Say(1.0, OFFICER, "现在检查后院的配电箱。"), Say(0.8, CITIZEN, "配电箱去年刚检修过。"), Say(0.8, OFFICER, "好的，我们拍照留存。")),
    )  # fmt: skip
    said = record_with_ffmpeg(
        shot, folder / "mpeg4.avi", work,
        ["-c:v", "mpeg4", "-b:v", "330k", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p", "-threads", "1", "-vtag", "MP4V"],
        ["-ar", "8000", "-c:a", "pcm_alaw"], ["-f", "avi"],
    )  # fmt: skip
    return [
        Truth(
            "mpeg4.avi", "AVI with MPEG-4 Part 2 and G.711 A-law sound.", "avi", (Piece(0.0, shot.duration_s, shot),), said,
            video_codec="mpeg4", audio={"codec": "g711-alaw", "sample_rate_hz": 8000, "channels": 1},
            camera_name=f"{start.start:%Y%m%d%H%M%S}_002.AVI",
            expected=expected({"announcement": FAIL, "continuity": PASS, "overlay-clock": PASS, "edit-traces": PASS}, policy="gulou-emergency"),
        )
    ]  # fmt: skip


def silent(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-24T09:00:03.560")
    shot = Shot(
        View("temple", waypoints=((0.0, 0.5, 0.5), (1.0, 0.35, 0.45)), zoom=0.85),
        duration_s=14.0, seed=110, overlay=Overlay(start, text=("J1_010203",)),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "silent.mp4", "No sound track at all.", sound=None,
            camera_name=camera_name("J1", "010203", start.start, 6),
            expected=expected({"announcement": ["not-assessed", "review"], "sound-quality": DOUBT, "continuity": PASS, "overlay-clock": PASS, "edit-traces": PASS}),
        )
    ]  # fmt: skip


def gap(folder: Path, work: Path) -> list[Truth]:
    """A transport stream whose time stamps skip 2 s: the camera lost them, and says so honestly."""
    start = clock("2025-10-16T17:25:31.160")
    at_s, lost_s = 10.0, 2.0
    shot = Shot(
        View("table", waypoints=((0.0, 0.5, 0.4), (1.0, 0.5, 0.55)), zoom=0.75),
        duration_s=20.0, seed=117, overlay=Overlay(start, corner="top-left", text=("J1_010203",)),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
            Say(5.6, SECOND_OFFICER, "请把监控录像调出来。"),
            Say(0.8, CITIZEN, "监控只能保存三十天。"),
        ),
    )  # fmt: skip
    whole, output = work / "whole.mp4", folder / "gap.ts"
    said = record_mp4(shot, whole, work, created_at(shot, "local-time-as-utc"))
    drop_in_transport_stream(whole, output, work, at_s, at_s + lost_s)
    pieces = (Piece(0.0, at_s, shot), Piece(at_s + lost_s, shot.duration_s, shot, at_s + lost_s))
    return [
        Truth(
            "gap.ts", "MPEG-TS: 2 s were never written; time stamps and clock both skip them.", "mpegts", pieces, placed(said, pieces, shot),
            camera_name=camera_name("J1", "010203", start.start, 9, "TS"),
            discontinuities=[{"at_s": at_s, "end_s": at_s + lost_s, "kind": "gap"}],
            expected=expected({"continuity": DOUBT, "overlay-clock": PASS}),
            notes="The clock agrees with the time stamps on both sides, so it does not leap. MPEG-TS has no creation time.",
        )
    ]  # fmt: skip


def turned(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-11-05T13:02:18.640")
    shot = Shot(
        View("temple", waypoints=((0.0, 0.42, 0.55), (1.0, 0.5, 0.5)), zoom=1.2, hand_px=8.0),
        duration_s=8.0, seed=118, width=360, height=640, turned=True, gop_frames=25,
        overlay=Overlay(start, corner="top-left", text=("P9_440001",)),
        script=(Say(0.8, OFFICER, "这里是东门的售票处。"), Say(0.8, CITIZEN, "今天人不多。")),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "turned.mp4", "Held upright: coded lying on its side, with a quarter turn noted in the container.",
            camera_name=camera_name("P9", "440001", start.start, 1), meaning="utc",
            expected=expected({"announcement": FAIL, **UNTOUCHED}, NO_PARTS),
            notes="width and height are those of the picture as shown.",
        )
    ]  # fmt: skip


def variable_rate(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-11-06T18:40:09.080")
    slow = Span(4.0, 8.0)
    shot = Shot(
        View("night", waypoints=((0.0, 0.45, 0.55), (1.0, 0.55, 0.6)), zoom=0.8, noise=3.5),
        duration_s=12.0, seed=119, half_rate=(slow,), overlay=Overlay(start, text=("P9_440001",), corner="bottom-left"),
        script=(Say(1.0, OFFICER, "灯光太暗，请把路灯打开。"), Say(1.0, SECOND_CITIZEN, "好，我去开灯。")),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "variable-rate.mp4", "Falls to 12.5 frames a second from 4 to 8 s, as cameras do in poor light; nothing is missing.",
            camera_name=camera_name("P9", "440001", start.start, 2),
            expected=expected({"announcement": FAIL, **UNTOUCHED}, NO_PARTS),
        )
    ]  # fmt: skip


def resolution_change(folder: Path, work: Path) -> list[Truth]:
    """A transport stream whose picture size changes midway, as when somebody touches the settings while recording."""
    start = clock("2025-10-17T09:05:47.360")
    at_s = 7.0
    overlay = Overlay(start, text=("J1_010203",))
    script = (Say(0.8, OFFICER, "请把门口的堆放物清理干净。"), Say(0.8, CITIZEN, "我们下午就清理。"))
    first = Shot(View("hall", waypoints=((0.0, 0.6, 0.5), (1.0, 0.55, 0.5)), zoom=0.8), at_s, 120, overlay, script, gop_frames=25)
    later = replace(overlay, clock=replace(start, start=start.start + timedelta(seconds=at_s)))
    second = replace(
        first, seed=121, width=480, height=272, overlay=later, duration_s=6.0, video_bit_rate=160_000,
        view=replace(first.view, waypoints=((0.0, 0.55, 0.5), (1.0, 0.5, 0.5))), script=(Say(1.0, OFFICER, "好，我们下午再来看。"),),
    )  # fmt: skip
    parts, said = [], []
    for number, (shot, shift_s) in enumerate(((first, 0.0), (second, at_s))):
        parts.append(work / f"{number}.mp4")
        pieces = (Piece(shift_s, shift_s + shot.duration_s, shot),)
        said += placed(record_mp4(shot, parts[-1], work, created_at(first, "local-time-as-utc")), pieces, shot)
    join_transport_streams(parts[0], parts[1], folder / "resolution-change.ts", work, at_s)
    return [
        Truth(
            "resolution-change.ts", "MPEG-TS whose picture goes from 640×360 to 480×272 at 7 s; nothing is missing.", "mpegts",
            (Piece(0.0, at_s, first), Piece(at_s, at_s + second.duration_s, first, at_s)), said,
            camera_name=camera_name("J1", "010203", start.start, 3, "TS"),
            discontinuities=[{"at_s": at_s, "end_s": at_s, "kind": "resolution-change"}],
            expected=expected({"continuity": DOUBT}),
            notes="video and clock.box_px hold for the first 7 s. MPEG-TS has no creation time.",
        )
    ]  # fmt: skip


FORMATS = {
    "h265": h265,
    "fragmented": fragmented,
    "g711": g711,
    "mjpeg": mjpeg,
    "mpeg4": mpeg4,
    "silent": silent,
    "gap": gap,
    "turned": turned,
    "variable-rate": variable_rate,
    "resolution-change": resolution_change,
}
