"""Explanation of what `animate` would do with a photo, and why; nothing is rendered."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nostalgia.clips.levels import level_of, playback_words, stumbles
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.matching.matching import score_drivers
from nostalgia.errors import Remedy, Wording, option, python_wording, worded
from nostalgia.faces.expression import FaceExpression, read_expression
from nostalgia.options import AnimateOptions
from nostalgia.photo.turning import turned_face
from nostalgia.scene.casting import Casting
from nostalgia.scene.report import match_values, score_values
from nostalgia.scene.selection import choose_also
from nostalgia.scene.timeline import plan_timeline, preview_warnings
from nostalgia.scene.view import Cut
from nostalgia.types import Advice, DriverScore, Face, FaceChoice, Photo

MOVED_SIDE = 3.5
"""Side of the square that moves with a face, face heights."""


@dataclass(frozen=True, slots=True)
class FaceExplanation:
    """Explanation of one face.

    choice: whether it is animated, its driver, and the advice about it. expression: what it
    does in the photo. scores: every driver of the bank, as recorded and mirrored, best first.
    """

    choice: FaceChoice
    expression: FaceExpression
    scores: tuple[DriverScore, ...] = field(repr=False)

    def to_dict(self, wording: Wording = python_wording) -> dict[str, Any]:
        """The explanation as plain JSON values."""
        choice, expression = self.choice, self.expression
        return choice.face.to_dict() | {
            "height_px": round(choice.face.height_px, 1),
            "state": {
                "smile": round(expression.smile, 4),
                "mouth_opening": round(expression.mouth_opening, 4),
                "eye_opening": [round(opening, 4) for opening in expression.eye_opening],
                "words": list(expression.words),
            },
            "moves": choice.moves,
            "reason": choice.still.text if choice.still else "",
            "how_to_move": worded(choice.still.remedy.text, wording) if choice.still else "",
            "driver": match_values(choice.match) if choice.match else None,
            "scores": [score_values(score) for score in self.scores],
            "advice": [advice.to_dict(wording) for advice in choice.advice],
        }


@dataclass(frozen=True, slots=True)
class ClipEstimate:
    """Size of a clip, and a rough estimate of what it takes on this computer.

    size_kib, seconds, memory_mib: rough, within a factor of two or three: grain makes large clips.
    level: of H.264, such as "4.0"; "" beyond all levels, None for GIF and WebP.
    """

    frames: int
    fps: float
    width: int
    height: int
    size_kib: float
    seconds: float
    memory_mib: float
    level: str | None = None

    @property
    def duration_s(self) -> float:
        """Length of the clip in seconds."""
        return self.frames / self.fps

    def to_dict(self) -> dict[str, Any]:
        """The estimate as plain JSON values."""
        return {
            "frames": self.frames,
            "fps": self.fps,
            "duration_s": round(self.duration_s, 3),
            "width": self.width,
            "height": self.height,
            "size_kib_about": round(self.size_kib),
            "seconds_about": round(self.seconds, 1),
            "memory_mib_about": round(self.memory_mib),
            "level": self.level,
            "playback": None if self.level is None else playback_words(self.level),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known before rendering. clip: None if no face can be animated.

    advice: about the photo as a whole. warnings: oddities of the photo or a driving clip.
    """

    photo: Photo
    faces: tuple[FaceExplanation, ...]
    clip: ClipEstimate | None
    advice: tuple[Advice, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self, wording: Wording = python_wording) -> dict[str, Any]:
        """The explanation as plain JSON values, with its options named by `wording`."""
        return {
            "photo": str(self.photo.path) if self.photo.path is not None else "-",
            "width": self.photo.width,
            "height": self.photo.height,
            "faces": [face.to_dict(wording) for face in self.faces],
            "advice": [advice.to_dict(wording) for advice in self.advice],
            "clip": self.clip.to_dict() if self.clip else None,
            "warnings": [worded(text, wording) for text in self.warnings],
        }


def explain_choices(
    photo: Photo,
    choices: Sequence[FaceChoice],
    cut: Cut | None,
    casting: Casting | None,
    options: AnimateOptions,
    warnings: Sequence[str],
    turn: int = 0,
) -> Explanation:
    """Explain what `animate` would do with faces that have been selected and cast.

    cut, casting: None if no face is animated. warnings: about options of faces that stay still.
    turn: degrees clockwise that would set the photo upright.
    """
    size_wh = (photo.width, photo.height)
    faces = tuple(
        _explain_face(choice, turned_face(choice.face, turn, size_wh), choices)
        for choice in choices
    )
    moving = [choice.face for choice in choices if choice.moves]
    clip = estimate_clip(cut, moving, casting, options) if cut and casting else None
    cast = casting.warnings if casting else ()
    all_warnings = (*photo.warnings, *preview_warnings(options), *cast, *warnings)
    return Explanation(photo, faces, clip, _clip_advice(clip), all_warnings)


def estimate_clip(
    cut: Cut, moving: Sequence[Face], casting: Casting, options: AnimateOptions
) -> ClipEstimate:
    """Length, size and cost of the clip; fitted to 28 clips (size) and 49 (seconds, two cores).

    moving: the animated faces, in photo pixels.
    """
    timeline = plan_timeline(options, casting.frames, casting.fps)
    width, height = cut.view.framing(cut.scale).size_wh
    megapixels = width * height / 1e6
    sides = [MOVED_SIDE * face.height_px * cut.scale for face in moving]
    moved = min(sum(side**2 / 1e6 for side in sides), megapixels)
    level = level_of((width, height), casting.fps)
    is_film = options.format in (None, "mp4")
    frame_s = 0.001 + 0.0015 * megapixels + 0.006 * moved
    seconds = 0.5 + 0.35 * len(moving) + timeline.frames * frame_s
    return ClipEstimate(
        frames=timeline.frames,
        fps=casting.fps,
        width=width + width % 2,
        height=height + height % 2,
        size_kib=200 * megapixels + timeline.frames * (0.4 + 18 * moved),
        seconds=seconds * (1.0 if (os.cpu_count() or 1) > 1 else 1.6),
        memory_mib=250 + 55 * min(megapixels, 9) + 8 * max(megapixels - 9, 0),
        level=(level.name if level else "") if is_film else None,
    )


def _explain_face(
    choice: FaceChoice, upright: Face, choices: Sequence[FaceChoice]
) -> FaceExplanation:
    return FaceExplanation(
        choice=choose_also(choice, choices),
        expression=read_expression(upright.landmarks),
        scores=score_drivers(upright, load_bank()),
    )


def _clip_advice(clip: ClipEstimate | None) -> tuple[Advice, ...]:
    """Advice about a clip that common players cannot decode in time."""
    if clip is None or clip.level is None or not stumbles(clip.level):
        return ()
    return (
        Advice(
            "large-photo",
            None,
            f"{clip.width * clip.height / 1e6:.0f} megapixels: the clip takes about"
            f" {clip.seconds / 60:.1f} minutes and {clip.memory_mib / 1024:.1f} GB of memory;"
            f" {playback_words(clip.level)}",
            Remedy(
                f"{option('size', 'uhd')} plays smoothly; {option('preview', True)} shows one"
                " second of it",
                {"size": "uhd"},
            ),
        ),
    )
