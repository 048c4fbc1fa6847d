"""The restorer's training: repeatable damages, people in one split, stops that cost nothing."""

from itertools import islice

import cv2
import numpy as np
import pytest
import torch
from face_crops import (
    FaceCrops,
    read_crops,
    side_for,
    split_of,
    write_crops,
)
from face_damage import ODDS, damage, eight_bit, loss_weights, make_sample
from restorer_batches import Batch, DamagedFaces, collate, plan
from restorer_layers import RestorerLayers, measure
from train_restorer import DEV_KINDS, Trainer, dev_set, pack, validate

from nostalgia.enhancement.aligned_face import unit_template, warp_to
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE
from nostalgia.geometry import apply_affine


def drawn_face(side, seed):
    """A smooth picture with the marks of a face, and its landmarks 0..1."""
    rng = np.random.default_rng(seed)
    points = (load_face_shape().mean[:, :2] * 0.76 + [0.5, 0.53]).astype(np.float32)
    luma = cv2.resize(rng.uniform(80, 180, (6, 6)).astype(np.float32), (side, side))
    for group in (LEFT_EYE, RIGHT_EYE):
        hull = cv2.convexHull(np.round(points[list(group)] * side).astype(np.int32))
        cv2.fillConvexPoly(luma, hull, 30.0, cv2.LINE_AA)
    return np.clip(luma, 0, 255).astype(np.uint8), points


@pytest.fixture(scope="module")
def crops():
    sides = [128, 128, 192, 256, 128, 192]
    faces = [drawn_face(side, seed) for seed, side in enumerate(sides)]
    edges = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    words = [f"person-{n}" for n in range(6)], [f"{n}.jpg" for n in range(6)], ["a"] * 4 + ["b"] * 2
    splits = ["train"] * 4 + ["dev"] * 2
    return FaceCrops(
        [luma for luma, _ in faces],
        np.stack([points for _, points in faces]),
        np.stack([edges] * 6),
        *(np.array(w) for w in (*words, splits)),
    )


def test_crops_come_back_from_their_file_and_a_pack_is_such_a_file(crops, tmp_path):
    write_crops(tmp_path / "a.npz", crops)
    pack(read_crops([tmp_path / "a.npz"]), tmp_path / "pack.npz")
    back = read_crops([tmp_path / "pack.npz"])
    order = [list(crops.names).index(name) for name in back.names]
    assert sorted(order) == list(range(6))
    assert [len(back.pictures[i]) for i in range(6)] == sorted(
        (len(v) for v in crops.pictures), reverse=True
    )
    for i, j in enumerate(order):
        assert back.splits[i] == crops.splits[j]
        assert np.abs(back.pictures[i].astype(int) - crops.pictures[j]).mean() < 1.5
        np.testing.assert_allclose(back.points[i], crops.points[j], atol=1e-3)


def test_a_person_is_in_one_split_at_every_run():
    splits = [split_of("jforms/images", f"person {n}") for n in range(5000)]
    assert splits == [split_of("jforms/images", f"person {n}") for n in range(5000)]
    share = {split: splits.count(split) / 5000 for split in ("train", "dev", "test")}
    assert share["train"] > 0.9
    assert min(share.values()) > 0.025


def test_eyes_and_mouth_lie_at_fixed_places_whatever_the_photo():
    shape = load_face_shape().mean
    turn = cv2.getRotationMatrix2D((0, 0), 20, 3.7)
    for landmarks in (shape * 100 + 300, shape * np.float32([90, 90, 90]) + 40):
        for matrix in (np.float64([[1, 0, 0], [0, 1, 0]]), turn):
            moved = apply_affine(matrix, landmarks[:, :2].astype(np.float64))
            unit = apply_affine(unit_template(moved.astype(np.float32)), moved)
            left, right = unit[list(LEFT_EYE)].mean(0), unit[list(RIGHT_EYE)].mean(0)
            np.testing.assert_allclose(left, [0.36, 0.40], atol=0.03)
            np.testing.assert_allclose(right, [0.64, 0.40], atol=0.03)
            np.testing.assert_allclose(unit[list(MOUTH_CORNERS)].mean(0), [0.5, 0.7], atol=0.03)


def test_a_crop_has_the_largest_side_that_needs_no_enlargement():
    assert side_for(1 / 300, 1.0) == 256
    assert side_for(1 / 200, 1.0) == 192
    assert side_for(1 / 100, 1.0) is None
    assert side_for(1 / 100, 1.3) == 128


def test_a_large_face_is_reduced_by_areas_into_its_crop():
    fine = np.indices((600, 600)).sum(0) % 2 * 255  # a checkerboard: grey from afar
    crop = warp_to(fine.astype(np.uint8), np.float64([[1 / 600, 0, 0], [0, 1 / 600, 0]]), 128)
    assert crop.shape == (128, 128)
    assert np.abs(crop[4:-4, 4:-4].astype(int) - 128).max() < 20


@pytest.mark.parametrize(
    "kind", ["grain", "noise", "jpeg", "blur", "small", "scratched", "faded", "mixed"]
)
def test_every_damage_damages_and_can_be_made_again(crops, kind):
    clean = crops.pictures[3].astype(np.float32) / 255
    first, again, other = (damage(clean, kind, np.random.default_rng(seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
    assert first.shape[0] < 256 or np.abs(first - clean).mean() > 1e-4


def test_samples_of_a_number_are_the_same_and_untouched_ones_are_clean(crops):
    for stage in ODDS:
        one, two = (
            [make_sample(crops, 2, 128, stage, np.random.default_rng(n)) for n in range(60)]
            for _ in range(2)
        )
        for a, b in zip(one, two, strict=True):
            assert a.kind == b.kind
            np.testing.assert_array_equal(a.damaged, b.damaged)
            assert a.damaged.shape == a.clean.shape == a.weights.shape == (128, 128)
            assert a.damaged.dtype == a.clean.dtype == a.weights.dtype == np.float32
            assert 0 <= a.damaged.min() <= a.damaged.max() <= 1
        untouched = [a for a in one if a.kind == "none"]
        assert untouched
        assert max(float(np.abs(a.damaged - a.clean).max()) for a in untouched) < 0.1


def test_the_loss_weighs_eyes_most_and_nothing_beyond_the_photo(crops):
    points = crops.points[0]
    edges = np.float32([[0, 0], [1, 0], [1, 0.8], [0, 0.8]])
    weights = loss_weights(points, edges, 128)
    x, y = (points[list(LEFT_EYE)].mean(0) * 128).astype(int)
    assert weights[y, x] > 2.9
    assert weights[4, 4] == pytest.approx(0.5, abs=0.01)
    assert weights[110:].max() == 0


def test_measured_noise_and_blur_follow_the_picture():
    y, x = np.mgrid[:128, :128].astype(np.float32)
    clean = 0.5 + 0.2 * np.sign(np.sin(x / 3) * np.sin(y / 4))
    noise = np.random.default_rng(0).standard_normal((128, 128)).astype(np.float32)
    pictures = [
        clean,
        clean + 0.01 * noise,
        clean + 0.06 * noise,
        cv2.GaussianBlur(clean, (0, 0), 3),
    ]
    numbers = measure(torch.from_numpy(np.stack(pictures)[:, None]), torch.tensor([1.0, 1, 4, 1]))
    assert numbers[0, 0] < numbers[1, 0] < numbers[2, 0]
    assert (2 ** (2 * numbers[2, 0]) - 0.5) == pytest.approx(0.06 * 255, rel=0.15)
    assert numbers[3, 2] < numbers[0, 2]
    assert numbers[:, 5].tolist() == [0, 0, 2, 0]


def test_the_network_fits_into_six_megabytes_and_starts_as_good_as_silent():
    model = RestorerLayers()
    assert sum(p.numel() for p in model.parameters()) * 2 < 6e6
    for side in (64, 128, 192):
        residual = model(torch.rand(2, 1, side, side), torch.tensor([[0.0, 0, 1, 1]] * 2))
        assert residual.shape == (2, 1, side, side)
        assert residual.abs().mean() < 0.05


def test_contrast_and_brightness_are_changed_as_a_whole():
    model = RestorerLayers((8, 8, 8, 8))
    with torch.no_grad():
        model.leave.weight.zero_()
        model.tone[2].bias.copy_(torch.tensor([0.5, 0.1]))
    luma = torch.rand(1, 1, 64, 64)
    residual = model(luma, torch.tensor([[0.0, 0, 1, 1]]))
    torch.testing.assert_close(residual, 0.5 * (luma - 0.5) + 0.1)


def test_the_plan_goes_on_where_it_was_left():
    whole = list(islice(plan(0, 0), 12_000))
    assert whole[-1].stage == "all"
    assert {b.side for b in whole} == {64, 128, 192}
    for cut in (5, 3000, 11_000):
        rest = plan(whole[cut].number, whole[cut].before)
        assert list(islice(rest, 50)) == whole[cut : cut + 50]


def test_a_training_that_was_stopped_takes_the_same_next_steps(crops, tmp_path):
    widths = (8, 8, 8, 8)
    # the second batch has all terms of the loss
    batches = [Batch(1, 500_000, 64, 2, "easy"), Batch(10, 500_002, 64, 2, "all")]
    batches += [Batch(11, 500_004, 64, 2, "all")]
    whole = Trainer("cpu", widths=widths)
    data = DamagedFaces(crops, 0, 0, 1)
    whole.step(batches[0], collate(data.samples_of(batches[0])))
    whole.save(tmp_path)
    after = [whole.step(b, collate(data.samples_of(b))) for b in batches[1:]]
    resumed = Trainer("cpu", widths=widths)
    assert resumed.load(tmp_path)
    assert (resumed.number, resumed.samples) == (2, 500_002)
    data = DamagedFaces(crops, 0, 0, 1)
    assert [resumed.step(b, collate(data.samples_of(b))) for b in batches[1:]] == after
    assert {"picture", "late"} <= set(after[0])
    assert {"picture", "features"} <= set(after[1])
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(whole.average.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_state_broken_while_written_is_replaced_by_the_one_before(tmp_path):
    trainer = Trainer("cpu", widths=(8, 8, 8, 8))
    trainer.samples = 10
    trainer.save(tmp_path)
    trainer.samples = 20
    trainer.save(tmp_path)
    (tmp_path / "state.pt").write_bytes((tmp_path / "state.pt").read_bytes()[:2000])
    other = Trainer("cpu", widths=(8, 8, 8, 8))
    assert other.load(tmp_path)
    assert other.samples == 10


def test_dev_pictures_are_damaged_in_all_ways_and_reported(crops):
    sets = dev_set(crops.of("train"), 128, 2)
    assert tuple(sets) == DEV_KINDS
    damaged, clean, _, place = sets["tiny"]
    assert place[0, 3] == pytest.approx(128 / round(32 / 0.76))
    assert (damaged - clean).abs().mean() > 0.001
    assert torch.equal(*sets["none"][:2])
    report = validate(lambda luma, _: luma * 0, sets, "cpu")
    assert "none 90.0" in report
    assert all(kind in report for kind in DEV_KINDS)


def test_levels_are_rounded_and_kept_in_range():
    assert eight_bit(np.float32([-0.1, 0.5, 1.2])).tolist() == [0, 128, 255]
