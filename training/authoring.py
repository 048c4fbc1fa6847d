"""Motion tracks from scores: the curves of kinematics.py applied to the expression units."""

from dataclasses import replace
from typing import Any

import numpy as np
from kinematics import (
    EYE_RADIUS_PER_EYE_WIDTH,
    LID_PER_DEGREE,
    SMILE_NARROWS_EYES,
    Score,
    blink_path,
    blinks_of,
    breath,
    fixation_path,
    gaze_path,
    head_path,
    lid_paths,
    minimum_jerk,
    shake_path,
    swell_path,
    unrest,
)
from scipy.ndimage import gaussian_filter1d

from nostalgia.faces.head import load_face_shape
from nostalgia.types import HeadPose, MotionTrack

FPS = 25.0
FULL_SMILE = 0.075
LEAST_OPEN, MOST_OPEN = 0.5, 1.15
UNREST_DEG, UNREST_SHIFT = np.array([1.1, 0.8, 0.6]), np.array([0.0050, 0.0030, 0.0])
"""Size of the head's wandering: yaw, pitch, roll in degrees; right and down in face heights."""

LID_UNREST = 0.015
SHAKE_DEG, SHAKE_DOWN = 1.5, 0.012
"""Nod (degrees) and downward shift (face heights) of the head in laughter."""

STEADY_S = 0.05
BRIDGE = 6
"""Landmark of the bridge of the nose, between brows and cheeks."""

LEAST_AGREEMENT, LEAST_SEEN = 0.8, 0.45
LIDS_APART = 0.03
"""Root mean square difference of openings from which a head shows its lids too badly to be read."""

BLEND_S = 0.08
"""Transition between extracted and authored lids, seconds."""

SIDE_WIDTH = 0.08
"""Half the width of the middle, face heights, within which a crooked smile changes sides."""


def author(score: Score, units: dict[str, np.ndarray], pose: HeadPose) -> MotionTrack:
    """Motion track of a score: first and last frame neutral, the first continuing the last."""
    frames = round(score.duration_s * FPS)
    time_s = np.arange(frames) / FPS
    rng = np.random.default_rng(score.seed)
    head = head_path(time_s, score.turns) + unrest(time_s, rng, 3) * UNREST_DEG * score.restlessness
    eyes = gaze_path(time_s, score.looks, head) + fixation_path(time_s, rng)
    breathing, shaking = breath(time_s, score.breaths), shake_path(time_s, score.shakes)
    closure = np.maximum(
        blink_path(time_s, blinks_of(score, FPS))[:, None], lid_paths(time_s, score.lids)
    )
    shift = unrest(time_s, rng, 3) * UNREST_SHIFT * score.restlessness
    head[:, 1] += 0.35 * breathing - SHAKE_DEG * shaking
    shift[:, 1] += SHAKE_DOWN * shaking - 0.004 * breathing
    lids = openings(score, time_s, eyes[:, 1]) + LID_UNREST * unrest(time_s, rng, 1)
    angle = np.radians(eyes + closure.max(1)[:, None] * [0, -1.5])
    gaze = EYE_RADIUS_PER_EYE_WIDTH * np.sin(angle) * [1, -1]
    return MotionTrack(
        fps=FPS,
        rotation_deg=head.astype(np.float32),
        translation=shift.astype(np.float32),
        scale=(1 + swell_path(time_s, score.lean)).astype(np.float32),
        expression=expressions(score, time_s, units).astype(np.float32),
        eye_opening=np.maximum(lids * (1 - closure), 0).astype(np.float32),
        mouth_opening=np.zeros(frames, np.float32),
        gaze=gaze.astype(np.float32),
        start_pose=pose,
    )


def openings(score: Score, time_s: np.ndarray, eyes_up_deg: np.ndarray) -> np.ndarray:
    """Opening (T, 1) of the eyes between blinks: cheeks narrow them, brows widen them, lids follow the gaze."""
    smile, brows = swell_path(time_s, score.smiles), swell_path(time_s, score.brows)
    lids = 1 - SMILE_NARROWS_EYES * smile / FULL_SMILE + 4.0 * brows
    lids = lids - swell_path(time_s, score.squints) + LID_PER_DEGREE * eyes_up_deg
    return np.asarray(np.clip(lids, LEAST_OPEN, MOST_OPEN)[:, None])


def expressions(score: Score, time_s: np.ndarray, units: dict[str, np.ndarray]) -> np.ndarray:
    """Landmark deltas (T, 478, 3), face heights."""
    side = np.tanh(load_face_shape().mean[:, 0].astype(np.float64) / SIDE_WIDTH)
    shapes = dict(units)
    shapes["smile"] = units["smile"] * (1 + score.crooked * side)[:, None]
    amounts = {"smile": score.smiles, "brow_raise": score.brows, "frown": score.frowns}
    return np.asarray(
        sum(
            swell_path(time_s, swells)[:, None, None] * shapes[name]
            for name, swells in amounts.items()
        )
    )


def curves(track: MotionTrack) -> dict[str, np.ndarray]:
    """Curves that are compared between the authored and the extracted motion."""
    corners = track.expression[:, [61, 291]]
    return {
        "yaw": track.rotation_deg[:, 0],
        "pitch": track.rotation_deg[:, 1],
        "roll": track.rotation_deg[:, 2],
        "smile": corners[:, 1, 0] - corners[:, 0, 0] - corners[:, :, 1].mean(1),
        "brows": -track.expression[:, [105, 334], 1].mean(1),
        "lids": track.eye_opening.mean(1),
        "gaze": track.gaze[:, 0],
    }


def agreement(authored: MotionTrack, extracted: MotionTrack) -> dict[str, tuple[float, float]]:
    """Correlation of each curve, and size of the extracted motion relative to the authored."""
    result = {}
    found = curves(extracted)
    for name, wanted in curves(authored).items():
        a, b = wanted - wanted.mean(), found[name] - found[name].mean()
        power = max(float(a @ a), 1e-12)
        result[name] = (
            float(a @ b) / max(np.sqrt(power * float(b @ b)), 1e-12),
            float(a @ b) / power,
        )
    return result


def exaggerated(track: MotionTrack, gains: dict[str, float]) -> MotionTrack:
    """Enlarge the motion of head, face and eyes, for a performer whose picture follows less."""
    turns = np.array([gains["yaw"], gains["pitch"], gains["roll"]], np.float32)
    return replace(
        track,
        rotation_deg=track.rotation_deg * turns,
        expression=track.expression * np.float32(gains["smile"]),
        gaze=track.gaze * np.float32(gains["gaze"]),
    )


def steadied(track: MotionTrack) -> MotionTrack:
    """Remove the remaining jitter of a recorded loop; its ends stay neutral.

    Scores are slow: smoothing that would blunt a user's clip does not change them. Lids and gaze, which are fast, are
    not smoothed.
    """
    sigma = STEADY_S * track.fps
    smooth: dict[str, Any] = {}
    for name in ("rotation_deg", "translation", "scale", "expression"):
        values = getattr(track, name).astype(np.float64)
        # A loop ends on the frame that it began with: left out, the rest goes round in a circle.
        round_ = gaussian_filter1d(values[:-1], sigma, axis=0, mode="wrap")
        round_ = np.concatenate([round_, round_[:1]]) - round_[0] + values[0]
        smooth[name] = round_.astype(np.float32)
    return replace(track, **smooth)


def mended(authored: MotionTrack, extracted: MotionTrack) -> tuple[MotionTrack, tuple[str, ...]]:
    """Scale each curve of the extracted track to its authored size; replace badly extracted ones by the authored.

    The mesh network sees nods, smiles and half-shut eyes badly on a head turned by 35 degrees.

    Returns: the track, and the names of the curves taken from the score.
    """
    seen, taken = agreement(authored, extracted), []
    rotation = extracted.rotation_deg.copy()
    parts: dict[str, Any] = {}
    for axis, name in enumerate(("yaw", "pitch", "roll")):
        r, size = seen[name]
        if trusted(r, size):
            rotation[:, axis] *= np.float32(1 / size)
        else:
            rotation[:, axis] = authored.rotation_deg[:, axis]
            taken.append(name)
    if trusted(*seen["gaze"]):
        parts["gaze"] = extracted.gaze * np.float32(1 / seen["gaze"][1])
    else:
        parts["gaze"] = authored.gaze
        taken.append("gaze")
    if trusted(*seen["smile"]):
        parts["expression"] = extracted.expression * face_factors(seen)[:, None]
    else:
        parts["expression"] = authored.expression
        taken.append("smile")
    apart = extracted.eye_opening.mean(1) - authored.eye_opening.mean(1)
    if float((apart**2).mean()) ** 0.5 > LIDS_APART:
        parts["eye_opening"] = authored.eye_opening
        taken.append("lids")
    return replace(extracted, rotation_deg=rotation, **parts), tuple(taken)


def face_factors(seen: dict[str, tuple[float, float]]) -> np.ndarray:
    """Factor on the deltas of each landmark (478,): the missing size of the smile for mouth and cheeks, of the brows for theirs."""
    height = load_face_shape().mean[:, 1].astype(np.float64)
    low = minimum_jerk(height, height[BRIDGE] - 0.05, 0.1)
    r, size = seen["brows"]
    brows = float(np.clip(1 / size, 0.7, 1.4)) if r >= LEAST_AGREEMENT else 1.0
    return np.asarray(low / seen["smile"][1] + (1 - low) * brows, np.float32)


def trusted(r: float, size: float) -> bool:
    """True if a curve agrees well enough with the authored one to have been seen, not guessed."""
    return r >= LEAST_AGREEMENT and LEAST_SEEN <= size <= 1 / LEAST_SEEN


def with_lids_of(score: Score, authored: MotionTrack, extracted: MotionTrack) -> MotionTrack:
    """Use the score's lids in the extracted track during winks and sleep.

    The mesh network moves both lids as one, and sees lids that stay shut as narrowed eyes; it reads blinks well.
    """
    time_s = np.arange(len(authored)) / authored.fps
    known = np.zeros(len(authored))
    for shut in score.lids:
        end_s = shut.at_s + shut.close_s + shut.shut_s + shut.open_s
        inside = minimum_jerk(time_s, shut.at_s - BLEND_S, BLEND_S)
        known = np.maximum(known, inside - minimum_jerk(time_s, end_s, BLEND_S))
    share = known[:, None].astype(np.float32)
    openings = extracted.eye_opening + share * (authored.eye_opening - extracted.eye_opening)
    openings[[0, -1]] = 1.0
    return replace(extracted, eye_opening=openings)


def without_sway(track: MotionTrack) -> MotionTrack:
    """Remove the shift and the change of size that accompany turns of the head.

    A warped portrait slides a little more than a head that turns by as many degrees, and seems to shrink; the backend
    turns every head about its neck anyway, and would slide twice.
    """
    turn = track.rotation_deg.astype(np.float64)
    shift, size = track.translation.astype(np.float64), track.scale.astype(np.float64) - 1
    follows = np.linalg.lstsq(turn, shift, rcond=None)[0]
    turns = np.hstack([turn, turn**2])
    shrinks = np.linalg.lstsq(turns, size, rcond=None)[0]
    return replace(
        track,
        translation=(shift - turn @ follows).astype(np.float32),
        scale=(1 + size - turns @ shrinks).astype(np.float32),
    )
