"""Makes stills with faces whose places are known, from pictures labelled as dlib labels them.

    pip install numpy opencv-python-headless scikit-image
    git clone https://github.com/davisking/dlib
    python benches/accuracy/make_faces.py --labelled dlib/examples/faces --out target/faces

Each labelled picture (training.xml, testing.xml: 43 faces in nine group pictures) is set into scenes without people, at
several sizes, upright and turned, dim, out of focus and strongly compressed. Scenes by themselves are there too: what is
blurred in them is a mistake. The pictures are others' and are not part of the project; the scenes are scikit-image's.
"""

import argparse
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import skimage.data

WIDTH, HEIGHT = 640, 360
SCALES = (1.0, 0.6, 0.4, 0.28)
SCENES = ("coffee", "rocket", "brick", "grass", "gravel", "coins", "clock", "page", "text", "immunohistochemistry",
          "retina", "hubble_deep_field", "moon", "colorwheel", "logo")
# A cat's face is a face to the detector; it is counted apart.
ANIMAL = "chelsea"


def labelled(folder):
    for name in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(folder / name).getroot().iter("image"):
            boxes = [[int(box.get(key)) for key in ("left", "top", "width", "height")] for box in image.iter("box")]
            yield cv2.imread(str(folder / image.get("file"))), np.array(boxes, float)


def scene(name):
    picture = getattr(skimage.data, name)()
    if picture.ndim == 2:
        picture = np.dstack([picture] * 3)
    picture = picture[..., 2::-1]
    factor = max(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    top, left = (picture.shape[0] - HEIGHT) // 2, (picture.shape[1] - WIDTH) // 2
    return np.ascontiguousarray(picture[top : top + HEIGHT, left : left + WIDTH])


def placed(background, picture, boxes, scale, angle, random):
    """The picture in the scene, and the faces' boxes; those of which the middle is cut off are left out."""
    scale = min(scale, 0.95 * HEIGHT / picture.shape[0] if angle in (0, 180) else 10)
    height, width = picture.shape[0], picture.shape[1]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    spread = np.ptp(corners, axis=0)
    room = np.maximum(np.array([WIDTH, HEIGHT]) - spread, 0)
    matrix[:, 2] += random.random(2) * room - corners.min(axis=0)
    smaller = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale) if scale < 0.8 else picture
    still = cv2.warpAffine(smaller, matrix, (WIDTH, HEIGHT), background.copy(), cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    faces = []
    for left, top, box_width, box_height in boxes:
        x, y = matrix @ [left + box_width / 2, top + box_height / 2, 1]
        box_width, box_height = box_width * scale, box_height * scale
        if 0 <= x < WIDTH and 0 <= y < HEIGHT:
            faces.append(dict(left=x - box_width / 2, top=y - box_height / 2, width=box_width, height=box_height))
    return still, faces


def dim(still, random):
    return np.clip(still * 0.25 + random.normal(0, 4, still.shape), 0, 255).astype(np.uint8)


def defocused(still, _):
    return cv2.GaussianBlur(still, (0, 0), 1.5)


def compressed(still, _):
    return cv2.imdecode(cv2.imencode(".jpg", still, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], cv2.IMREAD_COLOR)


CONDITIONS = {
    "upright": (0, None), "tilted by 20°": (20, None), "tilted by 40°": (-40, None), "on its side": (90, None),
    "upside down": (180, None), "dim, noisy": (0, dim), "out of focus": (0, defocused), "compressed": (0, compressed),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=Path, help="folder with more pictures in which nobody is")
    parser.add_argument("--seed", type=int, default=20261)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(arguments.seed)
    backgrounds = [scene(name) for name in SCENES]
    truth = []

    def add(still, condition, faces):
        file = f"{len(truth):04}.ppm"
        (arguments.out / file).write_bytes(b"P6 %d %d 255\n" % (still.shape[1], still.shape[0]) + still[..., ::-1].tobytes())
        truth.append(dict(file=file, condition=condition, faces=faces))

    for picture, boxes in labelled(arguments.labelled):
        for scale in SCALES:
            for condition, (angle, spoil) in CONDITIONS.items():
                background = backgrounds[random.integers(len(backgrounds))]
                still, faces = placed(background, picture, boxes, scale, angle, random)
                add(spoil(still, random) if spoil else still, condition, faces)
    for background in backgrounds:
        add(background, "nobody: scenes", [])
    add(scene(ANIMAL), "nobody: a cat", [])
    for file in sorted(arguments.scenes.iterdir()) if arguments.scenes else []:
        add(cv2.imread(str(file)), "nobody: given scenes", [])
    (arguments.out / "truth.json").write_text(json.dumps(dict(pictures=truth), indent=1))
    print(len(truth), "pictures,", sum(len(picture["faces"]) for picture in truth), "faces")


main()
