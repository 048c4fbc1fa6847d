"""The renderer moves the pixels of the mask, sharply, and leaves the others unchanged."""

import cv2
import numpy as np
import pytest
from motion_reach import motion_reach
from moved_crop import moved_crop
from synthetic_face import face_in, photo_of

from nostalgia.dense_motion import DenseMotion, Fill, Painting, Shade
from nostalgia.photo.crop import crop_face
from nostalgia.types import FaceCrop, Float32, HeadPose

NODES = 61


@pytest.fixture(scope="module")
def source() -> FaceCrop:
    face = face_in((210.0, 230.0), 110.0, HeadPose(0.0, 0.0, 0.0))
    return crop_face(photo_of(face), face, 1.75)


def identity(nodes: int = NODES) -> Float32:
    line = np.linspace(-1, 1, nodes, dtype=np.float32)
    return np.stack(np.meshgrid(line, line), axis=-1)


def whole(source: FaceCrop) -> tuple[int, int, int, int]:
    return (0, 0, source.size_px, source.size_px)


def test_identity_gives_the_pixels_back(source: FaceCrop) -> None:
    region = (31, 17, 200, 260)
    frame = moved_crop(source, DenseMotion(identity()), region)
    assert np.array_equal(frame, source.pixels[17:260, 31:200])


def test_pixels_are_the_sources_own_where_the_shift_is_zero(source: FaceCrop) -> None:
    deformation = identity()
    deformation[28:33, 28:33] += 0.02
    frame = moved_crop(source, DenseMotion(deformation), whole(source))
    step = (source.size_px - 1) / (NODES - 1)
    changed = (frame != source.pixels).any(axis=-1)
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 100
    assert rows.min() > 25 * step - 1 and rows.max() < 35 * step + 1
    assert columns.min() > 25 * step - 1 and columns.max() < 35 * step + 1


@pytest.mark.parametrize("shift_px", [(5, 0), (-3, 7)])
def test_a_constant_shift_fetches_the_pixels_from_there(
    source: FaceCrop, shift_px: tuple[int, int]
) -> None:
    dx, dy = shift_px
    step = np.array(shift_px, np.float32) * np.float32(2 / (source.size_px - 1))
    region = (40, 50, 300, 310)
    frame = moved_crop(source, DenseMotion(identity() + step), region)
    wanted = source.pixels[50 + dy : 310 + dy, 40 + dx : 300 + dx]
    assert np.abs(frame.astype(int) - wanted).max() <= 1


def test_a_linear_field_is_upsampled_to_the_right_pixels(source: FaceCrop) -> None:
    """A stretch about the crop's centre, checked against remap with the exact map."""
    size = source.size_px
    frame = moved_crop(source, DenseMotion(identity() * np.float32(0.9)), whole(source))
    centre = (size - 1) / 2
    line = ((np.arange(size) - centre) * 0.9 + centre).astype(np.float32)
    exact = cv2.remap(source.pixels, *np.meshgrid(line, line), cv2.INTER_CUBIC)
    inner = slice(20, -20)
    assert np.abs(frame[inner, inner].astype(int) - exact[inner, inner]).max() <= 6


def test_strips_join_without_a_trace(source: FaceCrop) -> None:
    wave = np.sin(np.linspace(0, 6, NODES, dtype=np.float32))[:, None, None] * 0.05
    motion = DenseMotion((identity() + wave).astype(np.float32))
    at_once = moved_crop(source, motion, whole(source))
    in_strips = moved_crop(source, motion, whole(source), strip_pixels=37 * source.size_px)
    # remap rounds places to 1/32 pixel, so single pixels of sharp grain may differ a little.
    difference = np.abs(at_once.astype(int) - in_strips)
    assert difference.mean() < 0.05
    assert difference.max() < 12


def test_moved_pixels_stay_as_sharp_as_the_photo(source: FaceCrop) -> None:
    motion = DenseMotion(identity() + np.float32(7.4 / source.size_px))

    def energy(pixels: np.ndarray) -> float:
        grey = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (0, 0), 0.8)
        return float(cv2.Laplacian(grey, cv2.CV_32F).var())

    region = (60, 60, 330, 330)
    still = energy(source.pixels[60:330, 60:330])
    assert 0.9 < energy(moved_crop(source, motion, region)) / still < 1.1


def test_fills_cover_and_travel(source: FaceCrop) -> None:
    patch = np.full((12, 20, 3), (250, 0, 0), np.uint8)
    fill = Fill(patch, np.zeros((12, 20), np.float32), (150, 160))
    still = moved_crop(source, DenseMotion(identity(), (fill,)), whole(source))
    assert (still[160:172, 150:170] == (250, 0, 0)).all()
    outside = np.ones(still.shape[:2], bool)
    outside[160:172, 150:170] = False
    assert np.array_equal(still[outside], source.pixels[outside])
    shift = np.array([-8, 0], np.float32) * np.float32(2 / (source.size_px - 1))
    moved = moved_crop(source, DenseMotion(identity() + shift, (fill,)), whole(source))
    assert (moved[164, 160:176, 0] > 235).all()
    assert (moved[164, 150:156, 0] < 235).all()


def test_a_shade_travels_and_leaves_the_source_as_it_was(source: FaceCrop) -> None:
    before = source.pixels.copy()
    shade = Shade(np.full((3, 5), 0.3, np.float32), (150, 160, 170, 172))
    still = moved_crop(source, DenseMotion(identity(), shades=(shade,)), whole(source))
    inside = np.zeros(still.shape[:2], bool)
    inside[160:172, 150:170] = True
    assert still[inside].mean() < 0.6 * before[inside].mean()
    assert np.array_equal(still[~inside], before[~inside])
    assert np.array_equal(source.pixels, before)
    shift = np.array([-8, 0], np.float32) * np.float32(2 / (source.size_px - 1))
    moved = moved_crop(source, DenseMotion(identity() + shift, shades=(shade,)), whole(source))
    assert np.abs(moved[163:169, 162:174].astype(int) - still[163:169, 154:166]).max() <= 2


def test_a_trusted_pixel_shows_through_a_fill(source: FaceCrop) -> None:
    patch = np.full((12, 20, 3), 255, np.uint8)
    fill = Fill(patch, np.ones((12, 20), np.float32), (150, 160))
    frame = moved_crop(source, DenseMotion(identity(), (fill,)), whole(source))
    assert np.array_equal(frame, source.pixels)


@pytest.mark.parametrize("nodes", [NODES, 17, 128])
def test_pixels_beyond_the_reach_of_a_mask_are_the_sources_own(
    source: FaceCrop, nodes: int
) -> None:
    mask = np.zeros((nodes, nodes), np.float32)
    mask[nodes // 3 : nodes // 2, nodes // 3 : nodes // 2] = 1
    shift = (np.array([9, -6], np.float32) * np.float32(2 / source.size_px)) * mask[..., None]
    frame = moved_crop(source, DenseMotion(identity(nodes) + shift), whole(source))
    reach = motion_reach(mask, source.size_px)
    changed = (frame != source.pixels).any(axis=-1)
    assert changed.any() and reach.any() and not reach.all()
    assert not (changed & ~reach).any()


def painting(size: int = 64, **changes: object) -> Painting:
    red = np.zeros((size, size, 3), np.float32)
    red[..., 0] = 200
    lost = np.ones((size, size), np.float32)
    lost[size // 4 : size // 2, size // 4 : size // 2] = 0
    values = {"pixels": red, "occlusion": lost, "box_xyxy": (100.0, 120.0, 226.0, 246.0)}
    return Painting(**{**values, **changes})


def test_a_painting_is_shown_where_the_source_is_not_trusted(source: FaceCrop) -> None:
    frame = moved_crop(source, DenseMotion(identity(), painting=painting()), whole(source))
    inside = frame[156:180, 136:160]
    assert np.abs(inside.astype(int) - [200, 0, 0]).max() <= 1
    changed = np.argwhere((frame != source.pixels).any(axis=-1))
    assert changed.min(axis=0).tolist() >= [148, 128]
    assert changed.max(axis=0).tolist() <= [186, 166]


def test_a_paintings_pixels_lie_where_its_box_says(source: FaceCrop) -> None:
    ramp = np.broadcast_to(np.arange(64, dtype=np.float32)[None, :, None] * 4, (64, 64, 3))
    lost = np.zeros((64, 64), np.float32)
    shown = painting(pixels=np.ascontiguousarray(ramp), occlusion=lost)
    frame = moved_crop(source, DenseMotion(identity(), painting=shown), whole(source))
    assert np.abs(frame[180, 100:226, 0].astype(int) - np.arange(126) * 2).max() <= 1


def test_a_painting_has_grain_and_joins_over_strips(source: FaceCrop) -> None:
    lost = np.zeros((64, 64), np.float32)
    grey = np.full((64, 64, 3), 128, np.float32)
    grained = painting(pixels=grey, occlusion=lost, grain_levels=6.0)
    motion = DenseMotion(identity(), painting=grained)
    frame = moved_crop(source, motion, whole(source))
    assert 5.0 < frame[125:240, 105:220].std() < 7.0
    in_strips = moved_crop(source, motion, whole(source), strip_pixels=3000)
    assert np.array_equal(frame, in_strips)
