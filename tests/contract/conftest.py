"""Every available backend becomes a parameter: built in, installed, or of the example."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from installed_example import PACKAGE, install_example

from nostalgia import registry
from nostalgia.errors import BackendError
from nostalgia.options import AnimateOptions, DetectionOptions
from tests.motion.fomm.random_model import content, random_model, save

ALWAYS_HERE = {
    ("detection", "embedded"),
    ("enhancement", "embedded"),
    ("landmarks", "mesh"),
    ("motion", "fomm"),
    ("motion", "mesh"),
    ("motion", "sway"),
}
"""Backends without further requirements; the others may miss weights and are then skipped."""

Options = AnimateOptions | DetectionOptions


def _fomm(folder: Path) -> AnimateOptions:
    """A small model of the real structure; the contract holds for any weights.

    Its occlusion map is exaggerated, so that it paints.
    """
    model = random_model()
    model.generator.dense_motion_network.occlusion.weight.mul_(60)
    file = save(folder / "vox-random.pth.tar", content(model), as_zip=True)
    return AnimateOptions(checkpoint=str(file))


WEIGHTS: dict[tuple[str, str], Callable[[Path], Options]] = {("motion", "fomm"): _fomm}
"""Backends with weights made for the test; the others load as they do for a user."""


def names(group: registry.Group) -> list[str]:
    """Names of the available backends and of those that the example adds."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    example = project["entry-points"].get(f"nostalgia.{group}", {})
    return sorted({*registry.available(group), *example})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for group in registry.BUILT_IN:
        if (fixture := f"{group}_backend") in metafunc.fixturenames:
            metafunc.parametrize(fixture, names(group), indirect=True, scope="session")


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[[registry.Group, str], Any]:
    """Return a function that loads a backend by its name, or skips if a requirement is missing."""
    site = install_example(tmp_path_factory.mktemp("site"))
    weights = tmp_path_factory.mktemp("weights")

    def load_one(group: registry.Group, name: str) -> Any:
        make = WEIGHTS.get((group, name))
        plain: Options = DetectionOptions(name) if group == "detection" else AnimateOptions()
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(site))
            try:
                backend = registry.load(group, name).load(make(weights) if make else plain)
            except BackendError as error:
                if (group, name) in ALWAYS_HERE:
                    raise
                pytest.skip(f"BACKEND NOT TESTED: {group} {name!r} does not load here: {error}")
        assert backend.name == name, "a backend has the name of its registry entry"
        return backend

    return load_one


@pytest.fixture(scope="session")
def motion_backend(request: pytest.FixtureRequest, load) -> Any:
    return load("motion", request.param)


@pytest.fixture(scope="session")
def enhancement_backend(request: pytest.FixtureRequest, load) -> Any:
    return load("enhancement", request.param)


@pytest.fixture(scope="session")
def detection_backend(request: pytest.FixtureRequest, load) -> Any:
    return load("detection", request.param)


@pytest.fixture(scope="session")
def landmarks_backend(request: pytest.FixtureRequest, load) -> Any:
    return load("landmarks", request.param)
