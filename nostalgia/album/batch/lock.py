"""Lock of a batch's folder: one run at a time works in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from nostalgia.album.batch.own_files import LOCK_FILE, refuse_links
from nostalgia.errors import EncodingError, UsageError, option
from nostalgia.files import make_folder, printable_name


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the folder for this run; the system releases the lock when the process ends.

    Raises:
        UsageError: another run has locked it. EncodingError: it cannot be written.
        InputError: something in it leads out of it.
    """
    name = printable_name(folder)
    try:
        make_folder(folder)
        refuse_links(folder)
        lock = FileLock(folder / LOCK_FILE, timeout=0)
        lock.acquire()
    except Timeout as exc:
        raise UsageError(
            f"another run is working in {name}; wait for it (`nostalgia batch status` shows its"
            f" progress), or choose another {option('output')} folder"
        ) from exc
    except OSError as exc:
        raise EncodingError(
            f"{name}: cannot be written ({exc.strerror}); choose another {option('output')} folder"
        ) from exc
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """True while a run works in the folder."""
    try:
        with FileLock(folder / LOCK_FILE, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False  # on a read-only disk, no run can be working
