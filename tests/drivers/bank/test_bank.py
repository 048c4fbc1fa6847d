import json

import numpy as np
import pytest

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.tracks.track import mirror_track
from nostalgia.errors import DriverError


@pytest.fixture(scope="module")
def bank():
    return load_bank()


@pytest.fixture
def copy(bank, tmp_path):
    """A copy of the bank that may be damaged."""
    for path in bank.folder.iterdir():
        if path.suffix in {".npz", ".json"}:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_the_bank_that_ships_is_complete(bank):
    bank.verify()
    assert len(bank.names) >= 16
    assert bank.default in bank.names


def test_the_bank_has_a_performer_for_every_yaw(bank):
    yaws = [entry.start_pose.yaw for entry in bank.entries.values()]
    for yaw in (-35, -27, -20, -13, 0, 7, 13, 20, 27, 35):
        assert min(abs(start - yaw) for start in yaws) < 6
    for axis in ("pitch", "roll"):
        angles = [getattr(entry.start_pose, axis) for entry in bank.entries.values()]
        assert min(angles) < -4 and max(angles) > 4, axis


def test_moods_and_the_expressions_that_they_suit_are_listed(bank):
    entries = bank.entries.values()
    assert len({entry.mood for entry in entries}) == len(bank.names)
    for expression in ("neutral", "smiling", "open-mouth", "half-closed-eyes"):
        suiting = [e.name for e in entries if expression in e.suits and e.penalty < 15]
        assert len(suiting) >= 3, expression
    for name in ("wink", "laugh", "surprise", "wake-up"):
        assert bank.entry(name).penalty > 5, "no everyday choice"


def test_subtle_moves_little_but_blinks(bank):
    calm, subtle = (bank.driver(name).track for name in ("calm", "subtle"))
    assert np.ptp(subtle.rotation_deg[:, 0]) < 0.5 * np.ptp(calm.rotation_deg[:, 0])
    assert subtle.eye_opening.min() < 0.1


def test_wink_and_sleep_are_in_the_tracks(bank):
    opening = bank.driver("wink").track.eye_opening
    assert ((opening.min(1) < 0.1) & (opening.max(1) > 0.6)).sum() >= 3
    asleep = bank.driver("wake-up").track.eye_opening.max(1) < 0.1
    assert asleep[15:55].all()


def test_every_driver_begins_and_ends_neutral_and_moves_in_between(bank):
    for name in bank.names:
        track = bank.driver(name).track
        for end in (0, -1):
            assert np.abs(track.rotation_deg[end]).max() < 0.05, name
            assert np.abs(track.expression[end]).max() < 0.002, name
            np.testing.assert_allclose(track.eye_opening[end], 1.0, atol=0.02)
        shut = track.eye_opening.max(1) < 0.15
        blinks = int((np.diff(np.r_[0, shut.astype(int)]) == 1).sum())
        assert blinks >= 2, name
        yaw = np.percentile(track.rotation_deg[:, 0], [5, 95])
        least_deg, least_smile = (3, 0.02) if name == "subtle" else (7, 0.045)
        assert least_deg <= np.ptp(yaw) <= 25, name
        corners = track.expression[:, [61, 291]]
        smile = corners[:, 1, 0] - corners[:, 0, 0] - corners[:, :, 1].mean(1)
        assert np.percentile(smile, 98) >= least_smile, name


def test_the_default_lasts_eight_seconds_and_shows_everything(bank):
    driver = bank.driver(bank.default)
    assert driver.track.duration_s >= 8
    assert {"blink", "look around", "smile"} <= set(driver.gestures)


def test_a_mirrored_driver_is_requested_by_name(bank):
    name = bank.names[0]
    driver, mirrored = bank.driver(name), bank.driver(name + ":mirrored")
    assert mirrored.mirrored and not driver.mirrored and mirrored.name == name
    np.testing.assert_array_equal(
        mirrored.track.rotation_deg, mirror_track(driver.track).rotation_deg
    )


def test_an_unknown_name_lists_the_known_ones_or_the_one_that_was_meant(bank):
    with pytest.raises(DriverError, match=bank.names[0]):
        bank.driver("xyzzy")
    with pytest.raises(DriverError, match=r"did you mean smile\?"):
        bank.driver("smlie")


def test_a_changed_track_is_refused(copy):
    bank = load_bank(copy)
    path = copy / bank.entry(bank.names[0]).track
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DriverError, match="not the file"):
        bank.driver(bank.names[0])


def test_a_missing_track_is_a_driver_error(copy):
    bank = load_bank(copy)
    (copy / bank.entry(bank.names[0]).track).unlink()
    with pytest.raises(DriverError, match="missing"):
        bank.driver(bank.names[0])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"drivers": [{"name": "a"}], "default": "a"}'])
def test_a_damaged_list_is_a_driver_error(tmp_path, text):
    (tmp_path / "bank.json").write_text(text)
    with pytest.raises(DriverError, match="damaged"):
        load_bank(tmp_path)


def test_no_list_is_a_driver_error(tmp_path):
    with pytest.raises(DriverError, match=r"no bank\.json"):
        load_bank(tmp_path)


def test_files_outside_the_bank_are_refused(copy):
    listed = json.loads((copy / "bank.json").read_text())
    listed["drivers"][0]["track"] = "../elsewhere.npz"
    (copy / "bank.json").write_text(json.dumps(listed))
    with pytest.raises(DriverError, match="damaged"):
        load_bank(copy)
