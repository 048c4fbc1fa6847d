"""Reasons for the choice of a driver, in words."""

from collections.abc import Sequence

from nostalgia.drivers.bank.bank import BankEntry
from nostalgia.drivers.matching.scoring import unsuited_words
from nostalgia.faces.expression import read_expression
from nostalgia.types import DriverScore, Face, HeadPose

EQUALLY_WELL_DEG = 2.5
"""Drivers whose distances differ by less fit equally well: the photo's own seed decides."""

QUIET = "quiet"
"""Mood of drivers that move little, for faces close together. Their penalty, which keeps them from
faces that have room, does not count there."""

_EXPRESSION_WORDS = {
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
    """Explain the choice of a driver for a face, in one sentence without a full stop.

    Args:
        face: the face.
        entry: the driver chosen.
        score: its score.
        scores: scores of all drivers, best first.
        close: True if another face is close.
    """
    performer = f"the performer of {entry.name}{', mirrored,' if score.mirrored else ''}"
    parts = [
        f"the face is {_turned(face.pose)} and {performer} is"
        f" {_turned(_start(entry, score.mirrored))}"
    ]
    state = read_expression(face.landmarks)
    suited = [word for word in state.words if word in entry.suits and word in _EXPRESSION_WORDS]
    unsuited = [word for word in unsuited_words(state, entry) if word in _EXPRESSION_WORDS]
    if suited:
        parts.append(f"it suits a face that {_joined(suited)}")
    if unsuited:
        parts.append(f"it was chosen although the face {_joined(unsuited)}")
    behind = score.distance - scores[0].distance
    if close and entry.mood == QUIET:
        parts.append("it moves little, because another face is close")
    elif behind > EQUALLY_WELL_DEG:
        parts.append(
            f"{scores[0].name} would fit {behind:.0f} degrees better, but a face nearby has it"
        )
    elif behind > 0:
        parts.append("it was drawn from those that fit about equally well")
    return "; ".join(parts)


def _start(entry: BankEntry, mirrored: bool) -> HeadPose:
    start = entry.start_pose
    return HeadPose(-start.yaw, start.pitch, -start.roll) if mirrored else start


def _turned(pose: HeadPose) -> str:
    """A pose in words, such as "turned 14 degrees to the left" as the viewer sees it."""
    if abs(pose.yaw) < 3.0:
        words = "frontal"
    else:
        words = f"turned {abs(pose.yaw):.0f} degrees to the {'left' if pose.yaw < 0 else 'right'}"
    if abs(pose.pitch) >= 5.0:
        words += f" and {abs(pose.pitch):.0f} {'up' if pose.pitch > 0 else 'down'}"
    return words


def _joined(words: Sequence[str]) -> str:
    return " and ".join(_EXPRESSION_WORDS[word] for word in words)
