"""How alive a motion track is: the times of its blinks, and how long nothing moves.

Lids open about twice as slowly as they close (VanderWerf et al., J. Neurophysiol. 89, 2003), and
people who sit still for a portrait still sway and breathe.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nostalgia.drivers.tracks.checks import BLINK_SHUT, USUAL_FPS, Fault, runs_of
from nostalgia.types import Float64, MotionTrack

LEAST_OPENING_MS, LEAST_OPENING_SHARE = 40.0, 1.3
"""Shortest opening of the lids, and its least length in closings; the bank that ships: 73, 1.9."""

MOST_REST = 0.15
"""Largest share of frames at rest; the bank that ships: to 0.03, three clips of people: to 0.10."""

_STILL_DEG, _STILL_FACE, _STILL_EYES = 0.02, 0.00015, 0.002
"""Change per frame at 25 frames per second up to which a head, a face and eyes are at rest."""

_REACH_S = 0.6


@dataclass(frozen=True, slots=True)
class BlinkTimes:
    """Times of one blink, seconds: its lowest frame, closing and opening.

    closing_s, opening_s: from a quarter to three quarters of the way, between frames.
    """

    at_s: float
    closing_s: float
    opening_s: float


def blink_times(track: MotionTrack) -> tuple[BlinkTimes, ...]:
    """Measure the blinks of both eyes that shut; winks and sleep are left out."""
    closure = 1.0 - track.eye_opening.max(axis=1).astype(np.float64)
    reach = max(round(_REACH_S * track.fps), 2)
    found = []
    for start, stop in runs_of(closure >= 1.0 - BLINK_SHUT):
        if stop - start > reach:
            continue
        lowest = start + int(closure[start:stop].argmax())
        closing = _flank(closure[max(lowest - reach, 0) : lowest + 1][::-1])
        opening = _flank(closure[lowest : lowest + reach + 1])
        if closing is not None and opening is not None:
            at_s, closing_s, opening_s = np.array([lowest, closing, opening]) / track.fps
            found.append(BlinkTimes(float(at_s), float(closing_s), float(opening_s)))
    return tuple(found)


def rest_share(track: MotionTrack) -> float:
    """Share of frames, 0..1, in which neither head nor face nor eyes move noticeably."""
    rate = track.fps / USUAL_FPS

    def speed(values: np.ndarray) -> Float64:
        steps = np.abs(np.diff(values.astype(np.float64), axis=0)) * rate
        return np.asarray(steps.reshape(len(steps), -1).mean(axis=1), np.float64)

    still = speed(track.rotation_deg) < _STILL_DEG
    still &= speed(track.expression) < _STILL_FACE
    still &= speed(np.hstack([track.eye_opening, track.gaze])) < _STILL_EYES
    return float(still.mean())


def check_blink_times(track: MotionTrack) -> Iterator[Fault]:
    """Check that the lids open slowly, and more slowly than they close (medians)."""
    times = blink_times(track)
    if not times:
        return
    closing_ms, opening_ms = (
        1000 * float(np.median(values))
        for values in zip(*((blink.closing_s, blink.opening_s) for blink in times), strict=True)
    )
    words = f"the lids close in {closing_ms:.0f} ms and open in {opening_ms:.0f} ms"
    if opening_ms < LEAST_OPENING_MS:
        yield Fault("blinks", f"{words}; opening takes at least {LEAST_OPENING_MS:g}")
    elif opening_ms < LEAST_OPENING_SHARE * closing_ms:
        yield Fault(
            "blinks", f"{words}; opening takes at least {LEAST_OPENING_SHARE:g} times as long"
        )


def check_rest(track: MotionTrack) -> Iterator[Fault]:
    """Check that the performer never rests for long."""
    share = rest_share(track)
    if share > MOST_REST:
        yield Fault(
            "rest",
            f"nothing moves in {100 * share:.0f} % of the frames;"
            f" at most {100 * MOST_REST:.0f} % are allowed",
        )


def _flank(closure: Float64) -> float | None:
    """Frames that lids take along a flank that begins shut, from 3/4 to 1/4; None if cut off."""
    top = float(closure[0])
    open_ = int(closure.argmin())
    flank = closure[: open_ + 1]
    span = top - float(flank[-1])
    if len(flank) < 2 or span < 0.5:
        return None
    high, low = (_crossing(flank, top - span * share) for share in (0.25, 0.75))
    return low - high


def _crossing(flank: Float64, level: float) -> float:
    """Place, in fractions of a frame, where a flank that falls to its last value passes a level."""
    after = int((flank < level).argmax())
    before, behind = float(flank[after - 1]), float(flank[after])
    return after - 1 + (before - level) / (before - behind)
