"""What hangs from a head, or is held before it, turns with it as one piece."""

from dataclasses import replace

import cv2
import numpy as np
from synthetic_face import face_in, photo_of, track_of

from nostalgia.motion.mesh.backend import MeshBackend
from nostalgia.motion.mesh.hanging import hung_from_head
from nostalgia.photo.crop import crop_face
from nostalgia.types import FaceCrop, Float32, HeadPose

UNIT, STEP = 150.0, 0.025


def cliff() -> tuple[Float32, np.ndarray, np.ndarray]:
    """A flat face and a crown that stand before a wall, 0.4 face heights behind them."""
    x, y = np.meshgrid(np.arange(-60, 61) * STEP, np.arange(-60, 61) * STEP)
    face = np.hypot(x / 0.35, y / 0.5) < 1
    crown = (np.abs(x) < 0.8) & (y < -0.3) & (y > -0.9)
    return np.where(face | crown, 0.0, -0.4).astype(np.float32), face, crown


def test_the_surface_falls_back_gently_beside_the_face_and_below_the_hair() -> None:
    depth, face, crown = cliff()
    hung = hung_from_head(depth, face, crown, STEP)
    assert (hung[face] == depth[face]).all()
    assert (hung >= depth - 1e-6).all()
    below_chin = hung[82:, 60]
    assert np.diff(below_chin).min() > -0.7 * STEP
    beside = hung[49:, 60 + round(0.7 / STEP)]
    assert -0.2 < beside[round(0.3 / STEP)] < -0.05 and beside[-1] < -0.35
    assert np.diff(beside).min() > -0.5 * STEP
    assert abs(hung[60, -1] - depth[60, -1]) < 1e-6


def test_without_a_face_in_the_crop_nothing_hangs() -> None:
    depth, face, crown = cliff()
    assert hung_from_head(depth, np.zeros_like(face), crown, STEP) is depth


def scarf() -> FaceCrop:
    """A head whose scarf hangs down beside it to the shoulders."""
    face = face_in((400, 400), UNIT, HeadPose(0.0, 0.0, 0.0))
    source = crop_face(photo_of(face, size_wh=(800, 800)), face, 1.75)
    person = np.zeros((source.size_px,) * 2, np.uint8)
    x, y = (int(v) for v in source.landmarks[:, :2].mean(axis=0))
    wide, top, low = int(0.9 * UNIT), int(0.8 * UNIT), int(1.2 * UNIT)
    cv2.rectangle(person, (x - wide, y - top), (x + wide, y + low), 255, -1)
    return replace(source, person=person)


def test_a_scarf_does_not_wave_in_a_turn() -> None:
    source = scarf()
    prepared = MeshBackend().prepare(source)
    step = prepared.grid.step_px
    track = track_of((20.0, 0.0, 0.0), length=41)
    shifts = [
        motion.deformation - prepared.grid.identity()
        for motion in MeshBackend().perform(prepared, track, 1.0, None)
    ]
    shift = max(shifts, key=lambda each: abs(each).max()) * (prepared.grid.nodes - 1) / 2
    x, y = source.landmarks[:, :2].mean(axis=0)
    rows = slice(round((y - 0.6 * UNIT) / step), round((y + 1.2 * UNIT) / step))
    for side in (-0.75, 0.75):
        along = shift[rows, round((x + side * UNIT) / step), 0]
        assert np.abs(along).max() > 1.5
        assert np.abs(np.diff(along)).max() < 0.2
