"""Keeps the folders of this computer out of text that is given away."""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

_ROOTED = r"(?:/(?:[^/\s'\"]+/)+|(?:[A-Za-z]:[\\/]|\\\\)(?:[^\\/\s'\"]+[\\/])*)"
_QUOTED = r"(?<=['\"])(?:/|[A-Za-z]:[\\/]|\\\\)(?:[^\\/'\"]+[\\/])+"
# A path from the root with a folder in it; the slashes of a web address are none.
_ANY = re.compile(rf"{_QUOTED}|(?<![\w/\\.]){_ROOTED}")
# The same where people keep their files.
_PEOPLES = r"/(?:home|Users|root|mnt|media|Volumes|run/media)/|[A-Za-z]:[\\/]|\\\\"
_OF_PEOPLE = re.compile(rf"(?<![\w/\\.])(?={_PEOPLES}){_ROOTED}")
_LEAST_PARTS = 2


class FolderFilter:
    """Cuts paths in text down to the names of files.

    folders: known ones, whose names may contain spaces; home, the current and the temporary folder
    and that of nostalgia need not be named.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        spellings = {str(path) for folder in (*folders, *_usual()) for path in _spellings(folder)}
        names = sorted(spellings, key=len, reverse=True)
        known = [re.escape(name) for name in names if len(Path(name).parts) >= _LEAST_PARTS]
        rest = r"(?:[/\\](?:[^/\\\s'\"]+[/\\])*|(?![\w.-]))"
        self._known = re.compile(f"(?:{'|'.join(known)}){rest}") if known else None

    def message(self, text: str) -> str:
        """A message of ours: no path from the root stays."""
        return _ANY.sub("", self._without_known(text))

    def words(self, text: str) -> str:
        """Words of somebody else, in which a slash may mean anything: people's folders go."""
        return _OF_PEOPLE.sub("", self._without_known(text))

    def _without_known(self, text: str) -> str:
        return text if self._known is None else self._known.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    """What stands for a known folder: nothing before the name of a file."""
    return "" if found[0].endswith(("/", "\\")) else "the folder"


def _usual() -> list[Path]:
    folders = [Path(tempfile.gettempdir()), Path(__file__).parents[2]]
    for place in (Path.home, Path.cwd):
        try:
            folders.append(place())
        except (OSError, RuntimeError):
            continue
    return folders


def _spellings(folder: Path) -> set[Path]:
    """The folder made absolute, and with its links followed."""
    try:
        return {folder.absolute(), folder.resolve()}
    except (OSError, RuntimeError, ValueError):
        return set()
