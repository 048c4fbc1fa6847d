"""Advice about what will look bad on a face, given before a clip is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nostalgia.errors import Remedy, option
from nostalgia.faces.doubts import CERTAIN_GLASSES, eyes_left_still, unsure_eyes
from nostalgia.faces.expression import EYES_HALF_CLOSED, FaceExpression, read_expression
from nostalgia.faces.finder import PROBABLE_SCORE, SURE_SCORE
from nostalgia.faces.spacing import face_gaps
from nostalgia.scene.quality import FaceQuality, read_quality
from nostalgia.types import Advice, AdviceKind, DriverMatch, Face, Photo

"""Least probability of glasses to advise; of 44 pairs on press photos 37 reach it, and no other."""

TURNED_DEG, PITCHED_DEG, ROLLED_DEG = 12.0, 15.0, 20.0
"""Least distance between the face and the driver that is worth mentioning."""

TOO_FAR_DEG = 45.0
"""At or above this, the far eye and cheek are hardly visible in any photo."""

LEAST_FACE_PX, LEAST_EYE_PX = 60.0, 15.0
"""Height of a face and width of an eye below which a blink is hardly visible."""

LEAST_READ_PX = 8.0
"""Width of an eye below which its light is not read."""

SHUT, NEARLY_SHUT, IRIS_SEEN = 0.13, 0.16, 0.115
"""Opening over width of shut eyes, and of eyes that are shut if no iris stands out either."""

DARK_LID, DARK_EYE = 0.3, 0.5
"""Light of lid and eye, as shares of the skin's, below which an eye lies in shadow."""

BLURRED = 0.135
"""`FaceSigns.sharpness` below which a face is out of focus; 2 % of press photos are."""

DAMAGED, OUTSIDE = 0.02, 0.06
"""Shares of damaged skin and of the outline beyond the edge that are worth mentioning."""

TOUCHING = 0.3
"""Face heights between two faces below which hair and ears meet."""

SMILES = ("smile", "laugh")


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything that the advice about one face is based on."""

    face: Face
    quality: FaceQuality
    state: FaceExpression
    match: DriverMatch | None
    others: Sequence[Face]


def advise(
    photo: Photo,
    face: Face,
    match: DriverMatch | None = None,
    others: Sequence[Face] = (),
) -> tuple[Advice, ...]:
    """Advice about what will look bad on a face, the most serious first.

    Pure and cheap (about 15 ms): nothing is rendered.

    Args:
        photo: the photo that the face was found in.
        face: a face of it, animated or still.
        match: the driver that it got; None leaves out what depends on the driver.
        others: the other faces of the photo, which may overlap it.
    """
    state = read_expression(face.landmarks)
    seen = _Seen(face, read_quality(photo, face), state, match, others)
    found = [advice for rule in _RULES if (advice := rule(seen)) is not None]
    return tuple(found)


def _advice(seen: _Seen, kind: AdviceKind, text: str, remedy: str, **changes: Any) -> Advice:
    return Advice(kind, seen.face.number, text, Remedy(remedy, changes))


def _calmer(seen: _Seen) -> str:
    weaker = option("face_strengths", {seen.face.number: 0.5})
    return f"{option('turn', 0.5)} or {weaker} keeps the head calm"


def _doubtful(seen: _Seen) -> Advice | None:
    if seen.face.score >= SURE_SCORE:
        return None
    text = f"possibly not a face (score {seen.face.score:.2f}): check that it is one"
    others = [other.number for other in seen.others]
    if not others:
        remedy = "`nostalgia faces PHOTO` shows where it is"
        return _advice(seen, "doubtful", text, remedy)
    return _advice(seen, "doubtful", text, f"{option('faces', others)} leaves it out", faces=others)


def _cut_off(seen: _Seen) -> Advice | None:
    if seen.quality.outside < OUTSIDE:
        return None
    return _advice(
        seen,
        "cut-off",
        f"{seen.quality.outside:.0%} of its outline lies beyond the photo's edge, where pixels must"
        " be repeated when the head turns",
        _calmer(seen),
        turn=0.5,
    )


def _turned(seen: _Seen) -> Advice | None:
    yaw = seen.face.pose.yaw
    if abs(yaw) > TOO_FAR_DEG:
        return _advice(
            seen,
            "turned-far",
            f"turned {abs(yaw):.0f} degrees to the {_side(yaw)}: the far eye and cheek are hardly"
            " visible, and no single photo holds what a turn would uncover",
            _calmer(seen),
            turn=0.5,
        )
    apart = abs(_apart(seen, "yaw"))
    if apart <= TURNED_DEG:
        return None
    return _advice(
        seen,
        "turned",
        f"turned {abs(yaw):.0f} degrees to the {_side(yaw)}, {apart:.0f} degrees from how its"
        " driver was recorded",
        f"{_calmer(seen)}; or use a clip of a head turned like that as {option('driver')}",
        turn=0.5,
    )


def _tilted(seen: _Seen) -> Advice | None:
    pose = seen.face.pose
    if (apart := abs(_apart(seen, "roll"))) > ROLLED_DEG:
        return _advice(
            seen,
            "tilted",
            f"tilted {abs(pose.roll):.0f} degrees to the {_side(pose.roll)}, {apart:.0f} degrees"
            " from how its driver was recorded",
            _calmer(seen),
            turn=0.5,
        )
    if (apart := abs(_apart(seen, "pitch"))) > PITCHED_DEG:
        way = "raised" if pose.pitch > 0 else "bowed"
        return _advice(
            seen,
            "nodded",
            f"head {way} by {abs(pose.pitch):.0f} degrees, {apart:.0f} degrees from how its driver"
            " was recorded",
            _calmer(seen),
            turn=0.5,
        )
    return None


def _glasses(seen: _Seen) -> Advice | None:
    if seen.quality.glasses < CERTAIN_GLASSES or seen.face.score < PROBABLE_SCORE:
        return None
    return _advice(
        seen,
        "glasses",
        "seems to wear glasses: rims may bend when the head turns, and a lid may cross them",
        f"{option('turn', 0.5)} keeps the rims straighter, {option('blink', 0)} the lids open",
        turn=0.5,
    )


def _closed(seen: _Seen) -> Advice | None:
    opening = max(seen.state.eye_opening)
    hidden = max(eye.iris_contrast for eye in seen.quality.eyes) < IRIS_SEEN
    keeps_still = f"nothing to do; {option('blink', 0)} keeps the lids still"
    if opening < SHUT or (opening < NEARLY_SHUT and hidden):
        text = "the eyes look closed, lowered or nearly shut in the photo: nothing can open them"
        return _advice(seen, "eyes-closed", text, keeps_still, blink=0)
    if opening < EYES_HALF_CLOSED:
        text = "the eyes are narrow in the photo (laughing or looking down): a blink shows little"
        return _advice(seen, "eyes-narrow", text, keeps_still, blink=0)
    return None


def _unsure(seen: _Seen) -> Advice | None:
    quality = seen.quality
    lost = unsure_eyes(seen.face.doubts, seen.face.pose, quality.glasses, quality.visibility)
    if not any(lost):
        return None
    which = "both eyes are" if all(lost) else f"the {'left' if lost[0] else 'right'} eye is"
    stays = eyes_left_still(seen.face.doubts, seen.face.pose, quality.glasses, quality.visibility)
    both_stay = all(stays)
    stay = "both stay" if both_stay and not all(lost) else "they stay" if all(lost) else "it stays"
    return _advice(
        seen,
        "eye-unsure",
        f"{which} hard to make out in the photo, so {stay} as in the photo while the head moves",
        "nothing to do; a larger or clearer scan may help",
    )


def _shadow(seen: _Seen) -> Advice | None:
    # A dark rim or lens is not a shadow, and an eye that stays cannot smudge.
    glasses = seen.quality.glasses
    if glasses >= CERTAIN_GLASSES or any(
        unsure_eyes(seen.face.doubts, seen.face.pose, glasses, seen.quality.visibility)
    ):
        return None
    dark = [
        eye.lid_light < DARK_LID and eye.opening_light < DARK_EYE and eye.width_px >= LEAST_READ_PX
        for eye in seen.quality.eyes
    ]
    if not any(dark):
        return None
    which = "both eyes lie" if all(dark) else f"the {'left' if dark[0] else 'right'} eye lies"
    return _advice(
        seen,
        "eye-in-shadow",
        f"{which} in shadow: the lid is hard to read there, and its blink may look smudged",
        f"{option('blink', 0)} if it does; a lighter copy of the scan may help more",
        blink=0,
    )


def _tiny(seen: _Seen) -> Advice | None:
    height = seen.face.height_px
    width = max(eye.width_px for eye in seen.quality.eyes)
    larger = f"scan the photo at a higher resolution; {option('crop', 'face')} shows it larger"
    if height < LEAST_FACE_PX:
        text = (
            f"the face is {height:.0f} pixels high and its eyes {width:.0f} wide: blink and smile"
            " are hardly visible"
        )
        return _advice(seen, "tiny-face", text, larger, crop="face")
    if width < LEAST_EYE_PX:
        text = f"the eyes are {width:.0f} pixels wide: the blink is hardly visible"
        return _advice(seen, "tiny-eyes", text, larger, crop="face")
    return None


def _blurred(seen: _Seen) -> Advice | None:
    if seen.quality.sharpness >= BLURRED:
        return None
    return _advice(
        seen,
        "blurred",
        "the face is blurred: it moves, but lids and lips stay as soft as the photo",
        f"{option('enhance', 1)} restores as much as possible; or use another scan",
        enhance=1.0,
    )


def _damaged(seen: _Seen) -> Advice | None:
    if seen.quality.damage < DAMAGED:
        return None
    return _advice(
        seen,
        "damaged",
        f"scratches or cracks cover {seen.quality.damage:.0%} of the face: most are repaired"
        " before it moves, and the rest moves with it",
        f"have the photo retouched if they show; {option('enhance', 0)} leaves them unchanged",
    )


def _expression(seen: _Seen) -> Advice | None:
    state = seen.state
    smaller = option("smile", 0.5)
    if state.mouth_open:
        text = "the mouth is open in the photo and cannot close: teeth stay as they are"
        remedy = f"{smaller} if the mouth stretches too far"
        return _advice(seen, "mouth-open", text, remedy, smile=0.5)
    gestures = " ".join(seen.match.driver.gestures) if seen.match else SMILES[0]
    if state.smiling and any(smile in gestures for smile in SMILES):
        text = "already smiles in the photo: a second smile on top may look forced"
        return _advice(seen, "smiling", text, f"{smaller} if it does", smile=0.5)
    return None


def _close(seen: _Seen) -> Advice | None:
    gaps = face_gaps([seen.face, *seen.others])[0, 1:]
    numbers = [other.number for other, gap in zip(seen.others, gaps, strict=True) if gap < TOUCHING]
    if not numbers:
        return None
    neighbours = " and ".join(f"face {number}" for number in sorted(numbers))
    calm = {seen.face.number: "subtle"}
    weaker = option("face_strengths", {seen.face.number: 0.5})
    return _advice(
        seen,
        "overlapping",
        f"touches or overlaps {neighbours}: the area between them stretches when one head moves",
        f"{option('face_drivers', calm)} or {weaker} reduces this",
        face_drivers=calm,
    )


_RULES: tuple[Callable[[_Seen], Advice | None], ...] = (
    _doubtful, _cut_off, _turned, _tilted, _closed, _unsure, _shadow, _glasses, _tiny, _blurred,
    _damaged, _close, _expression,
)  # fmt: skip
"""Most serious first."""


def _side(angle: float) -> str:
    return "right" if angle > 0 else "left"


def _apart(seen: _Seen, angle: str) -> float:
    """Signed degrees between the driver's start and the face; 0 for drivers without a score."""
    if seen.match is None:
        return 0.0
    driver = seen.match.driver
    for score in seen.match.scores:
        if (score.name, score.mirrored) == (driver.name, driver.mirrored):
            return float(getattr(score, angle))
    return 0.0
