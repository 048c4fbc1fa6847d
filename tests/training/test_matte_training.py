"""What trains the person matte: squares round labelled people, and the losses."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from matte_batches import MatteSamples, opened  # noqa: E402
from matte_layers import MatteLayers  # noqa: E402
from matte_views import photo_part, squared  # noqa: E402
from train_matte import loss_of, overlap  # noqa: E402

from nostalgia.faces.head import load_face_shape  # noqa: E402
from nostalgia.faces.matte import INPUT_PX  # noqa: E402

SIZE = 220


def made_people(path, count: int) -> None:
    """A file as label_mattes.py writes it: bright people before grey walls."""
    mean = load_face_shape().mean[:, :2]
    points = mean / np.ptp(mean[:, 1]) * 60 + [SIZE / 2, 90]
    y, x = np.mgrid[:SIZE, :SIZE]
    head = ((x - SIZE / 2) / 30) ** 2 + ((y - 90) / 42) ** 2 < 1
    person = head | ((y > 120) & (abs(x - SIZE / 2) < 70))
    grey = np.where(person, 220, 90).astype(np.uint8)
    planes = {
        "pixels": np.tile(grey.ravel(), count),
        "mattes": np.tile((person * 255).astype(np.uint8).ravel(), count),
        "weights": np.full(SIZE * SIZE * count, 255, np.uint8),
    }
    np.savez(
        path,
        names=np.array([f"person{n}_0.jpg" for n in range(count)]),
        sizes=np.tile([SIZE, SIZE, 1], (count, 1)),
        points=np.tile(points.astype(np.float32), (count, 1, 1)),
        **planes,
    )


@pytest.fixture
def samples(tmp_path) -> MatteSamples:
    made_people(tmp_path / "people.npz", 60)
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "places.npz",
        sizes=np.tile([120, 160, 3], (4, 1)),
        pixels=rng.integers(0, 256, 4 * 120 * 160 * 3).astype(np.uint8),
    )
    return MatteSamples([("drawn", tmp_path / "people.npz")], tmp_path / "places.npz", seed=1)


def test_nobody_is_in_two_parts(samples):
    parts = {part: {p.name for p in people} for part, people in samples.parts.items()}
    assert set(parts) == {"train", "dev", "test"}
    assert sum(len(names) for names in parts.values()) == 60
    assert len(set.union(*parts.values())) == 60
    assert len(parts["train"]) > 45


def test_a_plain_square_is_centred_and_labelled(samples):
    crop, label, weights = squared(opened(samples.parts["train"][0], False), None)
    assert crop.shape == (4, INPUT_PX, INPUT_PX)
    assert {each.dtype for each in (crop, label, weights)} == {np.dtype(np.uint8)}
    face = np.argwhere(crop[3] == 255)
    assert np.abs(face.mean(0) - INPUT_PX / 2).max() < 8
    assert (label[crop[3] == 255] == 255).mean() > 0.95
    bright = crop[0] > 155
    assert (bright == (label > 127))[weights > 127].mean() > 0.98


def test_batches_follow_the_label(samples):
    batch = samples.batch(24)
    assert batch.crops.shape == (24, 4, INPUT_PX, INPUT_PX)
    assert batch.labels.shape == batch.weights.shape == (24, INPUT_PX, INPUT_PX)
    somebody = batch.weights.float().mean((1, 2)) > 5
    shares = (batch.labels > 127).float().mean((1, 2))[somebody]
    assert 0.05 < float(shares.median()) < 0.7


def test_the_part_of_the_photo_is_upright_and_filled():
    inside = np.zeros((INPUT_PX, INPUT_PX), bool)
    inside[20:180, 40:192] = True
    x0, y0, x1, y1 = photo_part(inside, None)
    assert inside[y0:y1, x0:x1].all()
    assert (x1 - x0) * (y1 - y0) > 0.9 * inside.sum()


def test_overlap_and_loss_prefer_the_truth():
    labels = torch.zeros(2, INPUT_PX, INPUT_PX)
    labels[:, 60:, 50:140] = 1
    weights = torch.ones_like(labels)
    assert torch.allclose(overlap(labels, labels, weights), torch.ones(2))
    assert (overlap(labels.roll(60, 2), labels, weights) < 0.3).all()
    logits, sure = (labels - 0.5) * 16, torch.full((2,), 0.01)
    good = loss_of((logits, sure), labels, weights)
    assert good < 0.1
    assert loss_of((logits.roll(8, 2), sure), labels, weights) > good + 0.1
    assert loss_of((logits, torch.full((2,), 0.9)), labels, weights) > good + 0.3


def test_the_network_gives_a_matte_and_a_doubt_for_each_crop(samples):
    torch.manual_seed(0)
    with torch.inference_mode():
        logits, doubts = MatteLayers().eval()(samples.batch(4).crops.float() / 255)
    assert logits.shape == (4, INPUT_PX, INPUT_PX)
    assert doubts.shape == (4,)
    assert ((doubts > 0) & (doubts < 1)).all()
