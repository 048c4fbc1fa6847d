"""The border between the library and the shell: errors become one line and an exit code."""

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from nostalgia.cli.console import tell
from nostalgia.errors import BackendError, NostalgiaError
from nostalgia.naming import printable_name

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells count."""

MESSAGE_LIMIT = 1000
"""Longest message, in characters."""

P = ParamSpec("P")
R = TypeVar("R")


def one_line(error: BaseException) -> str:
    """The message of an error on one line, whatever the file names in it hold."""
    text = " ".join(str(error).splitlines())
    return printable_name(text, limit=MESSAGE_LIMIT) or type(error).__name__


def wants_traceback() -> bool:
    """Whether the environment variable NOSTALGIA_DEBUG asks for tracebacks."""
    return os.environ.get("NOSTALGIA_DEBUG", "") not in ("", "0")


def bordered(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that no traceback leaves it: each error ends in its exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except typer.Exit:
            raise
        except KeyboardInterrupt as exc:
            tell("stopped")
            raise typer.Exit(INTERRUPTED) from exc
        except BrokenPipeError:
            raise  # Typer ends quietly when the reader of a pipe has gone.
        except NostalgiaError as error:
            if wants_traceback():
                raise
            tell(f"error: {one_line(error)}")
            raise typer.Exit(error.exit_code) from error
        except ImportError as error:
            if wants_traceback():
                raise
            tell(f"error: a part of the installation does not load: {one_line(error)}")
            tell("type: nostalgia doctor")
            raise typer.Exit(BackendError.exit_code) from error
        except Exception as error:
            if wants_traceback():
                raise
            tell(f"error: this is a bug in nostalgia: {type(error).__name__}: {one_line(error)}")
            tell("please report it, with what NOSTALGIA_DEBUG=1 before the same command prints")
            raise typer.Exit(1) from error

    return wrapped
