"""Validation of weight files: web pages, git-lfs pointers and cut files under their names.

Nothing here imports torch or reads a pickle; code that loads weights reports damage inside them.
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
"""Length of the beginning of a file by which a web page is recognised."""

DAMAGE = (
    *(OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, EOFError),
    *(AssertionError, OverflowError, MemoryError, RecursionError, struct.error),
    *(pickle.UnpicklingError, zipfile.BadZipFile, zlib.error),
)
"""Exceptions that torch's reader raises on damaged files and on files that are not weights."""

_LEAST_BYTES = 1000
_BLOCK_BYTES = 1 << 20
_AGAIN = "download it again; `nostalgia checkpoints list` names its source"
_PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Size in bytes and hashes of a file, in lower-case hex digits."""

    size: int
    sha256: str
    md5: str


def size_in_words(count: int) -> str:
    """Format a number of bytes: 7 kB, 728.8 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def is_web_page(start: bytes) -> bool:
    """True if a file or response that starts with these bytes is HTML or XML."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE_STARTS)


def refuse_other_files(path: Path) -> None:
    """Refuse what dead links and broken connections leave under the name of a weight file.

    Accepts a file that cannot be opened: the reader that follows reports it.

    Raises:
        CheckpointError: it is a web page, a git-lfs pointer, almost empty, or half a zip archive.
    """
    name = printable_name(path)
    try:
        with path.open("rb") as file:
            start, size = file.read(START_BYTES), path.stat().st_size
    except OSError:
        return
    if is_web_page(start):
        raise CheckpointError(
            f"{name} is a web page, not weights: its link is dead or asks for"
            f" confirmation; {_AGAIN}"
        )
    if start.lstrip().lower().startswith(b"version https://git-lfs"):
        raise CheckpointError(
            f"{name} is a git-lfs pointer, not weights; run `git lfs pull` in its repository"
        )
    if size < _LEAST_BYTES:
        raise CheckpointError(f"{name} has {size} bytes, too few for weights; {_AGAIN}")
    if start.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise CheckpointError(f"{name} is cut off: the end of its zip archive is missing; {_AGAIN}")


def fingerprint(path: Path, progress: Callable[[float], None] | None = None) -> Fingerprint:
    """Read a whole file and hash it; takes about a second for 500 MB.

    progress: called with the share read so far, 0..1.

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
