"""The only functions of the package that print, and the progress bar."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

ProgressCallback = Callable[[str, float], None]
"""Called with the name of a stage and the share of it that is done, 0..1."""


def print_result(text: str) -> None:
    """Print a result on standard output."""
    typer.echo(text)


def print_status(text: str) -> None:
    """Print a remark or an error on standard error."""
    typer.echo(text, err=True)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[ProgressCallback | None]:
    """A bar with stage and time left on a terminal; None where nobody looks (a pipe, --quiet)."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeftColumn
    from rich.text import Text

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeLeftColumn(),
        TextColumn("left"),
    )
    running: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.console.print(Text(title))

        def show(stage: str, done: float) -> None:
            if stage not in running:
                for task in running.values():
                    bar.update(task, visible=False)
                running[stage] = bar.add_task(str(stage), total=1.0)
            bar.update(running[stage], completed=done)

        yield show
