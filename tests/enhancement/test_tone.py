"""Old prints are recognised by grain, or by one hue throughout."""

import numpy as np
import pytest

from nostalgia.enhancement.tone import age

SHAPE = (120, 90)
EVERYWHERE = np.ones(SHAPE, np.float32)


def light() -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return 60 + 0.6 * y + 20 * np.sin(x / 9.0)


def coloured() -> np.ndarray:
    """Skin with redder cheeks and greener patches that lightness does not explain."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    red, green = 22 * np.sin(x / 15.0 + y / 21.0), 14 * np.cos(x / 11.0 - y / 17.0)
    picture = light()[..., None] * [1.2, 0.95, 0.8]
    return picture + np.stack([red, green, -red], -1)


def as_picture(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.15, 0.95, 0.7)])
def test_grey_and_sepia_are_old_however_clean(tint):
    assert age(as_picture(light()[..., None] * tint), EVERYWHERE, 0.4) > 0.95


def test_a_clean_picture_in_full_colour_is_not_old():
    assert age(as_picture(coloured()), EVERYWHERE, 0.5) == 0


def test_grain_makes_a_coloured_picture_old():
    picture = as_picture(coloured())
    assert age(picture, EVERYWHERE, 3.0) == 1
    assert 0 < age(picture, EVERYWHERE, 1.2) < 1
