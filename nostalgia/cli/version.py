"""`nostalgia version`: which version this is."""

from nostalgia.cli.console import say
from nostalgia.cli.errors import bordered
from nostalgia.version import __version__


@bordered
def version_command() -> None:
    """Print the version."""
    say(f"nostalgia {__version__}")
