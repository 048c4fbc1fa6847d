"""All that is known of a clip before its first frame: who moves, how, where, and what is shown."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from nostalgia import registry
from nostalgia.drivers.tracks.easing import ease_out
from nostalgia.drivers.tracks.track import resample_track
from nostalgia.enhancement.identity import LEAST_LIKENESS, checked_enhancement
from nostalgia.errors import FaceError, UsageError
from nostalgia.faces.finder import FaceFinder
from nostalgia.files import printable_name
from nostalgia.geometry import xyxy_from_xywh
from nostalgia.motion.base import MotionBackend
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.photo.crop import crop_face, paste_crop, recrop
from nostalgia.progress import Stopwatch
from nostalgia.rendering.framing import (
    Framing,
    View,
    is_within,
    portrait_view,
    scaled_wh,
    whole_view,
)
from nostalgia.rendering.renderer import render_frame
from nostalgia.scene.advice import advise
from nostalgia.scene.casting import Casting, cast_drivers
from nostalgia.scene.layers import Layer, prepare_layers
from nostalgia.scene.report import FaceChoice
from nostalgia.scene.selection import select_faces
from nostalgia.scene.timeline import (
    FADE_S,
    Timeline,
    longest_performance_s,
    performance_options,
    plan_timeline,
    rests,
)
from nostalgia.types import BoxXYWH, Face, FaceCrop, Photo, PixelBox, UInt8

CROP_MARGIN = 1.75
"""Half the side of a face's crop, in face heights."""

PREVIEW_SIDE_PX = 480
"""Longest side of a preview."""

_HIDDEN = "outside the square of --crop face"


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is known before the first frame.

    photo: as it was read, reduced, and cut to what the shown faces need. pixels: RGB uint8
    (H, W, 3), that photo with its moving faces enhanced. size_wh, choices, shown_xyxy: the size of
    the whole photo as read, every face found in it, and what the clip shows of it, in its pixels.
    parts: smallest face first, so that the nearest head is drawn last.
    """

    photo: Photo
    pixels: UInt8
    size_wh: tuple[int, int]
    choices: tuple[FaceChoice, ...]
    shown_xyxy: PixelBox
    framing: Framing
    casting: Casting
    timeline: Timeline
    parts: tuple[Layer, ...]
    warnings: tuple[str, ...] = ()

    @property
    def needs_photo(self) -> bool:
        """Whether frames show the photo as it was read, so that its pixels must be kept."""
        return self.framing.layout != "alone" or self.timeline.frames > self.timeline.performed

    def frames(self) -> Iterator[UInt8]:
        """Every frame of the clip as it is shown, RGB uint8; can be run through once."""
        for number in range(self.timeline.performed):
            frame = self.next_frame(self.timeline.faded(number))
            yield self.framing.show(frame, self.photo.pixels)
        if self.timeline.resting:
            rest = self.framing.show(self.photo.pixels, self.photo.pixels)
            for _ in range(self.timeline.resting):
                yield rest

    def next_frame(self, faded: float = 0.0) -> UInt8:
        """The next frame, RGB uint8 (H, W, 3): every part moved, over the ones behind it.

        faded: 0..1, how far the enhancement has given way to the photo as it was read.
        """
        pixels = self.pixels
        if faded > 0:
            mixed = cv2.addWeighted(pixels, 1 - faded, self.photo.pixels, faded, 0)
            pixels = np.asarray(mixed, np.uint8)
        frame = pixels.copy()
        for part in self.parts:
            changed = part.overlaps or faded > 0
            source = recrop(part.source, frame) if changed else part.source
            x0, y0, x1, y1 = part.region_in_photo
            render_frame(source, next(part.motions), part.region_xyxy, frame[y0:y1, x0:x1])
        return frame


@lru_cache(maxsize=2)
def load_finder(options: DetectionOptions) -> FaceFinder:
    """The networks that find faces; read from disk at the first call of a process."""
    return FaceFinder.load(options)


def prepare_scene(photo: Photo, options: AnimateOptions, watch: Stopwatch | None = None) -> Scene:
    """Find, choose, enhance and cast the faces of a photo, and make them ready to move.

    Raises:
        FaceError: nobody can move. UsageError, DriverError, BackendError: as `animate`.
    """
    watch = watch or Stopwatch()
    size_wh = (photo.width, photo.height)
    with watch.stage("finding faces"):
        faces = find_faces(photo, options)
        choices = _choices(photo, faces, options)
        view, choices = _view(size_wh, choices, options)
        warnings = idle_words(choices, options)
    moving = [choice.face for choice in choices if not choice.reason]
    with watch.stage("preparing"):
        backend = registry.load("motion", options.motion).load(options)
        casting = cast_scene(moving, options, photo, backend)
        timeline = plan_timeline(options, casting.frames, casting.fps)
        choices = _with_casting(choices, casting, photo)
    with watch.stage("enhancing"):
        scale = view.scale(_max_side(options))
        photo = _cut(photo, view, scale)
        corner = view.work_xyxy[:2]
        faces = tuple(_moved(choice.face, corner, scale) for choice in choices)
        moving = [face for face, choice in zip(faces, choices, strict=True) if not choice.reason]
        enhanced = _enhanced(photo, moving, options)
        choices = tuple(
            replace(choice, likeness=enhanced.likeness.get(choice.face.number))
            for choice in choices
        )
    with watch.stage("preparing"):
        framing = view.framing(scale)
        parts = prepare_layers(enhanced.sources, faces, casting, framing, backend)
    return Scene(
        photo=photo,
        pixels=enhanced.pixels,
        size_wh=size_wh,
        choices=choices,
        shown_xyxy=view.window_xyxy,
        framing=framing,
        casting=casting,
        timeline=timeline,
        parts=parts,
        warnings=(*warnings, *enhanced.warnings),
    )


def said(photo: Photo) -> str:
    """What a photo is called in messages and in the clip's metadata."""
    return printable_name(photo.path.name) if photo.path is not None else "the photo"


def _detection(options: AnimateOptions) -> DetectionOptions:
    return DetectionOptions(backend=options.detection, device=options.device)


def find_faces(photo: Photo, options: AnimateOptions) -> tuple[Face, ...]:
    """The faces of a photo, or the one in the box that the options draw."""
    detection = _detection(options)
    finder = load_finder(detection)
    if options.face_box is None:
        return finder.find(photo, replace(detection, order=options.order))
    return (finder.in_box(photo, xyxy_from_xywh(BoxXYWH(options.face_box))),)


def _choices(
    photo: Photo, faces: Sequence[Face], options: AnimateOptions
) -> tuple[FaceChoice, ...]:
    """Who moves; judged at the size that the clip has, a preview's faces like the clip's."""
    view = whole_view((photo.width, photo.height), side_by_side=options.side_by_side)
    scale = 1.0 if options.crop == "face" else view.scale(options.max_side)
    chosen = select_faces([_moved(face, (0, 0), scale) for face in faces], options)
    if all(choice.reason for choice in chosen):
        raise _nobody(photo, chosen)
    return tuple(replace(choice, face=face) for choice, face in zip(chosen, faces, strict=True))


def _nobody(photo: Photo, choices: Sequence[FaceChoice]) -> FaceError:
    if not choices:
        where = "show where one is: nostalgia animate PHOTO --face-box x,y,width,height"
        return FaceError(f"no face was found in {said(photo)}: {where}")
    reasons = "; ".join(f"face {choice.face.number}: {choice.reason}" for choice in choices)
    return FaceError(f"no face of {said(photo)} can move ({reasons}): choose one with --faces")


def _view(
    size_wh: tuple[int, int], choices: tuple[FaceChoice, ...], options: AnimateOptions
) -> tuple[View, tuple[FaceChoice, ...]]:
    """What is shown; faces out of sight stay still."""
    if options.crop == "photo":
        return whole_view(size_wh, side_by_side=options.side_by_side), choices
    moving = [choice.face for choice in choices if not choice.reason]
    view = portrait_view(moving, size_wh, CROP_MARGIN, side_by_side=options.side_by_side)
    seen = tuple(
        choice if is_within(choice.face, view.window_xyxy)
        else replace(choice, reason=choice.reason or _HIDDEN)
        for choice in choices
    )  # fmt: skip
    return view, seen


def idle_words(choices: Sequence[FaceChoice], options: AnimateOptions) -> tuple[str, ...]:
    """What was asked of faces that stay still.

    Raises:
        UsageError: of a face that is not there.
    """
    reasons = {choice.face.number: choice.reason for choice in choices}
    words = [(n, f"--driver {n}={driver}") for n, driver in options.face_drivers.items()]
    words += [(n, f"--strength {n}={value:g}") for n, value in options.face_strengths.items()]
    for number, word in words:
        if number not in reasons:
            raise UsageError(
                f"{word}: there is no face {number}, the photo has {len(choices)}; "
                "see nostalgia faces PHOTO"
            )
    return tuple(
        f"{word} has no effect: face {number} stays still ({reasons[number]}); "
        "choose it with --faces"
        for number, word in words
        if reasons[number]
    )


def cast_scene(
    moving: Sequence[Face],
    options: AnimateOptions,
    photo: Photo,
    backend: MotionBackend[Any] | None = None,
) -> Casting:
    """What each moving face performs, as long as the clip's timeline has room for it.

    backend: the motion backend that will play it; None where nothing is to be rendered.

    Raises:
        DriverError: there is no such driver, or a driving clip cannot be used.
        BackendError: who finds the points of driving frames is missing.
    """
    watcher = None
    if backend is not None and backend.reads_signals:
        from nostalgia.scene.driving_signals import SignalExtractor  # for few backends only

        landmarker = registry.load("landmarks", options.fomm.landmarks).load(options)
        watcher = SignalExtractor(backend, landmarker, photo.pixels)
    performance = performance_options(options)
    casting = cast_drivers(moving, performance, load_finder, _seed(photo, options), watcher)
    tracks = casting.tracks
    longest_s = longest_performance_s(options)
    if longest_s is not None and casting.frames > longest_s * casting.fps:
        tracks = tuple(resample_track(track, casting.fps, longest_s) for track in tracks)
    if rests(options):
        tracks = tuple(ease_out(track, FADE_S) for track in tracks)
    return replace(casting, tracks=tracks, frames=len(tracks[0]))


def _seed(photo: Photo, options: AnimateOptions) -> int:
    """One number per photo and seed, so that one driver does not move two photos alike."""
    origin = photo.sha256 or hashlib.sha256(photo.pixels.tobytes()).hexdigest()
    return int(hashlib.sha256(f"{origin} {options.seed}".encode()).hexdigest()[:8], 16)


def _with_casting(
    choices: Sequence[FaceChoice], casting: Casting, photo: Photo
) -> tuple[FaceChoice, ...]:
    """The choices with driver and strength of those that move, and what to know about each."""
    roles = iter(zip(casting.matches, casting.strengths, strict=True))
    faces = [choice.face for choice in choices]
    filled = []
    for choice in choices:
        match, strength = (None, None) if choice.reason else next(roles)
        others = [face for face in faces if face is not choice.face]
        advice = tuple(asdict(each) for each in advise(photo, choice.face, match, others))
        filled.append(replace(choice, match=match, strength=strength, advice=advice))
    return tuple(filled)


def _max_side(options: AnimateOptions) -> int | None:
    if not options.preview:
        return options.max_side
    return min(options.max_side or PREVIEW_SIDE_PX, PREVIEW_SIDE_PX)


def _cut(photo: Photo, view: View, scale: float) -> Photo:
    """The part of a photo that a view works on, reduced."""
    x0, y0, x1, y1 = view.work_xyxy
    part = photo.pixels[y0:y1, x0:x1]
    size = scaled_wh((x1 - x0, y1 - y0), scale)
    if size != (x1 - x0, y1 - y0):
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    return replace(photo, pixels=np.ascontiguousarray(part))


def _moved(face: Face, corner_xy: tuple[int, int], scale: float) -> Face:
    """A face in the pixels of a part of its photo that begins at the corner and is reduced."""
    if scale == 1.0 and corner_xy == (0, 0):
        return face
    x, y = corner_xy
    x0, y0, x1, y1 = face.box_xyxy
    box = ((x0 - x) * scale, (y0 - y) * scale, (x1 - x) * scale, (y1 - y) * scale)
    landmarks = (face.landmarks - np.array([x, y, 0], np.float32)) * np.float32(scale)
    return replace(face, box_xyxy=box, landmarks=np.asarray(landmarks, np.float32))


@dataclass(frozen=True, slots=True)
class _Enhanced:
    """The photo with its moving faces enhanced, their crops, and how like they stayed.

    likeness: face number -> 0..1. warnings: which faces were refused.
    """

    pixels: UInt8
    sources: tuple[FaceCrop, ...]
    likeness: Mapping[int, float]
    warnings: tuple[str, ...]


def _enhanced(photo: Photo, moving: Sequence[Face], options: AnimateOptions) -> _Enhanced:
    """Enhance the moving faces, each on top of the last, so that overlapping crops agree.

    A face that no longer measures as the same person's stays as the photo shows it.
    """
    enhancer = registry.load("enhancement", options.enhancement).load(options)
    mesh = load_finder(_detection(options)).mesh
    enhanced = replace(photo, pixels=photo.pixels.copy())
    likeness: dict[int, float] = {}
    warnings = []
    for face in moving:
        crop = crop_face(enhanced, face, CROP_MARGIN)
        checked = checked_enhancement(crop, enhancer.enhance(crop, options.enhance), mesh)
        paste_crop(enhanced.pixels, checked.crop)
        likeness[face.number] = checked.likeness
        if checked.refused:
            warnings.append(
                f"face {face.number} is shown unrestored: {options.enhancement} would have made it"
                f" somebody else's (likeness {checked.likeness:.2f}, at least {LEAST_LIKENESS})"
            )
    sources = tuple(crop_face(enhanced, face, CROP_MARGIN) for face in moving)
    return _Enhanced(enhanced.pixels, sources, likeness, tuple(warnings))
