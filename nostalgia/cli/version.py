"""`nostalgia version`: which version this is."""

import nostalgia
from nostalgia.cli.border import bordered
from nostalgia.cli.console import say


@bordered
def version_command() -> None:
    """Print the version."""
    say(f"nostalgia {nostalgia.__version__}")
