"""Where the data folders are: an environment variable, the packaged copy, or the repository.

The user's own drivers are kept apart from what ships, so that a new version leaves them alone.
"""

import os
from pathlib import Path

from nostalgia.errors import CheckpointError, DriverError

_PACKAGED = Path(__file__).parent / "_data"
_REPOSITORY = Path(__file__).parents[1]


def _data_folder(name: str, variable: str) -> Path | None:
    chosen = os.environ.get(variable)
    if chosen:
        return Path(chosen)
    for parent in (_PACKAGED, _REPOSITORY):
        if (parent / name).is_dir():
            return parent / name
    return None


def checkpoints_folder() -> Path:
    """The folder of weight files.

    Raises:
        CheckpointError: it is not there.
    """
    folder = _data_folder("checkpoints", "NOSTALGIA_CHECKPOINTS")
    if folder is None or not folder.is_dir():
        raise CheckpointError(
            f"no folder of checkpoints at {folder}:"
            " set NOSTALGIA_CHECKPOINTS or install photo-nostalgia again"
        )
    return folder


def checkpoint_path(name: str) -> Path:
    """The path of one weight file, such as ``face_mesh.npz``.

    Raises:
        CheckpointError: it is not there.
    """
    path = checkpoints_folder() / name
    if not path.is_file():
        raise CheckpointError(f"the checkpoint {path} is missing: install photo-nostalgia again")
    return path


def driving_videos_folder() -> Path:
    """The folder of the driver bank.

    Raises:
        DriverError: it is not there.
    """
    folder = _data_folder("driving_videos", "NOSTALGIA_DRIVING_VIDEOS")
    if folder is None or not folder.is_dir():
        raise DriverError(
            f"no driver bank at {folder}:"
            " set NOSTALGIA_DRIVING_VIDEOS or install photo-nostalgia again"
        )
    return folder


def user_drivers_folder() -> Path:
    """Where the user's own drivers are kept; it need not be there.

    NOSTALGIA_DRIVERS, else where the system keeps a user's data:
    ``~/.local/share/nostalgia/drivers`` on Linux, below ``~/Library/Application Support`` on macOS
    and ``AppData`` on Windows.
    """
    chosen = os.environ.get("NOSTALGIA_DRIVERS")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("nostalgia", appauthor=False) / "drivers"
