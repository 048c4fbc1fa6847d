"""The inside of a mouth that opens, on a drawn pair of lips."""

import numpy as np
import pytest

from nostalgia.faces.topology import INNER_LOWER_LIP, INNER_UPPER_LIP
from nostalgia.motion.mesh.mouth import mouth_fill, prepare_mouth
from nostalgia.types import FaceCrop, HeadPose


def lips(gap_px: float) -> FaceCrop:
    """A grey field with a reddish mouth at row 150, 90 px wide, in a face 300 px high."""
    landmarks = np.zeros((478, 3), np.float32)
    u = np.linspace(0, 1, len(INNER_UPPER_LIP))
    for indices, side in ((INNER_UPPER_LIP, -0.5), (INNER_LOWER_LIP, 0.5)):
        landmarks[list(indices), 0] = 105 + 90 * u
        landmarks[list(indices), 1] = 150 + side * gap_px * np.sin(np.pi * u)
    pixels = np.full((300, 300, 3), 180, np.uint8)
    pixels[138:162, 100:200] = (170, 90, 90)
    pixels[149:151, 105:195] = (80, 40, 40)
    return FaceCrop(pixels, np.eye(2, 3), landmarks, HeadPose(0, 0, 0), (0, 0, 300, 300), 300.0)


def test_closed_lips_stay_as_they_are() -> None:
    assert mouth_fill(prepare_mouth(lips(0.5)), 0.0) is None


def test_a_mouth_open_in_the_photo_keeps_its_own_inside() -> None:
    assert mouth_fill(prepare_mouth(lips(20)), 0.08) is None


@pytest.mark.parametrize("opening", [0.03, 0.08])
def test_parting_lips_show_a_dark_inside(opening: float) -> None:
    source = lips(0.5)
    fill = mouth_fill(prepare_mouth(source), opening)
    assert fill is not None
    x, y = fill.corner_xy
    column = fill.pixels[:, 150 - x].mean(1)
    dark = np.flatnonzero(column < 60) + y
    assert dark.max() >= 150
    changed = np.flatnonzero((1 - fill.occlusion)[:, 150 - x])
    assert len(changed) == pytest.approx(opening * 300 * 0.76, abs=4)
    ends = fill.pixels[150 - y, [101 - x, 199 - x]]
    assert (ends == source.pixels[150, [101, 199]]).all(), "the corners must stay shut"


def column_at(opening: float) -> tuple[np.ndarray, int]:
    """Brightness down the middle of the mouth, and the row of the lip line in it."""
    fill = mouth_fill(prepare_mouth(lips(0.5)), opening)
    assert fill is not None
    x, y = fill.corner_xy
    return fill.pixels[:, 143 - x].mean(1), 150 - y


def test_upper_teeth_catch_some_light_and_the_rest_stays_dark() -> None:
    column, line = column_at(0.08)
    upper, lower = column[line - 7 : line - 1], column[line + 2 : line + 8]
    assert 90 < upper.max() < 170, "teeth in the shade of the lip, no white bar"
    assert lower.max() < 60


def test_barely_parted_lips_show_no_teeth() -> None:
    column, line = column_at(0.013)
    assert column[line - 1 : line + 1].max() < 60


def test_the_dark_grows_with_the_opening() -> None:
    mouth = prepare_mouth(lips(0.5))
    areas = []
    for opening in (0.01, 0.03, 0.06, 0.1):
        fill = mouth_fill(mouth, opening)
        assert fill is not None
        areas.append(float((1 - fill.occlusion).sum()))
    assert areas == sorted(areas) and areas[0] < areas[-1]
