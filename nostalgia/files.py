"""Files: naming, finding, hashing and writing them.

File names may hold line breaks, terminal escapes and marks that change the reading direction; a
message stays one line that reads from left to right, whatever the name is.
"""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from nostalgia.errors import (
    CheckpointError,
    DriverError,
    EncodingError,
    InputError,
    NostalgiaError,
    OutputExistsError,
    Remedy,
    option,
)

CLIP_FORMATS = ("mp4", "gif", "webp")
"""Formats of clips that can be written, which are also their suffixes."""

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .tif .tiff .webp .bmp .gif .heic .heif .avif .jp2 .j2k".split()
)
"""Suffixes of photos; the content decides what a file really is."""

DRIVING_CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})
"""Suffixes of files that are accepted as a film of a performer."""

CLIP_MARK, PREVIEW_MARK = "nostalgia", "preview"
"""Words before the suffix of the clips and previews that nostalgia names itself."""

NAME_LIMIT_BYTES = 255
_PARTIAL_ROOM_BYTES = 60
# Without those of clips: a GIF or WebP beside a photo is often a clip of it.
_TWIN_SUFFIXES = sorted(PHOTO_SUFFIXES - {f".{name}" for name in CLIP_FORMATS})
_HARMLESS = "\u200c\u200d"
_LONGEST_NAME = 120


def printable_name(path: Path | str, limit: int = _LONGEST_NAME) -> str:
    r"""Name of a file as one harmless line: control characters escaped, long names cut.

    path: a path, or "-" for "standard input". limit: length in characters. Joiners, which emoji
    and several scripts need, stay; other control and format characters become \n, \u202e and so on.
    """
    if str(path) == "-":
        return "standard input"
    name = "".join(_escaped(char) for char in str(path))
    if len(name) <= limit:
        return name
    head = (limit - 3) // 3
    return f"{name[:head]}...{name[head + 3 - limit :]}"


def display_name(photo: Path | None) -> str:
    """A photo's name in messages and in the metadata of its clip; "the photo" without a file."""
    return printable_name(photo.name) if photo is not None else "the photo"


def _escaped(char: str) -> str:
    category = unicodedata.category(char)
    odd = category.startswith("C") or category in ("Zl", "Zp")
    if not odd or char in _HARMLESS:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def clip_path_for(photo: Path, clip_format: str = "mp4", mark: str = CLIP_MARK) -> Path:
    """Path of the clip of a photo, beside it: ``old_photo.nostalgia.mp4``.

    If another picture beside it has the same stem (``oma.jpg`` and ``oma.png``), the clip's name
    includes the photo's suffix: ``oma.jpg.nostalgia.mp4``. Names near the limit of the file system
    (255 bytes) are shortened and made unique by a hash. mark: the word before the suffix.
    """
    suffix = f".{mark}.{clip_format}"
    stem = photo.name if _has_twin(photo) else photo.stem
    return photo.with_name(shortened(stem, NAME_LIMIT_BYTES - len(suffix)) + suffix)


def replaces_itself(clip: Path, *, preview: bool) -> bool:
    """True for a preview under a preview's name, which may replace an earlier one."""
    return preview and clip.stem.endswith(f".{PREVIEW_MARK}")


def _has_twin(photo: Path) -> bool:
    try:
        suffixes = [*_TWIN_SUFFIXES, *map(str.upper, _TWIN_SUFFIXES)]
        beside = [photo.with_suffix(suffix) for suffix in suffixes]
        itself = photo.name.lower()
        return any(other.name.lower() != itself and other.is_file() for other in beside)
    except (OSError, ValueError):
        return False


def folded_file_name(name: str) -> str:
    """One form for all the names that some file system takes for the same.

    Neither case nor the spelling of accents (composed or decomposed) makes a difference.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shortened(name: str, limit_bytes: int) -> str:
    """`name`, or its beginning and eight hex digits of its hash if it exceeds `limit_bytes`."""
    raw = os.fsencode(name)
    if len(raw) <= limit_bytes:
        return name
    mark = f"-{hashlib.sha256(raw).hexdigest()[:8]}"
    kept = name
    while len(os.fsencode(kept)) > limit_bytes - len(mark):
        kept = kept[:-1]
    return kept + mark


def partial_stem(target: Path) -> str:
    """Beginning of the hidden temporary names of `target`, the same in every run."""
    return f".{shortened(target.name, NAME_LIMIT_BYTES - _PARTIAL_ROOM_BYTES)}.partial-"


def partial_path(target: Path) -> Path:
    """Temporary path of this process beside `target`: hidden, with the suffix of `target`."""
    return target.with_name(f"{partial_stem(target)}{os.getpid()}{target.suffix[:20]}")


def stale_partials(target: Path) -> list[Path]:
    """Temporary files of `target` that killed processes left."""
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


def require_place(path: Path, *, overwrite: bool) -> None:
    """Check that a result may be written at `path`; worth doing before the work.

    Raises:
        OutputExistsError: the file exists and may not be replaced.
        EncodingError: it is a folder or a device, or its folder does not exist.
    """
    name = printable_name(path)
    if path.is_dir():
        raise EncodingError(f"{name}: is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise EncodingError(f"{name}: is a device or a pipe; name a file")
    if not overwrite and os.path.lexists(path):
        raise OutputExistsError(
            f"{name} already exists",
            Remedy(f"replace it with {option('overwrite', True)}", {"overwrite": True}),
        )
    if not path.parent.exists():
        raise EncodingError(f"{name}: its folder does not exist; create it first")


def write_whole(target: Path, content: bytes, kind: str) -> None:
    """Write a file that appears whole or not at all; see `whole_file`.

    Raises:
        EncodingError: the file cannot be written.
    """
    with whole_file(target, kind) as partial:
        partial.write_bytes(content)


@contextmanager
def whole_file(target: Path, kind: str) -> Iterator[Path]:
    """A `partial_file` whose failures to write are EncodingErrors.

    kind: kind of file, for the message, such as "album".

    Raises:
        EncodingError: the file cannot be written.
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
