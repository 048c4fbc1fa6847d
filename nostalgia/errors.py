"""Every error that nostalgia raises on purpose; each class carries its exit code.

    NostalgiaError              1
    +-- UsageError              2  the request itself makes no sense
    +-- InputError              3  a photo (or another input file) cannot be used
    |   +-- PhotoTooLargeError
    +-- FaceError               4  no usable face
    +-- DriverError             5  a driver or driving clip cannot be used
    +-- BackendError            6  a backend or a checkpoint is missing or broken
    |   +-- CheckpointError
    +-- EncodingError           7  the clip cannot be written
    |   +-- OutputExistsError
    +-- BatchIncomplete         8  some items of a batch failed

Messages say what happened, to which file, and what to type next.
"""


class NostalgiaError(Exception):
    """Base of all errors that a user may see without a traceback."""

    exit_code: int = 1


class UsageError(NostalgiaError):
    """The request itself makes no sense, such as face 7 of a photo with three faces."""

    exit_code = 2


class InputError(NostalgiaError):
    """A photo or another input file cannot be used."""

    exit_code = 3


class PhotoTooLargeError(InputError):
    """A photo declares more pixels than the limit; it was not decoded."""


class FaceError(NostalgiaError):
    """No usable face was found in a photo."""

    exit_code = 4


class DriverError(NostalgiaError):
    """A driver is unknown, damaged, or a driving clip holds no usable face."""

    exit_code = 5


class BackendError(NostalgiaError):
    """A backend is unknown, not installed, or failed."""

    exit_code = 6


class CheckpointError(BackendError):
    """A weight file is missing, damaged, or of another layout."""


class EncodingError(NostalgiaError):
    """The clip could not be written."""

    exit_code = 7


class OutputExistsError(EncodingError):
    """The file to be written is already there and overwriting was not asked for."""


class BatchIncomplete(NostalgiaError):
    """Some items of a batch failed; the others are done."""

    exit_code = 8
