"""From a photo to a clip: the only place that knows the order of the stages.

    read -> find faces -> select -> cast drivers -> restore -> prepare motion -> render and encode

An `Animator` holds the networks and can do this many times; the functions below it do it once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Unpack

from nostalgia import registry
from nostalgia.clips.output import plan_output
from nostalgia.declarations import changed
from nostalgia.options import AnimateOptions, DetectionOptions, OptionChanges
from nostalgia.photo.reader import PhotoSource, read_photo
from nostalgia.progress import CancelToken, ProgressCallback, Run
from nostalgia.scene.analysis import (
    Analysis,
    file_of,
    find_faces,
    found_faces,
    options_for,
    read_for_clip,
)
from nostalgia.scene.clip import build_report, label_of, write_clip
from nostalgia.scene.cutouts import behind_as_scanned, separated, with_background_advice
from nostalgia.scene.explain import Explanation, explain_choices
from nostalgia.scene.frames import Frames, moviepy_clip
from nostalgia.scene.layers import prepare_layers
from nostalgia.scene.models import Models
from nostalgia.scene.planning import choices_with_advice, plan_clip
from nostalgia.scene.report import Animation
from nostalgia.scene.restoration import Restored, crops_of, restore_faces, with_likeness
from nostalgia.scene.scene import Scene
from nostalgia.scene.selection import require_moving
from nostalgia.scene.stills import EnhancedPhoto, enhance_photo, readable_again, save_still
from nostalgia.scene.timeline import plan_timeline
from nostalgia.scene.turned_layers import layers_as_given, turned_framing
from nostalgia.stills.output import plan_still
from nostalgia.types import Face, Photo

READING, FINDING, CASTING = "reading", "finding faces", "casting"
RESTORING, PREPARING, RENDERING = "enhancing", "preparing", "rendering"

STAGES: Final[Mapping[str, float]] = {
    READING: 0.02,
    FINDING: 0.06,
    CASTING: 0.04,
    RESTORING: 0.08,
    PREPARING: 0.04,
    RENDERING: 0.76,
}
"""Stages of a clip in their order -> their usual shares of its time."""


class Animator:
    """Animates photos one after the other; networks are loaded once, at their first use.

    Do not share one between threads: give each thread its own.

    >>> animator = Animator(driver="smile")
    >>> analysis = animator.analyse("old_photo.jpg")  # doctest: +SKIP
    >>> for strength in (0.7, 1.0):  # doctest: +SKIP
    ...     animator.animate(analysis, f"clip-{strength}.mp4", strength=strength)
    """

    def __init__(
        self, options: AnimateOptions | None = None, **changes: Unpack[OptionChanges]
    ) -> None:
        """Keep the options; nothing is loaded yet.

        Raises:
            UsageError: an option does not exist, or its value makes no sense.
        """
        self.options = changed(options or AnimateOptions(), changes)
        self._models = Models()

    def analyse(
        self,
        photo: PhotoSource | Analysis,
        *,
        all_pixels: bool = True,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **changes: Unpack[OptionChanges],
    ) -> Analysis:
        """Read a photo and find its faces, to be used many times.

        Args:
            photo: a path, "-" for standard input, bytes, a binary file, a PIL image, an array, or
                a photo that was read before.
            all_pixels: False reads a large file in reduced form, if a clip needs no more of it.
            progress: called with a `Progress`.
            cancel: stops the work.
            **changes: single options, for this call alone.

        Raises:
            InputError: the photo cannot be read. BackendError: the detector or its weights are
                missing. UsageError: an option makes no sense. Cancelled: `cancel` was cancelled.
        """
        options = options_for(photo, self.options, changes)
        stages = {name: STAGES[name] for name in (READING, FINDING)}
        run = Run(stages, progress, cancel)
        whole = all_pixels or file_of(photo) is None
        analysis = self._analysed(photo, options, run, whole)
        run.finish()
        return analysis

    def animate(
        self,
        photo: PhotoSource | Analysis,
        output: Path | str | None = None,
        *,
        poster: Path | str | None = None,
        overwrite: bool = False,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **changes: Unpack[OptionChanges],
    ) -> Animation:
        """Animate the faces of a photo.

        Args:
            photo: as for `analyse`, or its result.
            output: the clip; beside the photo, ``old_photo.nostalgia.mp4``, if None.
            poster: a JPEG of the first frame to write too.
            overwrite: replace existing files.
            progress: called with a `Progress`.
            cancel: stops the work; no file is left.
            **changes: single options, such as ``driver="smile"``, for this call alone.

        Raises:
            InputError: the photo or the sound cannot be read. FaceError: no face can be animated.
            UsageError: the options make no sense for this photo. DriverError: no such driver.
            BackendError: a backend or a checkpoint is missing. Cancelled: `cancel` was cancelled.
            EncodingError: the clip cannot be written.
        """
        options = options_for(photo, self.options, changes)
        run = Run(STAGES, progress, cancel)
        plan = plan_output(
            file_of(photo),
            output,
            chosen_format=options.format,
            poster=poster,
            audio=options.audio,
            overwrite=overwrite,
            preview=options.preview,
        )
        scene = self._scene(self._analysed(photo, options, run), options, run, plan.format)
        del photo  # a scan of 24 megapixels is 72 MB, and the scene has its own copy
        if not scene.needs_photo:
            scene = replace(scene, photo=replace(scene.photo, pixels=scene.pixels))
        with run.stage(RENDERING):
            clip = write_clip(scene, plan, options, run)
        return Animation(clip.path, build_report(scene, clip, plan, options, run))

    def frames(
        self,
        photo: PhotoSource | Analysis,
        *,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **changes: Unpack[OptionChanges],
    ) -> Frames:
        """The frames of a clip, rendered when they are iterated; errors as in `animate`."""
        options = options_for(photo, self.options, changes)
        stages = {name: share for name, share in STAGES.items() if name != RENDERING}
        run = Run(stages, progress, cancel)
        scene = self._scene(self._analysed(photo, options, run), options, run)
        return Frames(scene, label_of(scene, options))

    def enhance(
        self,
        photo: PhotoSource | Analysis,
        output: Path | str | None = None,
        *,
        scale: int = 1,
        repair: bool = False,
        compare: Path | str | None = None,
        metadata: bool = True,
        overwrite: bool = False,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **changes: Unpack[OptionChanges],
    ) -> EnhancedPhoto:
        """Restore the selected faces of a photo; errors as in `animate`.

        Args:
            photo: as for `analyse`, or its result.
            output: a JPEG, PNG or TIFF to write, in the photo's own depth and colours.
            scale: 1, 2 or 4; what is no face is enlarged by a plain filter.
            repair: mend scratches, folds and dust in the whole picture.
            compare: a JPEG or PNG to write, with the faces before and after.
            metadata: copy what the photo says about itself, such as date, place and names.
            overwrite: replace existing files.
            progress: called with a `Progress`.
            cancel: stops the work.
            **changes: single options, such as ``enhance=0.8``, for this call alone.
        """
        options = options_for(photo, self.options, changes)
        plan = plan_still(
            file_of(photo), output, scale=scale, repair=repair, compare=compare,
            metadata=metadata, overwrite=overwrite,
        )  # fmt: skip
        source = readable_again(photo) if output is not None else photo
        run = Run({name: STAGES[name] for name in (READING, FINDING, RESTORING)}, progress, cancel)
        analysis = self._analysed(source, options, run, whole=True)
        with run.stage(RESTORING):
            enhanced = enhance_photo(analysis, options, plan, self._models, run.check)
            return save_still(enhanced, source, options, plan)

    def explain(
        self,
        photo: PhotoSource | Analysis,
        *,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **changes: Unpack[OptionChanges],
    ) -> Explanation:
        """Drivers, advice and an estimate of the clip, unrendered; errors as in `animate`."""
        options = options_for(photo, self.options, changes)
        registry.target("motion", options.motion)
        registry.target("enhancement", options.enhancement)
        run = Run({name: STAGES[name] for name in (READING, FINDING, CASTING)}, progress, cancel)
        analysis = self._analysed(photo, options, run, whole=file_of(photo) is None)
        kind, models = options.format or "mp4", self._models
        plan = plan_clip(analysis, options, kind, models, run.stage(CASTING), run.check)
        choices = choices_with_advice(plan, analysis, models)
        run.finish()
        return explain_choices(
            *(analysis.photo, choices, plan.cut, plan.casting),
            *(options, plan.warnings, analysis.upright_turn),
        )

    def _analysed(
        self, photo: PhotoSource | Analysis, options: AnimateOptions, run: Run, whole: bool = False
    ) -> Analysis:
        if isinstance(photo, Analysis):
            if photo.fits(options) and not (whole and photo.photo.own_wh):
                return photo
            photo = photo.photo
        with run.stage(READING):
            read = read_for_clip(photo, options, whole=whole)
        with run.stage(FINDING):
            return find_faces(read, options, self._models.finder)

    def _restored(
        self, photo: Photo, faces: Sequence[Face], options: AnimateOptions, run: Run
    ) -> Restored:
        with run.stage(RESTORING):
            enhancer, mesh = self._models.enhancer(options), self._models.mesh()
            sources = separated(crops_of(photo, faces), self._models.matte())
            restored = restore_faces(photo, sources, options, enhancer, mesh, run.check)
            return behind_as_scanned(photo.pixels, restored)

    def _scene(
        self, analysis: Analysis, options: AnimateOptions, run: Run, kind: str = "mp4"
    ) -> Scene:
        """All work before the first frame of a clip of this format."""
        casting_stage, check = run.stage(CASTING), run.check
        plan = plan_clip(analysis, options, kind, self._models, casting_stage, check, signals=True)
        require_moving(analysis.photo, plan.choices)
        assert plan.cut is not None and plan.casting is not None
        upright = plan.cut.upright(analysis, plan.choices)
        restored = self._restored(upright.photo, upright.moving(plan.choices), options, run)
        with run.stage(PREPARING):
            framing = plan.cut.view.framing(plan.cut.scale)
            layers = prepare_layers(
                *(restored.sources, upright.faces, plan.casting),
                *(turned_framing(framing, analysis.upright_turn), self._models.motion(options)),
            )
        choices = with_background_advice(plan.choices, restored.sources)
        return Scene(
            photo=plan.cut.photo(analysis.photo),
            pixels=upright.pixels_as_given(restored.pixels),
            size_wh=(analysis.photo.width, analysis.photo.height),
            choices=with_likeness(choices, restored.likeness),
            shown_xyxy=plan.cut.view.window_xyxy,
            framing=framing,
            casting=plan.casting,
            timeline=plan_timeline(options, plan.casting.frames, plan.casting.fps),
            layers=layers_as_given(layers, upright),
            warnings=(*plan.warnings, *restored.warnings),
            upright_turn=analysis.upright_turn,
        )


def animate(
    photo: PhotoSource | Analysis,
    output: Path | str | None = None,
    options: AnimateOptions | None = None,
    *,
    poster: Path | str | None = None,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
    **changes: Unpack[OptionChanges],
) -> Animation:
    """Animate the faces of one photo; `Animator.animate` describes arguments and errors."""
    return Animator(options, **changes).animate(
        photo, output, poster=poster, overwrite=overwrite, progress=progress, cancel=cancel
    )


def detect_faces(photo: PhotoSource, options: DetectionOptions | None = None) -> tuple[Face, ...]:
    """The faces of a photo, numbered from 1 in the order of the options; `Animator.analyse`."""
    options = options or DetectionOptions()
    return found_faces(read_photo(photo), Models().finder(options), options)[0]


def enhance(
    photo: PhotoSource | Analysis,
    output: Path | str | AnimateOptions | None = None,
    options: AnimateOptions | None = None,
    *,
    scale: int = 1,
    repair: bool = False,
    compare: Path | str | None = None,
    metadata: bool = True,
    overwrite: bool = False,
    **changes: Unpack[OptionChanges],
) -> EnhancedPhoto:
    """Restore the faces of one photo; `Animator.enhance` describes arguments and errors."""
    if isinstance(output, AnimateOptions):  # their place before pictures could be written
        output, options = None, output
    return Animator(options, **changes).enhance(
        photo, output, scale=scale, repair=repair, compare=compare, metadata=metadata,
        overwrite=overwrite,
    )  # fmt: skip


def explain(
    photo: PhotoSource, options: AnimateOptions | None = None, **changes: Unpack[OptionChanges]
) -> Explanation:
    """Drivers, advice and an estimate for one photo; `Animator.explain` describes it."""
    return Animator(options, **changes).explain(photo)


def clip(
    photo: PhotoSource, options: AnimateOptions | None = None, **changes: Unpack[OptionChanges]
) -> Any:
    """A MoviePy `VideoClip` of one photo, its frames rendered on demand, without sound.

    Raises:
        NostalgiaError: as `animate`. BackendError: MoviePy is not installed.
    """
    return moviepy_clip(Animator(options, **changes).frames(photo))
