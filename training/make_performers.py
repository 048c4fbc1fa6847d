"""Make the performers of the driver bank: portraits of people who never were.

The face is the average of a dozen or two of press photos in the wanted pose (average_faces.py);
those are cropped close, so forehead, ears and neck (anatomy.py), hair (hairdresser.py,
hair_painting.py), clothes (wardrobe.py) and the studio (studio.py) are drawn.
Writes NAME.png (RGB, toned like an old print), NAME.npy (its landmarks) and NAME.json (pose, how
many people) for each performer of casting_call.py.

    python training/make_performers.py PICTURES_FOLDER LABELS.npz OUT_FOLDER [NAME...]
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
from anatomy import SKIN_HUE, ears, face_alpha, forehead, neck
from average_faces import average, choose, load_people
from casting_call import LOOKS
from hair_painting import moustache, paint_hair
from hairdresser import grow
from sitter import (
    CENTRE_XY,
    FACE_PX,
    HEIGHT,
    WIDTH,
    Canvas,
    Head,
    Looks,
    grid,
    smooth_polygon,
    stroke,
)
from studio import backdrop, develop
from wardrobe import dress

from nostalgia.faces.topology import LEFT_BROW, LEFT_IRIS, RIGHT_BROW, RIGHT_IRIS

FEATURES = (
    LEFT_BROW,
    RIGHT_BROW,
    (33, 159, 133, 145),
    (263, 386, 362, 374),
    (61, 0, 291, 17),
)


def sharpened(face: np.ndarray, features: np.ndarray, age: float) -> np.ndarray:
    """Give the average back the crispness that averaging took: more at eyes and brows, and to the old."""
    soft = cv2.GaussianBlur(face, (0, 0), 1.2)
    middle = soft - cv2.GaussianBlur(face, (0, 0), 3.5)
    gain = 0.55 + 0.45 * max(age, 0) - 0.25 * max(-age, 0) * (1 - features)
    return np.asarray(
        face + (1.0 + 0.5 * features) * (face - soft) + (gain + 0.25 * features) * middle
    )


def carried_on(face: np.ndarray, head: Head) -> tuple[np.ndarray, np.ndarray]:
    """The face (H, W) without holes, and skin (H, W): its tones carried on beyond its outline."""
    known = head.within(5.0, 0.8) * np.isfinite(face)
    filled = np.nan_to_num(face, nan=0.0).astype(np.float32)
    skin = np.zeros_like(filled)
    for soft in (60, 22, 9, 4):
        weight = cv2.GaussianBlur(known.astype(np.float32), (0, 0), soft)
        mean = cv2.GaussianBlur((filled * known).astype(np.float32), (0, 0), soft)
        trust = np.clip(weight / 0.05, 0, 1)
        skin = skin + trust * (mean / np.maximum(weight, 1e-4) - skin)
    whole = np.where(np.isfinite(face), filled, skin).astype(np.float32)
    yaw = float(np.degrees(np.arcsin(head.turn[0, 2])))
    if abs(yaw) > 18:
        # At the far cheek the triangles are thin and the average is speckled.
        calm = cv2.GaussianBlur(cv2.medianBlur(whole, 5), (0, 0), 1.2)
        far = np.sign(yaw) * (grid()[0] - head.landmarks[4, 0]) / head.scale
        whole = whole + np.clip(far / 0.05 + 0.6, 0, 1) * (calm - whole)
    return whole + (1 - head.within(3.5, 2.0)) * (skin - whole), skin


LINES = (
    (0.17, (129, 203, 206, 216, 212)),
    (0.17, (358, 423, 426, 436, 432)),
    (0.13, (61, 202, 204)),
    (0.13, (291, 422, 424)),
    (0.13, (111, 117, 118, 119, 120)),
    (0.13, (340, 346, 347, 348, 349)),
    (0.10, (130, 35, 143)),
    (0.10, (359, 265, 372)),
    (0.10, (226, 113, 156)),
    (0.10, (446, 342, 383)),
    (0.08, (68, 69, 108, 151, 337, 299, 298)),
    (0.07, (63, 105, 66, 9, 296, 334, 293)),
)
"""Lines of age: depth, landmarks along them."""


def aged(face: np.ndarray, head: Head, age: float) -> np.ndarray:
    """The face with the lines that averaging took from the old: a shadow, and a fold's light beside."""
    for depth, course in LINES:
        points = head.landmarks[list(course), :2].astype(np.float64)
        face = face * (1 - age * depth * stroke(points, 2, 1.9))
        face = face * (1 + 0.4 * age * depth * stroke(points + [1.5, -4.0], 3, 2.6))
    return face


def catchlights(head: Head, canvas: Canvas) -> None:
    """The studio's window in both eyes: an average has none."""
    x, y = grid()
    for iris in (LEFT_IRIS, RIGHT_IRIS):
        points = head.landmarks[list(iris), :2]
        radius = float(np.linalg.norm(points[1:] - points[0], axis=1).mean())
        canvas.shade(
            0.28 * np.exp(-((np.hypot(x - points[0, 0], y - points[0, 1]) / (0.42 * radius)) ** 4))
        )
        px, py = points[0] + [-0.28 * radius, -0.38 * radius]
        away = np.hypot(x - px, y - py) / (0.19 * radius)
        canvas.paint(0.62 * np.exp(-(away**2) / 2), 235, (1.0, 1.0, 1.0))


def make_up(head: Head, looks: Looks, canvas: Canvas) -> None:
    """Light from the window's side, and, on a coloured print, lips and cheeks."""
    x, _ = grid()
    away = (x - head.at(0, 0.1, 0.3)[0]) / (0.45 * head.scale)
    canvas.shade(head.within(0.0, 8.0) * (0.05 + 0.11 * np.clip(away, -1, 1)))
    depth = cv2.distanceTransform((head.face > 0).astype(np.uint8), cv2.DIST_L2, 5)
    low = 1 / (1 + np.exp((head.at(0, 0.30, 0.2)[1] - grid()[1]) / (0.06 * head.scale)))
    canvas.shade(0.34 * np.exp(-depth / (0.045 * head.scale)) * (head.face > 0) * low)
    if looks.coloured:
        lips = smooth_polygon(head.landmarks[[61, 37, 0, 267, 291, 314, 17, 84], :2], 1.6)
        canvas.paint(0.6 * lips, canvas.tone, (1.18, 0.90, 0.86))
        for number in (50, 280):
            px, py = head.landmarks[number, :2]
            glow = np.exp(-(((x - px) ** 2 + (grid()[1] - py) ** 2) / (0.10 * head.scale) ** 2))
            canvas.paint(0.35 * glow, canvas.tone, (1.18, 0.92, 0.86))


def portrait(looks: Looks, averaged: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The whole picture: RGB uint8 (HEIGHT, WIDTH, 3)."""
    rng = np.random.default_rng(looks.seed)
    head = Head(landmarks, looks.pose)
    face, skin_tones = carried_on(averaged, head)
    features = np.zeros_like(face, dtype=np.float32)
    for group in FEATURES:
        hull = cv2.convexHull(landmarks[list(group), :2].astype(np.int32))
        cv2.fillConvexPoly(features, hull, 1.0)
    face = sharpened(face, cv2.GaussianBlur(features, (0, 0), 6), looks.age)
    depth = cv2.distanceTransform((head.face > 0).astype(np.uint8), cv2.DIST_L2, 5)
    low = 1 / (1 + np.exp((head.at(0, 0.36, 0.2)[1] - grid()[1]) / 6.0))
    face = face + low * np.exp(-((depth / 7.0) ** 4)) * (cv2.GaussianBlur(face, (0, 0), 3.2) - face)
    if looks.age > 0:
        face = aged(face, head, looks.age)
        for brow in (LEFT_BROW, RIGHT_BROW):
            hull = cv2.convexHull(landmarks[list(brow), :2].astype(np.float32))[:, 0]
            face = face + 0.30 * smooth_polygon(hull, 2.5) * (skin_tones - face)
    cheeks = landmarks[[50, 280, 205, 425], :2].astype(int)
    skin = float(np.mean([face[y - 4 : y + 4, x - 4 : x + 4].mean() for x, y in cheeks]))
    behind, middle, before = paint_hair(head, grow(looks), looks)
    hair_hue = (1.04, 0.99, 0.93) if looks.hair < 110 else (1.0, 1.0, 1.0)
    canvas = backdrop(looks, rng)
    canvas.paint(behind.alpha, behind.tone, hair_hue)
    neck(head, looks, canvas, skin)
    dress(head, looks, canvas, rng)
    forehead(head, canvas, skin_tones)
    canvas.paint(middle.alpha, middle.tone, hair_hue)
    ears(head, canvas, skin)
    canvas.paint(face_alpha(head), face, SKIN_HUE)
    make_up(head, looks, canvas)
    shadow = cv2.GaussianBlur(before.alpha, (0, 0), 5)
    canvas.shade(0.35 * shadow * (1 - before.alpha) * head.within(0.0, 4.0))
    canvas.paint(before.alpha, before.tone, hair_hue)
    if looks.beard:
        whiskers = moustache(head, looks)
        canvas.paint(whiskers.alpha * head.within(2.0, 1.0), whiskers.tone, hair_hue)
    catchlights(head, canvas)
    return develop(canvas, looks, rng)


def main() -> None:
    folder, labels, out = (Path(p) for p in sys.argv[1:4])
    only = set(sys.argv[4:])
    out.mkdir(parents=True, exist_ok=True)
    people = load_people(labels)
    for looks in LOOKS:
        if only and looks.name not in only:
            continue
        chosen = choose(
            people, looks.pose, looks.woman, looks.people, looks.seed, looks.age, folder
        )
        face, _, landmarks = average(
            people, chosen, folder, looks.pose, (WIDTH, HEIGHT), FACE_PX, CENTRE_XY
        )
        picture = portrait(looks, face, landmarks)
        cv2.imwrite(str(out / f"{looks.name}.png"), picture[..., ::-1])
        facts = {"people": len(chosen), "pose": [looks.pose.yaw, looks.pose.pitch, looks.pose.roll]}
        (out / f"{looks.name}.json").write_text(json.dumps(facts) + "\n")
        np.save(out / f"{looks.name}.npy", landmarks)
        print(looks.name, len(chosen), "people")


if __name__ == "__main__":
    main()
