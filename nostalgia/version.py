"""The version of nostalgia, where every room can read it and the build does too."""

__version__ = "0.1.0"
