"""Whether a backend would run here, and what it lacks: looked at, never imported or loaded."""

import os
from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nostalgia.errors import CheckpointError
from nostalgia.registry import Group, remedy, target
from nostalgia.weights.manifest import weights_of
from nostalgia.weights.store import stored_checkpoint

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


def lacks(group: Group, name: str) -> tuple[str, ...]:
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
