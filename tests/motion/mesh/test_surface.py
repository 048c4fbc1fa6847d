"""The surface through the landmarks, beside SciPy's."""

import numpy as np
import pytest

from nostalgia.motion.mesh.head import _limit_slope
from nostalgia.motion.mesh.surface import surface_over

LINE = np.linspace(-1.5, 1.5, 61).astype(np.float32)


def scattered(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.4, (count, 3)).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_scattered_points_give_scipys_surface(seed: int) -> None:
    interpolate = pytest.importorskip("scipy.interpolate")
    points = scattered(400, seed)
    points[:, :2] *= [1.0, 0.02 * 10**seed]  # at last 20 times as high as wide
    expected = interpolate.LinearNDInterpolator(points[:, :2], points[:, 2], fill_value=-7.0)
    found = surface_over(points, LINE, LINE, outside=-7.0)
    theirs = expected(*np.meshgrid(LINE, LINE))
    assert (found != -7.0).any() and (found == -7.0).any()
    np.testing.assert_allclose(found, theirs, atol=1e-5)


def test_a_plane_is_met_exactly_and_nothing_lies_outside() -> None:
    points = scattered(200, 9)
    points[:4, :2] = [(-1, -1), (1, -1), (-1, 1), (1, 1)]
    points[:, :2] = points[:, :2].clip(-1, 1)
    points = np.unique(points, axis=0)
    points[:, 2] = 0.5 + 0.25 * points[:, 0] - points[:, 1]
    found = surface_over(points, LINE, LINE, outside=9.0)
    x, y = np.meshgrid(LINE, LINE)
    inside = (np.abs(x) <= 1) & (np.abs(y) <= 1)
    np.testing.assert_allclose(found[inside], (0.5 + 0.25 * x - y)[inside], atol=1e-6)
    assert (found[~inside] == 9.0).all()


def test_points_on_the_nodes_keep_their_height() -> None:
    points = np.array([[0, 0, 1], [1, 0, 2], [0, 1, 3], [1, 1, 4], [0.5, 0.5, 9]], np.float32)
    line = np.array([0, 0.5, 1], np.float32)
    found = surface_over(points, line, line, outside=0.0)
    np.testing.assert_allclose(found, [[1, 1.5, 2], [2, 9, 3], [3, 3.5, 4]])


def test_the_limit_of_the_slope_agrees_with_scipy() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    depth = np.random.default_rng(2).normal(0, 0.3, (40, 50)).astype(np.float32)
    line = np.arange(-3, 4, dtype=np.float32) / np.float32(15)
    cone = -np.float32(1.7) * np.hypot(line[None, :], line[:, None])
    expected = ndimage.grey_dilation(depth, structure=cone, mode="nearest")
    np.testing.assert_array_equal(_limit_slope(depth, 15.0, 1.7), expected)
