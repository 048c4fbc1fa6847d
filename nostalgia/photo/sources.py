"""Open the bytes of a photo: files, standard input, streams and memory.

Only regular files are read: a pipe or a device may never end. Decoders move back and forth in a
file, so whatever cannot is copied into a temporary file first.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from nostalgia.errors import InputError
from nostalgia.files import open_regular_file

_STREAM_LIMIT_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20


@contextmanager
def open_source(source: Path | bytes | IO[bytes], display_name: str) -> Iterator[IO[bytes]]:
    """Open a photo as a binary file that can be read back and forth, at its first byte.

    source: a path, "-" being standard input; the bytes of a picture file; or a binary stream,
    which is read from its current position to its end.

    Raises:
        InputError: it cannot be opened, is not a regular file, or a stream exceeds 1 GiB.
    """
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif not isinstance(source, Path):
        with _copied(source, display_name) as file:
            yield file
    elif str(source) == "-":
        with _copied(_standard_input(), display_name) as file:
            yield file
    else:
        with open_regular_file(source, "photo") as file:
            yield file


def _standard_input() -> IO[bytes]:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError(
            "standard input: nothing was piped in; run `nostalgia animate - < photo.jpg`"
        )
    return sys.stdin.buffer


@contextmanager
def _copied(stream: IO[bytes], display_name: str) -> Iterator[IO[bytes]]:
    """A temporary file with the rest of a stream."""
    with tempfile.TemporaryFile() as file:
        size = 0
        try:
            while block := stream.read(_CHUNK_BYTES):
                size += len(block)
                if size > _STREAM_LIMIT_BYTES:
                    raise InputError(
                        f"{display_name}: more than 1 GiB of data; make the photo smaller"
                    )
                file.write(block)
        except (TypeError, UnicodeError) as exc:
            raise InputError(
                f"{display_name}: the file is open in text mode; open it in binary mode"
            ) from exc
        except (OSError, ValueError) as exc:
            raise InputError(f"{display_name}: cannot be read ({exc})") from exc
        if not size and _is_past_data(stream):
            raise InputError(f"{display_name}: the file was read to its end; call seek(0) first")
        file.seek(0)
        yield file


def _is_past_data(stream: IO[bytes]) -> bool:
    try:
        return stream.tell() > 0
    except (AttributeError, OSError, ValueError):
        return False
