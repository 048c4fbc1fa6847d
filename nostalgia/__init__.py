"""Bring the faces in old photos gently to life, on this computer, at the photo's own size.

>>> import nostalgia
>>> animation = nostalgia.animate("old_photo.jpg")  # doctest: +SKIP
>>> animation.clip_path  # doctest: +SKIP
PosixPath('old_photo.nostalgia.mp4')

Importing this package is cheap: networks, OpenCV and the encoder are imported when they are used.
"""

from typing import TYPE_CHECKING, Any

from nostalgia.errors import (
    BackendError,
    BatchIncomplete,
    CheckpointError,
    DriverError,
    EncodingError,
    FaceError,
    InputError,
    NostalgiaError,
    OutputExistsError,
    PhotoTooLargeError,
    UsageError,
)
from nostalgia.options import AnimateOptions, DetectionOptions, PhotoOptions
from nostalgia.version import __version__

if TYPE_CHECKING:
    from nostalgia.pipeline import Animation, animate, detect_faces
    from nostalgia.types import Face, HeadPose, Photo, Report

__all__ = [
    "AnimateOptions",
    "Animation",
    "BackendError",
    "BatchIncomplete",
    "CheckpointError",
    "DetectionOptions",
    "DriverError",
    "EncodingError",
    "Face",
    "FaceError",
    "HeadPose",
    "InputError",
    "NostalgiaError",
    "OutputExistsError",
    "Photo",
    "PhotoOptions",
    "PhotoTooLargeError",
    "Report",
    "UsageError",
    "__version__",
    "animate",
    "detect_faces",
]

_LAZY = {
    "animate": "nostalgia.pipeline",
    "Animation": "nostalgia.pipeline",
    "detect_faces": "nostalgia.pipeline",
    "Face": "nostalgia.types",
    "HeadPose": "nostalgia.types",
    "Photo": "nostalgia.types",
    "Report": "nostalgia.types",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'nostalgia' has no attribute {name!r}")
