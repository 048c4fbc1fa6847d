"""Protocol of face enhancers: one still crop in, one still crop out, before any motion."""

from typing import Protocol, Self, runtime_checkable

from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop


@runtime_checkable
class FaceEnhancer(Protocol):
    """Restores a face without changing its identity.

    name: registry key of the backend. One that looks at `FaceCrop.person` says so by
    ``looks_at_person = True``; for others, still pictures leave it out.
    """

    name: str

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the enhancer, ready for use; reads its weights from disk if it has any.

        Raises:
            CheckpointError: the weights are missing or unusable.
        """
        ...

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a clearer face; same size, landmarks and position in the photo.

        Args:
            source: the crop as cut from the photo, RGB uint8 (S, S, 3).
            strength: 0..1; at 0 the same object is returned.
        """
        ...
