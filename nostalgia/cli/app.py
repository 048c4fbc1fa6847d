"""The command `nostalgia`: one Typer app, one module per command."""

import io
import os
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from nostalgia.cli.animate import animate_command
from nostalgia.cli.app_command import app_command
from nostalgia.cli.batch import batch_app
from nostalgia.cli.bench import bench_command
from nostalgia.cli.checkpoints import checkpoints_app
from nostalgia.cli.console import print_result, print_status
from nostalgia.cli.demo import demo_command
from nostalgia.cli.doctor import doctor_command
from nostalgia.cli.drivers import drivers_app
from nostalgia.cli.enhance import enhance_command
from nostalgia.cli.errors import one_line, with_exit_codes
from nostalgia.cli.explain import explain_command
from nostalgia.cli.faces import faces_command
from nostalgia.cli.help import Command, Group
from nostalgia.cli.inspect import inspect_command
from nostalgia.cli.sign import sign_command
from nostalgia.cli.streams import exit_codes_of_streams, open_streams
from nostalgia.cli.verify import verify_command
from nostalgia.errors import EncodingError
from nostalgia.version import __version__

app = typer.Typer(
    name="nostalgia",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("animate", cls=Command)(animate_command)
app.command("enhance", cls=Command)(enhance_command)
app.command("app", cls=Command)(app_command)
app.add_typer(batch_app, name="batch")
app.command("explain", cls=Command)(explain_command)
app.command("faces", cls=Command)(faces_command)
app.add_typer(drivers_app, name="drivers")
app.add_typer(checkpoints_app, name="checkpoints")
app.command("inspect", cls=Command)(inspect_command)
app.command("verify", cls=Command)(verify_command)
app.command("sign", cls=Command)(sign_command)
app.command("demo", cls=Command)(demo_command)
app.command("bench", cls=Command)(bench_command)
app.command("doctor", cls=Command)(doctor_command)


@app.command("version", cls=Command)
@with_exit_codes
def version_command() -> None:
    """Print the version."""
    print_result(f"nostalgia {__version__}")


def _print_version(asked: bool) -> None:
    if asked:
        version_command()
        raise typer.Exit


@app.callback()
def nostalgia_command(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Bring the faces in old photos to life, on your own computer, at the photo's own size."""


def main() -> None:
    """Run the command line; the entry point of the command `nostalgia`."""
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file name need not be valid text
    signal.signal(signal.SIGTERM, _end)
    # The networks are small: on a busy computer two threads spend longer waiting than they
    # compute (22 s against 12 s for a user's clip); on a quiet one they save a twentieth.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # One thread draws, one computes the next motion, and the encoder has its own: more for OpenCV
    # take a tenth more CPU in groups and save no time.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    try:
        with exit_codes_of_streams():
            app()
    except EncodingError as error:  # of a help page; commands have caught their own
        print_status(f"error: {one_line(error)}")
        sys.exit(error.exit_code)


def _end(number: int, frame: FrameType | None) -> None:
    """Exit through an exception, which removes a half-written clip."""
    raise SystemExit(128 + number)
