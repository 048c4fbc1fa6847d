"""Backends are found by name without being imported; messages say how to install them."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

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


def test_built_in_backends_load() -> None:
    for group, rows in registry.BUILT_IN.items():
        assert set(rows) <= set(registry.available(group))
        for name, value in rows.items():
            assert registry.load(group, name).__name__ == value.partition(":")[2]


@pytest.mark.parametrize(
    ("group", "name", "missing", "extra"),
    [
        ("motion", "fomm", "torch", "learned"),
        ("detection", "face-alignment", "torch", "learned"),
        ("landmarks", "face-alignment", "torch", "learned"),
        ("enhancement", "gfpgan", "torch", "gfpgan"),
    ],
)
def test_a_backend_without_its_packages_names_the_extra(
    group, name, missing, extra, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [module for module in sys.modules if module.startswith("nostalgia.")]
    for module in known:
        if "fomm" in module or "face_alignment" in module or "gfpgan" in module:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, "nostalgia.compute", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(
        registry, "is_installed", lambda module: module not in (missing, "spandrel")
    )
    with pytest.raises(BackendError, match=rf"run: pip install 'photo-nostalgia\[{extra}\]'"):
        registry.load(group, name)


@pytest.fixture
def module_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Lets tests write a module of a third party, which is forgotten after the test."""

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, name, raising=False)

    return write


PUPPET = """
class Puppet:
    name = load = reads_signals = extract_signals = perform = motion_mask = region = None
    def prepare(self, source):
        raise ValueError("strings are torn")
"""


def test_a_third_party_is_listed_without_being_imported(third_party, module_of_others) -> None:
    module_of_others("puppet_one", PUPPET)
    third_party("puppet", "puppet_one:Puppet")
    assert registry.available("motion") == ("fomm", "mesh", "puppet")
    assert "puppet_one" not in sys.modules
    assert registry.load("motion", "puppet").__name__ == "Puppet"


def test_errors_of_a_third_party_name_its_package(third_party, module_of_others) -> None:
    module_of_others("puppet_two", PUPPET)
    third_party("puppet", "puppet_two:Puppet")
    with pytest.raises(ValueError, match="torn") as raised:
        registry.load("motion", "puppet")().prepare(None)
    fault = str(registry.fault_of_others(raised.value))
    assert "puppet_two, a third-party motion backend, failed" in fault
    assert "(ValueError: strings are torn)" in fault
    with pytest.raises(ZeroDivisionError) as other:
        _ = 1 / 0
    assert registry.fault_of_others(other.value) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise RuntimeError('no display')", "is broken .RuntimeError: no display.*reinstall"),
        ("def broken(:", "is broken .SyntaxError"),
        (
            "import no_such_module_at_all",
            "cannot be used.*reinstall the package that has bad_one:Bad",
        ),
        ("import gfpgan.nothing", r"cannot be used.*pip install 'photo-nostalgia\[gfpgan\]'"),
        (
            "class Bad:\n    load = prepare = None",
            "has no name, reads_signals, extract_signals, perform",
        ),
        ("class Other: ...", "is broken .AttributeError"),
    ],
)
def test_a_third_party_that_does_not_fit_is_one_error(
    third_party, module_of_others, text, message
) -> None:
    module_of_others("bad_one", text)
    third_party("bad", "bad_one:Bad")
    with pytest.raises(BackendError, match=message):
        registry.load("motion", "bad")


@pytest.mark.parametrize("group", registry.PROTOCOLS)
def test_a_class_without_any_member_of_its_protocol_is_refused(
    group, monkeypatch, module_of_others
) -> None:
    module_of_others("bare_one", "class Bare: ...")
    entry = EntryPoint("bare", "bare_one:Bare", f"nostalgia.{group}")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    with pytest.raises(BackendError, match="is broken: bare_one:Bare has no name, .*load"):
        registry.load(group, "bare")


def test_two_backends_of_one_name_are_an_error(third_party) -> None:
    third_party("mesh", "other.package:Mesh")
    with pytest.raises(BackendError, match="two motion backends are called 'mesh'"):
        registry.load("motion", "mesh")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BackendError, match="called 'magic'; choose from fomm, mesh"):
        registry.load("motion", "magic")
