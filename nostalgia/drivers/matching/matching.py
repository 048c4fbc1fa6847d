"""Which driver suits which face: by pose, mirrored or not, by expression, and by its neighbours.

Among drivers that fit about equally well the photo decides (its bytes and the seed, so that the
same photo always gets the same one): the best alone would give `calm` to every second portrait,
and an album of forty photos that all do the same looks like a machine. Whoever wants one driver
for all of them names it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nostalgia.drivers.bank.bank import MIRRORED_SUFFIX, DriverBank
from nostalgia.drivers.matching.explanations import EQUALLY_WELL_DEG, QUIET, explain_choice
from nostalgia.drivers.matching.scoring import score_driver
from nostalgia.faces.expression import read_expression
from nostalgia.faces.spacing import close_faces, face_gaps, nearness
from nostalgia.types import Driver, DriverMatch, DriverScore, Face, Float64

AUTO = "auto"

SAME_AS_NEIGHBOUR_DEG = 8.0
"""How much worse than the best a driver may fit, to be unlike that of the face beside it."""

QUIET_GAIN_DEG = 6.0
"""How much worse a quiet driver may fit, to be taken for faces close together."""


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
        face, scores = faces[index], score_drivers(faces[index], bank)
        if wanted[index] != AUTO:
            score = _named(wanted[index], scores, bank)
            picks[index] = Pick(score, scores, f"{score.name} was asked for")
            continue
        beside = _beside(picks, near[index])
        costs = [
            score.distance
            + _drawn(photo_seed, face.number, score) * EQUALLY_WELL_DEG
            + min(beside.get(score.name, 0.0), 1.0) * SAME_AS_NEIGHBOUR_DEG
            - (_quiet_gain(score, bank) if close[index] else 0.0)
            for score in scores
        ]
        score = scores[int(np.argmin(costs))]
        why = explain_choice(face, bank.entry(score.name), score, scores, close[index])
        picks[index] = Pick(score, scores, why)
    return [picks[index] for index in range(len(faces))]


def score_drivers(face: Face, bank: DriverBank) -> tuple[DriverScore, ...]:
    """Every driver, as recorded and mirrored, with its distance and the parts of it, best first."""
    state = read_expression(face.landmarks)
    scores = [
        score_driver(face.pose, state, entry, mirrored)
        for entry in bank.entries.values()
        for mirrored in (False, True)
    ]
    return tuple(sorted(scores, key=lambda score: score.distance))


def _beside(picks: Mapping[int, Pick], near: Float64) -> dict[str, float]:
    """How near each driver is that other faces have got already: 1 = beside this face."""
    found: dict[str, float] = {}
    for other, pick in picks.items():
        found[pick.score.name] = found.get(pick.score.name, 0.0) + float(near[other])
    return found


def _quiet_gain(score: DriverScore, bank: DriverBank) -> float:
    quiet = bank.entry(score.name).mood == QUIET
    return QUIET_GAIN_DEG + score.reluctance if quiet else 0.0


def _named(choice: str, scores: Sequence[DriverScore], bank: DriverBank) -> DriverScore:
    mirrored = choice.endswith(MIRRORED_SUFFIX)
    name = bank.entry(choice.removesuffix(MIRRORED_SUFFIX)).name
    return next(score for score in scores if (score.name, score.mirrored) == (name, mirrored))


def _drawn(photo_seed: int, number: int, score: DriverScore) -> float:
    """A number 0..1 that belongs to this photo, face and driver."""
    told = f"{photo_seed}:{number}:{score.name}:{score.mirrored}".encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:4], "big") / 2**32
