"""The standard streams in odd surroundings: missing, closed, full, a pipe that nobody reads.

A missing stream leads nowhere. Results that cannot be written are an error; remarks are not.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TextIO

from nostalgia.errors import EncodingError

CLOSED_PIPE = 141
"""Exit code where the reader of a pipe has gone, as of programs that SIGPIPE ends."""


def open_streams() -> None:
    """Open all three streams; else the next file that is opened would become one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes this number
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


@contextmanager
def results_are_written() -> Iterator[None]:
    """Turn failures to write to standard output into errors.

    Raises:
        BrokenPipeError: its reader has gone.
        EncodingError: it cannot be written, for example because the disk is full.
    """
    try:
        yield
    except OSError as exc:
        silence(sys.stdout)
        if isinstance(exc, BrokenPipeError):
            raise
        raise EncodingError(
            f"standard output cannot be written ({exc.strerror or exc}); write to another place"
        ) from exc


@contextmanager
def remarks_are_written() -> Iterator[None]:
    """Ignore failures to write to standard error: there is no place to tell."""
    try:
        yield
    except OSError:
        silence(sys.stderr)


def copy_to_output(file: IO[bytes]) -> None:
    """Write a file to standard output.

    Raises:
        BrokenPipeError, EncodingError: as `results_are_written`.
    """
    with results_are_written():
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def silence(stream: TextIO) -> None:
    """Let a broken stream lead nowhere, so that the text left in it can be flushed."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def exit_codes_of_streams() -> Iterator[None]:
    """Around the whole program: a broken stream ends it with its exit code, and no traceback.

    Raises:
        SystemExit: always, if the program raises it.
        EncodingError: standard output cannot be written.
    """
    try:
        with results_are_written():
            try:
                yield
            finally:
                sys.stdout.flush()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Typer's own exit code is 1
            raise SystemExit(CLOSED_PIPE) from None
        raise
    except BrokenPipeError:
        raise SystemExit(CLOSED_PIPE) from None
