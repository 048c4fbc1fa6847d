"""Input and output of the detector's network: normalisation, decoding."""

import numpy as np
import pytest

from nostalgia.faces.detection.network import (
    REFERENCE_FACE_PX,
    STRIDE_PX,
    decode,
    normalise_luma,
)


def soft_noise(seed: int, height: int = 120, width: int = 160) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 1, (height // 8, width // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.float32)


def test_fading_leaves_the_normalised_luma_almost_unchanged():
    luma = soft_noise(1)
    faded = 0.55 + 0.3 * luma
    difference = np.abs(normalise_luma(luma) - normalise_luma(faded))
    assert difference.max() < 0.2
    assert normalise_luma(luma).std() > 0.5


def test_an_uneven_print_is_evened_out():
    luma = soft_noise(2, 160, 400)
    shade = np.linspace(0.2, 1.0, 400, dtype=np.float32)
    normalised = normalise_luma(luma * shade)
    left, right = normalised[:, 60:140], normalised[:, 260:340]
    assert left.std() > 0.4 * right.std()
    assert abs(float(left.mean() - right.mean())) < 0.25


def test_a_blank_picture_does_not_divide_by_zero():
    normalised = normalise_luma(np.full((40, 50), 0.5, np.float32))
    assert normalised.dtype == np.float32
    assert np.abs(normalised).max() < 1e-3


@pytest.mark.parametrize(("wide", "high"), [(32.0, 40.0), (90.0, 120.0)])
def test_decode_inverts_the_targets_of_the_training(wide: float, high: float):
    row, column = 5, 7
    cell = (np.array([column, row]) + 0.5) * STRIDE_PX - 0.5
    size = np.sqrt(wide * high)
    centre = cell + [2.0, -1.5]
    five = centre + np.arange(10).reshape(5, 2)
    values = np.concatenate(
        [
            [1.25],
            (centre - cell) / size,
            np.log(np.array([wide, high]) / REFERENCE_FACE_PX),
            ((five - cell) / size).ravel(),
        ]
    )
    found = decode(values[None].astype(np.float32), np.array([row]), np.array([column]))
    expected = [
        centre[0] - wide / 2,
        centre[1] - high / 2,
        centre[0] + wide / 2,
        centre[1] + high / 2,
    ]
    np.testing.assert_allclose(found.boxes[0], expected, atol=1e-3)
    np.testing.assert_allclose(found.points[0], five, atol=1e-3)
    assert found.logits[0] == 1.25
