#!/usr/bin/env python3
"""Writes the worked years: a year's records for each of the five regulations, and their truth.

Each visit below says what is unusual about it and what each check must answer for its clip; what is not
said is as it should be. The truth is written by hand from the regulations, not computed. Every file is of
another format, as agencies keep them.

Needs openpyxl and xlwt (requirements.txt). Usage: make_records.py, in this folder.
"""

import csv
import datetime as dt
import hashlib
import json
import pathlib
import shutil
import zipfile
from xml.sax.saxutils import escape

import openpyxl
import xlwt

HERE = pathlib.Path(__file__).parent
P, F, R, NO, NA = "pass", "fail", "review", "not-assessed", "not-applicable"


def at(text):
    return dt.datetime.fromisoformat(text)


class Year:
    """One agency's records of 2025, row by row."""

    def __init__(self, expected, event, clip):
        self.expected, self.event, self.clip = expected, event, clip
        self.sheets, self.truth = {}, []
        # What only the year's review can say of the ledger.
        self.ledger = {}
        # Whether the agency's regulation wants a ledger of who had which camera.
        self.handovers = False

    def row(self, sheet, **fields):
        self.sheets.setdefault(sheet, []).append(fields)

    def visit(self, start, minutes=40, expect=None, e=None, c=None, file=None, device="J1", recorded=True, gone=False,
              handed=True):
        """A visit with one clip; times of the rows follow from its start."""
        start = at(start)
        number = f"ZF-{len(self.sheets.get('events', [])) + 1:03}"
        end = start + dt.timedelta(minutes=minutes)
        back = end + dt.timedelta(minutes=50)
        event = {"number": number, "case": f"第{number[3:]}号检查", "party": "某某单位", "place": "建设路12号",
                 "officers": "李强、王芳", "devices": device, "arrival": start, "departure": end, "back": back,
                 "secrets": "无", "explosive_zone": "否", "photos": 3} | self.event | (e or {})
        self.row("events", **event)
        if not recorded:
            return
        name = file or f"{device}_000001_{start:%Y%m%d%H%M%S}_0001.MP4"
        digest = hashlib.sha256(name.encode()).hexdigest()
        clip = {"file": name, "digest": digest, "event": number, "device": device, "user": "李强",
                "recorded_from": start, "recorded_until": end, "deposited": back + dt.timedelta(hours=2)}
        self.row("clips", **(clip | self.clip | (c or {})))
        if self.handovers and handed:
            self.row("handovers", device=device, user="李强", taken=start - dt.timedelta(hours=1), returned=back,
                     content="执法检查")
        if not gone:
            verdicts = {check: list(v) for check, v in self.expected.items()}
            for check, answer in (expect or {}).items():
                verdicts[check] = [answer] if isinstance(answer, str) else answer
            self.truth.append({"name": name, "duration_s": minutes * 60, "sha256": digest, "verdicts": verdicts})
        return number, name


def zhanhe():
    """A: 24 hours from return; 政策法规股; half a year; two discs."""
    year = Year(
        {"whole-process": [P], "event-coverage": [P], "deposit-deadline": [P], "deposit-witness": [P], "retention": [P],
         "long-term-preservation": [NA], "device-ledger": [P], "non-recording-justification": [P, NA],
         "restricted-recording": [NA], "original-integrity": [P], "companion-photos": [P], "annual-review": [P]},
        {"kind": "现场执法"}, {"received_unit": "政策法规股", "received_by": "赵敏"})
    year.handovers = True
    year.row("book", unit="湛河区教育体育局", year=2025, as_of=at("2025-12-31"))
    year.row("devices", number="J1", keeper="张伟")
    year.visit("2025-01-06 09:30")
    # Exactly 24 hours after the return at 11:00, over New Year's Eve of the lunar year; then a second more. The hours
    # are for the article's own circumstances; what nothing excuses goes to a person on the next day.
    year.visit("2025-01-27 09:30", c={"deposited": at("2025-01-28 11:00:00"), "special": "边远地区执法"})
    year.visit("2025-02-05 09:30", c={"deposited": at("2025-02-06 11:00:01"), "special": "连续执法"},
               expect={"deposit-deadline": F})
    year.visit("2025-02-06 09:30", c={"deposited": at("2025-02-07 09:00")}, expect={"deposit-deadline": R})
    year.visit("2025-02-07 09:30", c={"deposited": at("2025-02-07 23:59:59")})
    year.visit("2025-02-08 09:30", e={"photos": 0}, expect={"companion-photos": F})
    year.visit("2025-03-14 09:30", c={"received_unit": "执法一科"}, expect={"deposit-witness": F})
    year.visit("2025-04-27 09:30", e={"arrival": at("2025-04-27 09:20")}, expect={"whole-process": F})
    year.visit("2025-05-06 09:30", c={"digest": "0" * 64}, expect={"original-integrity": F})
    number, name = year.visit("2025-06-03 09:30", expect={"long-term-preservation": P})
    year.row("holds", file=name, event=number, ground="对现场执法有异议，可能投诉")
    year.row("discs", file=name, copies=2, made_by_unit="办公室", made_by="赵敏", made=at("2025-06-10 10:00"),
             title="第008号检查", number="GP-1")
    number, name = year.visit("2025-07-01 09:30", expect={"long-term-preservation": F})
    year.row("holds", file=name, event=number, ground="其他重大、敏感情况")
    year.row("discs", file=name, copies=1, made_by_unit="办公室", made_by="赵敏", made=at("2025-07-10 10:00"),
             title="第009号检查", number="GP-2")
    year.visit("2025-08-01 09:30", e={"secrets": "个人隐私"}, c={"marked": "是", "restricted": "是"},
               expect={"restricted-recording": P})
    year.visit("2025-09-01 09:30", e={"secrets": "商业秘密"}, c={"marked": "是", "restricted": "否"},
               expect={"restricted-recording": F})
    year.visit("2025-09-28 09:30", handed=False, expect={"device-ledger": F})
    year.visit("2025-10-09 09:30", recorded=False, e={"reason": "因设备故障", "note": "工作记录〔2025〕3号",
                                                      "reported_to": "本单位主要领导"})
    year.visit("2025-10-11 09:30", e={"back": ""}, c={"deposited": at("2025-10-13 09:00")}, expect={"deposit-deadline": NO})
    # Stops: an allowed one, one without its note, and one during which the camera was recording all the same; being
    # obstructed is a ground for keeping a recording for good.
    number, _ = year.visit("2025-10-14 09:30", expect={"non-recording-justification": [P, P]})
    year.row("interruptions", event=number, device="J1", stopped=at("2025-10-14 10:09"), resumed="", reason="电量不足",
             note="工作记录〔2025〕4号", reported_to="本单位主要领导")
    number, _ = year.visit("2025-10-15 09:30", expect={"non-recording-justification": [P, F], "long-term-preservation": R})
    year.row("interruptions", event=number, device="J1", stopped=at("2025-10-15 10:09"), resumed="", reason="当事人阻碍执法",
             note="", reported_to="本单位主要领导")
    number, _ = year.visit("2025-10-16 09:30", expect={"non-recording-justification": [P, R]})
    year.row("interruptions", event=number, device="J1", stopped=at("2025-10-16 09:40"), resumed=at("2025-10-16 10:30"),
             reason="设备故障", note="工作记录〔2025〕5号", reported_to="本单位主要领导")
    # Cleared after half a year and a day: the term ran to the end of 14 May.
    year.visit("2024-11-14 09:30", c={"deleted": at("2025-05-15 00:00:00")}, gone=True)
    year.row("reviews", date=at("2025-12-10"), organiser="办公室", reviewers="陈静", record="评查〔2025〕1号")
    return year


def baofeng():
    """B: two persons of 监察大队; three years; one event forgotten, one file cleared early, no review."""
    year = Year(
        {"whole-process": [P], "event-coverage": [F], "deposit-deadline": [P], "deposit-witness": [P], "retention": [P],
         "long-term-preservation": [NA], "device-ledger": [P], "non-recording-justification": [F, NO],
         "restricted-recording": [NA], "original-integrity": [P], "companion-photos": [P], "annual-review": [F]},
        {"kind": "现场执法", "reason": "", "note": "", "reported_to": ""},
        {"received_unit": "劳动保障监察大队", "received_by": "赵敏、孙丽"})
    year.handovers = True
    year.row("book", unit="宝丰县人力资源和社会保障局", year=2025, as_of=at("2025-12-31"))
    year.visit("2025-01-15 09:30")
    year.visit("2025-02-18 09:30", c={"received_by": "赵敏"}, expect={"deposit-witness": F})
    year.visit("2025-02-20 09:30", e={"departure": at("2025-02-20 10:12:01")}, expect={"whole-process": F})
    year.visit("2025-03-03 09:30", e={"departure": at("2025-03-03 10:12:00")})
    year.visit("2025-04-08 09:30", e={"kind": "送达", "recording_due": "是"})
    year.visit("2025-05-20 09:30", c={"user": "刘洋"}, expect={"device-ledger": R})
    year.visit("2025-06-16 09:30", c={"digest": ""}, expect={"original-integrity": NO})
    year.visit("2025-08-20 09:30", recorded=False)
    # 36 months end on 31 August 2025, the last day is whole. No clip's report speaks of it; the year's review does.
    year.ledger["retention"] = F
    year.visit("2022-08-31 09:30", c={"deleted": at("2025-08-31 23:59:59")}, gone=True)
    year.row("reviews", date=at("2024-12-10"), organiser="法制机构", reviewers="陈静", record="评查〔2024〕1号")
    year.row("holds", file="", event="", ground="")
    return year


def jiangyuan():
    """C: the same day, or 24 hours from return in special circumstances; a year or the case file's term."""
    year = Year(
        {"whole-process": [P], "event-coverage": [P, P], "late-recording": [P], "deposit-deadline": [P],
         "deposit-witness": [P], "storage-target": [P], "retention": [P], "non-recording-justification": [P, NA],
         "restricted-recording": [NA, NA], "access-log": [NA, NA], "evidence-copy": [NA], "original-integrity": [P]},
        {"kind": "日常执法检查"}, {"received_by": "赵敏", "location": "采集器1号"})
    year.row("book", unit="江源区文广旅局", year=2025, as_of=at("2025-12-31"))
    year.visit("2025-01-26 09:30")
    year.visit("2025-02-08 22:30", c={"deposited": at("2025-02-08 23:59:59")})
    year.visit("2025-02-11 22:30", c={"deposited": at("2025-02-12 00:00:00")}, expect={"deposit-deadline": F})
    year.visit("2025-03-11 22:30", c={"deposited": at("2025-03-12 23:59:00"), "special": "偏远地区执法"},
               e={"back": at("2025-03-11 23:59")})
    year.visit("2025-03-18 22:30", c={"deposited": at("2025-03-19 23:59:01"), "special": "异地执法"},
               e={"back": at("2025-03-18 23:59")}, expect={"deposit-deadline": F})
    year.visit("2025-04-15 09:30", e={"arrival": at("2025-04-15 08:00"), "departure": at("2025-04-15 09:00")},
               expect={"late-recording": F, "whole-process": F})
    year.visit("2025-05-13 09:30", c={"location": "李强的笔记本电脑"}, expect={"storage-target": F})
    _, name = year.visit("2025-06-10 09:30", expect={"access-log": [P, P]})
    year.row("viewings", file=name, viewer="陈静", reason="执法监督", viewed=at("2025-07-01 14:00"),
             approved_by="法制办公室、主管领导", registered_by="赵敏")
    _, name = year.visit("2025-06-17 09:30", expect={"access-log": [F, F]})
    year.row("viewings", file=name, viewer="陈静", reason="案情研判", viewed=at("2025-07-02 14:00"),
             approved_by="主管领导", registered_by="赵敏")
    _, name = year.visit("2025-07-15 09:30", c={"is_evidence": "是"}, e={"kept_until": "永久"}, expect={"evidence-copy": P})
    year.row("copies", file=name, maker="赵敏", extractor="李强", extracted=at("2025-08-01 15:00"), note="有", disc="GP-1")
    _, name = year.visit("2025-08-12 09:30", c={"is_evidence": "是"}, e={"kept_until": at("2030-08-12")},
                         expect={"evidence-copy": F})
    year.row("copies", file=name, maker="赵敏", extractor="", extracted=at("2025-08-20 15:00"), note="有", disc="GP-2")
    year.visit("2025-09-16 09:30", c={"is_evidence": "是"}, expect={"retention": NO, "evidence-copy": R})
    # Reported and noted where recording could not go on; a stop that was resumed needs no note.
    number, _ = year.visit("2025-09-23 09:30", expect={"non-recording-justification": [P, P]})
    year.row("interruptions", event=number, device="J1", stopped=at("2025-09-23 10:09"), resumed="", reason="电量不足", note="有",
             reported_to="所属部门负责人")
    number, _ = year.visit("2025-09-28 09:30", expect={"non-recording-justification": [P, F]})
    year.row("interruptions", event=number, device="J1", stopped=at("2025-09-28 10:09"), resumed="", reason="电量不足", note="",
             reported_to="所属部门负责人")
    number, _ = year.visit("2025-09-29 09:30")
    year.row("interruptions", event=number, device="J1", stopped=at("2025-09-29 09:29"), resumed=at("2025-09-29 09:30"),
             reason="电量不足", note="", reported_to="")
    # A reason that the article does not list does not put off the deposit.
    year.visit("2025-10-09 22:30", c={"deposited": at("2025-10-10 10:00"), "special": "下班太晚"},
               e={"back": at("2025-10-09 23:59")}, expect={"deposit-deadline": R})
    # Viewed, but nobody wrote down which recording.
    year.row("viewings", file="", viewer="陈静", reason="案情研判", viewed=at("2025-10-20 14:00"),
             approved_by="法制办公室、主管领导", registered_by="赵敏")
    year.ledger["access-log"] = F
    year.visit("2025-10-14 09:30", recorded=False, e={"reason": "情况紧急", "note": "有", "reported_to": "局主管领导"})
    year.visit("2025-10-21 09:30", e={"inspection_end": at("2025-10-21 10:08"), "departure": at("2025-10-21 11:00")})
    year.visit("2025-11-11 09:30", e={"secrets": "商业秘密"}, c={"marked": "是", "restricted": "是"},
               expect={"restricted-recording": [P, P]})
    year.visit("2025-11-18 09:30", e={"secrets": "个人隐私"}, c={"marked": "否", "restricted": "是"},
               expect={"restricted-recording": [F, NA]})
    return year


def pingdingshan():
    """D: 24 hours from the end of the recording; kept as long as the case file; one keeper a device."""
    year = Year(
        {"whole-process": [P, NA], "event-coverage": [P, P], "late-recording": [P], "deposit-deadline": [P],
         "deposit-witness": [P, P], "classification": [P], "retention": [P], "device-ledger": [P],
         "non-recording-justification": [NA], "restricted-recording": [NA, NA], "original-integrity": [P]},
        {"kind": "日常执法检查", "matter": "调查取证", "kept_until": "永久"},
        {"received_unit": "本单位管理人员", "received_by": "赵敏"})
    year.row("book", unit="平顶山市民族宗教事务局", year=2025, as_of=at("2025-12-31"))
    year.row("devices", number="J1", keeper="张伟")
    year.row("devices", number="J2", keeper="张伟、李强")
    year.visit("2025-01-07 09:30")
    # 24 hours after the recording's end at 10:10, to the second, over the Spring Festival's first day.
    year.visit("2025-01-28 09:30", c={"deposited": at("2025-01-29 10:10:00")})
    year.visit("2025-02-05 09:30", c={"deposited": at("2025-02-06 10:10:01")}, expect={"deposit-deadline": F})
    year.visit("2025-03-04 09:30", device="J2", expect={"device-ledger": F})
    year.visit("2025-03-11 09:30", device="J3", expect={"device-ledger": F})
    year.visit("2025-04-01 09:30", e={"party": ""}, expect={"classification": F})
    year.visit("2025-05-07 09:30", e={"kept_until": ""}, expect={"retention": NO})
    year.visit("2025-06-03 09:30", c={"received_unit": "某文印店"}, expect={"deposit-witness": [F, F]})
    year.visit("2025-07-08 09:30", e={"kind": "日常执法检查、听证", "arrival": "", "departure": "",
                                      "hearing_start": at("2025-07-08 09:30"), "hearing_end": at("2025-07-08 10:12")},
               expect={"whole-process": [NA, P]})
    year.visit("2025-07-22 09:30", e={"kind": "日常执法检查、听证", "arrival": "", "departure": "",
                                      "hearing_start": at("2025-07-22 09:27:59"), "hearing_end": at("2025-07-22 10:10")},
               expect={"whole-process": [NA, F]})
    year.visit("2025-08-05 09:30", e={"secrets": "个人信息"}, c={"marked": "是", "restricted": ""},
               expect={"restricted-recording": [NA, F]})
    year.row("matters", serial="1", category="行政检查", matter="调查取证", stage="调查笔录", place="调查现场", recorder="检查人员",
             starts="进入检查现场时", content="记录当事人或在场有关人员不配合调查笔录审核及签字的过程及结果", ends="离开检查现场时",
             kept="与文字材料存储时间一致", **{"class": "场景类"})
    year.row("matters", serial="2", category="行政处罚", matter="听证", stage="调查取证", place="听证会场", recorder="听证记录员",
             starts="举行听证会开始", content="听证全过程", ends="听证会议结束", kept="与文字材料存储时间一致",
             **{"class": "会议类"})
    return year


def gulou():
    """E: 24 hours, in special circumstances three working days; two to sort, thirty to file."""
    year = Year(
        {"event-coverage": [R, R], "late-recording": [P], "deposit-deadline": [P], "deposit-witness": [P],
         "storage-target": [P, P], "classification": [P], "archive-deadline": [P], "retention": [P],
         "long-term-preservation": [NA], "restricted-recording": [NA], "evidence-copy": [NA]},
        {"kind": "现场执法检查", "kept_until": at("2035-12-31")},
        {"received_by": "李强", "location": "行政执法信息专用服务器", "title": "现场检查", "category": "现场执法检查",
         "place": "建设路12号", "content": "检查车间"})
    year.row("book", unit="鼓楼区应急管理局", year=2025, as_of=at("2025-12-31"))
    year.row("devices", number="J1", keeper="张伟", explosion_proof="否")
    year.row("devices", number="J2", keeper="张伟", explosion_proof="是")

    def visit(start, sorted_at, closed, filed, **more):
        more["c"] = {"classified": at(sorted_at)} | more.get("c", {})
        more["e"] = {"closed": at(closed), "filed": at(filed) if filed else ""} | more.get("e", {})
        return year.visit(start, **more)

    # Closed on Monday 6 January: thirty working days end on Friday 21 February.
    visit("2025-01-03 09:30", "2025-01-03 17:00", "2025-01-06", "2025-02-21")
    visit("2025-01-06 09:30", "2025-01-06 17:00", "2025-01-06", "2025-02-22", expect={"archive-deadline": F})
    # Friday before the Spring Festival: the third working day is Wednesday 5 February.
    visit("2025-01-24 09:30", "2025-02-07 17:00", "2025-02-10", "2025-03-10",
          c={"deposited": at("2025-02-05 23:59:59"), "special": "服务器检修"})
    visit("2025-01-24 14:30", "2025-02-07 17:00", "2025-02-10", "2025-03-10",
          c={"deposited": at("2025-02-06 00:00:00"), "special": "服务器检修"}, expect={"deposit-deadline": F})
    visit("2025-02-06 09:30", "2025-02-10 17:00", "2025-02-12", "2025-03-10",
          c={"deposited": at("2025-02-08 12:00")}, expect={"deposit-deadline": F})
    # Deposited on Friday 7 February: Saturday 8 is a working day, the second is Monday 10.
    visit("2025-02-07 09:30", "2025-02-10 23:59:59", "2025-02-12", "2025-03-10")
    visit("2025-02-07 14:00", "2025-02-11 00:00:00", "2025-02-12", "2025-03-10", expect={"classification": F})
    visit("2025-03-10 09:30", "2025-03-10 17:00", "2025-03-11", "2025-04-01", c={"content": ""}, expect={"classification": F})
    visit("2025-04-10 09:30", "2025-04-10 17:00", "2025-04-11", "2025-05-08", c={"location": "U盘"},
          expect={"storage-target": [F, F]})
    visit("2025-05-12 09:30", "2025-05-12 17:00", "2025-05-13", "2025-06-03", e={"explosive_zone": "是"},
          expect={"restricted-recording": F})
    visit("2025-05-19 09:30", "2025-05-19 17:00", "2025-05-20", "2025-06-10", e={"explosive_zone": "是"}, device="J2",
          expect={"restricted-recording": P})
    visit("2025-06-09 09:30", "2025-06-09 17:00", "2025-06-10", "2025-07-01", e={"secrets": "商业秘密", "consent": "否"},
          expect={"restricted-recording": F})
    visit("2025-07-07 09:30", "2025-07-07 17:00", "2025-07-08", "", expect={"archive-deadline": F})
    visit("2025-12-08 09:30", "2025-12-08 17:00", "2025-12-09", "", expect={"archive-deadline": NA})
    number, name = visit("2025-09-08 09:30", "2025-09-08 17:00", "2025-09-09", "2025-09-30",
                         expect={"long-term-preservation": P})
    year.row("holds", file=name, event=number, ground="对当事人采取强制措施")
    year.row("discs", file=name, copies=1, made_by_unit="监察大队", number="GP-1")
    number, name = visit("2025-09-15 09:30", "2025-09-15 17:00", "2025-09-16", "2025-10-13",
                         expect={"evidence-copy": P}, c={"is_evidence": "是"}, e={"kept_until": "永久"})
    year.row("copies", file=name, maker="赵敏", note="说明〔2025〕2号")
    # Deposited on Tuesday 30 December; the two working days run beyond the day up to which the ledger goes.
    visit("2025-12-30 09:30", "2025-12-30 17:00", "2025-12-31", "", c={"title": "", "category": "", "classified": ""},
          expect={"classification": NA, "archive-deadline": NA})
    # A coercive measure that nobody entered as a ground for keeping the recording.
    visit("2025-10-13 09:30", "2025-10-13 17:00", "2025-10-14", "2025-11-03",
          e={"kind": "现场执法检查、查封扣押"}, expect={"long-term-preservation": R})
    year.visit("2025-11-03 09:30", recorded=False, e={"reason": "记录仪损坏", "note": "有", "reported_to": "大队长",
                                                      "closed": at("2025-11-04"), "filed": at("2025-11-20")})
    return year


# How each sheet and column is called in the files; else by the identifier.
TITLES = json.loads((HERE / "titles.json").read_text(encoding="utf-8"))


def columns(rows):
    return list(dict.fromkeys(key for row in rows for key in row))


def text(value):
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, dt.datetime) else str(value)


def title(sheet, column=None):
    return TITLES[sheet]["title"] if column is None else TITLES[sheet]["columns"][column]


def write_xlsx(path, sheets, heading):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet, rows in sheets.items():
        page = book.create_sheet(title(sheet))
        if heading:
            page.append([heading])
        page.append([title(sheet, column) for column in columns(rows)])
        for row in rows:
            page.append([row.get(column) or None if row.get(column) != 0 else 0 for column in columns(rows)])
    # A file holds no time of its making.
    book.properties.created = book.properties.modified = dt.datetime(2026, 1, 5)
    book.save(path)


def write_csv(folder, sheets):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for sheet, rows in sheets.items():
        with open(folder / f"{title(sheet)}.csv", "w", encoding="gb18030", newline="") as file:
            out = csv.writer(file, lineterminator="\r\n")
            out.writerow([title(sheet, column) for column in columns(rows)])
            out.writerows([text(row.get(column, "")) for column in columns(rows)] for row in rows)


def write_xls(path, sheets):
    book = xlwt.Workbook(encoding="utf-8")
    moment = xlwt.easyxf(num_format_str="yyyy/m/d h:mm:ss")
    for sheet, rows in sheets.items():
        page = book.add_sheet(title(sheet))
        for place, column in enumerate(columns(rows)):
            page.write(0, place, title(sheet, column))
            for line, row in enumerate(rows, 1):
                value = row.get(column, "")
                page.write(line, place, value, moment) if isinstance(value, dt.datetime) else page.write(line, place, value)
    book.save(str(path))


def write_ods(path, sheets):
    def cell(value):
        if isinstance(value, dt.datetime):
            iso = value.isoformat()
            return f'<table:table-cell office:value-type="date" office:date-value="{iso}"><text:p>{text(value)}</text:p></table:table-cell>'
        if value == "":
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{escape(text(value))}</text:p></table:table-cell>'

    tables = ""
    for sheet, rows in sheets.items():
        lines = [[title(sheet, column) for column in columns(rows)]]
        lines += [[row.get(column, "") for column in columns(rows)] for row in rows]
        body = "".join(f"<table:table-row>{''.join(map(cell, line))}</table:table-row>" for line in lines)
        tables += f'<table:table table:name="{title(sheet)}">{body}</table:table>'
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2">'
               f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>")
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = ('<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
                'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
                '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>')
    with zipfile.ZipFile(path, "w") as archive:
        for name, data, method in (("mimetype", kind, zipfile.ZIP_STORED), ("content.xml", content, zipfile.ZIP_DEFLATED),
                                   ("META-INF/manifest.xml", manifest, zipfile.ZIP_DEFLATED)):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 0, 0, 0)), data, method)


def main():
    years = {
        "zhanhe-education-sports": (zhanhe(), "zhanhe.xlsx"),
        "baofeng-human-resources": (baofeng(), "baofeng"),
        "jiangyuan-culture-tourism": (jiangyuan(), "jiangyuan.xlsx"),
        "pingdingshan-ethnic-religious": (pingdingshan(), "pingdingshan.ods"),
        "gulou-emergency": (gulou(), "gulou.xls"),
    }
    truth = {}
    for policy, (year, name) in years.items():
        path = HERE / name
        if name.endswith(".xlsx"):
            write_xlsx(path, year.sheets, "2025年执法音像记录台账" if name.startswith("jiang") else None)
        elif name.endswith(".ods"):
            write_ods(path, year.sheets)
        elif name.endswith(".xls"):
            write_xls(path, year.sheets)
        else:
            write_csv(path, year.sheets)
        truth[policy] = {"records": name, "clips": year.truth, "ledger": year.ledger}
    (HERE / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
