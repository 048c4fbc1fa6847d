"""What will look bad on a face, and what to type about it: said before a clip is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nostalgia.faces.expression import EYES_HALF_CLOSED, FaceExpression, read_expression
from nostalgia.faces.spacing import face_gaps
from nostalgia.scene.quality import FaceQuality, read_quality
from nostalgia.types import DriverMatch, Face, Photo

SURE_SCORE, PROBABLE_SCORE = 0.88, 0.82
"""Below the first a find may be no face; below the second, glasses on it are not believed."""

GLASSES = 0.7
"""Probability from which on glasses are told; of 44 pairs on press photos 37 are, and no other."""

TURNED_DEG, PITCHED_DEG, ROLLED_DEG = 12.0, 15.0, 20.0
"""Least distance between the face and the driver that is worth a word."""

TOO_FAR_DEG = 45.0
"""From here on the far eye and cheek are hardly seen in any photo."""

LEAST_FACE_PX, LEAST_EYE_PX = 60.0, 15.0
"""Height of a face and width of an eye below which a blink is hardly seen."""

LEAST_READ_PX = 8.0
"""Width of an eye below which its light is not read."""

SHUT, NEARLY_SHUT, IRIS_SEEN = 0.13, 0.16, 0.115
"""Opening over width of shut eyes, and of eyes that are shut where no iris stands out either."""

DARK_LID, DARK_EYE = 0.3, 0.5
"""Light of lid and eye, as shares of the skin's, below which an eye lies in shadow."""

BLURRED = 0.135
"""`FaceSigns.sharpness` below which a face is out of focus; 2 % of press photos are."""

DAMAGED, OUTSIDE = 0.02, 0.06
"""Shares of the skin that is damaged and of the outline beyond the edge that are worth a word."""

TOUCHING = 0.3
"""Face heights between two faces below which hair and ears meet."""

SMILES = ("smile", "laugh")


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know. kind: a word for scripts; text: what; what_to_do: what to type or do."""

    kind: str
    text: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that the advice of one face rests on."""

    face: Face
    signs: FaceQuality
    state: FaceExpression
    match: DriverMatch | None
    others: Sequence[Face]


def advise(
    photo: Photo,
    face: Face,
    match: DriverMatch | None = None,
    others: Sequence[Face] = (),
) -> tuple[Advice, ...]:
    """Say what will look bad on a face and what to do about it; the gravest first.

    Pure and cheap (about 15 ms): nothing is rendered.

    Args:
        photo: the photo that the face was found in.
        face: a face of it, moving or still.
        match: the driver that it got; None leaves out what depends on the driver.
        others: the other faces of the photo, of which overlapping ones are told.
    """
    state = read_expression(face.landmarks)
    seen = _Seen(face, read_quality(photo, face), state, match, others)
    found = [advice for rule in _RULES if (advice := rule(seen)) is not None]
    return tuple(found)


def _doubtful(seen: _Seen) -> Advice | None:
    if seen.face.score >= SURE_SCORE:
        return None
    others = ",".join(str(other.number) for other in seen.others)
    return Advice(
        "doubtful",
        f"not surely a face (score {seen.face.score:.2f}): look whether it is one",
        f"--faces {others} leaves it out"
        if others
        else "nostalgia faces PHOTO --contact sheet.png shows it",
    )


def _cut_off(seen: _Seen) -> Advice | None:
    if seen.signs.outside < OUTSIDE:
        return None
    return Advice(
        "cut-off",
        f"{seen.signs.outside:.0%} of its outline lies beyond the photo's edge, where pixels must"
        " be repeated when the head turns",
        f"keep the head calm: --turn 0.5, or --strength {seen.face.number}=0.5",
    )


def _turned(seen: _Seen) -> Advice | None:
    yaw = seen.face.pose.yaw
    calmer = f"--turn 0.5, or --strength {seen.face.number}=0.5"
    if abs(yaw) > TOO_FAR_DEG:
        return Advice(
            "turned-far",
            f"turned {abs(yaw):.0f} degrees to the {_side(yaw)}: the far eye and cheek are hardly"
            " seen, and no single photo holds what a turn would uncover",
            calmer,
        )
    apart = abs(_apart(seen, "yaw"))
    if apart <= TURNED_DEG:
        return None
    return Advice(
        "turned",
        f"turned {abs(yaw):.0f} degrees to the {_side(yaw)}, {apart:.0f} degrees from how its"
        " driver was recorded",
        f"{calmer}; or your own clip of a head turned like that after --driver",
    )


def _tilted(seen: _Seen) -> Advice | None:
    pose = seen.face.pose
    calmer = f"--turn 0.5, or --strength {seen.face.number}=0.5"
    if (apart := abs(_apart(seen, "roll"))) > ROLLED_DEG:
        return Advice(
            "tilted",
            f"tilted {abs(pose.roll):.0f} degrees to the {_side(pose.roll)}, {apart:.0f} degrees"
            " from how its driver was recorded",
            calmer,
        )
    if (apart := abs(_apart(seen, "pitch"))) > PITCHED_DEG:
        way = "raised" if pose.pitch > 0 else "bowed"
        return Advice(
            "nodded",
            f"head {way} by {abs(pose.pitch):.0f} degrees, {apart:.0f} degrees from how its driver"
            " was recorded",
            calmer,
        )
    return None


def _glasses(seen: _Seen) -> Advice | None:
    if seen.signs.glasses < GLASSES or seen.face.score < PROBABLE_SCORE:
        return None
    return Advice(
        "glasses",
        "seems to wear glasses: rims may bend when the head turns, and a lid may cross them",
        "--turn 0.5 keeps the rims straighter, --blink 0 the lids open",
    )


def _closed(seen: _Seen) -> Advice | None:
    opening = max(seen.state.eye_opening)
    hidden = max(eye.iris_contrast for eye in seen.signs.eyes) < IRIS_SEEN
    if opening < SHUT or (opening < NEARLY_SHUT and hidden):
        return Advice(
            "eyes-closed",
            "the eyes look closed, lowered or nearly shut in the photo: nothing can open them",
            "nothing to do; --blink 0 keeps the lids still",
        )
    if opening < EYES_HALF_CLOSED:
        return Advice(
            "eyes-narrow",
            "the eyes are narrow in the photo (laughter, or looking down): a blink shows little",
            "nothing to do; --blink 0 keeps the lids still",
        )
    return None


def _shadow(seen: _Seen) -> Advice | None:
    if seen.signs.glasses >= GLASSES:  # a dark rim or lens is no shadow
        return None
    dark = [
        eye.lid_light < DARK_LID and eye.opening_light < DARK_EYE and eye.width_px >= LEAST_READ_PX
        for eye in seen.signs.eyes
    ]
    if not any(dark):
        return None
    which = "both eyes lie" if all(dark) else f"the {'left' if dark[0] else 'right'} eye lies"
    return Advice(
        "eye-in-shadow",
        f"{which} in shadow: the lid is hard to read there, and its blink may look smudged",
        "--blink 0 if it does; a lighter copy of the scan may help more",
    )


def _tiny(seen: _Seen) -> Advice | None:
    height = seen.face.height_px
    width = max(eye.width_px for eye in seen.signs.eyes)
    if height < LEAST_FACE_PX:
        return Advice(
            "tiny-face",
            f"the face is {height:.0f} pixels high and its eyes {width:.0f} wide: the blink and"
            " the smile are hardly seen",
            "scan the photo again at a higher resolution; --crop face shows it larger",
        )
    if width < LEAST_EYE_PX:
        return Advice(
            "tiny-eyes",
            f"the eyes are {width:.0f} pixels wide: the blink is hardly seen",
            "scan the photo again at a higher resolution; --crop face shows it larger",
        )
    return None


def _blurred(seen: _Seen) -> Advice | None:
    if seen.signs.sharpness >= BLURRED:
        return None
    return Advice(
        "blurred",
        "the face is blurred: it moves, but lids and lips stay as soft as the photo",
        "--enhance 1 for the most that can be had from it, or another scan",
    )


def _damaged(seen: _Seen) -> Advice | None:
    if seen.signs.damage < DAMAGED:
        return None
    return Advice(
        "damaged",
        f"scratches or cracks cover {seen.signs.damage:.0%} of the face: most are mended before it"
        " moves, and what is left moves with it",
        "have the photo retouched if they show; --enhance 0 leaves them as they are",
    )


def _expression(seen: _Seen) -> Advice | None:
    state = seen.state
    if state.mouth_open:
        return Advice(
            "mouth-open",
            "the mouth is open in the photo and cannot close: teeth stay as they are",
            "--smile 0.5 if the mouth stretches too far",
        )
    gestures = " ".join(seen.match.driver.gestures) if seen.match else SMILES[0]
    if state.smiling and any(smile in gestures for smile in SMILES):
        return Advice(
            "smiling",
            "already smiles in the photo: a second smile on top may look forced",
            "--smile 0.5 if it does",
        )
    return None


def _close(seen: _Seen) -> Advice | None:
    gaps = face_gaps([seen.face, *seen.others])[0, 1:]
    numbers = [other.number for other, gap in zip(seen.others, gaps, strict=True) if gap < TOUCHING]
    if not numbers:
        return None
    whom = " and ".join(f"face {number}" for number in sorted(numbers))
    return Advice(
        "overlapping",
        f"touches or overlaps {whom}: what lies between them stretches when one head moves",
        f"--driver {seen.face.number}=subtle, or --strength {seen.face.number}=0.5",
    )


_RULES: tuple[Callable[[_Seen], Advice | None], ...] = (
    _doubtful, _cut_off, _turned, _tilted, _closed, _shadow, _glasses, _tiny, _blurred, _damaged,
    _close, _expression,
)  # fmt: skip
"""The gravest first."""


def _side(angle: float) -> str:
    return "right" if angle > 0 else "left"


def _apart(seen: _Seen, angle: str) -> float:
    """Signed degrees between the driver's start and the face; 0 where no driver of the bank."""
    if seen.match is None:
        return 0.0
    driver = seen.match.driver
    for score in seen.match.scores:
        if (score.name, score.mirrored) == (driver.name, driver.mirrored):
            return float(getattr(score, angle))
    return 0.0
