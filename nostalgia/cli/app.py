"""The command `nostalgia`: one Typer app, one module per command."""

import io
import os
import signal
import sys
from types import FrameType

import typer

from nostalgia.cli.animate import animate_command
from nostalgia.cli.batch import batch_app
from nostalgia.cli.bench import bench_command
from nostalgia.cli.checkpoints import checkpoints_app
from nostalgia.cli.demo import demo_command
from nostalgia.cli.doctor import doctor_command
from nostalgia.cli.drivers import drivers_app
from nostalgia.cli.explain import explain_command
from nostalgia.cli.faces import faces_command
from nostalgia.cli.inspect import inspect_command
from nostalgia.cli.sign import sign_command
from nostalgia.cli.verify import verify_command
from nostalgia.cli.version import version_command

app = typer.Typer(
    name="nostalgia",
    help="Bring the faces in old photos gently to life, on this computer, at the photo's own size.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("animate")(animate_command)
app.add_typer(batch_app, name="batch")
app.command("explain")(explain_command)
app.command("faces")(faces_command)
app.add_typer(drivers_app, name="drivers")
app.add_typer(checkpoints_app, name="checkpoints")
app.command("inspect")(inspect_command)
app.command("verify")(verify_command)
app.command("sign")(sign_command)
app.command("demo")(demo_command)
app.command("bench")(bench_command)
app.command("doctor")(doctor_command)
app.command("version")(version_command)


def main() -> None:
    """Run the command line; the entry point of the command `nostalgia`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file name need not be valid text
    signal.signal(signal.SIGTERM, _end)
    # The networks are small: on a busy computer two threads wait for each other longer than they
    # compute (22 s against 12 s for a clip of one's own), on a quiet one they win a twentieth.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app()


def _end(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that a half-written clip is cleared away."""
    raise SystemExit(128 + number)
