"""Where the eyeball is: shifted by a glance, and turned down under a closing lid."""

import numpy as np

from nostalgia.geometry import scalar_step
from nostalgia.motion.mesh.eyes.lids import PreparedEye
from nostalgia.motion.steps import step_between
from nostalgia.types import Float32

FARTHEST_GAZE = (0.14, 0.08)  # shift of the iris along u and v, eye widths
LID_REACH = 0.10  # eye widths from a lid within which what is seen slides along it
BEYOND_LID = 0.04  # eye widths of the lid's own rim that slide along
SOFT_EDGE = 0.03  # of the eyeball at the lower lid, eye widths
STRETCH = 2.5  # shifts within which the white opens up behind the iris
UNSEEN = 1.5  # drops of the upper lid by which that becomes less, because nobody sees it
DIPS = (0.22, 0.5)  # closures between which the eyeball turns down
LEAST_DIP, MOST_DIP = 0.22, 0.5  # heights of the opening that it turns down by


def dip(eye: PreparedEye, closure: float) -> float:
    """How far the eyeball is turned down under a lid that is closed so far, eye widths.

    Eyes turn down by one or two degrees in a blink (Collewijn, van der Steen and Steinman, "Human
    eye movements associated with blinks and prolonged eyelid closure", 1985). Here they turn
    further, and more so where the photo shows white below the iris: under a falling lid, white
    looks like eyes that are rolled up.
    """
    full = min(eye.white_below + LEAST_DIP * eye.openness, MOST_DIP * eye.openness)
    return scalar_step(*DIPS, closure) * full


def glance(
    eye: PreparedEye, gaze_xy: tuple[float, float], down: float, s: Float32, covered: Float32
) -> tuple[Float32, Float32]:
    """Shifts of u and v to sample the eyeball at: two float32 (h, w).

    The iris slides inside the opening: fully where it is, not at all at the corners. Near a lid it
    slides along it, and the lid's rim with it, so that no part of a cut iris stays behind.

    Args:
        eye: the eye.
        gaze_xy: shift of the iris in eye widths of the crop's x and y, clipped to what the opening
            can show.
        down: further shift down, eye widths, see `dip`.
        s: float32 (h, w), distance below the lash line, eye widths.
        covered: float32 (h, w) 0..1, share of each pixel that the lower lid takes.
    """
    frame = eye.frame
    ax, ay = (float(c) for c in frame.axis_u)
    farthest_u, farthest_v = (eye.gaze_room * farthest for farthest in FARTHEST_GAZE)
    gu = float(np.clip(gaze_xy[0] * ax + gaze_xy[1] * ay, -farthest_u, farthest_u))
    gv = float(np.clip(-gaze_xy[0] * ay + gaze_xy[1] * ax, -farthest_v, farthest_v))
    gv += down
    centre = float(np.clip(frame.iris_uv[0], 0.25, 0.75))
    radius = min(max(frame.iris_radius, 0.12), 0.3) + down
    left, right = max(centre + gu - radius, 0.08), min(centre + gu + radius, 0.92)
    share = step_between(0.0, left, frame.u) * step_between(1.0, right, frame.u)
    under, over = frame.v - eye.upper, eye.lower - frame.v
    slides = step_between(-BEYOND_LID, 0, s) * step_between(-BEYOND_LID, 0, over) * share
    shift_u = np.asarray(-gu * slides, np.float32)
    there = frame.u + shift_u
    along = step_between(LID_REACH, 0, under) * (frame.along(frame.upper, there) - eye.upper)
    along += step_between(LID_REACH, 0, over) * (frame.along(frame.lower, there) - eye.lower)
    room = np.maximum(STRETCH * abs(gv) - UNSEEN * (under - s), 0.05)
    behind, ahead = (under, over) if gv > 0 else (over, under)
    inside = step_between(0, room, behind) * step_between(0, 0.04, ahead + 2 * down)
    shift_v = along - gv * share * inside * (s > 0) * (1 - covered)
    return shift_u, np.asarray(shift_v, np.float32)
