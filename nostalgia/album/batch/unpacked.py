"""Pictures that were unpacked from a tree's archive: only those that are whole and needed stay."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from nostalgia.album.batch.file_hashes import stamp_of, stored_text
from nostalgia.album.batch.own_files import is_plain_file, plain_files_below
from nostalgia.album.batch.request import UNPACKED
from nostalgia.album.trees.model import PhotoLink
from nostalgia.errors import EncodingError
from nostalgia.files import printable_name, remove_files


def remove_unproven(output: Path, stamps: Mapping[str, tuple[str, str]]) -> None:
    """Delete unpacked pictures that the journal does not know; they are unpacked again.

    A power cut, or somebody else, may have left anything in the folder.

    Args:
        output: folder of the batch.
        stamps: of the journal, which has hashed every picture after it was safely on the disk.

    Raises:
        EncodingError: one cannot be deleted.
    """
    _remove(path for path in plain_files_below(output / UNPACKED) if not is_proven(path, stamps))


def is_proven(path: Path, stamps: Mapping[str, tuple[str, str]]) -> bool:
    """True if a file is the one that the journal has hashed. stamps: of the journal."""
    known = stamps.get(stored_text(str(path)), ("", ""))[0]
    return is_plain_file(path) and known == stamp_of(path)


def remove_unneeded(output: Path, links: Sequence[PhotoLink]) -> None:
    """Delete unpacked pictures of people who are left out of the album.

    links: of the pictures to animate.

    Raises:
        EncodingError: one cannot be deleted.
    """
    needed = {link.path for link in links}
    _remove(path for path in plain_files_below(output / UNPACKED) if path not in needed)


def _remove(paths: Iterable[Path]) -> None:
    try:
        removed = remove_files(paths)
    except OSError as exc:
        name = printable_name(exc.filename or UNPACKED)
        raise EncodingError(f"{name}: cannot be deleted ({exc.strerror}); delete it") from exc
    for path in removed:
        with suppress(OSError):  # it holds other pictures
            path.parent.rmdir()
