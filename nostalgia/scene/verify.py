"""A clip compared with its photo, whose faces are found as they were for the clip."""

from pathlib import Path

from nostalgia.clips.verification import Verification, verify_clip
from nostalgia.options import AnimateOptions
from nostalgia.scene.analysis import find_faces
from nostalgia.scene.models import Models
from nostalgia.types import BoxXYXY


def verify(clip: Path | str, photo: Path | str, face_box: BoxXYXY | None = None) -> Verification:
    """Compare a clip with its photo: only the faces and their surroundings may differ.

    Args:
        clip: MP4, GIF or WebP of any program; a JPEG or PNG counts as one frame.
        photo: the photo.
        face_box: x0, y0, x1, y1 of a face that the detector misses, in photo pixels.

    Raises:
        InputError: one of them cannot be read, or they cannot be compared.
        UsageError: the face box leaves the photo. BackendError: the face detector is missing.
    """
    options, models = AnimateOptions(face_box=face_box), Models()
    return verify_clip(clip, photo, lambda read: find_faces(read, options, models.finder).faces)
