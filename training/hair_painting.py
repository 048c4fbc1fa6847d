"""Light and draw strands of hair: Kajiya-Kay highlights, nearest strand last.

J. T. Kajiya, T. L. Kay, "Rendering Fur with Three Dimensional Textures", SIGGRAPH 1989.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from hairdresser import STYLES, Hair, hairline
from scipy.interpolate import LinearNDInterpolator
from sitter import HEIGHT, LIGHT, WIDTH, Head, Looks

FINER = 2
SOFT_PX = 0.8
KICKER = np.array([0.80, -0.45, 0.40])
"""Towards a small lamp behind the sitter's other side, which parts dark hair from the cloth."""
_SHIFT = 3


@dataclass(frozen=True)
class Painted:
    """A layer of hair: alpha (H, W) 0..1 and tone (H, W) 0..255."""

    alpha: np.ndarray
    tone: np.ndarray


def face_depth(head: Head) -> np.ndarray:
    """Depth (H, W) in px of the face's surface; -inf beside it."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    points = head.landmarks[:468]
    depth = LinearNDInterpolator(points[:, :2], points[:, 2] - head.centre[2], fill_value=-np.inf)
    return np.asarray(depth(x, y))


def lit(head: Head, hair: Hair, looks: Looks, rng: np.random.Generator) -> np.ndarray:
    """Tone 0..255 of every segment (N, STEPS - 1)."""
    style = STYLES[looks.style]
    along = np.diff(hair.points, axis=1) @ head.turn.T
    still = np.linalg.norm(along, axis=2, keepdims=True)
    along /= np.maximum(still, 1e-9)
    normal = hair.normals[:, 1:] @ head.turn.T
    # Hanging hair is a bundle of round locks, lit more from all sides than a shell.
    hang = np.clip((hair.points[:, 1:, 1:2] + 0.50) / 0.50, 0, 1) * (style.fall is not None)
    normal = normal + hang * [0, 0, 0.9]
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    locks = int(hair.lock.max()) + 1
    half = LIGHT + [0, 0, 1.0]
    half /= np.linalg.norm(half)
    skew = rng.normal(0, 0.05, locks)[hair.lock] + rng.normal(0, 0.04, len(hair.lock))
    tilted = along + skew[:, None, None] * normal
    tilted /= np.maximum(np.linalg.norm(tilted, axis=2, keepdims=True), 1e-9)
    facing = np.clip(0.45 + 0.55 * normal @ LIGHT, 0, 1)
    shine = np.sqrt(np.clip(1 - (tilted @ half) ** 2, 0, 1))
    gloss = shine**46 * 1.0 + 0.35 * shine**9
    kick = KICKER + [0, 0, 1.0]
    rim = np.sqrt(np.clip(1 - (tilted @ kick / np.linalg.norm(kick)) ** 2, 0, 1)) ** 20
    rim = rim * np.clip(normal @ KICKER, 0, 1)
    turned_away = np.clip(normal[..., 2] * 1.5 + 0.7, 0.6, 1)
    each = rng.lognormal(0, 0.09, locks)[hair.lock] * rng.lognormal(0, 0.15, len(hair.lock))
    share = np.linspace(0, 1, along.shape[1])[None]
    depth = 0.62 + 0.38 * np.clip(share / 0.25, 0, 1)
    base = looks.hair * (0.60 + 0.50 * facing) * depth
    bright = (22 + 0.50 * looks.hair) * gloss * style.gloss * np.clip(normal @ LIGHT + 0.15, 0, 1)
    bright = bright + (20 + 0.35 * looks.hair) * rim
    tone = (base + bright) * each[:, None] * turned_away
    # Down at the hairline: short and fine, skin shines through.
    down = 0.55 * hair.edge[:, None] * np.exp(-((share / 0.12) ** 2))
    tone = tone + down * (np.maximum(130.0, tone) - tone)
    return np.asarray(np.clip(tone, 5, 250))


def draw(where: np.ndarray, tone: np.ndarray, kept: np.ndarray, width: np.ndarray) -> Painted:
    """Segments (N, STEPS) with their tones, farthest first."""
    size = (HEIGHT * FINER, WIDTH * FINER)
    picture = np.zeros(size, np.uint8)
    mask = np.zeros(size, np.uint8)
    strand, step = np.nonzero(kept)
    order = np.argsort(where[strand, step, 2] + where[strand, step + 1, 2])
    strand, step = strand[order], step[order]
    pixels = np.rint((where[..., :2] + 0.5) * FINER * 2**_SHIFT).astype(int)
    ends = np.stack([pixels[strand, step], pixels[strand, step + 1]], 1).tolist()
    tones = np.rint(tone[strand, step]).astype(int).tolist()
    widths = width[strand].tolist()
    for (a, b), value, thick in zip(ends, tones, widths, strict=True):
        cv2.line(picture, a, b, value, thick, cv2.LINE_AA, _SHIFT)
        cv2.line(mask, a, b, 255, thick, cv2.LINE_AA, _SHIFT)
    alpha = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    shown = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    # As soft as the averaged face.
    alpha, shown = (cv2.GaussianBlur(layer, (0, 0), SOFT_PX) for layer in (alpha / 255, shown))
    return Painted(alpha, shown / np.maximum(alpha, 1e-3))


def paint_hair(head: Head, hair: Hair, looks: Looks) -> tuple[Painted, Painted, Painted]:
    """Hair behind the neck and head, hair behind the ears, and hair before everything."""
    rng = np.random.default_rng(looks.seed + 900)
    where = head.space(hair.points)
    tone = lit(head, hair, looks, rng)
    normal = hair.normals[:, 1:] @ head.turn.T
    depth = where[:, 1:, 2] / head.scale
    before = np.where(
        hair.free[:, 1:],
        (depth > -0.30) & (np.abs(hair.points[:, 1:, 0]) > 0.33),
        normal[..., 2] > -0.06,
    )
    x = np.clip(np.rint(where[:, 1:, 0]), 0, WIDTH - 1).astype(int)
    y = np.clip(np.rint(where[:, 1:, 1]), 0, HEIGHT - 1).astype(int)
    surface = face_depth(head)
    hidden = where[:, 1:, 2] < surface[y, x] - 0.05 * head.scale
    moved = np.linalg.norm(np.diff(where[..., :2], axis=1), axis=2) > 0.05
    width = np.where(rng.uniform(size=len(where)) < 0.10, 2, 1)
    back = draw(where, tone * 0.8, moved & ~before, np.full(len(where), 2))
    middle_points = hair.points[:, 1:]
    above = hairline(middle_points.reshape(-1, 3), STYLES[looks.style]).reshape(hidden.shape)
    astray = (above < -0.015) & (middle_points[..., 2] > 0.10) & ~hair.free[:, 1:]
    shown = moved & before & ~hidden & ~astray
    covers = STYLES[looks.style].fall is not None or STYLES[looks.style].curl > 0.02
    behind_ear = (hair.points[:, 1:, 2] < -0.05) & (not covers)
    middle = draw(where, tone, shown & behind_ear, width)
    return back, middle, draw(where, tone, shown & ~behind_ear, width)


def moustache(head: Head, looks: Looks) -> Painted:
    """A brushed moustache between nose and upper lip; its fullness is `looks.beard`."""
    rng = np.random.default_rng(looks.seed + 700)
    count = int(2600 * looks.beard)
    across = rng.uniform(-1, 1, count)
    down = rng.uniform(0, 1, count) ** 0.8
    steps = np.linspace(-1, 1, 7)
    upper = head.landmarks[[216, 206, 165, 2, 391, 426, 436]].astype(np.float64)
    upper[[0, 6]] = 0.35 * upper[[0, 6]] + 0.65 * head.landmarks[[61, 291]]
    upper[[1, 5]] = 0.40 * upper[[1, 5]] + 0.60 * head.landmarks[[40, 270]]
    upper[[2, 4]] = 0.35 * upper[[2, 4]] + 0.65 * head.landmarks[[98, 327]]
    lower = head.landmarks[[61, 40, 37, 0, 267, 270, 291]].astype(np.float64)
    edges = [
        np.stack([np.interp(across, steps, e[:, k]) for k in range(3)], 1) for e in (upper, lower)
    ]
    start = edges[0] + (0.12 + 0.55 * down)[:, None] * (edges[1] - edges[0])
    start[:, 2] -= head.centre[2] - 2.0
    away = np.sign(across + rng.normal(0, 0.05, count)) * (0.30 + 0.75 * np.abs(across))
    course = np.stack([away, 0.75 - 0.25 * np.abs(across), np.zeros(count)], 1)
    course = (course + rng.normal(0, 0.15, course.shape)) @ head.turn.T
    length = 0.042 * head.scale * rng.uniform(0.5, 1.0, count)
    way = np.linspace(0, 1, 6)[None, :, None]
    strands = start[:, None] + way * (length[:, None] * course)[:, None]
    each = rng.lognormal(0, 0.25, (count, 1)) * np.linspace(0.75, 1.15, 5)[None]
    tone = np.clip((0.72 * looks.hair + 8) * each, 5, 220)
    painted = draw(strands, tone, np.ones((count, 5), bool), np.ones(count, int))
    return Painted(0.92 * painted.alpha, painted.tone)
