"""Eyes and faces that cannot be located or made out: they are neither painted on nor move."""

import math

from nostalgia.types import HeadPose, PartDoubts

MOST_EYE_DOUBT = 0.018
"""Expected error of an eye's landmarks, in face heights, from which it counts as not located: a
ninth of its width. On old photos that were not trained on, one eye in forty lies above it, and
their true error is three times that of the others."""

MOST_DOUBT_BEHIND_GLASS, CERTAIN_GLASSES = 0.014, 0.7
"""The same where a face wears glasses with at least this probability: lenses that mirror the sky
leave nothing to locate. Eyes that are seen behind glass lie below it in 98 of 100 photos, even of
faces that are 46 pixels high."""

FAR_EYE_HIDDEN_DEG = 42.0
"""Turn of a head from which its far eye may be hidden: landmarks there lie on hair or lashes."""

LEAST_VISIBILITY, LEAST_OF_ONE = -1.4, -3.2
"""Log-odds, as `visible_eyes.eye_visibility` finds them, below which eyes count as not seen: mean
of both, and of one eye alone, which a shadow or a profile may dim. Of the faces that somebody can
make out, fewer than one in a hundred lie below either."""

MOST_FACE_DOUBT = 0.026
"""Expected error of the rest of a face, in face heights, from which it does not move. No face that
the teacher can read lies above it; most full profiles and hardly visible faces do."""


def unsure_eyes(
    doubts: PartDoubts,
    pose: HeadPose,
    glasses: float = 0.0,
    visibility: tuple[float, float] = (math.inf, math.inf),
) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye cannot be located or made out.

    glasses: probability, 0..1, that the face wears some. visibility: log-odds that each eye is
    seen, from `eye_visibility`; in a profile, each eye is judged alone.
    """
    most = MOST_DOUBT_BEHIND_GLASS if glasses >= CERTAIN_GLASSES else MOST_EYE_DOUBT
    both = not _profile(pose) and sum(visibility) / 2 < LEAST_VISIBILITY
    left, right = (both or seen < LEAST_OF_ONE for seen in visibility)
    return left or doubts.left_eye > most, right or doubts.right_eye > most


def eyes_left_still(
    doubts: PartDoubts,
    pose: HeadPose,
    glasses: float = 0.0,
    visibility: tuple[float, float] = (math.inf, math.inf),
) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye stay as they are in the photo.

    If one eye cannot be read, the other would wink, so both stay. Only in a profile, whose far eye
    may be hidden, the near one moves without it. glasses, visibility: see `unsure_eyes`.
    """
    left, right = unsure_eyes(doubts, pose, glasses, visibility)
    side = _profile(pose)
    return left or (right and side <= 0), right or (left and side >= 0)


def _profile(pose: HeadPose) -> int:
    """1 if the image-left eye is the near one of a profile, -1 if the other is, 0 otherwise."""
    if abs(pose.yaw) <= FAR_EYE_HIDDEN_DEG:
        return 0
    return 1 if pose.yaw > 0 else -1


def is_unreadable(doubts: PartDoubts) -> bool:
    """Whether the features of a face were not located."""
    return doubts.rest > MOST_FACE_DOUBT
