"""Which driver suits which face: by pose, mirrored or not, by expression, and by its neighbours.

Among drivers that fit about equally well the photo decides (its bytes and the seed, so that the
same photo always gets the same one): the best alone would give `calm` to every second portrait,
and an album of forty photos that all do the same looks like a machine. Whoever wants one driver
for all of them names it.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from nostalgia.drivers.bank import MIRRORED_SUFFIX, BankEntry, DriverBank
from nostalgia.drivers.grouping import close_faces, face_gaps, nearness
from nostalgia.face_state import FaceState, read_face_state
from nostalgia.types import Driver, DriverMatch, DriverScore, Face, HeadPose

AUTO = "auto"
QUIET = "quiet"
"""The mood of drivers that move little, for faces close together; there their own reluctance, which
keeps them from faces that have room, does not count."""

MAX_YAW_DEG = 42.0
MAX_PITCH_DEG = 30.0
"""Beyond these angles a photo holds too little of the face to turn it further."""

PENALTY_PER_DEGREE = 1.5
MIRROR_RELUCTANCE_DEG = 0.5
"""Of two drivers that fit equally well the one as recorded is taken."""

UNSUITED_DEG = 5.0
"""For each word of the face's state that a driver's `suits` does not list: a smile laid over a
smile looks worse than a head that is turned five degrees otherwise."""

EQUALLY_WELL_DEG = 2.5
"""Drivers whose distances differ by less fit equally well: the photo's own seed chooses."""

SAME_AS_NEIGHBOUR_DEG = 8.0
"""How much worse than the best a driver may fit, to be unlike that of the face beside it."""

QUIET_GAIN_DEG = 6.0
"""How much worse a quiet driver may fit, to be taken for faces close together."""

_STATE_SAID = {
    "smiling": "smiles already",
    "open-mouth": "has its mouth open",
    "half-closed-eyes": "has its eyes half closed",
}


@dataclass(frozen=True, slots=True)
class Pick:
    """What a face gets before its track is read; scores: best first, why: one sentence."""

    score: DriverScore
    scores: tuple[DriverScore, ...]
    why: str


def match_drivers(
    faces: Sequence[Face],
    bank: DriverBank,
    choices: str | Sequence[str] = AUTO,
    photo_seed: int = 0,
) -> list[DriverMatch]:
    """Choose a driver for each face, in the order of the faces.

    Args:
        faces: the faces that move.
        bank: the drivers to choose from.
        choices: "auto", or the name of a driver, also as ``NAME:mirrored``; one for all, or one
            per face. With "auto", faces near each other get different drivers where another one
            fits nearly as well, and quiet ones where they stand close.
        photo_seed: decides between drivers that fit equally well.

    Raises:
        DriverError: no driver has the name in `choices`.
    """
    read: dict[str, Driver] = {}
    matches: list[DriverMatch] = []
    for pick in pick_drivers(faces, bank, choices, photo_seed):
        name = pick.score.name + (MIRRORED_SUFFIX if pick.score.mirrored else "")
        if name not in read:
            read[name] = bank.driver(name)
        matches.append(DriverMatch(read[name], pick.score.distance, pick.scores, pick.why))
    return matches


def pick_drivers(
    faces: Sequence[Face],
    bank: DriverBank,
    choices: str | Sequence[str] = AUTO,
    photo_seed: int = 0,
) -> list[Pick]:
    """As `match_drivers`, without reading a track."""
    wanted = [choices] * len(faces) if isinstance(choices, str) else list(choices)
    gaps = face_gaps(faces)
    near, close = nearness(gaps), close_faces(gaps)
    picks: dict[int, Pick] = {}
    # Named drivers are known before all others; then the largest face, looked at first, chooses.
    order = sorted(range(len(faces)), key=lambda i: (wanted[i] == AUTO, -faces[i].height_px, i))
    for index in order:
        scores = score_drivers(faces[index], bank)
        if wanted[index] != AUTO:
            score = _named(wanted[index], scores, bank)
            picks[index] = Pick(score, scores, f"{score.name} was asked for")
            continue
        beside = {
            name: sum(float(near[index, i]) for i in picks if picks[i].score.name == name)
            for name in bank.names
        }

        def cost(
            score: DriverScore, index: int = index, beside: dict[str, float] = beside
        ) -> float:
            drawn = _drawn(photo_seed, faces[index].number, score) * EQUALLY_WELL_DEG
            alike = min(beside[score.name], 1.0) * SAME_AS_NEIGHBOUR_DEG
            quiet = close[index] and bank.entry(score.name).mood == QUIET
            gain = QUIET_GAIN_DEG + score.reluctance if quiet else 0.0
            return score.distance + drawn + alike - gain

        score = min(scores, key=cost)
        why = explain_choice(faces[index], bank.entry(score.name), score, scores, close[index])
        picks[index] = Pick(score, scores, why)
    return [picks[index] for index in range(len(faces))]


def score_drivers(face: Face, bank: DriverBank) -> tuple[DriverScore, ...]:
    """Every driver, as recorded and mirrored, with its distance and the parts of it, best first."""
    state = read_face_state(face.landmarks)
    scores = [
        score_driver(face.pose, state, entry, mirrored)
        for entry in bank.entries.values()
        for mirrored in (False, True)
    ]
    return tuple(sorted(scores, key=lambda score: score.distance))


def score_driver(pose: HeadPose, state: FaceState, entry: BankEntry, mirrored: bool) -> DriverScore:
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
    expression = UNSUITED_DEG * len(_unsuited(state, entry))
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


def explain_choice(
    face: Face,
    entry: BankEntry,
    score: DriverScore,
    scores: Sequence[DriverScore],
    close: bool = False,
) -> str:
    """Why a face got a driver, in one sentence without a full stop."""
    performer = f"the performer of {entry.name}{', mirrored,' if score.mirrored else ''}"
    parts = [
        f"the face is {_turned(face.pose)}, {performer} {_turned(_start(entry, score.mirrored))}"
    ]
    state = read_face_state(face.landmarks)
    suited = [word for word in state.words if word in entry.suits and word in _STATE_SAID]
    unsuited = [word for word in _unsuited(state, entry) if word in _STATE_SAID]
    if suited:
        parts.append(f"it suits a face that {_listed(suited)}")
    if unsuited:
        parts.append(f"it was taken although the face {_listed(unsuited)}")
    behind = score.distance - scores[0].distance
    if close and entry.mood == QUIET:
        parts.append("it moves little, because another face is close")
    elif behind > EQUALLY_WELL_DEG:
        parts.append(f"{scores[0].name} would fit {behind:.0f} degrees better, and is beside it")
    elif behind > 0:
        parts.append("it was drawn from those that fit about equally well")
    return "; ".join(parts)


def _start(entry: BankEntry, mirrored: bool) -> HeadPose:
    start = entry.start_pose
    return HeadPose(-start.yaw, start.pitch, -start.roll) if mirrored else start


def _turned(pose: HeadPose) -> str:
    """A pose in words: "turned 14 degrees to the left", as the viewer sees it."""
    if abs(pose.yaw) < 3.0:
        said = "frontal"
    else:
        said = f"turned {abs(pose.yaw):.0f} degrees to the {'left' if pose.yaw < 0 else 'right'}"
    if abs(pose.pitch) >= 5.0:
        said += f" and {abs(pose.pitch):.0f} {'up' if pose.pitch > 0 else 'down'}"
    return said


def _listed(words: Sequence[str]) -> str:
    return " and ".join(_STATE_SAID[word] for word in words)


def _unsuited(state: FaceState, entry: BankEntry) -> tuple[str, ...]:
    """What the face does and the driver does not go with; nothing where the bank does not say.

    What goes with a smile goes with the teeth that a smile shows.
    """
    if not entry.suits:
        return ()
    suits = {*entry.suits, *(("open-mouth",) if state.smiling and "smiling" in entry.suits else ())}
    return tuple(word for word in state.words if word not in suits)


def _named(choice: str, scores: Sequence[DriverScore], bank: DriverBank) -> DriverScore:
    mirrored = choice.endswith(MIRRORED_SUFFIX)
    name = bank.entry(choice.removesuffix(MIRRORED_SUFFIX)).name
    return next(score for score in scores if (score.name, score.mirrored) == (name, mirrored))


def _drawn(photo_seed: int, number: int, score: DriverScore) -> float:
    """A number 0..1 that belongs to this photo, face and driver."""
    told = f"{photo_seed}:{number}:{score.name}:{score.mirrored}".encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:4], "big") / 2**32


def _excess(reached: tuple[float, float], start: float, limit: float) -> float:
    """Degrees by which the motion leads beyond the limit (or beyond where the photo is)."""
    limit = max(limit, abs(start))
    return max(0.0, *(abs(angle) - limit for angle in reached))
