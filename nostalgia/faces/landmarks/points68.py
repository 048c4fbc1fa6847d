"""The 68 iBUG landmarks, selected from the 478 of the face mesh."""

from typing import Self

import numpy as np

from nostalgia.options import AnimateOptions
from nostalgia.types import Float32, UInt8

JAW = (127, 234, 132, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 361, 454, 356)
"""From beside the image-left eye down to the chin and up again, in about equal steps."""
BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
"""Upper edges, both from the image-left."""
NOSE = (168, 197, 5, 4, 98, 97, 2, 326, 327)
"""Down the ridge to the tip, then below the nostrils."""
EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
"""Each from its image-left corner along the upper lid and back along the lower."""
MOUTH = (
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91,
    78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
"""Outer edge of the lips from the image-left corner along the upper lip, then the inner edge."""

POINTS_68 = JAW + BROWS + NOSE + EYES + MOUTH
"""Index in the mesh of each of the 68 landmarks (Sagonas et al., "300 Faces in-the-Wild", 2013)."""


class MeshLandmarker:
    """Selects the 68 landmarks from the mesh, which is known already: needs no weights."""

    name = "mesh"

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return a landmarker; reads nothing, and no option has an effect."""
        return cls()

    def points68(self, pixels: UInt8, landmarks: Float32) -> Float32:
        """See `Landmarker.points68`; the pixels are not used."""
        return np.ascontiguousarray(landmarks[list(POINTS_68), :2], np.float32)
