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

from nostalgia.album.batch.file_hashes import stamp_of, stored_text
from nostalgia.album.batch.own_files import CLIP_SUFFIXES, is_stem
from nostalgia.album.batch.tasks import Outcome
from nostalgia.album.state import State
from nostalgia.errors import EncodingError, InputError, python_wording, worded
from nostalgia.files import printable_name

SYNCHRONISATION = "EXTRA"
"""SQLite's setting: a transaction ends when the disk has stored it, its folder included."""

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


_EMPTY = Row("")
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
_OBJECTS = {("table", "items"), ("table", "files"), ("table", "facts")}


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
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("PRAGMA secure_delete = ON")  # people may be withdrawn
            self._connection.execute("PRAGMA fullfsync = ON")  # macOS
            self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.execute(f"PRAGMA synchronous = {SYNCHRONISATION}")
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            found = self._connection.execute("SELECT type, name FROM sqlite_master").fetchall()
        if strange := sorted(set(found) - _OBJECTS):
            raise self._damaged(ValueError(f"it holds the {strange[0][0]} {strange[0][1]!r}"))
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
        except (ValueError, RecursionError) as exc:  # nothing that nostalgia has written
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

    def forget(self, keys: Iterable[str]) -> None:
        """Delete the names and hashes of items for good; what remains of them is their state."""
        with self._change():
            self._connection.executemany(
                "UPDATE items SET photo = '', photo_sha256 = '', clip_sha256 = '', stem = '',"
                " suffix = '' WHERE key = ?",
                [(key,) for key in keys],
            )
        with self._translating_errors():  # an older version may have left deleted text in the file
            self._connection.execute("VACUUM")

    def finish(self, row: Row, outcome: Outcome, files: Mapping[Path, str]) -> Row:
        """Record the outcome of an item; returns its new row.

        files: clip and poster -> their SHA-256.
        """
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
        stamps = [
            (stored_text(str(path)), stamp_of(path), sha256) for path, sha256 in files.items()
        ]
        with self._change():
            self._connection.execute(
                f"INSERT OR REPLACE INTO items VALUES ({', '.join('?' * len(_COLUMNS))})",
                _values(finished),
            )
            self._connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", stamps)
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

    def put_stamps(
        self, stamps: Mapping[str, tuple[str, str]], forgotten: Iterable[str] = ()
    ) -> None:
        """Write stamps and hashes of files, and delete those of others.

        forgotten: paths of the others.
        """
        with self._change():
            self._connection.executemany(
                "DELETE FROM files WHERE path = ?", [(path,) for path in forgotten]
            )
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

    def put_facts(self, facts: Mapping[str, str]) -> None:
        """Write facts about the batch: all of them or none."""
        with self._change():
            self._connection.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items())
            )

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


def forgotten(row: Row) -> Row:
    """The row after `Journal.forget`."""
    return replace(row, photo="", photo_sha256="", clip_sha256="", stem="", suffix="")


def _values(row: Row) -> tuple[object, ...]:
    return tuple(stored_text(value) if isinstance(value, str) else value for value in astuple(row))


def _row(values: tuple[Any, ...]) -> Row:
    """A row as it is stored; somebody else may have stored it.

    Raises:
        ValueError: it holds something that no version has written, such as the path of a clip.
    """
    named = dict(zip(_FIELDS, values, strict=True))
    state, is_transient = State(named.pop("state")), bool(named.pop("is_transient"))
    for name, value in named.items():
        kind = type(getattr(_EMPTY, name))
        if not isinstance(value, (int, float) if kind is float else kind):
            raise ValueError(f"{name} is not of type {kind.__name__}")
    row = Row(state=state, is_transient=is_transient, **named)
    worded(row.message, python_wording)
    if not is_stem(row.stem) or row.suffix not in ("", *CLIP_SUFFIXES):
        raise ValueError(f"{printable_name(row.stem + row.suffix)} is not the name of a clip")
    return row
