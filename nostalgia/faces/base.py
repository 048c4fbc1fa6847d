"""Protocols that face detectors and finders of the 68 classic landmarks implement."""

from typing import Protocol, Self, runtime_checkable

from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.types import FaceBox, Float32, UInt8


@runtime_checkable
class FaceDetector(Protocol):
    """Finds faces in a whole photo.

    name: the registry key, such as ``embedded``.
    """

    name: str

    @classmethod
    def load(cls, options: DetectionOptions) -> Self:
        """Read the weights from disk and return the detector, ready to use.

        Raises:
            CheckpointError: the weights are missing or cannot be used.
        """
        ...

    def detect(self, photo: UInt8) -> list[FaceBox]:
        """Find the faces of a photo.

        Args:
            photo: RGB uint8 (H, W, 3).

        Returns:
            Faces by falling score; boxes from the top of the forehead to the chin, in photo pixels.
        """
        ...


@runtime_checkable
class Landmarker(Protocol):
    """Finds the 68 landmarks of the iBUG scheme, which older tools and papers use.

    name: the registry key, such as ``mesh``.
    """

    name: str

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the landmarker, ready to use; reads its weights from disk if it has any.

        Raises:
            CheckpointError: the weights are missing or cannot be used.
        """
        ...

    def points68(self, pixels: UInt8, landmarks: Float32) -> Float32:
        """Find the 68 landmarks of one face.

        Args:
            pixels: RGB uint8 (H, W, 3).
            landmarks: float32 (478, 3), the face's mesh in pixels of `pixels`.

        Returns:
            float32 (68, 2), pixels, x then y: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth
            48-67; each group from the image-left, in the order of the 300-W data set.
        """
        ...
