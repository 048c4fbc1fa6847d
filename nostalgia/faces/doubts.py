"""Eyes and faces that the mesh network could not locate: they are neither painted on nor move."""

from nostalgia.types import PartDoubts

MOST_EYE_DOUBT = 0.018
"""Expected error of an eye's landmarks, in face heights, from which it counts as not located: a
ninth of its width. On old photos that were not trained on, one eye in forty lies above it, and
their true error is three times that of the others."""

MOST_FACE_DOUBT = 0.026
"""Expected error of the rest of a face, in face heights, from which it does not move. No face that
the teacher can read lies above it; most full profiles and hardly visible faces do."""


def unsure_eyes(doubts: PartDoubts) -> tuple[bool, bool]:
    """Whether the image-left and the image-right eye were not located."""
    return doubts.left_eye > MOST_EYE_DOUBT, doubts.right_eye > MOST_EYE_DOUBT


def is_unreadable(doubts: PartDoubts) -> bool:
    """Whether the features of a face were not located."""
    return doubts.rest > MOST_FACE_DOUBT
