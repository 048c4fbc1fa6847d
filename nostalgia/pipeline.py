"""From a photo to a clip: the only place that knows the order of the stages.

    read -> find faces -> choose -> crop -> enhance -> match drivers -> prepare -> render -> encode
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2

import nostalgia
from nostalgia import registry
from nostalgia.alignment import crop_face, recut
from nostalgia.casting import Casting, cast_drivers
from nostalgia.choosing import choose_faces
from nostalgia.compositing import Layer, composite
from nostalgia.encoding import ClipWriter, clip_format
from nostalgia.errors import FaceError, UsageError
from nostalgia.faces import FaceFinder
from nostalgia.memory import peak_memory_mib
from nostalgia.naming import clip_path_for, printable_name
from nostalgia.options import AnimateOptions, DetectionOptions, PhotoOptions
from nostalgia.photo import read_photo
from nostalgia.provenance import Provenance, metadata_tags, xmp_packet
from nostalgia.rendering import render_frame
from nostalgia.report import ClipFacts, FaceChoice, Work, build_report
from nostalgia.types import DenseMotion, Face, FaceCrop, Photo, Report, UInt8

Progress = Callable[[str, float], None]
"""Called with the name of the stage and how much of it is done, 0..1."""

CROP_MARGIN = 1.75
"""Half the side of a face's crop, in face heights."""


@dataclass(frozen=True, slots=True)
class Animation:
    """A finished clip and what is known about it."""

    clip_path: Path
    report: Report


@dataclass(slots=True)
class _Stopwatch:
    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.tell(name, 0.0)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.tell(name, 1.0)

    def tell(self, name: str, done: float) -> None:
        if self.progress is not None:
            self.progress(name, done)


@dataclass(frozen=True, slots=True)
class _Part:
    """One moving face: its source, where it may move, and its motions, frame by frame."""

    source: FaceCrop
    region_xyxy: tuple[int, int, int, int]
    motions: Iterator[DenseMotion]
    behind: bool
    """Whether a face that was drawn before reaches into this one's region."""


def detect_faces(
    photo: Path | str | Photo, options: DetectionOptions | None = None
) -> tuple[Face, ...]:
    """The faces of a photo, numbered from 1, left to right; empty where there is none.

    Raises:
        InputError: the photo cannot be read.
        BackendError: the detector or its weights are missing.
    """
    options = options or DetectionOptions()
    read = photo if isinstance(photo, Photo) else read_photo(photo)
    return load_finder(options).find(read, options)


@lru_cache(maxsize=2)
def load_finder(options: DetectionOptions) -> FaceFinder:
    """The networks that find faces; read from disk at the first call of a process."""
    return FaceFinder.load(options)


def animate(
    photo: Path | str | Photo,
    output: Path | str | None = None,
    options: AnimateOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Animation:
    """Animate the faces of a photo.

    Args:
        photo: a picture file, "-" for standard input, or a photo that was read before.
        output: the clip; beside the photo, ``old_photo.nostalgia.mp4``, where None.
        options: how the clip should look. changes: single options, such as ``driver="smile"``.
        progress: called with the stage and its share done.

    Raises:
        InputError: the photo cannot be read. FaceError: nobody in it can move.
        UsageError: the options make no sense for this photo. DriverError: no such driver.
        BackendError: a backend or a checkpoint is missing. EncodingError: the clip cannot be written.
    """
    options = replace(options or AnimateOptions(), **changes)
    watch = _Stopwatch(progress)
    with watch.stage("reading"):
        read = photo if isinstance(photo, Photo) else read_photo(photo, PhotoOptions())
        target = _target(read, output, options)
        read, scale = _limited(read, options.max_side)
    with watch.stage("finding faces"):
        faces = _faces(read, options, scale)
        choices = choose_faces(faces, options)
        moving = [choice.face for choice in choices if not choice.reason]
        if not moving:
            raise _nobody(read, choices)
    with watch.stage("enhancing"):
        sources, stage_photo = _enhanced(read, moving, options)
    with watch.stage("preparing"):
        casting = cast_drivers(moving, options, load_finder)
        parts = _parts(sources, casting, options)
    provenance = Provenance(
        source_name=_said(read),
        source_sha256=read.sha256,
        backend=options.motion,
        drivers=tuple(match.driver.name for match in casting.matches),
        version=nostalgia.__version__,
    )
    writer = ClipWriter(
        target, read.width, read.height, casting.fps, chosen_format=options.format,
        tags=metadata_tags(provenance), xmp=xmp_packet(provenance), overwrite=options.overwrite,
    )  # fmt: skip
    with watch.stage("rendering"), writer:
        for number in range(casting.frames):
            writer.write(_frame(stage_photo, parts))
            watch.tell("rendering", (number + 1) / casting.frames)
    return Animation(
        target, _report(read, choices, casting, writer, options, watch.seconds)
    )


def _target(photo: Photo, output: Path | str | None, options: AnimateOptions) -> Path:
    if output is not None:
        return Path(output)
    if photo.path is None:
        raise UsageError("a photo that is no file needs a place for its clip: give an output path")
    return clip_path_for(photo.path, options.format or "mp4")


def _limited(photo: Photo, max_side: int | None) -> tuple[Photo, float]:
    """The photo with no side above `max_side`, and the factor it was reduced by."""
    longest = max(photo.width, photo.height)
    if max_side is None or longest <= max_side:
        return photo, 1.0
    k = max_side / longest
    size = (max(round(photo.width * k), 1), max(round(photo.height * k), 1))
    return replace(photo, pixels=cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)), k


def _faces(photo: Photo, options: AnimateOptions, scale: float) -> tuple[Face, ...]:
    finder = load_finder(DetectionOptions())
    if options.face_box is None:
        return finder.find(photo)
    x, y, width, height = options.face_box
    return (finder.in_box(photo, (x * scale, y * scale, width * scale, height * scale)),)


def _nobody(photo: Photo, choices: Sequence[FaceChoice]) -> FaceError:
    said = _said(photo)
    if not choices:
        return FaceError(
            f"no face was found in {said}: show where one is with --face-box x,y,width,height"
        )
    reasons = "; ".join(f"face {choice.face.number}: {choice.reason}" for choice in choices)
    return FaceError(f"no face of {said} can move ({reasons}): choose one with --faces")


def _said(photo: Photo) -> str:
    return printable_name(photo.path) if photo.path is not None else "the photo"


def _enhanced(
    photo: Photo, moving: Sequence[Face], options: AnimateOptions
) -> tuple[list[FaceCrop], UInt8]:
    """The crops of the moving faces, enhanced, and the photo with those faces in it.

    One after the other and each on top of the last, so that overlapping crops agree.
    """
    enhancer = registry.load("enhancement", options.enhancement)()
    pixels = photo.pixels
    for face in moving:
        crop = crop_face(replace(photo, pixels=pixels), face, CROP_MARGIN)
        better = enhancer.enhance(crop, options.enhance)
        if better is not crop:
            whole = (0, 0, better.size_px, better.size_px)
            pixels = composite(pixels, [Layer(better, better.pixels, whole)])
    enhanced = replace(photo, pixels=pixels)
    return [crop_face(enhanced, face, CROP_MARGIN) for face in moving], pixels


def _parts(
    sources: Sequence[FaceCrop], casting: Casting, options: AnimateOptions
) -> list[_Part]:
    """The moving faces, smallest first: the nearest head is drawn last."""
    backend = registry.load("motion", options.motion)()
    parts: list[_Part] = []
    drawn: list[tuple[int, int, int, int]] = []
    order = sorted(range(len(sources)), key=lambda index: sources[index].face_height_px)
    for index in order:
        source = sources[index]
        shift = source.photo_from_crop[:, 2]
        neighbours = [
            other.landmarks + [*(other.photo_from_crop[:, 2] - shift), 0.0]
            for other in sources
            if other is not source
        ]
        prepared = backend.prepare(source, neighbours)
        motions = backend.perform(
            prepared, casting.tracks[index], options.strength, options.seed * 1009 + source.face_number
        )
        region = backend.region(prepared)
        x, y = (round(float(v)) for v in shift)
        placed = (region[0] + x, region[1] + y, region[2] + x, region[3] + y)
        parts.append(_Part(source, region, motions, any(_meet(placed, other) for other in drawn)))
        drawn.append(placed)
    return parts


def _meet(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _frame(pixels: UInt8, parts: Sequence[_Part]) -> UInt8:
    """One frame: every part moved and laid over the ones behind it."""
    frame = pixels
    for part in parts:
        source = recut(part.source, frame) if part.behind else part.source
        moved = render_frame(source, next(part.motions), part.region_xyxy)
        frame = composite(frame, [Layer(source, moved, part.region_xyxy)])
    return frame


def _report(
    photo: Photo,
    choices: Sequence[FaceChoice],
    casting: Casting,
    writer: ClipWriter,
    options: AnimateOptions,
    seconds: Mapping[str, float],
) -> Report:
    matches = iter(casting.matches)
    matched = [
        choice if choice.reason else replace(choice, match=next(matches)) for choice in choices
    ]
    odd = (photo.width % 2, photo.height % 2) if writer.padded else (0, 0)
    facts = ClipFacts(
        path=writer.path,
        format=clip_format(writer.path, options.format),
        width=photo.width + odd[0],
        height=photo.height + odd[1],
        frames=casting.frames,
        fps=casting.fps,
        size_bytes=writer.path.stat().st_size,
        padded_px=odd,
    )
    backends = {
        "detection": DetectionOptions().backend,
        "enhancement": options.enhancement,
        "motion": options.motion,
    }
    warnings = [*casting.warnings]
    if writer.padded:
        warnings.append(
            f"the clip is {facts.width} x {facts.height}: MP4 needs even sides, so the last"
            " row or column of pixels is there twice"
        )
    work = Work(seconds, backends, nostalgia.__version__, peak_memory_mib(), warnings)
    return build_report(photo, matched, facts, options, work)
