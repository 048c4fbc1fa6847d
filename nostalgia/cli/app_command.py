"""`nostalgia app`: the page in the user's own browser."""

import os
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.console import print_result, print_status
from nostalgia.cli.errors import with_exit_codes
from nostalgia.errors import BackendError, InputError
from nostalgia.files import printable_name
from nostalgia.registry import remedy

if TYPE_CHECKING:
    from nostalgia.app.serving import AppServer

_NEEDED = ("starlette", "uvicorn")


@with_exit_codes
def app_command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PHOTO|FOLDER|TREE",
            help="Photos to open in the page. Folders, tables and family trees can be made into"
            " albums there; the page cannot reach any other folder.",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(metavar="NUMBER", help="Port of the server.", show_default="any free one"),
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link only; open no browser.")
    ] = False,
    shortcut: Annotated[
        bool,
        typer.Option("--shortcut", help="Write a file that starts the page at a double click."),
    ] = False,
) -> None:
    """Open the page: photos in, clips out, in your browser and on your own computer."""
    missing = next((name for name in _NEEDED if find_spec(name) is None), None)
    if missing is not None:
        raise BackendError(f"the page needs two small packages more; {remedy(missing)}")
    if shortcut:
        from nostalgia.app.shortcut import shortcut_folder, write_shortcut

        print_result(str(write_shortcut(shortcut_folder())))
        return
    for path in paths or []:
        if not path.exists():
            raise InputError(f"{printable_name(path)}: no such file or folder; check the name")
    from nostalgia.app.serving import AppServer

    server = AppServer(paths or [], port)
    server.run(lambda: _welcome(server, no_browser=no_browser))
    print_status("ended; nothing of the session was kept")


def _welcome(server: "AppServer", *, no_browser: bool) -> None:
    """Show the link and open the browser; then print a new link at every press of Enter."""
    is_watched = sys.stdin is not None and sys.stdin.isatty()
    print_result(server.new_link())
    sys.stdout.flush()
    print_status(
        "The page is on this computer only. The link works once"
        + ("; press Enter for another one, Ctrl-C to end." if is_watched else ".")
    )
    if not no_browser:
        threading.Thread(target=server.open_browser, daemon=True).start()
    # Not through `sys.stdin`, whose lock a waiting thread would hold while the program ends.
    with suppress(OSError):  # it runs in the background, or the terminal is gone
        while is_watched and os.read(sys.stdin.fileno(), 1024):
            print_result(server.new_link())
