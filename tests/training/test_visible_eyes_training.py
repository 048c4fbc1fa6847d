"""Labels of visible eyes, and what is fitted to them."""

import numpy as np
from train_visible_eyes import (
    HELD_OUT,
    LABELS,
    UNREADABLE,
    Faces,
    fit,
    is_judged,
    odds_of,
    read_labels,
    stilled,
)

from nostalgia.types import HeadPose, PartDoubts


def made_up(count: int = 400) -> Faces:
    """Faces of which a tenth has two eyes, and a twentieth one, that nobody can make out."""
    rng = np.random.default_rng(3)
    labels = rng.choice(["readable", "both", "left"], count, p=[0.85, 0.1, 0.05])
    lost = np.array([UNREADABLE[label] for label in labels])[..., None]
    typical = np.where(lost, [0.2, -3.2, 0.0128], [0.8, -2.2, 0.009])
    signs = typical + rng.normal(0, [0.15, 0.3, 0.001], (count, 2, 3))
    return Faces(np.full(count, "a/b"), labels, signs, np.zeros(count))


def test_every_line_of_the_labels_can_be_read() -> None:
    labels = read_labels(LABELS)
    assert {one.label for one in labels} == {*UNREADABLE, "ambiguous"}
    assert {one.repository for one in labels} > set(HELD_OUT)
    assert all(0 <= v <= 1 for one in labels for v in one.place)
    pictures = [(one.repository, one.picture, one.height_px) for one in labels]
    assert pictures == sorted(pictures, key=pictures.index), "faces of a picture lie together"
    assert len({(*picture, one.place) for picture, one in zip(pictures, labels, strict=True)}) == (
        len(labels)
    )


def test_what_is_fitted_tells_eyes_apart_that_differ() -> None:
    faces = made_up()
    coefficients = fit(faces)
    assert (np.sign(coefficients[:3]) == [1, 1, -1]).all()
    odds, seen = odds_of(faces, coefficients), faces.seen > 0
    assert (odds[seen] > 0).mean() > 0.95
    assert (odds[~seen] < 0).mean() > 0.95
    assert stilled(odds)[faces.labels == "both"].mean() > 0.9
    assert stilled(odds)[faces.labels == "readable"].mean() < 0.05


def test_only_located_eyes_of_heads_that_are_not_turned_away_are_learned() -> None:
    sure, unsure = PartDoubts(0.009, 0.009), PartDoubts(0.009, 0.02)
    assert is_judged(sure, HeadPose(30, 0, 0))
    assert not is_judged(unsure, HeadPose(30, 0, 0))
    assert not is_judged(sure, HeadPose(-45, 0, 0))
