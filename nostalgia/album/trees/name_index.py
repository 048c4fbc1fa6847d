"""Paths by their names and the folders above: the closest to a reference in linear time."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath
from typing import Generic, TypeVar

from nostalgia.album.trees.references import name_key

P = TypeVar("P", bound=PurePath)
Tail = tuple[str, ...]
"""Last parts of a path, in the form of `name_key`."""


class NameIndex(Generic[P]):
    """An index of paths by file name; where many share one, by their folders as well.

    Args:
        paths: the paths, in the order in which they are found.
        key: form in which file names are compared.
    """

    def __init__(self, paths: Iterable[P], key: Callable[[str], str] = name_key) -> None:
        self._key = key
        self._by_tail: dict[Tail, list[P]] = {}
        self._split: set[Tail] = set()
        for path in paths:
            self._by_tail.setdefault((key(path.name),), []).append(path)

    def closest(self, parts: Sequence[str]) -> tuple[Tail, Sequence[P]]:
        """The paths with the name of a reference and most of its folders, from the end.

        Returns:
            The parts that agree, and all paths that end in them.
        """
        *folders, name = parts
        tail: Tail = (self._key(name),)
        found = self._by_tail.get(tail, [])
        for folder in reversed(folders):
            if len(found) < 2:
                break
            self._split_by_folder(tail, found)
            longer = (name_key(folder), *tail)
            if longer not in self._by_tail:
                break
            tail, found = longer, self._by_tail[longer]
        return tail, found

    def _split_by_folder(self, tail: Tail, paths: Sequence[P]) -> None:
        if tail in self._split:
            return
        self._split.add(tail)
        for path in paths:
            if len(path.parts) > len(tail):
                longer = (name_key(path.parts[-len(tail) - 1]), *tail)
                self._by_tail.setdefault(longer, []).append(path)
