"""Recall and landmark error of the shipped detector and mesh, by pose, size, kind and skin tone.

    python training/judge_faces.py PHOTOS FACES.json [--without-faces FOLDER] [--roll DEGREES] [--each]

FACES.json gives per photo its `category`, `tone`, `source` and `crowd`, and per face `box_xyxy`
(forehead to chin), the teacher's `landmarks` (478 x 2, counted from the photo's corner) or null,
`view`, `skin`. A face counts as found by the rule of eval/faces.py: the middle of a found box lies in
the true one, and their areas differ by less than four times. Errors are mean distances in % of the
distance between the outer eye corners.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from nostalgia.faces.finder import PROBABLE_SCORE, FaceFinder
from nostalgia.faces.topology import EYES_AND_IRISES, LIPS
from nostalgia.faces.upright import find_in_any_turn
from nostalgia.geometry import box_area
from nostalgia.options import DetectionOptions
from nostalgia.photo.reader import read_photo
from nostalgia.types import BoxXYXY, Face, Photo

SIZES = ((24, 40), (40, 80), (80, 160), (160, 10_000))
"""Face heights in pixels."""


def is_same(found: BoxXYXY, true: BoxXYXY) -> bool:
    """True if a found box is the true face."""
    x, y = (found[0] + found[2]) / 2, (found[1] + found[3]) / 2
    alike = box_area(found) / max(box_area(true), 1e-9)
    return true[0] <= x <= true[2] and true[1] <= y <= true[3] and 0.25 < alike < 4


def errors_of(face: Face, landmarks: list[list[float]]) -> tuple[float, float, float]:
    """Errors of all landmarks, of the eyes and of the lips, in %."""
    true = np.array(landmarks)[:, :2]
    apart = np.linalg.norm(face.landmarks[:, :2] + 0.5 - true, axis=1)
    apart *= 100 / np.linalg.norm(true[33] - true[263])
    return (
        float(apart.mean()),
        float(apart[list(EYES_AND_IRISES)].mean()),
        float(apart[list(LIPS)].mean()),
    )


def groups_of(photo: dict, face: dict) -> list[str]:
    """The groups that a face is counted in."""
    height = face["box_xyxy"][3] - face["box_xyxy"][1]
    size = next((f"{low}-{high} px" for low, high in SIZES if low <= height < high), "below 24 px")
    found = ["all", f"size: {size}"]
    for key in ("category", "tone", "source", "kind"):
        if photo.get(key):
            found.append(f"{key}: {photo[key]}")
    for key in ("view", "skin"):
        value = face.get(key) or photo.get(key)
        if value:
            found.append(f"{key}: {value}")
    return found


def rolled(photo: Photo, known: dict, degrees: float) -> tuple[Photo, dict]:
    """A photo turned clockwise on a larger canvas, and what is known of it."""
    size = np.array([photo.width, photo.height])
    turn = cv2.getRotationMatrix2D((0, 0), -degrees, 1.0)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size
    turn[:, 2] = -(corners @ turn[:, :2].T).min(0)
    wide, high = np.ceil((corners @ turn[:, :2].T + turn[:, 2]).max(0)).astype(int)
    pixel = turn.copy()
    pixel[:, 2] += turn[:, :2] @ [0.5, 0.5] - 0.5
    pixels = cv2.warpAffine(photo.pixels, pixel, (int(wide), int(high)), flags=cv2.INTER_CUBIC)
    faces = []
    for face in known["faces"]:
        x0, y0, x1, y1 = face["box_xyxy"]
        # The oval in the box, not its corners.
        angle = np.linspace(0, 2 * np.pi, 24)
        oval = np.stack([np.cos(angle) * (x1 - x0), np.sin(angle) * (y1 - y0)], 1) / 2
        oval = (oval + [(x0 + x1) / 2, (y0 + y1) / 2]) @ turn[:, :2].T + turn[:, 2]
        marks = face.get("landmarks")
        if marks:
            marks = (np.array(marks)[:, :2] @ turn[:, :2].T + turn[:, 2]).tolist()
        faces.append(face | {"box_xyxy": [*oval.min(0), *oval.max(0)], "landmarks": marks})
    return Photo(np.ascontiguousarray(pixels)), known | {"faces": faces}


def judge(finder: FaceFinder, photos: Path, truth: dict, each: bool, roll: float) -> None:
    """Print a row per group."""
    total, hit = defaultdict(int), defaultdict(int)
    errors = defaultdict(list)
    false = judged = doubtful = 0
    for name, known in truth.items():
        photo = read_photo(photos / name)
        if roll:
            photo, known = rolled(photo, known, roll)
        faces, used = find_in_any_turn(photo, finder, DetectionOptions())[0], set()
        for face in known["faces"]:
            matches = [
                k for k, f in enumerate(faces)
                if k not in used and is_same(f.box_xyxy, face["box_xyxy"])
            ]  # fmt: skip
            found = faces[matches[0]] if matches else None
            used.update(matches[:1])
            off = errors_of(found, face["landmarks"]) if found and face.get("landmarks") else None
            for group in groups_of(known, face):
                total[group] += 1
                hit[group] += found is not None
                if off:
                    errors[group].append(off)
            if each:
                box = [round(v) for v in face["box_xyxy"]]
                score = f"{found.score:.2f}" if found else "missed"
                print(f"  {name} {box} {face.get('view')} {score} {off and round(off[0], 1)}")
        if not known.get("crowd"):
            judged += 1
            wrong = [f for k, f in enumerate(faces) if k not in used]
            false += len(wrong)
            doubtful += sum(f.score < PROBABLE_SCORE for f in wrong)
            if each and wrong:
                print(f"  {name} false: {[(round(f.score, 2), f.box_xyxy) for f in wrong]}")
    print(
        f"{len(truth)} photos; false finds per photo {false / max(judged, 1):.3f}, of {false} {doubtful} said to be doubtful"
    )
    print(f"{'group':32} faces recall  error  p90  eyes  lips")
    for group in sorted(total, key=lambda g: (g != "all", g)):
        line = f"{group:32} {total[group]:5} {hit[group] / total[group]:6.3f}"
        if errors[group]:
            a = np.array(errors[group])
            line += f" {np.median(a[:, 0]):6.2f} {np.percentile(a[:, 0], 90):5.2f}"
            line += f" {np.median(a[:, 1]):5.2f} {np.median(a[:, 2]):5.2f}"
        print(line)


def count_false(finder: FaceFinder, folder: Path) -> None:
    """Print the finds in pictures without faces."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    scores = [
        (face.score, path.name)
        for path in paths
        for face in find_in_any_turn(read_photo(path), finder, DetectionOptions())[0]
    ]
    moving = sum(score >= PROBABLE_SCORE for score, _ in scores)
    print(
        f"{len(paths)} pictures without faces: {len(scores) / len(paths):.4f} finds per picture,"
        f" {moving / len(paths):.4f} not said to be doubtful"
    )
    print(
        "  " + ", ".join(f"{name} {score:.2f}" for score, name in sorted(scores, reverse=True)[:20])
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--without-faces", type=Path)
    parser.add_argument("--each", action="store_true", help="a line per face")
    parser.add_argument("--roll", type=float, default=0, help="degrees clockwise")
    a = parser.parse_args()
    finder = FaceFinder.load()
    judge(finder, a.photos, json.loads(a.truth.read_text()), a.each, a.roll)
    if a.without_faces:
        count_false(finder, a.without_faces)


if __name__ == "__main__":
    main()
