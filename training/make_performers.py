"""Make the performers of the driver bank: portraits of people who never were.

The face is the average of some dozens of press photos in the wanted pose (average_faces.py); those
are cropped close, so hair (hairdresser.py), neck, clothes and the studio (wardrobe.py) are drawn.
Writes NAME.png (RGB, toned like an old print), NAME.npy (its landmarks) and NAME.json (pose, how
many people) for each performer.

    python training/make_performers.py PICTURES_FOLDER LABELS.npz OUT_FOLDER [NAME...]
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
from average_faces import average, choose, load_people
from hairdresser import hair
from sitter import CENTRE_XY, FACE_PX, HEIGHT, WIDTH, Head, Looks, over, smooth_polygon
from wardrobe import backdrop, clothes, ears, neck

from nostalgia.topology import LEFT_BROW, LEFT_IRIS, RIGHT_BROW, RIGHT_IRIS
from nostalgia.types import HeadPose

SEPIA, WARM, NEUTRAL, SELENIUM = (
    (1.05, 0.99, 0.86),
    (1.04, 1.0, 0.92),
    (1.01, 1.0, 0.97),
    (1.03, 0.985, 0.95),
)
LOOKS = (
    Looks("front", HeadPose(0, 0, 0), True, "bob", 44, 62, SEPIA, 1, parting=-0.10),
    Looks("front-low", HeadPose(0, -7, 0), True, "long", 60, 150, WARM, 2, parting=0.0),
    Looks("front-high", HeadPose(0, 8, 0), False, "short", 46, 48, NEUTRAL, 3, parting=0.12),
    Looks("left", HeadPose(-14, 0, 0), False, "short", 84, 56, SEPIA, 4, parting=-0.12),
    Looks("right", HeadPose(14, 0, 0), True, "bob", 88, 128, SELENIUM, 5, parting=0.08),
    Looks("far-left", HeadPose(-27, 0, 0), True, "long", 46, 60, WARM, 6, parting=0.05),
    Looks("far-right", HeadPose(27, 0, 0), False, "short", 42, 52, SELENIUM, 7, parting=0.1),
)


def sharpened(face: np.ndarray, brows_and_eyes: np.ndarray) -> np.ndarray:
    """Give the average back the crispness that averaging took, more at eyes and brows."""
    fine = face - cv2.GaussianBlur(face, (0, 0), 1.2)
    middle = cv2.GaussianBlur(face, (0, 0), 1.2) - cv2.GaussianBlur(face, (0, 0), 3.5)
    return np.asarray(
        face + (1.1 + 0.5 * brows_and_eyes) * fine + (0.55 + 0.25 * brows_and_eyes) * middle
    )


def catchlights(head: Head, canvas: np.ndarray) -> np.ndarray:
    """The studio's window in both eyes: an average has none."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    for iris in (LEFT_IRIS, RIGHT_IRIS):
        points = head.landmarks[list(iris), :2]
        radius = float(np.linalg.norm(points[1:] - points[0], axis=1).mean())
        px, py = points[0] + [-0.28 * radius, -0.38 * radius]
        canvas = over(
            canvas,
            0.62 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * (0.19 * radius) ** 2)),
            235,
        )
        dark = np.hypot(x - points[0, 0], y - points[0, 1]) / radius
        canvas = canvas * (1 - 0.28 * np.exp(-((dark / 0.42) ** 4)))
    return canvas


def portrait(
    looks: Looks, face: np.ndarray, reach: np.ndarray, landmarks: np.ndarray
) -> np.ndarray:
    """The whole picture: RGB uint8 (HEIGHT, WIDTH, 3)."""
    rng = np.random.default_rng(looks.seed)
    head = Head(landmarks, looks.pose)
    known = np.clip(
        (cv2.GaussianBlur(np.minimum(reach, 1).astype(np.float32), (0, 0), 3) - 0.25) / 0.5, 0, 1
    )
    known *= np.isfinite(face)
    filled = np.nan_to_num(face, nan=0.0).astype(np.float32)
    spread = cv2.GaussianBlur(filled * known, (0, 0), 9) / np.maximum(
        cv2.GaussianBlur(known, (0, 0), 9), 1e-3
    )
    face = (known * filled + (1 - known) * spread).astype(np.float32)
    features = np.zeros_like(face)
    for group in (
        LEFT_BROW,
        RIGHT_BROW,
        (33, 159, 133, 145),
        (263, 386, 362, 374),
        (61, 0, 291, 17),
    ):
        hull = cv2.convexHull(landmarks[list(group), :2].astype(np.int32))
        cv2.fillConvexPoly(features, hull, 1.0)
    face = sharpened(face, cv2.GaussianBlur(features, (0, 0), 6))
    cheeks = landmarks[[50, 280, 205, 425], :2].astype(int)
    skin = float(np.mean([face[y - 4 : y + 4, x - 4 : x + 4].mean() for x, y in cheeks]))
    canvas = backdrop(rng)
    outer, opening, tone = hair(head, looks)
    if looks.woman:
        canvas = over(canvas, outer, tone * 0.8)
    if looks.woman:
        canvas = neck(head, looks, clothes(head, looks, canvas, rng), skin)
    else:
        canvas = clothes(head, looks, neck(head, looks, canvas, skin), rng)
        low = np.mgrid[:HEIGHT, :WIDTH][0] - head.landmarks[152, 1]
        canvas *= 1 - 0.42 * head.jaw_shadow(0.17, 0.04) / (1 + np.exp(-(low - 2.0) / 3.0))
    oval = smooth_polygon(head.oval, 2.4)
    brow_line = head.at(0, -0.05, 0.1)[1]
    y = np.mgrid[:HEIGHT, :WIDTH][0]
    above = 1 / (1 + np.exp((y - brow_line) / 12.0))
    inside = np.clip((cv2.GaussianBlur(known, (0, 0), 6) - 0.55) / 0.45, 0, 1)
    face_alpha = np.maximum(oval, above * inside * outer)
    rounding = cv2.GaussianBlur(oval, (0, 0), 13)
    canvas = over(canvas, face_alpha, face * (0.80 + 0.20 * rounding))
    canvas = over(canvas, outer * (1 - opening), tone)
    if not looks.woman:
        canvas = ears(head, canvas, skin)
    canvas = catchlights(head, canvas)
    canvas = cv2.GaussianBlur(canvas.astype(np.float32), (0, 0), 0.55)
    vignette = (
        1
        - 0.22 * (np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] / [[[HEIGHT]], [[WIDTH]]] - 0.5)) / 0.7) ** 3
    )
    grain = cv2.GaussianBlur(rng.normal(size=canvas.shape).astype(np.float32), (0, 0), 0.8) * 2.2
    grey = np.clip((canvas + grain * (0.4 + 0.6 * canvas / 255)) * vignette, 0, 255)
    grey = 10 + 245 * (0.5 + 0.5 * np.tanh(2.3 * (grey / 255 - 0.47)) / np.tanh(1.15))
    return np.clip(grey[..., None] * np.array(looks.tint), 0, 255).astype(np.uint8)


def main() -> None:
    folder, labels, out = (Path(p) for p in sys.argv[1:4])
    only = set(sys.argv[4:])
    out.mkdir(parents=True, exist_ok=True)
    people = load_people(labels)
    for looks in LOOKS:
        if only and looks.name not in only:
            continue
        chosen = choose(people, looks.pose, looks.woman, looks.people, looks.seed)
        face, reach, landmarks = average(
            people, chosen, folder, looks.pose, (WIDTH, HEIGHT), FACE_PX, CENTRE_XY
        )
        picture = portrait(looks, face, reach, landmarks)
        cv2.imwrite(str(out / f"{looks.name}.png"), picture[..., ::-1])
        facts = {"people": len(chosen), "pose": [looks.pose.yaw, looks.pose.pitch, looks.pose.roll]}
        (out / f"{looks.name}.json").write_text(json.dumps(facts) + "\n")
        np.save(out / f"{looks.name}.npy", landmarks)
        print(looks.name, len(chosen), "people")


if __name__ == "__main__":
    main()
