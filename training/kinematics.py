"""Kinematics of living faces: curves over time from published measurements.

Each function takes the clip's times in seconds and gives a curve. Sources:

- Head and gaze follow minimum-jerk paths: Flash & Hogan, "The coordination of arm movements", J.
  Neurosci. 5 (1985), eq. 2. Eyes lead the head by 100-200 ms and then turn back in the head while it
  catches up (vestibulo-ocular reflex): Zangemeister & Stark, Exp. Neurol. 77 (1982); Freedman, Exp.
  Brain Res. 190 (2008).
- Saccades last about 2.2 ms per degree plus 21 ms: Carpenter, Movements of the Eyes (1988), ch. 4.
- Spontaneous blinks: lids close in 75-110 ms, stay shut for some tens of ms, open in 150-400 ms, at first fast and then ever
  more slowly, every 2-6 s and never evenly: VanderWerf et al., J. Neurophysiol. 89 (2003); Evinger, Manning & Sibony, Invest.
  Ophthalmol. Vis. Sci. 32 (1991); Bentivoglio et al., Mov. Disord. 12 (1997). No two are alike, and some stop halfway: Stern,
  Walrath & Goldstein, Psychophysiology 21 (1984). The eye
  turns 1-2 degrees down and towards the nose: Collewijn et al., J. Physiol. 364 (1985); here only down. Large gaze shifts bring a
  blink with them: Evinger et al., Exp. Brain Res. 100 (1994).
- The upper lid follows the eye up and down: Becker & Fuchs, J. Neurophysiol. 60 (1988).
- A felt smile rises in 0.5-0.7 s without a jerk, holds, and decays more slowly, cheeks and lower
  lids with it: Ekman & Friesen, J. Nonverbal Behav. 6 (1982); Schmidt et al., J. Nonverbal Behav. 30 (2006); Ambadar et al., ibid.
  33 (2009).
- A wink is a blink on purpose, of one eye: slower than a reflex, and its cheek helps: VanderWerf et
  al. (2003); Ekman & Friesen, Facial Action Coding System (1978), action unit 46.
- Laughing, even with the mouth shut, shakes the trunk 4-5 times a second: Bachorowski et al., J. Acoust. Soc. Am. 110
  (2001); orbicularis oculi narrows the eyes throughout: Ruch & Ekman, The expressive pattern of laughter (2001).
- Startled eyes blink first; brows and upper lids then rise within a third of a second: Ekman, Friesen & Simons, J. Pers. Soc. Psychol. 49 (1985).
- Listeners nod in small fast strokes: Hadar et al., J. Nonverbal Behav. 9 (1985).
- Quiet breathing, 0.2-0.3 Hz, moves the head by millimetres. A head at rest wanders by tenths of a degree, mostly below 1 Hz
  (`unrest`), a listener's by a degree. Eyes that look at something make small saccades about once a second, of half a degree on
  average: Martinez-Conde et al., Nat. Rev. Neurosci. 14 (2013); here of up to a degree (`fixation_path`). Tremor of eyes and hands is
  smaller than a pixel and left out.
"""

from dataclasses import dataclass

import numpy as np

EYE_RADIUS_PER_EYE_WIDTH = 0.41
"""Radius of the eyeball (12 mm) over the distance of the eye corners (29 mm)."""

LID_PER_DEGREE = 0.018
"""Share of an open eye by which the upper lid falls when the eye turns down by a degree: 0.2 mm of 11."""

SMILE_NARROWS_EYES = 0.13
CLOSING_S, SHUT_S, OPENING_S = (0.08, 0.105), (0.0, 0.02), (0.30, 0.40)
"""Shortest and longest in one performance."""

OPENING_SKEW = 0.58
"""Power of time in `blink_path`: below 1, lids begin to open fast and end slowly."""

SHALLOW = (0.45, 0.68)
"""Depth of the partial blinks, of which each performance has one among its three to five."""

GAZE_LEAD_S = 0.17
OVERSHOOT = 0.04
UNREST_DRAWS = 40
FIXATION_DEG = np.array([1.0, 0.6])
LAUGHTER_HZ = 4.2


def minimum_jerk(time_s: np.ndarray, start_s: float, duration_s: float) -> np.ndarray:
    """0 before the start, 1 after the end, smooth between: 10u^3 - 15u^4 + 6u^5."""
    u = np.clip((time_s - start_s) / duration_s, 0, 1)
    return np.asarray(u**3 * (10 - 15 * u + 6 * u**2))


@dataclass(frozen=True)
class Turn:
    """At `at_s` the head begins to turn to this pose (degrees from the start) and takes `for_s`."""

    at_s: float
    for_s: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True)
class Look:
    """At `at_s` the eyes jump to a target this many degrees to the right and up of where they began."""

    at_s: float
    right: float = 0.0
    up: float = 0.0


@dataclass(frozen=True)
class Swell:
    """An expression that rises, holds and decays: a smile, raised brows."""

    at_s: float
    rise_s: float
    hold_s: float
    decay_s: float
    amount: float


@dataclass(frozen=True)
class Shut:
    """Lids that close other than in a blink: in a wink, in sleep.

    eye: "both", or in a wink "left" or "right", as seen in the picture. depth: 1 = fully. cheek: how far the other
    eye narrows meanwhile, 0..1.
    """

    at_s: float
    close_s: float
    shut_s: float
    open_s: float
    depth: float = 1.0
    eye: str = "both"
    cheek: float = 0.0


@dataclass(frozen=True)
class Score:
    """All that happens in one performance, like the score of a piece of music.

    blinks_s: when blinks begin; how they differ comes from the seed (`blinks_of`). lids: other closures. squints: eyes narrowed by the cheeks, 0..1. shakes: laughter,
    1 = hearty. crooked: share of the smile that sits on one side, -1 = all on the left of the picture, 1 = on the right.
    restlessness: size of `unrest`.
    """

    duration_s: float
    turns: tuple[Turn, ...]
    looks: tuple[Look, ...]
    blinks_s: tuple[float, ...]
    smiles: tuple[Swell, ...] = ()
    brows: tuple[Swell, ...] = ()
    frowns: tuple[Swell, ...] = ()
    lean: tuple[Swell, ...] = ()
    lids: tuple[Shut, ...] = ()
    squints: tuple[Swell, ...] = ()
    shakes: tuple[Swell, ...] = ()
    crooked: float = 0.0
    breaths: int = 2
    seed: int = 0
    restlessness: float = 1.0


def head_path(time_s: np.ndarray, turns: tuple[Turn, ...]) -> np.ndarray:
    """Yaw, pitch, roll (T, 3) in degrees: minimum-jerk turns that overshoot a little and settle."""
    path, pose = np.zeros((len(time_s), 3)), np.zeros(3)
    for turn in turns:
        # A head turned aside leans with the turn by about a tenth of it.
        target = np.array([turn.yaw, turn.pitch, turn.roll + 0.10 * turn.yaw])
        step = target - pose
        there = minimum_jerk(time_s, turn.at_s, turn.for_s)
        settle = minimum_jerk(time_s, turn.at_s + 0.85 * turn.for_s, 0.8 * turn.for_s)
        path += ((1 + OVERSHOOT) * there - OVERSHOOT * settle)[:, None] * step
        pose = target
    return np.asarray(path - path[-1] * minimum_jerk(time_s, time_s[-1] - 1.0, 1.0)[:, None])


def gaze_path(time_s: np.ndarray, looks: tuple[Look, ...], head_deg: np.ndarray) -> np.ndarray:
    """Degrees right and up (T, 2) of the eyes in the head: targets reached by saccades, less the head's turn."""
    target, place = np.zeros((len(time_s), 2)), np.zeros(2)
    for look in looks:
        step = np.array([look.right, look.up]) - place
        duration_s = max(0.021 + 0.0022 * float(np.hypot(*step)), 0.05)
        target += minimum_jerk(time_s, look.at_s, duration_s)[:, None] * step
        place += step
    return np.asarray(np.clip(target - head_deg[:, :2], -18, 18))


@dataclass(frozen=True)
class Blink:
    """One blink: `shut_at_s` is when the lids meet; depth: 1 = fully."""

    shut_at_s: float
    close_s: float
    shut_s: float
    open_s: float
    depth: float


def blinks_of(score: Score, fps: float) -> tuple[Blink, ...]:
    """The blinks of a score, no two alike; each meets on a frame, so that at least one frame is fully shut.

    The first is a full one. One of the others is partial.
    """
    rng = np.random.default_rng([score.seed, len(score.blinks_s)])
    shallow = int(rng.integers(1, len(score.blinks_s)))
    blinks = []
    for number, begin_s in enumerate(score.blinks_s):
        close_s, shut_s, open_s = (
            float(rng.uniform(*among)) for among in (CLOSING_S, SHUT_S, OPENING_S)
        )
        depth = float(rng.uniform(*SHALLOW)) if number == shallow else 1.0
        shut_at_s = round((begin_s + close_s) * fps) / fps
        blinks.append(Blink(shut_at_s, close_s, shut_s, open_s, depth))
    return tuple(blinks)


def blink_path(time_s: np.ndarray, blinks: tuple[Blink, ...]) -> np.ndarray:
    """Closure (T,) 0..1."""
    closure = np.zeros(len(time_s))
    for blink in blinks:
        down = minimum_jerk(time_s, blink.shut_at_s - blink.close_s, blink.close_s)
        u = (time_s - blink.shut_at_s - blink.shut_s) / blink.open_s
        up = minimum_jerk(np.clip(u, 0, 1) ** OPENING_SKEW, 0.0, 1.0)
        closure = np.maximum(closure, blink.depth * (down - up))
    return closure


def fixation_path(time_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Degrees right and up (T, 2) of the small saccades of eyes that rest on something; 0 at both ends."""
    path, end_s = np.zeros((len(time_s), 2)), time_s[-1]
    place, at_s = np.zeros(2), 0.0
    while True:
        at_s += float(rng.uniform(0.35, 1.3))
        last = at_s > end_s - 0.5
        target = np.zeros(2) if last else rng.uniform(-1, 1, 2) * FIXATION_DEG
        path += minimum_jerk(time_s, min(at_s, end_s - 0.2), 0.04)[:, None] * (target - place)
        place = target
        if last:
            return path


def lid_paths(time_s: np.ndarray, lids: tuple[Shut, ...]) -> np.ndarray:
    """Closure (T, 2) of the left and right eye of the picture, 0..1."""
    closure = np.zeros((len(time_s), 2))
    for shut in lids:
        reopen_s = shut.at_s + shut.close_s + shut.shut_s
        path = minimum_jerk(time_s, shut.at_s, shut.close_s)
        path = path - minimum_jerk(time_s, reopen_s, shut.open_s)
        sizes = {"both": (1.0, 1.0), "left": (1.0, shut.cheek), "right": (shut.cheek, 1.0)}
        closure = np.maximum(closure, shut.depth * path[:, None] * sizes[shut.eye])
    return closure


def shake_path(time_s: np.ndarray, shakes: tuple[Swell, ...]) -> np.ndarray:
    """Down and up (T,) of laughter, 0..1: each fit of it begins with a downward stroke."""
    path = np.zeros(len(time_s))
    for fit in shakes:
        strokes = 0.5 - 0.5 * np.cos(2 * np.pi * LAUGHTER_HZ * (time_s - fit.at_s))
        path += swell_path(time_s, (fit,)) * strokes
    return path


def swell_path(time_s: np.ndarray, swells: tuple[Swell, ...]) -> np.ndarray:
    """Amount (T,) of an expression."""
    path = np.zeros(len(time_s))
    for s in swells:
        end = s.at_s + s.rise_s + s.hold_s
        path += s.amount * (
            minimum_jerk(time_s, s.at_s, s.rise_s) - minimum_jerk(time_s, end, s.decay_s)
        )
    return path


def unrest(time_s: np.ndarray, rng: np.random.Generator, axes: int) -> np.ndarray:
    """Small slow restlessness (T, axes), about 1 in size, zero and level with itself at both ends of the clip.

    The one of several draws that pauses least.
    """
    return max((_wandering(time_s, rng, axes) for _ in range(UNREST_DRAWS)), key=_slowest)


def _wandering(time_s: np.ndarray, rng: np.random.Generator, axes: int) -> np.ndarray:
    period = time_s[-1]
    path = np.zeros((len(time_s), axes))
    for harmonic in range(1, max(3, int(1.1 * period))):
        angle = 2 * np.pi * harmonic * time_s / period
        weight = rng.normal(size=(2, axes)) / (1 + (harmonic / period / 0.5) ** 2)
        path += np.sin(angle)[:, None] * weight[0] + np.cos(angle)[:, None] * weight[1]
    return np.asarray((path - path[0]) / max(float(path.std()), 1e-9))


def _slowest(path: np.ndarray) -> float:
    """Least mean speed of a curve (T, axes) over ten frames."""
    speed = np.abs(np.diff(path, axis=0)).mean(1)
    return float(np.convolve(speed, np.full(10, 0.1), "valid").min())


def breath(time_s: np.ndarray, breaths: int) -> np.ndarray:
    """Up and down of quiet breathing (T,), -1..1, a whole number of breaths."""
    return np.asarray(np.sin(2 * np.pi * breaths * time_s / time_s[-1]))
