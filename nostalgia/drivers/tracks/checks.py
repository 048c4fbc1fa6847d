"""Quality checks of a motion track: neutral ends, seam, jitter, limits, blinks, timing.

The bounds were set on the bank that ships (its figures are given beside them) and on the same
tracks with noise added; all are per frame at 25 frames per second.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nostalgia.drivers.tracks.track import NEUTRAL
from nostalgia.types import Float64, MotionTrack

ERROR, WARNING = "error", "warning"

USUAL_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a folder of drivers.

    severity: "error", or "warning" where the driver remains usable. driver: its name, empty for
    the folder as a whole. check: the check that failed, one word. text: the fault in words.
    """

    severity: str
    driver: str
    check: str
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a track. check: the check that failed, one word. text: the fault in words."""

    check: str
    text: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one curve.

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
    # The bank that ships: seam 0.04, jitter 0.023, jump 0.18, most 16.5.
    "rotation_deg": Bounds("degrees", 0.05, 0.2, 0.1, 1.5, 40.0),
    # Seam 0.0004, jitter 0.00017, jump 0.0021, most 0.023.
    "translation": Bounds("face heights", 0.002, 0.002, 0.001, 0.015, 0.4),
    # Seam 0.0004, jitter 0.00005, jump 0.0016, most 0.028.
    "scale": Bounds("", 0.005, 0.002, 0.001, 0.015, 0.4),
    # Seam 0.0002, jitter 0.0005 (the steps in which it is stored), jump 0.002, most 0.059.
    "expression": Bounds("face heights", 0.002, 0.002, 0.002, 0.03, 0.25),
    # Seam 0, jitter 0, jump 0, most 0: mouths of the first seven stay closed.
    "mouth_opening": Bounds("face heights", 0.005, 0.01, 0.005, 0.1, 0.4),
    # Seam 0.007, jitter 0.0015, jump 0.10 (saccades), most 0.168.
    "gaze": Bounds("eye widths", 0.005, 0.01, 0.004, 0.25, 0.5),
    # Lids open and close in three frames; only their ends and range can be bounded.
    "eye_opening": Bounds("of an open eye", 0.02, 0.1, 0.05, np.inf, 1.0),
}
USER_TOLERANCE = 10.0
"""Factor on jitter and jumps for users' clips: people fidget, cameras shake (four clips: to 8)."""

TURNED_AWAY_DEG = 55.0
BLINK_DIP, BLINK_SHUT, BLINK_LASTS_S = 0.7, 0.2, 0.6
SAME_BLINKS, SAME_TURNS = 0.7, 0.92
"""Correlation of blinks (the bank that ships: up to 0.58) and of turning (up to 0.87)."""

_STEP_S = 1 / USUAL_FPS


def check_track(track: MotionTrack, tolerance: float = 1.0) -> Iterator[Fault]:
    """Check every curve of a track against `BOUNDS`, and how far the head turns away.

    tolerance: factor on the bounds of jitter and jumps, see `USER_TOLERANCE`.
    """
    for name in BOUNDS:
        curve = _Curve.of(track, name)
        yield from curve.check_range()
        if len(track) >= 5:
            yield from curve.check_seam()
            yield from curve.check_jitter(tolerance)
    yaw = float(np.abs(track.start_pose.yaw + track.rotation_deg[:, 0]).max())
    if yaw > TURNED_AWAY_DEG:
        yield Fault(
            "limits",
            f"the head turns {yaw:.0f} degrees away from the camera;"
            f" at most {TURNED_AWAY_DEG:.0f} are allowed",
        )


@dataclass(frozen=True, slots=True)
class _Curve:
    """One curve of a track. values: float64 (T, N). away: the same less neutral."""

    name: str
    bounds: Bounds
    fps: float
    values: Float64
    away: Float64

    @classmethod
    def of(cls, track: MotionTrack, name: str) -> "_Curve":
        values = getattr(track, name).astype(np.float64).reshape(len(track), -1)
        words = name.removesuffix("_deg").replace("_", " ")
        return cls(words, BOUNDS[name], track.fps, values, values - NEUTRAL[name])

    @property
    def rate(self) -> float:
        """Frame rate relative to the one that the bounds are for."""
        return self.fps / USUAL_FPS

    def amount(self, value: float) -> str:
        return f"{value:.3g} {self.bounds.unit}".rstrip()

    def check_range(self) -> Iterator[Fault]:
        for number, place in ((0, "first"), (-1, "last")):
            off = _largest(self.away[number])
            if off > self.bounds.end:
                text = f"{self.name} of the {place} frame is {self.amount(off)} from neutral"
                yield Fault("ends", text)
        most = _largest(self.away)
        if most > self.bounds.most:
            text = f"{self.name} reaches {self.amount(most)}; the limit is {self.bounds.most:g}"
            yield Fault("limits", text)

    def check_seam(self) -> Iterator[Fault]:
        values = self.values
        step = _largest(values[-1] - values[0])
        kink = _largest((values[1] - values[0]) - (values[-1] - values[-2])) * self.rate
        if step > 2 * self.bounds.end:
            yield Fault(
                "loop",
                f"{self.name} jumps by {self.amount(step)} where the last frame meets the first",
            )
        elif kink > self.bounds.seam:
            yield Fault(
                "loop",
                f"{self.name} changes its speed by {self.amount(kink)} per frame at the seam",
            )

    def check_jitter(self, tolerance: float) -> Iterator[Fault]:
        shakes = np.abs(np.diff(self.away, 3, axis=0)).max(axis=1) / max(1.0, 1 / self.rate) ** 3
        median, worst = float(np.median(shakes)), float(shakes.max())
        if median > self.bounds.jitter * tolerance:
            yield Fault(
                "jitter",
                f"{self.name} jitters: third difference {self.amount(median)},"
                f" at most {self.bounds.jitter * tolerance:g}",
            )
        elif worst > self.bounds.jump * tolerance:
            at_s = (int(shakes.argmax()) + 1.5) / self.fps
            yield Fault(
                "jitter",
                f"{self.name} jumps at {at_s:.1f} s: third difference {self.amount(worst)},"
                f" at most {self.bounds.jump * tolerance:g}",
            )


def check_blinks(track: MotionTrack, one_eye: bool = False) -> Iterator[Fault]:
    """Check that there are blinks, that most of them close, and both eyes unless `one_eye`."""
    shut, partial = 0, []
    for start, stop in runs_of(track.eye_opening.min(1) < BLINK_DIP):
        lowest = track.eye_opening[start:stop].min(0)
        at_s = start / track.fps
        if lowest.min() > BLINK_SHUT:
            if (stop - start) / track.fps <= BLINK_LASTS_S:
                left = f"{100 * lowest.min():.0f} %"
                partial.append(f"the blink at {at_s:.1f} s leaves the eyes {left} open")
        elif lowest.max() <= 2 * BLINK_SHUT:
            shut += 1
        elif not one_eye:
            yield Fault("blinks", f"only one eye closes at {at_s:.1f} s")
    # People do not always shut their eyes in a blink, but mostly.
    if len(partial) > shut:
        yield from (Fault("blinks", text) for text in partial)
    if shut == 0:
        yield Fault("blinks", "the eyes never close")


def same_timing(first: MotionTrack, second: MotionTrack) -> str:
    """Similarity of two tracks' timing in words; empty if their timing differs enough."""
    blinks = _correlation(_blink_curve(first), _blink_curve(second))
    turns = abs(_correlation(_turn_curve(first), _turn_curve(second)))
    if blinks >= SAME_BLINKS:
        return f"blinks at the same times (correlation {blinks:.2f}, limit {SAME_BLINKS})"
    if turns >= SAME_TURNS:
        return f"turns at the same times (correlation {turns:.2f}, limit {SAME_TURNS})"
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
    """Correlation over the length of the shorter curve; 0 where one is constant."""
    count = min(len(a), len(b))
    a, b = a[:count] - a[:count].mean(), b[:count] - b[:count].mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 1e-6 else 0.0


def runs_of(low: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop (exclusive) of the runs of True in a bool array (T,)."""
    edges = np.diff(np.r_[0, low.astype(np.int8), 0])
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    )


def _largest(values: Float64) -> float:
    return float(np.abs(values).max())
