"""Identity check of enhanced faces, without a face-recognition network.

Two things are compared, part by part (each eye with its brow, the nose, the mouth): the positions
where the mesh network finds the part in both pictures, and the gradients in it, at a scale that
noise, blur and sharpening do not affect. The part that agrees least decides: a face with another
person's mouth is another person's face. Not detected: changes of skin and hair, and occasionally
another face at half strength that was first warped to this one's shape.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nostalgia.enhancement.damage import repair_person
from nostalgia.enhancement.face_template import (
    EYE_TO_EYE_PX,
    SIDE_PX,
    cut_template,
    template_from_crop,
)
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.faces.topology import LEFT_BROW, LEFT_EYE, LIPS, NOSE, RIGHT_BROW, RIGHT_EYE
from nostalgia.geometry import apply_affine
from nostalgia.types import FaceCrop, Float32, Float64, UInt8

LEAST_LIKENESS = 0.88
"""Below this likeness a face counts as another person's.

Chosen on 30 press photos. On 11 other faces, damaged in six ways, `least_likeness` refused 2 of 121
honest results (restored faces and the undamaged ones themselves), and of 264 foreign or moved parts
14 passed: 13 times one eye pushed aside, once a face blended in by half.
"""

DAMAGED_LIKENESS = 0.5
"""Likeness to a damaged photo below which nobody can say whom it shows, mended or not. A crack from
forehead to chin through one eye takes away 0.1 to 0.4."""

REDUCED_FACE_PX = 24.0
"""Height of the photo's reduced copy; of smaller faces nobody can say whose they are."""

SAME_LIKENESS = 0.96
"""From this likeness of the reduced copy on, the photo is too blurred for the copy to say much."""

_PARTS = (LEFT_EYE + LEFT_BROW, RIGHT_EYE + RIGHT_BROW, NOSE, LIPS)

_PLAN_PX = 128  # side of the reduced template on which structure is compared
_SIGMAS_PX = (1.5, 2.5)  # of its smoothing: 1/20 and 1/12 of the distance between the eyes
_REACH_PX = 4  # reach of a part beyond its landmarks
_FAINT_LEVELS = 0.3  # levels per pixel; much smaller gradients are not structure

_STILL = 0.04  # eye distances by which blur and noise may move landmarks
_STRAY = 0.20  # eye distances at which the likeness is 0


@dataclass(frozen=True, slots=True)
class CheckedFace:
    """Result of the check. crop: the enhanced face, or the photo's own if it was refused.

    likeness: 0..1, see `likeness`. least: the likeness that was asked for.
    """

    crop: FaceCrop
    likeness: float
    refused: bool
    least: float = LEAST_LIKENESS


def checked_enhancement(before: FaceCrop, after: FaceCrop, mesh: MeshNetwork) -> CheckedFace:
    """Return the enhanced crop if it shows the same person, else the original crop.

    A crack or a scratch is not the person: a face that differs from the photo may still be like the
    photo without its damage, unless mending that alone changed more than DAMAGED_LIKENESS allows.

    before, after: the same part of the photo, as cut and as an enhancer returned it; if they are
    the same object, nothing is measured.
    """
    if after is before:
        return CheckedFace(before, 1.0, refused=False)
    original = _Original.of(before, mesh)
    found = original.likeness_of(after, mesh)
    if found >= SAME_LIKENESS:  # no reduced copy asks for more
        return CheckedFace(after, found, refused=False)
    least = _least_likeness(original, mesh)
    refused = found < least
    if refused and found >= DAMAGED_LIKENESS:
        mended = repair_person(before)
        if (mended != before.pixels).any():
            refused = likeness(replace(before, pixels=mended), after, mesh) < least
    return CheckedFace(before if refused else after, found, refused, least)


def least_likeness(before: FaceCrop, mesh: MeshNetwork) -> float:
    """Likeness that a restored face needs: LEAST_LIKENESS, or that of the photo's reduced copy.

    A result that is less like the photo than a copy of REDUCED_FACE_PX has lost the person.
    """
    return _least_likeness(_Original.of(before, mesh), mesh)


def likeness(before: FaceCrop, after: FaceCrop, mesh: MeshNetwork) -> float:
    """Similarity of a face to itself after its pixels were changed in place: 0..1, 1 = the same.

    The minimum over eyes, nose and mouth of agreement in structure times agreement in position.
    Tone, grain, blur and sharpening hardly count.
    """
    return _Original.of(before, mesh).likeness_of(after, mesh)


@dataclass(frozen=True, slots=True)
class _Original:
    """A face as the photo shows it, with which others are compared.

    crop: the face. matrix: template_from_crop (2, 3). points: float64 (478, 2), template pixels.
    structures: one per _SIGMAS_PX, as of `_structure`.
    """

    crop: FaceCrop
    matrix: Float64
    points: Float64
    structures: tuple[Float32, ...]

    @classmethod
    def of(cls, crop: FaceCrop, mesh: MeshNetwork) -> "_Original":
        landmarks = mesh.look_at(crop.pixels, crop.landmarks).landmarks
        matrix = template_from_crop(landmarks)
        points = apply_affine(matrix, landmarks[:, :2])
        return cls(crop, matrix, points, _structures(crop.pixels, matrix))

    def likeness_of(self, other: FaceCrop, mesh: MeshNetwork) -> float:
        """`likeness` of another version of the crop."""
        landmarks = mesh.look_at(other.pixels, self.crop.landmarks).landmarks
        there = apply_affine(self.matrix, landmarks[:, :2])
        structures = _structures(other.pixels, self.matrix)
        least = min(
            _same_structure(self.structures, structures, _area(self.points[list(part)]))
            * _same_place(self.points, there, part)
            for part in _PARTS
        )
        return float(np.clip(least, 0.0, 1.0))


def _least_likeness(original: _Original, mesh: MeshNetwork) -> float:
    before = original.crop
    side_px = max(round(before.size_px * REDUCED_FACE_PX / before.face_height_px), 8)
    if side_px >= before.size_px:
        return LEAST_LIKENESS
    small = cv2.resize(before.pixels, (side_px, side_px), interpolation=cv2.INTER_AREA)
    own = (before.size_px, before.size_px)
    copy = np.asarray(cv2.resize(small, own, interpolation=cv2.INTER_CUBIC), np.uint8)
    found = original.likeness_of(replace(before, pixels=copy), mesh)
    return LEAST_LIKENESS if found > SAME_LIKENESS else max(LEAST_LIKENESS, found)


def _structures(pixels: UInt8, matrix: Float64) -> tuple[Float32, ...]:
    """Gradients of a crop's reduced template, one per _SIGMAS_PX."""
    luma = _plan(pixels, matrix)
    return tuple(_structure(luma, sigma_px) for sigma_px in _SIGMAS_PX)


def _plan(pixels: UInt8, matrix: Float64) -> Float32:
    """Luma on the reduced template, float32 (_PLAN_PX, _PLAN_PX)."""
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    luma = cut_template(grey, matrix)
    side = (_PLAN_PX, _PLAN_PX)
    return np.asarray(cv2.resize(luma, side, interpolation=cv2.INTER_AREA), np.float32)


def _structure(luma: Float32, sigma_px: float) -> Float32:
    """Gradients (h, w, 2), normalised by the usual gradient around each pixel."""
    smooth = cv2.GaussianBlur(luma, (0, 0), sigma_px)
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, ksize=3) / 8 for dx in (1, 0)]
    gradient = np.stack(slopes, axis=-1)
    usual = cv2.GaussianBlur((gradient**2).sum(axis=-1), (0, 0), 3 * sigma_px)
    return np.asarray(gradient / np.sqrt(usual + _FAINT_LEVELS**2)[..., None], np.float32)


def _area(points: Float64) -> Float32:
    """Mask (_PLAN_PX, _PLAN_PX) of the convex hull of a part's landmarks (template pixels)."""
    drawn = np.zeros((_PLAN_PX, _PLAN_PX), np.uint8)
    hull = cv2.convexHull(np.round(points * (_PLAN_PX / SIDE_PX)).astype(np.int32))
    cv2.fillConvexPoly(drawn, hull, (1,))
    kernel = np.ones((2 * _REACH_PX + 1, 2 * _REACH_PX + 1), np.uint8)
    return np.asarray(cv2.dilate(drawn, kernel), np.float32)


def _same_structure(was: tuple[Float32, ...], now: tuple[Float32, ...], area: Float32) -> float:
    """Normalised correlation of two crops' gradients in an area: 1 = equal, 0 = chance level."""
    found = []
    for before, after in zip(was, now, strict=True):
        a, b = (gradient[area > 0].ravel() for gradient in (before, after))
        found.append(float(a @ b / (np.sqrt((a @ a) * (b @ b)) + 1e-6)))
    return sum(found) / len(found)


def _same_place(here: Float64, there: Float64, part: tuple[int, ...]) -> float:
    """1 if a part's landmarks (template pixels) stayed in place, falling to 0 at _STRAY."""
    apart = there[list(part)] - here[list(part)]
    strayed = float(np.sqrt((apart**2).sum(axis=1).mean())) / EYE_TO_EYE_PX
    return float(np.clip((_STRAY - strayed) / (_STRAY - _STILL), 0.0, 1.0))
