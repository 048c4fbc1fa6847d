"""A person on a layer of their own: the photo at rest, a still background, a plate behind."""

import numpy as np
import pytest
from shifted_pictures import NODES, SIZE, shifted, smooth_picture

from nostalgia.clips.conversion import encoder_picture
from nostalgia.dense_motion import DenseMotion, Fill
from nostalgia.geometry import identity_deformation
from nostalgia.rendering.cutout import ALONE, Cutout, PlacedCutout
from nostalgia.rendering.field import CropPlace
from nostalgia.rendering.planes import Picture
from nostalgia.rendering.renderer import STRIP_PIXELS, FaceRenderer

PICTURES = {"rgb": Picture, "planar": encoder_picture}


def disc(radius=34.0, rim=8.0):
    """Cover of a disc in the middle, fading over a rim."""
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    away = np.hypot(x - SIZE / 2, y - SIZE / 2)
    return np.rint(255 * np.clip((radius + rim - away) / rim, 0, 1)).astype(np.uint8)


def behind(pixels, cover, colour=(250, 20, 20)):
    """A plate that fades into the photo with the cover."""
    share = cover[..., None] / 255
    return np.rint(pixels + share * (np.array(colour) - pixels)).astype(np.uint8)


def rendered(
    pixels, cover, plate, motion, picture_of=Picture, strip=STRIP_PIXELS, hidden=None, below=None
):
    photo = picture_of(pixels)
    place = CropPlace((0, 0), SIZE, (0, 0, SIZE, SIZE))
    cutout = PlacedCutout(Cutout(cover, plate, hidden), place, photo, picture_of)
    frame = photo.copy() if below is None else picture_of(below).copy()
    FaceRenderer(place, strip, cutout).render(frame, photo, motion)
    return frame.pixels


def at_rest(fills=()):
    return DenseMotion(identity_deformation(NODES, NODES), fills)


@pytest.mark.parametrize("picture_of", PICTURES.values(), ids=PICTURES)
def test_at_rest_it_is_the_photo_bit_by_bit(picture_of):
    pixels, cover = smooth_picture(), disc()
    fill = Fill(pixels[40:60, 40:60].copy(), np.zeros((20, 20), np.float32), (40, 40))
    still = rendered(pixels, cover, behind(pixels, cover), at_rest((fill,)), Picture)
    assert np.array_equal(still, pixels)
    # Moved by less than can be seen, every pixel is composed anew.
    nearly = shifted(1 / 50, 0)
    moved = rendered(pixels, cover, behind(pixels, cover), nearly, picture_of)
    assert np.abs(moved.astype(int) - picture_of(pixels).pixels).max() <= 2


@pytest.mark.parametrize("picture_of", PICTURES.values(), ids=PICTURES)
def test_what_the_person_never_covers_stays_the_photo(picture_of):
    pixels, cover = smooth_picture(1), disc()
    moved = rendered(pixels, cover, behind(pixels, cover), shifted(-6.0, 2.0), picture_of)
    photo = picture_of(pixels).pixels
    free = np.ones((SIZE, SIZE), bool)
    free[10:118, 10:118] = False
    if picture_of is not Picture:
        free = np.vstack([free, free[::2, :]])
    assert np.array_equal(moved[free], photo[free])
    assert not np.array_equal(moved, photo)


def test_the_layer_moves_and_leaves_the_plate_behind():
    pixels, cover = smooth_picture(2), disc()
    frame = rendered(pixels, cover, behind(pixels, cover), shifted(-12.0, 0.0))
    middle = slice(60, 68)
    assert np.array_equal(frame[middle, 64:80], pixels[middle, 52:68])
    assert (np.abs(frame[middle, 31:34].astype(int) - (250, 20, 20)) <= 1).all()


def test_wisps_beyond_the_solid_part_move_along():
    """A dark line in the rim, which the plate lacks, is seen where it moved to."""
    pixels = np.full((SIZE, SIZE, 3), 180, np.uint8)
    cover = disc(30.0, 12.0)
    pixels[62:66, 96:99] = 20
    plate = np.full_like(pixels, 180)
    frame = rendered(pixels, cover, plate, shifted(-3.0, 0.0))
    assert frame[63, 100].max() < 60
    assert frame[63, 96].min() > 150


def test_strips_of_any_height_give_the_same_pixels():
    pixels, cover = smooth_picture(3), disc()
    plate = behind(pixels, cover)
    whole = rendered(pixels, cover, plate, shifted(3.3, -2.1))
    for strip in (400, 3_000):
        frame = rendered(pixels, cover, plate, shifted(3.3, -2.1), strip=strip)
        assert np.abs(frame.astype(int) - whole).max() <= 1


def test_nothing_is_covered_by_an_empty_cutout():
    pixels = smooth_picture(4)
    cover = np.zeros((SIZE, SIZE), np.uint8)
    assert np.array_equal(rendered(pixels, cover, pixels, shifted(5.0, 0.0)), pixels)


def test_a_full_cutout_moves_as_without_one():
    pixels = smooth_picture(5)
    cover = np.full((SIZE, SIZE), ALONE, np.uint8)
    motion = shifted(4.0, 1.5)
    frame = Picture(pixels.copy())
    FaceRenderer(CropPlace((0, 0), SIZE, (0, 0, SIZE, SIZE))).render(frame, Picture(pixels), motion)
    off = np.abs(rendered(pixels, cover, pixels, motion).astype(int) - frame.pixels)
    assert off[4:-4, 6:-6].max() <= 1


def test_beyond_the_photo_there_is_the_plate_and_no_repeated_border():
    """A person at the border moves away from it, unheld: what lies beyond is not known."""
    pixels = smooth_picture(7)
    cover = np.zeros((SIZE, SIZE), np.uint8)
    cover[40:90, :60] = ALONE
    plate = behind(pixels, cover)
    moved = rendered(pixels, cover, plate, shifted(-9.0, 0.0)).astype(int)
    assert np.abs(moved[50:80, :4] - plate[50:80, :4]).max() <= 2
    assert np.abs(moved[50:80, 14:50] - pixels[50:80, 5:41]).max() <= 2


@pytest.mark.parametrize("picture_of", PICTURES.values(), ids=PICTURES)
def test_with_a_plate_that_is_seen_in_part_it_is_the_photo_at_rest(picture_of):
    pixels, cover = smooth_picture(), disc()
    hidden = np.minimum(disc(30.0), cover)
    nearly = shifted(1 / 50, 0)
    moved = rendered(pixels, cover, behind(pixels, hidden), nearly, picture_of, hidden=hidden)
    assert np.abs(moved.astype(int) - picture_of(pixels).pixels).max() <= 2


def test_a_neighbour_who_moved_behind_is_seen_up_to_the_person():
    pixels, cover = smooth_picture(), disc(30.0, 16.0)
    hidden = disc(26.0, 8.0)
    moved_behind = np.clip(pixels.astype(int) + 40, 0, 255).astype(np.uint8)
    plate, motion = behind(pixels, hidden), shifted(1.0, 0)
    parts = rendered(pixels, cover, plate, motion, hidden=hidden, below=moved_behind)
    alone = rendered(pixels, cover, plate, motion, below=moved_behind)
    middle, steps = SIZE // 2, []
    for frame in (parts, alone):
        line = frame[middle, middle:].astype(int) - pixels[middle, middle:]
        steps.append(np.abs(np.diff(line, axis=0)).max())
    assert steps[0] < 0.5 * steps[1]


@pytest.mark.parametrize("cut", [False, True])
def test_nothing_comes_from_beyond_what_pixels_may_come_from(cut):
    inside = 20, 24, SIZE - 16, SIZE - 30
    within = np.s_[inside[1] : inside[3], inside[0] : inside[2]]
    pixels = np.full((SIZE, SIZE, 3), (10, 250, 10), np.uint8)
    pixels[within] = 128
    place = CropPlace((0, 0), SIZE, inside, inside)
    cover = np.full((SIZE, SIZE), 200, np.uint8)
    plate = np.full_like(pixels, 128)
    for shift_xy in ((9, 0), (-9, 0), (0, 9), (0, -9)):
        photo = Picture(pixels)
        cutout = PlacedCutout(Cutout(cover, plate), place, photo, Picture) if cut else None
        frame = photo.copy()
        FaceRenderer(place, cutout=cutout).render(frame, photo, shifted(*shift_xy))
        assert np.array_equal(frame.pixels, pixels), shift_xy
