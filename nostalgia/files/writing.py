"""Files that appear whole or not at all, whatever ends the work: an error, a kill, a power cut.

A file is written under a hidden random name that nobody else can have made, flushed to the disk,
renamed, and then its folder is flushed: once `partial_file` ends, file and name are on the disk.
The temporary file is locked while it is being written, so that another run deletes only those of
runs that have ended; numbers of processes mean nothing to another container or computer.
"""

import errno
import math
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nostalgia.errors import EncodingError, OutputExistsError, Remedy, option
from nostalgia.files.naming import NAME_LIMIT_BYTES, printable_name, shortened

if sys.platform != "win32":
    import fcntl

ABANDONED_S = 24 * 3600
"""Another computer's temporary file that is not locked and this much older is deleted."""

_PARTIAL = ".partial-"
_PARTIAL_NAME = re.compile(
    rf"\..+{_PARTIAL}([0-9a-f]{{8}})?([0-9a-f]{{16}}|\d+)(\.[^.]*)?", re.DOTALL
)
_PARTIAL_ROOM_BYTES = 60
_LONGEST_SUFFIX = 20
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


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
def partial_file(target: Path, mode: int | None = None) -> Iterator[Path]:
    """A path to an empty file to be written, which replaces `target` unless an exception is raised.

    Until then only its owner can read it. On Linux the path leads to the open file itself, whatever
    others do to its name; it lacks the suffix of `target`. File and name are on the disk when the
    block ends. Removes what ended runs have left.

    mode: permissions of the finished file; None for those of the one that it replaces, or of any
    new one.

    Raises:
        OSError: it cannot be written, or another program has put something in its place.
    """
    descriptor, partial = _create(target)
    is_open = True
    try:
        _remove_abandoned(target, os.fstat(descriptor).st_mtime)
        yield _pinned(descriptor, partial)
        _set_mode(descriptor, target, mode)
        flush(descriptor)
        _require_own(descriptor, partial)
        if sys.platform == "win32":  # where an open file cannot be renamed
            os.close(descriptor)
            is_open = False
        os.replace(partial, target)  # noqa: PTH105
        flush_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
        if is_open:
            os.close(descriptor)


def put_in_place(whole: Path, target: Path) -> None:
    """Give a finished file its name, both of which are then on the disk.

    Raises:
        OSError: that is not possible.
    """
    descriptor = os.open(whole, os.O_RDWR | _SAFE)
    try:
        _set_mode(descriptor, target)
        flush(descriptor)
    finally:
        os.close(descriptor)
    whole.replace(target)
    flush_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, and flush their names to the disk.

    Raises:
        OSError: it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        flush_folder(made.parent)


def remove_files(paths: Iterable[Path]) -> list[Path]:
    """Delete files, so that no power cut brings them back; links are deleted, not followed.

    Returns:
        Those that existed.

    Raises:
        OSError: one cannot be deleted.
    """
    found = [path for path in paths if os.path.lexists(path)]
    for path in found:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in found}:
        flush_folder(folder)
    return found


def flush_file(path: Path) -> None:
    """Flush the content of a file to the disk.

    Raises:
        OSError: the disk does not accept it.
    """
    descriptor = os.open(path, os.O_RDWR | _SAFE)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system allows it.

    Raises:
        OSError: the disk does not accept them.
    """
    if sys.platform == "win32":  # it cannot open folders, and stores names anyway
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # a folder that may be written but not read
        return
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def flush(descriptor: int) -> None:
    """Flush an open file to the disk, as far as its file system can.

    Raises:
        OSError: the disk does not accept it.
    """
    try:
        if sys.platform == "darwin":  # where fsync stops at the cache of the disk
            with suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
                return
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in _UNSUPPORTED:
            raise


def remove_partials(folder: Path) -> None:
    """Delete all temporary files in a folder that no process has locked.

    Only for a caller that has locked the folder against other runs.
    """
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        if is_partial(name):
            _remove_unlocked(folder / name, math.inf, is_sure=True)


def is_partial(name: str) -> bool:
    """True for the name of a temporary file, also of earlier versions."""
    return _PARTIAL_NAME.fullmatch(name) is not None


def _stem(target: Path) -> str:
    """Beginning of the names of the temporary files of `target`."""
    return f".{shortened(target.name, NAME_LIMIT_BYTES - _PARTIAL_ROOM_BYTES)}{_PARTIAL}"


def _create(target: Path) -> tuple[int, Path]:
    """A new, locked temporary file beside `target`: its descriptor and its path."""
    suffix = target.suffix if target.suffix.isascii() else ""
    while True:
        word = secrets.token_hex(8)
        partial = target.with_name(f"{_stem(target)}{_kernel()}{word}{suffix[:_LONGEST_SUFFIX]}")
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE, 0o600)
        # Another run may have locked and deleted it before this one could lock it.
        if _lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return descriptor, partial
        os.close(descriptor)


def _pinned(descriptor: int, partial: Path) -> Path:
    """A path to the open file itself where the system has one, else its name."""
    pinned = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    try:
        return pinned if pinned.samefile(partial) else partial
    except OSError:
        return partial


def _require_own(descriptor: int, partial: Path) -> None:
    ours, there = os.fstat(descriptor), partial.lstat()
    if not os.path.samestat(ours, there):
        raise OSError(errno.EEXIST, "another program has changed its temporary file")


def _set_mode(descriptor: int, target: Path, mode: int | None = None) -> None:
    """Set the permissions, by default of the file that it replaces, or those of any new file."""
    if sys.platform == "win32":
        return
    if mode is None:
        mask = os.umask(0o077)
        os.umask(mask)
        mode = 0o666 & ~mask
        with suppress(OSError):
            before = target.lstat().st_mode
            mode = stat.S_IMODE(before) & 0o777 if stat.S_ISREG(before) else mode
    with suppress(OSError):  # file systems without permissions
        os.fchmod(descriptor, mode)


def _remove_abandoned(target: Path, now_s: float) -> None:
    """Delete temporary files of `target` that no living process can be writing.

    now_s: the present by the clock of the file system, which may be another computer's.
    """
    stem, here = _stem(target), _kernel()
    with os.scandir(target.parent) as entries:
        names = [e.name for e in entries if e.name.startswith(stem) and is_partial(e.name)]
    for name in names:
        # Under this kernel a lock tells for sure whether somebody writes it.
        is_sure = bool(here) and name.startswith(stem + here)
        _remove_unlocked(target.with_name(name), now_s - ABANDONED_S, is_sure=is_sure)


def _remove_unlocked(path: Path, limit_s: float, *, is_sure: bool) -> None:
    """Delete a temporary file of this user that nobody writes.

    limit_s: one written before that is old. is_sure: a lock that is free proves that nobody does,
    whatever its age.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | _SAFE)
        try:
            found = os.fstat(descriptor)
            is_own = sys.platform == "win32" or found.st_uid == os.geteuid()
            is_free = _lock(descriptor) if is_own and stat.S_ISREG(found.st_mode) else False
            is_old = found.st_mtime < limit_s
            deletes = (is_free is True and is_sure) or (is_free is not False and is_old)
            if deletes and sys.platform != "win32":
                path.unlink()
        finally:
            os.close(descriptor)
        if deletes and sys.platform == "win32":  # which refuses if somebody has it open
            path.unlink()


def _lock(descriptor: int) -> bool | None:
    """Lock an open file until it is closed.

    Returns:
        False if another process has; None if the file system has no locks.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            return None if exc.errno in _UNSUPPORTED | {errno.ENOLCK} else False
    return True


def _kernel() -> str:
    """Eight hex digits of the running kernel, the same in all its containers; "" if unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
    except (OSError, ValueError):
        return ""
