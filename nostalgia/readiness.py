"""Whether a backend would run here, and what it lacks: looked at, never imported or loaded."""

from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from nostalgia.checkpoint_store import stored_checkpoint
from nostalgia.errors import CheckpointError
from nostalgia.manifest import weights_of
from nostalgia.registry import Group, remedy, target

MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "detection/face-alignment": ("face_alignment",),
        "enhancement/gfpgan": ("gfpgan", "basicsr", "torchvision"),
        "landmarks/face-alignment": ("face_alignment",),
    }
)
"""Built-in backend -> what it imports beyond that which every part of nostalgia needs."""


def lacks(group: Group, name: str) -> tuple[str, ...]:
    """What a backend needs and does not find, each with what to type; nothing where it would run.

    Its weights count as here when `nostalgia checkpoints` keeps one of the files that the manifest
    lists for it; what a third party's backend loads by itself is not known.

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
    if rows := weights_of(backend):
        troubles = []
        for row in rows:
            try:
                stored_checkpoint(row.name)
                return tuple(said)
            except CheckpointError as error:
                troubles.append(str(error))
        others = ", ".join(row.name for row in rows[1:])
        said.append(troubles[0] + (f" (or {others})" if others else ""))
    return tuple(said)


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
