import dataclasses
from types import MappingProxyType

import numpy as np
import pytest

from nostalgia.drivers.bank import DriverBank, load_bank
from nostalgia.drivers.matching import match_distance, match_drivers, score_drivers
from nostalgia.errors import DriverError
from nostalgia.types import Face, HeadPose


@pytest.fixture(scope="module")
def bank():
    return load_bank()


def face(number: int, yaw: float, pitch: float = 0.0, roll: float = 0.0) -> Face:
    return Face(
        number, (0, 0, 100, 100), 1.0, HeadPose(yaw, pitch, roll), np.zeros((478, 3), np.float32)
    )


def test_every_yaw_gets_a_driver_that_starts_near_it(bank):
    for yaw in range(-32, 33, 4):
        match = match_drivers([face(1, yaw)], bank)[0]
        start = match.driver.track.start_pose.yaw
        assert abs(start - yaw) <= 9, (yaw, match.driver.name, match.driver.mirrored)


def test_the_front_gets_the_default(bank):
    match = match_drivers([face(1, 0.0)], bank)[0]
    assert match.driver.name == bank.default


def test_scores_hold_every_driver_both_ways_best_first(bank):
    scores = score_drivers(HeadPose(20, 0, 0), bank)
    assert len(scores) == 2 * len(bank.names)
    distances = [distance for _, _, distance in scores]
    assert distances == sorted(distances)
    match = match_drivers([face(1, 20)], bank)[0]
    assert match.scores == scores and match.distance == distances[0]


def test_a_mirrored_face_gets_the_mirrored_distance(bank):
    for entry in bank.entries.values():
        as_it_is = match_distance(HeadPose(11, 3, 5), entry, False)
        mirrored = match_distance(HeadPose(-11, 3, -5), entry, True)
        assert 0 <= mirrored - as_it_is < 1


def test_a_driver_that_would_turn_too_far_is_put_last(bank):
    entry = next(iter(bank.entries.values()))
    pose = HeadPose(40, 0, 0)
    outwards = dataclasses.replace(entry, pose_range=(0, 15, 0, 0, 0, 0))
    inwards = dataclasses.replace(entry, pose_range=(-15, 0, 0, 0, 0, 0))
    assert match_distance(pose, outwards, False) > match_distance(pose, inwards, False) + 10


def test_neighbours_do_not_perform_the_same(bank):
    matches = match_drivers([face(n, 0.0) for n in (1, 2, 3)], bank)
    names = [match.driver.name for match in matches]
    assert names[0] != names[1] != names[2]


def test_a_chosen_driver_is_given_to_all(bank):
    name = bank.names[-1]
    matches = match_drivers([face(1, 0), face(2, -20)], bank, f"{name}:mirrored")
    assert all(match.driver.name == name and match.driver.mirrored for match in matches)
    assert not match_drivers([face(1, 0)], bank, name)[0].driver.mirrored
    with pytest.raises(DriverError):
        match_drivers([face(1, 0)], bank, "nobody:mirrored")


def test_a_bank_of_one_driver_serves_everybody(bank):
    name = bank.default
    alone = DriverBank(bank.folder, MappingProxyType({name: bank.entry(name)}), name)
    assert [m.driver.name for m in match_drivers([face(1, 0), face(2, 0)], alone)] == [name, name]
