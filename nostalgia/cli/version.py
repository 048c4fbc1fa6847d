"""`nostalgia version`: which version this is."""

from importlib.metadata import PackageNotFoundError, version

from nostalgia.cli.border import bordered
from nostalgia.cli.console import say


def installed_version(distribution: str = "photo-nostalgia") -> str | None:
    """Version of an installed distribution, None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


@bordered
def version_command() -> None:
    """Print the version."""
    say(f"nostalgia {installed_version() or 'not installed'}")
