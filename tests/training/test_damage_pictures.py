"""Pictures from which is learned what damage is: repeatable, and labelled where they changed."""

import numpy as np
import pytest
import torch
from damage_layers import DamageLayers
from damage_pictures import LOOK_ALIKES, damage, damaged_view
from train_damage import parts_of, train
from train_damage_pixels import DamagedViews, loss_of, validate


def pictures():
    rng = np.random.default_rng(0)
    x = np.linspace(40, 200, 300, dtype=np.float32)
    return [np.clip(x[None] + rng.normal(0, 4, (300, 300)), 0, 255).astype(np.uint8)]


def test_a_view_follows_from_its_seed_alone():
    views = [damaged_view(pictures(), 128, np.random.default_rng(5)) for _ in range(2)]
    assert np.array_equal(views[0].luma, views[1].luma)
    assert np.array_equal(views[0].damage, views[1].damage)


def test_damage_is_labelled_where_the_picture_changed_and_never_twice():
    seen = 0.0
    for seed in range(30):
        view = damaged_view(pictures(), 128, np.random.default_rng(seed))
        assert view.luma.dtype == np.float32 and 0 <= view.luma.min() and view.luma.max() <= 1
        assert not (view.damage[0] * view.damage[1]).any()
        assert view.judged[view.damage.any(0)].all()
        seen += view.damage.mean()
    assert 0.1 < seen < 15


def test_damage_leaves_most_of_a_picture_alone():
    clean = np.full((128, 128), 0.4, np.float32)
    shares = [
        (np.abs(damage(clean, np.random.default_rng(s)) - clean) > 0.05).mean() for s in range(40)
    ]
    assert 0.002 < np.mean(shares) < 0.2


@pytest.mark.parametrize("draw", LOOK_ALIKES)
def test_look_alikes_are_drawn(draw):
    clean = np.full((128, 128), 0.4, np.float32)
    drawn = [draw(clean, np.random.default_rng(seed)) for seed in range(4)]
    assert all(d.shape == clean.shape and np.isfinite(d).all() for d in drawn)
    assert any((np.abs(d - clean) > 0.05).any() for d in drawn)


def test_a_short_training_learns_something():
    parts = parts_of(pictures(), 12, 1)
    model, mean, deviation = train(parts, 500)
    with torch.no_grad():
        odds = model(torch.from_numpy((parts[0] - mean) / deviation))[:, 0].numpy()
    damaged = parts[1] > 0.5
    assert np.median(odds[damaged]) > np.median(odds[~damaged]) + 1


def test_batches_of_a_number_are_the_same():
    data = DamagedViews(pictures(), 0)
    one, two = data.batch(3, 2), data.batch(3, 2)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert [part.shape[1] for part in one] == [1, 2, 1]


def test_a_short_training_tells_damaged_pixels_from_sound_ones():
    torch.manual_seed(0)
    data, model = DamagedViews(pictures(), 0), DamageLayers((8, 8, 8))
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for number in range(25):
        luma, damage, judged = data.batch(number, 2)
        optimiser.zero_grad()
        loss_of(model(luma), damage, judged).backward()
        optimiser.step()
    luma, damage, judged = data.batch(99, 6)
    with torch.no_grad():
        logits = model(luma)
    damaged, sound = damage > 0, (damage == 0) & (judged > 0)
    assert damaged.any()
    assert logits[damaged].median() > logits[sound].median() + 1
    report = validate(model, (luma, damage, judged))
    assert "bright 0.5" in report and "dark 0.8" in report
