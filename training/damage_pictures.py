"""Pictures with scratches, cracks, folds and dust, and the places of these, for the damage network.

Lumas are float32 (S, S) 0..1. Beside damage, structures that look like it are drawn that nobody
wants repaired: writing, spectacle rims, lace, fences, strands of hair, jewellery, borders of prints.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from degradations import grain, halftone, jpeg, lower_resolution, shade, tone
from numpy.random import Generator
from numpy.typing import NDArray

Luma = NDArray[np.float32]

SEEN, UNSEEN = 0.06, 0.025
"""Change of luma from which a pixel counts as damaged, and below which it counts as sound."""
_SHIFT = 3
_WORDS = "Aunt Mary Schmidt 1897 & Sons Kodak Photo. St. Louis, Mo. 12/04/53 to my dear xxx"


@dataclass(frozen=True)
class DamagedView:
    """A damaged luma; 1 on bright and on dark damage, float32 (2, S, S); where both are judged."""

    luma: Luma
    damage: NDArray[np.float32]
    judged: Luma


def damaged_view(pictures: Sequence[NDArray[np.uint8]], side: int, rng: Generator) -> DamagedView:
    """A random part of a random picture, damaged three times out of four."""
    clean = cut_view(pictures[rng.integers(len(pictures))], side, rng)
    for _ in range(rng.choice(4, p=[0.5, 0.3, 0.15, 0.05])):
        clean = LOOK_ALIKES[rng.integers(len(LOOK_ALIKES))](clean, rng)
    if rng.random() < 0.35:
        clean = cv2.GaussianBlur(clean, (0, 0), rng.uniform(0.4, 1.8))
    damaged = clean
    if rng.random() < 0.75:
        damaged = damage(clean, rng)
    if rng.random() < 0.5:
        twice = np.hstack([damaged, clean])
        twice = tone(twice, rng) if rng.random() < 0.7 else twice
        damaged, clean = np.hsplit(twice, 2)
    change = damaged - clean
    luma = aged(np.ascontiguousarray(damaged), rng)
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.5)
    least = SEEN + 1.2 * float(np.median(np.abs(fine))) / 0.6745
    found = np.stack([change > least, change < -least]).astype(np.float32)
    judged = ((np.abs(change) > least) | (np.abs(change) < UNSEEN)).astype(np.float32)
    return DamagedView(np.clip(luma, 0, 1).astype(np.float32), found, judged)


def cut_view(picture: NDArray[np.uint8], side: int, rng: Generator) -> Luma:
    """A square part at 0.25 to 1.4 times its size, at times mirrored or inverted top to bottom."""
    most = min(picture.shape) / side
    extent = side * float(np.clip(np.exp(rng.uniform(np.log(0.7), np.log(4))), 0.3, most))
    own = int(extent)
    y, x = (int(rng.integers(0, n - own + 1)) for n in picture.shape)
    part = picture[y : y + own, x : x + own]
    how = cv2.INTER_AREA if own > side else cv2.INTER_CUBIC
    view = cv2.resize(part, (side, side), interpolation=how).astype(np.float32) / 255
    if rng.random() < 0.5:
        view = view[:, ::-1]
    if rng.random() < 0.1:
        view = np.rot90(view, rng.integers(1, 4))
    return np.ascontiguousarray(view)


def aged(luma: Luma, rng: Generator) -> Luma:
    """What happens to a damaged print afterwards: light, grain, scanning, saving."""
    for odds, step in (
        (0.12, shade), (0.25, lower_resolution), (0.03, halftone), (0.4, grain), (0.35, jpeg),
    ):  # fmt: skip
        if rng.random() < odds:
            luma = np.clip(step(luma, rng), 0, 1)
    if rng.random() < 0.25:
        luma = luma + rng.uniform(0.3, 1.2) * (luma - cv2.GaussianBlur(luma, (0, 0), 1.0))
    return np.asarray(luma, np.float32)


def damage(clean: Luma, rng: Generator) -> Luma:
    """Some kinds of damage, one above the other."""
    luma = clean
    for odds, most, at_once, draw in (
        (0.45, 4, 1, scratch), (0.35, 3, 1, crack), (0.12, 2, 1, fold), (0.3, 6, 2, fibre),
        (0.5, 40, 12, speck), (0.12, 2, 1, flake),
    ):  # fmt: skip
        if rng.random() < odds:
            left = int(rng.integers(1, most + 1))
            while left > 0:
                canvas = np.zeros_like(luma)
                for _ in range(min(at_once, left)):
                    draw(canvas, rng)
                if draw is not speck and draw is not fibre and rng.random() < 0.55:
                    canvas = _eroded(canvas, rng)
                luma = _laid(luma, canvas, rng)
                left -= at_once
    return luma


def _laid(luma: Luma, covered: Luma, rng: Generator) -> Luma:
    """Lay white paper or dirt over a picture: `covered` 0..1."""
    if rng.random() < 0.4:
        covered = cv2.GaussianBlur(covered, (0, 0), rng.uniform(0.3, 0.9))
    covered = covered * np.float32(min(1.0, rng.uniform(0.45, 1.25)))
    if rng.random() < 0.78:
        paper = rng.uniform(0.72, 1.05)
        if rng.random() < 0.2:  # the edge of a crack throws a shadow
            shadow = np.roll(covered, rng.integers(-2, 3, 2), (0, 1)) * (1 - covered)
            luma = luma * (1 - np.float32(rng.uniform(0.1, 0.5)) * shadow)
    else:
        paper = rng.uniform(-0.02, 0.28)
    paper = paper + rng.standard_normal(luma.shape, np.float32) * np.float32(rng.uniform(0, 0.05))
    return np.asarray(luma + covered * (paper - luma), np.float32)


def _stroke(canvas: Luma, points: Luma, widths: Luma | float) -> None:
    """Draw a line of changing width through points (n, 2); below a pixel it pales instead."""
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32)
    widths = np.broadcast_to(widths, len(points) - 1)
    for start, end, width in zip(fixed[:-1], fixed[1:], widths, strict=True):
        cv2.line(
            canvas, start.tolist(), end.tolist(), float(min(width, 1.0)), max(1, round(width)),
            cv2.LINE_AA, _SHIFT,
        )  # fmt: skip


def _eroded(covered: Luma, rng: Generator) -> Luma:
    """Broken here and there, with ragged edges."""
    noise = cv2.GaussianBlur(
        rng.standard_normal(covered.shape, np.float32), (0, 0), rng.uniform(0.6, 3)
    )
    hold = noise / noise.std() > rng.uniform(-2.5, 0.3)
    return covered * cv2.GaussianBlur(hold.astype(np.float32), (0, 0), 0.5)


def _width(rng: Generator, mean: float) -> float:
    return float(np.clip(rng.exponential(mean), 0.55, 7))


def _walk(start: Luma, angle: float, step: float, count: int, turn: float, rng: Generator) -> Luma:
    """A way of `count` steps whose direction wanders round `angle`."""
    wander = rng.normal(0, turn, count).cumsum() * 0.5 + rng.normal(0, turn, count)
    way = angle + wander - wander[0]
    steps = np.stack([np.cos(way), np.sin(way)], 1) * step * rng.uniform(0.5, 1.5, (count, 1))
    return np.vstack([start, start + steps.cumsum(0)]).astype(np.float32)


def scratch(canvas: Luma, rng: Generator) -> None:
    """Long, thin, nearly straight."""
    side = len(canvas)
    start, angle = rng.uniform(-0.1, 1.1, 2) * side, rng.uniform(0, 2 * np.pi)
    length = rng.uniform(0.2, 1.5) * side
    points = _walk(start, angle, length / 24, 24, rng.uniform(0, 0.08), rng)
    _stroke(canvas, points, _width(rng, 1.4))


def crack(canvas: Luma, rng: Generator) -> None:
    """Jagged, of changing width, with branches."""
    side = len(canvas)
    width, turn = _width(rng, 2.0), rng.uniform(0.05, 0.4)
    ends = [(rng.uniform(-0.1, 1.1, 2) * side, rng.uniform(0, 2 * np.pi), rng.integers(12, 60))]
    for _ in range(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]) + 1):
        start, angle, count = ends[-1]
        points = _walk(start, angle, rng.uniform(0.01, 0.03) * side, count, turn, rng)
        changing = np.exp(rng.normal(0, 0.25, count).cumsum() * 0.4)
        _stroke(canvas, points, np.clip(width * changing, 0.5, 8).astype(np.float32))
        at = rng.integers(0, count)
        ends.append((points[at], angle + rng.choice([-1, 1]) * rng.uniform(0.5, 1.6), count // 2))
        width *= 0.8


def fold(canvas: Luma, rng: Generator) -> None:
    """Straight from edge to edge; paper shows where the picture has broken off."""
    side = len(canvas)
    angle, middle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.15), rng.uniform(0, 1, 2) * side
    reach = np.array([np.cos(angle), np.sin(angle)]) * 1.5 * side
    along = np.linspace(-1, 1, 40)[:, None]
    points = middle + along * reach + rng.normal(0, 0.3, (40, 2))
    _stroke(canvas, points.astype(np.float32), rng.uniform(1, 7))


def fibre(canvas: Luma, rng: Generator) -> None:
    """A hair or a thread on the glass: short and curved."""
    side = len(canvas)
    angle = rng.uniform(0, 2 * np.pi)
    bend = np.linspace(0, rng.normal(0, 2.5), 16)
    steps = np.stack([np.cos(angle + bend), np.sin(angle + bend)], 1)
    start = rng.uniform(0, side, 2)
    points = start + steps.cumsum(0) * rng.uniform(0.03, 0.3) * side / 16
    _stroke(canvas, points.astype(np.float32), _width(rng, 0.9))


def speck(canvas: Luma, rng: Generator) -> None:
    """A grain of dust."""
    _blot(canvas, rng, float(np.clip(rng.exponential(0.8) + 0.5, 0.5, 5)))


def flake(canvas: Luma, rng: Generator) -> None:
    """A spot where the picture has come off."""
    _blot(canvas, rng, rng.uniform(2, 8))


def _blot(canvas: Luma, rng: Generator, radius: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    uneven = radius * rng.uniform(0.5, 1.4, 8) if radius > 1 else np.full(8, radius)
    stretch = np.array([1, rng.uniform(0.5, 1)])
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * uneven[:, None] * stretch
    points = np.round((rng.uniform(0, len(canvas), 2) + ring) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [points], 1.0, cv2.LINE_AA, _SHIFT)


def writing(luma: Luma, rng: Generator) -> Luma:
    """A few words, printed or by hand, light or dark."""
    side = luma.shape[0]
    covered = np.zeros(luma.shape, np.uint8)
    begin = int(rng.integers(0, len(_WORDS) - 6))
    words = _WORDS[begin : begin + int(rng.integers(3, 16))]
    font = int(rng.choice([0, 2, 3, 4, 6, 7]) + rng.choice([0, 16]))
    place = tuple(int(v) for v in rng.uniform([-0.1, 0.1], [0.5, 1]) * side)
    size, thick = rng.uniform(0.3, 1.4), int(rng.integers(1, 3))
    cv2.putText(covered, words, place, font, size, 255, thick, cv2.LINE_AA)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 12), 1)
    covered = cv2.warpAffine(covered, matrix, (side, side)).astype(np.float32) / 255
    return _painted(luma, covered, rng)


def spectacles(luma: Luma, rng: Generator) -> Luma:
    """Two rims, a bridge and their gleam."""
    side = luma.shape[0]
    rims = np.zeros_like(luma)
    wide, middle = rng.uniform(0.06, 0.25) * side, rng.uniform(0.2, 0.8, 2) * side
    tall, thick = wide * rng.uniform(0.6, 1), int(rng.integers(1, 4))
    for way in (-1, 1):
        centre = np.round(middle + [way * wide * 1.25, 0]).astype(int).tolist()
        axes = (int(wide), int(tall))
        cv2.ellipse(rims, centre, axes, 0, 0, 360, 1.0, thick, cv2.LINE_AA)
        out = np.round(middle + [way * wide * 2.25, -0.2 * tall]).astype(int)
        end = np.round(out + np.array([way * wide * rng.uniform(0.2, 1.2), 0])).astype(int)
        cv2.line(rims, out.tolist(), end.tolist(), 1.0, thick, cv2.LINE_AA)
    left, right = (np.round(middle + [w * wide * 0.25, 0]).astype(int).tolist() for w in (-1, 1))
    cv2.line(rims, left, right, 1.0, thick, cv2.LINE_AA)
    luma = _painted(luma, rims, rng)
    gleam = np.roll(rims, rng.integers(-1, 2, 2), (0, 1)) * (rng.random() < 0.5)
    uneven = cv2.GaussianBlur(rng.random(luma.shape, np.float32), (0, 0), 0.1 * side)
    return np.asarray(luma + gleam * (uneven > np.median(uneven)) * 0.3, np.float32)


def lace(luma: Luma, rng: Generator) -> Luma:
    """A regular pattern of dots, rings or crossing threads on a part of the picture."""
    side = luma.shape[0]
    pitch, angle = rng.uniform(4, 16), rng.uniform(0, np.pi)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    u, v = (x * np.cos(angle) + y * np.sin(angle)), (y * np.cos(angle) - x * np.sin(angle))
    wave = np.cos(u * 2 * np.pi / pitch), np.cos(v * 2 * np.pi / pitch)
    kind = rng.integers(4)
    together = (wave[0] * wave[1], np.maximum(*wave), wave[0], np.abs(wave[0] * wave[1]))[kind]
    pattern = np.clip((together - rng.uniform(0.2, 0.8)) * 6, 0, 1)
    where = cv2.GaussianBlur(rng.standard_normal(luma.shape, np.float32), (0, 0), side / 6)
    pattern = pattern * np.clip(where / where.std() * 3, 0, 1)
    return _painted(luma, pattern.astype(np.float32), rng)


def fence(luma: Luma, rng: Generator) -> Luma:
    """Parallel bars, cords, stripes or the edges of boards."""
    side = luma.shape[0]
    bars = np.zeros_like(luma)
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(4, 0.15 * side)
    along = np.array([np.cos(angle), np.sin(angle)])
    across, width = np.array([-along[1], along[0]]), int(rng.integers(1, 4))
    start = rng.uniform(0, 1, 2) * side
    for number in range(rng.integers(5, 20)):
        ends = (
            np.round(start + across * pitch * number + k * along * side).astype(int)
            for k in (-2, 2)
        )
        cv2.line(bars, *(e.tolist() for e in ends), 1.0, width, cv2.LINE_AA)
    return _painted(luma, bars, rng)


def strands(luma: Luma, rng: Generator) -> Luma:
    """Hair or whiskers: many thin curved lines that run together, light or dark."""
    side = luma.shape[0]
    hairs = np.zeros_like(luma)
    start, angle = rng.uniform(0, 1, 2) * side, rng.uniform(0, 2 * np.pi)
    spread, turn = rng.uniform(0.03, 0.25) * side, rng.normal(0, 0.06)
    for _ in range(rng.integers(15, 70)):
        way = angle + rng.normal(0, 0.12) + np.arange(20) * turn + rng.normal(0, 0.05, 20).cumsum()
        steps = np.stack([np.cos(way), np.sin(way)], 1) * rng.uniform(0.01, 0.04) * side
        points = start + rng.normal(0, spread, 2) + steps.cumsum(0)
        _stroke(hairs, points.astype(np.float32), rng.uniform(0.5, 1.3))
    return _painted(luma, hairs, rng)


def jewellery(luma: Luma, rng: Generator) -> Luma:
    """Pearls or links on a curve, a pin, or catch-lights in dark pupils."""
    side = luma.shape[0]
    luma = luma.copy()
    size = rng.uniform(1.2, 6)
    bend = np.linspace(-1, 1, int(rng.integers(1, 24)))
    middle, turn = rng.uniform(0.1, 0.9, 2) * side, rng.uniform(0, 2 * np.pi)
    hang = np.stack([bend * len(bend) * size, (1 - bend**2) * len(bend) * size * 0.5], 1)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    dark, light = rng.uniform(0, 0.35), rng.uniform(0.6, 1)
    for point in middle + hang @ rotation.T:
        for part, (radius, value) in enumerate(
            ((size, dark), (size * rng.uniform(0.25, 0.6), light))
        ):
            centre = np.round((point - 0.25 * part * size) * 8).astype(int).tolist()
            cv2.circle(luma, centre, int(radius * 8), value, -1, cv2.LINE_AA, _SHIFT)
    return luma


def border(luma: Luma, rng: Generator) -> Luma:
    """The white or dark border of a print, and what lies beside it."""
    side = luma.shape[0]
    luma = luma.copy()
    for edge, level in ((rng.uniform(0.02, 0.3), rng.uniform(0.8, 1)), (0.015, rng.uniform(0, 1))):
        axis, size = rng.integers(2), int(edge * side * rng.uniform(0.3, 1)) + 1
        band = luma[:size] if axis else luma[:, :size]
        band[...] = level + rng.standard_normal(band.shape, np.float32) * 0.01
    return np.ascontiguousarray(np.rot90(luma, rng.integers(4)))


def _painted(luma: Luma, covered: Luma, rng: Generator) -> Luma:
    """Paint over a picture in a tone that may be any."""
    value = rng.uniform(0, 1)
    return np.asarray(luma + covered * np.float32(rng.uniform(0.3, 1)) * (value - luma), np.float32)


LOOK_ALIKES: tuple[Callable[[Luma, Generator], Luma], ...] = (
    writing, spectacles, lace, fence, strands, jewellery, border,
)  # fmt: skip
