"""Openings of both eyes over time: blinks that are seen coming and going, and that mean it."""

import cv2
import numpy as np

from nostalgia.types import Float64

WIDEST_EYES = 1.4
"""Opening of a surprised eye, 1 = as in the photo."""

_SHUT = 0.08
_FASTEST_CLOSING, _FASTEST_OPENING = 0.55, 0.4
"""Shares of the opening that a lid travels in 1/25 s at most: in one frame it is a flicker."""

_RESTING = 0.12
"""Share of the deepest closure below which a lid does nothing worth a name."""
_VALLEY = 0.6
"""Two closures are two blinks if the eye opens below this share of the smaller one between them."""
_LONGEST_BLINK_S = 0.5
_SLIGHT, _MIDDLE, _NEARLY_SHUT = (0.2, 0.3), 0.5, 0.92
"""Shares of the deepest closure: lids that stop near the middle look ill, so they do not."""

_WINK_APART, _WINK_S, _WINK_REACH_S = (0.35, 0.55), 0.2, 0.24
"""Difference of two eyes, and how long it lasts at least, that is meant; and how far it reaches."""


def openings_as_recorded(lids: Float64, blink: float, strength: float, fps: float) -> Float64:
    """Return the openings (T, 2), 0..WIDEST_EYES, of a track played exactly as recorded.

    Args:
        lids: float64 (T, 2), the track's eye openings minus 1.
        blink: 0..1, share of each closure.
        strength: 0..2, factor on eyes that open wide.
        fps: frames per second.
    """
    return _seen_closing(_openings(lids, blink, strength), fps)


def openings_at_ease(lids: Float64, blink: float, strength: float, fps: float) -> Float64:
    """Return the openings (T, 2), 0..WIDEST_EYES, of a track that suits any face.

    Both eyes move as one unless one of them winks, no blink stops half-way between open and the
    track's deepest one, and none opens in a single frame. Arguments as for `openings_as_recorded`.
    """
    openings = _openings(_together(lids, fps), blink, strength)
    closures = 1 - openings
    full = max(float(closures.max()), _RESTING)
    for eye in range(closures.shape[1]):
        openings[:, eye] = 1 - full * _decided(closures[:, eye] / full, fps)
    return _seen_opening(_seen_closing(openings, fps), fps)


def _openings(lids: Float64, blink: float, strength: float) -> Float64:
    """Eye openings (T, 2), 0..WIDEST_EYES; eyes count as shut a little early."""
    return np.where(
        lids < 0,
        np.maximum(1 + lids * blink / (1 - _SHUT), 0.0),
        np.minimum(1 + lids * strength, WIDEST_EYES),
    )


def _together(lids: Float64, fps: float) -> Float64:
    """The mean of both eyes, except where they are apart for so long that it is a wink."""
    apart = np.abs(lids[:, 0] - lids[:, 1])[None]
    lasting = cv2.erode(apart, _stretch(_WINK_S, fps))
    near = cv2.dilate(lasting, _stretch(_WINK_S + 2 * _WINK_REACH_S, fps))[0]
    low, high = _WINK_APART
    wink = np.clip((near - low) / (high - low), 0.0, 1.0)[:, None]
    return np.asarray(wink * lids + (1 - wink) * lids.mean(axis=1, keepdims=True), np.float64)


def _stretch(seconds: float, fps: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A row of ones, of odd length, that lasts about `seconds`."""
    return np.ones((1, 2 * int(round(seconds * fps / 2)) + 1), np.uint8)


def _decided(closure: Float64, fps: float) -> Float64:
    """The closure (T,) of one eye with each blink either slight or nearly shut, times kept."""
    decided = closure.copy()
    for part in _closures(closure):
        c = closure[part]
        deepest = float(c.max())
        long = int((c > 0.75 * deepest).sum()) > _LONGEST_BLINK_S * fps
        if long or deepest <= _SLIGHT[0] or deepest >= 1:
            continue
        decided[part] = c * (1 + (_decided_depth(deepest) / deepest - 1) * c / deepest)
    return decided


def _decided_depth(deepest: float) -> float:
    """Depth that a blink of this depth is given: at most _SLIGHT[1], or at least _NEARLY_SHUT."""
    if deepest < _MIDDLE:
        return float(np.interp(deepest, (_SLIGHT[0], _MIDDLE), _SLIGHT))
    return float(np.interp(deepest, (_MIDDLE, 1.0), (_NEARLY_SHUT, 1.0)))


def _closures(closure: Float64) -> list[slice]:
    """Stretches of a closure (T,), each with one blink."""
    edges = np.diff(np.r_[0, (closure > _RESTING).astype(np.int8), 0])
    parts: list[slice] = []
    waiting = list(zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True))
    while waiting:
        start, stop = waiting.pop()
        part = closure[start:stop]
        before, after = np.maximum.accumulate(part), np.maximum.accumulate(part[::-1])[::-1]
        share = part / np.minimum(before, after)
        valley = int(share.argmin())
        if share[valley] > _VALLEY:
            parts.append(slice(start, stop))
        else:
            waiting += [(start, start + valley), (start + valley, stop)]
    return parts


def _seen_closing(openings: Float64, fps: float) -> Float64:
    """Lids (T, 2) that begin to close early enough to be seen on their way down."""
    most = _FASTEST_CLOSING * 25.0 / max(fps, 25.0)
    slower = openings.copy()
    for frame in range(len(slower) - 2, 0, -1):
        slower[frame] = np.minimum(slower[frame], slower[frame + 1] + most)
    return slower


def _seen_opening(openings: Float64, fps: float) -> Float64:
    """Lids (T, 2) that take long enough to open to be seen on their way up."""
    most = _FASTEST_OPENING * 25.0 / max(fps, 25.0)
    slower = openings.copy()
    for frame in range(1, len(slower) - 1):
        slower[frame] = np.minimum(slower[frame], slower[frame - 1] + most)
    return slower
