"""From a driving clip to a motion track: finds the performer, follows her, keeps only her motion.

The same code makes the tracks of the bank and reads a user's own clip.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from nostalgia.clips.reader import driving_clip_info, read_frames, steady_rate
from nostalgia.drivers.recording.extraction import track_from_landmarks
from nostalgia.drivers.recording.face_flow import FlowAnchor, FlowReading, anchor_flow, read_flow
from nostalgia.errors import DriverError
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.head import fit_head
from nostalgia.faces.irises import EyeReading, read_eyes
from nostalgia.files import printable_name
from nostalgia.types import Face, Float32, MotionTrack, Photo, UInt8

MAX_CLIP_S = 120.0
MAX_SIDE_PX = 1280
LEAST_CLIP_S = 0.5
LONGEST_GAP_S = 0.5
LEAST_FACE_PX = 32.0
LEAST_SCORE = 0.3
EXPRESSION_GAIN = 1.25
"""Our network draws expressions towards the mean: it shows about 0.75 of what the teacher sees."""

SEARCH_EVERY = 3
"""While nobody is seen, every third frame is searched; searching takes longer than following."""

_CUT_GREY_LEVELS = 38.0
_CUT_JUMP = 0.45
_STILL_DEG, _STILL_DELTA, _STILL_EYES = 0.7, 0.006, 0.25
_THUMBNAIL = (24, 24)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was read off a clip.

    track: the motion. warnings: what was odd about the clip. used_s: the part that was used.
    landmarks: float32 (T, 478, 3), pixels of the frames as `performer_frames` reads them.
    """

    track: MotionTrack
    warnings: tuple[str, ...] = ()
    used_s: tuple[float, float] = (0.0, 0.0)
    landmarks: Float32 = field(default_factory=lambda: np.empty((0, 478, 3), np.float32))


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in one frame.

    landmarks: float32 (478, 3) pixels, None where no face was; eyes: read from the pixels there.
    cut: the picture has changed from the frame before as only a cut changes it.
    """

    landmarks: Float32 | None
    faces: int
    cut: bool
    eyes: EyeReading | None = None
    flow: FlowReading | None = None


def record_driver(clip_path: Path | str, finder: FaceFinder, looped: bool = False) -> Recording:
    """Extract the motion of the largest face of a clip, as long as the clip's usable part.

    Args:
        clip_path: any clip that ffmpeg reads.
        finder: the product's detector and mesh network.
        looped: the performance ends as it began, as those of the bank do.

    Raises:
        DriverError: the clip cannot be read, shows no face, a tiny one, or one that never moves.
    """
    path = Path(clip_path)
    said = printable_name(path)
    info = driving_clip_info(path)
    fps = steady_rate(info)
    frames = read_frames(path, fps, MAX_SIDE_PX, info)
    frames = islice(frames, round(MAX_CLIP_S * fps) + 1)
    sightings = list(follow_face(frames, finder, with_flow=not looped))
    part, landmarks, warnings = usable_part(sightings, fps, said)
    if len(sightings) > MAX_CLIP_S * fps:
        warnings.append(f"{said}: only its first {MAX_CLIP_S:g} seconds were read")
    eyes = [sighting.eyes for sighting in sightings[part]]
    # A bank's tracks must be steadier than flow is: `drivers lint` finds its trembling.
    flows = None if looped else [sighting.flow for sighting in sightings[part]]
    track = track_from_landmarks(landmarks, fps, looped, eyes, EXPRESSION_GAIN, flows)
    if _never_moves(track):
        raise DriverError(f"{said}: the face in it never moves; give a clip of somebody who does")
    used_s = (part.start / fps, part.stop / fps)
    return Recording(track, tuple(warnings), used_s, landmarks)


def performer_frames(clip_path: Path | str, recording: Recording) -> Iterator[UInt8]:
    """The frames that a recording's track was read off, one by one: RGB uint8 (H, W, 3).

    Raises:
        DriverError: the clip cannot be read any more.
    """
    fps = recording.track.fps
    first = round(recording.used_s[0] * fps)
    frames = read_frames(clip_path, fps, MAX_SIDE_PX)
    return islice(frames, first, first + len(recording.track))


def follow_face(
    frames: Iterable[UInt8], finder: FaceFinder, with_flow: bool = True
) -> Iterator[Sighting]:
    """One sighting per frame of the face that was largest and most central at first.

    with_flow: follow its pixels too, not the network's landmarks alone.
    """
    last: Float32 | None = None
    anchor: FlowAnchor | None = None
    thumbnail: Float32 | None = None
    since_search = SEARCH_EVERY
    for pixels in frames:
        before, thumbnail = thumbnail, _thumbnail(pixels)
        cut = before is not None and float(np.abs(thumbnail - before).mean()) > _CUT_GREY_LEVELS
        found, count = None, 1
        if last is not None and not cut:
            mesh = finder.mesh.track(pixels, last)
            if mesh.score >= LEAST_SCORE and _plausible(last, mesh.landmarks):
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


def usable_part(
    sightings: list[Sighting], fps: float, said: str
) -> tuple[slice, Float32, list[str]]:
    """The longest stretch without a cut or a long gap, its landmarks without gaps, and warnings.

    Returns:
        frames of the clip; float32 (T, 478, 3); one sentence per oddity.

    Raises:
        DriverError: no face was seen, or not long or large enough.
    """
    if not any(sighting.landmarks is not None for sighting in sightings):
        raise DriverError(
            f"{said}: no face was found in it; give a clip of one face, well lit, from the front"
        )
    parts = _stretches(sightings, LONGEST_GAP_S * fps)
    part = max(parts, key=lambda p: p.stop - p.start)
    seconds = (part.stop - part.start) / fps
    if seconds < LEAST_CLIP_S:
        raise DriverError(
            f"{said}: a face is seen for {seconds:.1f} seconds at most; give a clip that shows one"
            f" for at least {LEAST_CLIP_S:g} seconds"
        )
    landmarks, bridged = _without_gaps([s.landmarks for s in sightings[part]])
    size = float(
        np.median(
            [fit_head(frame).scale_px for frame in landmarks[:: max(1, len(landmarks) // 20)]]
        )
    )
    if size < LEAST_FACE_PX:
        raise DriverError(
            f"{said}: the face in it is {size:.0f} pixels tall;"
            f" give a clip where it has at least {LEAST_FACE_PX:.0f}"
        )
    warnings = []
    if max(s.faces for s in sightings) > 1:
        warnings.append(f"{said}: several faces are in it; the largest was followed")
    if bridged:
        warnings.append(
            f"{said}: the face was lost in {bridged} frames; its motion was carried across"
        )
    if len(parts) > 1 or part.stop - part.start < len(sightings):
        warnings.append(
            f"{said}: has cuts or long stretches without a face;"
            f" used from {part.start / fps:.1f} s to {part.stop / fps:.1f} s"
        )
    return part, landmarks, warnings


def _stretches(sightings: list[Sighting], longest_gap: float) -> list[slice]:
    """Runs of frames with a face in the first and last one, not crossing cuts or long gaps."""
    runs: list[slice] = []
    start = last = None
    for number, sighting in enumerate(sightings):
        broken = last is not None and number - last - 1 > longest_gap
        if sighting.cut and last is not None:
            broken = broken or not _same_place(sightings, last, number)
        if broken and start is not None and last is not None:
            runs.append(slice(start, last + 1))
            start = last = None
        if sighting.landmarks is not None:
            start, last = number if start is None else start, number
    if start is not None and last is not None:
        runs.append(slice(start, last + 1))
    return runs


def _same_place(sightings: list[Sighting], last: int, number: int) -> bool:
    """Whether, after a change of the picture, this is only a gap in the same scene.

    A face that is covered for a moment changes the picture twice, and is then where it was.
    """
    before, now = sightings[last].landmarks, sightings[number].landmarks
    if now is None or before is None:
        return now is None
    return number - last > 1 and _plausible(before, now)


def _without_gaps(frames: list[Float32 | None]) -> tuple[Float32, int]:
    """Landmarks (T, 478, 3), gaps filled in a straight line, and how many frames were filled."""
    seen = [(number, frame) for number, frame in enumerate(frames) if frame is not None]
    places = np.array([number for number, _ in seen])
    known = np.stack([frame for _, frame in seen])
    every = np.arange(len(frames))
    right = (
        np.clip(np.searchsorted(places, every), 1, max(len(places) - 1, 1))
        if len(places) > 1
        else every * 0
    )
    left = np.maximum(right - 1, 0)
    span = np.maximum(places[right] - places[left], 1)
    share = ((every - places[left]) / span)[:, None, None]
    filled = known[left] * (1 - share) + known[right] * share
    return filled.astype(np.float32), len(frames) - len(seen)


def _performer(faces: tuple[Face, ...], pixels: UInt8, last: Float32 | None) -> Float32 | None:
    """The face to follow: the one nearest to where it was, else the largest and most central."""
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
    """How far a face moved, in face heights."""
    return float(
        np.linalg.norm((after - before)[:, :2].mean(0)) / max(fit_head(before).scale_px, 1.0)
    )


def _plausible(before: Float32, after: Float32) -> bool:
    growth = fit_head(after).scale_px / max(fit_head(before).scale_px, 1e-3)
    return _jump(before, after) < _CUT_JUMP and 0.75 < growth < 1.33


def _thumbnail(pixels: UInt8) -> Float32:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA), np.float32)


def _never_moves(track: MotionTrack) -> bool:
    """Whether there is nothing in a track but the network's own trembling."""
    turned = float(np.percentile(np.ptp(track.rotation_deg, axis=0), 100))
    moved = float(np.ptp(track.translation, axis=0).max())
    changed = float(np.percentile(np.abs(track.expression).max(axis=(1, 2)), 95))
    eyes = float(np.ptp(track.eye_opening, axis=0).max())
    return turned < _STILL_DEG and moved < 0.01 and changed < _STILL_DELTA and eyes < _STILL_EYES
