"""Untouched recordings: what cameras write, good and bad, before anybody edits anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from actors import Credential, PasserBy
from camera import SAMPLE_RATE_HZ, Shot, Span, record_mp4
from overlay import Clock, Overlay
from scene import View
from truth import Piece, Truth
from voice import CITIZEN, OFFICER, SECOND_CITIZEN, SECOND_OFFICER, Say

JIANGYUAN = "jiangyuan-culture-tourism"
ANNOUNCEMENT = "您好，我们是江源区文广旅局执法人员张伟、李娜，为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"
# The parts of the notice that article 8 of the Jiangyuan regulation asks for.
ALL_PARTS = {"greeting": True, "agency": True, "officers": True, "protect-rights": True, "supervise": True, "recording": True}
NO_PARTS = {part: False for part in ALL_PARTS}

# Verdicts that agree with the truth, given a recogniser that hears what was said.
PASS, FAIL, DOUBT = ["pass"], ["fail"], ["fail", "review"]
UNTOUCHED = {"continuity": PASS, "inserted-content": PASS, "edit-traces": PASS, "overlay-clock": PASS}


def clock(text: str, rate_ppm: float = 0.0, steps: tuple[tuple[float, float], ...] = ()) -> Clock:
    return Clock(datetime.fromisoformat(text), rate_ppm, steps)


def camera_name(device: str, officer: str, start: datetime, sequence: int, ending: str = "MP4") -> str:
    return f"{device}_{officer}_{start:%Y%m%d%H%M%S}_{sequence:04d}.{ending}"


def created_at(shot: Shot, meaning: str) -> datetime:
    """The container's creation time: many cameras write local time where the format asks for UTC."""
    local = shot.overlay.clock.start.replace(microsecond=0)
    return local if meaning == "local-time-as-utc" else local - timedelta(hours=8)


def expected(findings: dict, parts: dict | None = None, policy: str = JIANGYUAN) -> dict:
    answer = {"policy": policy, "findings": findings}
    return answer | {"announcement_parts": parts} if parts else answer


def untouched(
    folder: Path, work: Path, shot: Shot, file: str, about: str, *, codec: str = "h264", sound: str | None = "aac",
    meaning: str = "local-time-as-utc", container: str = "mp4", layout: dict | None = None, **known,
) -> Truth:  # fmt: skip
    """Records `shot` into `folder/file` as a camera does and says what is true of it."""
    created = created_at(shot, meaning)
    said = record_mp4(shot, folder / file, work, created, codec, sound, **(layout or {}))
    audio = {
        "aac": {"codec": "aac", "sample_rate_hz": SAMPLE_RATE_HZ, "channels": 1},
        "mulaw": {"codec": "g711-mulaw", "sample_rate_hz": 8000, "channels": 1},
        None: None,
    }[sound]
    return Truth(
        file, about, container, (Piece(0.0, shot.duration_s, shot),), said if sound else [], video_codec=codec, audio=audio,
        created=created, created_meaning=meaning, **known,
    )  # fmt: skip


def compliant(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-14T09:12:40.360")
    shot = Shot(
        View("hall", waypoints=((0.0, 0.56, 0.26), (0.3, 0.55, 0.36), (0.7, 0.46, 0.50), (1.0, 0.63, 0.48)), zoom=0.62),
        duration_s=38.0, seed=101, width=1280, height=720, video_bit_rate=370_000, gop_frames=50,
        overlay=Overlay(start, text=("J1_010203",), height_px=30, margin=20),
        script=(
            Say(1.2, OFFICER, ANNOUNCEMENT),
            Say(0.8, SECOND_OFFICER, "这是我们的执法证件，请看清。"),
            Say(0.8, CITIZEN, "好的，请进。"),
            Say(0.8, OFFICER, "今天我们来检查经营许可和消防安全。"),
            Say(0.8, OFFICER, "您依法享有陈述、申辩的权利，也可以申请回避。"),
            Say(0.7, OFFICER, "听清楚了吗？"),
            Say(0.6, CITIZEN, "听清楚了。"),
            Say(0.8, SECOND_OFFICER, "这里是江源区群众艺术馆一楼展厅。"),
        ),
        actors=(Credential(12.6, 17.0, "张伟", "07020031"),),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "compliant.mp4", "The whole announcement of article 8, credential, purpose, rights and place; nothing wrong.",
            camera_name=camera_name("J1", "010203", start.start, 1),
            seen=[
                {"what": "credential", "start_s": 13.4, "end_s": 16.2, "text": "中华人民共和国行政执法证 张伟 07020031"},
                {"what": "sign", "start_s": 0.0, "end_s": 15.0, "text": "江源区群众艺术馆"},
            ],
            expected=expected({"announcement": PASS, **UNTOUCHED, "device-clock": PASS, "sound-quality": PASS}, ALL_PARTS),
        )
    ]  # fmt: skip


def no_announcement(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-17T14:05:22.800")
    shot = Shot(
        View("table", waypoints=((0.0, 0.4, 0.4), (0.5, 0.55, 0.5), (1.0, 0.5, 0.45)), zoom=0.72),
        duration_s=26.0, seed=102,
        overlay=Overlay(start, format="%Y/%m/%d %H:%M:%S", corner="top-left", font="Liberation Mono Bold", text=("J1_010207",)),
        script=(
            Say(1.0, OFFICER, "老板，最近生意怎么样？"),
            Say(0.7, CITIZEN, "还可以，周末的客人比较多。"),
            Say(0.8, SECOND_OFFICER, "门口的灯箱是什么时候换的？"),
            Say(0.7, CITIZEN, "上个月刚换的，花了八百块钱。"),
            Say(0.8, OFFICER, "那边的桌子不要挡住通道。"),
            Say(0.7, CITIZEN, "好，我马上搬走。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "no-announcement.mp4", "Clear talk from the start, but nobody is told of the recording.",
            camera_name=camera_name("J1", "010207", start.start, 3),
            expected=expected({"announcement": FAIL, **UNTOUCHED}, NO_PARTS),
        )
    ]  # fmt: skip


def partial_announcement(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-18T10:41:07.120")
    shot = Shot(
        View("temple", waypoints=((0.0, 0.36, 0.55), (1.0, 0.55, 0.5)), zoom=0.8),
        duration_s=22.0, seed=103,
        overlay=Overlay(start, text=("J1_010203",)),
        script=(
            Say(1.4, OFFICER, "您好，我们是江源区文广旅局执法人员，为保护您的合法权益，请您配合我们的工作。"),
            Say(0.8, CITIZEN, "可以，你们要看什么？"),
            Say(0.8, OFFICER, "请把营业执照和登记本拿出来。"),
        ),
        actors=(PasserBy(14.0, 17.2),),
    )  # fmt: skip
    parts = {**NO_PARTS, "greeting": True, "agency": True, "protect-rights": True}
    return [
        untouched(
            folder, work, shot, "partial-announcement.mp4", "Only 为保护您的合法权益: no names, no supervision, no word of recording.",
            camera_name=camera_name("J1", "010203", start.start, 2), meaning="utc",
            expected=expected({"announcement": FAIL, **UNTOUCHED}, parts),
        )
    ]  # fmt: skip


def freeze(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-19T16:02:33.480")
    frozen = Span(9.0, 13.0)
    shot = Shot(
        View("hall", waypoints=((0.0, 0.3, 0.5), (1.0, 0.45, 0.48)), zoom=0.8),
        duration_s=22.0, seed=105, frozen=(frozen,),
        overlay=Overlay(start, text=("J1_010203",), corner="top-right"),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
            Say(0.8, SECOND_OFFICER, "请打开后面的仓库。"),
            Say(0.9, SECOND_CITIZEN, "钥匙在前台，我去拿。"),
            Say(0.8, OFFICER, "好的，我们在这里等。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "freeze.mp4", "The sensor stops for 4 s while sound and the clock inside go on; every repeated frame is the same.",
            camera_name=camera_name("J1", "010203", start.start, 4),
            discontinuities=[{"at_s": frozen.start_s, "end_s": frozen.end_s, "kind": "freeze"}],
            expected=expected({"continuity": DOUBT, "edit-traces": PASS}),
        )
    ]  # fmt: skip


def clock_drift(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-04-02T08:59:41.600", rate_ppm=30_000)
    shot = Shot(
        View("temple", waypoints=((0.0, 0.4, 0.5), (0.5, 0.6, 0.5), (1.0, 0.45, 0.55)), zoom=0.82),
        duration_s=40.0, seed=106, video_bit_rate=170_000,
        overlay=Overlay(start, format="%Y年%m月%d日 %H:%M:%S", font="WenQuanYi Zen Hei", height_px=20, corner="bottom-left"),
        script=(
            Say(2.0, OFFICER, ANNOUNCEMENT),
            Say(1.0, CITIZEN, "好的，没有问题。"),
            Say(2.0, SECOND_OFFICER, "这个导游证是今年的吗？"),
            Say(0.8, SECOND_CITIZEN, "是今年三月换的。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "clock-drift.mp4", "The burnt-in clock runs 3 % fast: 1.2 s in 40 s.",
            camera_name=camera_name("J1", "010209", start.start, 1),
            expected=expected({"announcement": PASS, "continuity": PASS, "overlay-clock": DOUBT, "edit-traces": PASS}, ALL_PARTS),
        )
    ]  # fmt: skip


def clock_jump(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-04-03T11:30:05.920", steps=((11.0, 90.0),))
    shot = Shot(
        View("table", waypoints=((0.0, 0.6, 0.5), (1.0, 0.45, 0.5)), zoom=0.75),
        duration_s=18.0, seed=107,
        overlay=Overlay(start, font="FreeSans Bold", height_px=20, corner="top-left", text=("J1_010209",)),
        script=(Say(1.0, OFFICER, "请出示一下进货票据。"), Say(0.8, CITIZEN, "都在这个文件夹里面。"), Say(5.0, OFFICER, "这一张没有盖章。")),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "clock-jump.mp4", "The burnt-in clock is put forward by 90 s while picture and sound run on without a break.",
            camera_name=camera_name("J1", "010209", start.start, 2),
            discontinuities=[{"at_s": 11.0, "end_s": 11.0, "kind": "clock-jump"}],
            expected=expected({"overlay-clock": DOUBT, "continuity": DOUBT, "edit-traces": PASS}),
        )
    ]  # fmt: skip


def black(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-03-21T13:15:50.040")
    dark, silence = Span(7.0, 10.0), Span(16.0, 20.0)
    shot = Shot(
        View("hall", waypoints=((0.0, 0.7, 0.45), (1.0, 0.6, 0.5)), zoom=0.8),
        duration_s=24.0, seed=108, black=(dark,), muted=(silence,),
        overlay=Overlay(start, text=("J1_010203",), hidden=((dark.start_s, dark.end_s),)),
        script=(
            Say(0.8, OFFICER, "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像。"),
            Say(1.0, CITIZEN, "你们慢慢看，我去倒水。"),
            Say(1.5, OFFICER, "谢谢，不用了。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "black.mp4", "The picture is lost for 3 s (black, without the clock); later the sound is lost for 4 s (digital silence).",
            camera_name=camera_name("J1", "010203", start.start, 5),
            discontinuities=[
                {"at_s": dark.start_s, "end_s": dark.end_s, "kind": "black"},
                {"at_s": silence.start_s, "end_s": silence.end_s, "kind": "audio-loss"},
            ],
            expected=expected({"continuity": DOUBT, "sound-quality": DOUBT, "edit-traces": PASS}),
        )
    ]  # fmt: skip


def covered(folder: Path, work: Path) -> list[Truth]:
    start = clock("2025-05-09T19:44:12.680")
    span = Span(4.0, 20.0)
    shot = Shot(
        View("night", waypoints=((0.0, 0.4, 0.5), (1.0, 0.6, 0.55)), zoom=0.7, brightness=0.85, noise=4.0),
        duration_s=22.0, seed=109, covered=(span,), video_bit_rate=150_000,
        overlay=Overlay(start, text=("B2 300415",), font="Liberation Mono Bold"),
        script=(
            Say(1.0, OFFICER, "您好，我们是宝丰县人力资源和社会保障局执法人员，这次检查工资支付情况。"),
            Say(1.0, CITIZEN, "工资都是每月十五号发。"),
        ),
    )  # fmt: skip
    return [
        untouched(
            folder, work, shot, "dark.mp4", "A coat lies over the lens for 16 of 22 s: nearly black and noisy, the clock goes on.",
            camera_name=camera_name("B2", "300415", start.start, 7),
            quality=[{"start_s": span.start_s, "end_s": span.end_s, "kind": "covered"}],
            expected=expected({"picture-quality": DOUBT, "overlay-clock": PASS, "edit-traces": PASS}, policy="baofeng-human-resources"),
            notes="Whether the covered stretch also counts as black is left open; the overlay stays visible throughout.",
        )
    ]  # fmt: skip


def segments(folder: Path, work: Path) -> list[Truth]:
    """Two files of one visit, 20 s apart; the second begins with the reason for the interruption."""
    gap_s = 20.0
    start = clock("2025-03-14T09:30:11.240")
    one = Shot(
        View("hall", waypoints=((0.0, 0.2, 0.45), (1.0, 0.42, 0.47)), zoom=0.8),
        duration_s=20.0, seed=115, overlay=Overlay(start, text=("J1_010203",)),
        script=(
            Say(1.0, OFFICER, ANNOUNCEMENT),
            Say(0.8, CITIZEN, "好的。"),
            Say(1.2, SECOND_OFFICER, "请带我们去看一下放映厅。"),
        ),
    )  # fmt: skip
    later = replace(start, start=start.start + timedelta(seconds=one.duration_s + gap_s))
    two = replace(
        one, seed=116, duration_s=18.0, overlay=Overlay(later, text=("J1_010203",)),
        view=replace(one.view, waypoints=((0.0, 0.44, 0.47), (1.0, 0.65, 0.45))),
        script=(
            Say(1.0, OFFICER, "因电量不足录制中断，现恢复录音录像。"),
            Say(0.9, SECOND_OFFICER, "放映厅的安全出口在哪里？"),
            Say(0.8, CITIZEN, "在屏幕的右边，门没有锁。"),
        ),
    )  # fmt: skip
    names = [camera_name("J1", "010203", shot.overlay.clock.start, n) for n, shot in enumerate((one, two), start=1)]
    return [
        untouched(
            folder, work, one, names[0], f"First segment of one visit; the second follows {gap_s:.0f} s after its end.",
            expected=expected({"announcement": PASS, **UNTOUCHED, "device-clock": PASS}, ALL_PARTS),
        ),
        untouched(
            folder, work, two, names[1], "Second segment: begins with 因电量不足录制中断，现恢复录音录像.",
            expected=expected({"interruption-explanation": PASS, **UNTOUCHED, "device-clock": PASS}),
            notes=f"Alone it holds no announcement; the visit does. Hole before it: {gap_s} s.",
        ),
    ]  # fmt: skip


RECORDINGS = {
    "compliant": compliant,
    "no-announcement": no_announcement,
    "partial-announcement": partial_announcement,
    "freeze": freeze,
    "clock-drift": clock_drift,
    "clock-jump": clock_jump,
    "black": black,
    "dark": covered,
    "segments": segments,
}
