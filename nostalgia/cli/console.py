"""The only functions of the package that print, the progress bar, and Ctrl-C."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from nostalgia.cli.streams import remarks_are_written, results_are_written
from nostalgia.cli.wording import in_flags
from nostalgia.files import json_text, printable_name, utf8

if TYPE_CHECKING:
    from nostalgia.progress import CancelToken, Progress, ProgressCallback


def print_result(text: str) -> None:
    """Print a result on standard output.

    Raises:
        BrokenPipeError, EncodingError: it cannot be written.
    """
    with results_are_written():
        typer.echo(utf8(text))


def print_json(values: Any) -> None:
    """Print values as one line of JSON, which is ASCII; see `print_result`."""
    print_result(json_text(values, ascii_only=True))


def print_warning(photo: str, text: str) -> None:
    """Print a warning about a photo, whose name it may carry already."""
    name = printable_name(photo)
    print_status(f"warning: {text if text.startswith(f'{name}: ') else f'{name}: {text}'}")


def print_status(text: str) -> None:
    """Print a remark or an error on standard error, its options named as flags."""
    with remarks_are_written():
        typer.echo(utf8(in_flags(text)), err=True)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator["ProgressCallback | None"]:
    """A bar with stage and time left on a terminal; None if nobody is watching (a pipe, --quiet).

    title: the photo or whatever else is worked on, already printable.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}{task.fields[left]}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, title=title, left="")

        def show(progress: "Progress") -> None:
            bar.update(
                task,
                completed=progress.share,
                description=progress.stage,
                left=time_left(progress.seconds_left),
            )

        yield show


def time_left(seconds: float | None) -> str:
    """The end of a line of progress, such as ``, 12 s left``; empty if it is not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    return f", {whole} s left" if whole < 100 else f", {round(seconds / 60)} min left"


@contextmanager
def cancelled_by_interrupt() -> Iterator["CancelToken"]:
    """A token that the first Ctrl-C cancels; a second one interrupts at once."""
    from nostalgia.progress import CancelToken

    token = CancelToken()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if token.is_cancelled:
            raise KeyboardInterrupt
        token.cancel()

    # An interrupt that the caller ignores (nohup, a background job of a script) stays ignored.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield token
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)
