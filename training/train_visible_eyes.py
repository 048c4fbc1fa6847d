"""Fit how far the signs of `nostalgia/faces/visible_eyes.py` say that an eye can be made out.

    python training/train_visible_eyes.py CLONES SIGNS.npz

CLONES holds clones of the repositories that training/visible_eyes_labels.txt names, each as
OWNER/NAME. The signs are measured as they are before a face blinks, on its restored crop, and kept in SIGNS.npz, in
the order of the labels; if that file is there already, they are read from it. The coefficients are
printed and belong into the module, the figures into checkpoints/visible_eyes.md.

A line of the labels: repository, the picture's object in Git, height in pixels to which its largest
face is shrunk ("-": not at all), middle of a face's box in thousandths of the picture's width and
height, label. Names of files are not repeated here: many name the people.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize

from nostalgia.faces import visible_eyes
from nostalgia.faces.doubts import (
    FAR_EYE_HIDDEN_DEG,
    LEAST_OF_ONE,
    LEAST_VISIBILITY,
    MOST_EYE_DOUBT,
    unsure_eyes,
)
from nostalgia.options import AnimateOptions
from nostalgia.photo.reader import read_photo
from nostalgia.scene.models import Models
from nostalgia.scene.restoration import crops_of, restore_faces
from nostalgia.types import Face, HeadPose, PartDoubts, Photo

LABELS = Path(__file__).with_name("visible_eyes_labels.txt")
UNREADABLE = {"readable": (0, 0), "left": (1, 0), "right": (0, 1), "both": (1, 1)}
"""Eyes that nobody can make out, image-left and image-right. Ambiguous faces are not learned."""

HELD_OUT = (
    "wangqinghuan/old-photos",
    "asielen/plaintext-family-history",
    "muxspace/facial_expressions",
    "jforms/images",
)
"""Repositories for the figures only. Test photos of the project come from the first two."""

RIDGE = 2e-3
JPEG_QUALITY = 80
"""Of pictures that were shrunk."""
SAME_PLACE = 0.4
"""Most distance of a face from its labelled place, in its heights."""


@dataclass(frozen=True)
class Label:
    """A labelled face. height_px: None if the picture is not shrunk."""

    repository: str
    picture: str
    height_px: float | None
    place: tuple[float, float]
    label: str


@dataclass(frozen=True)
class Faces:
    """Measured faces. signs: (N, 2, 3), of both eyes. size: (N,), log-odds that it adds."""

    repositories: np.ndarray
    labels: np.ndarray
    signs: np.ndarray
    size: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Faces":
        return Faces(*(column[chosen] for column in vars(self).values()))

    @property
    def seen(self) -> np.ndarray:
        """1 for an eye that can be made out, float64 (N, 2)."""
        return 1.0 - np.array([UNREADABLE[label] for label in self.labels])


def read_labels(path: Path) -> list[Label]:
    """The labelled faces, those of a picture one after another."""
    labels = []
    for line in path.read_text(encoding="utf-8").splitlines():
        repository, picture, height, place, label = line.split("\t")
        x, y = (int(v) / 1000 for v in place.split(","))
        labels.append(
            Label(repository, picture, None if height == "-" else float(height), (x, y), label)
        )
    return labels


def shrunk(photo: Photo, largest_px: float, height_px: float) -> Photo:
    """A photo at the size at which its largest face is `height_px` high, saved as a JPEG."""
    k = height_px / largest_px
    small = cv2.resize(photo.pixels[..., ::-1], None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
    _, file = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return read_photo(np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]))


def git_object(clone: Path, name: str) -> bytes:
    """The content of a file in any commit of a clone."""
    command = ["git", "-C", str(clone), "cat-file", "blob", name]
    return subprocess.run(command, capture_output=True, check=True).stdout


def measure(clones: Path, labels: list[Label]) -> tuple[np.ndarray, np.ndarray]:
    """Signs (N, 2, 3) and odds of the size (N,) of labelled faces; NaN for those that are left out."""
    models, options = Models(), AnimateOptions()
    finder, enhancer = models.finder(), models.enhancer(options)
    signs, size = np.full((len(labels), 2, 3), np.nan), np.full(len(labels), np.nan)
    for (repository, picture, height_px), group in groupby(
        enumerate(labels), lambda row: (row[1].repository, row[1].picture, row[1].height_px)
    ):
        photo = read_photo(git_object(clones / repository, picture))
        faces = finder.find(photo)
        if height_px is not None and faces:
            photo = shrunk(photo, max(face.height_px for face in faces), height_px)
            faces = finder.find(photo)
        chosen = {}
        for row, label in group:
            face = face_at(label, photo, faces)
            if face is None:
                print("not found:", label)
            elif is_judged(face.doubts, face.pose):
                chosen[row] = face
        sources = crops_of(photo, list(chosen.values()))
        restored = restore_faces(photo, sources, options, enhancer, models.mesh())
        for row, crop in zip(chosen, restored.sources, strict=True):
            signs[row] = visible_eyes.eye_signs(crop.pixels, crop.landmarks, crop.doubts)
            size[row] = visible_eyes.size_odds(crop.landmarks)
    return signs, size


def face_at(label: Label, photo: Photo, faces: Sequence[Face]) -> Face | None:
    """The face at the labelled place."""
    place = np.array(label.place) * (photo.width, photo.height)
    away = [
        np.linalg.norm(np.reshape(face.box_xyxy, (2, 2)).mean(axis=0) - place) / face.height_px
        for face in faces
    ]
    return faces[int(np.argmin(away))] if away and min(away) < SAME_PLACE else None


def is_judged(doubts: PartDoubts, pose: HeadPose) -> bool:
    """True for the faces that are learned: both eyes are located, and neither may be hidden."""
    return max(doubts[:2]) <= MOST_EYE_DOUBT and abs(pose.yaw) < FAR_EYE_HIDDEN_DEG


def fit(faces: Faces) -> np.ndarray:
    """Weights of the three signs and the bias, rounded; both classes of eyes weigh the same."""
    signs, seen = faces.signs.reshape(-1, 3), faces.seen.ravel()
    offset = np.repeat(faces.size, 2)
    middle, spread = signs.mean(0), signs.std(0)
    z = np.column_stack([(signs - middle) / spread, np.ones(len(signs))])
    share = np.where(seen > 0, 0.5 / seen.sum(), 0.5 / (1 - seen).sum())

    def loss(w: np.ndarray) -> float:
        odds = z @ w + offset
        missed = np.logaddexp(0, np.where(seen > 0, -odds, odds))
        return float((share * missed).sum() + RIDGE * (w[:-1] ** 2).sum())

    found = minimize(loss, np.zeros(4)).x
    weights = found[:-1] / spread
    exact = np.append(weights, found[-1] - weights @ middle)
    return np.array([float(f"{v:.3g}") for v in exact])


def odds_of(faces: Faces, coefficients: np.ndarray) -> np.ndarray:
    """Log-odds that eyes can be made out, (N, 2)."""
    return faces.signs @ coefficients[:3] + coefficients[3] + faces.size[:, None]


def stilled(odds: np.ndarray) -> np.ndarray:
    """True for faces whose eyes stay still, bool (N,)."""
    located, straight = PartDoubts(0.0, 0.0), HeadPose(0, 0, 0)
    return np.array([any(unsure_eyes(located, straight, 0.0, tuple(pair))) for pair in odds])


def report(name: str, faces: Faces, odds: np.ndarray) -> None:
    """Print the shares of readable and of unreadable faces that stay still."""
    still, line = stilled(odds), f"{name:<66}"
    for kind, ours in (
        ("readable", faces.labels == "readable"),
        ("unreadable", ~np.isin(faces.labels, ("readable", "ambiguous"))),
        ("ambiguous", faces.labels == "ambiguous"),
    ):
        line += f" {kind} {still[ours].sum():3} of {ours.sum():3}"
    print(line)


def faces_of(labels: list[Label], signs: np.ndarray, size: np.ndarray) -> Faces:
    """The labelled faces that were measured."""
    repositories = np.array([label.repository for label in labels])
    kinds = np.array([label.label for label in labels])
    return Faces(repositories, kinds, signs, size)[np.isfinite(size)]


def main(clones: Path, kept: Path) -> None:
    """Measure, fit, print."""
    labels = read_labels(LABELS)
    if not kept.exists():
        signs, size = measure(clones, labels)
        np.savez(kept, signs=signs, size=size)
    with np.load(kept) as file:
        faces = faces_of(labels, file["signs"], file["size"])
    clear, held_out = faces.labels != "ambiguous", np.isin(faces.repositories, HELD_OUT)
    learned = faces[clear & ~held_out]
    coefficients = fit(learned)
    lost = int((1 - learned.seen).sum())
    print(f"{len(learned.labels)} faces, {lost} of their eyes cannot be made out")
    print("LIKENESS_WEIGHT, CONTRAST_WEIGHT, DOUBT_WEIGHT, BIAS =", *coefficients.tolist())
    odds = odds_of(faces, coefficients)
    readable = odds[(faces.labels == "readable") & ~held_out]
    mean, one = np.percentile(readable.mean(1), 1), np.percentile(readable.min(1), 1)
    print(f"one readable face in a hundred: both below {mean:.2f} in the mean, one below {one:.2f}")
    print(f"they stay still below {LEAST_VISIBILITY} and {LEAST_OF_ONE}; faces that stay still:")
    report("learned from", faces[~held_out], odds[~held_out])
    report("held out", faces[held_out], odds[held_out])
    for repository in HELD_OUT:
        ours = faces.repositories == repository
        report("held out: " + repository, faces[ours], odds[ours])
    for repository in np.unique(learned.repositories):
        others = fit(learned[learned.repositories != repository])
        ours = faces[faces.repositories == repository]
        report("learned without: " + repository, ours, odds_of(ours, others))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
