"""Parts that both backends of the package face-alignment share.

Its weight files, found without a download, and its boxes. The package's own constructors download
weights that are missing; neither this module nor the backends call them.
"""

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from nostalgia.compute import checked_device
from nostalgia.errors import BackendError, CheckpointError
from nostalgia.files import printable_name
from nostalgia.registry import remedy
from nostalgia.types import BoxXYXY
from nostalgia.weights.store import stored_checkpoint
from nostalgia.weights.validation import DAMAGE, fingerprint, refuse_other_files

Network = TypeVar("Network")

_FOREHEAD = 0.105
"""Share of the height of the package's boxes that lies above the mesh's top of the forehead."""
_WIDER = 1.07
"""Width of the package's boxes over the width of the mesh."""


def load_network(
    module: str,
    weights: str,
    cached_names: Sequence[str],
    device: str,
    build: Callable[[Any, Path], Network],
) -> Network:
    """Build one of the package's networks from a weight file on disk.

    Args:
        module: the module of the package to import.
        weights: name in the manifest, such as ``face-alignment-s3fd``.
        cached_names: see `stored_weights`.
        device: a device of torch, such as ``cpu``.
        build: called with the imported module and the path of the weights.

    Raises:
        CheckpointError: the weights are missing or cannot be used; nothing is downloaded.
        BackendError: the package is not installed, or torch does not find the device.
    """
    checked_device(device)
    path = stored_weights(weights, cached_names)
    try:
        package = importlib.import_module(module)
    except ImportError as exc:
        raise BackendError(
            f"the backend 'face-alignment' cannot be used: {exc}; {remedy('face_alignment')}"
        ) from exc
    with _reading(path, weights):
        return build(package, path)


def stored_weights(name: str, cached_names: Sequence[str]) -> Path:
    """Path of a weight file: in nostalgia's store, or in the cache of face-alignment itself.

    Args:
        name: in the manifest, such as ``face-alignment-s3fd``.
        cached_names: file names in the cache folder of torch.hub; the part behind the dash is the
            start of the file's SHA-256, which is checked.

    Raises:
        CheckpointError: the file is in neither place, or is damaged.
    """
    try:
        return stored_checkpoint(name)
    except CheckpointError:
        for path in (_hub_folder() / cached for cached in cached_names):
            if path.is_file() and _is_whole(path):
                return path
        raise


def _hub_folder() -> Path:
    from torch import hub

    return Path(hub.get_dir()) / "checkpoints"


def _is_whole(path: Path) -> bool:
    """True if a file has the hash in its name, such as ``s3fd-619a316812.pth``."""
    expected = path.name.partition("-")[2].partition(".")[0]
    try:
        return bool(expected) and fingerprint(path).sha256.startswith(expected)
    except OSError:
        return False


@contextmanager
def _reading(path: Path, name: str) -> Iterator[None]:
    """Turn torch's errors about a file of other contents into one CheckpointError."""
    refuse_other_files(path)
    try:
        with warnings.catch_warnings():
            # Odd pickles, and the deprecation of TorchScript: nothing that a user can act on.
            warnings.simplefilter("ignore")
            yield
    except DAMAGE as exc:
        reason = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        raise CheckpointError(
            f"{printable_name(path)} cannot be used as weights of face-alignment ({reason});"
            f" run `nostalgia checkpoints pull {name}`"
        ) from exc


def mesh_box(package_box: BoxXYXY) -> BoxXYXY:
    """Box from the top of the forehead to the chin, from a box of the package's detector.

    S3FD learned from WIDER FACE, whose boxes hold "the forehead, chin and cheek" up to the hairline
    (Yang et al., 2016, section 3.2), while the mesh ends lower, and at the cheeks. On the picture
    for which the package publishes its results the box is 374 pixels in width and height together
    where the mesh spans 341; with chins in the same place that is a ninth of the height.
    """
    x0, y0, x1, y1 = package_box
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2 / _WIDER
    return BoxXYXY((middle - half, y0 + _FOREHEAD * (y1 - y0), middle + half, y1))


def package_box(mesh_box: BoxXYXY) -> BoxXYXY:
    """Inverse of `mesh_box`."""
    x0, y0, x1, y1 = mesh_box
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2 * _WIDER
    return BoxXYXY((middle - half, y1 - (y1 - y0) / (1 - _FOREHEAD), middle + half, y1))
