"""State of a picture in a batch."""

from enum import StrEnum


class State(StrEnum):
    """State of one picture, from the plan to the album.

    The values are stored, in the journal, in ``summary.json`` and in ``summary.csv``: never change
    one.
    """

    ANIMATE = "animate"
    """Only in a plan: the picture is to be animated."""
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    NO_FACE = "no-face"
    AMBIGUOUS = "ambiguous"
    """Several faces, or several files, may be the ones that are meant."""
    LIVING = "skipped-living"
    LEFT_OUT = "left-out"
    """By choice of the user; the clip, if there is one, lies beside the album."""
    MISSING = "missing-file"
    NOT_A_PHOTO = "not-a-photo"
    NO_PHOTO = "no-photo"
    """For people only: the tree links no picture to the person."""
