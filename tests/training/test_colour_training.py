"""The colour restorer's training: damage that can be made again, colours that keep their luma."""

import cv2
import numpy as np
import pytest
import torch
from colour_damage import (
    CHROMA_LEVELS,
    FROM_RGB,
    ODDS,
    chroma_spread,
    damage,
    make_colour_sample,
    varied,
)
from colour_layers import ColourLayers
from face_crops import FaceCrops, read_crops, write_crops
from stoppable import StoppableTraining, averaged
from train_colour import ColourPictures, dev_set, loss_of, validate

from nostalgia.enhancement.colour import chroma
from nostalgia.faces.head import load_face_shape


@pytest.fixture(scope="module")
def crops():
    points = (load_face_shape().mean[:, :2] * 0.76 + [0.5, 0.53]).astype(np.float32)
    edges = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    pictures = []
    for number, side in enumerate((128, 192, 256)):
        drawn = np.random.default_rng(number).uniform(60, 190, (6, 6, 3)).astype(np.float32)
        drawn = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_CUBIC)
        pictures.append(np.clip(drawn, 0, 255).astype(np.uint8))
    words = [np.array([f"{n}" for n in range(3)])] * 2 + [np.array(["a"] * 3)]
    return FaceCrops(
        pictures, np.stack([points] * 3), np.stack([edges] * 3), *words, np.array(["train"] * 3)
    )


def test_crops_keep_their_colour_in_the_file_or_come_in_grey(crops, tmp_path):
    write_crops(tmp_path / "a.npz", crops)
    colour, grey = (read_crops([tmp_path / "a.npz"], colour=c) for c in (True, False))
    for before, after, luma in zip(crops.pictures, colour.pictures, grey.pictures, strict=True):
        assert np.abs(after.astype(int) - before).mean() < 2
        assert luma.ndim == 2
        assert np.abs(luma - before @ FROM_RGB[0]).mean() < 1.5
    assert chroma_spread(crops.pictures[0]) > 5
    assert chroma_spread(np.repeat(crops.pictures[0][..., :1], 3, 2)) < 1e-4


@pytest.mark.parametrize("kind", list(ODDS))
def test_every_damage_damages_and_can_be_made_again(crops, kind):
    clean = crops.pictures[2].astype(np.float32) / 255
    first, again = (damage(clean, kind, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    changed = first.shape != clean.shape or np.abs(first - clean).mean() > 1e-4
    assert changed == (kind != "none")


def test_other_colours_have_the_same_luma(crops):
    rgb = 0.3 + 0.4 * crops.pictures[0].astype(np.float32) / 255
    for seed in range(12):
        other = varied(rgb, np.random.default_rng(seed))
        assert np.abs((other - rgb) @ FROM_RGB[0]).mean() < 0.01
        assert np.abs(other - rgb).max() > 0.01


def test_samples_hold_what_the_product_measures(crops):
    sample = make_colour_sample(crops, 1, 128, np.random.default_rng(0), "none")
    assert sample.damaged.shape == (3, 128, 128)
    assert sample.kind == "none"
    red, green, blue = (np.full((2, 2), level, np.uint8) for level in (180, 120, 90))
    pixels = np.dstack([red, green, blue])
    planes = pixels[0, 0] @ FROM_RGB.T
    np.testing.assert_allclose(chroma(pixels)[:, 0, 0], planes[1:], atol=1e-3)
    assert np.abs(sample.damaged[1:]).max() < 128 / CHROMA_LEVELS


def test_batches_of_a_number_are_the_same_and_large_ones_come_in_between(crops):
    data = ColourPictures(crops, 0)
    for number, side in ((0, 192), (1, 128), (2, 128)):
        one, two = data.batch(number), data.batch(number)
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
        planes, clean, weights, place = one
        assert planes.shape[1:] == (4, side, side) and clean.shape[1:] == (2, side, side)
        assert weights.shape[1:] == (1, side, side) and place.shape[1:] == (4,)


def test_the_network_begins_silent_and_is_judged_by_what_it_wins(crops):
    model = ColourLayers()
    assert sum(p.numel() for p in model.parameters()) * 2 < 1e6
    data = ColourPictures(crops, 0)
    planes, _, _, place = data.batch(2)
    assert model(planes, place).abs().mean() < 0.05
    sets = dev_set(crops, data.restorer)
    assert tuple(sets) == tuple(ODDS)
    report = validate(lambda planes, _: planes[:, 2:] * 0, sets)
    for pair in report.removeprefix("dev dB ").split(", "):
        before, after = pair.split()[1].split(">")
        assert before == after


def test_a_training_that_was_stopped_takes_the_same_next_steps(crops, tmp_path):
    data, widths = ColourPictures(crops, 0), (8, 8, 8)

    def steps(training, numbers):
        training.begin()
        for number in numbers:
            planes, clean, weights, place = data.batch(number)
            found = planes[:, 2:] + training.model(planes, place)
            training.learn(loss_of(found, clean, weights), len(planes))

    torch.manual_seed(0)
    whole = StoppableTraining(tmp_path, ColourLayers(widths), 1e-3, 1e9)
    steps(whole, [2])
    whole._save()
    steps(whole, [3])
    resumed = StoppableTraining(tmp_path, ColourLayers(widths), 1e-3, 1e9)
    assert (resumed.number, resumed.samples) == (1, 16)
    steps(resumed, [3])
    for a, b in zip(whole.average.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(a, b)
    resumed._save()
    kept = averaged(tmp_path, ColourLayers(widths))
    for a, b in zip(kept.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(a, b)
