"""Compare a clip with its photo: nothing may move outside the faces.

Every frame is compared with the photo at rest, both smoothed, so that the effect of compression (a
few grey levels once fine detail is averaged away) can be distinguished from movement. The effect of
compression is measured in the clip itself, away from the faces. The clip's metadata only decide
where to look; the verdict depends on pixels.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence, UnidentifiedImageError

from nostalgia.clips.differences import (
    SMOOTHING_PX,
    WORK_SIDE_PX,
    Differences,
    measure_differences,
    nearest_still,
    scaling_slack,
)
from nostalgia.clips.ffmpeg import ClipInfo, require_file
from nostalgia.clips.provenance import Provenance, read_provenance
from nostalgia.clips.reader import driving_clip_info, read_frames
from nostalgia.clips.reference_frame import ReferenceFrame, possible_reference_frames
from nostalgia.errors import DriverError, EncodingError, InputError
from nostalgia.files import printable_name
from nostalgia.photo.reader import PhotoSource, read_photo
from nostalgia.photo.turning import turned_photo
from nostalgia.types import BoxXYXY, Face, Photo, PixelBox, UInt8

HEAD_REACH = 1.8
"""Distance from a face's middle that its movement reaches, face heights; measured on tall hats."""

_MIN_CHANGE, _CHANGE_PER_COMPRESSION = 6.0, 2.0
"""Threshold of a change, grey levels: a constant, and a multiple of the clip's compression."""
_OTHER_PHOTO = 16.0
"""Median difference outside the faces, grey levels, that no compression causes."""
_MIN_LIKENESS = 0.9
_SPECK_PX = 12
_MIN_OUTSIDE = 0.01
_PICTURES = ("GIF", "WEBP", "JPEG", "PNG")


@dataclass(frozen=True, slots=True)
class FaceMovement:
    """One face of the photo. box_xyxy: photo pixels. changed: True if it or its head moves."""

    number: int
    box_xyxy: BoxXYXY
    changed: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of a comparison; differences are in grey levels, after smoothing.

    verdict: "ok", "moved outside", "another photo", or "no outside" if the heads fill the clip.
    same_file: True if the clip names this very file as its source; None if it names none.
    shown_xyxy: part of the photo that was compared, photo pixels. frames: their number.
    outside_share: share of the picture outside the heads, 0..1. changed_share: share of that which
    changed, 0..1. likeness: correlation of the photo with the frame most like it, -1..1.
    compression: median over the pixels outside of their largest difference in any frame.
    threshold: differences above it count as changes. worst: largest difference outside.
    worst_xyxy: bounding box of the largest changed patch, pixels of the clip; worst_frame: number
    of the frame where it differs most, from 0; None if nothing changed. label: text of the visible
    mark that was allowed for.
    """

    verdict: str
    same_file: bool | None
    shown_xyxy: PixelBox
    frames: int
    faces: tuple[FaceMovement, ...]
    outside_share: float
    changed_share: float
    likeness: float
    compression: float
    threshold: float
    worst: float
    worst_xyxy: PixelBox | None
    worst_frame: int | None
    label: str = ""

    @property
    def is_ok(self) -> bool:
        """True if nothing was found against the clip."""
        return self.verdict in ("ok", "no outside")

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        return asdict(self)


def verify_clip(
    clip: Path | str,
    photo: PhotoSource,
    find_faces: Callable[[Photo], Sequence[Face]],
    check: Callable[[], None] | None = None,
) -> Verification:
    """Compare a clip (or a poster) with the photo that it was reportedly made from.

    A photo that was turned for its clip is turned again, and everything is in its turned pixels.
    Frames are read one by one, so memory does not grow with the clip's length.

    Args:
        clip: MP4, GIF or WebP of any program; a JPEG or PNG counts as one frame.
        photo: the photo.
        find_faces: finds the faces of a photo, which may move.
        check: called before each frame; raises an exception to cancel.

    Raises:
        InputError: one of them cannot be read, or they cannot be compared.
        NostalgiaError: raised by `find_faces`.
    """
    clip = Path(clip)
    source = read_photo(photo)
    size_wh, frames = _opened(clip)
    provenance = _provenance(clip)
    source = turned_photo(source, provenance.rotated if provenance else 0)
    first = next(frames)
    still = nearest_still(possible_reference_frames(source.pixels, size_wh, provenance), first)
    differences = measure_differences(still.pixels, _checked(chain([first], frames), check))
    faces = find_faces(source)
    same_file = None
    if provenance is not None and provenance.source_sha256:
        same_file = provenance.source_sha256 == source.sha256
    return _judged(still, differences, faces, same_file)


def _checked(frames: Iterable[UInt8], check: Callable[[], None] | None) -> Iterator[UInt8]:
    for frame in frames:
        if check is not None:
            check()
        yield frame


def _provenance(clip: Path) -> Provenance | None:
    try:
        return read_provenance(clip)
    except EncodingError:  # a kind of video that cannot hold any
        return None


def _opened(clip: Path) -> tuple[tuple[int, int], Iterator[UInt8]]:
    """Width and height of a clip, and its frames, RGB uint8 (h, w, 3), perhaps reduced."""
    require_file(clip, InputError)
    try:
        with Image.open(clip, formats=_PICTURES) as image:
            return image.size, _picture_frames(clip)
    except UnidentifiedImageError:
        pass
    except (OSError, ValueError, Image.DecompressionBombError) as exc:
        raise InputError(f"{printable_name(clip)}: cannot be read ({exc})") from exc
    try:
        info = driving_clip_info(clip)
    except DriverError as exc:
        raise InputError(exc.message) from exc
    return (info.width, info.height), _film_frames(clip, info)


def _picture_frames(clip: Path) -> Iterator[UInt8]:
    try:
        with Image.open(clip, formats=_PICTURES) as image:
            for frame in ImageSequence.Iterator(image):
                yield np.asarray(frame.convert("RGB"))
    except (OSError, ValueError, EOFError) as exc:
        raise InputError(f"{printable_name(clip)}: decoding failed ({exc})") from exc


def _film_frames(clip: Path, info: ClipInfo) -> Iterator[UInt8]:
    try:
        yield from read_frames(clip, max_side_px=WORK_SIDE_PX, info=info)
    except DriverError as exc:
        raise InputError(exc.message) from exc


def _judged(
    still: ReferenceFrame, differences: Differences, faces: Sequence[Face], same_file: bool | None
) -> Verification:
    shape = differences.largest.shape
    heads = [_head(face, still, shape) for face in faces]
    outside = ~np.any(heads, axis=0) if heads else np.ones(shape, bool)
    outside_share = float(outside.mean())
    if outside_share < _MIN_OUTSIDE:
        outside[...] = False
    compression = float(np.median(differences.largest[outside])) if outside.any() else 0.0
    threshold = _MIN_CHANGE + _CHANGE_PER_COMPRESSION * compression
    changed = differences.largest > threshold + scaling_slack(still, (shape[1], shape[0]))
    patch = _largest_patch(changed & outside)
    if compression > _OTHER_PHOTO or differences.likeness < _MIN_LIKENESS:
        verdict = "another photo"
    elif not outside.any():
        verdict = "no outside"
    else:
        verdict = "ok" if patch is None else "moved outside"
    worst = np.where(patch, differences.largest, 0).argmax() if patch is not None else 0
    return Verification(
        verdict=verdict,
        same_file=same_file,
        shown_xyxy=still.shown_xyxy,
        frames=differences.frames,
        faces=tuple(
            FaceMovement(face.number, BoxXYXY(face.box_xyxy), bool(changed[head].any()))
            for face, head in zip(faces, heads, strict=True)
        ),
        outside_share=outside_share,
        changed_share=float(changed[outside].mean()) if outside.any() else 0.0,
        likeness=differences.likeness,
        compression=compression,
        threshold=threshold,
        worst=float(differences.largest[outside].max(initial=0)),
        worst_xyxy=_box_in_clip(patch, still) if patch is not None else None,
        worst_frame=int(differences.when.flat[worst]) if patch is not None else None,
        label=still.label,
    )


def _head(face: Face, still: ReferenceFrame, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Pixels where a head may move: a disc around the middle of its face, bool (h, w)."""
    height, width = shape
    reduced = width / still.pixels.shape[1]
    centre = (face.landmarks[:, :2].mean(axis=0) - still.shown_xyxy[:2]) * still.scale
    x, y = (centre + still.area_xyxy[:2]) * reduced
    reach = HEAD_REACH * face.height_px * still.scale * reduced + SMOOTHING_PX / 2
    rows, columns = np.ogrid[:height, :width]
    inside = (columns >= still.area_xyxy[0] * reduced) & (rows >= still.area_xyxy[1] * reduced)
    return np.asarray(inside & (np.hypot(columns - x, rows - y) <= reach))


def _largest_patch(changed: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Largest connected patch, bool (h, w); None if there are only specks."""
    count, patches, statistics, _ = cv2.connectedComponentsWithStats(changed.astype(np.uint8))
    if count < 2:
        return None
    number = 1 + int(statistics[1:, cv2.CC_STAT_AREA].argmax())
    if statistics[number, cv2.CC_STAT_AREA] < _SPECK_PX:
        return None
    return np.asarray(patches == number)


def _box_in_clip(patch: NDArray[np.bool_], still: ReferenceFrame) -> PixelBox:
    scale = still.pixels.shape[1] / patch.shape[1]
    rows, columns = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(patch.any(axis=0))
    edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    x0, y0, x1, y1 = (round(float(edge) * scale) for edge in edges)
    return x0, y0, x1, y1
