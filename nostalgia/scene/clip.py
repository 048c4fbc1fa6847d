"""From a scene to a file: rendered, marked and encoded frames, and the report."""

from contextlib import suppress

from nostalgia.clips.conversion import encoder_picture
from nostalgia.clips.encoder import BEST_CRF
from nostalgia.clips.levels import (
    largest_bytes,
    level_of,
    level_words,
    playback_words,
    stumbles,
)
from nostalgia.clips.output import OutputPlan
from nostalgia.clips.poster import encode_poster, write_poster
from nostalgia.clips.provenance import Provenance, digital_source_type, metadata_tags, xmp_packet
from nostalgia.clips.writer import ClipTooLargeError, ClipWriter
from nostalgia.errors import option
from nostalgia.files import display_name
from nostalgia.options import AnimateOptions
from nostalgia.progress import Run, peak_memory_mib
from nostalgia.rendering.label import Label, prepare_label
from nostalgia.rendering.planes import Picture
from nostalgia.scene.frames import Frames
from nostalgia.scene.report import ClipFacts, PhotoFacts, Report
from nostalgia.scene.scene import Scene
from nostalgia.scene.stage import draw
from nostalgia.scene.timeline import preview_warnings
from nostalgia.types import BoxXYXY, PixelBox
from nostalgia.version import __version__

_CRFS = (BEST_CRF, 22, 25, 28, 31, 34, 37)
"""Qualities that are tried in turn, until a clip is no larger than its file should be."""


def write_clip(scene: Scene, output: OutputPlan, options: AnimateOptions, run: Run) -> ClipFacts:
    """Render and encode all frames; the poster follows when the clip is whole.

    A clip whose file becomes too large to pass on is made again in a lower, even quality: a cap of
    its bit rate would pulse, and x264 keeps one differently in every run.

    run: reports each frame, and may stop the work.

    Raises:
        EncodingError: the clip or the poster cannot be written.
        Cancelled: the run was cancelled; no file is left.
    """
    label = label_of(scene, options)
    for crf in _CRFS[:-1]:
        with suppress(ClipTooLargeError):
            return _write_clip(scene, output, options, label, run, crf, _max_bytes(scene, output))
    return _write_clip(scene, output, options, label, run, _CRFS[-1])


def _write_clip(
    scene: Scene,
    output: OutputPlan,
    options: AnimateOptions,
    label: Label | None,
    run: Run,
    crf: int,
    max_bytes: int | None = None,
) -> ClipFacts:
    provenance = _provenance(scene, options, label)
    tags, xmp = metadata_tags(provenance, scene.photo.taken), xmp_packet(provenance)
    width, height = scene.framing.size_wh
    frames = scene.timeline.frames
    writer = ClipWriter(
        output.clip_path, width, height, scene.casting.fps,
        chosen_format=output.format, tags=tags, xmp=xmp, overwrite=output.overwrite_clip,
        forever=scene.timeline.resting == 0, sound=output.sound, frames=frames, planar=True,
        crf=crf, max_bytes=max_bytes,
    )  # fmt: skip
    picture_of = encoder_picture if writer.planar else Picture
    with writer:
        pictures = draw(scene, picture_of, label, writer.most_queued + 1)
        for number, picture in enumerate(pictures, 1):
            writer.write(picture.pixels)
            run.advance(number / frames)
    if output.poster is not None:
        first = next(iter(Frames(scene, label)))
        write_poster(output.poster, encode_poster(first, tags), xmp, overwrite=output.overwrite)
    return _clip_facts(scene, writer, output, label, crf)


def _max_bytes(scene: Scene, output: OutputPlan) -> int | None:
    duration_s = scene.timeline.frames / scene.casting.fps
    is_film = output.format == "mp4"
    return largest_bytes(scene.framing.size_wh, duration_s) if is_film else None


def build_report(
    scene: Scene, clip: ClipFacts, output: OutputPlan, options: AnimateOptions, run: Run
) -> Report:
    """The report of a written clip."""
    backends = {
        "detection": options.detection,
        "enhancement": options.enhancement,
        "motion": options.motion,
    }
    photo = scene.photo
    warnings = (
        *preview_warnings(options),
        *scene.casting.warnings,
        *scene.warnings,
        *_size_warnings(clip),
        *_sound_warnings(clip, output, options),
    )
    return Report(
        nostalgia_version=__version__,
        photo=PhotoFacts(
            photo.path,
            photo.sha256,
            *scene.size_wh,
            photo.warnings,
            photo.rotated,
            scene.upright_turn,
        ),
        faces=scene.choices,
        clip=clip,
        options=options,
        backends=backends,
        seconds=dict(run.seconds),
        peak_memory_mib=peak_memory_mib(),
        warnings=warnings,
    )


def label_of(scene: Scene, options: AnimateOptions) -> Label | None:
    """The visible mark: in a corner of what moves, clear of all people that were found.

    None without the option.
    """
    if not options.label:
        return None
    area = scene.framing.moving_xyxy
    boxes = [BoxXYXY(choice.face.box_xyxy) for choice in scene.choices]
    faces = [_in_area(box, scene.shown_xyxy, area) for box in boxes]
    turns = [-round(choice.face.pose.roll / 90) * 90 % 360 for choice in scene.choices]
    return prepare_label(*scene.framing.size_wh, faces=faces, area_xyxy=area, turns=turns)


def _in_area(box: BoxXYXY, shown_xyxy: PixelBox, area_xyxy: PixelBox) -> BoxXYXY:
    """A box of the photo where its shown part fills an area of the clip."""
    scale = (area_xyxy[2] - area_xyxy[0]) / (shown_xyxy[2] - shown_xyxy[0])
    left, top = area_xyxy[0] - shown_xyxy[0] * scale, area_xyxy[1] - shown_xyxy[1] * scale
    x0, y0, x1, y1 = box
    return BoxXYXY((x0 * scale + left, y0 * scale + top, x1 * scale + left, y1 * scale + top))


def _provenance(scene: Scene, options: AnimateOptions, label: Label | None) -> Provenance:
    enhancement = options.enhancement if options.enhance > 0 else ""
    return Provenance(
        title=display_name(scene.photo.path),
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
        rotated=scene.photo.rotated,
    )


def _clip_facts(
    scene: Scene, writer: ClipWriter, output: OutputPlan, label: Label | None, crf: int
) -> ClipFacts:
    padded_px = (writer.width % 2, writer.height % 2) if writer.padded else (0, 0)
    width, height = writer.width + padded_px[0], writer.height + padded_px[1]
    level = level_of((width, height), scene.casting.fps)
    is_film = writer.format == "mp4"
    return ClipFacts(
        path=writer.path,
        format=writer.format,
        width=width,
        height=height,
        frames=scene.timeline.frames,
        fps=scene.casting.fps,
        size_bytes=writer.path.stat().st_size,
        padded_px=padded_px,
        shown_xyxy=scene.shown_xyxy,
        layout=scene.framing.layout,
        resting_frames=scene.timeline.resting,
        sound=output.sound.path if output.sound else None,
        poster=output.poster,
        label=label.text if label else "",
        level=(level.name if level else "") if is_film else None,
        crf=crf if is_film else None,
    )


def _size_warnings(clip: ClipFacts) -> list[str]:
    """A warning if the clip is larger than common players can decode in time."""
    if clip.level is None or not stumbles(clip.level):
        return []
    size = f"{clip.width} x {clip.height} pixels ({level_words(clip.level)})"
    return [f"{size}: {playback_words(clip.level)}; {option('size', 'uhd')} plays smoothly"]


def _sound_warnings(clip: ClipFacts, output: OutputPlan, options: AnimateOptions) -> list[str]:
    """A warning if the sound is longer than the clip and nobody asked for that length."""
    length_is_set = options.preview or options.duration_s is not None or options.loop > 1
    sound = output.sound
    if sound is None or length_is_set or sound.duration_s <= clip.duration_s + 0.05:
        return []
    return [
        f"the sound of {sound.duration_s:.1f} s ends with the clip after {clip.duration_s:.1f} s;"
        f" for a longer clip set {option('duration_s')} or {option('loop')}"
    ]
