"""Journal of a batch: the state of every picture, in an SQLite file beside the album.

One process at a time writes it, with rollback journalling and full synchronisation: whatever kills
the process, the file contains everything that was finished, and nothing that was not. (Write-ahead
logging would be faster, but it makes three files, of which a USB stick or a network drive may lose
one.)
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nostalgia.album.batch.tasks import Outcome
from nostalgia.album.state import State
from nostalgia.errors import EncodingError, InputError
from nostalgia.files import printable_name, sha256_of

SYNCHRONISATION = "FULL"
"""SQLite's setting: a transaction ends when the disk has stored it."""

_SCHEMA = 1
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the plan.

    state: WAITING, RUNNING, that of an `Outcome`, or that of a `PlanItem` that is not animated.
    photo: file name. fingerprint: see `Fingerprints`. stem, suffix: those of the clip's file name.
    message: reason why there is no clip. is_transient: see `Outcome`. seconds: duration of the last
    attempt. attempts: number of starts, in all runs. times_done: number of times its clip was
    finished; more than once only if the photo, an option or the clip itself has changed.
    """

    key: str
    state: State = State.WAITING
    photo: str = ""
    photo_sha256: str = ""
    fingerprint: str = ""
    stem: str = ""
    suffix: str = ""
    message: str = ""
    exit_code: int = 0
    is_transient: bool = False
    seconds: float = 0.0
    attempts: int = 0
    times_done: int = 0
    clip_sha256: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    driver: str = ""


_FORMER_NAMES = {"fingerprint": "decision", "is_transient": "passing", "times_done": "done"}
"""Field -> its column, if the first version used another name."""
_FIELDS = tuple(field.name for field in fields(Row))
_COLUMNS = tuple(_FORMER_NAMES.get(name, name) for name in _FIELDS)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, {", ".join(_COLUMNS[1:])}) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
PRAGMA user_version = {_SCHEMA};
"""


class Journal:
    """The journal of one folder; use it in a ``with`` statement.

    Raises:
        InputError: the file is damaged, or a newer version wrote it.
        EncodingError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        with self._translating_errors():
            self._connection = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise
        return self

    def _prepare(self) -> None:
        """Set up the connection, and the tables of a new journal."""
        with self._translating_errors():
            self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.execute(f"PRAGMA synchronous = {SYNCHRONISATION}")
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA:
            raise InputError(
                f"{printable_name(self.path)}: a newer version of nostalgia wrote it; use that"
                " version, or another output folder"
            )
        if version == 0:
            with self._translating_errors():
                self._connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def rows(self) -> Mapping[str, Row]:
        """All items by their key.

        Raises:
            InputError: the file is damaged.
        """
        with self._translating_errors():
            found = self._connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM items").fetchall()
        try:
            return {row.key: row for row in (_row(values) for values in found)}
        except ValueError as exc:  # a state that does not exist
            raise self._damaged(exc) from exc

    def put(self, rows: Iterable[Row]) -> None:
        """Write new and changed rows: all of them or none."""
        marks = ", ".join("?" * len(_COLUMNS))
        with self._change():
            self._connection.executemany(
                f"INSERT OR REPLACE INTO items ({', '.join(_COLUMNS)}) VALUES ({marks})",
                [_values(row) for row in rows],
            )

    def rename(self, keys: Mapping[str, str]) -> None:
        """Give rows other keys: old key -> new key, which no row has yet."""
        with self._change():
            self._connection.executemany(
                "UPDATE items SET key = ? WHERE key = ?", [(new, old) for old, new in keys.items()]
            )

    def remove(self, keys: Iterable[str]) -> None:
        """Forget rows."""
        with self._change():
            self._connection.executemany(
                "DELETE FROM items WHERE key = ?", [(key,) for key in keys]
            )

    def start(self, key: str) -> None:
        """Record that work on an item is about to start."""
        with self._change():
            self._connection.execute(
                "UPDATE items SET state = ?, attempts = attempts + 1 WHERE key = ?",
                (State.RUNNING, key),
            )

    def finish(self, row: Row, outcome: Outcome, clip: Path) -> Row:
        """Record the outcome of an item and the stamp of its clip; returns its new row."""
        finished = replace(
            row,
            state=outcome.state,
            message=outcome.message,
            exit_code=outcome.exit_code,
            is_transient=outcome.is_transient,
            seconds=outcome.seconds,
            attempts=self._attempts(row.key),
            times_done=row.times_done + (outcome.clip_sha256 != ""),
            clip_sha256=outcome.clip_sha256,
            width=outcome.width,
            height=outcome.height,
            duration_s=outcome.duration_s,
            driver=outcome.driver,
        )
        stamp = stamp_of(clip)
        with self._change():
            self._connection.execute(
                f"INSERT OR REPLACE INTO items VALUES ({', '.join('?' * len(_COLUMNS))})",
                _values(finished),
            )
            if outcome.clip_sha256:
                self._connection.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                    (_name(clip), stamp, outcome.clip_sha256),
                )
        return finished

    def _attempts(self, key: str) -> int:
        with self._translating_errors():
            found = self._connection.execute("SELECT attempts FROM items WHERE key = ?", (key,))
            return int(found.fetchone()[0])

    def stamps(self) -> dict[str, tuple[str, str]]:
        """Path -> stamp and SHA-256, of all files that were hashed."""
        with self._translating_errors():
            found = self._connection.execute("SELECT path, stamp, sha256 FROM files").fetchall()
        return {path: (stamp, sha256) for path, stamp, sha256 in found}

    def put_stamps(self, stamps: Mapping[str, tuple[str, str]]) -> None:
        """Write stamps and hashes of files."""
        with self._change():
            self._connection.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                [(path, stamp, sha256) for path, (stamp, sha256) in stamps.items()],
            )

    def fact(self, name: str) -> str:
        """A fact about the batch, "" if unknown."""
        with self._translating_errors():
            found = self._connection.execute(
                "SELECT value FROM facts WHERE name = ?", (name,)
            ).fetchone()
        return "" if found is None else str(found[0])

    def put_fact(self, name: str, value: str) -> None:
        """Write a fact about the batch."""
        with self._change():
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction, all or nothing."""
        with self._translating_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as exc:
            raise EncodingError(
                f"{printable_name(self.path)}: the journal cannot be written ({exc}); its content"
                " is safe: free some space, or choose another output folder, and run the batch"
                " again"
            ) from exc
        except sqlite3.DatabaseError as exc:
            raise self._damaged(exc) from exc

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            f"{printable_name(self.path)}: the journal is damaged ({error}); move it away, and the"
            " batch starts afresh without touching the existing clips"
        )


class FileHashes:
    """SHA-256 of files; a file is read again only if its stamp has changed, see `stamp_of`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known = journal.stamps()
        self._new: dict[str, tuple[str, str]] = {}

    def known(self, path: Path) -> str:
        """Hash of a file, "" if the file would have to be read to compute it."""
        stamp, sha256 = self._known.get(_name(path), ("", ""))
        return sha256 if stamp and stamp == stamp_of(path) else ""

    def of(self, path: Path) -> str:
        """Hash of a file.

        Raises:
            InputError: it cannot be read.
        """
        if known := self.known(path):
            return known
        name, stamp = _name(path), stamp_of(path)
        sha256 = sha256_of(path)
        self._known[name] = self._new[name] = (stamp, sha256)
        return sha256

    def keep(self) -> None:
        """Write the new hashes into the journal."""
        if self._new:
            self._journal.put_stamps(self._new)
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


def _values(row: Row) -> tuple[object, ...]:
    return tuple(_text(value) if isinstance(value, str) else value for value in astuple(row))


def _name(path: Path) -> str:
    return _text(str(path))


def _text(text: str) -> str:
    """Text as SQLite can store it: names on old disks may not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _row(values: tuple[Any, ...]) -> Row:
    named = dict(zip(_FIELDS, values, strict=True))
    state, is_transient = State(named.pop("state")), bool(named.pop("is_transient"))
    return Row(state=state, is_transient=is_transient, **named)
