"""The performances of the driver bank, written like music: when the head turns, where the eyes go, when she smiles.

Angles are relative to the pose of the performer. Turned performers turn towards the camera rather
than away from it. No two share a timing. Eyes lead the head (kinematics.GAZE_LEAD_S): looks come
that much before turns.
"""

from dataclasses import dataclass

from kinematics import GAZE_LEAD_S, Look, Score, Swell, Turn


@dataclass(frozen=True)
class Performance:
    """One driver: what it is called, whose face performs it, and its score.

    performer: name in make_performers.py. reluctance: see `nostalgia.drivers.bank.BankEntry`.
    """

    name: str
    title: str
    gestures: tuple[str, ...]
    performer: str
    score: Score
    reluctance: float = 0.0


def led(at_s: float, right: float = 0.0, up: float = 0.0) -> Look:
    """A look that leads a turn beginning at `at_s`."""
    return Look(at_s - GAZE_LEAD_S, right, up)


PERFORMANCES = (
    Performance(
        "calm",
        "Blinks, looks to one side and the other, and smiles",
        ("blink", "look around", "smile"),
        "front",
        Score(
            duration_s=9.0,
            turns=(
                Turn(1.05, 0.95, yaw=8.0, pitch=1.0, roll=0.6),
                Turn(3.15, 1.15, yaw=-7.5, pitch=-0.8, roll=-0.8),
                Turn(5.25, 0.95, yaw=1.0, pitch=1.4, roll=1.2),
                Turn(7.55, 0.9),
            ),
            looks=(
                led(1.05, 13, 1.5),
                Look(2.25, 9, 0),
                led(3.15, -13, -1),
                Look(4.5, -9, 1.5),
                led(5.25),
                Look(6.9, 1.5, 0.5),
                Look(7.4),
            ),
            blinks_s=(0.52, 3.04, 5.12, 7.64),
            smiles=(Swell(5.35, 0.68, 1.35, 1.15, 0.078),),
            brows=(Swell(1.1, 0.35, 0.5, 0.7, 0.010), Swell(5.4, 0.5, 0.6, 0.9, 0.008)),
            lean=(Swell(5.3, 1.0, 1.0, 1.3, 0.010),),
            breaths=2,
            seed=11,
        ),
    ),
    Performance(
        "smile",
        "A warm smile with the head inclined, twice",
        ("blink", "smile", "tilt", "look around"),
        "front-low",
        Score(
            duration_s=8.6,
            turns=(
                Turn(0.75, 0.9, yaw=-6.5, pitch=-1.5, roll=-2.0),
                Turn(2.5, 1.05, yaw=5.5, pitch=1.6, roll=2.4),
                Turn(4.65, 0.85, yaw=-4.5, pitch=0.8, roll=-1.2),
                Turn(6.9, 1.0),
            ),
            looks=(
                led(0.75, -10, -2),
                Look(1.72, -6, 1),
                led(2.5),
                Look(4.1, 2, 1),
                led(4.65, -7, 2),
                Look(5.6),
            ),
            blinks_s=(0.68, 2.44, 4.56, 6.48),
            smiles=(Swell(2.55, 0.6, 1.5, 0.9, 0.066), Swell(4.9, 0.55, 0.95, 1.2, 0.082)),
            brows=(Swell(2.6, 0.4, 0.5, 0.8, 0.009),),
            lean=(Swell(2.6, 1.2, 1.8, 1.6, 0.012),),
            breaths=2,
            seed=12,
        ),
        reluctance=1.5,
    ),
    Performance(
        "curious",
        "Notices something, raises the brows, turns and smiles",
        ("blink", "look around", "brows", "smile"),
        "right",
        Score(
            duration_s=8.8,
            turns=(
                Turn(0.95, 0.75, yaw=-9.5, pitch=2.2, roll=-1.0),
                Turn(2.85, 0.8, yaw=4.5, pitch=-1.0, roll=0.8),
                Turn(4.55, 1.0, yaw=-8.0, pitch=1.2, roll=1.4),
                Turn(7.2, 1.05),
            ),
            looks=(
                led(0.95, -15, 3),
                Look(2.1, -12, 1),
                led(2.85, 8, -2),
                Look(3.9, 10, 1),
                led(4.55, -12, 0),
                Look(6.4, -9, 1),
                led(7.2),
            ),
            blinks_s=(0.4, 2.76, 4.44, 6.72),
            smiles=(Swell(4.75, 0.62, 1.3, 1.2, 0.077),),
            brows=(Swell(0.95, 0.28, 0.7, 0.6, 0.022), Swell(4.7, 0.4, 0.5, 0.8, 0.010)),
            breaths=2,
            seed=13,
        ),
    ),
    Performance(
        "thoughtful",
        "Looks down and away, comes back, and a smile follows",
        ("blink", "look down", "look around", "smile"),
        "left",
        Score(
            duration_s=9.4,
            turns=(
                Turn(0.9, 1.15, yaw=-4.0, pitch=-3.6, roll=-1.0),
                Turn(3.35, 1.1, yaw=9.5, pitch=1.6, roll=0.8),
                Turn(5.75, 1.0, yaw=6.0, pitch=0.2, roll=-1.6),
                Turn(7.95, 1.05),
            ),
            looks=(
                led(0.9, -7, -8),
                Look(2.35, -4, -7),
                led(3.35, 13, 2),
                Look(4.6, 10, 0.5),
                led(5.75, 9, 0),
                Look(7.0, 9, 1.5),
                led(7.95),
            ),
            blinks_s=(0.84, 3.24, 4.96, 6.92),
            smiles=(Swell(5.5, 0.7, 1.2, 1.3, 0.084),),
            frowns=(Swell(1.0, 0.7, 0.9, 0.8, 0.010),),
            brows=(Swell(3.4, 0.4, 0.6, 0.8, 0.010),),
            breaths=2,
            seed=14,
        ),
    ),
    Performance(
        "nod",
        "Greets with a nod and a smile",
        ("blink", "nod", "smile", "look around"),
        "front-high",
        Score(
            duration_s=8.2,
            turns=(
                Turn(0.7, 0.85, yaw=6.5, pitch=0.5, roll=0.5),
                Turn(2.3, 0.9, yaw=-5.0, pitch=1.6, roll=-0.6),
                Turn(3.55, 0.6, yaw=-3.5, pitch=-4.2, roll=-0.4),
                Turn(4.15, 0.65, yaw=-2.5, pitch=2.4, roll=0.4),
                Turn(4.85, 0.6, yaw=-2.0, pitch=-2.6, roll=0.3),
                Turn(5.45, 0.75, yaw=-3.5, pitch=1.0, roll=1.2),
                Turn(6.75, 0.9),
            ),
            looks=(
                led(0.7, 10, 1),
                Look(1.6, 7, 1),
                led(2.3, -3, 0),
                Look(3.3),
                Look(6.2, -2, 1),
                Look(6.8),
            ),
            blinks_s=(0.6, 2.2, 3.68, 6.64),
            smiles=(Swell(3.6, 0.6, 1.7, 1.1, 0.078),),
            brows=(Swell(2.4, 0.35, 0.6, 0.6, 0.014),),
            breaths=2,
            seed=15,
        ),
        reluctance=1.5,
    ),
    Performance(
        "shy",
        "Looks at the camera, lowers the eyes, smiles",
        ("blink", "look down", "smile", "look around"),
        "far-right",
        Score(
            duration_s=9.2,
            turns=(
                Turn(0.85, 1.2, yaw=-11.5, pitch=-0.5, roll=0.8),
                Turn(3.1, 0.95, yaw=-4.5, pitch=-3.4, roll=-1.6),
                Turn(5.0, 1.15, yaw=-12.0, pitch=0.8, roll=1.2),
                Turn(7.7, 1.1),
            ),
            looks=(
                led(0.85, -17, 0),
                Look(2.4, -14, 0.5),
                led(3.1, -3, -9),
                led(5.0, -17, 1),
                Look(6.6, -14, 0),
                led(7.7),
            ),
            blinks_s=(0.76, 3.0, 4.88, 7.6),
            smiles=(Swell(3.3, 0.66, 2.7, 1.4, 0.088),),
            brows=(Swell(5.1, 0.4, 0.6, 0.9, 0.012),),
            breaths=2,
            seed=16,
        ),
    ),
    Performance(
        "dreamer",
        "Looks out, turns to the camera as if called, smiles",
        ("blink", "look around", "smile"),
        "far-left",
        Score(
            duration_s=8.8,
            turns=(
                Turn(0.8, 0.95, yaw=-2.5, pitch=2.4, roll=0.4),
                Turn(2.7, 1.15, yaw=13.5, pitch=0.0, roll=-1.2),
                Turn(5.1, 0.9, yaw=9.0, pitch=-1.2, roll=0.8),
                Turn(7.25, 1.1),
            ),
            looks=(
                led(0.8, -4, 6),
                Look(2.0, -6, 4),
                led(2.7, 18, 0),
                Look(4.3, 15, 0),
                led(5.1, 16, -1),
                Look(6.2, 13, 0),
                led(7.25),
            ),
            blinks_s=(0.56, 2.6, 5.0, 7.2),
            smiles=(Swell(3.5, 0.64, 1.9, 1.3, 0.092),),
            brows=(Swell(2.8, 0.32, 0.6, 0.7, 0.016),),
            breaths=2,
            seed=17,
        ),
    ),
)
