"""The restorer's patches: damage as it stands in a photo, and layers that know their places."""

import cv2
import numpy as np
import pytest
import torch
from face_crops import FaceCrops
from face_damage import jpeg_of
from patch_layers import BLOCKS, SIDE, ColourPatches, LumaPatches, halves, reduced
from photo_damage import MARGIN, in_a_photo, sharpened_back
from restorer_losses import patch_loss
from train_colour_patches import ODDS as COLOUR_ODDS
from train_colour_patches import ColourPictures
from train_colour_patches import dev_set as colour_dev_set
from train_colour_patches import validate as validate_colour
from train_patches import DEV_KINDS, ODDS, PatchPictures, dev_set, make_sample, validate

from nostalgia.faces.head import load_face_shape


def drawn(seed, side=SIDE, channels=()):
    cells = np.random.default_rng(seed).uniform(0.2, 0.8, (9, 9, *channels)).astype(np.float32)
    return np.clip(cv2.resize(cells, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)


def crops_of(*pictures):
    count = len(pictures)
    points = (load_face_shape().mean[:, :2] * 0.76 + [0.5, 0.53]).astype(np.float32)
    edges = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    words = [np.array([f"{n}" for n in range(count)])] * 2 + [np.array(["a"] * count)]
    return FaceCrops(
        [np.rint(picture * 255).astype(np.uint8) for picture in pictures],
        np.stack([points] * count), np.stack([edges] * count), *words, np.array(["train"] * count),
    )  # fmt: skip


GREY = crops_of(drawn(0), drawn(1, 192), drawn(2, 96))
COLOURED = crops_of(drawn(0, SIDE, (3,)), drawn(1, 192, (3,)))


@pytest.mark.parametrize("larger", [1.0, 1.6])
def test_a_photo_without_damage_gives_the_crop_back(larger):
    clean = drawn(3)
    for seed in range(5):
        crop, enlarged = in_a_photo(clean, lambda x: x, np.random.default_rng(seed), larger)
        inner = np.s_[12:-12, 12:-12]
        assert np.abs(crop - clean)[inner].mean() < 0.012
        assert 1 <= enlarged < 1.12


def test_a_reduced_photo_was_enlarged_by_as_much():
    def third(photo):
        assert photo.shape == (round(SIDE * MARGIN),) * 2
        return cv2.resize(photo, (round(SIDE * MARGIN / 3),) * 2, interpolation=cv2.INTER_AREA)

    _, enlarged = in_a_photo(drawn(3), third, np.random.default_rng(0))
    assert enlarged == pytest.approx(3, rel=0.1)


def test_blocks_of_compression_do_not_lie_where_the_patches_do():
    clean = drawn(4) + np.random.default_rng(0).normal(0, 0.08, (SIDE, SIDE)).astype(np.float32)
    clean = np.clip(clean, 0, 1)

    def steps(picture):
        """Mean step between columns, by their place in a block of eight."""
        jump = np.abs(np.diff(picture[16:-16], axis=1)).mean(0)
        return np.array([jump[place::8].mean() for place in range(8)])

    aligned = steps(jpeg_of(clean, 8))
    assert aligned.argmax() == 7
    crop, _ = in_a_photo(clean, lambda x: jpeg_of(x, 8), np.random.default_rng(2))
    assert np.ptp(steps(crop)) < 0.4 * np.ptp(aligned)


def test_a_wiener_filter_leaves_nearly_the_picture():
    clean = drawn(5, 147)
    for seed in range(6):
        left = sharpened_back(clean, np.random.default_rng(seed))
        assert left.shape == clean.shape
        assert 1e-4 < np.abs(left - clean)[20:-20, 20:-20].mean() < 0.06


@pytest.mark.parametrize("kind", list(ODDS))
def test_samples_can_be_made_again(kind):
    clean = drawn(6)
    first, again = (make_sample(clean, kind, np.random.default_rng(8)) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1] >= 1
    assert first[0].dtype == np.float32
    assert 0 <= first[0].min() <= first[0].max() <= 1


@pytest.mark.parametrize(
    ("data", "channels", "answers"),
    [(PatchPictures(GREY, 0), 1, (1, SIDE)), (ColourPictures(COLOURED, 0), 3, (2, SIDE // 2))],
)
def test_batches_of_a_number_are_the_same(data, channels, answers):
    one, two, other = data.batch(3), data.batch(3), data.batch(4)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not torch.equal(one[0], other[0])
    assert one[0].shape[1:] == (channels, SIDE, SIDE)
    assert one[1].shape[1:] == (answers[0], answers[1], answers[1])
    assert all(part.dtype == torch.float32 for part in one)


def test_small_crops_are_left_out():
    assert len(PatchPictures(GREY, 0).crops) == 2


def varied(model, planes):
    """The model with weights that are not zero any more."""
    model.begin(planes)
    with torch.no_grad():
        for number, part in enumerate(model.parameters()):
            part += torch.randn(part.shape, generator=torch.Generator().manual_seed(number)) * 0.02
    return model


@pytest.mark.parametrize(
    ("model", "data"),
    [(LumaPatches(), PatchPictures(GREY, 0)), (ColourPatches(), ColourPictures(COLOURED, 0))],
)
def test_a_mirrored_face_is_restored_in_the_mirror_and_places_differ(model, data):
    planes = data.batch(0)[0]
    enlarged = torch.linspace(1, 3, len(planes))
    assert not model(planes, enlarged).any()
    model = varied(model, planes)
    with torch.no_grad():
        there, back = model(planes, enlarged), model(planes.flip(3), enlarged)
        torch.testing.assert_close(back, there.flip(3), atol=1e-5, rtol=1e-4)
        # the same patch everywhere is answered by each place's own weights
        flat = planes * 0 + planes.mean((2, 3), keepdim=True)
        first = model(flat, enlarged)[0, 0]
    side = first.shape[0] // BLOCKS
    blocks = first.unfold(0, side, side).unfold(1, side, side)[:, : BLOCKS // 2]
    assert blocks.flatten(0, 1).std(0).min() > 0


def test_features_are_whitened_and_the_most_varied_come_first():
    planes = PatchPictures(GREY, 0).batch(0)[0]
    model = LumaPatches()
    model.begin(planes)
    seen = torch.nn.functional.conv2d(
        halves(planes - 0.5, model.block), model.basis, model.mean, stride=model.block
    )
    spread = seen.transpose(0, 1).flatten(1).std(1)
    assert spread[0].item() == pytest.approx(1, abs=0.02)
    assert spread.max() < 1.02
    assert spread[:20].mean() > spread[-20:].mean()
    assert seen.transpose(0, 1).flatten(1).mean(1).abs().max() < 0.01


def test_patches_learn_what_can_be_learned():
    """Of faces that are all alike, each place soon knows its own picture."""
    clean = torch.from_numpy(drawn(9))[None, None].repeat(8, 1, 1, 1)
    rough = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)) * 0.1
    damaged, enlarged = (clean + rough).clamp(0, 1), torch.ones(8)
    model, weights = LumaPatches(), torch.ones_like(clean)
    model.begin(damaged)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)

    def loss():
        return patch_loss(damaged + model(damaged, enlarged) - clean, weights, 4e-4, 0.7)

    before = loss().item()
    for _ in range(25):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    assert loss().item() < 0.5 * before


def test_both_networks_are_judged_by_what_they_win():
    silent = validate(lambda luma, _: luma * 0, dev_set(GREY))
    assert [word.split()[0] for word in silent.removeprefix("dev dB ").split(", ")] == [*DEV_KINDS]
    coloured = validate_colour(
        lambda planes, _: reduced(planes)[:, 1:] * 0, colour_dev_set(COLOURED)
    )
    assert len(coloured.split(", ")) == len(COLOUR_ODDS)
    for words in (silent.removeprefix("dev dB "), coloured.removeprefix("dev levels ")):
        for word in words.split(", "):
            before, after = word.split()[1].split(">")
            assert before == after
