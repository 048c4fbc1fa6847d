"""Make the performers of the driver bank: portraits of people who never were.

The face is the average of some dozens of press photos in the wanted pose (average_faces.py); those are
cropped close, so hair, neck, clothes and the studio are drawn here. Writes NAME.png (RGB, toned
like an old print), NAME.npy (its landmarks) and NAME.json (pose, how many people) for each performer.

    python training/make_performers.py PICTURES_FOLDER LABELS.npz OUT_FOLDER
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from average_faces import average, choose, load_people

from nostalgia.geometry import rotation_from_pose
from nostalgia.topology import FACE_OVAL, LEFT_BROW, LEFT_IRIS, RIGHT_BROW, RIGHT_IRIS
from nostalgia.types import HeadPose

WIDTH, HEIGHT, FACE_PX = 448, 560, 198.0
CENTRE_XY = (224.0, 226.0)


@dataclass(frozen=True)
class Looks:
    """How one performer looks. hair: tone 0..255. style: "bob", "long" or "short". cloth: tone of the clothes."""

    name: str
    pose: HeadPose
    woman: bool
    style: str
    hair: float
    cloth: float
    tint: tuple[float, float, float]
    seed: int
    people: int = 40
    parting: float = 0.0


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
    Looks("left", HeadPose(-14, 0, 0), False, "short", 52, 56, SEPIA, 4, parting=-0.12),
    Looks("right", HeadPose(14, 0, 0), True, "bob", 58, 128, SELENIUM, 5, parting=0.08),
    Looks("far-left", HeadPose(-27, 0, 0), True, "long", 46, 60, WARM, 6, parting=0.05),
    Looks("far-right", HeadPose(27, 0, 0), False, "short", 42, 52, SELENIUM, 7, parting=0.1),
)


class Head:
    """Places on a turned head, in canvas pixels, from canonical positions in face heights."""

    def __init__(self, landmarks: np.ndarray, pose: HeadPose) -> None:
        self.landmarks = landmarks
        self.turn = rotation_from_pose(pose)
        oval = landmarks[list(FACE_OVAL)]
        self.centre = (landmarks[234] + landmarks[454]) / 2
        self.scale = float(np.linalg.norm(landmarks[152] - landmarks[10]))
        self.oval = oval[:, :2]
        self.collar = float(0.45 * self.at(0, 0.6, -0.40)[0] + 0.55 * CENTRE_XY[0])
        self.cheeks = float(np.linalg.norm(landmarks[454] - landmarks[234])) / self.scale / 2

    def at(self, x: float, y: float, z: float = 0.0) -> np.ndarray:
        """Canvas x, y of a point; origin between the ears' fronts, x right, y down, z to the camera, face heights."""
        return np.asarray(self.centre[:2] + self.scale * (self.turn @ [x, y, z])[:2])

    def jaw_shadow(self, below: float, soft: float) -> np.ndarray:
        """Alpha (H, W) of the face's shadow, so many face heights below it."""
        outline = cv2.convexHull(self.oval.astype(np.int32))
        face = cv2.fillConvexPoly(np.zeros((HEIGHT, WIDTH), np.float32), outline, 1.0)
        face = np.roll(face, int(below * self.scale), 0)
        return np.asarray(cv2.GaussianBlur(face, (0, 0), soft * self.scale))


def smooth_polygon(points: np.ndarray, soft_px: float) -> np.ndarray:
    """Alpha (H, W) of a closed Catmull-Rom curve through points (N, 2), with a soft edge."""
    before, after, second = np.roll(points, 1, 0), np.roll(points, -1, 0), np.roll(points, -2, 0)
    u = np.linspace(0, 1, 12, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * points + (after - before) * u + (2 * before - 5 * points + 4 * after - second) * u**2
        + (3 * points - before - 3 * after + second) * u**3
    )  # fmt: skip
    outline = (curve.transpose(1, 0, 2).reshape(-1, 2) * 16).astype(np.int32)
    mask = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [outline], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft_px)


def strands(flow_xy: np.ndarray, seed: int, length: int = 26) -> np.ndarray:
    """Noise drawn out along a direction field (H, W, 2): locks of hair, about -1..1."""
    rng = np.random.default_rng(seed)
    fine = rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32)
    locks = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32), (0, 0), 3.0)
    locks /= locks.std()
    noise = 0.65 * fine + 1.0 * locks
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    total = np.zeros_like(noise)
    for way in (1.0, -1.0):
        px, py = x.copy(), y.copy()
        for _ in range(length):
            fx = cv2.remap(
                flow_xy[..., 0], px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            fy = cv2.remap(
                flow_xy[..., 1], px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            px, py = px + way * fx, py + way * fy
            total += cv2.remap(noise, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    total -= cv2.GaussianBlur(total, (0, 0), 14)
    return np.clip(total / (2 * total.std()), -1.5, 1.5)


def over(below: np.ndarray, alpha: np.ndarray, tone: np.ndarray | float) -> np.ndarray:
    return np.asarray(below + alpha * (tone - below))


def backdrop(rng: np.random.Generator) -> np.ndarray:
    """A painted studio cloth: light behind the sitter, darker towards the corners, faintly mottled."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    distance = np.hypot((x - 0.56 * WIDTH) / WIDTH, (y - 0.36 * HEIGHT) / HEIGHT)
    mottle = sum(
        cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32), (0, 0), s) * s
        for s in (18, 45)
    )
    return np.asarray(158 - 118 * distance**1.25 + 5.5 * mottle, np.float32)


def clothes(head: Head, looks: Looks, canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shoulders in a jacket over shirt and tie, or in a dress."""
    s, mid = head.scale, head.collar
    wide = 1.12 if looks.woman else 1.34
    top = head.landmarks[152, 1] + (0.20 if looks.woman else 0.13) * s
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    folds = cv2.GaussianBlur(
        rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32), (0, 0), sigmaX=9, sigmaY=38
    )

    def cut(corners: list[tuple[float, float]], soft_px: float = 1.3) -> np.ndarray:
        return smooth_polygon(np.array([(mid + a * s, top + b * s) for a, b in corners]), soft_px)

    def both(half: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return half + [(-a, b) for a, b in reversed(half)]

    across = (x - mid) / (wide * s)
    light = 1.10 - 0.30 * across**2 - 0.20 * across + 3.2 * folds
    sleeve = [(-wide - 0.2, 1.9), (-wide, 0.66), (-0.88 * wide, 0.42), (-0.58 * wide, 0.24)]
    if looks.woman:
        body = cut(both([*sleeve, (-0.31, 0.04), (-0.2, -0.06)]), 2.2)
        edge = cv2.GaussianBlur(body, (0, 0), 12)
        return over(canvas, body, looks.cloth * light * (0.70 + 0.35 * edge))
    shirt = both([(-0.30, -0.13), (-0.36, 0.3), (-0.06, 1.2)])
    canvas = over(canvas, cut(shirt), 178 * (0.95 + 1.5 * folds) * (1 - 0.25 * across))
    canvas = over(canvas, 0.5 * cut(both([(-0.09, 0.09), (-0.05, 0.25), (-0.12, 1.3)]), 3.0), 60)
    tie = both([(-0.075, 0.015), (-0.05, 0.16), (-0.11, 1.3)])
    canvas = over(canvas, cut(tie), 56 * (1 + 4 * folds))
    for side in (-1, 1):
        collar = [(0.285, -0.15), (0.325, -0.07), (0.235, 0.17), (0.012, 0.06), (0.14, 0.0)]
        shade = cut([(side * a, b + 0.025) for a, b in collar], 3.0)
        canvas = over(canvas, 0.4 * shade, 50)
        canvas = over(canvas, cut([(side * a, b) for a, b in collar]), 192 - 14 * side)
    for side in (-1, 1):
        front = [
            (side * a, b)
            for a, b in [
                *sleeve,
                (-0.40, 0.03),
                (-0.33, -0.07),
                (-0.24, 0.28),
                (0.0, 0.95),
                (0.05, 1.9),
            ]
        ]
        body = cut(front, 1.6)
        edge = cv2.GaussianBlur(body, (0, 0), 9)
        canvas = over(canvas, body, looks.cloth * light * (0.66 + 0.40 * edge))
        lapel = [
            (side * a, b)
            for a, b in [
                (-0.34, -0.03),
                (-0.43, 0.10),
                (-0.50, 0.30),
                (-0.40, 0.34),
                (-0.44, 0.42),
                (-0.02, 1.05),
                (-0.02, 0.95),
                (-0.245, 0.28),
            ]
        ]
        canvas = over(
            canvas,
            0.5 * cut([(a - 0.01 * side, b + 0.015) for a, b in lapel], 2.2),
            looks.cloth * 0.35,
        )
        canvas = over(canvas, 0.9 * cut(lapel), looks.cloth * (light + 0.08))
    return canvas


def neck(head: Head, looks: Looks, canvas: np.ndarray, skin: float) -> np.ndarray:
    """The neck, in the shadow of the jaw."""
    s, chin = head.scale, head.landmarks[152, 1]
    base, upper = head.collar, head.at(0, 0.30, -0.34)[0]
    middle = 0.5 * (upper + base)
    wide, flare = (0.235, 0.31) if looks.woman else (0.315, 0.36)
    y_up, y_low = chin - 0.35 * s, chin + (0.23 if looks.woman else 0.13) * s
    left = [
        (upper - wide * s, y_up),
        (middle - wide * s, chin + 0.05 * s),
        (base - flare * s, y_low),
    ]
    right = [
        (base + flare * s, y_low),
        (middle + wide * s, chin + 0.05 * s),
        (upper + wide * s, y_up),
    ]
    low = [
        (base - 0.22 * s, y_low + 0.15 * s),
        (base, y_low + 0.21 * s),
        (base + 0.22 * s, y_low + 0.15 * s),
    ]
    alpha = smooth_polygon(np.array(left + low + right), 1.8)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    across = (x - middle) / (wide * s)
    shade = 0.86 - 0.17 * across**2 - 0.08 * across
    shadow = head.jaw_shadow(0.10, 0.055)
    tendons = np.exp(-(((np.abs(across) - 0.28 - 0.25 * (chin + 0.4 * s - y) / s) / 0.10) ** 2))
    return over(canvas, alpha, skin * np.clip(shade - 0.40 * shadow + 0.03 * tendons, 0.25, 1))


def ears(head: Head, canvas: np.ndarray, skin: float) -> np.ndarray:
    """Ears of someone with short hair."""
    for side in (-1, 1):
        facing = float((head.turn @ [side, 0, 0.0])[2])
        if facing < -0.12:
            continue
        root = head.at(side * (head.cheeks - 0.005), 0.055, -0.05)
        stretch = 0.058 + 0.06 * max(0.0, facing)
        unit = head.scale * np.array([side * stretch, 0.115])
        shape = np.array(
            [
                (-0.7, -0.9),
                (0.3, -1.05),
                (1.0, -0.65),
                (0.95, 0.0),
                (0.4, 0.75),
                (-0.2, 1.05),
                (-0.8, 0.4),
            ]
        )
        canvas = over(canvas, smooth_polygon(root + shape * unit + [side * 2, 2], 3.0) * 0.4, 16)
        canvas = over(canvas, smooth_polygon(root + shape * unit, 1.4), skin * 0.66)
        inner = root + (shape * [0.72, 0.80] + [-0.08, -0.02]) * unit
        canvas = over(canvas, smooth_polygon(inner, 1.8) * 0.5, skin * 0.46)
        hollow = root + (shape * [0.40, 0.42] + [-0.25, 0.08]) * unit
        canvas = over(canvas, smooth_polygon(hollow, 1.8) * 0.55, skin * 0.30)
    return canvas


def hair_outline(head: Head, looks: Looks) -> np.ndarray:
    """Outer contour of the hair, clockwise from the image-left end."""
    half = head.cheeks
    puff = 0.09 if looks.woman else 0.035
    # The silhouette of the skull, an ellipsoid longer than wide, and nowhere inside that of the face.
    middle = head.at(0, -0.20, -0.26)
    wide = head.scale * float(
        np.hypot((half + puff) * head.turn[0, 0], (half + puff + 0.08) * head.turn[0, 2])
    )
    margin = (0.085 if looks.woman else 0.02) * head.scale
    low = min(middle[0] - wide, head.oval[:, 0].min() - margin)
    high = max(middle[0] + wide, head.oval[:, 0].max() + margin)
    angles = np.radians(np.linspace(180, 360, 15))
    x = np.where(np.cos(angles) < 0, middle[0] - low, high - middle[0]) * np.cos(angles)
    skull = np.stack([middle[0] + x, middle[1] + head.scale * (0.49 + puff) * np.sin(angles)], 1)
    ends = {
        "short": [(half + 0.025, 0.02, -0.10), (half - 0.04, 0.10, -0.02)],
        "bob": [
            (half + 0.13, 0.12, -0.16),
            (half + 0.14, 0.34, -0.16),
            (half + 0.05, 0.52, -0.16),
            (half - 0.14, 0.55, -0.16),
        ],
        "long": [
            (half + 0.12, 0.16, -0.2),
            (half + 0.14, 0.5, -0.2),
            (half + 0.16, 0.85, -0.2),
            (half - 0.10, 0.95, -0.2),
        ],
    }[looks.style]
    right = np.array([head.at(x, y, z) for x, y, z in ends])
    left = np.array([head.at(-x, y, z) for x, y, z in reversed(ends)])
    if looks.style == "short":
        for side, points in ((1, right), (-1, left)):
            if float((head.turn @ [side, 0, 0.0])[2]) < -0.12:
                points[:] = head.at(side * (half - 0.03), -0.24, 0.05) + [
                    [0, 0],
                    [-side * 4.0, 5.0],
                ]
            elif abs(head.turn[0, 2]) > 0.2:
                # The back of the head, down to the nape.
                back, front = (0.0, 0.24, -0.42), (-0.12, 0.24, -0.14)
                nape = [head.at(side * (half + a), b, c) for a, b, c in (back, front)]
                points[:] = nape if side > 0 else nape[::-1]
    else:
        right[:2, 0], left[-2:, 0] = np.maximum(right[:2, 0], high), np.minimum(left[-2:, 0], low)
    return np.concatenate([left, skull, right])


def hair_opening(head: Head, looks: Looks) -> np.ndarray:
    """Contour of the face between the hair: the face's own outline, with a hairline, open below."""
    place = {number: head.landmarks[number, :2] for number in FACE_OVAL}
    centre = head.at(0, -0.05, 0.2)
    inset = 0.95 if looks.woman else 0.985
    right = [centre + inset * (place[n] - centre) for n in (332, 284, 251, 389, 356, 454)]
    left = [centre + inset * (place[n] - centre) for n in (234, 127, 162, 21, 54, 103)]
    up = np.array([0, -0.035 * head.scale])
    peak = place[10] + up * (1.9 if looks.woman else 1.2) + [looks.parting * head.scale, 0]
    top = [place[67] + up * 0.5, place[109] + up, peak, place[338] + up, place[297] + up * 0.5]
    low = {"short": 0.12, "bob": 0.5, "long": 0.9}[looks.style]
    jaw = [centre + 1.0 * (place[n] - centre) for n in (361, 397)]
    other = [centre + 1.0 * (place[n] - centre) for n in (172, 132)]
    far = np.array([0.0, 1.6 * head.scale])
    if looks.style == "short":
        out = np.array([0.35 * head.scale, 0])
        if abs(head.turn[0, 2]) > 0.2:
            out = np.array([0.01 * head.scale, 0])
        side = [place[454] + out + [0, low * head.scale], place[454] + out + far]
        other_side = [place[234] - out + far, place[234] - out + [0, low * head.scale]]
        return np.array([*left, *top, *right, *side, *other_side])
    base = [head.at(0.17, 0.55, -0.05) + far, head.at(-0.17, 0.55, -0.05) + far]
    return np.array([*left, *top, *right, *jaw, *base, *other])


def hair(head: Head, looks: Looks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Alpha of all hair, alpha of the opening for the face, and the hair's tones (H, W)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    part = head.landmarks[10, :2] + [looks.parting * head.scale, -0.05 * head.scale]
    dx, dy = (x - part[0]) / head.scale, (y - part[1]) / head.scale
    # Combed from the parting to both sides, then falling: the angle below the horizontal grows with the way.
    way = np.abs(dx)
    if looks.woman:
        fall = np.radians(np.clip(-25 + 260 * way + 45 * np.clip(dy, 0, 1), -25, 88))
    else:
        fall = np.radians(np.clip(-40 + 190 * way + 60 * np.clip(dy, -0.2, 1), -55, 85))
    flow = np.stack([np.sign(dx + 1e-6) * np.cos(fall), np.sin(fall)], -1)
    texture = strands(cv2.GaussianBlur(flow.astype(np.float32), (0, 0), 2.0), looks.seed)
    middle = head.at(0, -0.12, -0.1)
    radius = np.hypot((x - middle[0]) / 0.85, y - middle[1])
    angle = np.arctan2(y - middle[1], x - middle[0])
    shine = np.exp(-(((angle + 2.15) / 0.6) ** 2)) + 0.55 * np.exp(-(((angle + 0.85) / 0.5) ** 2))
    crease = 1 - 0.45 * np.exp(-((dx / 0.018) ** 2)) * (dy < 0.02) * (dy > -0.22)
    outer = smooth_polygon(hair_outline(head, looks), 1.0)
    ragged = cv2.GaussianBlur(outer, (0, 0), 3.0)
    outer = np.clip((ragged - 0.5 + 0.16 * texture) / 0.30 + 0.5, 0, 1)
    rim = cv2.GaussianBlur(outer, (0, 0), 9)
    band = np.exp(-(((radius / head.scale - 0.56) / 0.12) ** 2))
    gloss = 1.25 * shine * band * (0.75 + 0.5 * texture)
    tone = (
        looks.hair
        * (0.70 + 0.40 * texture * (0.5 + 0.5 * band) + gloss)
        * (0.55 + 0.50 * rim)
        * crease
    )
    opening = smooth_polygon(hair_opening(head, looks), 2.0)
    soft = cv2.GaussianBlur(opening, (0, 0), 4.0 if looks.woman else 6.0)
    opening = np.clip((soft - 0.5 + 0.13 * texture) / 0.5 + 0.5, 0, 1)
    return (
        cv2.GaussianBlur(outer, (0, 0), 0.9),
        cv2.GaussianBlur(opening, (0, 0), 0.9),
        np.maximum(tone, 14),
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
    grain = cv2.GaussianBlur(rng.normal(size=canvas.shape).astype(np.float32), (0, 0), 0.8) * 3.4
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
