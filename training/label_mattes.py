"""Label the person of each face with several looks of the teacher, MediaPipe Selfie Segmentation 0.10.21.

Runs in the teacher's environment, as label_looks.py does, on faces that it or label_faces.py has
found. Only pictures with one face are labelled: the teacher marks every person. It looks five times
at the square round a face, without padding: as it is, mirrored, closer, from further away, and
equalised. The label is the mean of the looks; where they disagree, a pixel has less weight.

    python label_mattes.py PICTURES_FOLDER FACES.npz OUT.npz [MOST]
    python label_mattes.py CONTEXT.json OUT.npz

MOST: label so many faces of a collection, drawn at random. CONTEXT: by label_context.py; OUT then
holds the pictures in which neither teacher sees anybody.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "2")

import cv2
import mediapipe
import numpy as np

FOREHEAD, CHIN = 10, 152
MARGIN = 1.75
"""Half the side of the square that the product cuts, in face heights."""
KEPT = 1.25
"""Side of what is kept, in such squares."""
SQUARE_PX = 204
"""Side to which larger squares are reduced."""
SMALLEST_FACE_PX = 28
TEACHER_PX = 256
LOOKS = (
    (1.0, False, False),
    (1.0, True, False),
    (0.86, False, False),
    (1.25, True, False),
    (1.1, False, True),
)
"""Side of the look in squares, mirrored or not, equalised or not."""  # fmt: skip
FULL_DISTRUST = 0.3
"""Deviation of the looks from which a pixel has no weight."""
MOST_PERSON = 0.1
"""Most mean label of a picture without people."""
PLACE_PX = 280
"""Longer side to which pictures without people are reduced."""
LEAST_FACE = 0.9
"""Least mean label inside the outline of the face; below it the teacher has failed."""
MOST_DISTRUST = 0.06
"""Most mean deviation of the looks over the square; above it the teacher has failed."""
WIDEST_HEAD = 1.7
"""Most width of the label at the height of the eyes, in face heights; wider ones hold a mount or a neighbour."""
EYES = [33, 133, 263, 362]
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass
class Labelled:
    """Picture uint8 (H, W, C), C = 1 if it is grey, its label and weights uint8 (H, W), points (478, 2)."""

    picture: np.ndarray
    matte: np.ndarray
    weights: np.ndarray
    points: np.ndarray


def square(middle, half, shape):
    """Corners x0, y0, x1, y1 of the part of a square that lies in a picture, whole pixels."""
    height, width = shape[:2]
    low = np.maximum(np.floor(middle - half), 0).astype(int)
    high = np.minimum(np.ceil(middle + half), [width, height]).astype(int)
    return *low, *high


def look(teacher, rgb, middle, half, flip, equalise):
    """One look: 0..1 over the picture, NaN where it does not reach."""
    x0, y0, x1, y1 = square(middle, half, rgb.shape)
    part = cv2.resize(rgb[y0:y1, x0:x1], (TEACHER_PX, TEACHER_PX), interpolation=cv2.INTER_AREA)
    if equalise:
        lab = cv2.cvtColor(part, cv2.COLOR_RGB2LAB)
        lab[..., 0] = cv2.createCLAHE(3.0, (4, 4)).apply(lab[..., 0])
        part = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    seen = teacher.process(np.ascontiguousarray(part[:, ::-1] if flip else part)).segmentation_mask
    out = np.full(rgb.shape[:2], np.nan, np.float32)
    out[y0:y1, x0:x1] = cv2.resize(seen[:, ::-1] if flip else seen, (x1 - x0, y1 - y0))
    return out


def head_width(matte, points):
    """Width of the label along the line of the eyes, in face heights."""
    height = np.linalg.norm(points[CHIN] - points[FOREHEAD])
    up = (points[FOREHEAD] - points[CHIN]) / height
    along = np.linspace(-1.5, 1.5, 121)[:, None] * np.array([-up[1], up[0]]) * height
    x, y = np.round(points[EYES].mean(0) + along).astype(int).T
    within = (x >= 0) & (y >= 0) & (x < matte.shape[1]) & (y < matte.shape[0])
    return (matte[y[within], x[within]] > 0.5).sum() / 40


def label(teacher, picture, points):
    """The label of a face in a picture (BGR), or None where the teacher fails."""
    height = float(np.linalg.norm(points[CHIN] - points[FOREHEAD]))
    half, middle = MARGIN * height, points.mean(0)
    x0, y0, x1, y1 = square(middle, half * KEPT, picture.shape)
    if height < SMALLEST_FACE_PX or min(x1 - x0, y1 - y0) < height:
        return None
    part, points, middle = picture[y0:y1, x0:x1], points - [x0, y0], middle - [x0, y0]
    k = min(1.0, SQUARE_PX / (2 * half))
    if k < 1:
        part = cv2.resize(part, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        points, middle, half = points * k, middle * k, half * k
    rgb = np.ascontiguousarray(part[..., ::-1])
    seen = np.stack([look(teacher, rgb, middle, half * zoom, f, e) for zoom, f, e in LOOKS])
    count = np.isfinite(seen).sum(0)
    matte = np.nansum(seen, 0) / np.maximum(count, 1)
    spread = np.sqrt(np.nansum((seen - matte) ** 2, 0) / np.maximum(count, 1))
    weights = np.clip(1 - spread / FULL_DISTRUST, 0, 1) * (count >= 2)
    outline = np.zeros(matte.shape, np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(points[list(OUTLINE)].astype(np.int32)), 1)
    a0, b0, a1, b1 = square(middle, half, rgb.shape)
    if matte[outline > 0].mean() < LEAST_FACE or spread[b0:b1, a0:a1].mean() > MOST_DISTRUST:
        return None
    if head_width(matte, points) > WIDEST_HEAD:
        return None
    # Other people and stray patches: no example of anything.
    _, parts = cv2.connectedComponents((matte > 0.5).astype(np.uint8))
    central = np.bincount(parts[(outline > 0) & (parts > 0)]).argmax()
    away = cv2.dilate(((parts > 0) & (parts != central)).astype(np.uint8), np.ones((5, 5)))
    weights[away > 0] = 0
    grey = np.abs(np.ptp(rgb.astype(np.int16), axis=2)).mean() < 4
    kept = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None] if grey else rgb
    eight = [np.rint(plane * 255).astype(np.uint8) for plane in (matte, weights)]
    return Labelled(kept, *eight, points.astype(np.float32))


def read_labels(path):
    """Names, points (N, 478, 2) in pixels of the whole picture, and faces in each name's picture."""
    file = np.load(path)
    names, faces = file["names"], file["faces"][..., :2].astype(np.float32)
    if "scales" in file:
        faces = faces / file["scales"][:, None, None]
    _, place, counts = np.unique(names, return_inverse=True, return_counts=True)
    counts = counts[place]
    return names, faces, np.maximum(counts, file["counts"]) if "counts" in file else counts


def write_places(context, out):
    """Keep the pictures without people."""
    teacher = mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    known = json.loads(context.read_text())
    found = []
    for name in (name for name, each in known.items() if not each["faces"]):
        picture = cv2.imread(str(context.parent / name))[..., ::-1]
        half = max(picture.shape) / 2
        seen = look(teacher, picture, np.array([half, half]), half, False, False)
        if np.nanmean(seen) < MOST_PERSON:
            k = min(1.0, PLACE_PX / (2 * half))
            found.append(cv2.resize(picture, None, fx=k, fy=k, interpolation=cv2.INTER_AREA))
    sizes = np.array([each.shape for each in found], np.int32)
    np.savez(out, sizes=sizes, pixels=np.concatenate([each.ravel() for each in found]))
    print(f"{len(found)} of {len(known)} pictures kept")


def main():
    if sys.argv[1].endswith(".json"):
        write_places(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    folder, labels, out = (Path(each) for each in sys.argv[1:4])
    most = int(sys.argv[4]) if len(sys.argv) > 4 else None
    names, faces, counts = read_labels(labels)
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(counts == 1))[:most]
    teacher = mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    found, kept = [], []
    for number in chosen:
        picture = cv2.imread(str(folder / str(names[number])))
        labelled = None if picture is None else label(teacher, picture, faces[number])
        if labelled is not None:
            found.append(labelled), kept.append(str(names[number]))
    np.savez(
        out,
        names=np.array(kept),
        sizes=np.array([each.picture.shape for each in found], np.int32),
        pixels=np.concatenate([each.picture.ravel() for each in found]),
        mattes=np.concatenate([each.matte.ravel() for each in found]),
        weights=np.concatenate([each.weights.ravel() for each in found]),
        points=np.array([each.points for each in found]),
    )
    print(f"{len(kept)} of {len(chosen)} faces labelled in {folder}")


if __name__ == "__main__":
    main()
