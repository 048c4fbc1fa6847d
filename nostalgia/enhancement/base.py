"""What every face enhancer offers: one still crop in, one still crop out, before any motion."""

from typing import Protocol, Self, runtime_checkable

from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop


@runtime_checkable
class FaceEnhancer(Protocol):
    """Makes a face clearer without changing whose it is.

    name: registry key of the backend.
    """

    name: str

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """The enhancer, ready to be used; reads weights from disk where it has any.

        Raises:
            CheckpointError: they are missing or cannot be used.
        """
        ...

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a clearer face; same size, landmarks and place in the photo.

        Args:
            source: the crop as cut from the photo, RGB uint8 (S, S, 3).
            strength: 0..1; at 0 the very same object comes back.
        """
        ...
