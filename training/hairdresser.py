"""Hair for a sitter: its outline, the opening for the face, and strands combed from a parting."""

import cv2
import numpy as np
from sitter import HEIGHT, WIDTH, Head, Looks, smooth_polygon

from nostalgia.topology import FACE_OVAL


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
