"""Why a face got a driver, in words."""

from collections.abc import Sequence

from nostalgia.drivers.bank.bank import BankEntry
from nostalgia.drivers.matching.scoring import unsuited_words
from nostalgia.faces.expression import read_expression
from nostalgia.types import DriverScore, Face, HeadPose

EQUALLY_WELL_DEG = 2.5
"""Drivers whose distances differ by less fit equally well: the photo's own seed chooses."""

QUIET = "quiet"
"""The mood of drivers that move little, for faces close together; there their own reluctance, which
keeps them from faces that have room, does not count."""

_STATE_SAID = {
    "smiling": "smiles already",
    "open-mouth": "has its mouth open",
    "half-closed-eyes": "has its eyes half closed",
}


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
    state = read_expression(face.landmarks)
    suited = [word for word in state.words if word in entry.suits and word in _STATE_SAID]
    unsuited = [word for word in unsuited_words(state, entry) if word in _STATE_SAID]
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
