"""Whether a motion track is fit for a bank: neutral ends, seam, jitter, limits, blinks, timing.

The bounds were set on the bank that ships (its figures are given beside them) and on the same
tracks with noise added; all are per frame at 25 frames per second.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nostalgia.drivers.tracks.track import NEUTRAL
from nostalgia.types import Float64, MotionTrack

USUAL_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one curve may do.

    end: distance of the first and last frame from neutral. seam: change of speed where the last
    frame meets the first. jitter: median third difference, which steady motion keeps small however
    far it goes. jump: largest third difference. most: distance from neutral.
    """

    unit: str
    end: float
    seam: float
    jitter: float
    jump: float
    most: float


BOUNDS = {
    # The bank that ships: seam 0.06, jitter 0.017, jump 0.20, most 12.2.
    "rotation_deg": Bounds("degrees", 0.05, 0.2, 0.1, 1.5, 40.0),
    # Seam 0.0006, jitter 0.00010, jump 0.0018, most 0.018.
    "translation": Bounds("face heights", 0.002, 0.002, 0.001, 0.015, 0.4),
    # Seam 0.0004, jitter 0.00005, jump 0.0016, most 0.026.
    "scale": Bounds("", 0.005, 0.002, 0.001, 0.015, 0.4),
    # Seam 0.0002, jitter 0.0005 (the steps in which it is stored), jump 0.002, most 0.044.
    "expression": Bounds("face heights", 0.002, 0.002, 0.002, 0.03, 0.25),
    # Seam 0, jitter 0, jump 0, most 0: mouths of the first seven stay closed.
    "mouth_opening": Bounds("face heights", 0.005, 0.01, 0.005, 0.1, 0.4),
    # Seam 0.0014, jitter 0.0008, jump 0.06 (saccades), most 0.117.
    "gaze": Bounds("eye widths", 0.005, 0.01, 0.004, 0.25, 0.5),
    # Lids open and close in three frames; their ends and range are all that can be bounded.
    "eye_opening": Bounds("of an open eye", 0.02, 0.1, 0.05, np.inf, 1.0),
}
OWN_TOLERANCE = 10.0
"""Jitter and jumps of a user's own clip: people fidget, cameras shake (four clips: up to 8)."""

TURNED_AWAY_DEG = 55.0
BLINK_DIPS, BLINK_SHUTS, BLINK_LASTS_S = 0.7, 0.2, 0.6
SAME_BLINKS, SAME_TURNS = 0.7, 0.92
"""Correlation of blinks (the bank that ships: up to 0.37) and of turning (up to 0.80)."""

_STEP_S = 1 / USUAL_FPS

Remark = tuple[str, str]
"""Name of the check, and what it found."""


def check_track(track: MotionTrack, tolerance: float = 1.0) -> Iterator[Remark]:
    """What is wrong with the motion of a track.

    tolerance: multiplies what jitter and jumps may be, see `OWN_TOLERANCE`.
    """
    for name in BOUNDS:
        yield from _check_curve(track, name, tolerance)
    yaw = float(np.abs(track.start_pose.yaw + track.rotation_deg[:, 0]).max())
    if yaw > TURNED_AWAY_DEG:
        yield (
            "limits",
            f"turns {yaw:.0f} degrees away from the camera; at most {TURNED_AWAY_DEG:.0f}",
        )


def _check_curve(track: MotionTrack, name: str, tolerance: float) -> Iterator[Remark]:
    bounds = BOUNDS[name]
    values = getattr(track, name).astype(np.float64).reshape(len(track), -1)
    away = values - NEUTRAL[name]
    said = name.removesuffix("_deg").replace("_", " ")
    for number, place in ((0, "first"), (-1, "last")):
        off = _largest(away[number])
        if off > bounds.end:
            yield "ends", f"{said} of the {place} frame is {_amount(off, bounds)} from neutral"
    most = _largest(away)
    if most > bounds.most:
        yield "limits", f"{said} reaches {_amount(most, bounds)}; at most {bounds.most:g}"
    if len(track) < 5:
        return
    rate = track.fps / USUAL_FPS
    step = _largest(values[-1] - values[0])
    kink = _largest((values[1] - values[0]) - (values[-1] - values[-2])) * rate
    if step > 2 * bounds.end:
        yield (
            "loop",
            f"{said} jumps by {_amount(step, bounds)} where the last frame meets the first",
        )
    elif kink > bounds.seam:
        yield "loop", f"{said} changes its speed by {_amount(kink, bounds)} per frame at the seam"
    shakes = np.abs(np.diff(away, 3, axis=0)).max(axis=1) / max(1.0, 1 / rate) ** 3
    median, worst = float(np.median(shakes)), float(shakes.max())
    if median > bounds.jitter * tolerance:
        yield (
            "jitter",
            f"{said} trembles: third difference {_amount(median, bounds)},"
            f" at most {bounds.jitter * tolerance:g}",
        )
    elif worst > bounds.jump * tolerance:
        at_s = (int(shakes.argmax()) + 1.5) / track.fps
        yield (
            "jitter",
            f"{said} jumps at {at_s:.1f} s: third difference {_amount(worst, bounds)},"
            f" at most {bounds.jump * tolerance:g}",
        )


def check_blinks(track: MotionTrack, one_eye: bool = False) -> Iterator[Remark]:
    """Blinks that do not close, or close one eye (fine where `one_eye`), and want of any."""
    shut = 0
    for start, stop in _dips(track.eye_opening.min(1) < BLINK_DIPS):
        run = track.eye_opening[start:stop]
        lowest = run.min(0)
        if lowest.min() > BLINK_SHUTS:
            if (stop - start) / track.fps <= BLINK_LASTS_S:
                left = f"{100 * lowest.min():.0f} %"
                yield (
                    "blinks",
                    f"the blink at {start / track.fps:.1f} s leaves the eyes {left} open",
                )
        elif lowest.max() <= 2 * BLINK_SHUTS:
            shut += 1
        elif not one_eye:
            yield "blinks", f"only one eye closes at {start / track.fps:.1f} s"
    if shut == 0:
        yield "blinks", "the eyes never close"


def same_timing(first: MotionTrack, second: MotionTrack) -> str:
    """In what two tracks keep time with each other, in words; empty where they do not."""
    blinks = _correlation(_blink_curve(first), _blink_curve(second))
    turns = abs(_correlation(_turn_curve(first), _turn_curve(second)))
    if blinks >= SAME_BLINKS:
        return f"blinks at the same times (correlation {blinks:.2f}, below {SAME_BLINKS})"
    if turns >= SAME_TURNS:
        return f"turns at the same times (correlation {turns:.2f}, below {SAME_TURNS})"
    return ""


def _blink_curve(track: MotionTrack) -> Float64:
    closed = 1 - np.clip(track.eye_opening.min(1).astype(np.float64), 0.0, 1.0)
    return _in_steps(np.where(closed > 0.3, closed, 0.0), track.fps)


def _turn_curve(track: MotionTrack) -> Float64:
    return np.asarray(np.gradient(_in_steps(track.rotation_deg[:, 0], track.fps)), np.float64)


def _in_steps(values: Float64 | np.ndarray, fps: float) -> Float64:
    """A curve (T,) at 25 steps per second."""
    seconds = np.arange(len(values)) / fps
    steps = np.arange(0.0, seconds[-1] + 2 * _STEP_S, _STEP_S)
    return np.asarray(np.interp(steps, seconds, values), np.float64)


def _correlation(a: Float64, b: Float64) -> float:
    """Correlation over the length of the shorter one; 0 where one never changes."""
    count = min(len(a), len(b))
    a, b = a[:count] - a[:count].mean(), b[:count] - b[:count].mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 1e-6 else 0.0


def _dips(low: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop (exclusive) of the runs of True in a bool array (T,)."""
    edges = np.diff(np.r_[0, low.astype(np.int8), 0])
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    )


def _largest(values: Float64) -> float:
    return float(np.abs(values).max())


def _amount(value: float, bounds: Bounds) -> str:
    return f"{value:.3g} {bounds.unit}".rstrip()
