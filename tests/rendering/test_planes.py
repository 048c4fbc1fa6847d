"""Pictures as RGB or as luma and half-size chroma: the same edges in the same places."""

import numpy as np
import pytest
from shifted_pictures import NODES, SIZE, shifted, smooth_picture

from nostalgia.clips.conversion import encoder_picture
from nostalgia.dense_motion import DenseMotion, Fill, Painting, Shade
from nostalgia.rendering.field import CropPlace
from nostalgia.rendering.planes import Picture
from nostalgia.rendering.renderer import FaceRenderer

COLOURS = [(255, 255, 255), (0, 0, 0), (200, 30, 30), (30, 200, 30), (30, 30, 200), (90, 120, 60)]


def plain(colour, width=SIZE, height=SIZE):
    return np.full((height, width, 3), colour, np.uint8)


def two_colours(edge_px):
    """A red picture that is blue from a column on; edge_px may be a fraction of a pixel."""
    columns = np.clip(np.arange(SIZE) + 1 - edge_px, 0, 1)[None, :, None]
    row = np.array([200.0, 40, 40]) * (1 - columns) + np.array([40.0, 40, 200]) * columns
    return np.repeat(np.rint(row), SIZE, axis=0).astype(np.uint8)


def moved(picture, motion):
    frame = picture.copy()
    FaceRenderer(CropPlace((0, 0), SIZE, (0, 0, SIZE, SIZE))).render(frame, picture, motion)
    return frame


def centroid(row):
    """Place of an edge in a row of samples: where the step is on average."""
    steps = np.abs(np.diff(row.astype(float)))
    return float((steps * (np.arange(len(steps)) + 0.5)).sum() / steps.sum())


@pytest.mark.parametrize("colour", COLOURS, ids=str)
def test_a_fill_gets_the_values_that_ffmpeg_gives_its_colour(colour):
    wanted = encoder_picture(plain(colour))
    picture = encoder_picture(plain((128, 128, 128))).copy()
    picture.lay(Fill(plain(colour), np.zeros((SIZE, SIZE), np.float32), (0, 0)))
    assert np.abs(picture.pixels.astype(int) - wanted.pixels).max() <= 1


@pytest.mark.parametrize("corner", [(0, 0), (31, 18), (32, 17), (-5, -4), (101, 115), (127, 127)])
def test_a_fill_lies_in_all_planes_where_it_lies_in_rgb(corner):
    red = plain((210, 60, 50), 40, 20)
    fill = Fill(red, np.zeros((20, 40), np.float32), corner)
    pixels = smooth_picture()
    rgb, planar = Picture(pixels.copy()), encoder_picture(pixels).copy()
    rgb.lay(fill)
    planar.lay(fill)
    wanted = encoder_picture(rgb.pixels)
    for got, want in zip(planar.planes, wanted.planes, strict=True):
        difference = np.abs(got.samples.astype(int) - want.samples)
        # ffmpeg's chroma filter rings beside an edge as hard as this one.
        assert difference.mean() < 0.6
        assert np.percentile(difference, 98) <= 4


@pytest.mark.parametrize("corner", [(SIZE, 0), (0, SIZE), (-40, 0), (0, -20), (500, 500)])
def test_a_fill_beside_the_picture_changes_nothing(corner):
    picture = encoder_picture(smooth_picture()).copy()
    before = picture.pixels.copy()
    picture.lay(Fill(plain((9, 9, 9), 40, 20), np.zeros((20, 40), np.float32), corner))
    assert np.array_equal(picture.pixels, before)


def test_an_uncovered_fill_changes_nothing():
    picture = encoder_picture(smooth_picture()).copy()
    before = picture.pixels.copy()
    picture.lay(Fill(plain((9, 9, 9), 41, 21), np.ones((21, 41), np.float32), (33, 35)))
    assert np.array_equal(picture.pixels, before)


@pytest.mark.parametrize("shift", [(0.5, 0), (3.25, 0), (-7.75, 0), (4, 0)])
def test_chroma_moves_with_its_luma_to_a_fraction_of_a_pixel(shift):
    """The edge of two colours, moved in planes, against the edge that was drawn there."""
    planes = moved(encoder_picture(two_colours(60)), shifted(*shift)).planes
    wanted = encoder_picture(two_colours(60 - shift[0])).planes
    luma = [centroid(each[0].samples[SIZE // 2, 20:100, 0]) for each in (planes, wanted)]
    assert luma[0] == pytest.approx(luma[1], abs=0.1)
    for channel in (0, 1):
        chroma = [
            2 * centroid(each[1].samples[SIZE // 4, 10:50, channel]) for each in (planes, wanted)
        ]
        assert chroma[0] == pytest.approx(chroma[1], abs=0.15)


@pytest.mark.parametrize("shift", [(2.3, -1.6), (-5.5, 3.5), (0.4, 0.4)])
def test_planes_show_what_rgb_shows(shift):
    pixels = smooth_picture()
    planar = moved(encoder_picture(pixels), shifted(*shift))
    wanted = encoder_picture(moved(Picture(pixels), shifted(*shift)).pixels)
    inner = slice(12, -12)
    for got, want in zip(planar.planes, wanted.planes, strict=True):
        difference = got.samples[inner, inner].astype(float) - want.samples[inner, inner]
        assert 10 * np.log10(255**2 / np.mean(difference**2)) > 48


def test_a_painting_has_its_colours_in_all_planes():
    painted = np.repeat(plain((200, 30, 30), 64, 64).astype(np.float32), 1, axis=0)
    lost = np.ones((64, 64), np.float32)
    lost[16:48, 16:48] = 0
    motion = shifted(0, 0)
    motion = DenseMotion(
        motion.deformation, painting=Painting(painted, lost, (20.0, 20.0, 107.0, 107.0), 5.0)
    )
    pixels = smooth_picture()
    planar = moved(encoder_picture(pixels), motion)
    wanted = encoder_picture(moved(Picture(pixels), motion).pixels)
    for got, want in zip(planar.planes, wanted.planes, strict=True):
        assert np.abs(got.samples.astype(float) - want.samples).mean() < 0.5
    assert not np.array_equal(planar.pixels, encoder_picture(pixels).pixels)


@pytest.mark.parametrize("corner", [(0, 0), (-9, 5), (7, -12), (5, 5)])
def test_the_rest_stays_bit_by_bit_whatever_the_crops_corner(corner):
    """Crops begin at odd pixels too, which share their chroma with their neighbours."""
    picture = encoder_picture(smooth_picture())
    size = 81
    line = np.linspace(-1, 1, NODES, dtype=np.float32)
    deformation = np.stack(np.meshgrid(line, line), axis=-1)
    deformation[12:20, 12:20] += 0.06
    place = CropPlace(corner, size, (max(-corner[0], 0), max(-corner[1], 0), size, size))
    frame = picture.copy()
    FaceRenderer(place).render(frame, picture, DenseMotion(deformation))
    step = (size - 1) / (NODES - 1)
    low, high = (12 - 3) * step, (20 + 3) * step
    for plane, still in zip(frame.planes, picture.planes, strict=True):
        rows, columns = np.nonzero((plane.samples != still.samples).any(axis=-1))
        assert len(rows)
        for places, edge in ((rows, corner[1]), (columns, corner[0])):
            assert places.min() * plane.step_px >= low + edge - 2
            assert places.max() * plane.step_px <= high + edge + 2


def test_strips_of_any_height_give_the_same_planes():
    picture = encoder_picture(smooth_picture())
    place = CropPlace((0, 0), SIZE, (3, 5, 121, 122))
    frames = []
    for strip_pixels in (1, 1000, 10**9):
        frame = picture.copy()
        FaceRenderer(place, strip_pixels).render(frame, picture, shifted(2.3, -1.2))
        frames.append(frame.pixels.astype(int))
    # remap rounds places to 1/32 pixel.
    assert all(np.abs(frame - frames[-1]).max() <= 3 for frame in frames)


def test_boxes_are_aligned_outwards_and_inwards():
    planar, rgb = encoder_picture(smooth_picture()), Picture(smooth_picture())
    assert planar.aligned((3, 4, 7, 127)) == (2, 4, 8, 128)
    assert planar.inside((3, 4, 7, 127)) == (4, 4, 6, 126)
    assert rgb.aligned((3, 4, 7, 127)) == rgb.inside((3, 4, 7, 127)) == (3, 4, 7, 127)


def test_a_pasted_box_is_in_all_planes():
    one, other = (encoder_picture(smooth_picture(seed)) for seed in (0, 1))
    target = one.copy()
    target.paste(other, (20, 30, 60, 50), (4, 6))
    luma, chroma = (plane.samples for plane in target.planes)
    assert np.array_equal(luma[6:26, 4:44], other.planes[0].samples[30:50, 20:60])
    assert np.array_equal(chroma[3:13, 2:22], other.planes[1].samples[15:25, 10:30])
    target.paste(one, (4, 6, 44, 26))
    assert np.array_equal(target.pixels, one.pixels)


@pytest.mark.parametrize("box", [(0, 0, 40, 30), (31, 17, 90, 78), (-20, -8, 60, 52)])
def test_a_shade_darkens_rgb_and_planes_alike(box):
    gain = np.linspace(0.6, 1.2, 6 * 8).reshape(6, 8).astype(np.float32)
    pixels = (smooth_picture() // 2 + 40).astype(np.uint8)
    rgb, planar = Picture(pixels.copy()), encoder_picture(pixels).copy()
    rgb.shade(Shade(gain, box))
    planar.shade(Shade(gain, box))
    luma, chroma = planar.planes
    wanted = encoder_picture(rgb.pixels).planes[0].samples
    assert (luma.samples != encoder_picture(pixels).planes[0].samples).mean() > 0.04
    assert np.abs(luma.samples.astype(int) - wanted).max() <= 2
    assert np.array_equal(chroma.samples, encoder_picture(pixels).planes[1].samples)
    outside = np.ones((SIZE, SIZE), bool)
    outside[max(box[1], 0) : box[3], max(box[0], 0) : box[2]] = False
    assert np.array_equal(rgb.pixels[outside], pixels[outside])


def test_a_shade_halves_the_light_of_grey_and_hardly_that_of_white():
    half = Shade(np.full((4, 4), 0.5, np.float32), (0, 0, SIZE, SIZE))
    seen = []
    for level in (100, 255):
        picture = Picture(plain((level,) * 3))
        picture.shade(half)
        seen.append(int(picture.pixels[50, 50, 0]))
    assert seen[0] == 50
    assert 200 < seen[1] < 255


def test_a_shade_beyond_the_picture_changes_nothing():
    picture = encoder_picture(smooth_picture()).copy()
    picture.shade(Shade(np.zeros((3, 3), np.float32), (SIZE + 5, 0, SIZE + 25, 20)))
    assert np.array_equal(picture.pixels, encoder_picture(smooth_picture()).pixels)


def test_a_shade_of_a_colour_changes_rgb_and_planes_alike():
    gain = np.linspace(0.6, 1.1, 6 * 8).reshape(6, 8).astype(np.float32)
    shade = Shade(gain, (21, 16, 98, 77), (1.25, 0.96, 0.66))
    pixels = (smooth_picture() // 2 + 60).astype(np.uint8)
    rgb, planar = Picture(pixels.copy()), encoder_picture(pixels).copy()
    rgb.shade(shade)
    planar.shade(shade)
    change = rgb.pixels.astype(int) - pixels
    darkest = change[18:24, 23:30].reshape(-1, 3).mean(axis=0)
    assert darkest[0] < darkest[1] < darkest[2] < 0
    for got, want in zip(planar.planes, encoder_picture(rgb.pixels).planes, strict=True):
        inner = slice(24 // got.step_px, 74 // got.step_px)
        apart = np.abs(got.samples[inner, inner].astype(int) - want.samples[inner, inner])
        assert apart.max() <= 2
