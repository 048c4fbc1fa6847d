"""Drivers for Python code: listed, recorded from a clip, removed."""

from pathlib import Path
from typing import cast
from unittest.mock import create_autospec

import pytest
from made_drivers import made_track

from nostalgia.drivers import library
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.recording.recording import Recording, record_driver
from nostalgia.errors import DriverError
from nostalgia.faces.finder import FaceFinder


@pytest.fixture
def recorder(monkeypatch):
    """A stand-in that records no clip and needs no networks."""
    stand_in = create_autospec(record_driver, return_value=Recording(made_track()))
    monkeypatch.setattr(library, "record_driver", stand_in)
    monkeypatch.setattr(FaceFinder, "load", classmethod(lambda cls: cast(FaceFinder, None)))
    return stand_in


def test_a_clip_becomes_a_driver_that_is_listed_and_can_be_removed(own_drivers, recorder):
    shipped = library.list_drivers()
    assert shipped == tuple(load_bank().entries.values())
    added = library.add_driver(Path("otto.mp4"), "uncle", title="Uncle Otto")
    assert added.title == "Uncle Otto" and added.from_user and added.only_when_asked
    assert library.list_drivers() == (*shipped, added)
    library.remove_driver("uncle")
    assert library.list_drivers() == shipped


def test_progress_and_cancelling_reach_the_recording(recorder):
    def check() -> None:
        raise AssertionError("not called by the stand-in")

    library.add_driver("otto.mp4", "uncle", check=check)
    assert recorder.call_args.kwargs == {"check": check}


def test_the_name_is_checked_before_the_clip_is_read(recorder):
    with pytest.raises(DriverError, match="reserved"):
        library.add_driver("otto.mp4", "auto")
    recorder.assert_not_called()


def test_a_damaged_list_of_the_users_drivers_is_an_error(own_drivers):
    own_drivers.mkdir()
    (own_drivers / "bank.json").write_text("{")
    with pytest.raises(DriverError, match="damaged"):
        library.list_drivers()
