"""The print in a scan: found where its edges are straight, and nowhere else."""

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.photo.print_edges import print_box
from nostalgia.types import HeadPose

BED, WHITE = (62, 62, 68), (238, 236, 230)


def portrait(width=300, height=380):
    """A drawn face before a grainy backdrop that grows lighter downwards."""
    face = face_in((width / 2, height * 0.45), height * 0.4, HeadPose(0.0, 0.0, 0.0))
    pixels = photo_of(face, size_wh=(width, height)).pixels.astype(np.float32)
    pixels += np.linspace(0, 60, height, dtype=np.float32)[:, None, None]
    body = np.zeros((height, width), np.uint8)
    cv2.ellipse(body, (width // 2, height), (width // 2 - 10, height // 4), 0, 0, 360, (255,), -1)
    pixels[body > 0] = 40
    return np.clip(pixels, 0, 255).astype(np.uint8)


def framed(inner, sides, colour, seed=0):
    """A picture with a noisy margin of a colour; sides: left, top, right, bottom."""
    left, top, right, bottom = sides
    height, width = inner.shape[:2]
    out = np.empty((height + top + bottom, width + left + right, 3), np.float32)
    out[:] = colour
    out += np.random.default_rng(seed).normal(0, 2, out.shape)
    out[top : top + height, left : left + width] = inner
    return np.clip(out, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [BED, WHITE, (60, 150, 60)])
@pytest.mark.parametrize("sides", [(20, 20, 20, 20), (7, 9, 31, 16), (0, 0, 40, 0)])
@pytest.mark.parametrize("times", [1, 5])
def test_a_print_on_a_scanners_bed_is_found(colour, sides, times):
    inner = cv2.resize(portrait(), None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    sides = tuple(times * side for side in sides)
    scan = framed(inner, sides, colour)
    left, top, right, bottom = print_box(scan)
    height, width = scan.shape[:2]
    slack = 2 + 2 * max(height, width) / 512
    for found, there in zip((left, top, width - right, height - bottom), sides, strict=True):
        assert there <= found <= there + slack if there else found == 0


def test_a_white_border_and_a_mount_in_a_bed_are_left_one_by_one():
    scan = framed(framed(portrait(), (14, 14, 14, 40), WHITE), (25, 18, 30, 22), BED)
    left, top, right, bottom = print_box(scan)
    assert (left, top) == pytest.approx((39, 32), abs=4)
    assert (scan.shape[1] - right, scan.shape[0] - bottom) == pytest.approx((44, 62), abs=4)


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("times", [1, 5])
def test_a_thin_line_round_a_white_border_does_not_hide_it(width, times):
    inner = cv2.resize(portrait(), None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    border = framed(inner, (17 * times, 13 * times, 16 * times, 12 * times), WHITE)
    scan = framed(border, (width,) * 4, (98, 98, 98))
    left, top, right, bottom = print_box(scan)
    slack = 2 + 2 * max(scan.shape[:2]) / 512
    sides = (left, top, scan.shape[1] - right, scan.shape[0] - bottom)
    for found, there in zip(sides, (17, 13, 16, 12), strict=True):
        assert there * times + width <= found <= there * times + width + slack


def test_a_thin_line_alone_is_no_margin_of_a_photo():
    inner = portrait()
    scan = framed(inner, (1, 1, 1, 1), (98, 98, 98))
    left, top, right, bottom = print_box(scan)
    assert max(left, top, scan.shape[1] - right, scan.shape[0] - bottom) <= 5


def test_a_print_that_lies_askew_holds_the_box():
    scan = framed(portrait(600, 760), (60, 60, 60, 60), BED).astype(np.uint8)
    height, width = scan.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 1.2, 1)
    askew = cv2.warpAffine(scan, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    left, top, right, bottom = print_box(askew)
    outside = (np.abs(askew.astype(int) - BED).max(-1) < 9)[top:bottom, left:right]
    assert 60 < left < 90 and 60 < top < 90 and width - 90 < right < width - 60
    edges = outside[:3], outside[:, :3], outside[:, -3:]
    assert max(edge.mean() for edge in edges) < 0.2


@pytest.mark.parametrize("pixels", [
    portrait(), np.full((200, 150, 3), 90, np.uint8), np.zeros((3, 5, 3), np.uint8),
    portrait()[:20, :20],
])  # fmt: skip
def test_a_photo_without_a_margin_is_all_print(pixels):
    assert print_box(pixels) == (0, 0, pixels.shape[1], pixels.shape[0])


def test_plain_and_shaded_backdrops_are_no_margins():
    plain = np.full((400, 300, 3), 200, np.uint8)
    cv2.ellipse(plain, (150, 400), (140, 150), 0, 0, 360, (40, 40, 40), -1)
    cv2.ellipse(plain, (150, 190), (70, 95), 0, 0, 360, (150, 130, 110), -1)
    shaded = plain - (np.linspace(120, 0, 400).astype(np.uint8))[:, None, None]
    for pixels in (plain, shaded):
        assert print_box(pixels) == (0, 0, 300, 400)


def test_small_scans_with_the_widest_margins_and_worn_edges_give_a_box():
    for side in range(20, 130):
        scan = np.full((side, side, 3), BED, np.uint8)
        edge = int(0.35 * side)
        scan[:, edge:] = 230
        scan[: side // 2, edge : edge + 3] = BED
        for picture in (scan, scan[:, ::-1], scan.transpose(1, 0, 2)):
            left, top, right, bottom = print_box(np.ascontiguousarray(picture))
            assert 0 <= left < right <= side and 0 <= top < bottom <= side
