"""Backends of each stage: looked up by name, imported only when used.

Built-ins and third parties stand in the same table. A third party adds a row with an entry point::

    [project.entry-points."nostalgia.motion"]
    puppet = "puppet_backend:PuppetBackend"
"""

import importlib
import os
from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from traceback import walk_tb
from types import MappingProxyType
from typing import Any, Final, Literal

from nostalgia.errors import BackendError, CheckpointError
from nostalgia.weights.manifest import weights_of
from nostalgia.weights.store import stored_checkpoint

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
        "motion": (
            "load",
            "reads_signals",
            "extract_signals",
            "prepare",
            "perform",
            "motion_mask",
            "region",
        ),
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


MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "detection/face-alignment": ("face_alignment",),
        "enhancement/gfpgan": ("gfpgan", "basicsr", "torchvision"),
        "landmarks/face-alignment": ("face_alignment",),
    }
)
"""Built-in backend -> what it imports beyond that which every part of nostalgia needs."""

_CACHED_BY_TORCH = ("detection/face-alignment", "landmarks/face-alignment")
"""Backends that also take the listed file from where the package itself has put it before."""


def missing_requirements(group: Group, name: str) -> tuple[str, ...]:
    """What a backend needs and does not find, each with what to type; nothing where it would run.

    Its weights count as here when `nostalgia checkpoints` keeps one of the files that the manifest
    lists for it, or face-alignment itself has fetched it before; what a third party's backend
    loads by itself is not known.

    Raises:
        BackendError: there is no such backend, or two packages claim its name.
        CheckpointError: the manifest is damaged.
    """
    backend = f"{group}/{name}"
    own_module = target(group, name).partition(":")[0]
    missing = [module for module in MODULES.get(backend, ()) if not is_installed(module)]
    said = [f"{', '.join(missing)} not installed; {remedy(missing[0])}"] if missing else []
    if not is_installed(own_module):
        said.append(f"there is no module {own_module}; install again what brings it")
    if trouble := _weights_trouble(backend):
        said.append(trouble)
    return tuple(said)


def _weights_trouble(backend: str) -> str | None:
    """Why none of the files that the manifest lists for a backend is here; None where one is."""
    rows = weights_of(backend)
    troubles = []
    for row in rows:
        if backend in _CACHED_BY_TORCH and (_torch_cache() / row.file).is_file():
            return None
        try:
            stored_checkpoint(row.name)
        except CheckpointError as error:
            troubles.append(str(error))
        else:
            return None
    others = ", ".join(row.name for row in rows[1:])
    return troubles[0] + (f" (or {others})" if others else "") if troubles else None


def _torch_cache() -> Path:
    """Where torch.hub keeps files, as its documentation says; torch is not imported for it."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or f"{cache}/torch"
    return Path(home).expanduser() / "hub" / "checkpoints"


def is_installed(module: str) -> bool:
    """Whether a module would be found; neither it nor the packages above it are imported."""
    top, *below = module.split(".")
    try:
        spec = find_spec(top)
    except ValueError:  # somebody has put it into sys.modules by hand
        return True
    for depth in range(len(below)):
        if spec is None:
            break
        name = ".".join((top, *below[: depth + 1]))
        spec = PathFinder.find_spec(name, spec.submodule_search_locations or [])
    return spec is not None
