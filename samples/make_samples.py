#!/usr/bin/env python3
"""Makes the sample clips and `truth.json`. See README.md.

    make_samples.py                    all clips, into this folder
    make_samples.py cut freeze         only these; truth.json keeps the others' entries
    make_samples.py --out DIR          elsewhere
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from damaged import DAMAGED
from formats import FORMATS
from recordings import RECORDINGS
from truth import as_entry, dumped, tool_versions

SCHEMA = "pingcha.samples/1"
CLIPS = RECORDINGS | FORMATS | DAMAGED


def visits(entries: dict[str, dict]) -> list[dict]:
    """Clips that are segments of one visit, and the holes between them."""
    names = sorted(name for name in entries if name.startswith("J1_010203_"))
    if len(names) < 2:
        return []
    return [{"segments": names, "holes": [{"after": names[0], "before": names[1], "gap_s": 20.0, "reason": "因电量不足录制中断，现恢复录音录像"}]}]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", metavar="CLIP", help=f"of: {', '.join(CLIPS)}")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for clips and truth.json")
    arguments = parser.parse_args()
    unknown = set(arguments.clips) - set(CLIPS)
    if unknown:
        parser.error(f"unknown clip: {', '.join(sorted(unknown))}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    truth_file = arguments.out / "truth.json"
    entries = {}
    if arguments.clips and truth_file.exists():
        entries = {entry["file"]: entry for entry in json.loads(truth_file.read_text("utf-8"))["clips"]}
    for name in arguments.clips or CLIPS:
        with tempfile.TemporaryDirectory() as work:
            for truth in CLIPS[name](arguments.out, Path(work)):
                entries[truth.file] = as_entry(truth, arguments.out)
                print(f"{truth.file}: {entries[truth.file]['bytes'] / 1e6:.2f} MB, {truth.duration_s:.1f} s", flush=True)
        document = {
            "schema": SCHEMA,
            "made_with": tool_versions(),
            "visits": visits(entries),
            "clips": [entries[file] for file in sorted(entries)],
        }
        truth_file.write_text(dumped(document), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
