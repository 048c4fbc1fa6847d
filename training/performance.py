"""One driver of the bank as it is authored: name, performer, score."""

from dataclasses import dataclass

from kinematics import GAZE_LEAD_S, Look, Score

EXPRESSIONS = ("neutral", "smiling", "open-mouth", "half-closed-eyes")
"""Expressions of a face in a photo, for `Performance.suits`."""


@dataclass(frozen=True)
class Performance:
    """One driver as it is authored.

    performer: name in make_performers.py. mood: one word. suits: the expressions in a photo, of
    `EXPRESSIONS`, that this performance suits. penalty: degrees added to the match distance, so that a special mood is
    not the everyday choice (`nostalgia.drivers.bank.listing.BankEntry`).
    """

    name: str
    title: str
    gestures: tuple[str, ...]
    performer: str
    mood: str
    suits: tuple[str, ...]
    score: Score
    penalty: float = 0.0


def led(at_s: float, right: float = 0.0, up: float = 0.0) -> Look:
    """A look that leads a turn beginning at `at_s`."""
    return Look(at_s - GAZE_LEAD_S, right, up)
