"""The user's own drivers: added whole or not at all, never a picture, levelled to loop."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_drivers import made_track

from nostalgia.drivers.bank import user as from_user
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.bank.lint import lint_bank
from nostalgia.drivers.bank.names import check_name
from nostalgia.drivers.bank.user_tracks import blink_count
from nostalgia.drivers.tracks.easing import level_ends
from nostalgia.drivers.tracks.track import NEUTRAL
from nostalgia.errors import DriverError

ROOT = Path(__file__).parents[3]


def drifting():
    """Somebody who begins in mid-turn with a smile, and ends turned aside with half-shut eyes."""
    track = made_track()
    ramp = np.linspace(0, 20, 150, dtype=np.float32)
    track.rotation_deg[:, 0] += ramp
    track.expression[:, 291, 0] += 0.03
    track.eye_opening[-5:] = 0.4
    track.gaze[:, 0] = ramp / 100
    return track


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".bank.lock")


def test_an_added_driver_can_be_played(own_drivers):
    entry = from_user.add_driver(made_track(), "uncle", title="Uncle Otto")
    bank = load_bank()
    assert bank.names[-1] == "uncle" and bank.default != "uncle"
    driver = bank.driver("uncle")
    assert driver.title == "Uncle Otto" and driver.clip_path is None
    assert len(driver.track) == 150 and blink_count(driver.track) == 2
    assert entry.from_user and entry.only_when_asked and entry.folder == own_drivers
    assert bank.driver("uncle:mirrored").track.start_pose.yaw == -3


def test_auto_takes_an_own_driver_only_where_that_was_asked_for(own_drivers):
    from_user.add_driver(made_track(), "aside")
    from_user.add_driver(made_track(), "willing", in_auto=True)
    bank = load_bank()
    assert bank.entry("aside").only_when_asked
    assert not bank.entry("willing").only_when_asked
    assert 0 < bank.entry("willing").reluctance < 10


def test_only_motion_is_kept(own_drivers):
    from_user.add_driver(made_track(), "uncle")
    from_user.add_driver(made_track(7), "aunt")
    assert {Path(name).suffix for name in names_in(own_drivers)} == {".npz", ".json"}
    assert len(names_in(own_drivers)) == 3
    with np.load(own_drivers / load_bank().entry("uncle").track) as stored:
        assert set(stored) == set(made_track().__dataclass_fields__) - {"signals", "signals_start"}
    listed = json.loads((own_drivers / "bank.json").read_text("utf-8"))["drivers"]
    assert all("clip" not in line and "clip_sha256" not in line for line in listed)


def test_what_is_added_is_clean(own_drivers):
    from_user.add_driver(drifting(), "uncle")
    assert [f for f in lint_bank(own_drivers) if f.check != "blinks"] == []


def test_levelled_ends_are_neutral_and_the_middle_is_untouched():
    track = drifting()
    level = level_ends(track)
    for number in (0, -1):
        assert not level.rotation_deg[number].any() and not level.expression[number].any()
        assert not level.gaze[number].any()
        assert (level.eye_opening[number] == 1).all() and level.scale[number] == 1
    middle = slice(13, 150 - 25)
    for name in ("rotation_deg", "expression", "eye_opening", "gaze"):
        np.testing.assert_allclose(
            getattr(level, name)[middle], getattr(track, name)[middle], atol=1e-6
        )
    assert np.abs(np.diff(level.rotation_deg[:, 0])).max() < 3


@pytest.mark.parametrize("count", [2, 3, 5, 13])
def test_short_tracks_are_levelled_too(count):
    track = drifting()
    short = {name: getattr(track, name)[60 : 60 + count] for name in NEUTRAL}
    level = level_ends(replace(track, **short))
    assert len(level) == count
    assert not level.rotation_deg[[0, -1]].any()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "../x",
        "a/b",
        "a.mp4",
        "-x",
        "1a",
        "a:b",
        "a=b",
        "x" * 41,
        "a\n",
        "a\u202eb",
        "🙂",
    ],
)
def test_unsafe_names_are_refused_with_one_that_is_safe(name):
    with pytest.raises(DriverError, match="letters, digits") as caught:
        check_name(name)
    assert check_name(str(caught.value).rpartition("--name ")[2])


@pytest.mark.parametrize("name", ["auto", "AUTO", "con", "Lpt1", "largest"])
def test_names_that_mean_something_else_are_refused(name):
    with pytest.raises(DriverError, match=f"--name my-{name}"):
        check_name(name)


@pytest.mark.parametrize("name", ["uncle", "Großonkel", "тётя", "दादा", "おじ", "a_b-2"])
def test_names_of_any_script_are_kept(own_drivers, name):
    from_user.add_driver(made_track(), name)
    assert load_bank().driver(name).name == name
    from_user.remove_driver(name)
    assert names_in(own_drivers) == ["bank.json"]


def test_names_are_compared_composed(own_drivers):
    assert from_user.add_driver(made_track(), "Jose\u0301").name == "Jos\u00e9"
    with pytest.raises(DriverError, match="already"):
        from_user.add_driver(made_track(), "Jos\u00e9")
    from_user.remove_driver("Jose\u0301")


def test_names_of_drivers_that_ship_are_refused(own_drivers):
    shipped = load_bank().default
    for name in (shipped, shipped.upper()):
        with pytest.raises(DriverError, match="ships with nostalgia"):
            from_user.add_driver(made_track(), name, overwrite=True)
    with pytest.raises(DriverError, match="not yours"):
        from_user.remove_driver(shipped)
    assert not own_drivers.exists()


def test_replacing_needs_to_be_asked_for(own_drivers):
    first = from_user.add_driver(made_track(), "uncle")
    from_user.add_driver(made_track(3), "aunt")
    with pytest.raises(DriverError, match="--overwrite"):
        from_user.add_driver(made_track(9), "uncle")
    with pytest.raises(DriverError, match="capitals"):
        from_user.add_driver(made_track(9), "Uncle", overwrite=True)
    second = from_user.add_driver(made_track(9), "uncle", overwrite=True)
    assert first.track != second.track
    assert names_in(own_drivers) == sorted(
        ["bank.json", second.track, load_bank().entry("aunt").track]
    )
    load_bank().verify()


def test_the_same_again_is_no_loss(own_drivers):
    for _ in range(2):
        from_user.add_driver(made_track(), "uncle", overwrite=True)
    load_bank().verify()


def test_removing(own_drivers):
    with pytest.raises(DriverError, match="none"):
        from_user.remove_driver("uncle")
    from_user.add_driver(made_track(), "uncle")
    from_user.add_driver(made_track(3), "aunt")
    with pytest.raises(DriverError, match="aunt"):
        from_user.remove_driver("nobody")
    from_user.remove_driver("uncle")
    assert load_bank().names[-1] == "aunt" and len(names_in(own_drivers)) == 2
    from_user.remove_driver("aunt")
    assert lint_bank(own_drivers) == ()
    from_user.add_driver(made_track(), "uncle")


ADD = """
import sys
sys.path.insert(0, sys.argv[1])
from made_drivers import made_track
from nostalgia.drivers.bank.user import add_driver, remove_driver
for number in range(4):
    add_driver(made_track(number), f"{sys.argv[2]}{number}")
remove_driver(f"{sys.argv[2]}0")
"""


def test_several_processes_at_once_lose_nothing(own_drivers):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NOSTALGIA_DRIVERS": str(own_drivers)}
    running = [
        subprocess.Popen([sys.executable, "-c", ADD, str(ROOT / "tests"), who], env=environment)
        for who in ("ada", "ben", "eve")
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    bank = load_bank()
    mine = {name for name in bank.names if bank.entry(name).from_user}
    assert mine == {f"{who}{number}" for who in ("ada", "ben", "eve") for number in (1, 2, 3)}
    bank.verify()
    assert len(names_in(own_drivers)) == 10


def test_what_a_killed_process_left_is_cleared(own_drivers):
    from_user.add_driver(made_track(), "uncle")
    (own_drivers / ".bank.json.partial-999999999.json").write_text("{")
    (own_drivers / ".aunt.npz.partial-999999999.npz").write_bytes(b"")
    from_user.add_driver(made_track(3), "aunt")
    assert not [name for name in names_in(own_drivers) if name.startswith(".")]


def test_a_full_disk_leaves_the_list_as_it_was(own_drivers, monkeypatch):
    from_user.add_driver(made_track(), "uncle")
    before = names_in(own_drivers)

    def full(path, values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(from_user, "_replace", full)
    with pytest.raises(DriverError, match="No space left"):
        from_user.add_driver(made_track(3), "aunt")
    assert names_in(own_drivers) == before
    load_bank().verify()


def test_a_folder_that_cannot_be_made(own_drivers):
    own_drivers.write_text("a file")
    with pytest.raises(DriverError):
        from_user.add_driver(made_track(), "uncle")


@pytest.mark.parametrize("text", ["", "[]", '{"drivers": [{"name": "uncle"}]}', "[" * 100_000])
def test_a_damaged_list_stops_only_what_needs_it(own_drivers, text):
    own_drivers.mkdir()
    (own_drivers / "bank.json").write_text(text)
    bank = load_bank()
    assert bank.driver(bank.default).track
    said = str(own_drivers / "bank.json")
    assert said in bank.own_trouble
    with pytest.raises(DriverError, match="damaged") as caught:
        bank.driver("uncle")
    assert said in str(caught.value)
    for change in (
        lambda: from_user.add_driver(made_track(), "aunt"),
        lambda: from_user.remove_driver("uncle"),
    ):
        with pytest.raises(DriverError, match="damaged"):
            change()
    assert (own_drivers / "bank.json").read_text() == text


def test_a_list_that_may_not_be_read_stops_no_other_driver(own_drivers, monkeypatch):
    from_user.add_driver(made_track(), "uncle")
    shipped, opened = load_bank().folder, Path.stat

    def forbidden(path, **options):
        if own_drivers in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, **options)

    monkeypatch.setattr(Path, "stat", forbidden)
    bank = load_bank()
    assert bank.folder == shipped and "Permission denied" in bank.own_trouble
    assert {f.check for f in lint_bank(own_drivers, from_user=True)} == {"list"}


def test_a_damaged_own_track_says_how_to_be_rid_of_it(own_drivers):
    entry = from_user.add_driver(made_track(), "uncle")
    (own_drivers / entry.track).write_bytes(b"x")
    with pytest.raises(DriverError, match="drivers remove uncle"):
        load_bank().driver("uncle")
    from_user.remove_driver("uncle")


def test_a_driver_that_ships_hides_an_own_one(own_drivers):
    from_user.add_driver(made_track(), "uncle")
    shipped = load_bank().default
    path = own_drivers / "bank.json"
    path.write_text(path.read_text().replace('"uncle"', f'"{shipped}"'))
    bank = load_bank()
    assert bank.names.count(shipped) == 1 and not bank.entry(shipped).from_user
    from_user.remove_driver(shipped)
    assert names_in(own_drivers) == ["bank.json"]
