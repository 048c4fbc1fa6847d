"""The driver of each animated face, and the tracks brought to one length and frame rate."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nostalgia.drivers.bank.bank import load_bank, with_clips
from nostalgia.drivers.matching.explanations import QUIET
from nostalgia.drivers.matching.matching import AUTO, match_drivers
from nostalgia.drivers.tracks.alignment import best_start, start_track_at
from nostalgia.drivers.tracks.easing import ease_out, play_loops
from nostalgia.drivers.tracks.phases import spread_phases
from nostalgia.drivers.tracks.smiles import fit_smile
from nostalgia.drivers.tracks.track import resample_track
from nostalgia.drivers.tracks.tuning import excerpt, liveliest_start, tune_track
from nostalgia.errors import option
from nostalgia.faces.expression import read_expression
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.spacing import close_faces, face_gaps, nearness
from nostalgia.files import DRIVING_CLIP_SUFFIXES
from nostalgia.options import AnimateOptions
from nostalgia.scene.advice import advise
from nostalgia.scene.timeline import FADE_S, longest_performance_s, performance_options, rests
from nostalgia.scene.upright import Upright
from nostalgia.types import Driver, DriverMatch, Face, FaceChoice, Float32, MotionTrack, Photo

if TYPE_CHECKING:
    from nostalgia.scene.driving_signals import SignalExtractor

PREVIEW_S = 1.0
"""Length of a preview: the liveliest second, of all faces together."""

CLOSE_STRENGTH = 0.75
"""Strength of faces that are close together, so that their heads do not collide; quiet drivers and
a user's own clip are played in full."""


@dataclass(frozen=True, slots=True)
class Casting:
    """Performance of each animated face; one entry per face, in their order.

    strengths, seeds: for the motion backend; a seed of None plays the track exactly as recorded.
    fps, frames: those of the clip.
    """

    matches: tuple[DriverMatch, ...]
    tracks: tuple[MotionTrack, ...]
    strengths: tuple[float, ...]
    seeds: tuple[int | None, ...]
    fps: float
    frames: int
    warnings: tuple[str, ...] = ()


def cast_drivers(
    faces: Sequence[Face],
    options: AnimateOptions,
    finder: Callable[[], FaceFinder],
    photo_seed: int = 0,
    extractor: "SignalExtractor | None" = None,
    check: Callable[[], None] = lambda: None,
) -> Casting:
    """Match drivers to faces, or record the driving clips that the options name.

    Args:
        faces: the faces to animate.
        options: `driver`, `face_drivers`, `strength`, `fps`, `duration_s` and what tunes them.
        finder: loads the finder of the performer in a driving clip.
        photo_seed: seed of the photo and `options.seed`; seeds random choices.
        extractor: for motion backends that look at the drivers' pixels.
        check: called once per frame of a driving clip; an exception from it ends the work.

    Raises:
        DriverError: there is no such driver, or a clip cannot be used.
    """
    wanted = [options.face_drivers.get(face.number, options.driver) for face in faces]
    clips = _record_clips(wanted, finder, extractor, check)
    warnings = [word for clip in clips.values() for word in clip.warnings]
    roles = _roles(faces, wanted, clips, photo_seed, extractor)
    if extractor is not None:
        roles = [_with_signals(role, extractor, finder()) for role in roles]
        warnings += _ignored_tuning(options)
    fps, duration_s = _clip_shape(roles, options)
    tracks = spread_phases(
        [_performance(role, options, fps, duration_s) for role in roles],
        nearness(face_gaps(faces)),
        [role.seed / 2**32 for role in roles],
        # A user's clip keeps its timing on its first face, because its sound may be added.
        [role.from_user and wanted.index(wanted[i]) == i for i, role in enumerate(roles)],
    )
    if options.preview:
        start = liveliest_start(tracks, PREVIEW_S)
        tracks = tuple(excerpt(track, PREVIEW_S, start) for track in tracks)
    else:
        tracks = tuple(play_loops(track, options.loop) for track in tracks)
    return Casting(
        matches=tuple(role.match for role in roles),
        tracks=tracks,
        strengths=_strengths(roles, options),
        seeds=tuple(None if role.from_user else role.seed for role in roles),
        fps=fps,
        frames=len(tracks[0]),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True)
class _Clip:
    """A user's driving clip, as it was recorded.

    points68: float32 (T, 68, 2), of the performer; None if the backend does not look at pixels.
    """

    driver: Driver
    warnings: tuple[str, ...]
    points68: Float32 | None = None


@dataclass(frozen=True, slots=True)
class _Role:
    """Performance of one face.

    own: the user's own clip, played unchanged. quiet: a driver that moves little anyway.
    """

    face: Face
    match: DriverMatch
    from_user: bool
    quiet: bool
    seed: int


def is_clip(driver: str) -> bool:
    """True if the option `driver` names a driving clip rather than a driver of the bank."""
    return Path(driver).suffix.lower() in DRIVING_CLIP_SUFFIXES or "/" in driver


def _record_clips(
    wanted: Sequence[str],
    finder: Callable[[], FaceFinder],
    extractor: "SignalExtractor | None",
    check: Callable[[], None],
) -> Mapping[str, _Clip]:
    """The drivers that are clips, each recorded once."""
    clips: dict[str, _Clip] = {}
    for driver in dict.fromkeys(filter(is_clip, wanted)):
        from nostalgia.drivers.recording.recent import (
            recorded_clip,  # takes half a second, and only clips need it
        )

        path = Path(driver)
        recording = recorded_clip(path, finder, check)
        recorded = Driver(path.stem, "your own clip", (), recording.track, path)
        if extractor is None:
            clips[driver] = _Clip(recorded, recording.warnings)
        else:
            extracted, points68 = extractor.extract_from_clip(recorded, recording)
            clips[driver] = _Clip(extracted, recording.warnings, points68)
    return clips


def _roles(
    faces: Sequence[Face],
    wanted: Sequence[str],
    clips: Mapping[str, _Clip],
    photo_seed: int,
    extractor: "SignalExtractor | None",
) -> list[_Role]:
    bank = load_bank()
    if extractor is not None and AUTO in wanted:
        bank = with_clips(bank, keep=wanted)
    from_bank = [i for i, driver in enumerate(wanted) if driver not in clips]
    chosen = match_drivers(
        [faces[i] for i in from_bank], bank, [wanted[i] for i in from_bank], photo_seed
    )
    by_face = dict(zip(from_bank, chosen, strict=True))
    roles = []
    for i, (face, driver) in enumerate(zip(faces, wanted, strict=True)):
        match = by_face[i] if i in by_face else DriverMatch(clips[driver].driver, 0.0)
        entry = bank.entry(match.driver.name) if i in by_face else None
        from_user = entry is None or entry.from_user
        quiet = entry is not None and entry.mood == QUIET
        if from_user:
            match = _start_like_photo(match, face, clips.get(driver), extractor)
        roles.append(_Role(face, match, from_user, quiet, _seed(photo_seed, face.number)))
    return roles


def _with_signals(role: _Role, extractor: "SignalExtractor", finder: FaceFinder) -> _Role:
    """The role with the signals of its driver; those of a clip were read when it was recorded.

    Raises:
        DriverError: a user's driver, of which only the motion was kept.
    """
    if role.match.driver.track.signals is not None:
        return role
    driver = extractor.extract_from_bank(role.match.driver, finder)
    return replace(role, match=replace(role.match, driver=driver))


def _ignored_tuning(options: AnimateOptions) -> list[str]:
    """A warning about tuning options that a backend that follows the driver's pixels ignores."""
    tunings = {name: getattr(options, name) for name in ("smile", "blink", "turn", "gaze")}
    ignored = [option(name, value) for name, value in tunings.items() if value != 1.0]
    if not ignored:
        return []
    backend = f"the motion backend {options.motion!r} follows the pixels of the driver"
    verb = "has" if len(ignored) == 1 else "have"
    return [f"{', '.join(ignored)} {verb} no effect: {backend}"]


def _start_like_photo(
    match: DriverMatch, face: Face, clip: _Clip | None, extractor: "SignalExtractor | None"
) -> DriverMatch:
    """A match with a user's clip, relative to its frame that resembles the photo most."""
    track = match.driver.track
    if extractor is not None and clip is not None and clip.points68 is not None:
        frame = extractor.best_start(face, clip.points68)
    else:
        gap = read_expression(face.landmarks).mouth_opening
        frame = best_start(track, face.pose, gap)
    track = start_track_at(track, frame)
    start, pose = track.start_pose, face.pose
    why = match.why or "it is your own clip"
    if frame:
        why += f"; its frame at {frame / track.fps:.1f} s matches the photo"
    return replace(
        match,
        driver=replace(match.driver, track=track),
        distance=match.distance or math.hypot(start.yaw - pose.yaw, start.pitch - pose.pitch),
        why=why,
    )


def _clip_shape(roles: Sequence[_Role], options: AnimateOptions) -> tuple[float, float]:
    """Frames per second of the clip, and seconds of one performance.

    The rate is that of the user's clips, if there are any, and the length the longest.
    """
    own_rates = [role.match.driver.track.fps for role in roles if role.from_user]
    fps = options.fps or max(own_rates or [role.match.driver.track.fps for role in roles])
    longest_s = max(role.match.driver.track.duration_s for role in roles)
    return fps, longest_s if options.preview else options.duration_s or longest_s


def _performance(
    role: _Role, options: AnimateOptions, fps: float, duration_s: float
) -> MotionTrack:
    """A driver's track as this face plays it: tuned, and of the clip's length and rate.

    A user's clip is played unchanged; a driver of the bank smiles as suits the photo's mouth.
    """
    track = role.match.driver.track
    if role.from_user:
        if abs(duration_s - track.duration_s) > 0.5 / fps:
            track = ease_out(track)
    else:
        track = fit_smile(track, read_expression(role.face.landmarks))
    tuned = tune_track(track, options.smile, options.blink, options.turn, options.gaze)
    return resample_track(tuned, fps, duration_s)


def _strengths(roles: Sequence[_Role], options: AnimateOptions) -> tuple[float, ...]:
    """Each face's own strength; less if heads are close, unless the options set it."""
    strengths = []
    for role, close in zip(roles, close_faces(face_gaps([r.face for r in roles])), strict=True):
        held_back = CLOSE_STRENGTH if close and not (role.quiet or role.from_user) else 1.0
        strengths.append(options.face_strengths.get(role.face.number, options.strength * held_back))
    return tuple(strengths)


def _seed(photo_seed: int, number: int) -> int:
    """A separate seed for each face of each photo."""
    name = f"{photo_seed}:{number}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:4], "big")


def cast_scene(
    faces: Sequence[Face],
    photo: Photo,
    options: AnimateOptions,
    finder: Callable[[], FaceFinder],
    extractor: "SignalExtractor | None" = None,
    check: Callable[[], None] = lambda: None,
) -> Casting:
    """`cast_drivers` for a photo, with performances that fit the timeline of its clip.

    Raises:
        DriverError: there is no such driver, or a driving clip cannot be used.
    """
    seed = _photo_seed(photo, options)
    casting = cast_drivers(faces, performance_options(options), finder, seed, extractor, check)
    tracks = casting.tracks
    longest_s = longest_performance_s(options)
    if longest_s is not None and casting.frames > longest_s * casting.fps:
        tracks = tuple(resample_track(track, casting.fps, longest_s) for track in tracks)
    if rests(options):
        tracks = tuple(ease_out(track, FADE_S) for track in tracks)
    return replace(casting, tracks=tracks, frames=len(tracks[0]))


def _photo_seed(photo: Photo, options: AnimateOptions) -> int:
    """One number per photo and seed, so that one driver does not move two photos alike."""
    origin = photo.sha256 or hashlib.sha256(photo.pixels.tobytes()).hexdigest()
    return int(hashlib.sha256(f"{origin} {options.seed}".encode()).hexdigest()[:8], 16)


def with_casting(
    choices: tuple[FaceChoice, ...], casting: Casting | None, upright: Upright
) -> tuple[FaceChoice, ...]:
    """The choices with driver and strength of the animated ones, and advice about each.

    casting: None if no face is animated. upright: the photo and the faces of the choices.
    """
    roles = iter(zip(casting.matches, casting.strengths, strict=True) if casting else ())
    filled = []
    for choice, face in zip(choices, upright.faces, strict=True):
        match, strength = next(roles) if choice.moves else (None, None)
        others = [other for other in upright.faces if other is not face]
        advice = advise(upright.photo, face, match, others)
        filled.append(replace(choice, match=match, strength=strength, advice=advice))
    return tuple(filled)
