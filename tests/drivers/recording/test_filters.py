"""The filters along time, beside those of SciPy."""

import numpy as np
import pytest

from nostalgia.drivers.recording.filters import running_median, runs, smooth, spread


@pytest.fixture
def curves() -> np.ndarray:
    return np.random.default_rng(1).normal(3.0, 2.0, (40, 5, 2))


@pytest.mark.parametrize("sigma", [0.05, 0.35, 1.5, 4.0, 20.0])
def test_smoothing_agrees_with_scipy(curves, sigma: float) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    expected = ndimage.gaussian_filter1d(curves, sigma, axis=0, mode="nearest")
    np.testing.assert_allclose(smooth(curves, sigma), expected, rtol=1e-13)


@pytest.mark.parametrize("size", [1, 3, 31, 91])
def test_the_median_agrees_with_scipy(curves, size: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    expected = ndimage.median_filter(curves, size=(size, 1, 1), mode="nearest")
    np.testing.assert_array_equal(running_median(curves, size), expected)


def test_a_constant_stays_and_a_single_peak_spreads_to_both_sides() -> None:
    still, peak = np.full(30, 2.5), np.zeros(30)
    peak[15] = 1.0
    np.testing.assert_allclose(smooth(still, 2.0), still, rtol=1e-15)
    wide = smooth(peak, 2.0)
    assert wide.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(wide[1:], wide[:0:-1], atol=1e-15)
    assert not running_median(peak, 3).any()


def test_flags_spread_and_their_runs_are_found() -> None:
    flags = np.zeros(12, bool)
    flags[[0, 6, 11]] = True
    wide = spread(flags, 2)
    assert np.flatnonzero(wide).tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert runs(wide) == [slice(0, 3), slice(4, 12)]
    assert runs(np.zeros(5, bool)) == []
    assert runs(np.ones(1, bool)) == [slice(0, 1)]
