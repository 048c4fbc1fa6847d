"""What the two backends that use the package face-alignment share.

Its weight files, found without a download, and its idea of a box. The package's own constructors
fetch weights from the web when they are missing; nothing here or in the backends calls those.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nostalgia.errors import BackendError, CheckpointError
from nostalgia.files import printable_name
from nostalgia.weights.validation import DAMAGE, fingerprint, refuse_other_files

Box = tuple[float, float, float, float]

_FOREHEAD = 0.105
"""How much of the height of the package's boxes lies above the mesh's top of the forehead."""
_WIDER = 1.07
"""How much wider they are than the mesh."""


def stored_weights(name: str, cached_names: Sequence[str]) -> Path:
    """Where a weight file is: in our store, or where face-alignment itself has put it before.

    Args:
        name: of the manifest, such as ``face-alignment-s3fd``.
        cached_names: file names in the cache folder of torch.hub; each holds the start of the
            file's SHA-256 behind its dash, which is checked.

    Raises:
        CheckpointError: it is in neither place, or is damaged.
    """
    from nostalgia.weights import store as checkpoint_store

    try:
        return checkpoint_store.stored_checkpoint(name)
    except CheckpointError:
        for path in (_hub_folder() / cached for cached in cached_names):
            if path.is_file() and _is_whole(path):
                return path
        raise


def _hub_folder() -> Path:
    from torch import hub

    return Path(hub.get_dir()) / "checkpoints"


def _is_whole(path: Path) -> bool:
    """Whether a file is what its name says: ``s3fd-619a316812.pth`` and the like."""
    promised = path.name.partition("-")[2].partition(".")[0]
    try:
        return bool(promised) and fingerprint(path).sha256.startswith(promised)
    except OSError:
        return False


@contextmanager
def reading(path: Path, name: str) -> Iterator[None]:
    """Turn what torch says about a file that holds other things than these weights into one error.

    Raises:
        CheckpointError: always instead of torch's own errors.
    """
    refuse_other_files(path)
    try:
        with warnings.catch_warnings():
            # Of odd pickles, and that TorchScript will go one day: nothing that a user can act on.
            warnings.simplefilter("ignore")
            yield
    except DAMAGE as exc:
        said = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        raise CheckpointError(
            f"{printable_name(path)} cannot be used as weights of face-alignment ({said});"
            f" type: nostalgia checkpoints pull {name}"
        ) from exc


@contextmanager
def importing() -> Iterator[None]:
    """Say what to install where the package, or what it needs, is missing.

    Raises:
        BackendError: instead of the ImportError.
    """
    try:
        yield
    except ImportError as exc:
        raise BackendError(
            f"the backend 'face-alignment' cannot be used: {exc}; type: pip install photo-nostalgia"
        ) from exc


def box_of_ours(theirs: Box) -> Box:
    """A box from the top of the forehead to the chin, from one of the package's detector.

    S3FD learned from WIDER FACE, whose boxes hold "the forehead, chin and cheek" up to the hairline
    (Yang et al., 2016, section 3.2), while the mesh ends lower, and at the cheeks. On the picture
    for which the package publishes its results the box is 374 pixels in width and height together
    where the mesh spans 341; with chins in the same place that is a ninth of the height.
    """
    x0, y0, x1, y1 = theirs
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2 / _WIDER
    return middle - half, y0 + _FOREHEAD * (y1 - y0), middle + half, y1


def box_of_theirs(ours: Box) -> Box:
    """The inverse of `box_of_ours`."""
    x0, y0, x1, y1 = ours
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2 * _WIDER
    return middle - half, y1 - (y1 - y0) / (1 - _FOREHEAD), middle + half, y1
