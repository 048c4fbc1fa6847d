"""Which backends there are for a stage: looked up by name, imported only when used.

Built-ins and third parties stand in the same table. A third party adds a row with an entry point::

    [project.entry-points."nostalgia.motion"]
    puppet = "puppet_backend:PuppetBackend"
"""

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from traceback import walk_tb
from types import MappingProxyType
from typing import Any, Final, Literal

from nostalgia.errors import BackendError

Group = Literal["detection", "enhancement", "motion", "landmarks"]

BUILT_IN: Final[Mapping[Group, Mapping[str, str]]] = MappingProxyType(
    {
        "detection": {
            "embedded": "nostalgia.faces.detection.embedded:EmbeddedDetector",
            "face-alignment": "nostalgia.faces.detection.face_alignment:FaceAlignmentDetector",
        },
        "enhancement": {
            "embedded": "nostalgia.enhancement.embedded:EmbeddedEnhancer",
            "gfpgan": "nostalgia.enhancement.gfpgan.backend:GfpganEnhancer",
        },
        "motion": {
            "mesh": "nostalgia.motion.mesh.backend:MeshBackend",
            "fomm": "nostalgia.motion.fomm.backend:FommBackend",
        },
        "landmarks": {
            "mesh": "nostalgia.faces.landmarks.points68:MeshLandmarker",
            "face-alignment": "nostalgia.faces.landmarks.face_alignment:FaceAlignmentLandmarker",
        },
    }
)
"""Group -> backend name -> "module:class"; the same rows as the entry points in pyproject.toml."""

MEMBERS: Final[Mapping[Group, tuple[str, ...]]] = MappingProxyType(
    {
        "detection": ("load", "detect"),
        "enhancement": ("load", "enhance"),
        "motion": ("load", "watches", "watch", "prepare", "perform", "motion_mask", "region"),
        "landmarks": ("load", "points68"),
    }
)
"""Group -> what the class of a backend must have, as the group's protocol says."""

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
        BackendError: there is none of that name, what it needs is not installed, or it is broken.
    """
    place = target(group, name)
    module_name, _, attribute = place.partition(":")
    said, again = f"the {group} backend {name!r}", f"install again what brings {place}"
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except ImportError as exc:
        ours = name in BUILT_IN[group] or _extra(exc.name)
        what = remedy(exc.name) if ours else again
        raise BackendError(f"{said} cannot be used: {exc}; {what}") from exc
    except Exception as exc:  # whatever a module raises while it is imported
        raise BackendError(f"{said} is broken ({type(exc).__name__}: {exc}); {again}") from exc
    if missing := [member for member in MEMBERS[group] if not hasattr(found, member)]:
        raise BackendError(f"{said} is broken: {place} has no {', '.join(missing)}; {again}")
    return found


def fault_of_others(error: BaseException) -> BackendError | None:
    """What to say of an error that passed through a third party's backend; None for others."""
    passed = {
        str(frame.f_globals.get("__name__")).partition(".")[0]
        for frame, _ in walk_tb(error.__traceback__)
    }
    for group, rows in BUILT_IN.items():
        for name, place in _table(group).items():
            package = place.partition(":")[0].partition(".")[0]
            if name not in rows and package in passed:
                return BackendError(
                    f"{package}, which brings {group} backends of its own, failed"
                    f" ({type(error).__name__}: {error}); it is not part of nostalgia: tell those"
                    " who wrote it, with what NOSTALGIA_DEBUG=1 before the same command prints"
                )
    return None


def remedy(module_name: str | None) -> str:
    """What to type where a module cannot be imported."""
    extra = _extra(module_name)
    package = f"photo-nostalgia[{extra}]" if extra else "photo-nostalgia"
    return f"type: pip install '{package}'"


def _extra(module_name: str | None) -> str | None:
    return EXTRA_OF_MODULE.get((module_name or "").partition(".")[0])
