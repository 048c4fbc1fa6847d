"""Heads turned further than their photos show them, for the training of the detector.

Photos of profiles are rare. A face whose landmarks are known is turned as a relief by up to 85
degrees: its depth comes from the teacher, that of hair, ears and neck falls off behind the outline of
the face. What the turn uncovers stays empty, so the result is a picture with its own silhouette.

    python training/detector_turned.py PICTURES_FOLDER LABELS.npz OUT.npz [--number 2500]
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from detector_context import held_out
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator

Float = NDArray[np.float32]
SIDE_PX, FINE = 192, 2
HEIGHT_PX = 84
"""Height of the face in the picture."""
REACH = (0.08, 0.4)
"""How far hair, ears and neck reach beyond the outline of the face, in face heights: any between."""
GAP_PX = 4
"""A pixel that lies so far behind all those round it shows through a gap."""


def depth_map(landmarks: Float, reach: float) -> tuple[Float, NDArray[np.bool_]]:
    """Depth of every fine pixel, and which belong to the head."""
    side = SIDE_PX * FINE
    face = landmarks[:468].astype(np.float64) * FINE
    hull = cv2.convexHull(face[:, :2].astype(np.float32))
    inner = np.zeros((side, side), np.uint8)
    cv2.fillPoly(inner, [np.round(hull).astype(np.int32)], 1)
    rows, columns = np.nonzero(inner)
    known = LinearNDInterpolator(face[:, :2], face[:, 2])(np.stack([columns, rows], 1))
    depth = np.full((side, side), np.nan)
    depth[rows, columns] = known
    inner = np.isfinite(depth)
    away, nearest = cv2.distanceTransformWithLabels(
        (~inner).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rim = np.zeros(nearest.max() + 1)
    rim[nearest[inner]] = depth[inner]
    high = HEIGHT_PX * FINE
    beyond = away / high
    outer = rim[nearest] - high * (1.3 * beyond + 0.9 * beyond**2)
    return np.where(inner, depth, outer).astype(np.float32), beyond < reach


def turn(
    picture: NDArray[np.uint8], landmarks: Float, degrees: float, nod: float, reach: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Float]:
    """A head turned by an angle to the right of the picture, and bowed: pixels, alpha, landmarks."""
    depth, head = depth_map(landmarks, reach)
    side = SIDE_PX * FINE
    fine = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.nonzero(head)
    points = np.stack([columns, rows, depth[rows, columns]], 1).astype(np.float64) / FINE
    middle = landmarks.mean(0).astype(np.float64)
    middle[2] -= 0.35 * HEIGHT_PX
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    cn, sn = np.cos(np.radians(nod)), np.sin(np.radians(nod))
    matrix = np.array([[1, 0, 0], [0, cn, sn], [0, -sn, cn]]) @ np.array(
        [[c, 0, s], [0, 1, 0], [-s, 0, c]]
    )
    back = np.array([SIDE_PX / 2, SIDE_PX / 2, 0])
    placed = (points - middle) @ matrix.T + back
    pixels, nearest = np.zeros((SIDE_PX, SIDE_PX)), np.full((SIDE_PX, SIDE_PX), -999.0)
    order = np.argsort(placed[:, 2], kind="stable")
    x, y = np.round(placed[order, 0]).astype(int), np.round(placed[order, 1]).astype(int)
    inside = (x >= 0) & (x < SIDE_PX) & (y >= 0) & (y < SIDE_PX)
    x, y, order = x[inside], y[inside], order[inside]
    pixels[y, x] = fine[rows[order], columns[order]]
    nearest[y, x] = placed[order, 2]
    shown = cv2.morphologyEx(nearest, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    alpha = ((nearest > -999) & (nearest > shown - GAP_PX)).astype(np.uint8)
    closed = cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    holes = ((closed > 0) & (alpha == 0)).astype(np.uint8)
    grey = cv2.inpaint(pixels.clip(0, 255).astype(np.uint8), holes, 3, cv2.INPAINT_TELEA)
    moved = (landmarks - middle) @ matrix.T + back
    soft = cv2.GaussianBlur(closed.astype(np.float32) * 255, (0, 0), 1.0)
    return np.asarray(grey, np.uint8), soft.astype(np.uint8), moved[:, :2].astype(np.float32)


def shrunk(picture: NDArray[np.uint8], face: Float) -> tuple[NDArray[np.uint8], Float]:
    """A square of `SIDE_PX` with the face in its middle."""
    scale = HEIGHT_PX / float(np.ptp(face[:, 1]))
    middle = (face.min(0) + face.max(0))[:2] / 2
    shift = SIDE_PX / 2 - scale * middle
    if scale < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.35 / scale)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    small = cv2.warpAffine(
        picture, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(small, np.uint8), (face * scale + [*shift, 0]).astype(np.float32)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--number", type=int, default=2500)
    asked = parser.parse_args()
    rng, labels = np.random.default_rng(5), dict(np.load(asked.labels))
    rows = np.flatnonzero((labels["counts"] == 1) & (np.ptp(labels["faces"][..., 1], axis=1) > 70))
    pictures, alphas, marks, kept_back = [], [], [], []
    for row in rng.permutation(rows)[: asked.number]:
        name = str(labels["names"][row])
        picture = cv2.imread(str(asked.folder / name), cv2.IMREAD_GRAYSCALE)
        small, face = shrunk(picture, labels["faces"][row])
        eyes, nose = face[[468, 473]].mean(0), face[1]
        leaning = np.degrees(np.arctan2(nose[0] - eyes[0], nose[2] - eyes[2] + HEIGHT_PX * 0.12))
        wanted = rng.uniform(45, 88) * (
            np.sign(leaning) if abs(leaning) > 8 else rng.choice([-1, 1])
        )
        reach, nod = rng.uniform(*REACH), rng.normal(8, 12)
        seen, alpha, points = turn(small, face, float(wanted - leaning), float(nod), float(reach))
        pictures.append(seen), alphas.append(alpha), marks.append(points)
        kept_back.append(held_out(Path(name)))
    np.savez(
        asked.out,
        pictures=np.array(pictures),
        alphas=np.array(alphas),
        landmarks=np.array(marks),
        held_out=np.array(kept_back),
    )


if __name__ == "__main__":
    main()
