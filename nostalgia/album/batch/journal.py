"""What a batch has done, in an SQLite file beside its results.

It is written by one process at a time, with rollback journalling and full synchronisation: whatever
kills the process, the file holds all that was finished, and nothing that was not. (Write-ahead
logging would be faster, but leaves three files where a stick or a network drive may lose one.)
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nostalgia.album.batch.fingerprint import read_sha256
from nostalgia.album.batch.tasks import RUNNING, WAITING, Outcome
from nostalgia.errors import EncodingError, InputError
from nostalgia.files import printable_name

SYNCHRONISATION = "FULL"
"""How SQLite waits for the disk: until all is on it."""

_SCHEMA = 1
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Row:
    """One item. decision: see `Fingerprints`; stem: of its clip and poster.

    state: "waiting", "running", an `Outcome`'s state, or the status of an item that is not worked
    on. message: why there is no clip. passing: see `Outcome`. seconds: of the last attempt.
    attempts: how often it was begun, all runs together. done: how often it was finished with a
    clip; more than once only where the photo, an option or the clip itself has changed.
    """

    key: str
    state: str = WAITING
    photo: str = ""
    photo_sha256: str = ""
    decision: str = ""
    stem: str = ""
    suffix: str = ""
    message: str = ""
    exit_code: int = 0
    passing: bool = False
    seconds: float = 0.0
    attempts: int = 0
    done: int = 0
    clip_sha256: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    driver: str = ""


_COLUMNS = tuple(field.name for field in fields(Row))
_TABLES = f"""
CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, {", ".join(_COLUMNS[1:])}) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
PRAGMA user_version = {_SCHEMA};
"""


class Journal:
    """The journal of one folder; use it in a ``with`` statement.

    Raises:
        InputError: the file is damaged, or of a newer version. EncodingError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        with self._said():
            self._base = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            self._base.execute("PRAGMA journal_mode = DELETE")
            self._base.execute(f"PRAGMA synchronous = {SYNCHRONISATION}")
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA:
            raise InputError(
                f"{printable_name(self.path)} is of a newer nostalgia: use that one, or another"
                " --output"
            )
        if version == 0:
            with self._said():
                self._base.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._base.close()

    def rows(self) -> Mapping[str, Row]:
        """All items by their key."""
        with self._said():
            found = self._base.execute(f"SELECT {', '.join(_COLUMNS)} FROM items").fetchall()
        return {row.key: row for row in (_row(values) for values in found)}

    def put(self, rows: Iterable[Row]) -> None:
        """Write rows, new ones and ones that have changed: all or none of them."""
        marks = ", ".join("?" * len(_COLUMNS))
        with self._change():
            self._base.executemany(
                f"INSERT OR REPLACE INTO items ({', '.join(_COLUMNS)}) VALUES ({marks})",
                [_values(row) for row in rows],
            )

    def start(self, key: str) -> None:
        """Note that an item is about to be worked on."""
        with self._change():
            self._base.execute(
                "UPDATE items SET state = ?, attempts = attempts + 1 WHERE key = ?", (RUNNING, key)
            )

    def finish(self, row: Row, outcome: Outcome, clip: Path) -> Row:
        """Note what became of an item, and how its clip was left; returns its new row."""
        finished = replace(
            row,
            state=outcome.state,
            message=outcome.message,
            exit_code=outcome.exit_code,
            passing=outcome.passing,
            seconds=outcome.seconds,
            attempts=self._attempts(row.key),
            done=row.done + (outcome.clip_sha256 != ""),
            clip_sha256=outcome.clip_sha256,
            width=outcome.width,
            height=outcome.height,
            duration_s=outcome.duration_s,
            driver=outcome.driver,
        )
        stamp = stamp_of(clip)
        with self._change():
            self._base.execute(
                f"INSERT OR REPLACE INTO items VALUES ({', '.join('?' * len(_COLUMNS))})",
                _values(finished),
            )
            if outcome.clip_sha256:
                self._base.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                    (_name(clip), stamp, outcome.clip_sha256),
                )
        return finished

    def _attempts(self, key: str) -> int:
        with self._said():
            found = self._base.execute("SELECT attempts FROM items WHERE key = ?", (key,))
            return int(found.fetchone()[0])

    def stamps(self) -> dict[str, tuple[str, str]]:
        """Path -> stamp and SHA-256 of all files that were looked at."""
        with self._said():
            found = self._base.execute("SELECT path, stamp, sha256 FROM files").fetchall()
        return {path: (stamp, sha256) for path, stamp, sha256 in found}

    def put_stamps(self, stamps: Mapping[str, tuple[str, str]]) -> None:
        """Write what was learnt of files."""
        with self._change():
            self._base.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                [(path, stamp, sha256) for path, (stamp, sha256) in stamps.items()],
            )

    def fact(self, name: str) -> str:
        """A fact about the batch, "" where it is not known."""
        with self._said():
            found = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return "" if found is None else str(found[0])

    def put_fact(self, name: str, value: str) -> None:
        """Write a fact about the batch."""
        with self._change():
            self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction: whole or not at all."""
        with self._said():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        said = printable_name(self.path)
        try:
            yield
        except sqlite3.OperationalError as exc:
            raise EncodingError(
                f"{said}: the journal cannot be written ({exc}); what it holds is safe: make room,"
                " or choose another --output, and give the same command again"
            ) from exc
        except sqlite3.DatabaseError as exc:
            raise InputError(
                f"{said}: the journal is damaged ({exc}); move it away, and the batch begins anew"
                " without touching the clips that are there"
            ) from exc


class FileHashes:
    """SHA-256 of files, read anew only where size, time or place on the disk have changed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known = journal.stamps()
        self._learnt: dict[str, tuple[str, str]] = {}

    def known(self, path: Path) -> str:
        """The hash of a file, "" where it would have to be read for that."""
        stamp, sha256 = self._known.get(_name(path), ("", ""))
        return sha256 if stamp and stamp == stamp_of(path) else ""

    def of(self, path: Path) -> str:
        """The hash of a file.

        Raises:
            InputError: it cannot be read.
        """
        if known := self.known(path):
            return known
        name, stamp = _name(path), stamp_of(path)
        sha256 = read_sha256(path)
        self._known[name] = self._learnt[name] = (stamp, sha256)
        return sha256

    def keep(self) -> None:
        """Write what was learnt into the journal."""
        if self._learnt:
            self._journal.put_stamps(self._learnt)
            self._learnt = {}


def stamp_of(path: Path) -> str:
    """What changes when a file changes: size, times, place on the disk; "" where there is none.

    The second time changes too where a program that tags faces gives a photo its old one back.
    """
    try:
        told = path.stat()
    except (OSError, ValueError):
        return ""
    return f"{told.st_size} {told.st_mtime_ns} {told.st_ctime_ns} {told.st_ino}"


def _values(row: Row) -> tuple[object, ...]:
    return tuple(_text(value) if isinstance(value, str) else value for value in astuple(row))


def _name(path: Path) -> str:
    return _text(str(path))


def _text(text: str) -> str:
    """Text as SQLite can hold it: names of old disks may not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _row(values: tuple[Any, ...]) -> Row:
    named = dict(zip(_COLUMNS, values, strict=True))
    return Row(**{**named, "passing": bool(named["passing"])})
