"""`nostalgia version`: which version this is."""

from nostalgia.cli.console import print_result
from nostalgia.cli.errors import with_exit_codes
from nostalgia.version import __version__


@with_exit_codes
def version_command() -> None:
    """Print the version."""
    print_result(f"nostalgia {__version__}")
