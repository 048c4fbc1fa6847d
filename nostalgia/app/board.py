"""What a session has, as the page shows it: items that change, and who is told of it."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Values = dict[str, Any]


def new_id() -> str:
    """An identifier that nobody can guess: 128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


@dataclass(slots=True)
class _Item:
    revision: int
    values: Values


@dataclass
class Board:
    """Items by their id, each with the revision of its last change; safe to use from threads."""

    _items: dict[str, _Item] = field(default_factory=dict)
    _gone: dict[str, int] = field(default_factory=dict)
    _revision: int = 0
    _listeners: set[Callable[[], None]] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, item_id: str, **values: Any) -> None:
        """Add an item, or change some of its values."""
        with self._lock:
            self._revision += 1
            known = self._items.get(item_id)
            before = known.values if known else {"id": item_id, "order": self._revision}
            self._items[item_id] = _Item(self._revision, before | values)
            self._tell()

    def change(self, item_id: str, **values: Any) -> None:
        """Change some values of an item, if it is still there."""
        with self._lock:
            if item_id in self._items:
                self.put(item_id, **values)

    def get(self, item_id: str, kind: str) -> Values | None:
        """The values of an item of a kind, None if there is none."""
        with self._lock:
            item = self._items.get(item_id)
            return dict(item.values) if item and item.values["kind"] == kind else None

    def all(self, kind: str) -> list[Values]:
        """The items of a kind, oldest first."""
        with self._lock:
            return [dict(i.values) for i in self._items.values() if i.values["kind"] == kind]

    def remove(self, item_id: str) -> None:
        """Take an item away."""
        with self._lock:
            if self._items.pop(item_id, None) is not None:
                self._revision += 1
                self._gone[item_id] = self._revision
                self._tell()

    def since(self, revision: int) -> tuple[int, Mapping[str, list[Any]]]:
        """The newest revision, and what has changed after an earlier one (0: everything)."""
        with self._lock:
            changed = [item for item in self._items.values() if item.revision > revision]
            changed.sort(key=lambda item: item.revision)
            gone = [name for name, when in self._gone.items() if when > revision > 0]
            return self._revision, {"items": [item.values for item in changed], "gone": gone}

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change; returns what ends that."""
        with self._lock:
            self._listeners.add(listener)

        def end() -> None:
            with self._lock:
                self._listeners.discard(listener)

        return end

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that the page may show. name: for saving it."""

    path: Path
    media_type: str
    name: str


class Media:
    """Files by unguessable ids, which are all that a page can name; safe to use from threads."""

    def __init__(self) -> None:
        self._files: dict[str, Medium] = {}
        self._lock = threading.Lock()

    def add(self, path: Path, media_type: str, name: str = "") -> str:
        """Make a file available; returns its id."""
        media_id = new_id()
        with self._lock:
            self._files[media_id] = Medium(path, media_type, name or path.name)
        return media_id

    def get(self, media_id: str) -> Medium | None:
        """The file of an id."""
        return self._files.get(media_id)

    def remove_below(self, folder: Path) -> None:
        """Forget the files of a folder."""
        with self._lock:
            self._files = {
                key: medium
                for key, medium in self._files.items()
                if not medium.path.is_relative_to(folder)
            }
