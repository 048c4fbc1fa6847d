"""Tracking of one face through the frames of a clip: landmarks, irises, optical flow, cuts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.drivers.recording.face_flow import FlowAnchor, FlowReading, anchor_flow, read_flow
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.head import fit_head
from nostalgia.faces.irises import EyeReading, read_eyes
from nostalgia.types import Face, Float32, Photo, UInt8

LEAST_SCORE = 0.3
SEARCH_EVERY = 3
"""While no face is seen, every third frame is searched; searching takes longer than following."""

_CUT_GREY_LEVELS = 38.0
_CUT_JUMP = 0.45
_THUMBNAIL = (24, 24)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The face in one frame.

    landmarks: float32 (478, 3), pixels; None if no face was found. faces: number of faces found.
    cut: True if the picture differs so much from the one before that there is a cut between them.
    eyes: irises, read from the pixels. flow: motion of the pixels since the first frame.
    """

    landmarks: Float32 | None
    faces: int
    cut: bool
    eyes: EyeReading | None = None
    flow: FlowReading | None = None


def follow_face(
    frames: Iterable[UInt8],
    finder: FaceFinder,
    with_flow: bool = True,
    *,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Sighting]:
    """Follow the face that is largest and most central at first; one sighting per frame.

    Args:
        frames: RGB uint8 (H, W, 3), one at a time.
        finder: finds the face and its landmarks.
        with_flow: follow its pixels by optical flow too, not only the network's landmarks.
        check: called before each frame; it reports progress, or raises to cancel.
    """
    last: Float32 | None = None
    anchor: FlowAnchor | None = None
    thumbnail: Float32 | None = None
    since_search = SEARCH_EVERY
    for pixels in frames:
        check()
        before, thumbnail = thumbnail, _thumbnail(pixels)
        cut = before is not None and float(np.abs(thumbnail - before).mean()) > _CUT_GREY_LEVELS
        found, count = None, 1
        if last is not None and not cut:
            mesh = finder.mesh.track(pixels, last)
            if mesh.score >= LEAST_SCORE and is_same_face(last, mesh.landmarks):
                found = mesh.landmarks
        since_search += 1
        if found is None and (since_search >= SEARCH_EVERY or cut):
            since_search = 0
            faces = finder.find(Photo(pixels))
            count = len(faces)
            found = _performer(faces, pixels, None if cut else last)
        anchor = None if cut else anchor
        if found is None:
            yield Sighting(None, count, cut)
        else:
            flow = None
            if with_flow:
                anchor = anchor or anchor_flow(pixels, found)
                flow = read_flow(anchor, pixels, found)
            yield Sighting(found, count, cut, read_eyes(pixels, found), flow)
        last = found if found is not None or cut else last


def _performer(faces: tuple[Face, ...], pixels: UInt8, last: Float32 | None) -> Float32 | None:
    """Landmarks of the face to follow: nearest to the last, else the largest and most central."""
    if not faces:
        return None
    if last is not None:
        nearest = min(faces, key=lambda face: _jump(last, face.landmarks))
        return nearest.landmarks if _jump(last, nearest.landmarks) < 1.0 else None
    height, width = pixels.shape[:2]

    def prominence(face: Face) -> float:
        x, y, _ = face.landmarks.mean(0)
        aside = np.hypot(x / width - 0.5, y / height - 0.5)
        return face.height_px * float(1 - 0.6 * min(aside, 1.0))

    return max(faces, key=prominence).landmarks


def _jump(before: Float32, after: Float32) -> float:
    """Distance that a face moved, in face heights."""
    return float(
        np.linalg.norm((after - before)[:, :2].mean(0)) / max(fit_head(before).scale_px, 1.0)
    )


def is_same_face(before: Float32, after: Float32) -> bool:
    """True if landmarks (478, 3) of two frames can be one face: near each other, alike in size."""
    growth = fit_head(after).scale_px / max(fit_head(before).scale_px, 1e-3)
    return _jump(before, after) < _CUT_JUMP and 0.75 < growth < 1.33


def _thumbnail(pixels: UInt8) -> Float32:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA), np.float32)
