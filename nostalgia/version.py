"""The version of nostalgia and its time, where every room can read them and the build does too."""

from datetime import UTC, datetime

__version__ = "0.1.0"

SURELY_PAST = datetime(2026, 11, 1, tzinfo=UTC)
"""A moment before this version was written: a clock that shows an earlier one is wrong."""
