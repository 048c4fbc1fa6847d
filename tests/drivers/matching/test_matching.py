"""The choice of a driver for each face, and the reasons given."""

import dataclasses
from types import MappingProxyType

import pytest
from synthetic_face import face_in, smile_deltas

from nostalgia.drivers.bank.bank import DriverBank, load_bank
from nostalgia.drivers.matching.matching import (
    SAME_AS_NEIGHBOUR_DEG,
    match_drivers,
    pick_drivers,
    score_drivers,
)
from nostalgia.drivers.matching.scoring import UNSUITED_DEG, score_driver
from nostalgia.errors import DriverError
from nostalgia.faces.expression import FaceExpression
from nostalgia.faces.finder import FaceFinder
from nostalgia.photo.reader import read_photo
from nostalgia.types import Face, HeadPose

SERIOUS = FaceExpression(-0.05, 0.005, (0.3, 0.3))
LAUGHING = FaceExpression(0.12, 0.09, (0.25, 0.25))
SEEDS = range(12)


@pytest.fixture(scope="module")
def bank():
    return load_bank()


def face(number: int, yaw: float = 0.0, x: float = 100.0, height_px: float = 100.0) -> Face:
    return face_in((x, 100.0), height_px, HeadPose(yaw, 0.0, 0.0), number)


def only(bank: DriverBank, **suits: tuple[str, ...]) -> DriverBank:
    """A bank of frontal drivers with these names that differ only in what they suit."""
    first = bank.entry(bank.default)
    entries = {
        name: dataclasses.replace(
            first, name=name, suits=words, mood="quiet" if name == "quiet" else "", penalty=0.0
        )
        for name, words in suits.items()
    }
    return DriverBank(bank.folder, MappingProxyType(entries), next(iter(entries)))


def distance(pose: HeadPose, entry, mirrored: bool, state: FaceExpression = SERIOUS) -> float:
    return score_driver(pose, state, entry, mirrored).distance


@pytest.mark.parametrize("seed", SEEDS)
def test_every_yaw_gets_a_driver_that_starts_near_it(bank, seed):
    for yaw in range(-32, 33, 4):
        match = match_drivers([face(1, yaw)], bank, photo_seed=seed)[0]
        start = match.driver.track.start_pose.yaw
        assert abs(start - yaw) <= 12, (yaw, match.driver.name, match.driver.mirrored)


def test_the_same_photo_always_gets_the_same_driver_and_an_album_more_than_one(bank):
    names = [match_drivers([face(1)], bank, photo_seed=seed)[0].driver.name for seed in SEEDS]
    again = [match_drivers([face(1)], bank, photo_seed=seed)[0].driver.name for seed in SEEDS]
    assert names == again
    alike = only(bank, one=(), two=(), three=())
    drawn = {pick_drivers([face(1)], alike, photo_seed=seed)[0].score.name for seed in SEEDS}
    assert drawn == {"one", "two", "three"}


def test_scores_hold_every_driver_both_ways_best_first_and_add_up(bank):
    scores = score_drivers(face(1, 20), bank)
    assert len(scores) == 2 * len(bank.names)
    assert [s.distance for s in scores] == sorted(s.distance for s in scores)
    for s in scores:
        apart = (s.yaw**2 + s.pitch**2 + s.roll**2 / 4) ** 0.5
        assert s.distance == pytest.approx(apart + s.beyond + s.expression + s.penalty, abs=1e-3)
    match = match_drivers([face(1, 20)], bank)[0]
    assert match.scores == scores
    assert match.distance - scores[0].distance <= 2.5


def test_a_mirrored_face_gets_the_mirrored_distance(bank):
    for entry in bank.entries.values():
        as_it_is = distance(HeadPose(11, 3, 5), entry, False)
        mirrored = distance(HeadPose(-11, 3, -5), entry, True)
        assert 0 <= mirrored - as_it_is < 1


def test_turning_too_far_costs_more_than_turning_back(bank):
    entry = next(iter(bank.entries.values()))
    pose = HeadPose(40, 0, 0)
    outwards = dataclasses.replace(entry, pose_range=(0, 15, 0, 0, 0, 0))
    inwards = dataclasses.replace(entry, pose_range=(-15, 0, 0, 0, 0, 0))
    assert distance(pose, outwards, False) > distance(pose, inwards, False) + 10


def test_no_smile_is_laid_over_a_smile(bank):
    entry = dataclasses.replace(bank.entry(bank.default), suits=("neutral",))
    serious = score_driver(HeadPose(0, 0, 0), SERIOUS, entry, False)
    laughing = score_driver(HeadPose(0, 0, 0), LAUGHING, entry, False)
    assert serious.expression == 0.0
    assert laughing.expression == 2 * UNSUITED_DEG, "once for the smile, once for the open mouth"
    assert laughing.distance == pytest.approx(serious.distance + 2 * UNSUITED_DEG)
    merry = dataclasses.replace(entry, suits=("smiling",))
    assert score_driver(HeadPose(0, 0, 0), LAUGHING, merry, False).expression == 0.0
    assert score_driver(HeadPose(0, 0, 0), SERIOUS, merry, False).expression == UNSUITED_DEG
    unsaid = dataclasses.replace(entry, suits=())
    assert score_driver(HeadPose(0, 0, 0), LAUGHING, unsaid, False).expression == 0.0


def test_a_smiling_face_gets_a_driver_that_suits_it_and_the_reason_says_so(bank):
    both = only(bank, grave=("neutral",), merry=("smiling", "open-mouth"))
    plain = face(1, height_px=300)
    smile = smile_deltas(0.06) * 300
    smiling = dataclasses.replace(plain, landmarks=plain.landmarks + smile)
    for seed in SEEDS:
        pick = pick_drivers([smiling], both, photo_seed=seed)[0]
        assert pick.score.name == "merry" and "smiles already" in pick.why
        assert pick_drivers([plain], both, photo_seed=seed)[0].score.name == "grave"


def test_neighbours_do_not_perform_the_same(bank):
    two = only(bank, one=(), two=())
    for seed in SEEDS:
        picks = pick_drivers([face(1), face(2, x=280)], two, photo_seed=seed)
        assert sorted(pick.score.name for pick in picks) == ["one", "two"]


def test_neighbours_share_a_driver_where_nothing_else_fits(bank):
    two = only(bank, fits=(), unfit=())
    unfit = dataclasses.replace(two.entry("unfit"), penalty=SAME_AS_NEIGHBOUR_DEG + 5)
    poor = dataclasses.replace(
        two, entries=MappingProxyType({"fits": two.entry("fits"), "unfit": unfit})
    )
    picks = pick_drivers([face(1), face(2, x=280)], poor)
    assert [pick.score.name for pick in picks] == ["fits", "fits"]


def test_a_driver_only_on_request_is_never_chosen_automatically(bank):
    two = only(bank, anyone=(), uncle=())
    poor = dataclasses.replace(two.entry("anyone"), penalty=400.0)
    uncle = dataclasses.replace(two.entry("uncle"), only_when_asked=True)
    reserved = dataclasses.replace(two, entries=MappingProxyType({"uncle": uncle, "anyone": poor}))
    for pick in pick_drivers([face(1), face(2, x=280)], reserved):
        assert pick.score.name == "anyone"
        assert [score.name for score in pick.scores] == ["anyone", "anyone", "uncle", "uncle"]
    named = pick_drivers([face(1)], reserved, "uncle")[0]
    assert named.score.name == "uncle" and named.score.distance < 5
    alone = dataclasses.replace(two, entries=MappingProxyType({"uncle": uncle}))
    assert pick_drivers([face(1)], alone)[0].score.name == "uncle"


def test_faces_close_together_move_little(bank):
    both = only(bank, lively=(), quiet=())
    for seed in SEEDS:
        close = pick_drivers([face(1), face(2, x=200)], both, photo_seed=seed)
        assert "quiet" in [pick.score.name for pick in close]
        assert any("another face is close" in pick.why for pick in close)
        apart = pick_drivers([face(1), face(2, x=900)], both, photo_seed=seed)
        assert not any("another face is close" in pick.why for pick in apart)


def test_a_named_driver_is_used_for_all_faces(bank):
    name = bank.names[-1]
    matches = match_drivers([face(1), face(2, -20)], bank, f"{name}:mirrored")
    assert all(match.driver.name == name and match.driver.mirrored for match in matches)
    assert not match_drivers([face(1)], bank, name)[0].driver.mirrored
    with pytest.raises(DriverError):
        match_drivers([face(1)], bank, "nobody:mirrored")


def test_a_face_next_to_a_named_driver_gets_another_one(bank):
    name = match_drivers([face(2, x=210)], bank, photo_seed=3)[0].driver.name
    wish, free = match_drivers([face(1), face(2, x=210)], bank, [name, "auto"], 3)
    assert wish.driver.name == name and "asked for" in wish.why
    assert free.driver.name != name


def test_a_bank_of_one_driver_serves_everybody(bank):
    name = bank.default
    alone = DriverBank(bank.folder, MappingProxyType({name: bank.entry(name)}), name)
    assert [m.driver.name for m in match_drivers([face(1), face(2, x=300)], alone)] == [name, name]


@pytest.mark.slow
def test_the_shared_portraits_get_many_drivers_that_start_as_their_faces_are_turned(bank, shared):
    finder, apart, names = FaceFinder.load(), [], set()
    for path in sorted((shared / "photos").glob("p[ao]*-*.[jp][pn]g"))[::2]:
        photo = read_photo(path)
        faces = [face for face in finder.find(photo) if face.height_px >= 28]
        for pick in pick_drivers(faces, bank, photo_seed=int(photo.sha256[:8], 16)):
            apart.append(abs(pick.score.yaw))
            names.add(pick.score.name)
    assert len(apart) >= 12 and len(names) >= 7
    assert sum(yaw <= 12 for yaw in apart) >= 0.9 * len(apart)
