"""Eye openings and blinks; a mesh network sees blinks but never draws an eye fully shut."""

import numpy as np
from numpy.typing import NDArray

from nostalgia.drivers.recording.filters import running_median, runs, smooth, spread
from nostalgia.faces.topology import EYE_CORNERS, LID_PAIRS
from nostalgia.types import Float64

LID_SMOOTH_S = 0.014
_BLINK_WINDOW_S, _LONGEST_BLINK_S, _BLINK_SPREAD_S = 1.2, 0.5, 0.24
_LEAST_DIP, _LEAST_DIP_SEEN, _SURE_DIP = 0.15, 0.07, 0.4
_DIP_FROM = 0.5 * _LEAST_DIP_SEEN
_SHUT_MARGIN = 0.03
_FULL_BLINK = 0.8
"""Share of the usual depth from which a blink is a full one, whose lowest frame is shut."""

_SMALL_RISE = 0.3
_BENT = 0.75
"""Share by which the network exaggerates: it draws half-shut eyes more shut than they are (on the
bank's clips, whose openings are known)."""

_IRIS_HIDDEN = 0.6
_HIGHEST_SHUT = 0.56
"""Largest opening that the network may give for a shut eye; beyond it, the eye is narrowed."""

_WINK, _WINK_FROM = 0.35, 0.2
_BOTH_SEEN = 0.3
_BLINKING = 0.5
_ONE_EYE_GAIN = 1.5
_ONE_IRIS_FROM, _ONE_IRIS = 0.4, 0.6


def eye_openings(
    shapes: Float64, fps: float, shares: Float64, contrast: Float64 | None = None
) -> Float64:
    """Measure the opening of both eyes: float64 (T, 2), 1 = neutral, 0 = shut.

    Neutral is the opening of the first frame, unless it is in a blink. The network never gives 0
    for a shut eye; the deepest blinks show what it gives instead. Both lids move together, except
    in a wink: their mean has less noise than each.

    Args:
        shapes: (T, 478, 3), landmarks in the canonical head frame.
        fps: frames per second.
        shares: (2,), weight of each eye; they sum to 1.
        contrast: (T, 2), contrast of the irises; with it, a dip is a blink only if it is deep or
            the irises disappear too.
    """
    hidden = None if contrast is None else _hidden(contrast @ shares, fps)
    raws = []
    for pairs, (inner, outer) in zip(LID_PAIRS, EYE_CORNERS, strict=True):
        gaps = [np.linalg.norm(shapes[:, a] - shapes[:, b], axis=1) for a, b in pairs]
        width = np.median(np.linalg.norm(shapes[:, inner] - shapes[:, outer], axis=1))
        raw = np.asarray(np.mean(gaps, 0) / width)
        wide = float(np.percentile(raw, 75))
        start = float(np.median(raw[:3]))
        neutral = start if start > _BLINKING * wide else wide
        raws.append(raw / max(neutral, 1e-6))
    both = _calibrated(shares @ np.array(raws), fps, hidden)
    eyes = np.stack([both, both], 1)
    if shares.min() > _BOTH_SEEN:
        alone = np.zeros(len(both)) if contrast is None else _one_alone(raws, contrast)
        middle = (raws[0] + raws[1]) / 2
        apart = [middle + (1 + _ONE_EYE_GAIN * alone) * (raw - middle) for raw in raws]
        irises = [hidden, hidden] if contrast is None else [_hidden(c, fps) for c in contrast.T]
        each = np.stack(
            [_calibrated(raw, fps, iris) for raw, iris in zip(apart, irises, strict=True)], 1
        )
        differ = np.abs(each[:, 0] - each[:, 1])
        share = np.maximum(alone, np.clip((differ - _WINK_FROM) / (_WINK - _WINK_FROM), 0, 1))
        eyes += share[:, None] * (each - eyes)
    return smooth(eyes, LID_SMOOTH_S * fps)


def _hidden(contrast: Float64, fps: float) -> NDArray[np.bool_]:
    return np.asarray(contrast < _IRIS_HIDDEN * _around(contrast, fps))


def _one_alone(raws: list[Float64], contrast: Float64) -> Float64:
    """Confidence (T,), 0..1, that only one eye is narrowed: its iris darkens with its opening.

    The network was trained on eyes that mostly move together and draws them so.
    """
    usual = np.maximum(np.median(contrast, axis=0), 1e-6)
    irises = np.log(np.maximum(contrast / usual, 0.05))
    lopsided = irises[:, 0] - irises[:, 1]
    agree = np.sign(lopsided) == np.sign(raws[0] - raws[1])
    share = np.clip((np.abs(lopsided) - _ONE_IRIS_FROM) / _ONE_IRIS, 0, 1)
    return np.asarray(share * agree, np.float64)


def _calibrated(opening: Float64, fps: float, hidden: NDArray[np.bool_] | None) -> Float64:
    """Stretch an eye's blinks so that they reach 0; between them nothing changes.

    A blink is a dip below the opening around it, shorter than half a second; narrowed eyes are not
    blinks. The depth of a blink for the network, a share of the opening around it, is the median of
    the deeper half of all dips; a shallower dip remains a partial blink. The flanks keep their
    shape: nothing is clipped before the lowest frame.
    """
    around = np.maximum(_around(opening, fps), 1e-6)
    part = opening / around
    dips = 1.0 - part
    least = _LEAST_DIP
    if hidden is not None:
        least = _LEAST_DIP_SEEN
        seen = spread(hidden | (dips > _SURE_DIP), round(_BLINK_SPREAD_S * fps))
        dips = np.where(seen, dips, 0.0)
    noise = float(np.median(np.abs(np.diff(opening))))
    places = _short_dips(dips, _LONGEST_BLINK_S * fps)
    depths = np.array([dips[place].max() for place in places])
    least = max(least, 6 * noise, 0.5 * float(depths.max(initial=0.0)))
    blinks = np.sort(depths[depths > least])
    if len(blinks) == 0:
        return opening
    usual = max(float(np.median(blinks[len(blinks) // 2 :])), 1 - _HIGHEST_SHUT)
    stretched = part.copy()
    for place, own in zip(places, depths, strict=True):
        depth = (own if own > _FULL_BLINK * usual else usual) * (1 - _SHUT_MARGIN)
        shut = min(1 - depth, _HIGHEST_SHUT)
        reached = np.clip((part[place] - shut) / (1 - shut), 0.0, 1.0)
        stretched[place] = _closing_once(_straightened(reached))
    # The beginning and the end of a dip are noise for the most part.
    sure = np.clip((dips - _DIP_FROM) / _DIP_FROM, 0.0, 1.0)
    return np.asarray(around * (part + sure * (np.minimum(stretched, part) - part)))


def _straightened(opening: Float64) -> Float64:
    """Undo the network's exaggeration of openings below 0.5, which is much like a smooth step."""
    steps = 0.5 - np.sin(np.arcsin(1 - 2 * opening) / 3)
    return np.asarray(opening + _BENT * np.maximum(steps - opening, 0.0))


def _closing_once(opening: Float64) -> Float64:
    """Level a small rise between two lows of a blink: profiles read more open shut than half-shut.

    A larger rise is that of a double blink.
    """
    lows = np.minimum.accumulate(opening), np.minimum.accumulate(opening[::-1])[::-1]
    level = np.maximum(*lows)
    return np.where(opening - level < _SMALL_RISE, level, opening)


def _short_dips(dips: Float64, longest: float) -> list[slice]:
    """Places of the dips (T,), less those longer than a blink or cut off by the clip's ends."""
    kept = []
    for place in runs(dips > _DIP_FROM):
        run = dips[place]
        long = int((run > 0.5 * run.max()).sum()) > longest
        if not long and place.start > 0 and place.stop < len(dips):
            kept.append(place)
    return kept


def _around(values: Float64, fps: float) -> Float64:
    """Running median over a time much longer than a blink, (T,)."""
    size = 2 * round(_BLINK_WINDOW_S * fps / 2) + 1
    return running_median(values, size)
