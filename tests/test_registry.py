"""Backends are found by name without being imported; what is missing is said with what to type."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nostalgia import registry
from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.errors import BackendError
from nostalgia.faces.base import FaceDetector, Landmarker
from nostalgia.motion.base import MotionBackend


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


@pytest.fixture
def module_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Lets tests write somebody else's module, which is forgotten after the test."""

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, name, raising=False)

    return write


PUPPET = """
class Puppet:
    load = reads_signals = extract_signals = perform = motion_mask = region = None
    def prepare(self, source):
        raise ValueError("strings are torn")
"""


def test_a_third_party_stands_in_the_same_table_and_is_not_imported_by_looking(
    third_party, module_of_others
) -> None:
    module_of_others("puppet_one", PUPPET)
    third_party("puppet", "puppet_one:Puppet")
    assert registry.available("motion") == ("fomm", "mesh", "puppet")
    assert "puppet_one" not in sys.modules
    assert registry.load("motion", "puppet").__name__ == "Puppet"


def test_what_a_third_partys_backend_raises_is_told_as_its_own_fault(
    third_party, module_of_others
) -> None:
    module_of_others("puppet_two", PUPPET)
    third_party("puppet", "puppet_two:Puppet")
    with pytest.raises(ValueError, match="torn") as raised:
        registry.load("motion", "puppet")().prepare(None)
    told = str(registry.fault_of_others(raised.value))
    assert "puppet_two, which brings motion backends of its own, failed" in told
    assert "(ValueError: strings are torn)" in told
    with pytest.raises(ZeroDivisionError) as other:
        _ = 1 / 0
    assert registry.fault_of_others(other.value) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise RuntimeError('no display')", "is broken .RuntimeError: no display.*install again"),
        ("def broken(:", "is broken .SyntaxError"),
        ("import no_such_module_at_all", "cannot be used.*install again what brings bad_one:Bad"),
        ("import gfpgan.nothing", r"cannot be used.*pip install 'photo-nostalgia\[gfpgan\]'"),
        (
            "class Bad:\n    load = prepare = None",
            "has no reads_signals, extract_signals, perform",
        ),
        ("class Other: ...", "is broken .AttributeError"),
    ],
)
def test_a_third_party_that_does_not_fit_is_one_error(
    third_party, module_of_others, text, said
) -> None:
    module_of_others("bad_one", text)
    third_party("bad", "bad_one:Bad")
    with pytest.raises(BackendError, match=said):
        registry.load("motion", "bad")


def test_every_protocol_has_the_members_that_are_asked_for() -> None:
    protocols = {
        "detection": FaceDetector,
        "enhancement": FaceEnhancer,
        "motion": MotionBackend,
        "landmarks": Landmarker,
    }
    for group, protocol in protocols.items():
        public = {name for name, member in vars(protocol).items() if callable(member)}
        public |= {"load"} | set(vars(protocol)["__annotations__"])
        public -= {"name"}
        assert {name for name in public if not name.startswith("_")} == set(registry.MEMBERS[group])


def test_two_backends_of_one_name_are_an_error(third_party) -> None:
    third_party("mesh", "other.package:Mesh")
    with pytest.raises(BackendError, match="two motion backends are called 'mesh'"):
        registry.load("motion", "mesh")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BackendError, match="called 'magic'; there is fomm, mesh"):
        registry.load("motion", "magic")
