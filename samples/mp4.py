"""A small MP4/MOV writer that lays a file out as a body camera does.

General-purpose muxers sign their work: library names in `udta`, their own
handler names, edit lists for codec delay. A camera's file has none of that, so
an untouched sample must be written without them. Layouts:

- `write_movie`: `ftyp`, `mdat`, `moov` (the index comes last, as a camera only
  knows it then), or with the index in front;
- `write_fragmented`: `ftyp`, `moov` without samples, then `moof`+`mdat` for each GOP.

Boxes follow ISO/IEC 14496-12 and -15; the sound entries of MOV follow Apple's
QuickTime File Format specification.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

MOVIE_TIMESCALE = 1000
MP4_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
IDENTITY_MATRIX = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# Shown a quarter turn clockwise from how it is coded.
QUARTER_TURN_MATRIX = (0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000)


@dataclass
class Track:
    """Coded samples of one track in decoding order; `durations` are in units of 1/`timescale` s."""

    kind: str  # "video" or "sound"
    timescale: int
    samples: list[bytes]
    durations: list[int]
    key_samples: list[int]
    sample_entry: bytes
    width: int = 0
    height: int = 0
    matrix: tuple[int, ...] = IDENTITY_MATRIX
    offsets: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        return sum(self.durations)

    def starts_s(self) -> list[float]:
        starts, clock = [], 0
        for duration in self.durations:
            starts.append(clock / self.timescale)
            clock += duration
        return starts


@dataclass(frozen=True)
class Brand:
    """File type and handler names: what kind of camera firmware wrote this."""

    major: bytes = b"mp42"
    minor: int = 0
    compatible: tuple[bytes, ...] = (b"isom", b"mp42")
    video_handler: str = "VideoHandle"
    sound_handler: str = "SoundHandle"


CAMERA_MP4 = Brand()
CAMERA_H265 = Brand(compatible=(b"isom", b"mp42", b"hvc1"))
CAMERA_FRAGMENTED = Brand(major=b"iso5", minor=512, compatible=(b"iso5", b"iso6", b"mp41"), video_handler="", sound_handler="")
CAMERA_MOV = Brand(major=b"qt  ", minor=0x20050300, compatible=(b"qt  ",), video_handler="", sound_handler="")


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


# ---------------------------------------------------------------- sample entries


def h264_entry(sps: bytes, pps: bytes, width: int, height: int) -> bytes:
    record = bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1]) + struct.pack(">H", len(sps)) + sps
    record += bytes([1]) + struct.pack(">H", len(pps)) + pps
    return _visual_entry(b"avc1", width, height, box(b"avcC", record))


def h265_entry(vps: bytes, sps: bytes, pps: bytes, width: int, height: int) -> bytes:
    # general profile, tier and level: 12 bytes after the NAL header and one byte of ids in the SPS.
    profile = _without_emulation_prevention(sps)[3:15]
    temporal = sps[2] >> 1 & 0x07
    record = bytes([1]) + profile + struct.pack(">HBBBBH", 0xF000, 0xFC, 0xFC | 1, 0xF8, 0xF8, 0)
    record += bytes([(temporal + 1) << 3 | 1 << 2 | 3, 3])
    for kind, unit in ((32, vps), (33, sps), (34, pps)):
        record += bytes([0x80 | kind]) + struct.pack(">HH", 1, len(unit)) + unit
    return _visual_entry(b"hvc1", width, height, box(b"hvcC", record))


def _without_emulation_prevention(unit: bytes) -> bytes:
    return unit.replace(b"\0\0\3", b"\0\0")


def _visual_entry(kind: bytes, width: int, height: int, configuration: bytes) -> bytes:
    head = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1)
    return box(kind, head, configuration)


def aac_entry(configuration: bytes, sample_rate_hz: int, channels: int, bit_rate: int) -> bytes:
    def descriptor(tag: int, body: bytes) -> bytes:
        return bytes([tag, len(body)]) + body

    decoder = struct.pack(">BBBHII", 0x40, 0x15, 0, 1536, bit_rate, bit_rate) + descriptor(5, configuration)
    stream = struct.pack(">HB", 0, 0) + descriptor(4, decoder) + descriptor(6, b"\x02")
    head = struct.pack(">6xH8xHHHHI", 1, channels, 16, 0, 0, sample_rate_hz << 16)
    return box(b"mp4a", head, full_box(b"esds", 0, 0, descriptor(3, stream)))


def mulaw_entry(sample_rate_hz: int, channels: int) -> bytes:
    """QuickTime sound description, version 1: one byte a sample."""
    head = struct.pack(">6xHHHIHHhHI", 1, 1, 0, 0, channels, 16, 0, 0, sample_rate_hz << 16)
    return box(b"ulaw", head, struct.pack(">IIII", 1, 1, channels, 2))


# ---------------------------------------------------------------- movie


def _seconds_since_1904(moment: datetime) -> int:
    return int((moment.replace(tzinfo=UTC) - MP4_EPOCH).total_seconds())


def _movie_header(created: datetime, duration: int, next_track: int) -> bytes:
    stamp = _seconds_since_1904(created)
    fixed = struct.pack(">IIIIIH10x", stamp, stamp, MOVIE_TIMESCALE, duration, 0x10000, 0x100)
    return full_box(b"mvhd", 0, 0, fixed, struct.pack(">9I24xI", *IDENTITY_MATRIX, next_track))


def _track_box(track: Track, number: int, created: datetime, brand: Brand, with_samples: bool) -> bytes:
    stamp = _seconds_since_1904(created)
    length = track.length if with_samples else 0
    movie_length = round(length * MOVIE_TIMESCALE / track.timescale)
    volume = 0x100 if track.kind == "sound" else 0
    header = full_box(
        b"tkhd", 0, 7,
        struct.pack(">IIIIIIIhhHH", stamp, stamp, number, 0, movie_length, 0, 0, 0, 0, volume, 0),
        struct.pack(">9III", *track.matrix, track.width << 16, track.height << 16),
    )
    media_header = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", stamp, stamp, track.timescale, length, 0x55C4, 0))
    if track.kind == "video":
        kind, name, kind_header = b"vide", brand.video_handler, full_box(b"vmhd", 0, 1, bytes(8))
    else:
        kind, name, kind_header = b"soun", brand.sound_handler, full_box(b"smhd", 0, 0, bytes(4))
    quicktime = brand.major == b"qt  "
    component = b"mhlr" if quicktime else bytes(4)
    shown = bytes([len(name)]) + name.encode() if quicktime else name.encode() + b"\0"
    handler = full_box(b"hdlr", 0, 0, component, kind, bytes(12), shown)
    references = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    information = box(b"minf", kind_header, references, _sample_table(track, with_samples))
    return box(b"trak", header, box(b"mdia", media_header, handler, information))


def _sample_table(track: Track, with_samples: bool) -> bytes:
    description = full_box(b"stsd", 0, 0, struct.pack(">I", 1), track.sample_entry)
    if not with_samples:
        empty = [full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")]
        return box(b"stbl", description, *empty, full_box(b"stsz", 0, 0, bytes(8)))
    runs: list[list[int]] = []
    for duration in track.durations:
        if runs and runs[-1][1] == duration:
            runs[-1][0] += 1
        else:
            runs.append([1, duration])
    times = full_box(b"stts", 0, 0, struct.pack(">I", len(runs)), b"".join(struct.pack(">II", *run) for run in runs))
    keys = b""
    if track.kind == "video":
        numbers = [number + 1 for number in track.key_samples]
        keys = full_box(b"stss", 0, 0, struct.pack(f">I{len(numbers)}I", len(numbers), *numbers))
    chunks, offsets = _chunk_runs(track)
    to_chunk = full_box(b"stsc", 0, 0, struct.pack(">I", len(chunks)), b"".join(struct.pack(">III", *run, 1) for run in chunks))
    sizes = [len(sample) for sample in track.samples]
    if len(set(sizes)) == 1 and track.kind == "sound":
        size_table = full_box(b"stsz", 0, 0, struct.pack(">II", sizes[0], len(sizes)))
    else:
        size_table = full_box(b"stsz", 0, 0, struct.pack(f">II{len(sizes)}I", 0, len(sizes), *sizes))
    offset_table = full_box(b"stco", 0, 0, struct.pack(f">I{len(offsets)}I", len(offsets), *offsets))
    return box(b"stbl", description, times, keys, to_chunk, size_table, offset_table)


def _chunk_runs(track: Track) -> tuple[list[tuple[int, int]], list[int]]:
    """Samples lying one behind the other form a chunk; returns stsc runs and chunk offsets."""
    counts, offsets, end = [], [], None
    for sample, offset in zip(track.samples, track.offsets):
        if offset == end:
            counts[-1] += 1
        else:
            counts.append(1)
            offsets.append(offset)
        end = offset + len(sample)
    runs: list[tuple[int, int]] = []
    for chunk, count in enumerate(counts, start=1):
        if not runs or runs[-1][1] != count:
            runs.append((chunk, count))
    return runs, offsets


def _interleaved(tracks: list[Track], chunk_s: float):
    """(track, sample number) in file order: chunks of `chunk_s` of each track in turn."""
    order = []
    for position, track in enumerate(tracks):
        for number, start_s in enumerate(track.starts_s()):
            order.append((int(start_s / chunk_s + 1e-6), position, number))
    return [(tracks[position], number) for _, position, number in sorted(order)]


def write_movie(path: Path, tracks: list[Track], created: datetime, brand: Brand = CAMERA_MP4, index_first: bool = False, chunk_s: float = 1.0) -> None:
    """Writes a whole file. `created` goes into the headers as if it were UTC."""
    file_type = box(b"ftyp", brand.major, struct.pack(">I", brand.minor), *brand.compatible)
    order = _interleaved(tracks, chunk_s)

    def movie(data_at: int) -> bytes:
        for track in tracks:
            track.offsets = [0] * len(track.samples)
        at = data_at
        for track, number in order:
            track.offsets[number] = at
            at += len(track.samples[number])
        longest = max(round(track.length * MOVIE_TIMESCALE / track.timescale) for track in tracks)
        header = _movie_header(created, longest, len(tracks) + 1)
        return box(b"moov", header, *(_track_box(t, n, created, brand, True) for n, t in enumerate(tracks, start=1)))

    data = b"".join(track.samples[number] for track, number in order)
    if index_first:
        index = movie(0)
        index = movie(len(file_type) + len(index) + 8)
        path.write_bytes(file_type + index + box(b"mdat", data))
    else:
        path.write_bytes(file_type + box(b"mdat", data) + movie(len(file_type) + 8))


def write_fragmented(path: Path, tracks: list[Track], created: datetime, brand: Brand = CAMERA_FRAGMENTED) -> None:
    """Writes one fragment for each GOP of the first track."""
    file_type = box(b"ftyp", brand.major, struct.pack(">I", brand.minor), *brand.compatible)
    extends = box(b"mvex", *(full_box(b"trex", 0, 0, struct.pack(">IIIII", n, 1, 0, 0, 0)) for n in range(1, len(tracks) + 1)))
    header = _movie_header(created, 0, len(tracks) + 1)
    index = box(b"moov", header, *(_track_box(t, n, created, brand, False) for n, t in enumerate(tracks, start=1)), extends)
    video = tracks[0]
    gop_starts_s = [video.starts_s()[number] for number in video.key_samples]
    pieces = [file_type, index]
    for sequence, start_s in enumerate(gop_starts_s, start=1):
        end_s = gop_starts_s[sequence] if sequence < len(gop_starts_s) else float("inf")
        pieces.append(_fragment(tracks, sequence, start_s, end_s))
    path.write_bytes(b"".join(pieces))


def _fragment(tracks: list[Track], sequence: int, start_s: float, end_s: float) -> bytes:
    chosen = [[n for n, at in enumerate(track.starts_s()) if start_s - 1e-6 <= at < end_s - 1e-6] for track in tracks]

    def fragment_header(data_at: int) -> bytes:
        parts = []
        for number, (track, samples) in enumerate(zip(tracks, chosen), start=1):
            if not samples:
                continue
            rows = b""
            for n in samples:
                sync = track.kind == "sound" or n in track.key_samples
                rows += struct.pack(">III", track.durations[n], len(track.samples[n]), 0x02000000 if sync else 0x01010000)
            decode_time = sum(track.durations[: samples[0]])
            run = full_box(b"trun", 0, 0x701, struct.pack(">Ii", len(samples), data_at), rows)
            parts.append(
                box(b"traf", full_box(b"tfhd", 0, 0x020000, struct.pack(">I", number)), full_box(b"tfdt", 1, 0, struct.pack(">Q", decode_time)), run)
            )
            data_at += sum(len(track.samples[n]) for n in samples)
        return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), *parts)

    header = fragment_header(0)
    header = fragment_header(len(header) + 8)
    return header + box(b"mdat", *(track.samples[n] for track, samples in zip(tracks, chosen) for n in samples))
