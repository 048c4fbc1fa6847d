"""What `animate` would make of a photo, and why: found, chosen and cast, but not rendered."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.matching.matching import score_drivers
from nostalgia.errors import FaceError
from nostalgia.faces.expression import FaceExpression, read_expression
from nostalgia.options import AnimateOptions
from nostalgia.scene.advice import Advice, advise
from nostalgia.scene.casting import Casting
from nostalgia.scene.report import FaceChoice
from nostalgia.scene.scene import cast_scene, find_faces, idle_words, said
from nostalgia.scene.selection import select_faces
from nostalgia.scene.timeline import plan_timeline
from nostalgia.types import DriverMatch, DriverScore, Face, Photo

LARGE_MEGAPIXELS = 12.0
"""Photos from here on are worth a word about time and memory."""

LARGE_MAX_SIDE = 1920

MOVED_SIDE = 3.5
"""Side of the square that moves with a face, face heights."""


@dataclass(frozen=True, slots=True)
class FaceExplanation:
    """What becomes of one face.

    state: what it does in the photo. match: the driver that it gets, None where it stays still.
    reason: why it stays still; how_to_move: what to type to move it all the same; both empty where
    it moves. scores: every driver of the bank as recorded and mirrored, best first.
    """

    face: Face
    state: FaceExpression
    match: DriverMatch | None
    reason: str
    how_to_move: str
    scores: tuple[DriverScore, ...]
    advice: tuple[Advice, ...]


@dataclass(frozen=True, slots=True)
class ClipEstimate:
    """What a clip will be, and about what it will take on this computer.

    size_kib, seconds, memory_mib: rough, within a factor of two or three: grain makes large clips.
    """

    frames: int
    fps: float
    width: int
    height: int
    size_kib: float
    seconds: float
    memory_mib: float

    @property
    def duration_s(self) -> float:
        """Length of the clip in seconds."""
        return self.frames / self.fps


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said before rendering. clip: None where nobody moves.

    advice: about the photo as a whole. warnings: what was odd about the photo or a driving clip.
    """

    photo: Photo
    faces: tuple[FaceExplanation, ...]
    clip: ClipEstimate | None
    advice: tuple[Advice, ...] = ()
    warnings: tuple[str, ...] = ()


def explain(photo: Photo, options: AnimateOptions | None = None) -> Explanation:
    """Find, choose and cast the faces of a photo as `animate` does, and say what to expect.

    Raises:
        FaceError: there is no face in it. UsageError: the options make no sense for this photo.
        DriverError: there is no such driver. BackendError: a backend or a checkpoint is missing.
    """
    options = options or AnimateOptions()
    faces = find_faces(photo, options)
    if not faces:
        raise FaceError(
            f"no face was found in {said(photo)}:"
            " show where one is with --face-box x,y,width,height"
        )
    choices = select_faces(faces, options)
    idle = idle_words(choices, options)
    moving = [choice.face for choice in choices if not choice.reason]
    casting = cast_scene(moving, options, photo) if moving else None
    matches = iter(casting.matches if casting else ())
    explained = tuple(
        _explain_face(photo, choice, choices, None if choice.reason else next(matches))
        for choice in choices
    )
    clip = estimate_clip(photo, moving, casting, options) if casting else None
    warnings = (*photo.warnings, *idle, *(casting.warnings if casting else ()))
    return Explanation(photo, explained, clip, _photo_advice(photo, clip), warnings)


def estimate_clip(
    photo: Photo, moving: Sequence[Face], casting: Casting, options: AnimateOptions
) -> ClipEstimate:
    """Length and size of the clip and what it takes; sizes fitted to 28 clips."""
    timeline = plan_timeline(options, casting.frames, casting.fps)
    megapixels = photo.width * photo.height / 1e6
    moved = min(sum((MOVED_SIDE * face.height_px) ** 2 / 1e6 for face in moving), megapixels)
    count = len(moving)
    frame_s = 0.002 + 0.008 * megapixels + 0.012 * count + 0.006 * moved
    busy_s = 3.0 + 1.5 * count + timeline.frames * frame_s
    return ClipEstimate(
        frames=timeline.frames,
        fps=casting.fps,
        width=photo.width + photo.width % 2,
        height=photo.height + photo.height % 2,
        size_kib=200 * megapixels + timeline.frames * (0.4 + 18 * moved),
        seconds=busy_s / (1.4 if (os.cpu_count() or 1) > 1 else 1.0),
        memory_mib=390 + 21 * megapixels,
    )


def _explain_face(
    photo: Photo, choice: FaceChoice, choices: Sequence[FaceChoice], match: DriverMatch | None
) -> FaceExplanation:
    face = choice.face
    others = [other.face for other in choices if other.face is not face]
    return FaceExplanation(
        face=face,
        state=read_expression(face.landmarks),
        match=match,
        reason=choice.reason,
        how_to_move=_how_to_move(face, choices) if choice.reason else "",
        scores=score_drivers(face, load_bank()),
        advice=advise(photo, face, match, others),
    )


def _how_to_move(face: Face, choices: Sequence[FaceChoice]) -> str:
    wanted = {choice.face.number for choice in choices if not choice.reason} | {face.number}
    return f"--faces {','.join(map(str, sorted(wanted)))}"


def _photo_advice(photo: Photo, clip: ClipEstimate | None) -> tuple[Advice, ...]:
    megapixels = photo.width * photo.height / 1e6
    if clip is None or megapixels < LARGE_MEGAPIXELS:
        return ()
    return (
        Advice(
            "large-photo",
            f"{megapixels:.0f} megapixels: the clip takes about {clip.seconds / 60:.1f} minutes and"
            f" {clip.memory_mib / 1024:.1f} GB of memory, and many players stumble over its size",
            f"--max-side {LARGE_MAX_SIDE} makes a small one fast; --preview shows a second of it",
        ),
    )
