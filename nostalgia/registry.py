"""Backends of each stage: looked up by name, imported only when used.

Built-in backends and those of third parties are rows of the same table. A third party adds a row
with an entry point::

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

PROTOCOLS: Final[Mapping[Group, str]] = MappingProxyType(
    {
        "detection": "nostalgia.faces.base:FaceDetector",
        "enhancement": "nostalgia.enhancement.base:FaceEnhancer",
        "motion": "nostalgia.motion.base:MotionBackend",
        "landmarks": "nostalgia.faces.base:Landmarker",
    }
)
"""Group -> the protocol of its backends, as "module:class"."""

EXTRA_OF_MODULE: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("torch", "face_alignment", "scipy"), "learned"),
        **dict.fromkeys(("spandrel", "gfpgan", "basicsr", "torchvision"), "gfpgan"),
        "pillow_heif": "heic",
        "moviepy": "moviepy",
        "skimage": "demo",
        **dict.fromkeys(("starlette", "uvicorn"), "app"),
    }
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
    """Names of the backends of a stage, in alphabetical order; imports none of them.

    Raises:
        BackendError: two packages register the same name.
    """
    return tuple(sorted(_table(group)))


def target(group: Group, name: str) -> str:
    """Location of a backend, as "module:class"; does not import it.

    Raises:
        BackendError: no backend has that name, or two packages register it.
    """
    rows = _table(group)
    if name not in rows:
        raise BackendError(
            f"no {group} backend is called {name!r}; choose from {', '.join(sorted(rows))}"
        )
    return rows[name]


def load(group: Group, name: str) -> Any:
    """Import a backend and return its class.

    Raises:
        BackendError: no backend has that name, a package that it needs is not installed, or it is
            broken.
    """
    location = target(group, name)
    label, reinstall = f"the {group} backend {name!r}", f"reinstall the package that has {location}"
    try:
        found = _imported(location)
    except ImportError as exc:
        ours = name in BUILT_IN[group] or _extra(exc.name)
        absent = _absent_modules(f"{group}/{name}")
        what = remedy(absent[0] if absent else exc.name) if ours else reinstall
        raise BackendError(f"{label} cannot be used: {exc}; {what}") from exc
    except Exception as exc:  # a module may raise anything while it is imported
        raise BackendError(f"{label} is broken ({type(exc).__name__}: {exc}); {reinstall}") from exc
    if missing := [member for member in _members(group) if not hasattr(found, member)]:
        raise BackendError(
            f"{label} is broken: {location} has no {', '.join(missing)}; {reinstall}"
        )
    return found


def _imported(location: str) -> Any:
    module, _, attribute = location.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _members(group: Group) -> list[str]:
    """Public members of a group's protocol, which the class of every backend must have."""
    protocol = _imported(PROTOCOLS[group])
    return [name for name in (*protocol.__annotations__, *vars(protocol)) if name[0] != "_"]


def fault_of_others(error: BaseException) -> BackendError | None:
    """Describe an error that passed through a third party's backend; None for other errors."""
    passed = {
        str(frame.f_globals.get("__name__")).partition(".")[0]
        for frame, _ in walk_tb(error.__traceback__)
    }
    for group, rows in BUILT_IN.items():
        for name, place in _table(group).items():
            package = place.partition(":")[0].partition(".")[0]
            if name not in rows and package in passed:
                return BackendError(
                    f"{package}, a third-party {group} backend, failed"
                    f" ({type(error).__name__}: {error}); report it to its authors with the"
                    " traceback that NOSTALGIA_DEBUG=1 shows"
                )
    return None


def remedy(module_name: str | None) -> str:
    """Advice on how to install a module that cannot be imported."""
    extra = _extra(module_name)
    package = f"photo-nostalgia[{extra}]" if extra else "photo-nostalgia"
    return f"run: pip install '{package}'"


def _extra(module_name: str | None) -> str | None:
    return EXTRA_OF_MODULE.get((module_name or "").partition(".")[0])


MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "detection/face-alignment": ("face_alignment", "torch"),
        "enhancement/gfpgan": ("spandrel", "torchvision", "torch"),
        "landmarks/face-alignment": ("face_alignment", "torch"),
        "motion/fomm": ("torch", "scipy"),
    }
)
"""Built-in backend -> modules that it needs beyond the core dependencies.

The first one that is missing names the extra to install.
"""

_CACHED_BY_TORCH = ("detection/face-alignment", "landmarks/face-alignment")
"""Backends that also use the listed file from the cache of face-alignment itself."""


def missing_requirements(group: Group, name: str) -> tuple[str, ...]:
    """Missing requirements of a backend, each with a remedy; empty if it can run.

    Its weights are present if the store has one of the files that the manifest lists for it, or
    face-alignment itself has downloaded it. Files that a third party's backend loads are unknown.

    Raises:
        BackendError: no backend has that name, or two packages register it.
        CheckpointError: the manifest is damaged.
    """
    backend = f"{group}/{name}"
    own_module = target(group, name).partition(":")[0]
    absent = _absent_modules(backend)
    missing = [f"{', '.join(absent)} not installed; {remedy(absent[0])}"] if absent else []
    if not is_installed(own_module):
        missing.append(f"there is no module {own_module}; reinstall the package that has it")
    if reason := _missing_weights(backend):
        missing.append(reason)
    return tuple(missing)


def _absent_modules(backend: str) -> list[str]:
    return [module for module in MODULES.get(backend, ()) if not is_installed(module)]


def _missing_weights(backend: str) -> str | None:
    """Reason why no weights of a backend can be used; None if some can or it needs none."""
    rows = weights_of(backend)
    reasons = []
    for row in rows:
        if backend in _CACHED_BY_TORCH and (_torch_cache() / row.file).is_file():
            return None
        try:
            stored_checkpoint(row.name)
        except CheckpointError as error:
            reasons.append(error.message)
        else:
            return None
    others = ", ".join(row.name for row in rows[1:])
    return reasons[0] + (f" (or {others})" if others else "") if reasons else None


def _torch_cache() -> Path:
    """Cache folder of torch.hub, as its documentation defines it; does not import torch."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or f"{cache}/torch"
    return Path(home).expanduser() / "hub" / "checkpoints"


def is_installed(module: str) -> bool:
    """True if a module can be found; imports neither it nor the packages above it."""
    top, *below = module.split(".")
    try:
        spec = find_spec(top)
    except ValueError:  # added to sys.modules by hand, without a spec
        return True
    for depth in range(len(below)):
        if spec is None:
            break
        name = ".".join((top, *below[: depth + 1]))
        spec = PathFinder.find_spec(name, spec.submodule_search_locations or [])
    return spec is not None
