"""The private folder of a session: photos and clips that nobody has saved yet."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "nostalgia-app-"
_LOCK = "owner.lock"
_YOUNG_S = 60.0


class PrivateFolder:
    """A folder that only this user can open (0700); removed at the end, or at the next start.

    Raises:
        OSError: the system's folder of temporary files cannot be written to.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = FileLock(self.path / _LOCK, timeout=0)
        self._lock.acquire()

    def remove(self) -> None:
        """Delete the folder with all that is in it."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def remove_stale_folders() -> int:
    """Delete the folders of sessions that crashed; return their number.

    A session that runs holds a lock, which the system releases when the process dies.
    """
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not _is_mine(path) or _is_young(path):
            continue
        try:
            with FileLock(path / _LOCK, timeout=0):
                pass
        except (Timeout, OSError):
            continue
        shutil.rmtree(path, ignore_errors=True)
        removed += not path.exists()
    return removed


def _is_mine(path: Path) -> bool:
    """True for a real folder of this user: a link could lead anywhere."""
    try:
        facts = path.lstat()
    except OSError:
        return False
    own = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
    return own and path.is_dir() and not path.is_symlink()


def _is_young(path: Path) -> bool:
    """True for a folder whose owner may not have locked it yet."""
    try:
        return not (path / _LOCK).exists() and time.time() - path.stat().st_mtime < _YOUNG_S
    except OSError:
        return True
