"""How badly a driver suits a face, in degrees: by pose, mirrored or not, and by expression."""

import math

from nostalgia.drivers.bank.bank import BankEntry
from nostalgia.faces.expression import FaceExpression
from nostalgia.types import DriverScore, HeadPose

MAX_YAW_DEG = 42.0
MAX_PITCH_DEG = 30.0
"""Beyond these angles a photo holds too little of the face to turn it further."""

PENALTY_PER_DEGREE = 1.5
MIRROR_RELUCTANCE_DEG = 0.5
"""Of two drivers that fit equally well the one as recorded is taken."""

UNSUITED_DEG = 5.0
"""For each word of the face's state that a driver's `suits` does not list: a smile laid over a
smile looks worse than a head that is turned five degrees otherwise."""


def score_driver(
    pose: HeadPose, state: FaceExpression, entry: BankEntry, mirrored: bool
) -> DriverScore:
    """How badly a driver fits a face, in degrees.

    The angle between the poses (roll counts half: the photo's own tilt is kept), plus a penalty for
    every degree by which the driver's turns would lead the face beyond what can be shown, plus one
    for an expression that does not suit the face's own, plus the driver's own reluctance.
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
    reluctance = entry.reluctance + (MIRROR_RELUCTANCE_DEG if mirrored else 0.0)
    apart = math.sqrt(yaw**2 + pitch**2 + (0.5 * roll) ** 2)
    return DriverScore(
        name=entry.name,
        mirrored=mirrored,
        distance=round(apart + beyond + expression + reluctance, 3),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        beyond=beyond,
        expression=expression,
        reluctance=reluctance,
    )


def unsuited_words(state: FaceExpression, entry: BankEntry) -> tuple[str, ...]:
    """What the face does and the driver does not go with; nothing where the bank does not say.

    What goes with a smile goes with the teeth that a smile shows.
    """
    if not entry.suits:
        return ()
    suits = {*entry.suits, *(("open-mouth",) if state.smiling and "smiling" in entry.suits else ())}
    return tuple(word for word in state.words if word not in suits)


def _excess(reached: tuple[float, float], start: float, limit: float) -> float:
    """Degrees by which the motion leads beyond the limit (or beyond where the photo is)."""
    limit = max(limit, abs(start))
    return max(0.0, *(abs(angle) - limit for angle in reached))
