"""The refusal of a picture that is whole, but would not surely be read right."""


class RefusedError(Exception):
    """A picture that is not surely read right.

    Its text is a clause without the file's name, which says what the picture is and what to do.
    """


def refused(what: str, remedy: str = "save it as an 8-bit TIFF or PNG") -> RefusedError:
    """A refusal: what the picture is, and what to save it as in a picture program."""
    return RefusedError(f"{what}, which cannot be read; open it in a picture program and {remedy}")
