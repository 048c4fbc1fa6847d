"""Every motion backend keeps every rule, and backends broken on purpose are detected."""

from dataclasses import replace

import numpy as np
import pytest

from nostalgia.dense_motion import DenseMotion
from nostalgia.motion.mesh.backend import MeshBackend
from tests.contract import motion_rules as rules


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_motion_backend_keeps_the_rule(motion_backend, rule) -> None:
    rule(motion_backend)


def changed(motion: DenseMotion, add) -> DenseMotion:
    return replace(motion, deformation=(motion.deformation + add).astype(np.float32))


class NeverQuiteNeutral(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        for motion in super().perform(prepared, track, strength, seed):
            yield changed(motion, 1e-6 + np.zeros_like(motion.deformation))


class MovesOutsideItsMask(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        outside = self.motion_mask(prepared)[..., None] == 0
        for number, motion in enumerate(super().perform(prepared, track, strength, seed)):
            yield changed(motion, 0.05 * outside * (number == rules.MIDDLE))


class KeepsTheLastFace(MeshBackend):
    def prepare(self, source, neighbours=()):
        self.last = super().prepare(source, neighbours)
        return self.last

    def perform(self, prepared, track, strength, seed):
        return super().perform(self.last, track, strength, seed)


class GrowsWithEveryCall(MeshBackend):
    calls = 0

    def perform(self, prepared, track, strength, seed):
        self.calls += 1
        return super().perform(prepared, track, strength * (1 + self.calls / 50), seed)


class LosesTheLastFrame(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        yield from list(super().perform(prepared, track, strength, seed))[:-1]


class MakesAllAtOnce(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        return list(super().perform(prepared, track, strength, seed))


class InDoublePrecision(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        for motion in super().perform(prepared, track, strength, seed):
            yield replace(motion, deformation=motion.deformation.astype(np.float64))


class DividesByZero(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        for motion in super().perform(prepared, track, strength, seed):
            yield changed(motion, np.nan * (motion.deformation > 0.9))


class ForgetsStrength(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        return super().perform(prepared, track, 1.0, seed)


class StandsStill(MeshBackend):
    def perform(self, prepared, track, strength, seed):
        return super().perform(prepared, track, 0.0, seed)


class PushesItsNeighbour(MeshBackend):
    def prepare(self, source, neighbours=()):
        return super().prepare(source)


class ReachesBeyondThePhoto(MeshBackend):
    def region(self, prepared):
        x0, y0, x1, y1 = super().region(prepared)
        return x0 - 40, y0 - 40, x1 + 40, y1 + 40


class SeesTooLittle(MeshBackend):
    def region(self, prepared):
        x0, y0, x1, y1 = super().region(prepared)
        return x0 + 60, y0 + 60, x1 - 60, y1 - 60


class MaskOfTwo(MeshBackend):
    def motion_mask(self, prepared):
        return super().motion_mask(prepared) * np.float32(2)


class PaintsOnTheSource(MeshBackend):
    def prepare(self, source, neighbours=()):
        source.pixels[0, 0] = 255 - source.pixels[0, 0]
        return super().prepare(source, neighbours)


class SkipsFrames(MeshBackend):
    reads_signals = True

    def extract_signals(self, frames):
        return np.stack([frame[::64, ::64].ravel() for frame in list(frames)[::2]])


class Blind(MeshBackend):
    reads_signals = True

    def extract_signals(self, frames):
        return np.zeros((len(list(frames)), 3), np.float32)


BROKEN = [
    (NeverQuiteNeutral, rules.neutral_frames_are_exactly_the_photo),
    (MovesOutsideItsMask, rules.nothing_moves_outside_the_mask),
    (MovesOutsideItsMask, rules.nothing_moves_outside_the_region),
    (MaskOfTwo, rules.nothing_moves_outside_the_mask),
    (ReachesBeyondThePhoto, rules.nothing_moves_outside_the_region),
    (SeesTooLittle, rules.nothing_moves_outside_the_region),
    (KeepsTheLastFace, rules.no_state_is_kept),
    (GrowsWithEveryCall, rules.no_state_is_kept),
    (GrowsWithEveryCall, rules.equal_input_gives_equal_output),
    (LosesTheLastFrame, rules.there_is_one_motion_per_frame),
    (MakesAllAtOnce, rules.motions_are_yielded_lazily),
    (InDoublePrecision, rules.arrays_have_the_declared_types),
    (DividesByZero, rules.arrays_have_the_declared_types),
    (ForgetsStrength, rules.strength_0_is_the_photo),
    (StandsStill, rules.something_moves),
    (PushesItsNeighbour, rules.a_neighbours_face_is_left_alone),
    (PaintsOnTheSource, rules.arguments_are_not_modified),
    (SkipsFrames, rules.signals_are_read_off_driving_frames),
    (Blind, rules.signals_are_read_off_driving_frames),
]


@pytest.mark.parametrize(("broken", "rule"), BROKEN, ids=lambda value: value.__name__)
def test_a_backend_broken_on_purpose_is_detected(broken, rule) -> None:
    with pytest.raises(AssertionError):
        rule(broken())


def test_every_rule_has_a_backend_that_breaks_it() -> None:
    broken = {rule for _, rule in BROKEN}
    crashes = {rules.odd_faces_can_be_moved}  # a backend that fails it raises an error of its own
    assert set(rules.RULES) == broken | crashes
