"""The report of a clip: what was found, decided, made and measured, as typed values and as JSON.

It contains at least what D-ID's `/animations` replies contain: source_pose = a face's `pose_deg`,
detection = `box_xyxy`, detect_confidence = `score`, overlap = `overlaps`, driver_url =
`driver.name` and `driver.mirrored`, motion_factor = `options.strength`, num_frames = `clip.frames`,
video_fps = `clip.fps`, processing_fps = `timing.frames_per_s`, size_kib = `clip.size_kib`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nostalgia.clips.levels import playback_words
from nostalgia.errors import Wording, python_wording, worded
from nostalgia.geometry import boxes_meet
from nostalgia.options import AnimateOptions
from nostalgia.types import DriverMatch, DriverScore, Face, FaceChoice, PixelBox

SCHEMA = 1
"""Raised when a field changes its meaning or is removed; new fields do not change it."""

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """The photo as it was read. path: None for a photo without a file.

    rotated: degrees clockwise by which the options turned it; the faces, width and height are those
    of the turned photo. upright_turn: degrees clockwise that would set it upright.
    """

    path: Path | None
    sha256: str
    width: int
    height: int
    warnings: tuple[str, ...] = ()
    rotated: int = 0
    upright_turn: int = 0

    def to_dict(self) -> JsonObject:
        """The facts as plain JSON values."""
        return {
            "path": str(self.path) if self.path is not None else "-",
            "sha256": self.sha256,
            "width": self.width,
            "height": self.height,
            "rotated_deg": self.rotated,
            "upright_turn_deg": self.upright_turn,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A written clip. padded_px: columns and rows added at right and bottom.

    shown_xyxy: the part of the photo that is shown, in the photo's own pixels. layout: "alone",
    "beside" or "below" the still photo. resting_frames: frames at the end that are the photo
    itself. sound: path of the sound file. poster: path of the JPEG of the first frame. label: text
    of the visible mark, empty without one. level: that of H.264, such as "4.0"; None for GIF and
    WebP, "" if the clip is beyond all levels. crf: quality of an MP4: x264's constant rate factor.
    """

    path: Path
    format: str
    width: int
    height: int
    frames: int
    fps: float
    size_bytes: int
    padded_px: tuple[int, int] = (0, 0)
    shown_xyxy: PixelBox = (0, 0, 0, 0)
    layout: str = "alone"
    resting_frames: int = 0
    sound: Path | None = None
    poster: Path | None = None
    label: str = ""
    level: str | None = None
    crf: int | None = None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.fps

    def to_dict(self) -> JsonObject:
        """The facts as plain JSON values."""
        return {
            "path": str(self.path),
            "format": self.format,
            "width": self.width,
            "height": self.height,
            "padded_px": list(self.padded_px),
            "shown_xyxy": list(self.shown_xyxy),
            "layout": self.layout,
            "frames": self.frames,
            "fps": self.fps,
            "duration_s": round(self.duration_s, 3),
            "resting_frames": self.resting_frames,
            "audio": str(self.sound) if self.sound else None,
            "poster": str(self.poster) if self.poster else None,
            "label": self.label or None,
            "size_kib": round(self.size_bytes / 1024, 1),
            "level": self.level,
            "playback": None if self.level is None else playback_words(self.level),
            "crf": self.crf,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Record of a run: the photo, its faces, the clip and the work.

    seconds: stage name -> wall time. backends: stage -> name. warnings: one sentence each, with
    options still to be named by `errors.worded`.
    """

    nostalgia_version: str
    photo: PhotoFacts
    faces: tuple[FaceChoice, ...]
    clip: ClipFacts
    options: AnimateOptions
    backends: Mapping[str, str]
    seconds: Mapping[str, float]
    peak_memory_mib: float | None = None
    warnings: Sequence[str] = field(default_factory=tuple)

    def to_dict(self, wording: Wording = python_wording) -> JsonObject:
        """The report as plain JSON values; docs/python-api.md lists its fields.

        wording: names the options that advice and warnings mention.
        """
        return {
            "schema": SCHEMA,
            "nostalgia_version": self.nostalgia_version,
            "photo": self.photo.to_dict(),
            "faces": face_reports(self.faces, wording),
            "clip": self.clip.to_dict(),
            "options": json.loads(json.dumps(asdict(self.options))),
            "backends": dict(self.backends),
            "timing": _timing(self.seconds, self.clip.frames),
            "peak_memory_mib": self.peak_memory_mib,
            "warnings": [worded(text, wording) for text in (*self.photo.warnings, *self.warnings)],
        }


@dataclass(frozen=True, slots=True)
class Animation:
    """A finished clip and its report."""

    clip_path: Path
    report: Report


def match_values(match: DriverMatch) -> JsonObject:
    """The driver of a face, the reason, and the scores of the others, best first."""
    return {
        "name": match.driver.name,
        "mirrored": match.driver.mirrored,
        "title": match.driver.title,
        "gestures": list(match.driver.gestures),
        "licence": match.driver.licence,
        "distance": round(float(match.distance), 3),
        "why": match.why,
        "scores": [score_values(score) for score in match.scores],
    }


def score_values(score: DriverScore) -> JsonObject:
    """Distance between one driver and a face in degrees, and its parts."""
    return {
        "name": score.name,
        "mirrored": score.mirrored,
        "distance": round(float(score.distance), 3),
        "yaw": round(float(score.yaw), 2),
        "pitch": round(float(score.pitch), 2),
        "roll": round(float(score.roll), 2),
        "beyond": round(float(score.beyond), 2),
        "expression": round(float(score.expression), 2),
        "penalty": round(float(score.penalty), 2),
    }


def face_reports(
    choices: Sequence[FaceChoice], wording: Wording = python_wording
) -> list[JsonObject]:
    """Every face of a report: its data, whether it is animated, and its driver."""
    faces = [choice.face for choice in choices]
    return [
        choice.face.to_dict()
        | {
            "height_px": round(choice.face.height_px, 1),
            "overlaps": _overlaps(choice.face, faces),
            "animated": choice.moves,
            "reason": choice.still.text if choice.still else "",
            "remedy": worded(choice.still.remedy.text, wording) if choice.still else "",
            "driver": match_values(choice.match) if choice.match else None,
            "strength": None if choice.strength is None else round(choice.strength, 3),
            "likeness": None if choice.likeness is None else round(choice.likeness, 3),
            "advice": [advice.to_dict(wording) for advice in choice.advice],
        }
        for choice in choices
    ]


def _overlaps(face: Face, others: Sequence[Face]) -> list[int]:
    """Numbers of the other faces whose boxes meet that of a face."""
    return [
        other.number
        for other in others
        if other.number != face.number and boxes_meet(face.box_xyxy, other.box_xyxy)
    ]


def _timing(seconds: Mapping[str, float], frames: int) -> JsonObject:
    total = sum(seconds.values())
    return {
        "seconds": {stage: round(spent, 3) for stage, spent in seconds.items()},
        "total_s": round(total, 3),
        "frames_per_s": round(frames / total, 2) if total > 0 else None,
    }
