"""What every face detector must be able to do."""

from typing import Protocol, Self, runtime_checkable

from nostalgia.options import DetectionOptions
from nostalgia.types import FaceBox, UInt8


@runtime_checkable
class FaceDetector(Protocol):
    """Finds faces in a whole photo.

    name: the registry key, such as ``embedded``.
    """

    name: str

    @classmethod
    def load(cls, options: DetectionOptions) -> Self:
        """The detector, ready to be used; reads its weights from disk.

        Raises:
            CheckpointError: they are missing or cannot be used.
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
