"""The network computes what the paper says, and what the original computes."""

import numpy as np
import pytest
import torch

from nostalgia.motion.fomm.blocks import QuarterSize, UpBlock, coordinate_grid, widen
from nostalgia.motion.fomm.checkpoint import load_model
from nostalgia.motion.fomm.dense_motion import sparse_motions
from nostalgia.motion.fomm.keypoints import Keypoints, inverse, movement_scale, relative_motion
from nostalgia.motion.fomm.layout import VOX_256
from nostalgia.motion.fomm.network import FirstOrderModel, pictures_from_frames
from tests.motion.fomm.random_model import random_model


def _pictures(count: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size=256, mode="bilinear", align_corners=False)


def _keypoints(seed: int, count: int = 1) -> Keypoints:
    generator = torch.Generator().manual_seed(seed)
    value = torch.rand(count, 6, 2, generator=generator) * 1.6 - 0.8
    jacobian = torch.eye(2) + 0.2 * torch.randn(count, 6, 2, 2, generator=generator)
    return Keypoints(value, jacobian)


def test_parameters_are_those_of_vox_256() -> None:
    with torch.device("meta"):
        model = FirstOrderModel.build(VOX_256)
    assert sum(p.numel() for p in model.detector.parameters()) == 14_215_368
    assert sum(p.numel() for p in model.generator.parameters()) == 45_575_391


def test_a_driver_who_does_not_move_leaves_the_source_where_it_is() -> None:
    source, driving = _keypoints(1), _keypoints(2)
    moved = relative_motion(source, driving, driving, scale=1.7)
    assert torch.allclose(moved.value, source.value, atol=1e-6)
    assert torch.allclose(moved.jacobian, source.jacobian, atol=1e-5)
    grid = coordinate_grid(16, 16)
    for motion in sparse_motions(grid, source, moved)[0]:
        assert torch.allclose(motion, grid, atol=1e-5)


def test_first_order_motion_maps_keypoints_on_keypoints() -> None:
    source, driving = _keypoints(1), _keypoints(2)
    point = driving.value[0, 3]
    ahead = driving.jacobian[0, 3] @ torch.tensor([0.1, 0.0])
    motion = sparse_motions(torch.stack([point, point + ahead])[None], source, driving)[0, 4, 0]
    assert torch.allclose(motion[0], source.value[0, 3], atol=1e-5)
    expected = source.value[0, 3] + source.jacobian[0, 3] @ torch.tensor([0.1, 0.0])
    assert torch.allclose(motion[1], expected, atol=1e-5)


def test_a_map_without_an_inverse_counts_as_nothing() -> None:
    maps = torch.tensor([[[2.0, 1.0], [0.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]])
    found = inverse(maps)
    assert torch.equal(found[0], torch.linalg.inv(maps[0])) and not found[1].any()


def test_the_scale_is_that_of_the_spread_and_touches_only_the_shift() -> None:
    source, initial, driving = _keypoints(1), _keypoints(2), _keypoints(3)
    double = Keypoints(2 * initial.value, initial.jacobian)
    assert movement_scale(double, initial) == pytest.approx(2.0, rel=1e-5)
    once = relative_motion(source, driving, initial)
    twice = relative_motion(source, driving, initial, 2.0)
    assert torch.allclose(twice.value - source.value, 2 * (once.value - source.value), atol=1e-5)
    assert torch.equal(twice.jacobian, once.jacobian)
    line = Keypoints(initial.value * torch.tensor([1.0, 0.0]), initial.jacobian)
    assert movement_scale(line, initial) == 1.0


def test_a_quarter_size_keeps_the_first_of_four_pixels() -> None:
    picture = torch.zeros(1, 3, 32, 32)
    picture[0, :, 8, 12] = 1.0
    small = QuarterSize()(picture)[0, 0]
    assert (small == small.max()).nonzero().tolist() == [[2, 3]]
    ones = QuarterSize()(torch.ones(1, 3, 32, 32))[0, 0]
    assert ones[4, 4] == pytest.approx(1.0, abs=1e-5)
    assert ones[0, 0] < 0.5  # beyond the border it is black


@pytest.mark.parametrize(("kernel", "outputs"), [(7, 3), (3, 2)])
def test_four_pixels_at_a_time_are_the_same_pixels(kernel: int, outputs: int) -> None:
    conv = torch.nn.Conv2d(5, outputs, kernel, padding=kernel // 2).requires_grad_(False)
    x = torch.randn(2, 5, 12, 20, generator=torch.Generator().manual_seed(0))
    four = torch.nn.functional.pixel_shuffle(widen(conv)(x), 2)
    assert torch.allclose(four, conv(x), atol=1e-6)


def test_up_blocks_repeat_pixels() -> None:
    block = UpBlock(1, 1).eval()
    with torch.inference_mode():
        block.conv.weight.zero_()
        block.conv.weight[0, 0, 1, 1] = 1.0
        block.conv.bias.zero_()
        out = block(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert torch.allclose(out[0, 0, ::2, ::2], torch.tensor([[1.0, 2.0], [3.0, 4.0]]), atol=1e-4)
    assert torch.equal(out[..., ::2, :], out[..., 1::2, :])


def test_the_tuned_model_computes_the_same() -> None:
    pictures = _pictures(3)
    results = []
    for tuned in (False, True):
        model = random_model(5)
        model = model.tuned() if tuned else model
        source = model.encode(pictures[:1])
        driving = relative_motion(
            source.keypoints, model.keypoints(pictures), model.keypoints(pictures[1:2])
        )
        flow = model.flow(source, driving)
        results.append((flow.deformation, flow.occlusion_map, model.paint(source, flow)))
    for plain, fast in zip(*results, strict=True):
        assert torch.allclose(plain, fast, atol=1e-4)
    assert results[0][2].std() > 0.01


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("container", ["fomm_small.pth.tar", "fomm_small_zip.pth.tar"])
@pytest.mark.parametrize("tuned", [False, True], ids=["plain", "tuned"])
def test_the_original_s_arrays(shared, container: str, align_corners: bool, tuned: bool) -> None:
    model = load_model(shared / f"parity/{container}", align_corners)
    model = model.tuned() if tuned else model
    file = shared / f"parity/golden_small_ac_{str(align_corners).lower()}.npz"
    with np.load(file) as golden:
        source = model.encode(pictures_from_frames(golden["source"][None]))
        driving = model.keypoints(pictures_from_frames(golden["driving"]))

        def agree(found: torch.Tensor, name: str, tolerance: float) -> None:
            np.testing.assert_allclose(found.numpy(), golden[name], rtol=0, atol=tolerance)

        agree(source.keypoints.value[0], "source_kp_value", 1e-5)
        agree(source.keypoints.jacobian[0], "source_kp_jacobian", 1e-5)
        agree(driving.value, "driving_kp_value", 1e-5)
        agree(driving.jacobian, "driving_kp_jacobian", 1e-5)
        first = driving[:1]
        scale = movement_scale(source.keypoints, first)
        for mode, moved in {
            "abs": driving,
            "rel": relative_motion(source.keypoints, driving, first),
            "rel_adapt": relative_motion(source.keypoints, driving, first, scale),
        }.items():
            flow = model.flow(source, moved)
            painted = model.paint(source, flow)
            agree(moved.value, f"{mode}/norm_kp_value", 1e-5)
            agree(moved.jacobian, f"{mode}/norm_kp_jacobian", 1e-5)
            agree(flow.deformation, f"{mode}/deformation", 1e-4)
            agree(flow.occlusion_map, f"{mode}/occlusion_map", 1e-4)
            agree(painted[..., ::4, ::4], f"{mode}/prediction_s4", 1e-3)
        agree(flow.mask[:1], "rel_adapt/mask", 1e-4)
        agree(flow.sparse_deformed[:1], "rel_adapt/sparse_deformed", 1e-4)
        agree(painted[1:2], "rel_adapt/prediction_frame1", 1e-3)
