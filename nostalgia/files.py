"""Files: how to name, find, hash and write them.

File names may hold line breaks, terminal escapes and marks that turn the reading direction; a
message stays one line that reads from left to right whatever the name is.
"""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from nostalgia.errors import CheckpointError, DriverError, EncodingError, InputError

CLIP_FORMATS = ("mp4", "gif", "webp")
"""Kinds of clips that can be written; their suffixes too."""

DRIVING_CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})
"""Files that are taken for a film of a performer."""

NAME_LIMIT_BYTES = 255
_PARTIAL_ROOM_BYTES = 60
# Without gif and webp: beside a photo, those are often clips of it.
_PICTURES = "jpg jpeg png tif tiff bmp heic heif avif"
_PICTURE_SUFFIXES = [f".{word}" for word in (_PICTURES + " " + _PICTURES.upper()).split()]
_HARMLESS = "\u200c\u200d"
_SAID_AT_MOST = 120


def printable_name(path: Path | str, limit: int = _SAID_AT_MOST) -> str:
    r"""The name of a file as one harmless line: odd characters escaped, long ones cut.

    path: a path or "-", which is called "standard input". limit: characters. Joiners, which emoji
    and several scripts need, stay; other control and format characters become \n, \u202e and so on.
    """
    if str(path) == "-":
        return "standard input"
    said = "".join(_shown(char) for char in str(path))
    if len(said) <= limit:
        return said
    head = (limit - 3) // 3
    return f"{said[:head]}...{said[head + 3 - limit :]}"


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    odd = category.startswith("C") or category in ("Zl", "Zp")
    if not odd or char in _HARMLESS:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def clip_path_for(photo: Path, clip_format: str = "mp4") -> Path:
    """Where the clip of a photo goes: beside it, ``old_photo.nostalgia.mp4``.

    Where another picture of the same stem lies beside it (``oma.jpg`` and ``oma.png``), the clip
    keeps the photo's suffix: ``oma.jpg.nostalgia.mp4``. Names near the limit of the file system
    (255 bytes) are shortened and told apart by a hash.
    """
    suffix = f".nostalgia.{clip_format}"
    stem = photo.name if _has_twin(photo) else photo.stem
    return photo.with_name(shortened(stem, NAME_LIMIT_BYTES - len(suffix)) + suffix)


def _has_twin(photo: Path) -> bool:
    try:
        beside = [photo.with_suffix(suffix) for suffix in _PICTURE_SUFFIXES]
        itself = photo.name.lower()
        return any(other.name.lower() != itself and other.is_file() for other in beside)
    except (OSError, ValueError):
        return False


def shortened(name: str, limit_bytes: int) -> str:
    """`name`, or its beginning and eight hex digits of its hash where `limit_bytes` are too few."""
    raw = os.fsencode(name)
    if len(raw) <= limit_bytes:
        return name
    mark = f"-{hashlib.sha256(raw).hexdigest()[:8]}"
    kept = name
    while len(os.fsencode(kept)) > limit_bytes - len(mark):
        kept = kept[:-1]
    return kept + mark


def partial_stem(target: Path) -> str:
    """What the hidden temporary names of `target` begin with, the same in every run."""
    return f".{shortened(target.name, NAME_LIMIT_BYTES - _PARTIAL_ROOM_BYTES)}.partial-"


def partial_path(target: Path) -> Path:
    """The temporary name of this process beside `target`: hidden, with the suffix of `target`."""
    return target.with_name(f"{partial_stem(target)}{os.getpid()}{target.suffix[:20]}")


def stale_partials(target: Path) -> list[Path]:
    """Temporary files of `target` whose process is gone: what a killed run left."""
    stem = partial_stem(target)
    stale = []
    with os.scandir(target.parent) as entries:
        for entry in entries:
            owner = entry.name.removeprefix(stem).split(".")[0]
            if entry.name.startswith(stem) and owner.isdecimal() and not _runs(int(owner)):
                stale.append(target.with_name(entry.name))
    return stale


def _runs(process: int) -> bool:
    if process == os.getpid():
        return False
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


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


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of the bytes of a file.

    Raises:
        InputError: it cannot be read.
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


def write_whole(target: Path, content: bytes, kind: str) -> None:
    """Write a file that appears whole or not at all; see `whole_file`.

    Raises:
        EncodingError: it cannot be written.
    """
    with whole_file(target, kind) as partial:
        partial.write_bytes(content)


@contextmanager
def whole_file(target: Path, kind: str) -> Iterator[Path]:
    """A `partial_file` whose failures to write are EncodingErrors.

    kind: kind of file, for the message, such as "album".

    Raises:
        EncodingError: it cannot be written.
    """
    try:
        with partial_file(target) as partial:
            yield partial
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(target)}: the {kind} cannot be written"
            f" ({exc.strerror or exc}); choose another folder"
        ) from exc


@contextmanager
def partial_file(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`, which replaces `target` unless an exception is raised.

    Removes what killed runs left of earlier ones.

    Raises:
        OSError: the folder cannot be written to.
    """
    partial = partial_path(target)
    for stale in stale_partials(target):
        stale.unlink(missing_ok=True)
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
