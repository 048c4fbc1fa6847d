"""From a photo to a clip: the only place that knows the order of the stages.

read -> find faces -> choose -> cast drivers -> crop -> enhance -> prepare -> render -> encode
(all between reading and rendering: `scene.py`)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nostalgia.clips.ffmpeg import Sound, probe_sound
from nostalgia.clips.poster import encode_poster, write_poster
from nostalgia.clips.provenance import Provenance, digital_source_type, metadata_tags, xmp_packet
from nostalgia.clips.verification import Verification, verify_clip
from nostalgia.clips.writer import ClipWriter, clip_format, refuse_sound, require_place
from nostalgia.errors import InputError, UsageError
from nostalgia.files import clip_path_for, printable_name
from nostalgia.option_rules import check_options
from nostalgia.options import AnimateOptions, DetectionOptions, PhotoOptions
from nostalgia.photo.reader import read_photo
from nostalgia.progress import Progress, Stopwatch, peak_memory_mib
from nostalgia.rendering.label import Label, prepare_label
from nostalgia.scene.report import ClipFacts, Work, build_report
from nostalgia.scene.scene import Scene, find_faces, load_finder, prepare_scene, said
from nostalgia.types import BoxXYXY, Face, Photo, PixelBox, Report
from nostalgia.version import __version__


@dataclass(frozen=True, slots=True)
class Animation:
    """A finished clip and what is known about it."""

    clip_path: Path
    report: Report


@dataclass(frozen=True, slots=True)
class Request:
    """What is read and written besides the photo. sound: what the clip shall sound like."""

    clip_path: Path
    format: str
    poster: Path | None
    sound: Sound | None
    warnings: tuple[str, ...]


def detect_faces(
    photo: Path | str | Photo, options: DetectionOptions | None = None
) -> tuple[Face, ...]:
    """The faces of a photo, numbered from 1 in the order of the options; empty where none is.

    Raises:
        InputError: the photo cannot be read.
        BackendError: the detector or its weights are missing.
    """
    options = options or DetectionOptions()
    read = photo if isinstance(photo, Photo) else read_photo(photo)
    return load_finder(DetectionOptions(options.backend, options.device)).find(read, options)


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
        InputError: the photo or the sound cannot be read. FaceError: nobody in it can move.
        UsageError: the options make no sense for this photo. DriverError: no such driver.
        BackendError: a backend or a checkpoint is missing.
        EncodingError: the clip cannot be written.
    """
    options = replace(options or AnimateOptions(), **changes)
    check_options(options)
    watch = Stopwatch(progress)
    with watch.stage("reading"):
        request = _request(photo, output, options)
        read = photo if isinstance(photo, Photo) else read_photo(photo, PhotoOptions())
    scene = prepare_scene(read, options, watch)
    del read, photo  # a scan of 24 megapixels is 72 MB, and the scene has a copy of its own
    if not scene.needs_photo:
        scene = replace(scene, photo=replace(scene.photo, pixels=scene.pixels))
    label = _label(scene) if options.label else None
    with watch.stage("rendering"):
        writer = _write(scene, request, options, watch, label)
    report = _report(scene, writer, request, options, watch.seconds, label)
    return Animation(request.clip_path, report)


def verify(
    clip: Path | str, photo: Path | str, face_box: tuple[float, float, float, float] | None = None
) -> Verification:
    """Compare a clip with its photo: nothing outside the surroundings of the faces may differ.

    Args:
        clip: MP4, GIF or WebP of any program; a JPEG or PNG counts as one frame.
        photo: the photo.
        face_box: x, y, width, height of a face that the detector misses, in photo pixels.

    Raises:
        InputError: one of them cannot be read, or they cannot be compared.
        UsageError: the face box leaves the photo. BackendError: the face detector is missing.
    """
    options = AnimateOptions(face_box=face_box)
    return verify_clip(clip, photo, lambda read: find_faces(read, options))


def _request(
    photo: Path | str | Photo, output: Path | str | None, options: AnimateOptions
) -> Request:
    """Look at all files but the photo, before the work is done."""
    origin = photo.path if isinstance(photo, Photo) else Path(photo)
    if output is None and (origin is None or str(origin) == "-"):
        raise UsageError("a photo that is no file needs a place for its clip: give an output path")
    clip_path = (
        Path(output) if output else clip_path_for(Path(origin or ""), options.format or "mp4")
    )
    poster = Path(options.poster) if options.poster else None
    kind = clip_format(clip_path, options.format)
    sound = None
    if options.audio is not None:
        refuse_sound(kind)
        sound = probe_sound(Path(options.audio), InputError)
    originals = [path for path in (origin, sound.path if sound else None) if path is not None]
    _require_places([path for path in (clip_path, poster) if path is not None], originals, options)
    warnings = _preview_words(options) if options.preview else ()
    return Request(clip_path, kind, poster, sound, warnings)


def _require_places(
    results: Sequence[Path], originals: Sequence[Path], options: AnimateOptions
) -> None:
    """See that no result replaces an original, or another result, or a file unasked."""
    for number, result in enumerate(results):
        for other in (*originals, *results[:number]):
            if _same_file(result, other):
                raise UsageError(
                    f"{printable_name(result)} is named twice: as what is read and what is"
                    " written, or as clip and poster; give it another name"
                )
        require_place(result, overwrite=options.overwrite)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return one.absolute() == other.absolute()


def _preview_words(options: AnimateOptions) -> tuple[str, ...]:
    left_out = [
        word
        for word, is_asked in (
            ("--loop", options.loop > 1),
            ("--duration", options.duration_s is not None),
            ("--once-then-still", options.once_then_still),
        )
        if is_asked
    ]
    if not left_out:
        return ()
    return (f"a preview is one second: it leaves out {', '.join(left_out)}",)


def _label(scene: Scene) -> Label:
    """The visible mark: in what moves, clear of the faces, near the largest one that moves."""
    area = scene.framing.moving_xyxy
    choices = sorted(scene.choices, key=lambda each: (bool(each.reason), -each.face.height_px))
    faces = [_placed(choice.face.box_xyxy, scene.shown_xyxy, area) for choice in choices]
    return prepare_label(*scene.framing.size_wh, faces=faces, area_xyxy=area)


def _placed(
    box: tuple[float, float, float, float], shown_xyxy: PixelBox, area_xyxy: PixelBox
) -> BoxXYXY:
    """A box of the photo where its shown part fills an area of the clip."""
    scale = (area_xyxy[2] - area_xyxy[0]) / (shown_xyxy[2] - shown_xyxy[0])
    left, top = area_xyxy[0] - shown_xyxy[0] * scale, area_xyxy[1] - shown_xyxy[1] * scale
    x0, y0, x1, y1 = box
    return BoxXYXY((x0 * scale + left, y0 * scale + top, x1 * scale + left, y1 * scale + top))


def _write(
    scene: Scene,
    request: Request,
    options: AnimateOptions,
    watch: Stopwatch,
    label: Label | None,
) -> ClipWriter:
    """Render and encode all frames; the poster follows when the clip is whole."""
    provenance = _provenance(scene, options, label)
    tags, xmp = metadata_tags(provenance), xmp_packet(provenance)
    width, height = scene.framing.size_wh
    frames = scene.timeline.frames
    writer = ClipWriter(
        request.clip_path, width, height, scene.casting.fps,
        chosen_format=request.format, tags=tags, xmp=xmp, overwrite=options.overwrite,
        forever=scene.timeline.resting == 0, sound=request.sound, frames=frames,
    )  # fmt: skip
    poster = b""
    with writer:
        for number, frame in enumerate(scene.frames(), 1):
            if label is not None:
                frame = label.laid(frame)
            writer.write(frame)
            if number == 1 and request.poster is not None:
                poster = encode_poster(frame, tags)
            watch.tell("rendering", number / frames)
    if request.poster is not None:
        write_poster(request.poster, poster, xmp, overwrite=options.overwrite)
    return writer


def _provenance(scene: Scene, options: AnimateOptions, label: Label | None) -> Provenance:
    enhancement = options.enhancement if options.enhance > 0 else ""
    return Provenance(
        title=said(scene.photo),
        source_sha256=scene.photo.sha256,
        motion=options.motion,
        driver=", ".join(match.driver.name for match in scene.casting.matches),
        version=__version__,
        enhancement=enhancement,
        digital_source_type=digital_source_type(options.motion, enhancement),
        label=label.text if label else "",
        label_xyxy=label.place_xyxy if label else None,
        shown_xyxy=scene.shown_xyxy,
        layout=scene.framing.layout,
    )


def _report(
    scene: Scene,
    writer: ClipWriter,
    request: Request,
    options: AnimateOptions,
    seconds: Mapping[str, float],
    label: Label | None,
) -> Report:
    odd = (writer.width % 2, writer.height % 2) if writer.padded else (0, 0)
    facts = ClipFacts(
        path=writer.path,
        format=writer.format,
        width=writer.width + odd[0],
        height=writer.height + odd[1],
        frames=scene.timeline.frames,
        fps=scene.casting.fps,
        size_bytes=writer.path.stat().st_size,
        padded_px=odd,
        shown_xyxy=scene.shown_xyxy,
        layout=scene.framing.layout,
        resting_frames=scene.timeline.resting,
        sound=request.sound.path if request.sound else None,
        poster=request.poster,
        label=label.text if label else "",
    )
    backends = {
        "detection": options.detection,
        "enhancement": options.enhancement,
        "motion": options.motion,
    }
    warnings = [*request.warnings, *scene.casting.warnings, *scene.warnings]
    warnings += _clip_words(facts, request.sound, options)
    work = Work(seconds, backends, __version__, peak_memory_mib(), warnings)
    return build_report(scene.photo, scene.size_wh, scene.choices, facts, options, work)


def _clip_words(facts: ClipFacts, sound: Sound | None, options: AnimateOptions) -> list[str]:
    """What is odd about a finished clip."""
    words = []
    if facts.padded_px != (0, 0):
        words.append(
            f"the clip is {facts.width} x {facts.height}: MP4 needs even sides, so the last row or"
            " column of pixels is there twice"
        )
    length_s = facts.frames / facts.fps
    length_is_said = options.preview or options.duration_s is not None or options.loop > 1
    if sound is not None and sound.duration_s > length_s + 0.05 and not length_is_said:
        words.append(
            f"the sound of {sound.duration_s:.1f} s ends with the clip after {length_s:.1f} s:"
            " a longer clip comes with --duration or --loop"
        )
    return words
