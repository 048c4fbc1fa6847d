"""Backends are found by name without being imported; what is missing is said with what to type."""

import sys
from importlib.metadata import EntryPoint

import pytest

from nostalgia import registry
from nostalgia.errors import BackendError


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch):
    """Lets tests declare entry points as an installed package would."""

    def declare(name: str, value: str) -> None:
        entry = EntryPoint(name, value, "nostalgia.motion")
        monkeypatch.setattr(
            registry, "entry_points", lambda group: [entry] if group == entry.group else []
        )

    return declare


def test_built_ins_are_there_and_load() -> None:
    for group, rows in registry.BUILT_IN.items():
        assert set(rows) <= set(registry.available(group))
        for name, value in rows.items():
            assert registry.load(group, name).__name__ == value.partition(":")[2]


def test_a_third_party_stands_in_the_same_table_and_is_not_imported_by_looking(third_party) -> None:
    third_party("puppet", "wave:Wave_read")
    sys.modules.pop("wave", None)
    assert registry.available("motion") == ("fomm", "mesh", "puppet")
    assert "wave" not in sys.modules
    assert registry.load("motion", "puppet").__name__ == "Wave_read"


def test_two_backends_of_one_name_are_an_error(third_party) -> None:
    third_party("mesh", "other.package:Mesh")
    with pytest.raises(BackendError, match="two motion backends are called 'mesh'"):
        registry.load("motion", "mesh")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BackendError, match="called 'magic'; there is fomm, mesh"):
        registry.load("motion", "magic")


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("gfpgan.no_such_module:X", r"pip install 'photo-nostalgia\[gfpgan\]'"),
        ("no_such_module_at_all:X", "pip install 'photo-nostalgia'"),
        ("wave:NoSuchClass", "is broken"),
    ],
)
def test_a_backend_that_cannot_load_says_what_to_type(third_party, value, remedy) -> None:
    third_party("broken", value)
    with pytest.raises(BackendError, match=remedy):
        registry.load("motion", "broken")
