"""Choice of a driver for each face: by pose, expression and neighbours, mirrored or not.

Among drivers that fit about equally well the photo decides (its bytes and the seed, so that the
same photo always gets the same driver). The best match alone would give `calm` to every second
portrait, and forty photos of an album that all move alike look mechanical. To use one driver for
all of them, name it.
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
"""Loss of fit accepted for a driver other than that of the face beside it."""

QUIET_GAIN_DEG = 6.0
"""Loss of fit accepted for a quiet driver where faces are close together."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The choice for one face before a track is read; scores: best first, why: one sentence."""

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
        faces: the faces to be animated.
        bank: the drivers to choose from.
        choices: "auto", or the name of a driver, also as ``NAME:mirrored``; one for all faces, or
            one per face. With "auto", neighbouring faces get different drivers where another one
            fits nearly as well, and quiet ones where they are close together.
        photo_seed: decides between drivers that fit equally well.

    Raises:
        DriverError: no driver has the name in `choices`.
    """
    loaded: dict[str, Driver] = {}
    matches: list[DriverMatch] = []
    for pick in pick_drivers(faces, bank, choices, photo_seed):
        name = pick.score.name + (MIRRORED_SUFFIX if pick.score.mirrored else "")
        if name not in loaded:
            loaded[name] = bank.driver(name)
        matches.append(DriverMatch(loaded[name], pick.score.distance, pick.scores, pick.why))
    return matches


def pick_drivers(
    faces: Sequence[Face],
    bank: DriverBank,
    choices: str | Sequence[str] = AUTO,
    photo_seed: int = 0,
) -> list[Pick]:
    """Choose as `match_drivers` does, without reading a track."""
    requested = [choices] * len(faces) if isinstance(choices, str) else list(choices)
    gaps = face_gaps(faces)
    near, close = nearness(gaps), close_faces(gaps)
    picks: dict[int, Pick] = {}
    # Named drivers come first, then the choice goes from the largest face to the smallest.
    order = sorted(range(len(faces)), key=lambda i: (requested[i] == AUTO, -faces[i].height_px, i))
    for index in order:
        face, scores = faces[index], score_drivers(faces[index], bank)
        if requested[index] != AUTO:
            score = _named(requested[index], scores, bank)
            picks[index] = Pick(score, scores, f"{score.name} was asked for")
            continue
        beside = _beside(picks, near[index])
        candidates = _candidates(scores, bank)
        costs = [
            score.distance
            + _drawn(photo_seed, face.number, score) * EQUALLY_WELL_DEG
            + min(beside.get(score.name, 0.0), 1.0) * SAME_AS_NEIGHBOUR_DEG
            - (_quiet_gain(score, bank) if close[index] else 0.0)
            for score in candidates
        ]
        score = candidates[int(np.argmin(costs))]
        why = explain_choice(face, bank.entry(score.name), score, scores, close[index])
        picks[index] = Pick(score, scores, why)
    return [picks[index] for index in range(len(faces))]


def score_drivers(face: Face, bank: DriverBank) -> tuple[DriverScore, ...]:
    """Score every driver, as recorded and mirrored; best first, those only on request last."""
    state = read_expression(face.landmarks)
    scores = [
        score_driver(face.pose, state, entry, mirrored)
        for entry in bank.entries.values()
        for mirrored in (False, True)
    ]
    return tuple(sorted(scores, key=lambda s: (bank.entry(s.name).only_when_asked, s.distance)))


def _candidates(scores: Sequence[DriverScore], bank: DriverBank) -> Sequence[DriverScore]:
    """Drivers for automatic choice; all of them if the bank has none that may be chosen."""
    return [s for s in scores if not bank.entry(s.name).only_when_asked] or scores


def _beside(picks: Mapping[int, Pick], near: Float64) -> dict[str, float]:
    """Nearness of each driver that other faces already have: 1 = beside this face."""
    found: dict[str, float] = {}
    for other, pick in picks.items():
        found[pick.score.name] = found.get(pick.score.name, 0.0) + float(near[other])
    return found


def _quiet_gain(score: DriverScore, bank: DriverBank) -> float:
    quiet = bank.entry(score.name).mood == QUIET
    return QUIET_GAIN_DEG + score.penalty if quiet else 0.0


def _named(choice: str, scores: Sequence[DriverScore], bank: DriverBank) -> DriverScore:
    mirrored = choice.endswith(MIRRORED_SUFFIX)
    name = bank.entry(choice.removesuffix(MIRRORED_SUFFIX)).name
    return next(score for score in scores if (score.name, score.mirrored) == (name, mirrored))


def _drawn(photo_seed: int, number: int, score: DriverScore) -> float:
    """Pseudorandom number 0..1 of a photo, a face and a driver."""
    key = f"{photo_seed}:{number}:{score.name}:{score.mirrored}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "big") / 2**32
