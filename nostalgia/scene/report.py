"""The report of a clip as plain JSON values. Pure functions: nothing is measured or read here.

It says at least what D-ID's `/animations` replies say, in our own words: source_pose = a face's
`pose_deg`, detection = `box_xyxy`, detect_confidence = `score`, overlap = `overlaps`, driver_url =
`driver.name` and `driver.mirrored`, motion_factor = `options.strength`, num_frames = `clip.frames`,
video_fps = `clip.fps`, processing_fps = `timing.frames_per_s`, size_kib = `clip.size_kib`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nostalgia.options import AnimateOptions
from nostalgia.types import DriverMatch, DriverScore, Face, HeadPose, Photo, Report

SCHEMA = 1
"""Grows when a field changes its meaning or goes away; new fields leave it as it is."""

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is known of a written clip. padded_px: columns and rows added at right and bottom.

    shown_xyxy: the part of the photo that is shown, in the photo's own pixels. layout: "alone",
    "beside" or "below" the still photo. resting_frames: how many at the end are the photo itself.
    sound: path of the sound file. poster: path of the JPEG of the first frame. label: what the
    visible mark says, empty without one.
    """

    path: Path
    format: str
    width: int
    height: int
    frames: int
    fps: float
    size_bytes: int
    padded_px: tuple[int, int] = (0, 0)
    shown_xyxy: tuple[int, int, int, int] = (0, 0, 0, 0)
    layout: str = "alone"
    resting_frames: int = 0
    sound: Path | None = None
    poster: Path | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class FaceChoice:
    """What became of one face. match, strength: None where it did not move; reason: why not.

    advice: what will look bad and what to do about it, each with kind, text and what_to_do.
    likeness: 0..1, how much the restored face is still the photo's; None where it did not move.
    """

    face: Face
    match: DriverMatch | None = None
    reason: str = ""
    strength: float | None = None
    advice: tuple[Mapping[str, str], ...] = ()
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What the work took. seconds: stage name -> wall seconds. backends: group -> name."""

    seconds: Mapping[str, float]
    backends: Mapping[str, str]
    version: str
    peak_memory_mib: float | None = None
    warnings: Sequence[str] = field(default_factory=tuple)


def pose_values(pose: HeadPose) -> JsonObject:
    """A head pose in degrees."""
    return {
        "yaw": round(pose.yaw, 2),
        "pitch": round(pose.pitch, 2),
        "roll": round(pose.roll, 2),
    }


def face_values(face: Face, *, with_landmarks: bool = False) -> JsonObject:
    """One face as `nostalgia faces --json` says it; pixels of the upright photo."""
    values: JsonObject = {
        "number": face.number,
        "box_xyxy": [round(float(edge), 1) for edge in face.box_xyxy],
        "score": round(float(face.score), 4),
        "pose_deg": pose_values(face.pose),
    }
    if with_landmarks:
        values["landmarks"] = [[round(float(v), 2) for v in point] for point in face.landmarks]
    return values


def match_values(match: DriverMatch) -> JsonObject:
    """Which driver a face got, why, and how the others scored, best first."""
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
    """How badly one driver fits a face, in degrees, and what the distance is made of."""
    return {
        "name": score.name,
        "mirrored": score.mirrored,
        "distance": round(float(score.distance), 3),
        "yaw": round(float(score.yaw), 2),
        "pitch": round(float(score.pitch), 2),
        "roll": round(float(score.roll), 2),
        "beyond": round(float(score.beyond), 2),
        "expression": round(float(score.expression), 2),
        "reluctance": round(float(score.reluctance), 2),
    }


def choice_values(choice: FaceChoice, others: Sequence[Face]) -> JsonObject:
    """One face of the report: what was found, whether it moved and with which driver."""
    return face_values(choice.face) | {
        "height_px": round(choice.face.height_px, 1),
        "overlaps": [
            other.number
            for other in others
            if other.number != choice.face.number and _overlap(choice.face, other)
        ],
        "animated": choice.match is not None,
        "reason": choice.reason,
        "driver": match_values(choice.match) if choice.match else None,
        "strength": None if choice.strength is None else round(choice.strength, 3),
        "likeness": None if choice.likeness is None else round(choice.likeness, 3),
        "advice": [dict(advice) for advice in choice.advice],
    }


def _overlap(one: Face, other: Face) -> bool:
    left, top, right, bottom = one.box_xyxy
    o_left, o_top, o_right, o_bottom = other.box_xyxy
    return left < o_right and o_left < right and top < o_bottom and o_top < bottom


def photo_values(photo: Photo, size_wh: tuple[int, int]) -> JsonObject:
    """What the photo was. size_wh: its own size, also where the clip is smaller."""
    return {
        "path": str(photo.path) if photo.path is not None else "-",
        "sha256": photo.sha256,
        "width": size_wh[0],
        "height": size_wh[1],
        "warnings": list(photo.warnings),
    }


def clip_values(clip: ClipFacts) -> JsonObject:
    """What the clip is."""
    return {
        "path": str(clip.path),
        "format": clip.format,
        "width": clip.width,
        "height": clip.height,
        "padded_px": list(clip.padded_px),
        "shown_xyxy": list(clip.shown_xyxy),
        "layout": clip.layout,
        "frames": clip.frames,
        "fps": clip.fps,
        "duration_s": round(clip.frames / clip.fps, 3),
        "resting_frames": clip.resting_frames,
        "audio": str(clip.sound) if clip.sound else None,
        "poster": str(clip.poster) if clip.poster else None,
        "label": clip.label or None,
        "size_kib": round(clip.size_bytes / 1024, 1),
    }


def timing_values(seconds: Mapping[str, float], frames: int) -> JsonObject:
    """Seconds per stage, their sum, and frames per second over all of it."""
    total = sum(seconds.values())
    return {
        "seconds": {stage: round(spent, 3) for stage, spent in seconds.items()},
        "total_s": round(total, 3),
        "frames_per_s": round(frames / total, 2) if total > 0 else None,
    }


def build_report(
    photo: Photo,
    size_wh: tuple[int, int],
    choices: Sequence[FaceChoice],
    clip: ClipFacts,
    options: AnimateOptions,
    work: Work,
) -> Report:
    """The whole report of one clip; docs/python-api.md lists its fields."""
    faces = [choice.face for choice in choices]
    return Report(
        {
            "schema": SCHEMA,
            "nostalgia_version": work.version,
            "photo": photo_values(photo, size_wh),
            "faces": [choice_values(choice, faces) for choice in choices],
            "clip": clip_values(clip),
            "options": json.loads(json.dumps(asdict(options))),
            "backends": dict(work.backends),
            "timing": timing_values(work.seconds, clip.frames),
            "peak_memory_mib": work.peak_memory_mib,
            "warnings": [*photo.warnings, *work.warnings],
        }
    )
