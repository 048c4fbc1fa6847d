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
import numpy as np

import nostalgia
from nostalgia import registry
from nostalgia.alignment import crop_corner, crop_face, recut
from nostalgia.casting import Casting, cast_drivers
from nostalgia.choosing import choose_faces
from nostalgia.compositing import lay_crop
from nostalgia.encoding import ClipWriter
from nostalgia.errors import FaceError, UsageError
from nostalgia.faces import FaceFinder
from nostalgia.memory import peak_memory_mib
from nostalgia.naming import clip_path_for, printable_name
from nostalgia.options import AnimateOptions, DetectionOptions, PhotoOptions
from nostalgia.photo import read_photo
from nostalgia.provenance import Provenance, digital_source_type, metadata_tags, xmp_packet
from nostalgia.rendering import render_frame
from nostalgia.report import ClipFacts, FaceChoice, Work, build_report
from nostalgia.types import DenseMotion, Face, FaceCrop, Float32, Photo, Report, UInt8

Progress = Callable[[str, float], None]
"""Called with the name of the stage and how much of it is done, 0..1."""

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, right and bottom exclusive."""

CROP_MARGIN = 1.75
"""Half the side of a face's crop, in face heights."""


@dataclass(frozen=True, slots=True)
class Animation:
    """A finished clip and what is known about it."""

    clip_path: Path
    report: Report


@dataclass(slots=True)
class Stopwatch:
    """Adds up the seconds of each stage and tells the listener, if there is one."""

    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`."""
        self.tell(name, 0.0)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.tell(name, 1.0)

    def tell(self, name: str, done: float) -> None:
        """Say how much of a stage is done, 0..1."""
        if self.progress is not None:
            self.progress(name, done)


@dataclass(frozen=True, slots=True)
class Part:
    """One moving face: its source, where it may move, and its motions, frame by frame.

    motion_mask: float32 (G, G) over the crop, exactly 0 where nothing ever moves.
    overlaps: whether a face that is drawn before reaches into this one's region.
    """

    source: FaceCrop
    region_xyxy: Box
    motion_mask: Float32
    motions: Iterator[DenseMotion]
    overlaps: bool

    @property
    def region_in_photo(self) -> Box:
        """The region in photo pixels; the backend keeps it inside the photo."""
        x, y = crop_corner(self.source)
        x0, y0, x1, y1 = self.region_xyxy
        return x0 + x, y0 + y, x1 + x, y1 + y


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is known before the first frame.

    photo: as it will be shown, reduced to `max_side`. pixels: RGB uint8 (H, W, 3), that photo with
    its moving faces enhanced. size_wh, choices: the size of the photo before it was reduced, and
    every face found in it, moving or not. parts: smallest face first, so that the nearest head is
    drawn last.
    """

    photo: Photo
    pixels: UInt8
    size_wh: tuple[int, int]
    choices: tuple[FaceChoice, ...]
    casting: Casting
    parts: tuple[Part, ...]

    def next_frame(self) -> UInt8:
        """The next frame, RGB uint8 (H, W, 3): every part moved, over the ones behind it."""
        frame = self.pixels.copy()
        for part in self.parts:
            source = recut(part.source, frame) if part.overlaps else part.source
            x0, y0, x1, y1 = part.region_in_photo
            render_frame(source, next(part.motions), part.region_xyxy, frame[y0:y1, x0:x1])
        return frame


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
        options: how the clip should look.
        progress: called with the stage and its share done.
        **changes: single options, such as ``driver="smile"``.

    Raises:
        InputError: the photo cannot be read. FaceError: nobody in it can move.
        UsageError: the options make no sense for this photo. DriverError: no such driver.
        BackendError: a backend or a checkpoint is missing.
        EncodingError: the clip cannot be written.
    """
    options = replace(options or AnimateOptions(), **changes)
    watch = Stopwatch(progress)
    with watch.stage("reading"):
        read = photo if isinstance(photo, Photo) else read_photo(photo, PhotoOptions())
        target = _target(read, output, options)
    scene = prepare_scene(read, options, watch)
    del read, photo  # a scan of 24 megapixels is 72 MB, and the scene has a copy of its own
    scene = replace(scene, photo=replace(scene.photo, pixels=scene.pixels))
    provenance = _provenance(scene, options)
    writer = ClipWriter(
        target, scene.photo.width, scene.photo.height, scene.casting.fps,
        chosen_format=options.format, tags=metadata_tags(provenance), xmp=xmp_packet(provenance),
        overwrite=options.overwrite,
    )  # fmt: skip
    with watch.stage("rendering"), writer:
        for number in range(scene.casting.frames):
            writer.write(scene.next_frame())
            watch.tell("rendering", (number + 1) / scene.casting.frames)
    return Animation(target, _report(scene, writer, options, watch.seconds))


def prepare_scene(photo: Photo, options: AnimateOptions, watch: Stopwatch | None = None) -> Scene:
    """Find, choose, enhance and cast the faces of a photo, and make them ready to move.

    Raises:
        FaceError: nobody can move. UsageError, DriverError, BackendError: as `animate`.
    """
    watch = watch or Stopwatch(None)
    with watch.stage("finding faces"):
        faces = _faces(photo, options)
        size_wh = (photo.width, photo.height)
        photo, scale = _limited(photo, options.max_side)
        reduced = [_scaled(face, scale) for face in faces]
        chosen = choose_faces(reduced, options)
        moving = [choice.face for choice in chosen if not choice.reason]
        choices = tuple(
            replace(choice, face=face) for choice, face in zip(chosen, faces, strict=True)
        )
        if not moving:
            raise _nobody(photo, chosen)
    with watch.stage("enhancing"):
        sources, pixels = _enhanced(photo, moving, options)
    with watch.stage("preparing"):
        casting = cast_drivers(moving, options, load_finder)
        parts = _parts(sources, casting, options)
    return Scene(photo, pixels, size_wh, choices, casting, parts)


def _provenance(scene: Scene, options: AnimateOptions) -> Provenance:
    enhancement = options.enhancement if options.enhance > 0 else ""
    return Provenance(
        title=_said(scene.photo),
        source_sha256=scene.photo.sha256,
        motion=options.motion,
        driver=", ".join(match.driver.name for match in scene.casting.matches),
        version=nostalgia.__version__,
        enhancement=enhancement,
        digital_source_type=digital_source_type(options.motion, enhancement),
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
    smaller = np.asarray(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return replace(photo, pixels=smaller), k


def _scaled(face: Face, factor: float) -> Face:
    if factor == 1.0:
        return face
    x0, y0, x1, y1 = (edge * factor for edge in face.box_xyxy)
    landmarks = np.asarray(face.landmarks * factor, np.float32)
    return replace(face, box_xyxy=(x0, y0, x1, y1), landmarks=landmarks)


def _faces(photo: Photo, options: AnimateOptions) -> tuple[Face, ...]:
    finder = load_finder(DetectionOptions())
    if options.face_box is None:
        return finder.find(photo)
    return (finder.in_box(photo, options.face_box),)


def _nobody(photo: Photo, choices: Sequence[FaceChoice]) -> FaceError:
    said = _said(photo)
    if not choices:
        return FaceError(
            f"no face was found in {said}: show where one is with --face-box x,y,width,height"
        )
    reasons = "; ".join(f"face {choice.face.number}: {choice.reason}" for choice in choices)
    return FaceError(f"no face of {said} can move ({reasons}): choose one with --faces")


def _said(photo: Photo) -> str:
    return printable_name(photo.path.name) if photo.path is not None else "the photo"


def _enhanced(
    photo: Photo, moving: Sequence[Face], options: AnimateOptions
) -> tuple[list[FaceCrop], UInt8]:
    """The crops of the moving faces, enhanced, and the photo with those faces in it.

    One after the other and each on top of the last, so that overlapping crops agree.
    """
    enhancer = registry.load("enhancement", options.enhancement)()
    enhanced = replace(photo, pixels=photo.pixels.copy())
    for face in moving:
        crop = crop_face(enhanced, face, CROP_MARGIN)
        lay_crop(enhanced.pixels, enhancer.enhance(crop, options.enhance))
    return [crop_face(enhanced, face, CROP_MARGIN) for face in moving], enhanced.pixels


def _parts(
    sources: Sequence[FaceCrop], casting: Casting, options: AnimateOptions
) -> tuple[Part, ...]:
    backend = registry.load("motion", options.motion)()
    parts: list[Part] = []
    for index in sorted(range(len(sources)), key=lambda i: sources[i].face_height_px):
        source = sources[index]
        prepared = backend.prepare(source, _neighbours(source, sources))
        seed = options.seed * 1009 + source.face_number
        motions = backend.perform(prepared, casting.tracks[index], options.strength, seed)
        mask, region = backend.motion_mask(prepared), backend.region(prepared)
        part = Part(source, region, mask, motions, overlaps=False)
        overlaps = any(_meet(part.region_in_photo, other.region_in_photo) for other in parts)
        parts.append(replace(part, overlaps=overlaps))
    return tuple(parts)


def _neighbours(source: FaceCrop, sources: Sequence[FaceCrop]) -> list[Float32]:
    """Landmarks of the other faces in the pixels of this face's crop."""
    return [
        other.landmarks + _offset(other) - _offset(source)
        for other in sources
        if other is not source
    ]


def _offset(source: FaceCrop) -> Float32:
    return np.array([*crop_corner(source), 0], np.float32)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _report(
    scene: Scene, writer: ClipWriter, options: AnimateOptions, seconds: Mapping[str, float]
) -> Report:
    photo, casting = scene.photo, scene.casting
    matches = iter(casting.matches)
    choices = [
        choice if choice.reason else replace(choice, match=next(matches))
        for choice in scene.choices
    ]
    odd = (photo.width % 2, photo.height % 2) if writer.padded else (0, 0)
    facts = ClipFacts(
        path=writer.path,
        format=writer.format,
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
    padding = (
        f"the clip is {facts.width} x {facts.height}: MP4 needs even sides, so the last row or"
        " column of pixels is there twice"
    )
    warnings = [*casting.warnings, *([padding] if writer.padded else [])]
    work = Work(seconds, backends, nostalgia.__version__, peak_memory_mib(), warnings)
    return build_report(photo, scene.size_wh, choices, facts, options, work)
