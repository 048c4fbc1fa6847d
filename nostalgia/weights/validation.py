"""What a file of weights is not: what dead links, git and cut connections leave under its name.

Nothing here knows torch or reads a pickle; whoever loads weights says what is wrong inside them.
"""

import hashlib
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nostalgia.errors import CheckpointError
from nostalgia.files import printable_name

START_BYTES = 256
"""So much of the beginning of a file tells a web page from weights."""

DAMAGE = (
    *(OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, EOFError),
    *(AssertionError, OverflowError, MemoryError, RecursionError, struct.error),
    *(pickle.UnpicklingError, zipfile.BadZipFile, zlib.error),
)
"""What torch's reader raises on files that are damaged, or no weights at all."""

_LEAST_BYTES = 1000
_BLOCK_BYTES = 1 << 20
_AGAIN = "get it again, type: nostalgia checkpoints list"
_PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Size in bytes and hashes of a file, in lower-case hex digits."""

    size: int
    sha256: str
    md5: str


def size_in_words(count: int) -> str:
    """A number of bytes as messages say it: 7 kB, 728.8 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def is_web_page(start: bytes) -> bool:
    """Whether a file or an answer that begins so is HTML or XML."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE_STARTS)


def refuse_other_files(path: Path) -> None:
    """Refuse what is saved under the name of weights when a link is dead or a connection is cut.

    A file that cannot be opened is left to the reader that follows.

    Raises:
        CheckpointError: it is a web page, a git-lfs pointer, next to empty, or half a zip archive.
    """
    said = printable_name(path)
    try:
        with path.open("rb") as file:
            start, size = file.read(START_BYTES), path.stat().st_size
    except OSError:
        return
    if is_web_page(start):
        raise CheckpointError(
            f"{said}: is a web page, not weights: the link it came from is dead or asks for a"
            f" confirmation; {_AGAIN}"
        )
    if start.lstrip().lower().startswith(b"version https://git-lfs"):
        raise CheckpointError(
            f"{said}: is a git-lfs pointer, not weights; type `git lfs pull` where it came from"
        )
    if size < _LEAST_BYTES:
        raise CheckpointError(f"{said}: holds {size} bytes, which are no weights; {_AGAIN}")
    if start.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise CheckpointError(
            f"{said}: is cut off: the end of its zip archive is missing; {_AGAIN}"
        )


def fingerprint(path: Path, progress: Callable[[float], None] | None = None) -> Fingerprint:
    """Read a whole file and hash it; about a second for 500 MB.

    progress: called with the share that is read, 0..1.

    Raises:
        OSError: it cannot be read.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    done, size = 0, max(path.stat().st_size, 1)
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            sha256.update(block)
            md5.update(block)
            done += len(block)
            if progress is not None:
                progress(min(done / size, 1.0))
    return Fingerprint(done, sha256.hexdigest(), md5.hexdigest())
