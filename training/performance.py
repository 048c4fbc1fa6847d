"""What one driver of the bank is: its name, whose face performs it, and its score."""

from dataclasses import dataclass

from kinematics import GAZE_LEAD_S, Look, Score

EXPRESSIONS = ("neutral", "smiling", "open-mouth", "half-closed-eyes")
"""What the face in a photo may do; `Performance.suits` takes from these."""


@dataclass(frozen=True)
class Performance:
    """One driver: what it is called, whose face performs it, and its score.

    performer: name in make_performers.py. mood: one word. suits: the expressions in a photo, of
    `EXPRESSIONS`, that this performance goes with. reluctance: degrees added to the match distance, so that a special
    mood is not the everyday choice (`nostalgia.drivers.bank.bank.BankEntry`).
    """

    name: str
    title: str
    gestures: tuple[str, ...]
    performer: str
    mood: str
    suits: tuple[str, ...]
    score: Score
    reluctance: float = 0.0


def led(at_s: float, right: float = 0.0, up: float = 0.0) -> Look:
    """A look that leads a turn beginning at `at_s`."""
    return Look(at_s - GAZE_LEAD_S, right, up)
