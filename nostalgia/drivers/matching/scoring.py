"""Match distance between a driver and a face, in degrees: pose, limits, expression, penalty."""

import math

from nostalgia.drivers.bank.bank import BankEntry
from nostalgia.faces.expression import FaceExpression
from nostalgia.types import DriverScore, HeadPose

MAX_YAW_DEG = 42.0
MAX_PITCH_DEG = 30.0
"""Beyond these angles a photo shows too little of the face to turn it further."""

PENALTY_PER_DEGREE = 1.5
MIRROR_PENALTY_DEG = 0.5
"""Prefers a driver as recorded to its mirror image where both fit equally well."""

UNSUITED_DEG = 5.0
"""Penalty for each expression of the face that a driver's `suits` does not list: a smile on top of
a smile looks worse than a head that is turned five degrees differently."""


def score_driver(
    pose: HeadPose, state: FaceExpression, entry: BankEntry, mirrored: bool
) -> DriverScore:
    """Compute the match distance of a driver and a face, in degrees.

    It is the sum of the angle between the poses (roll counts half: the photo's own tilt stays), a
    penalty for every degree by which the driver would turn the face beyond `MAX_YAW_DEG` or
    `MAX_PITCH_DEG`, a penalty for an expression that the driver does not suit, and the driver's
    own penalty.
    """
    sign = -1.0 if mirrored else 1.0
    start = entry.start_pose
    yaw, pitch = sign * start.yaw - pose.yaw, start.pitch - pose.pitch
    roll = sign * start.roll - pose.roll
    yaw_min, yaw_max, pitch_min, pitch_max = entry.pose_range[:4]
    yaws = (pose.yaw + sign * yaw_min, pose.yaw + sign * yaw_max)
    pitches = (pose.pitch + pitch_min, pose.pitch + pitch_max)
    excess = _excess(yaws, pose.yaw, MAX_YAW_DEG) + _excess(pitches, pose.pitch, MAX_PITCH_DEG)
    beyond = PENALTY_PER_DEGREE * excess
    expression = UNSUITED_DEG * len(unsuited_words(state, entry))
    penalty = entry.penalty + (MIRROR_PENALTY_DEG if mirrored else 0.0)
    apart = math.sqrt(yaw**2 + pitch**2 + (0.5 * roll) ** 2)
    return DriverScore(
        name=entry.name,
        mirrored=mirrored,
        distance=round(apart + beyond + expression + penalty, 3),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        beyond=beyond,
        expression=expression,
        penalty=penalty,
    )


def unsuited_words(state: FaceExpression, entry: BankEntry) -> tuple[str, ...]:
    """Expressions of a face that a driver does not suit; empty if the bank does not list any.

    A driver that suits a smile also suits the parted lips of a smiling face.
    """
    if not entry.suits:
        return ()
    suits = {*entry.suits, *(("open-mouth",) if state.smiling and "smiling" in entry.suits else ())}
    return tuple(word for word in state.words if word not in suits)


def _excess(reached: tuple[float, float], start: float, limit: float) -> float:
    """Degrees of motion beyond the limit, or beyond the photo's own pose if that exceeds it."""
    limit = max(limit, abs(start))
    return max(0.0, *(abs(angle) - limit for angle in reached))
