"""Hashes of files, which are read again only if they have changed."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from nostalgia.files import sha256_of


class StampStore(Protocol):
    """Keeps stamps and hashes of files from run to run, by path: the journal."""

    def stamps(self) -> dict[str, tuple[str, str]]:
        """Path -> stamp and SHA-256."""
        ...

    def put_stamps(
        self, stamps: Mapping[str, tuple[str, str]], forgotten: Iterable[str] = ()
    ) -> None:
        """Write some, and delete those of other paths."""
        ...


class FileHashes:
    """SHA-256 of files; a file is read again only if its stamp has changed, see `stamp_of`."""

    def __init__(self, journal: StampStore) -> None:
        self._journal = journal
        self._known = journal.stamps()
        self._new: dict[str, tuple[str, str]] = {}
        self._used: set[str] = set()

    def known(self, path: Path) -> str:
        """Hash of a file, "" if the file would have to be read to compute it."""
        self._used.add(stored_text(str(path)))
        stamp, sha256 = self._known.get(stored_text(str(path)), ("", ""))
        return sha256 if stamp and stamp == stamp_of(path) else ""

    def of(self, path: Path) -> str:
        """Hash of a file.

        Raises:
            InputError: it cannot be read.
        """
        if known := self.known(path):
            return known
        name, stamp = stored_text(str(path)), stamp_of(path)
        sha256 = sha256_of(path)
        self._known[name] = self._new[name] = (stamp, sha256)
        return sha256

    def is_unchanged(self, path: Path) -> bool:
        """True if a file is the one that was hashed; of an unknown one, that it is not empty.

        Raises:
            InputError: it cannot be read.
        """
        _, sha256 = self._known.get(stored_text(str(path)), ("", ""))
        return self.of(path) == sha256 if sha256 else path.stat().st_size > 0

    def forget(self, path: Path) -> None:
        """Keep nothing about a file."""
        self._new.pop(stored_text(str(path)), None)
        self._used.discard(stored_text(str(path)))

    def keep(self) -> None:
        """Write the new hashes into the journal, and forget files that nobody has asked for."""
        unused = self._known.keys() - self._used
        if self._new or unused:
            self._journal.put_stamps(self._new, unused)
            self._new = {}


def stamp_of(path: Path) -> str:
    """Size, times and inode of a file, which change when it does; "" if it does not exist.

    The inode's time changes even if a program that tags faces restores the photo's own time.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def stored_text(text: str) -> str:
    """Text as SQLite can store it: names on old disks may not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
