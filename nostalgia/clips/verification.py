"""Whether a clip shows a photo, and whether anything outside the faces moves in it.

Every frame is compared with the photo at rest, both smoothed, so that what compression does (a few
grey levels once fine detail is averaged away) can be told from what moves. How much compression
does is measured in the clip itself, away from the faces. What a clip says of itself only decides
where to look: judged are pixels.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence, UnidentifiedImageError

from nostalgia.clips.ffmpeg import ClipInfo, require_file
from nostalgia.clips.provenance import Provenance, read_provenance
from nostalgia.clips.reader import driving_clip_info, read_frames
from nostalgia.clips.reference_frame import ReferenceFrame, possible_reference_frames
from nostalgia.errors import DriverError, EncodingError, InputError
from nostalgia.files import printable_name
from nostalgia.photo.reader import read_photo
from nostalgia.types import Face, Float32, Photo, PixelBox, UInt8

HEAD_REACH = 1.5
"""How far from the middle of a face its movement reaches, face heights; measured."""

WORK_SIDE_PX = 640
_SMOOTH_PX = 5
_LEAST_CHANGE, _PER_COMPRESSION = 6.0, 2.0
"""A change is more than the first and the second times the clip's compression, grey levels."""
_SLIP_PX = 1.0
"""How far a scaled clip's pixels may lie beside those of a photo scaled by us."""
_OTHER_PHOTO = 16.0
"""Grey levels that half of what lies outside the faces never reaches, however compressed."""
_LEAST_LIKENESS = 0.9
_SPECK_PX = 12
_LEAST_OUTSIDE = 0.01
_PICTURES = ("GIF", "WEBP", "JPEG", "PNG")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FaceMovement:
    """One face of the photo. box_xyxy: photo pixels. changed: whether it or its head moves."""

    number: int
    box_xyxy: Box
    changed: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What a comparison found.

    verdict: "ok", "moved outside", "another photo", or "no outside" where faces and what is round
    them fill the clip. same_file: whether the clip names this very file as its source; None where
    it names none. shown_xyxy: what was compared, photo pixels. frames: how many. outside_share:
    how much of the picture lies outside the heads, 0..1. changed_share: how much of that changed.
    likeness: -1..1, correlation of the frame that is most like the photo with the photo.
    compression: the largest smoothed difference of half of what lies outside, grey levels.
    threshold: from where on a difference is a change. worst: the largest difference outside.
    worst_xyxy, worst_frame: the largest patch that changed, pixels of the clip, and when it
    differed most, from 0; None where nothing did. label: the mark that was allowed for.
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
        """Whether nothing speaks against the clip."""
        return self.verdict in ("ok", "no outside")


@dataclass(frozen=True, slots=True)
class _Differences:
    """Of all frames. largest: uint8 (h, w), grey levels; when: uint16 (h, w), in which frame.

    likeness: the best correlation of a frame's brightness with the still's, -1..1.
    """

    largest: UInt8
    when: NDArray[np.uint16]
    frames: int
    likeness: float


def verify_clip(
    clip: Path | str, photo: Path | str, find_faces: Callable[[Photo], Sequence[Face]]
) -> Verification:
    """Compare a clip (or a poster) with the photo that it is said to be made of.

    Frames are looked at one by one, so memory does not grow with the clip's length.

    Args:
        clip: MP4, GIF or WebP of any program; a JPEG or PNG counts as one frame.
        photo: the photo.
        find_faces: the faces of a photo, which may move.

    Raises:
        InputError: one of them cannot be read, or they cannot be compared.
        NostalgiaError: as `find_faces`.
    """
    clip = Path(clip)
    source = read_photo(photo)
    size_wh, frames = _opened(clip)
    told = _told(clip)
    first = next(frames)
    still = _nearest(possible_reference_frames(source.pixels, size_wh, told), first)
    found = _differences(still.pixels, chain([first], frames))
    faces = find_faces(source)
    same_file = told.source_sha256 == source.sha256 if told and told.source_sha256 else None
    return _judged(still, found, faces, same_file)


def _told(clip: Path) -> Provenance | None:
    try:
        return read_provenance(clip)
    except EncodingError:  # a kind of film that holds none
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
        raise InputError(str(exc)) from exc
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
        raise InputError(str(exc)) from exc


def _nearest(stills: Iterator[ReferenceFrame], frame: UInt8) -> ReferenceFrame:
    """The one that a frame differs least from."""

    def difference(still: ReferenceFrame) -> float:
        size_wh = _work_wh(still.pixels)
        apart = _difference(_smoothed(frame, size_wh), _smoothed(still.pixels, size_wh))
        return float(apart.mean())

    return min(stills, key=difference)


def _work_wh(still: UInt8) -> tuple[int, int]:
    height, width = still.shape[:2]
    scale = min(1.0, WORK_SIDE_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _differences(still: UInt8, frames: Iterable[UInt8]) -> _Differences:
    size_wh = _work_wh(still)
    rest = _smoothed(still, size_wh)
    largest = np.zeros(rest.shape[:2], np.uint8)
    when = np.zeros(rest.shape[:2], np.uint16)
    count, likeness = 0, -1.0
    for count, frame in enumerate(frames, 1):
        smoothed = _smoothed(frame, size_wh)
        differences = _difference(smoothed, rest)
        larger = differences > largest
        largest[larger] = differences[larger]
        when[larger] = min(count - 1, 0xFFFF)
        likeness = max(likeness, _correlation(smoothed[..., 0], rest[..., 0]))
    return _Differences(largest, when, count, likeness)


def _difference(one: UInt8, other: UInt8) -> UInt8:
    """Grey levels, (h, w): of the brightness, or half that of a colour where that is more.

    All three formats keep colours with a quarter of the pixels or in 256 of them: on a bright
    orange suit they were 14 off in a GIF and a WebP, and the brightness 7.
    """
    apart = cv2.absdiff(one, other)
    return np.asarray(np.maximum(apart[..., 0], apart[..., 1:].max(axis=-1) // 2), np.uint8)


def _correlation(one: UInt8, other: UInt8) -> float:
    """Of two pictures, -1..1; flat ones are alike only with themselves."""
    if np.array_equal(one, other):
        return 1.0
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0])


def _slack(still: ReferenceFrame, size_wh: tuple[int, int]) -> Float32:
    """Differences that scaling in another program makes where brightness changes: (h, w)."""
    if not still.is_scaled:
        return np.zeros(size_wh[::-1], np.float32)
    smoothed = _smoothed(still.pixels, size_wh)
    slopes = [cv2.Scharr(smoothed, cv2.CV_32F, *way, scale=1 / 32) for way in ((1, 0), (0, 1))]
    steepest = np.hypot(*slopes).max(axis=-1)
    return np.asarray(_SLIP_PX * cv2.dilate(steepest, np.ones((3, 3), np.uint8)), np.float32)


def _smoothed(frame: UInt8, size_wh: tuple[int, int]) -> UInt8:
    """Brightness and two colours, reduced to that size (area averages) and smoothed."""
    if (frame.shape[1], frame.shape[0]) != size_wh:
        frame = np.asarray(cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    colours = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    return np.asarray(cv2.blur(colours, (_SMOOTH_PX, _SMOOTH_PX)), np.uint8)


def _judged(
    still: ReferenceFrame, found: _Differences, faces: Sequence[Face], same_file: bool | None
) -> Verification:
    shape = found.largest.shape
    heads = [_head(face, still, shape) for face in faces]
    outside = ~np.any(heads, axis=0) if heads else np.ones(shape, bool)
    outside_share = float(outside.mean())
    if outside_share < _LEAST_OUTSIDE:
        outside[...] = False
    compression = float(np.median(found.largest[outside])) if outside.any() else 0.0
    threshold = _LEAST_CHANGE + _PER_COMPRESSION * compression
    changed = found.largest > threshold + _slack(still, (shape[1], shape[0]))
    patch = _largest_patch(changed & outside)
    verdict = "ok"
    if compression > _OTHER_PHOTO or found.likeness < _LEAST_LIKENESS:
        verdict = "another photo"
    elif not outside.any():
        verdict = "no outside"
    elif patch is not None:
        verdict = "moved outside"
    worst = np.where(patch, found.largest, 0).argmax() if patch is not None else 0
    return Verification(
        verdict=verdict,
        same_file=same_file,
        shown_xyxy=still.shown_xyxy,
        frames=found.frames,
        faces=tuple(
            FaceMovement(face.number, face.box_xyxy, bool(changed[head].any()))
            for face, head in zip(faces, heads, strict=True)
        ),
        outside_share=outside_share,
        changed_share=float(changed[outside].mean()) if outside.any() else 0.0,
        likeness=found.likeness,
        compression=compression,
        threshold=threshold,
        worst=float(found.largest[outside].max(initial=0)),
        worst_xyxy=_box_in_clip(patch, still) if patch is not None else None,
        worst_frame=int(found.when.flat[worst]) if patch is not None else None,
        label=still.label,
    )


def _head(face: Face, still: ReferenceFrame, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where a head may move: a disc round the middle of its face, bool (h, w)."""
    height, width = shape
    reduced = width / still.pixels.shape[1]
    centre = (face.landmarks[:, :2].mean(axis=0) - still.shown_xyxy[:2]) * still.scale
    x, y = (centre + still.area_xyxy[:2]) * reduced
    reach = HEAD_REACH * face.height_px * still.scale * reduced + _SMOOTH_PX / 2
    rows, columns = np.ogrid[:height, :width]
    inside = (columns >= still.area_xyxy[0] * reduced) & (rows >= still.area_xyxy[1] * reduced)
    return np.asarray(inside & (np.hypot(columns - x, rows - y) <= reach))


def _largest_patch(changed: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """The largest connected patch, bool (h, w); None where there are only specks."""
    count, patches, facts, _ = cv2.connectedComponentsWithStats(changed.astype(np.uint8))
    if count < 2:
        return None
    number = 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    if facts[number, cv2.CC_STAT_AREA] < _SPECK_PX:
        return None
    return np.asarray(patches == number)


def _box_in_clip(patch: NDArray[np.bool_], still: ReferenceFrame) -> PixelBox:
    scale = still.pixels.shape[1] / patch.shape[1]
    rows, columns = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(patch.any(axis=0))
    edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    x0, y0, x1, y1 = (round(float(edge) * scale) for edge in edges)
    return x0, y0, x1, y1
