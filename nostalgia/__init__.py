"""Bring the faces in old photos to life, on your own computer, at the photo's own size.

>>> import nostalgia
>>> animation = nostalgia.animate("old_photo.jpg")  # doctest: +SKIP
>>> animation.clip_path  # doctest: +SKIP
PosixPath('old_photo.nostalgia.mp4')

Importing this package is cheap: networks, OpenCV and the encoder are imported at their first use.
"""

from typing import TYPE_CHECKING, Any

from nostalgia.errors import (
    BackendError,
    BatchIncomplete,
    Cancelled,
    CheckpointError,
    DriverError,
    EncodingError,
    FaceError,
    InputError,
    NostalgiaError,
    OutputExistsError,
    PhotoTooLargeError,
    Remedy,
    UsageError,
)
from nostalgia.options import AnimateOptions, DetectionOptions, PhotoOptions
from nostalgia.progress import CancelToken, Progress
from nostalgia.version import __version__

if TYPE_CHECKING:
    from nostalgia.album.batch.request import BatchRequest
    from nostalgia.album.batch.runner import run_batch
    from nostalgia.clips.verification import Verification
    from nostalgia.drivers.library import add_driver, list_drivers, remove_driver
    from nostalgia.photo.reader import read_photo
    from nostalgia.pipeline import (
        Animator,
        animate,
        clip,
        detect_faces,
        enhance,
        explain,
    )
    from nostalgia.scene.analysis import Analysis
    from nostalgia.scene.explain import Explanation
    from nostalgia.scene.frames import Frames
    from nostalgia.scene.report import Animation, Report
    from nostalgia.scene.stills import EnhancedPhoto
    from nostalgia.scene.verify import verify
    from nostalgia.types import Advice, Face, FaceChoice, HeadPose, Photo

_HOMES = {
    "nostalgia.album.batch.request": ("BatchRequest",),
    "nostalgia.album.batch.runner": ("run_batch",),
    "nostalgia.clips.verification": ("Verification",),
    "nostalgia.drivers.library": ("add_driver", "list_drivers", "remove_driver"),
    "nostalgia.photo.reader": ("read_photo",),
    "nostalgia.pipeline": (
        "Animator",
        "animate",
        "clip",
        "detect_faces",
        "enhance",
        "explain",
    ),
    "nostalgia.scene.analysis": ("Analysis",),
    "nostalgia.scene.explain": ("Explanation",),
    "nostalgia.scene.frames": ("Frames",),
    "nostalgia.scene.report": ("Animation", "Report"),
    "nostalgia.scene.stills": ("EnhancedPhoto",),
    "nostalgia.scene.verify": ("verify",),
    "nostalgia.types": ("Advice", "Face", "FaceChoice", "HeadPose", "Photo"),
}
"""Module -> public names that are imported from it at their first use."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Advice",
    "Analysis",
    "AnimateOptions",
    "Animation",
    "Animator",
    "BackendError",
    "BatchIncomplete",
    "BatchRequest",
    "CancelToken",
    "Cancelled",
    "CheckpointError",
    "DetectionOptions",
    "DriverError",
    "EncodingError",
    "EnhancedPhoto",
    "Explanation",
    "Face",
    "FaceChoice",
    "FaceError",
    "Frames",
    "HeadPose",
    "InputError",
    "NostalgiaError",
    "OutputExistsError",
    "Photo",
    "PhotoOptions",
    "PhotoTooLargeError",
    "Progress",
    "Remedy",
    "Report",
    "UsageError",
    "Verification",
    "__version__",
    "add_driver",
    "animate",
    "clip",
    "detect_faces",
    "enhance",
    "explain",
    "list_drivers",
    "read_photo",
    "remove_driver",
    "run_batch",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        import importlib

        return getattr(importlib.import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'nostalgia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
