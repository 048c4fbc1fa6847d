"""Eyes and faces that the mesh network could not locate: they are neither painted on nor move."""

from nostalgia.types import HeadPose, PartDoubts

MOST_EYE_DOUBT = 0.018
"""Expected error of an eye's landmarks, in face heights, from which it counts as not located: a
ninth of its width. On old photos that were not trained on, one eye in forty lies above it, and
their true error is three times that of the others."""

FAR_EYE_HIDDEN_DEG = 42.0
"""Turn of a head from which its far eye counts as hidden: landmarks there lie on hair or lashes."""

MOST_FACE_DOUBT = 0.026
"""Expected error of the rest of a face, in face heights, from which it does not move. No face that
the teacher can read lies above it; most full profiles and hardly visible faces do."""


def unsure_eyes(doubts: PartDoubts) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye were not located."""
    return doubts.left_eye > MOST_EYE_DOUBT, doubts.right_eye > MOST_EYE_DOUBT


def eyes_left_still(doubts: PartDoubts, pose: HeadPose) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye stay as they are in the photo.

    If one eye was not located, the other would wink, so both stay. If the head is turned so far
    that the far eye is hidden, only the near one counts.
    """
    left, right = unsure_eyes(doubts)
    if pose.yaw > FAR_EYE_HIDDEN_DEG:
        return left, True
    if pose.yaw < -FAR_EYE_HIDDEN_DEG:
        return True, right
    return left or right, left or right


def is_unreadable(doubts: PartDoubts) -> bool:
    """Whether the features of a face were not located."""
    return doubts.rest > MOST_FACE_DOUBT
