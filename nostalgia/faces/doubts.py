"""Eyes and faces that the mesh network could not locate: they are neither painted on nor move."""

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
"""Turn of a head from which its far eye counts as hidden: landmarks there lie on hair or lashes."""

MOST_FACE_DOUBT = 0.026
"""Expected error of the rest of a face, in face heights, from which it does not move. No face that
the teacher can read lies above it; most full profiles and hardly visible faces do."""


def unsure_eyes(doubts: PartDoubts, glasses: float = 0.0) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye were not located.

    glasses: probability, 0..1, that the face wears some.
    """
    most = MOST_DOUBT_BEHIND_GLASS if glasses >= CERTAIN_GLASSES else MOST_EYE_DOUBT
    return doubts.left_eye > most, doubts.right_eye > most


def eyes_left_still(doubts: PartDoubts, pose: HeadPose, glasses: float = 0.0) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye stay as they are in the photo.

    If one eye was not located, the other would wink, so both stay. If the head is turned so far
    that the far eye is hidden, only the near one counts. glasses: see `unsure_eyes`.
    """
    left, right = unsure_eyes(doubts, glasses)
    if pose.yaw > FAR_EYE_HIDDEN_DEG:
        return left, True
    if pose.yaw < -FAR_EYE_HIDDEN_DEG:
        return True, right
    return left or right, left or right


def is_unreadable(doubts: PartDoubts) -> bool:
    """Whether the features of a face were not located."""
    return doubts.rest > MOST_FACE_DOUBT
