"""Hair for a sitter, strand by strand: roots on a scalp, combed over the skull, cut to length.

Everything here is in the head frame of sitter.py; hair_painting.py lights and draws the strands.
"""

from dataclasses import dataclass

import numpy as np
from sitter import SKULL_BELOW, SKULL_CENTRE, SKULL_RADII, Looks

STEPS = 34


@dataclass(frozen=True)
class Style:
    """How hair is combed and cut.

    hairline: height of the line's middle against the usual one and of its corners (receding < 0).
    comb: direction in the head frame (x away from the parting) that the comb is drawn in.
    lift: face heights above the skull: at the crown, at the sides. length: face heights, how even.
    wave, wave_length: amplitude and length of waves. curl: radius of ringlets.
    gather: where the hair is pinned up, with the radius of the knot. fall: y where long hair ends.
    clump: how far strands close up into locks. strands: how many. gloss: of the highlight.
    """

    comb: tuple[float, float, float]
    lift: tuple[float, float]
    length: tuple[float, float]
    hairline: tuple[float, float] = (0.0, 0.0)
    wave: float = 0.0
    wave_length: float = 0.3
    curl: float = 0.0
    gather: tuple[float, float, float, float] | None = None
    fall: float | None = None
    clump: float = 0.55
    strands: int = 13000
    gloss: float = 1.0
    sideburns: bool = False
    top: float = 0.0


STYLES = {
    "parted": Style((1.0, 0.55, -0.55), (0.085, 0.03), (0.42, 0.12), sideburns=True, top=0.05),
    "slick": Style((0.22, 0.30, -1.0), (0.06, 0.02), (0.60, 0.12), sideburns=True, gloss=1.5),
    "receding": Style(
        (0.5, 0.5, -0.9), (0.03, 0.035), (0.30, 0.10), (-0.09, -0.17), sideburns=True, strands=9000
    ),
    "crop": Style(
        (0.5, 0.35, -0.85), (0.085, 0.03), (0.36, 0.10), wave=0.010, wave_length=0.20,
        sideburns=True, top=0.06, clump=0.40,
    ),
    "curls": Style(
        (1.0, 0.7, -0.45), (0.11, 0.11), (1.3, 0.10), wave=0.024, wave_length=0.22,
        fall=0.36, clump=0.6,
    ),
    "waves": Style(
        (1.0, 0.75, -0.25), (0.085, 0.10), (1.5, 0.10), wave=0.030, wave_length=0.30, fall=0.50,
        clump=0.6,
    ),
    "bob": Style(
        (1.0, 0.8, -0.22), (0.085, 0.085), (1.5, 0.10), wave=0.010, wave_length=0.6, fall=0.52,
    ),
    "long": Style(
        (1.0, 0.75, -0.30), (0.08, 0.07), (2.2, 0.15), wave=0.022, wave_length=0.42, fall=1.05,
    ),
    "bun": Style(
        (0.3, 0.2, -1.0), (0.13, 0.08), (1.1, 0.05), gather=(0.0, -0.74, -0.36, 0.19), clump=0.45,
    ),
    "chignon": Style(
        (0.8, 0.6, -0.7), (0.10, 0.085), (1.25, 0.05), gather=(0.0, 0.10, -0.72, 0.20), wave=0.005,
        wave_length=0.22, clump=0.5,
    ),
}  # fmt: skip

_LINE = {  # azimuth from the front (degrees): height of the hairline
    0: -0.535, 25: -0.525, 38: -0.480, 50: -0.385, 60: -0.285, 68: -0.185, 76: -0.10, 92: -0.13,
    104: -0.10, 116: 0.14, 140: 0.26, 180: 0.30,
}  # fmt: skip


@dataclass(frozen=True)
class Hair:
    """Strands: points (N, STEPS, 3), the skull's normals there, lock number (N,).

    free (N, STEPS): hanging. edge (N,): 1 for a root at the hairline, 0 for one well inside.
    """

    points: np.ndarray
    normals: np.ndarray
    lock: np.ndarray
    free: np.ndarray
    edge: np.ndarray


def skull_radii(points: np.ndarray) -> np.ndarray:
    """The skull's radii (..., 3) at points: it is longer below its centre."""
    radii = np.broadcast_to(SKULL_RADII, points.shape).copy()
    radii[..., 1] = np.where(points[..., 1] > SKULL_CENTRE[1], SKULL_BELOW, SKULL_RADII[1])
    return radii


def normals_at(points: np.ndarray) -> np.ndarray:
    """Unit normals of the skull's shell through points (..., 3)."""
    n = (points - SKULL_CENTRE) / skull_radii(points) ** 2
    return np.asarray(n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-9))


def on_shell(points: np.ndarray, lift: np.ndarray) -> np.ndarray:
    """Points (..., 3) moved onto the shell `lift` (...) above the skull."""
    radii = skull_radii(points) + lift[..., None]
    ray = (points - SKULL_CENTRE) / radii
    return np.asarray(SKULL_CENTRE + ray / np.linalg.norm(ray, axis=-1, keepdims=True) * radii)


def hairline(points: np.ndarray, style: Style) -> np.ndarray:
    """How far above the hairline points (N, 3) lie, face heights."""
    ray = (points - SKULL_CENTRE) / SKULL_RADII
    azimuth = np.degrees(np.abs(np.arctan2(ray[:, 0], ray[:, 2])))
    line = np.interp(azimuth, list(_LINE), list(_LINE.values()))
    line += style.hairline[0] * np.exp(-((azimuth / 30) ** 2))
    line += style.hairline[1] * np.exp(-(((azimuth - 42) / 20) ** 2))
    if style.sideburns:
        line += 0.13 * np.exp(-(((azimuth - 80) / 6) ** 2))
    return np.asarray(line - points[:, 1])


def roots(style: Style, rng: np.random.Generator) -> np.ndarray:
    """Roots (N, 3) spread over the scalp, thinning out towards the hairline."""
    found: list[np.ndarray] = []
    count = 0
    while count < style.strands:
        rays = rng.normal(size=(20000, 3))
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        points = on_shell(SKULL_CENTRE + rays, np.zeros(len(rays)))
        above = hairline(points, style) + rng.normal(0, 0.018, len(points))
        dense = np.clip(above / 0.07, 0, 1) ** 1.2
        kept = points[rng.uniform(size=len(points)) < dense]
        found.append(kept)
        count += len(kept)
    return np.concatenate(found)[: style.strands]


def locks_of(
    points: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Number of each strand's lock (N,), and each lock's leading strand (count,)."""
    leaders = rng.choice(len(points), count, replace=False)
    away = ((points[:, None] - points[leaders][None]) ** 2).sum(-1)
    return away.argmin(1), leaders


def lift_at(points: np.ndarray, style: Style, way: np.ndarray) -> np.ndarray:
    """Height above the skull: more at the crown, rising quickly from the roots."""
    crown = np.clip((SKULL_CENTRE[1] + 0.05 - points[:, 1]) / 0.45, 0, 1)
    front = np.exp(-(((points[:, 2] - 0.25) / 0.25) ** 2)) * crown
    full = style.lift[1] + (style.lift[0] - style.lift[1]) * crown + style.top * front
    return np.asarray(full * (1 - np.exp(-way / 0.10)))


def comb(points: np.ndarray, looks: Looks, style: Style, way: np.ndarray) -> np.ndarray:
    """Unit directions (N, 3) along the skull that strands at points run in."""
    side = np.tanh((points[:, 0] - looks.parting) / 0.035)[:, None]
    if style.gather is not None:
        wanted = np.array(style.gather[:3]) - points
        wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
        early = np.exp(-way / 0.18)[:, None] * np.array(style.comb)
        wanted = wanted + 0.8 * early * np.concatenate([side, np.ones((len(side), 2))], 1)
    else:
        wanted = np.array(style.comb) * np.concatenate([side, np.ones((len(side), 2))], 1)
    # It falls beside the head, not over the forehead.
    beside = np.clip((np.abs(points[:, 0]) - 0.14) / 0.24, 0, 1)
    beside *= np.clip((0.30 - points[:, 2]) / 0.20, 0, 1)
    wanted[:, 1] *= np.where(points[:, 2] > -0.1, beside, 1)
    # Hair rises from the forehead before it falls to the sides.
    front = np.clip((points[:, 2] - 0.12) / 0.22, 0, 1) * np.exp(-((way / 0.20) ** 2))
    wanted[:, 1] -= 1.9 * front
    n = normals_at(points)
    along = wanted - n * (wanted * n).sum(1, keepdims=True)
    return np.asarray(along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6))


def grow(looks: Looks) -> Hair:
    """All strands of a head of hair."""
    style = STYLES[looks.style]
    rng = np.random.default_rng(looks.seed + 500)
    start = roots(style, rng)
    lock, leaders = locks_of(start, 420 if style.curl < 0.02 else 260, rng)
    length = style.length[0] * rng.lognormal(0, style.length[1], len(start))
    if style.fall is None and style.gather is None:
        # Clipped round the ears and at the nape.
        low = np.clip((-0.05 - start[:, 1]) / 0.38, 0.13, 1)
        length *= np.where(start[:, 2] < -0.15, np.maximum(low, 0.35), low)
    height = rng.uniform(0.25, 1.0, len(start)) ** 0.6
    height[rng.uniform(size=len(start)) < 0.012] *= 1.35
    height *= rng.normal(1, 0.06, len(leaders))[lock]
    bend = rng.normal(0, 0.09, (len(leaders), 3))[lock] + rng.normal(0, 0.03, start.shape)
    points, free = [start], [np.zeros(len(start), bool)]
    hanging = np.zeros(len(start), bool)
    lowest = rng.normal(0, 0.03, len(leaders))[lock] + rng.normal(0, 0.025, len(start))
    for k in range(1, STEPS):
        here, way = points[-1], length * k / STEPS
        step = (length / STEPS)[:, None]
        along = comb(here, looks, style, way) + bend
        if style.fall is not None:
            hanging = hanging | ((here[:, 1] > -0.16) & (np.abs(here[:, 0]) > 0.25))
            inward = np.clip((here[:, 1] - style.fall + 0.22) / 0.25, 0, 1)
            inward *= np.clip((np.abs(here[:, 0]) - 0.35) / 0.08, 0, 1)
            outward = 0.10 - 0.55 * inward + 0.8 * np.clip((0.43 - np.abs(here[:, 0])) / 0.12, 0, 1)
            drop = np.stack([np.sign(here[:, 0]) * outward, np.ones(len(here)), 0 * inward], 1)
            along = np.where(hanging[:, None], drop + 0.7 * bend, along)
            step = step * (here[:, 1] < style.fall + lowest)[:, None]
        moved = here + step * along
        if style.gather is not None:
            near = np.linalg.norm(np.array(style.gather[:3]) - here, axis=1) < 0.8 * style.gather[3]
            moved = np.where(near[:, None], here, moved)
        shelled = on_shell(moved, height * lift_at(moved, style, way))
        points.append(np.where(hanging[:, None], moved, shelled))
        free.append(hanging)
    strands = np.stack(points, 1)
    strands = waved(strands, style, lock, leaders, length, rng)
    hung = np.stack(free, 1)
    if style.gather is not None:
        knot_points, knot_lock = knot(style.gather, rng, len(leaders))
        strands = np.concatenate([strands, knot_points])
        lock = np.concatenate([lock, knot_lock])
        hung = np.concatenate([hung, np.zeros(knot_points.shape[:2], bool)])
    normals = normals_at(strands)
    if style.gather is not None:
        ball = knot_points - np.array(style.gather[:3])
        normals[-len(ball) :] = ball / np.linalg.norm(ball, axis=-1, keepdims=True)
    edge = np.zeros(len(strands))
    edge[: len(start)] = np.clip(1 - hairline(start, style) / 0.08, 0, 1)
    return Hair(strands, normals, lock, hung, edge)


def waved(
    strands: np.ndarray,
    style: Style,
    lock: np.ndarray,
    leaders: np.ndarray,
    length: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Close strands up into locks, then lay waves and ringlets into them."""
    share = np.linspace(0, 1, STEPS)[None, :, None]
    strands = strands + style.clump * share**1.3 * 0.85 * (strands[leaders][lock] - strands)
    # Closing up must not take a strand through the skull.
    ray = (strands - SKULL_CENTRE) / skull_radii(strands)
    strands = SKULL_CENTRE + (strands - SKULL_CENTRE) / np.minimum(
        np.linalg.norm(ray, axis=2, keepdims=True), 1.0
    )
    way = np.cumsum(np.linalg.norm(np.diff(strands, axis=1, prepend=strands[:, :1]), axis=2), 1)
    out = normals_at(strands)
    along = np.gradient(strands, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    across = np.cross(along, out)
    rise = np.clip(way / 0.2, 0, 1)[..., None]
    if style.wave:
        phase = (
            2 * np.pi * way / style.wave_length + rng.normal(0, 0.22, len(leaders))[lock][:, None]
        )
        side = np.sign(strands[:, :1, :1] + 1e-6)
        strands = strands + style.wave * rise * (
            np.sin(phase)[..., None] * across * side + 0.8 * np.cos(phase)[..., None] * out
        )
    if style.curl:
        phase = 2 * np.pi * way / (9 * style.curl + 0.04)
        phase = phase + rng.uniform(0, 6.3, len(leaders))[lock][:, None]
        phase = phase + rng.normal(0, 0.25, len(lock))[:, None]
        strands = strands + style.curl * rise * (
            np.sin(phase)[..., None] * across + np.cos(phase)[..., None] * out
        )
    return (
        strands
        + rng.normal(0, 0.006, (len(strands), 1, 3)) * share * np.clip(length, 0, 1)[:, None, None]
    )


def knot(
    gather: tuple[float, float, float, float], rng: np.random.Generator, locks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Strands (N, STEPS, 3) wound round a ball, and their locks."""
    count = 2200
    radius = gather[3] * np.where(rng.uniform(size=count) < 0.6, 1.0, rng.uniform(0.8, 1.0, count))
    level = rng.uniform(-0.96, 0.96, count)
    turn0 = rng.uniform(0, 2 * np.pi, count)
    turns = turn0[:, None] + np.linspace(0, 1.5, STEPS)[None]
    ring = np.sqrt(1 - level**2)[:, None]
    spiral = level[:, None] + 0.25 * np.sin(turns * 1.0 + 2.0) * ring
    ball = np.stack([ring * np.cos(turns), 0.8 * spiral, ring * np.sin(turns)], -1)
    lock = np.clip(((level + 1) * 12).astype(int), 0, locks - 1)
    return np.array(gather[:3]) + radius[:, None, None] * ball, lock
