"""Decisions about a clip before any pixel changes: who moves, after whom, and what is shown."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from nostalgia.options import AnimateOptions
from nostalgia.scene.analysis import Analysis, turn_warnings
from nostalgia.scene.casting import cast_scene, with_casting
from nostalgia.scene.cutouts import separated, with_background_advice
from nostalgia.scene.models import Models
from nostalgia.scene.restoration import crops_of
from nostalgia.scene.scene import Plan
from nostalgia.scene.selection import require_faces, require_moving, select_faces
from nostalgia.scene.sizes import clip_limit
from nostalgia.scene.upright import Upright
from nostalgia.scene.view import Cut, at_clip_size, choose_view
from nostalgia.types import FaceChoice


def plan_clip(
    analysis: Analysis,
    options: AnimateOptions,
    kind: str,
    models: Models,
    casting_stage: AbstractContextManager[None],
    check: Callable[[], None],
    *,
    signals: bool = False,
) -> Plan:
    """Select faces, choose what is shown, and cast drivers.

    Args:
        analysis: the photo and its faces.
        options: of the clip.
        kind: format of the clip: "mp4", "gif" or "webp".
        models: networks of the session.
        casting_stage: entered while drivers are cast.
        check: called now and then; an exception from it ends the work.
        signals: read the driving frames, if the motion backend looks at them.

    Raises:
        FaceError: there is no face. UsageError: the options make no sense for this photo.
        DriverError: no such driver. BackendError: a backend or a checkpoint is missing.
    """
    photo, faces = analysis.photo, analysis.faces
    if not faces:
        require_moving(photo, ())
    chosen = select_faces(at_clip_size(photo, faces, options, kind), options)
    choices = tuple(replace(one, face=face) for one, face in zip(chosen, faces, strict=True))
    upright = Upright.of(photo, faces, analysis.upright_turn)
    if not any(choice.moves for choice in choices):
        warnings = require_faces(choices, options)
        return Plan(with_casting(choices, None, upright), None, None, warnings)
    view, choices = choose_view(photo, choices, options, analysis.upright_turn)
    warnings = require_faces(choices, options)
    moving = upright.moving(choices)
    with casting_stage:
        reader = models.signals(options, upright.photo, check) if signals else None
        casting = cast_scene(moving, photo, options, models.finder, reader, check)
        choices = with_casting(choices, casting, upright)
    cut = Cut(view, view.scale(clip_limit(options, casting.fps, kind)))
    return Plan(choices, cut, casting, turn_warnings(analysis) + warnings)


def choices_with_advice(plan: Plan, analysis: Analysis, models: Models) -> tuple[FaceChoice, ...]:
    """The choices of a clip, with advice about what will move behind its faces."""
    if plan.cut is None:
        return plan.choices
    upright = plan.cut.upright(analysis, plan.choices)
    crops = crops_of(upright.photo, upright.moving(plan.choices))
    return with_background_advice(plan.choices, separated(crops, models.matte()))
