"""Files to read: the data that ships, a user's own files, and files that somebody names."""

import hashlib
import os
import stat
from pathlib import Path
from typing import IO

from nostalgia.errors import CheckpointError, DriverError, InputError, NostalgiaError
from nostalgia.files.naming import printable_name

_PACKAGED = Path(__file__).parents[1] / "_data"
_REPOSITORY = Path(__file__).parents[2]


def _data_folder(name: str, variable: str, kind: str, error: type[NostalgiaError]) -> Path:
    chosen = os.environ.get(variable)
    folders = [Path(chosen)] if chosen else [_PACKAGED / name, _REPOSITORY / name]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise error(f"no {kind} at {folders[0]}; set {variable} or reinstall photo-nostalgia")


def checkpoints_folder() -> Path:
    """Folder of the weight files that ship.

    Raises:
        CheckpointError: it does not exist.
    """
    name, variable = "checkpoints", "NOSTALGIA_CHECKPOINTS"
    return _data_folder(name, variable, "folder of checkpoints", CheckpointError)


def checkpoint_path(name: str) -> Path:
    """Path of a weight file that ships, such as ``face_mesh.onnx``.

    Raises:
        CheckpointError: it does not exist.
    """
    path = checkpoints_folder() / name
    if not path.is_file():
        raise CheckpointError(f"the checkpoint {path} is missing; reinstall photo-nostalgia")
    return path


def driving_videos_folder() -> Path:
    """Folder of the driver bank.

    Raises:
        DriverError: it does not exist.
    """
    name, variable = "driving_videos", "NOSTALGIA_DRIVING_VIDEOS"
    return _data_folder(name, variable, "driver bank", DriverError)


def user_data_folder(name: str, variable: str) -> Path:
    """Folder of a user's own files; it may not exist.

    The environment variable, else a folder of that name in the system's place for user data:
    ``~/.local/share/nostalgia`` on Linux, below ``~/Library/Application Support`` on macOS and
    ``AppData`` on Windows.
    """
    chosen = os.environ.get(variable)
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("nostalgia", appauthor=False) / name


def user_drivers_folder() -> Path:
    """Folder of the user's own drivers, which NOSTALGIA_DRIVERS moves; see `user_data_folder`."""
    return user_data_folder("drivers", "NOSTALGIA_DRIVERS")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex digits.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise InputError(f"{printable_name(path)}: cannot be read ({exc.strerror})") from exc


def open_regular_file(path: Path, kind: str) -> IO[bytes]:
    """Open a regular file for reading; without blocking, so that a named pipe is refused at once.

    kind: kind of file that is expected, for the message, such as "photo".

    Raises:
        InputError: it does not exist, cannot be read, or is a folder, a pipe or a device.
    """
    name = printable_name(path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError as exc:
        problem = "no such file; check the name"
        if path.is_symlink():
            problem = "a link to a file that does not exist; check where it points"
        raise InputError(f"{name}: {problem}") from exc
    except PermissionError as exc:
        problem = f"is a folder; name a {kind} in it"
        if not path.is_dir():
            problem = "permission denied; check the permissions of the file"
        raise InputError(f"{name}: {problem}") from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise InputError(f"{name}: cannot be opened ({reason}); check the name") from exc
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise InputError(f"{name}: is a folder; name a {kind} in it")
    raise InputError(f"{name}: is a pipe or a device, not a file; name a {kind}")
