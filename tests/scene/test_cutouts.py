"""Persons on layers of their own: which mattes are used, and who is in front of whom."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.faces.matte import Matte
from nostalgia.photo.crop import crop_face
from nostalgia.scene.cutouts import (
    MOST_DOUBT,
    cut_out,
    reach_of,
    separated,
    with_background_advice,
)
from nostalgia.types import FaceChoice, HeadPose

FRONTAL = HeadPose(0.0, 0.0, 0.0)
LEFT = face_in((150.0, 240.0), 150.0, FRONTAL, number=1)
RIGHT = face_in((270.0, 240.0), 130.0, FRONTAL, number=2)


def sources_of(*faces):
    photo = photo_of(*faces)
    return [crop_face(photo, face, 1.75) for face in faces]


def head(source, half_width=0.5, half_height=0.7):
    """A matte of an ellipse round the face: float32 (S, S)."""
    drawn = np.zeros((source.size_px,) * 2, np.uint8)
    centre = source.landmarks[:, :2].mean(axis=0)
    half = source.face_height_px * np.array([half_width, half_height])
    cv2.ellipse(drawn, [*map(int, centre)], [*map(int, half)], 0, 0, 360, 255, -1)
    return drawn.astype(np.float32) / 255


class Network:
    """Gives one matte for every crop."""

    def __init__(self, alpha_of=head, doubt=0.02):
        self._alpha_of, self._doubt = alpha_of, doubt

    def find(self, source):
        return Matte(self._alpha_of(source), self._doubt)


def persons(*faces):
    return separated(sources_of(*faces), Network())


@pytest.mark.parametrize(
    ("network", "known"),
    [
        (Network(), True),
        (Network(doubt=MOST_DOUBT + 0.01), False),
        (Network(lambda source: np.zeros((source.size_px,) * 2, np.float32)), False),
        (Network(lambda source: np.ones((source.size_px,) * 2, np.float32)), False),
        (Network(lambda source: head(source, 0.15, 0.2)), False),
    ],
    ids=["a head", "doubtful", "nothing", "everything", "half a face"],
)
def test_a_matte_that_makes_no_sense_is_not_used(network, known):
    (source,) = separated(sources_of(LEFT), network)
    assert (source.person is not None) == known
    (choice,) = with_background_advice([FaceChoice(LEFT)], [source])
    assert [advice.kind for advice in choice.advice] == ([] if known else ["background-moves"])
    assert (cut_out([source])[0] is not None) == known


def test_advice_is_for_the_face_that_it_is_about():
    known, lost = persons(LEFT, RIGHT)[0], sources_of(RIGHT)[0]
    choices = with_background_advice([FaceChoice(LEFT), FaceChoice(RIGHT)], [known, lost])
    assert [len(choice.advice) for choice in choices] == [0, 1]
    assert choices[1].advice[0].face == 2


def test_the_person_moves_alone_and_the_rest_is_the_photo():
    (source,) = persons(LEFT)
    (cutout,) = cut_out([source])
    assert (cutout.cover[source.person > 200] == 255).all()
    free = cutout.cover == 0
    assert free.mean() > 0.5
    assert np.array_equal(cutout.behind[free], source.pixels[free])


def test_a_faint_tip_beside_the_person_is_not_shown_again_behind():
    """The tip of a brim: the matte gives it a tenth, too little to count as the person."""
    (source,) = sources_of(LEFT)
    height, middle = source.face_height_px, source.size_px // 2
    edge = middle + round(0.5 * height)
    tip = (slice(middle - 2, middle + 3), slice(edge + 2, edge + round(0.05 * height)))
    pixels = source.pixels.copy()
    pixels[:] = 200
    pixels[tip] = 20
    matte = head(source)
    plates = []
    for share in (0.0, 0.15):
        matte[tip] = share
        (known,) = separated([replace(source, pixels=pixels)], Network(lambda _: matte))
        (cutout,) = cut_out([known])
        assert np.array_equal(cutout.behind[cutout.cover == 0], pixels[cutout.cover == 0])
        plates.append(cutout.behind[tip].mean())
    assert plates[0] < 185 < 193 < plates[1]


def test_what_is_repeated_beyond_the_photo_is_not_carried_behind_the_person():
    """A black rim of a scan, one pixel wide, fills all of the crop beyond the photo."""
    face = face_in((150.0, 92.0), 150.0, FRONTAL)
    (source,) = sources_of(face)
    x0, y0, x1, y1 = source.inside_xyxy
    assert y0 > 0
    pixels = np.zeros_like(source.pixels)
    pixels[y0 + 1 : y1, x0:x1] = 150
    (known,) = separated([replace(source, pixels=pixels)], Network())
    assert known.person[y0, source.size_px // 2] > 0, "the head is cut off by the border"
    (cutout,) = cut_out([known])
    assert cutout.behind[y0 + 12 : y1, x0:x1].min() > 120


def test_a_nearer_person_is_not_moved_by_the_one_behind():
    near, far = persons(LEFT, RIGHT)
    assert near.face_height_px > far.face_height_px
    cutouts = cut_out([near, far])
    corner = np.round(near.photo_from_crop[:, 2] - far.photo_from_crop[:, 2]).astype(int)
    x, y = np.round(near.landmarks[:, :2].mean(axis=0)).astype(int) + corner
    shared = int(x + 0.42 * near.face_height_px)
    assert far.person[y, shared] > 200, "the two overlap there"
    assert cutouts[1].cover[y, shared] == 0
    assert cutouts[0].cover[y - corner[1], shared - corner[0]] == 255


def test_a_matte_that_spills_over_a_neighbour_cuts_no_hole_into_that_head():
    """The nearer person's matte claims all of the smaller head as well."""
    near, far = sources_of(LEFT, RIGHT)
    (near,) = separated([near], Network(lambda source: head(source, 1.4, 0.7)))
    (far,) = separated([far], Network())
    corner = np.round(far.photo_from_crop[:, 2] - near.photo_from_crop[:, 2]).astype(int)
    x, y = np.round(far.landmarks[:, :2].mean(axis=0)).astype(int)
    assert near.person[y + corner[1], x + corner[0]] == 255
    cover = cut_out([near, far])[1].cover
    ahead = int(0.4 * far.face_height_px)
    assert (cover[y, x : x + ahead] == 255).all()


def test_a_nearer_persons_matte_that_spills_over_a_face_does_not_move_that_face():
    near, far = sources_of(LEFT, RIGHT)
    (near,) = separated([near], Network(lambda source: head(source, 1.4, 0.7)))
    (far,) = separated([far], Network())
    corner = np.round(far.photo_from_crop[:, 2] - near.photo_from_crop[:, 2]).astype(int)
    x, y = np.round(far.landmarks[:, :2].mean(axis=0)).astype(int) + corner
    assert near.person[y, x] == 255
    (cutout, _) = cut_out([near, far])
    ahead = int(0.25 * far.face_height_px)
    assert not cutout.cover[y, x : x + ahead].any()
    assert not cutout.hidden[y, x : x + ahead].any()
    assert np.array_equal(cutout.behind[y, x : x + ahead], near.pixels[y, x : x + ahead])


def test_nothing_is_carried_round_what_a_matte_takes_of_a_neighbours_hair():
    """The nearer person's matte has some of the hair on the far side of the smaller head."""
    near, far = persons(LEFT, RIGHT)
    corner = np.round(far.photo_from_crop[:, 2] - near.photo_from_crop[:, 2]).astype(int)
    x, y = np.round(far.landmarks[:, :2].mean(axis=0)).astype(int) + corner
    edge = x + int(0.5 * far.face_height_px)
    person = near.person.copy()
    person[y - 20 : y + 20, edge - 12 : edge - 2] = 120
    (cutout, _) = cut_out([replace(near, person=person), far])
    assert not cutout.cover[y - 20 : y + 20, edge - 12 :].any()
    assert not cutout.hidden[y - 20 : y + 20, edge - 12 :].any()


@pytest.mark.parametrize(("sure", "seen"), [(0.6, True), (0.0, False)], ids=["unsure", "hidden"])
def test_a_face_is_cut_only_where_its_own_matte_knows_that_it_is_hidden(sure, seen):
    """The half of the smaller face on the nearer person's side."""
    near, far = sources_of(LEFT, RIGHT)
    (near,) = separated([near], Network(lambda source: head(source, 1.4, 0.7)))
    (far,) = separated([far], Network())
    x, y = np.round(far.landmarks[:, :2].mean(axis=0)).astype(int)
    edge = x - int(0.15 * far.face_height_px)
    person = far.person.copy()
    person[:, :edge] = np.minimum(person[:, :edge], int(255 * sure))
    (_, cutout) = cut_out([near, replace(far, person=person)])
    assert (cutout.cover[y, edge - 10] == 255) == seen
    assert (cutout.cover[y, edge - 10] == 0) == (not seen)


def test_the_reach_of_a_head_is_part_of_the_region():
    (source,) = persons(LEFT)
    (cutout,) = cut_out([source])
    whole = (0, 0, source.size_px, source.size_px)
    (x0, y0, x1, y1), near = reach_of(cutout, whole, source.face_height_px, 81)
    rows, columns = np.nonzero(cutout.cover)
    assert 0 < x0 < columns.min() and columns.max() < x1 < source.size_px
    assert 0 < y0 < rows.min() and rows.max() < y1 < source.size_px
    assert near.any() and not near.all()


def test_a_crop_without_a_person_is_left_to_move_as_a_whole():
    (source,) = sources_of(LEFT)
    assert cut_out([replace(source, person=None)]) == (None,)
