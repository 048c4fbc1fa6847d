"""Which backends there are for a stage: looked up by name, imported only when used.

Built-ins and third parties stand in the same table. A third party adds a row with an entry point::

    [project.entry-points."nostalgia.motion"]
    puppet = "puppet_backend:PuppetBackend"
"""

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Final, Literal

from nostalgia.errors import BackendError

Group = Literal["detection", "enhancement", "motion", "landmarks"]

BUILT_IN: Final[Mapping[Group, Mapping[str, str]]] = MappingProxyType(
    {
        "detection": {
            "embedded": "nostalgia.detection.embedded:EmbeddedDetector",
            "face-alignment": "nostalgia.detection.face_alignment:FaceAlignmentDetector",
        },
        "enhancement": {
            "embedded": "nostalgia.enhancement.embedded:EmbeddedEnhancer",
            "gfpgan": "nostalgia.enhancement.gfpgan:GfpganEnhancer",
        },
        "motion": {
            "mesh": "nostalgia.motion.mesh.backend:MeshBackend",
            "fomm": "nostalgia.motion.fomm.backend:FommBackend",
        },
        "landmarks": {
            "mesh": "nostalgia.landmarks.points68:MeshLandmarker",
            "face-alignment": "nostalgia.landmarks.face_alignment:FaceAlignmentLandmarker",
        },
    }
)
"""Group -> backend name -> "module:class"; the same rows as the entry points in pyproject.toml."""

EXTRA_OF_MODULE: Final[Mapping[str, str]] = MappingProxyType(
    {"gfpgan": "gfpgan", "basicsr": "gfpgan", "torchvision": "gfpgan", "pillow_heif": "heic"}
)
"""Importable module -> the extra of photo-nostalgia that installs it."""


def _table(group: Group) -> dict[str, str]:
    rows = dict(BUILT_IN[group])
    for entry in entry_points(group=f"nostalgia.{group}"):
        if rows.setdefault(entry.name, entry.value) != entry.value:
            raise BackendError(
                f"two {group} backends are called {entry.name!r}: {rows[entry.name]} and"
                f" {entry.value}; uninstall one of them"
            )
    return rows


def available(group: Group) -> tuple[str, ...]:
    """Names of the backends of a stage, in alphabetical order. Nothing is imported.

    Raises:
        BackendError: two packages claim the same name.
    """
    return tuple(sorted(_table(group)))


def target(group: Group, name: str) -> str:
    """Where a backend is, as "module:class"; nothing is imported.

    Raises:
        BackendError: there is none of that name, or two packages claim it.
    """
    rows = _table(group)
    if name not in rows:
        raise BackendError(
            f"there is no {group} backend called {name!r}; there is {', '.join(sorted(rows))}"
        )
    return rows[name]


def load(group: Group, name: str) -> Any:
    """Import a backend and return its class.

    Raises:
        BackendError: there is none of that name, or what it needs is not installed.
    """
    module_name, _, attribute = target(group, name).partition(":")
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except ImportError as exc:
        raise BackendError(
            f"the {group} backend {name!r} cannot be used: {exc}; {remedy(exc.name)}"
        ) from exc
    except AttributeError as exc:
        raise BackendError(f"the {group} backend {name!r} is broken: {exc}") from exc


def remedy(module_name: str | None) -> str:
    """What to type where a module cannot be imported."""
    extra = EXTRA_OF_MODULE.get((module_name or "").partition(".")[0])
    package = f"photo-nostalgia[{extra}]" if extra else "photo-nostalgia"
    return f"type: pip install '{package}'"
