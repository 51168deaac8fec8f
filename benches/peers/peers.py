"""What others' tools cost on a clip, in CPU seconds of this process and of all that it starts.

    python3 benches/peers/peers.py today|tuned|scenedetect CLIP

`today` is what an engineer puts together from programs: digest, ffprobe, FFmpeg's detectors in one pass, PySceneDetect,
Tesseract as a command once a second on the clock's corner. `tuned` takes the same knowledge from one decoding pass:
sampled pictures, FFmpeg's detectors beside them, Tesseract within the process once in ten seconds. Neither recognises
speech. `scenedetect` is PySceneDetect's detect-adaptive alone, as it comes.

Prints one line of JSON. Ends with status 3 and the name of what is missing where something is not installed: Debian's
ffmpeg and tesseract-ocr, PyPI's scenedetect, opencv-python-headless and tesserocr.
"""

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DETECTORS = "scdet,freezedetect=d=1,blackdetect=d=0.5"
# The clock stands in the upper right corner, as in the clips of this bench.
CORNER = "crop=iw*0.45:ih*0.1:iw*0.55:0"
TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"


def need(modules, programs):
    missing = [name for name in programs if not shutil.which(name)]
    for module in modules:
        try:
            __import__(module)
        except ImportError:
            missing.append(module)
    if missing:
        print(", ".join(missing))
        sys.exit(3)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def digest(clip):
    with open(clip, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def detectors(clip):
    done = run("ffmpeg", "-nostdin", "-v", "info", "-threads", "1", "-i", clip, "-vf", DETECTORS,
               "-af", "silencedetect=d=1", "-f", "null", "-")
    return sum(mark in line for line in done.stderr.splitlines()
               for mark in ("lavfi.scd.score", "freeze_start", "black_start", "silence_start"))


def scenes(clip, name):
    import scenedetect

    detector = {"content": scenedetect.ContentDetector, "adaptive": scenedetect.AdaptiveDetector}[name]
    return max(0, len(scenedetect.detect(clip, detector())) - 1)


def today(clip):
    need(["scenedetect", "cv2"], ["ffmpeg", "ffprobe", "tesseract"])
    digest(clip)
    run("ffprobe", "-v", "error", "-show_packets", "-of", "csv", clip)
    found = detectors(clip) + scenes(clip, "content") + scenes(clip, "adaptive")
    with tempfile.TemporaryDirectory() as folder:
        run("ffmpeg", "-nostdin", "-v", "error", "-i", clip, "-vf", f"fps=1,{CORNER}", f"{folder}/%05d.png")
        for picture in sorted(Path(folder).iterdir()):
            run("tesseract", str(picture), "-", "--psm", "7")
    return found


def tuned(clip):
    need(["cv2", "tesserocr"], ["ffmpeg", "ffprobe"])
    import tesserocr
    from PIL import Image

    digest(clip)
    run("ffprobe", "-v", "error", "-show_entries", "packet=pts_time,size,flags", "-of", "csv", clip)
    with tempfile.TemporaryDirectory() as folder:
        graph = f"[0:v]split[all][some];[all]scale=320:-2,{DETECTORS}[seen];[some]fps=1/10,{CORNER}[crops]"
        done = run("ffmpeg", "-nostdin", "-v", "info", "-i", clip, "-filter_complex", graph,
                   "-map", "[seen]", "-map", "0:a?", "-af", "silencedetect=d=1", "-f", "null", "-",
                   "-map", "[crops]", f"{folder}/%05d.png")
        found = done.stderr.count("lavfi.scd.score")
        with tesserocr.PyTessBaseAPI(path=TESSDATA, lang="eng", psm=tesserocr.PSM.SINGLE_LINE) as reader:
            for picture in sorted(Path(folder).iterdir()):
                reader.SetImage(Image.open(picture).convert("L"))
                reader.GetUTF8Text()
    return found


def scenedetect(clip):
    need(["scenedetect", "cv2"], [])
    return scenes(clip, "adaptive")


def main():
    way, clip = sys.argv[1:]
    found = {"today": today, "tuned": tuned, "scenedetect": scenedetect}[way](clip)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(usage.ru_utime + usage.ru_stime for usage in used)
    print(json.dumps({"cpu_s": round(cpu_s, 2), "found": found}))


main()
