"""Keypoints as curves, and the filter that steadies them."""

import numpy as np
import torch

from nostalgia.motion.fomm.keypoints import Keypoints
from nostalgia.motion.fomm.signals import (
    keypoints_from_signals,
    signals_from_keypoints,
    steady,
)


def test_signals_hold_keypoints_whole() -> None:
    generator = torch.Generator().manual_seed(0)
    keypoints = Keypoints(
        torch.randn(7, 10, 2, generator=generator), torch.randn(7, 10, 2, 2, generator=generator)
    )
    signals = signals_from_keypoints(keypoints)
    assert signals.shape == (7, 60) and signals.dtype == np.float32
    back = keypoints_from_signals(signals)
    assert torch.equal(back.value, keypoints.value)
    assert torch.equal(back.jacobian, keypoints.jacobian)


def test_trembling_goes_and_movement_stays_in_time() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(200)
    turn = 0.3 / (1 + np.exp(-(t - 100) / 3.0))
    shaky = (turn + rng.normal(0, 0.004, 200)).astype(np.float32)[:, None]
    calm = steady(shaky, 1.0)[:, 0]
    still = slice(10, 80)
    assert calm[still].std() < 0.4 * shaky[still].std()
    assert abs(np.interp(0.15, calm[80:120], t[80:120]) - 100) < 1.0  # neither early nor late
    assert abs(calm[-1] - 0.3) < 0.01


def test_without_smoothing_and_for_a_few_frames_nothing_changes() -> None:
    rows = np.random.default_rng(1).normal(size=(30, 6)).astype(np.float32)
    assert steady(rows, 0.0) is rows
    assert steady(rows[:2], 1.0) is not None and (steady(rows[:2], 1.0) == rows[:2]).all()


def test_more_smoothing_is_smoother() -> None:
    rows = np.random.default_rng(2).normal(0, 0.003, (100, 1)).astype(np.float32)
    spread = [steady(rows, share).std() for share in (0.1, 0.5, 1.0)]
    assert spread[0] > spread[1] > spread[2]
