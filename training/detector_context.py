"""Whole pictures in which both teachers say where faces are, for the training of the detector.

`detector_teacher.py` finds profiles, bowed heads and covered faces that MediaPipe misses. Its finds
are brought to our box (forehead to chin) by a rule learned from the faces that both know. Doubtful
ones are not judged in training, and the sure ones in pictures of animals and things were looked at
by eye: `detector_review.json` names those that are none, or unsure.

    python training/detector_context.py learn RULE.npz SECOND.npz LABELS.npz
    python training/detector_context.py join OUT.json RULE.npz SECOND.npz... \
        [--labels LABELS.npz] [--context CONTEXT.json] [--plain]
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.geometry import intersection_over_union

Float = NDArray[np.float32]
REVIEW = Path(__file__).with_name("detector_review.json")
LARGEST_SIDE_PX = 700
SURE, SEEN, SEEN_IN_PLAIN = 0.85, 0.5, 0.65
"""Score of a face, and of a place that may be one and is not judged."""
SMALLEST_PX = 14


def _same(box: Float, known: Float) -> bool:
    """Whether a find is a known face, or lies inside it."""
    sides = np.minimum(box[2:], known[2:]) - np.maximum(box[:2], known[:2])
    inside = float(np.prod(np.maximum(sides, 0))) / max(float(np.prod(box[2:] - box[:2])), 1e-6)
    return inside > 0.6 or intersection_over_union(box, known) > 0.25


def features(boxes: Float, points: Float) -> Float:
    """What the rule sees of a find, mirrored so that the nose is right of the eyes: (N, 8)."""
    size = boxes[:, 2:] - boxes[:, :2]
    placed = (points - boxes[:, None, :2]) / size[:, None] - 0.5
    turn = placed[:, 2, 0] - placed[:, :2, 0].mean(1)
    apart = placed[:, 1, 0] - placed[:, 0, 0]
    eyes, nose, mouth = placed[:, :2, 1].mean(1), placed[:, 2, 1], placed[:, 3:, 1].mean(1)
    one = np.ones(len(boxes))
    slim = size[:, 0] / size[:, 1]
    return np.stack([one, np.abs(turn), apart, eyes, nose, mouth, slim, turn**2], 1)


def learn(second: Any, labels: Any) -> Float:
    """Least squares from `features` to our box: (8, 4), for faces whose nose is right of the eyes."""
    by_name = {name: number for number, name in enumerate(labels["names"])}
    boxes, points, ours = [], [], []
    for number, box, five in zip(second["picture"], second["boxes"], second["points"], strict=True):
        name = Path(str(second["paths"][number])).name
        row = by_name.get(name)
        if row is None or labels["counts"][row] != 1:
            continue
        marks = labels["faces"][row][:, :2]
        known = np.concatenate([marks.min(0), marks.max(0)])
        if intersection_over_union(known, box) > 0.45:
            boxes.append(box), points.append(five), ours.append(known)
    box, five, known = np.array(boxes), np.array(points), np.array(ours)
    size = np.tile(box[:, 2:] - box[:, :2], 2)
    wanted = (known - box) / size
    left = _looks_left(five)
    wanted[left] = wanted[left][:, [2, 1, 0, 3]] * [-1, 1, -1, 1]
    seen = features(box, five)
    turned = 1 + 8 * np.clip(seen[:, 1], 0, 0.4)
    rule = np.linalg.lstsq(seen * turned[:, None], wanted * turned[:, None], rcond=None)[0]
    error = np.abs(seen @ rule - wanted)
    print(len(box), "faces; mean error of left, top, right, bottom", error.mean(0).round(3))
    return np.asarray(rule, np.float32)


def _looks_left(points: Float) -> NDArray[np.bool_]:
    return points[:, 2, 0] < points[:, :2, 0].mean(1)


def our_boxes(rule: Float, boxes: Float, points: Float) -> Float:
    """Boxes of the second teacher in our convention."""
    if not len(boxes):
        return boxes
    moved = np.clip(features(boxes, points) @ rule, -0.4, 0.4)
    left = _looks_left(points)
    moved[left] = moved[left][:, [2, 1, 0, 3]] * [-1, 1, -1, 1]
    return np.asarray(boxes + moved * np.tile(boxes[:, 2:] - boxes[:, :2], 2), np.float32)


def held_out(path: Path) -> bool:
    """One in 20 people of the press photos, or one in 20 pictures, by name."""
    person = path.stem.rsplit("_", 1)[0]
    return int(hashlib.sha256(person.encode()).hexdigest(), 16) % 20 == 0


def _known(path: Path, labels: Any, context: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What the first teacher says of a picture: faces with landmarks, and boxes not to judge."""
    faces, rows = [], labels
    if path.name in rows and rows[path.name][1] == 1:
        marks = rows[path.name][0]
        box = np.concatenate([marks.min(0), marks.max(0)])
        faces.append({"box": box.tolist(), "landmarks": marks.tolist(), "verdict": "face"})
    return faces, context.get(str(path), {}).get("faces", [])


def join(
    rule: Float,
    seconds: list[Any],
    labels: dict[str, Any],
    context: dict[str, Any],
    plain: bool = False,
    every: int = 1,
) -> dict[str, Any]:
    """Per picture: its size, and the faces, traps and doubtful places in it."""
    review = json.loads(REVIEW.read_text())
    out: dict[str, Any] = {}
    for second in seconds:
        order = np.argsort(second["picture"], kind="stable")
        starts = np.searchsorted(second["picture"][order], np.arange(len(second["paths"]) + 1))
        for number, name in enumerate(second["paths"]):
            path, rows = Path(str(name)), order[starts[number] : starts[number + 1]]
            picture = cv2.imread(str(path))
            if picture is None:
                continue
            high, wide = picture.shape[:2]
            scale = 500 / max(high, wide) if max(high, wide) > LARGEST_SIDE_PX else 1.0
            faces, known = _known(path, labels, context)
            faces = [*faces, *known]
            scale_known = 1.0 if known else scale
            for face in faces:
                face["box"] = [v * scale_known for v in face["box"]]
                if face.get("landmarks"):
                    face["landmarks"] = (np.array(face["landmarks"]) * scale_known).tolist()
            largest = np.argsort(-np.ptp(second["boxes"][rows][:, 1::2], axis=1), kind="stable")
            rows = rows[largest]
            boxes = our_boxes(rule, second["boxes"][rows], second["points"][rows]) * scale
            for row, box in zip(rows, boxes, strict=True):
                score, agreed = float(second["scores"][row]), float(second["agreed"][row])
                if any(_same(box, np.array(face["box"])) for face in faces):
                    continue  # or an eye of it: that is a mistake of the second teacher
                if score < SEEN_IN_PLAIN and (plain or (score < SEEN and agreed < 1)):
                    continue
                sure = score > SURE and agreed >= 1 and box[3] - box[1] > SMALLEST_PX
                verdict = "face" if sure else "unsure"
                verdict = review.get(f"{path.name}:{int(box[0])}", verdict)
                five = second["points"][row] * scale
                faces.append(
                    {
                        "box": [round(float(v), 1) for v in box],
                        "five": np.round(five, 1).tolist(),
                        "score": round(score, 3),
                        "verdict": verdict,
                    }
                )
            size = [round(wide * scale), round(high * scale)]
            fresh = any(face["verdict"] == "face" and "five" in face for face in faces)
            if number % every and not fresh:
                continue
            out[str(path)] = {"size": size, "faces": faces, "held_out": held_out(path)}
    return out


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["learn", "join"])
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--context", type=Path)
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        help="of pictures that teach nothing new, keep one in so many",
    )
    parser.add_argument("--plain", action="store_true", help="pictures that hold hardly any faces")
    asked = parser.parse_args()
    if asked.step == "learn":
        np.savez(asked.out, rule=learn(*(dict(np.load(path)) for path in asked.files)))
        return
    labels: dict[str, Any] = {}
    if asked.labels:
        known = np.load(asked.labels)
        marks = known["faces"][..., :2]
        labels = dict(zip(known["names"], zip(marks, known["counts"], strict=True), strict=True))
    context = json.loads(asked.context.read_text()) if asked.context else {}
    rule = np.load(asked.files[0])["rule"]
    seconds = [dict(np.load(path)) for path in asked.files[1:]]
    joined = join(rule, seconds, labels, context, asked.plain, asked.every)
    asked.out.write_text(json.dumps(joined))
    verdicts = [face["verdict"] for each in joined.values() for face in each["faces"]]
    print(len(joined), "pictures", {v: verdicts.count(v) for v in sorted(set(verdicts))})


if __name__ == "__main__":
    main()
