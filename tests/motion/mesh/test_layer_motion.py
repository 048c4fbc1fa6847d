"""A head whose person is known: hair and hat are its own, only neck and borders hold it."""

from dataclasses import replace

import cv2
import numpy as np
from synthetic_face import face_in, photo_of, track_of

from nostalgia.motion.mesh.backend import MeshBackend, MeshSource
from nostalgia.photo.crop import crop_face
from nostalgia.types import FaceCrop, Float32, HeadPose

UNIT = 150.0


def source_at(centre_xy: tuple[float, float], size_wh: tuple[int, int] = (800, 800)) -> FaceCrop:
    face = face_in(centre_xy, UNIT, HeadPose(0.0, 0.0, 0.0))
    return crop_face(photo_of(face, size_wh=size_wh), face, 1.75)


def with_person(source: FaceCrop, hat: float = 0.8, shoulders: float = 1.2) -> FaceCrop:
    """A head with a hat, `hat` face heights above its middle, on shoulders; all else background."""
    person = np.zeros((source.size_px,) * 2, np.uint8)
    x, y = (int(v) for v in source.landmarks[:, :2].mean(axis=0))
    half = int(0.5 * UNIT)
    cv2.rectangle(person, (x - half, int(y - hat * UNIT)), (x + half, y + half), 255, -1)
    wide = int(shoulders * UNIT)
    cv2.rectangle(person, (x - wide, int(y + 0.75 * UNIT)), (x + wide, source.size_px), 255, -1)
    cv2.rectangle(person, (x - half // 2, y), (x + half // 2, source.size_px), 255, -1)
    return replace(source, person=person)


def share_at(source: FaceCrop, right: float, down: float) -> float:
    """The motion mask at a place, face heights from the face's middle."""
    prepared = MeshBackend().prepare(source)
    mask = MeshBackend().motion_mask(prepared)
    x, y = source.landmarks[:, :2].mean(axis=0) + UNIT * np.array([right, down])
    return float(mask[round(y / prepared.grid.step_px), round(x / prepared.grid.step_px)])


def turned_by(prepared: MeshSource, degrees: float) -> Float32:
    """The shift of every node at the end of a turn: float32 (G, G, 2)."""
    track = track_of((degrees, 0.0, 0.0), length=41)
    motions = list(MeshBackend().perform(prepared, track, 1.0, None))
    return max(
        (m.deformation - prepared.grid.identity() for m in motions), key=lambda d: abs(d).max()
    )


def test_hair_and_hat_belong_to_the_head() -> None:
    bare = source_at((400, 400))
    known = with_person(bare, hat=1.2)
    assert share_at(bare, 0.0, -1.1) < 0.7
    assert share_at(known, 0.0, -1.1) > 0.95
    assert share_at(known, 0.0, 0.0) > 0.99


def test_shoulders_stay_and_the_neck_leads_down_to_them() -> None:
    known = with_person(source_at((400, 400)))
    down = [share_at(known, 0.0, v) for v in (0.5, 0.8, 1.1, 1.4)]
    assert down[0] > 0.95 and down == sorted(down, reverse=True) and down[-1] < 0.05
    assert share_at(known, 1.1, 0.85) < 0.1


def test_a_border_holds_only_what_it_cuts_off() -> None:
    near_the_edge = source_at((110, 400))
    free = with_person(near_the_edge)
    cut = replace(free, person=free.person.copy())
    x, y = (int(v) for v in free.landmarks[:, :2].mean(axis=0))
    cut.person[y - 60 : y + 60, : x + 10] = 255
    turned_free, turned_cut = (
        turned_by(MeshBackend().prepare(source), 8.0) for source in (free, cut)
    )
    step = MeshBackend().prepare(free).grid.step_px
    row, column = round(y / step), round((x - 0.4 * UNIT) / step)
    assert abs(turned_free[row, column, 0]) > 1.3 * abs(turned_cut[row, column, 0])


def test_only_what_is_seen_must_not_fold() -> None:
    known = with_person(source_at((400, 400)))
    everywhere = replace(known, person=known.person.copy())
    everywhere.person[int(known.landmarks[:, 1].mean()) :] = 255
    seen, all_of_it = (MeshBackend().prepare(source) for source in (known, everywhere))
    assert 0.2 < seen.head.shown.mean() < 0.8 * all_of_it.head.shown.mean()
    assert (seen.reach >= all_of_it.reach).all()


def test_drivers_of_the_bank_turn_further_where_nothing_else_is_moved() -> None:
    bare = source_at((400, 400))
    track = track_of((8.0, 0.0, 0.0), length=41)
    furthest = []
    for source, seed in ((bare, 1), (with_person(bare), 1), (with_person(bare), None)):
        prepared = MeshBackend().prepare(source)
        x, y = source.landmarks[4, :2] / prepared.grid.step_px
        motions = MeshBackend().perform(prepared, track, 1.0, seed)
        shifts = [m.deformation - prepared.grid.identity() for m in motions]
        furthest.append(max(abs(float(shift[round(y), round(x), 0])) for shift in shifts))
    bank, layered, recorded = furthest
    assert layered > 1.05 * bank
    assert recorded < 1.05 * bank


def bow_of_a_brim(source: FaceCrop, right: float = 0.45, up: float = 0.6) -> float:
    """How far the middle of a brim moves beyond its ends in a nod, in face heights."""
    prepared = MeshBackend().prepare(source)
    track = track_of((0.0, 8.0, 0.0), length=41)
    motions = MeshBackend().perform(prepared, track, 1.0, None)
    shifts = [m.deformation - prepared.grid.identity() for m in motions]
    shift = max(shifts, key=lambda d: abs(d).max())[..., 1] * (prepared.grid.nodes - 1) / 2
    x, y = source.landmarks[:, :2].mean(axis=0) / prepared.grid.step_px
    nodes = UNIT / prepared.grid.step_px
    row = shift[round(y - up * nodes)] / nodes
    left, middle, end = (row[round(x + side * nodes)] for side in (-right, 0.0, right))
    return abs(float(middle - (left + end) / 2))


def test_the_brim_of_a_hat_stays_straight_in_a_nod() -> None:
    bare = source_at((400, 400))
    hat = with_person(bare, hat=1.0)
    x, y = (int(v) for v in hat.landmarks[:, :2].mean(axis=0))
    brim = slice(int(y - 0.66 * UNIT), int(y - 0.54 * UNIT))
    hat.person[brim, int(x - 0.9 * UNIT) : int(x + 0.9 * UNIT)] = 255
    assert bow_of_a_brim(hat) < 0.5 * bow_of_a_brim(bare)


def test_a_person_on_a_layer_turns_further_before_the_far_cheek_is_too_narrow() -> None:
    bare = source_at((400, 400))
    on_a_layer = MeshBackend().prepare(with_person(bare))
    assert on_a_layer.reach[0] > MeshBackend().prepare(bare).reach[0]


def test_a_face_that_a_border_holds_turns_less() -> None:
    free, near, cut = (
        MeshBackend().prepare(with_person(source_at((x, 400)))).reach for x in (400, 150, 45)
    )
    assert near[0] > 0.9 * free[0]
    assert cut[0] < 0.2 * free[0]


def test_hair_on_one_side_does_not_flatten_the_crown_on_the_other() -> None:
    bare = with_person(source_at((400, 400)))
    wide = replace(bare, person=bare.person.copy())
    x, y = (int(v) for v in wide.landmarks[:, :2].mean(axis=0))
    wide.person[int(y - 0.8 * UNIT) : y, x : int(x + UNIT)] = 255
    left, up = int(x - 0.4 * UNIT), int(y - 0.6 * UNIT)
    narrow_shift, wide_shift = (
        turned_by(prepared, 10.0)[round(up / step), round(left / step), 0]
        for prepared in (MeshBackend().prepare(bare), MeshBackend().prepare(wide))
        for step in [prepared.grid.step_px]
    )
    assert wide_shift == narrow_shift
