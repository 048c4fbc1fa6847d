"""The plate behind a person: the photo outside, and its lines, tone and grain inside."""

import numpy as np
import pytest

from nostalgia.rendering.plate import plate_behind

SIZE = 240
UNIT = 70.0


def person(radius=40.0, rim=3.0):
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    away = np.hypot(x - SIZE / 2, y - SIZE / 2)
    return np.clip((radius + rim - away) / rim, 0, 1).astype(np.float32)


def with_person(wall, hidden):
    return np.where(hidden[..., None] == 1, np.array([40, 30, 160], np.uint8), wall)


def ring(hidden, depth=6):
    """The strip along the inside of the outline, which a turning head uncovers."""
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    away = np.hypot(x - SIZE / 2, y - SIZE / 2)
    return (away > 40 - depth) & (away <= 40)


def test_outside_the_person_it_is_the_photo():
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    hidden = person()
    filled = plate_behind(photo, hidden, UNIT)
    assert np.array_equal(filled[hidden == 0], photo[hidden == 0])


def test_a_plain_wall_is_continued_without_a_trace_of_the_person():
    wall = np.full((SIZE, SIZE, 3), (150, 140, 120), np.uint8)
    hidden = person()
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT)
    assert np.abs(filled.astype(int) - wall).max() <= 3


def test_a_gradient_of_light_is_continued():
    light = np.linspace(60, 200, SIZE)[None, :, None]
    wall = np.repeat(np.repeat(light, SIZE, axis=0), 3, axis=2).astype(np.uint8)
    hidden = person()
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT)
    strip = ring(hidden)
    assert np.abs(filled.astype(int) - wall)[strip].mean() < 10


def test_grain_and_lines_reach_under_the_person():
    rng = np.random.default_rng(1)
    wall = np.full((SIZE, SIZE, 3), 130.0)
    wall[112:128] = 40
    wall += rng.normal(0, 8, (SIZE, SIZE, 1))
    wall = np.clip(wall, 0, 255).astype(np.uint8)
    hidden = person()
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT).astype(float)
    strip = ring(hidden)
    rows = np.arange(SIZE)[:, None] + np.zeros((1, SIZE), int)
    line = strip & (rows >= 115) & (rows < 125)
    plain = strip & (np.abs(rows - 120) > 22)
    assert filled[line].mean() < 70 < 110 < filled[plain].mean()
    assert filled[plain][:, 0].std() == pytest.approx(wall[plain][:, 0].std(), rel=0.4)


def test_an_edge_beside_the_person_is_not_repeated_under_it():
    """A dark frame stands 5 pixels right of the outline; a mirror would show it 5 pixels inside."""
    wall = np.full((SIZE, SIZE, 3), 200, np.uint8)
    wall[:, 168:] = 30
    hidden = person()
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT).astype(int)
    strip = ring(hidden, depth=12)
    strip[:, : SIZE // 2] = False
    beside = strip & (np.abs(np.arange(SIZE)[:, None] - SIZE / 2) < 12)
    assert beside.sum() > 100
    assert filled[beside].min() > 150


def test_a_slanted_line_goes_on_in_its_direction():
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    off = (y - SIZE / 2) - 0.6 * (x - SIZE / 2)
    wall = np.full((SIZE, SIZE, 3), 200, np.uint8)
    wall[np.abs(off) < 6] = 40
    hidden = person()
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT).astype(int)
    strip = ring(hidden, depth=9)
    assert filled[strip & (np.abs(off) < 2)].mean() < 90
    assert filled[strip & (np.abs(off) > 14)].mean() > 185


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_person_and_nothing_but_a_person_leave_the_photo(share):
    photo = np.random.default_rng(2).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    hidden = np.full((60, 60), share, np.float32)
    assert np.array_equal(plate_behind(photo, hidden, 20.0), photo)


def test_a_single_hair_that_leaves_the_person_is_not_smeared():
    """A hair, 1/70 of a face height thick, reaches beyond the outline; a lath beside it is kept."""
    wall = np.full((SIZE, SIZE, 3), 150, np.uint8)
    wall[119:120] = 40
    hidden = person()
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT).astype(int)
    assert np.abs(filled[110:130][ring(hidden)[110:130]] - 150).max() < 12
    wall[116:124] = 40
    filled = plate_behind(with_person(wall, hidden), hidden, UNIT).astype(int)
    assert filled[118:122][ring(hidden)[118:122]].max() < 70
