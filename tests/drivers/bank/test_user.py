"""The user's own drivers: added completely or not at all, motion only, made to loop."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_drivers import drifting_track, made_track

from nostalgia.drivers.bank.bank import load_bank, load_user_entries
from nostalgia.drivers.bank.lint import lint_bank
from nostalgia.drivers.bank.names import check_name
from nostalgia.drivers.bank.user import add_driver, blink_count, remove_driver
from nostalgia.errors import DriverError

ROOT = Path(__file__).parents[3]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".bank.lock")


def test_an_added_driver_can_be_played(own_drivers):
    entry = add_driver(made_track(), "uncle", title="Uncle Otto")
    bank = load_bank()
    assert bank.names[-1] == "uncle" and bank.default != "uncle"
    driver = bank.driver("uncle")
    assert driver.title == "Uncle Otto" and driver.clip_path is None
    assert len(driver.track) == 150 and blink_count(driver.track) == 2
    assert entry.from_user and entry.only_when_asked and entry.folder == own_drivers
    assert bank.driver("uncle:mirrored").track.start_pose.yaw == -3


def test_a_users_driver_takes_part_in_automatic_choice_only_on_request(own_drivers):
    add_driver(made_track(), "aside")
    add_driver(made_track(), "willing", in_auto=True)
    bank = load_bank()
    assert bank.entry("aside").only_when_asked
    assert not bank.entry("willing").only_when_asked
    assert 0 < bank.entry("willing").penalty < 10


def test_the_entry_returned_is_the_one_that_is_read_back(own_drivers):
    added = [add_driver(made_track(), "uncle"), add_driver(drifting_track(), "aunt", in_auto=True)]
    assert list(load_user_entries().values()) == added


@pytest.mark.parametrize(
    ("stored", "only_when_asked", "penalty"),
    [(360.0, True, 0.0), (400, True, 0.0), (2.5, False, 2.5)],
)
def test_the_stored_reluctance_is_a_penalty_or_keeps_a_driver_out_of_automatic_choice(
    own_drivers, stored, only_when_asked, penalty
):
    add_driver(made_track(), "uncle")
    path = own_drivers / "bank.json"
    listed = json.loads(path.read_text("utf-8"))
    assert listed["drivers"][0]["reluctance"] == 360.0
    listed["drivers"][0]["reluctance"] = stored
    path.write_text(json.dumps(listed), "utf-8")
    entry = load_user_entries()["uncle"]
    assert (entry.only_when_asked, entry.penalty) == (only_when_asked, penalty)


def test_only_motion_is_kept(own_drivers):
    add_driver(made_track(), "uncle")
    add_driver(made_track(7), "aunt")
    assert {Path(name).suffix for name in names_in(own_drivers)} == {".npz", ".json"}
    assert len(names_in(own_drivers)) == 3
    with np.load(own_drivers / load_bank().entry("uncle").track) as stored:
        assert set(stored) == set(made_track().__dataclass_fields__) - {"signals", "signals_start"}
    listed = json.loads((own_drivers / "bank.json").read_text("utf-8"))["drivers"]
    assert all("clip" not in line and "clip_sha256" not in line for line in listed)


def test_what_is_added_is_clean(own_drivers):
    add_driver(drifting_track(), "uncle")
    assert [f for f in lint_bank(own_drivers) if f.check != "blinks"] == []


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
    assert caught.value.remedy is not None
    assert check_name(caught.value.remedy.changes["name"])


@pytest.mark.parametrize("name", ["auto", "AUTO", "con", "Lpt1", "largest"])
def test_reserved_names_are_refused(name):
    with pytest.raises(DriverError, match=f"name='my-{name}'"):
        check_name(name)


@pytest.mark.parametrize("name", ["uncle", "Großonkel", "тётя", "दादा", "おじ", "a_b-2"])
def test_names_of_any_script_are_kept(own_drivers, name):
    add_driver(made_track(), name)
    assert load_bank().driver(name).name == name
    remove_driver(name)
    assert names_in(own_drivers) == ["bank.json"]


def test_names_are_compared_composed(own_drivers):
    assert add_driver(made_track(), "Jose\u0301").name == "Jos\u00e9"
    with pytest.raises(DriverError, match="already"):
        add_driver(made_track(), "Jos\u00e9")
    remove_driver("Jose\u0301")


def test_names_of_drivers_that_ship_are_refused(own_drivers):
    shipped = load_bank().default
    for name in (shipped, shipped.upper()):
        with pytest.raises(DriverError, match="ships with nostalgia"):
            add_driver(made_track(), name, overwrite=True)
    with pytest.raises(DriverError, match="cannot be removed"):
        remove_driver(shipped)
    assert not own_drivers.exists()


def test_replacing_needs_overwrite(own_drivers):
    first = add_driver(made_track(), "uncle")
    add_driver(made_track(3), "aunt")
    with pytest.raises(DriverError, match="overwrite=True"):
        add_driver(made_track(9), "uncle")
    with pytest.raises(DriverError, match="capitalisation"):
        add_driver(made_track(9), "Uncle", overwrite=True)
    second = add_driver(made_track(9), "uncle", overwrite=True)
    assert first.track != second.track
    assert names_in(own_drivers) == sorted(
        ["bank.json", second.track, load_bank().entry("aunt").track]
    )
    load_bank().verify()


def test_adding_the_same_track_again_changes_nothing(own_drivers):
    for _ in range(2):
        add_driver(made_track(), "uncle", overwrite=True)
    load_bank().verify()


def test_removing(own_drivers):
    with pytest.raises(DriverError, match="none"):
        remove_driver("uncle")
    add_driver(made_track(), "uncle")
    add_driver(made_track(3), "aunt")
    with pytest.raises(DriverError, match="aunt"):
        remove_driver("nobody")
    remove_driver("uncle")
    assert load_bank().names[-1] == "aunt" and len(names_in(own_drivers)) == 2
    remove_driver("aunt")
    assert lint_bank(own_drivers) == ()
    add_driver(made_track(), "uncle")


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


def test_temporary_files_of_killed_processes_are_deleted(own_drivers):
    add_driver(made_track(), "uncle")
    (own_drivers / ".bank.json.partial-999999999.json").write_text("{")
    (own_drivers / ".aunt.npz.partial-999999999.npz").write_bytes(b"")
    add_driver(made_track(3), "aunt")
    assert not [name for name in names_in(own_drivers) if name.startswith(".")]


@pytest.fixture
def size_limit():
    """Limits the size of files that this process may write, as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("too_large", ["track", "list"])
def test_a_full_disk_leaves_everything_as_it_was(own_drivers, size_limit, too_large):
    entry = add_driver(made_track(), "uncle")
    track_bytes = (own_drivers / entry.track).stat().st_size
    if too_large == "list":
        path = own_drivers / "bank.json"
        path.write_text(path.read_text().replace(entry.title, "x" * 3 * track_bytes))
    before = {path.name: path.read_bytes() for path in own_drivers.iterdir()}
    size_limit(2 * track_bytes if too_large == "list" else track_bytes // 2)
    with pytest.raises(DriverError, match="cannot be written.*too large.*NOSTALGIA_DRIVERS"):
        add_driver(made_track(3), "aunt")
    assert {path.name: path.read_bytes() for path in own_drivers.iterdir()} == before
    load_bank().verify()


def test_a_folder_that_cannot_be_made(own_drivers):
    own_drivers.write_text("a file")
    with pytest.raises(DriverError):
        add_driver(made_track(), "uncle")


@pytest.mark.parametrize("text", ["", "[]", '{"drivers": [{"name": "uncle"}]}', "[" * 100_000])
def test_a_damaged_list_affects_only_the_users_drivers(own_drivers, text):
    own_drivers.mkdir()
    (own_drivers / "bank.json").write_text(text)
    bank = load_bank()
    assert bank.driver(bank.default).track
    assert str(own_drivers / "bank.json") in bank.user_error
    with pytest.raises(DriverError, match="damaged") as caught:
        bank.driver("uncle")
    assert str(own_drivers / "bank.json") in str(caught.value)
    for change in (
        lambda: add_driver(made_track(), "aunt"),
        lambda: remove_driver("uncle"),
    ):
        with pytest.raises(DriverError, match="damaged"):
            change()
    assert (own_drivers / "bank.json").read_text() == text


def test_an_unreadable_list_affects_only_the_users_drivers(own_drivers):
    own_drivers.mkdir()
    (own_drivers / "bank.json").symlink_to("bank.json")
    bank = load_bank()
    assert bank.driver(bank.default).track
    assert "symbolic links" in bank.user_error
    assert {f.check for f in lint_bank(own_drivers, from_user=True)} == {"list"}


def test_the_error_of_a_damaged_track_names_the_command_that_removes_it(own_drivers):
    entry = add_driver(made_track(), "uncle")
    (own_drivers / entry.track).write_bytes(b"x")
    with pytest.raises(DriverError, match="drivers remove uncle"):
        load_bank().driver("uncle")
    remove_driver("uncle")


def test_a_driver_that_ships_hides_a_users_driver_of_the_same_name(own_drivers):
    add_driver(made_track(), "uncle")
    shipped = load_bank().default
    path = own_drivers / "bank.json"
    path.write_text(path.read_text().replace('"uncle"', f'"{shipped}"'))
    bank = load_bank()
    assert bank.names.count(shipped) == 1 and not bank.entry(shipped).from_user
    remove_driver(shipped)
    assert names_in(own_drivers) == ["bank.json"]
