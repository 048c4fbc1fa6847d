"""Errors at the border between the library and the shell: one line and an exit code."""

import errno
import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from nostalgia.cli.console import print_status
from nostalgia.cli.streams import CLOSED_PIPE
from nostalgia.cli.wording import in_flags
from nostalgia.errors import BackendError, Cancelled, EncodingError, NostalgiaError
from nostalgia.files import printable_name
from nostalgia.registry import fault_of_others

MESSAGE_LIMIT = 1000
"""Longest message, in characters."""

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EROFS, errno.EFBIG)

P = ParamSpec("P")
R = TypeVar("R")


def one_line(error: BaseException) -> str:
    """The message of an error on one line, its options named as flags."""
    message = in_flags(error.message) if isinstance(error, NostalgiaError) else str(error)
    text = " ".join(message.splitlines())
    return printable_name(text, limit=MESSAGE_LIMIT) or type(error).__name__


def wants_traceback() -> bool:
    """True if the environment variable NOSTALGIA_DEBUG asks for tracebacks."""
    return os.environ.get("NOSTALGIA_DEBUG", "") not in ("", "0")


def with_exit_codes(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that no traceback leaves it: each error ends in its exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except typer.Exit:
            raise
        except BrokenPipeError as exc:
            raise typer.Exit(CLOSED_PIPE) from exc
        except (KeyboardInterrupt, Cancelled) as exc:
            print_status("stopped")
            raise typer.Exit(Cancelled.exit_code) from exc
        except Exception as error:
            if wants_traceback():
                raise
            known = isinstance(error, NostalgiaError)
            shown = error if known else _full_disk(error) or fault_of_others(error) or error
            print_status(f"error: {_verdict(shown)}")
            raise typer.Exit(_exit_code(shown)) from error

    return wrapped


def _full_disk(error: Exception) -> EncodingError | None:
    """The error of a disk that takes no more, wherever it was written to; None for others."""
    if not isinstance(error, OSError) or error.errno not in _FULL:
        return None
    place = f"{printable_name(error.filename)}: " if isinstance(error.filename, str) else ""
    return EncodingError(
        f"{place}cannot be written ({error.strerror}); free some space, or choose another folder"
    )


def _verdict(error: Exception) -> str:
    if isinstance(error, NostalgiaError):
        return one_line(error)
    if _installation_is_broken(error):
        return f"the installation is broken ({one_line(error)}); run: nostalgia doctor"
    return (
        f"this is a bug in nostalgia ({type(error).__name__}: {one_line(error)}); please report it,"
        " with the output of the same command after NOSTALGIA_DEBUG=1"
    )


def _exit_code(error: Exception) -> int:
    if isinstance(error, NostalgiaError):
        return error.exit_code
    return BackendError.exit_code if _installation_is_broken(error) else NostalgiaError.exit_code


def _installation_is_broken(error: Exception) -> bool:
    return isinstance(error, ImportError) and not (error.name or "").startswith("nostalgia")
