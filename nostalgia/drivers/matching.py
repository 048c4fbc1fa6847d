"""Which driver suits which face: by the way the head is turned, as it is or mirrored."""

import math
from collections.abc import Sequence

from nostalgia.drivers.bank import MIRRORED_SUFFIX, BankEntry, DriverBank
from nostalgia.types import Driver, DriverMatch, Face, HeadPose

Scores = tuple[tuple[str, bool, float], ...]

MAX_YAW_DEG = 42.0
MAX_PITCH_DEG = 30.0
"""Beyond these angles a photo holds too little of the face to turn it further."""

PENALTY_PER_DEGREE = 1.5
MIRROR_RELUCTANCE_DEG = 0.5
"""Of two drivers that fit equally well the one as recorded is taken."""

NEIGHBOUR_TOLERANCE_DEG = 10.0
"""How much worse than the best a driver may fit, to be unlike the neighbour's."""


def match_drivers(
    faces: Sequence[Face], bank: DriverBank, choice: str = "auto"
) -> list[DriverMatch]:
    """Choose a driver for each face, in the order of the faces.

    choice: "auto", or the name of a driver, also as ``NAME:mirrored``. With "auto", neighbours get
    different drivers where one fits nearly as well.

    Raises:
        DriverError: no driver has the name in `choice`.
    """
    matches: list[DriverMatch] = []
    read: dict[str, Driver] = {}
    previous: tuple[str, bool] | None = None
    for face in faces:
        scores = score_drivers(face.pose, bank)
        if choice == "auto":
            name, mirrored, distance = _unlike(previous, scores)
        else:
            mirrored = choice.endswith(MIRRORED_SUFFIX)
            name = bank.entry(choice.removesuffix(MIRRORED_SUFFIX)).name
            distance = next(d for n, m, d in scores if (n, m) == (name, mirrored))
        full_name = name + MIRRORED_SUFFIX if mirrored else name
        if full_name not in read:
            read[full_name] = bank.driver(full_name)
        matches.append(DriverMatch(read[full_name], distance, scores))
        previous = (name, mirrored)
    return matches


def score_drivers(pose: HeadPose, bank: DriverBank) -> Scores:
    """Distance in degrees of every driver, as recorded and mirrored, best first."""
    scores = [
        (entry.name, mirrored, round(match_distance(pose, entry, mirrored), 3))
        for entry in bank.entries.values()
        for mirrored in (False, True)
    ]
    return tuple(sorted(scores, key=lambda score: score[2]))


def match_distance(pose: HeadPose, entry: BankEntry, mirrored: bool) -> float:
    """How badly a driver fits a face, in degrees.

    The angle between the poses (roll counts half: the photo's own tilt is kept), plus a penalty for
    every degree by which the driver's turns would lead the face beyond what can be shown, plus the
    driver's own reluctance.
    """
    sign = -1.0 if mirrored else 1.0
    start = entry.start_pose
    apart = math.sqrt(
        (pose.yaw - sign * start.yaw) ** 2
        + (pose.pitch - start.pitch) ** 2
        + (0.5 * (pose.roll - sign * start.roll)) ** 2
    )
    yaw_min, yaw_max, pitch_min, pitch_max = entry.pose_range[:4]
    yaws = (pose.yaw + sign * yaw_min, pose.yaw + sign * yaw_max)
    pitches = (pose.pitch + pitch_min, pose.pitch + pitch_max)
    excess = _excess(yaws, pose.yaw, MAX_YAW_DEG) + _excess(pitches, pose.pitch, MAX_PITCH_DEG)
    reluctance = entry.reluctance + (MIRROR_RELUCTANCE_DEG if mirrored else 0.0)
    return apart + PENALTY_PER_DEGREE * excess + reluctance


def _excess(reached: tuple[float, float], start: float, limit: float) -> float:
    """Degrees by which the motion leads beyond the limit (or beyond where the photo is)."""
    limit = max(limit, abs(start))
    return max(0.0, *(abs(angle) - limit for angle in reached))


def _unlike(previous: tuple[str, bool] | None, scores: Scores) -> tuple[str, bool, float]:
    """The best score, or the best one with another driver than the neighbour's, if it is close."""
    best = scores[0]
    if previous is None or best[0] != previous[0]:
        return best
    others = [
        s for s in scores if s[0] != previous[0] and s[2] - best[2] <= NEIGHBOUR_TOLERANCE_DEG
    ]
    return others[0] if others else best
