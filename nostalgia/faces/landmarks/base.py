"""What every finder of the 68 classic landmarks must be able to do."""

from typing import Protocol, Self, runtime_checkable

from nostalgia.options import AnimateOptions
from nostalgia.types import Float32, UInt8


@runtime_checkable
class Landmarker(Protocol):
    """Tells the 68 points of the iBUG scheme, which older tools and papers speak.

    name: the registry key, such as ``mesh``.
    """

    name: str

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """The landmarker, ready to be used; reads its weights from disk where it has any.

        Raises:
            CheckpointError: they are missing or cannot be used.
        """
        ...

    def points68(self, pixels: UInt8, landmarks: Float32) -> Float32:
        """The 68 points of one face.

        Args:
            pixels: RGB uint8 (H, W, 3).
            landmarks: float32 (478, 3), the face's mesh in pixels of `pixels`.

        Returns:
            float32 (68, 2), pixels, x then y: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth
            48-67; each group from the image-left, as 300-W numbers them.
        """
        ...
