"""The command `nostalgia`: one Typer app, one module per command."""

import sys

import typer

from nostalgia.cli.version import version_command

app = typer.Typer(
    name="nostalgia",
    help="Bring the faces in old photos gently to life, on this computer, at the photo's own size.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("version")(version_command)


@app.callback()
def _root() -> None:
    pass


def main() -> None:
    """Run the command line; the entry point of the command `nostalgia`."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a file name need not be valid text
    app()
