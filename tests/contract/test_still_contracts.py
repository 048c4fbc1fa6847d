"""Detectors, enhancers and landmarkers keep their rules; broken ones are detected."""

from dataclasses import replace

import numpy as np
import pytest

from nostalgia import registry
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.faces.detection.embedded import EmbeddedDetector
from nostalgia.options import DetectionOptions
from nostalgia.types import FaceBox
from tests.contract import still_rules as rules
from tests.contract.conftest import ALWAYS_HERE, names


def name_of(value) -> str:
    return value.__name__


@pytest.mark.parametrize("rule", rules.DETECTION_RULES, ids=name_of)
def test_every_detector_keeps_the_rule(detection_backend, rule) -> None:
    rule(detection_backend)


@pytest.mark.parametrize("rule", rules.ENHANCEMENT_RULES, ids=name_of)
def test_every_enhancer_keeps_the_rule(enhancement_backend, rule) -> None:
    rule(enhancement_backend)


@pytest.mark.parametrize("rule", rules.LANDMARKS_RULES, ids=name_of)
def test_every_landmarker_keeps_the_rule(landmarks_backend, rule) -> None:
    rule(landmarks_backend)


def test_the_suite_covers_every_backend_without_requirements() -> None:
    assert {(group, name) for group in registry.BUILT_IN for name in names(group)} >= ALWAYS_HERE


class Detector:
    """A correct detector; the broken ones change one thing each."""

    def __init__(self) -> None:
        self.detector = EmbeddedDetector.load(DetectionOptions())

    def detect(self, photo) -> list[FaceBox]:
        return self.detector.detect(photo)


class SaysSharesOfThePhoto(Detector):
    def detect(self, photo):
        height, width = photo.shape[:2]
        size = np.array([width, height, width, height])
        found = super().detect(photo)
        return [replace(face, box_xyxy=tuple(face.box_xyxy / size)) for face in found]


class WorstFirst(Detector):
    def detect(self, photo):
        return super().detect(photo)[::-1]


class SeesGhosts(Detector):
    def detect(self, photo):
        return [*super().detect(photo), FaceBox((0.0, 0.0, 9.0, 9.0), 0.6)]


class NeedsRoom(Detector):
    def detect(self, photo):
        assert min(photo.shape[:2]) > 16, "too small for this network"
        return super().detect(photo)


class TurnsThePhotoGrey(Detector):
    def detect(self, photo):
        photo[...] = photo.mean(axis=2, keepdims=True)
        return super().detect(photo)


class CopiesAtStrength0(EmbeddedEnhancer):
    def enhance(self, source, strength):
        return replace(super().enhance(source, strength), face_number=source.face_number)


class Crops(EmbeddedEnhancer):
    def enhance(self, source, strength):
        better = super().enhance(source, strength)
        return replace(better, pixels=better.pixels[:-1, :-1])


class BrightensAll(EmbeddedEnhancer):
    def enhance(self, source, strength):
        better = super().enhance(source, strength)
        return replace(better, pixels=np.minimum(better.pixels, 250) + np.uint8(2))


class PaintsOnTheSource(EmbeddedEnhancer):
    def enhance(self, source, strength):
        better = super().enhance(source, strength)
        source.pixels[...] = better.pixels
        return better


class AddsNewGrain(EmbeddedEnhancer):
    random = np.random.default_rng(1)

    def enhance(self, source, strength):
        better = super().enhance(source, strength)
        grain = self.random.integers(0, 2, better.pixels.shape, np.uint8)
        return replace(better, pixels=np.minimum(better.pixels, 250) + grain)


class Points:
    """A rough face of 68 points that keeps every rule."""

    def points68(self, pixels, landmarks):
        low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
        return (low + self.shares() * (high - low)).astype(np.float32)

    def shares(self):
        jaw = np.pi * np.linspace(1, 0, 17)
        points = [np.stack([0.5 + 0.5 * np.cos(jaw), 0.4 + 0.6 * np.sin(jaw)], 1)]
        points += [self.line((x, 0.25), (x + 0.25, 0.25), 5) for x in (0.15, 0.6)]
        points += [self.line((0.5, 0.35), (0.5, 0.6), 4), self.line((0.4, 0.65), (0.6, 0.65), 5)]
        points += [self.ring((x, 0.37), 0.1, 6) for x in (0.28, 0.72)]
        points += [self.ring((0.5, 0.8), 0.15, 12), self.ring((0.5, 0.8), 0.1, 8)]
        return np.concatenate(points)

    def line(self, start, end, count):
        return np.linspace(start, end, count)

    def ring(self, centre, radius, count):
        """From the image-left over the top, like all rings of the scheme."""
        turn = np.pi - 2 * np.pi * np.arange(count) / count
        return centre + radius * np.stack([np.cos(turn), -0.4 * np.sin(turn)], 1)


class YBeforeX(Points):
    def shares(self):
        return super().shares()[:, ::-1]


class SeenInAMirror(Points):
    def shares(self):
        return [1, 0] + [-1, 1] * super().shares()


class InSharesOfTheFace(Points):
    def points68(self, pixels, landmarks):
        return self.shares().astype(np.float32)


class StandsStill(Points):
    def points68(self, pixels, landmarks):
        return super().points68(*rules.seen_face())


class Trembles(Points):
    calls = 0

    def shares(self):
        self.calls += 1
        return super().shares() + 0.001 * self.calls


BROKEN = [
    (SaysSharesOfThePhoto, rules.the_face_is_found_in_the_photos_pixels),
    (WorstFirst, rules.the_best_faces_come_first),
    (SeesGhosts, rules.no_face_is_found_where_there_is_none),
    (NeedsRoom, rules.odd_sizes_are_accepted),
    (TurnsThePhotoGrey, rules.the_photo_is_not_modified),
    (CopiesAtStrength0, rules.strength_0_gives_the_same_object),
    (Crops, rules.only_pixels_change),
    (BrightensAll, rules.only_the_face_changes),
    (PaintsOnTheSource, rules.the_source_is_not_modified),
    (AddsNewGrain, rules.the_same_face_gives_the_same_result),
    (InSharesOfTheFace, rules.there_are_68_points_on_the_face),
    (YBeforeX, rules.points_are_in_the_classic_order),
    (SeenInAMirror, rules.points_are_in_the_classic_order),
    (StandsStill, rules.points_move_with_the_face),
    (Trembles, rules.arguments_are_not_modified),
]


@pytest.mark.parametrize(("broken", "rule"), BROKEN, ids=name_of)
def test_a_backend_broken_on_purpose_is_detected(broken, rule) -> None:
    with pytest.raises(AssertionError):
        rule(broken())


@pytest.mark.parametrize("rule", rules.LANDMARKS_RULES, ids=name_of)
def test_the_rough_face_that_the_broken_ones_alter_keeps_the_rule(rule) -> None:
    rule(Points())


def test_every_rule_has_a_backend_that_breaks_it() -> None:
    every = {*rules.DETECTION_RULES, *rules.ENHANCEMENT_RULES, *rules.LANDMARKS_RULES}
    assert {rule for _, rule in BROKEN} == every
