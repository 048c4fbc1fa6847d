"""The faces of the detector's collages: shrunk pictures, without doubtful labels, split by person."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from collages import FIVE, stand_in
from detector_batches import turned_away
from detector_context import held_out
from numpy.typing import NDArray

PICTURE_PX = 192
CONTEXT_HEIGHTS = 2.2
"""Side of the picture round a face of another picture than a press photo, in heights of its box."""
MOST_SPREAD = 0.05
"""Most distance between the looks of `label_looks.py`, as a share of the eyes' distance."""


def prepare(faces: Path, labels: Path, context: list[Path], looks: list[str], work: Path) -> None:
    """Shrink the face pictures, drop doubtful labels and crowds, split by person."""
    known = np.load(labels)
    names, counts, shapes = known["names"], known["counts"], known["shapes"]
    landmarks, mirrored = known["faces"][..., :2], known["mirrored"]
    height = np.ptp(landmarks[..., 1], axis=1)
    five = landmarks[:, list(FIVE)]
    eyes = np.linalg.norm(five[:, 1] - five[:, 0], axis=1)
    turned = np.abs((five[:, 2] - (five[:, 0] + five[:, 1]) / 2)[:, 0]) / np.maximum(eyes, 1)
    other = mirrored[:, [473, 468, 1, 291, 61], :2].copy()
    other[..., 0] = shapes[:, None, 1] - other[..., 0]
    doubt = np.linalg.norm(other - five, axis=2).mean(1) / np.maximum(height, 1)
    good = np.flatnonzero((counts == 1) & (doubt < 0.07) & (height > 60))
    pictures = np.zeros((len(good), PICTURE_PX, PICTURE_PX), np.uint8)
    moved = np.zeros((len(good), 478, 2), np.float32)
    for row, index in enumerate(good):
        picture = cv2.imread(str(faces / names[index]), cv2.IMREAD_GRAYSCALE)
        side = max(picture.shape)
        scale = PICTURE_PX / side
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = cv2.copyMakeBorder(
            small,
            0,
            PICTURE_PX - small.shape[0],
            0,
            PICTURE_PX - small.shape[1],
            cv2.BORDER_REPLICATE,
        )
        pictures[row], moved[row] = small, landmarks[index] * scale
    kept_back = np.array([held_out(Path(name)) for name in names[good]])
    weights = 1 + 5 * np.clip(turned[good] - 0.15, 0, 0.6)
    known_pictures = {}
    for path in context:
        known_pictures.update(json.loads(path.read_text()))
    cut = [row for path, each in known_pictures.items() for row in cut_out(path, each)]
    cut += [row for each in looks for row in looked_at(*map(Path, each.split("=")))]
    pictures = np.concatenate([pictures, [row[0] for row in cut]])
    moved = np.concatenate([moved, [row[1] for row in cut]])
    stood_in = np.concatenate([np.zeros(len(good), bool), [row[4] for row in cut]]).astype(bool)
    weights = np.concatenate([weights, [row[2] for row in cut]])
    kept_back = np.concatenate([kept_back, [row[3] for row in cut]]).astype(bool)
    work.mkdir(parents=True, exist_ok=True)
    np.save(work / "pictures.npy", pictures)
    found = {"landmarks": moved, "weights": weights, "held_out": kept_back, "stood_in": stood_in}
    np.savez(work / "faces.npz", **found)
    (work / "context.json").write_text(json.dumps(known_pictures))
    print(len(good), "faces and", len(cut), "of other pictures,", int(kept_back.sum()), "held out")


def cut_out(path: str, known: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Picture, points, weight and whether held out, of the large faces of the second teacher."""
    rows = []
    for face in known["faces"]:
        box = np.array(face["box"], np.float32)
        if face["verdict"] != "face" or face.get("landmarks") or box[3] - box[1] < 60:
            continue
        five = np.array(face["five"], np.float32)
        picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        picture = cv2.resize(picture, tuple(known["size"]), interpolation=cv2.INTER_AREA)
        small, points = square(picture, box, stand_in(box, five))
        weight = 10.0 if turned_away(five) else 2.0
        rows.append((small, points, weight, bool(known.get("held_out")), True))
    return rows


def looked_at(labels: Path, folder: Path) -> list[tuple[Any, ...]]:
    """The same for the faces that `label_looks.py` found in a folder, where its looks agree."""
    known, rows = np.load(labels), []
    each = zip(known["names"], known["faces"], known["spreads"], known["scales"], strict=True)
    for name, face, spread, scale in each:
        marks = face[:, :2] / scale
        box = np.concatenate([marks.min(0), marks.max(0)])
        if spread > MOST_SPREAD or box[3] - box[1] < 60:
            continue
        picture = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        small, points = square(picture, box, marks)
        rows.append((small, points, 1.0, held_out(Path(name)), False))
    return rows


def square(
    picture: NDArray[np.uint8], box: NDArray[np.float32], points: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The pixels round a box, and points in them."""
    scale = PICTURE_PX / float(box[3] - box[1]) / CONTEXT_HEIGHTS
    reduce = int(0.8 / scale)
    if reduce > 1:
        picture = cv2.resize(
            picture, None, fx=1 / reduce, fy=1 / reduce, interpolation=cv2.INTER_AREA
        )
    shift = PICTURE_PX / 2 - scale * (box[:2] + box[2:]) / 2
    inner = scale * max(reduce, 1)
    matrix = np.array([[inner, 0, shift[0]], [0, inner, shift[1]]])
    size = (PICTURE_PX, PICTURE_PX)
    small = cv2.warpAffine(
        picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(small, np.uint8), (points * scale + shift).astype(np.float32)
