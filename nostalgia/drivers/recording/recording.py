"""Recording of a driver: finds the performer of a clip, follows the face, keeps only its motion.

The tracks of the bank and those of users' clips are made by the same code.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np

from nostalgia.clips.reader import driving_clip_info, read_frames, steady_rate
from nostalgia.drivers.recording.extraction import track_from_landmarks
from nostalgia.drivers.recording.face_tracking import Sighting, follow_face, is_same_face
from nostalgia.errors import DriverError, counted
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.head import fit_head
from nostalgia.files import printable_name
from nostalgia.types import Float32, MotionTrack, UInt8

MAX_CLIP_S = 120.0
MAX_SIDE_PX = 1280
LEAST_CLIP_S = 0.5
LONGEST_GAP_S = 0.5
LEAST_FACE_PX = 32.0
EXPRESSION_GAIN = 1.25
"""The mesh network draws expressions towards the mean: it shows about 0.75 of its teacher's."""

_STILL_DEG, _STILL_DELTA, _STILL_EYES = 0.7, 0.006, 0.25


@dataclass(frozen=True, slots=True)
class Recording:
    """The result of recording a clip.

    track: the motion. warnings: peculiarities of the clip, one sentence each. used_s: start and
    end of the part that was used. landmarks: float32 (T, 478, 3), pixels of the frames that
    `performer_frames` yields.
    """

    track: MotionTrack
    warnings: tuple[str, ...] = ()
    used_s: tuple[float, float] = (0.0, 0.0)
    landmarks: Float32 = field(default_factory=lambda: np.empty((0, 478, 3), np.float32))


def record_driver(
    clip_path: Path | str,
    finder: FaceFinder,
    looped: bool = False,
    *,
    check: Callable[[], None] = lambda: None,
) -> Recording:
    """Extract the motion of the largest face in the usable part of a clip.

    Args:
        clip_path: a clip that ffmpeg can read.
        finder: finds the face and its landmarks.
        looped: True if the performance ends as it begins, as those of the bank do.
        check: called before each frame; it reports progress, or raises to cancel.

    Raises:
        DriverError: the clip cannot be read, shows no face, a tiny one, or one that never moves.
    """
    path = Path(clip_path)
    display_name = printable_name(path)
    info = driving_clip_info(path)
    fps = steady_rate(info)
    reader = cast(Generator[UInt8, None, None], read_frames(path, fps, MAX_SIDE_PX, info))
    with closing(reader):
        frames = islice(reader, round(MAX_CLIP_S * fps) + 1)
        sightings = list(follow_face(frames, finder, with_flow=not looped, check=check))
    part = usable_part(sightings, fps, display_name)
    warnings = part.warnings
    if len(sightings) > MAX_CLIP_S * fps:
        warnings += (f"{display_name}: only the first {MAX_CLIP_S:g} seconds were used",)
    eyes = [sighting.eyes for sighting in sightings[part.frames]]
    # The bank's tracks must be steadier than optical flow, whose jitter `lint_bank` would find.
    flows = None if looped else [sighting.flow for sighting in sightings[part.frames]]
    track = track_from_landmarks(part.landmarks, fps, looped, eyes, EXPRESSION_GAIN, flows)
    if _never_moves(track):
        raise DriverError(
            f"{display_name}: the face never moves; give a clip of a person who moves"
        )
    used_s = (part.frames.start / fps, part.frames.stop / fps)
    return Recording(track, warnings, used_s, part.landmarks)


def performer_frames(clip_path: Path | str, recording: Recording) -> Iterator[UInt8]:
    """Read the frames that a recording's track comes from: RGB uint8 (H, W, 3), one at a time.

    Raises:
        DriverError: the clip can no longer be read.
    """
    fps = recording.track.fps
    first = round(recording.used_s[0] * fps)
    frames = read_frames(clip_path, fps, MAX_SIDE_PX)
    return islice(frames, first, first + len(recording.track))


@dataclass(frozen=True, slots=True)
class UsablePart:
    """The stretch of a clip that becomes a track.

    frames: numbers of its frames. landmarks: float32 (T, 478, 3), pixels, gaps filled. warnings:
    peculiarities of the clip, one sentence each.
    """

    frames: slice
    landmarks: Float32
    warnings: tuple[str, ...]


def usable_part(sightings: list[Sighting], fps: float, display_name: str) -> UsablePart:
    """Find the longest stretch of a clip without a cut or a long gap.

    Args:
        sightings: one per frame of the clip.
        fps: frames per second.
        display_name: name of the clip in messages.

    Raises:
        DriverError: no face was found, or none for long enough or large enough.
    """
    if not any(sighting.landmarks is not None for sighting in sightings):
        raise DriverError(
            f"{display_name}: no face was found; give a clip of one face, well lit, from the front"
        )
    parts = _stretches(sightings, LONGEST_GAP_S * fps)
    part = max(parts, key=lambda p: p.stop - p.start)
    seconds = (part.stop - part.start) / fps
    if seconds < LEAST_CLIP_S:
        raise DriverError(
            f"{display_name}: a face is visible for at most {seconds:.1f} seconds; give a clip that"
            f" shows one for at least {LEAST_CLIP_S:g} seconds"
        )
    landmarks, filled = _without_gaps([s.landmarks for s in sightings[part]])
    sample = landmarks[:: max(1, len(landmarks) // 20)]
    height_px = float(np.median([fit_head(frame).scale_px for frame in sample]))
    if height_px < LEAST_FACE_PX:
        raise DriverError(
            f"{display_name}: the face is {height_px:.0f} pixels tall;"
            f" give a clip where it is at least {LEAST_FACE_PX:.0f}"
        )
    warnings = []
    if max(s.faces for s in sightings) > 1:
        warnings.append("several faces were found; the largest was followed")
    if filled:
        lost = counted(filled, "frame", "frames")
        warnings.append(f"the face was lost in {lost}; its motion was interpolated there")
    if len(parts) > 1 or part.stop - part.start < len(sightings):
        warnings.append(
            "the clip has cuts or long stretches without a face;"
            f" used from {part.start / fps:.1f} s to {part.stop / fps:.1f} s"
        )
    return UsablePart(part, landmarks, tuple(f"{display_name}: {text}" for text in warnings))


def _stretches(sightings: list[Sighting], longest_gap: float) -> list[slice]:
    """Runs of frames that begin and end with a face and contain no cut and no long gap."""
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
    """True if a change of the picture at frame `number` is only a gap in the same scene.

    A face that is covered for a moment changes the picture twice, and is then where it was.
    """
    before, now = sightings[last].landmarks, sightings[number].landmarks
    if now is None or before is None:
        return now is None
    return number - last > 1 and is_same_face(before, now)


def _without_gaps(frames: list[Float32 | None]) -> tuple[Float32, int]:
    """Landmarks (T, 478, 3) with gaps interpolated linearly, and the number of frames filled."""
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


def _never_moves(track: MotionTrack) -> bool:
    """True if a track has no motion beyond the jitter of the network."""
    turned = float(np.percentile(np.ptp(track.rotation_deg, axis=0), 100))
    moved = float(np.ptp(track.translation, axis=0).max())
    changed = float(np.percentile(np.abs(track.expression).max(axis=(1, 2)), 95))
    eyes = float(np.ptp(track.eye_opening, axis=0).max())
    return turned < _STILL_DEG and moved < 0.01 and changed < _STILL_DELTA and eyes < _STILL_EYES
