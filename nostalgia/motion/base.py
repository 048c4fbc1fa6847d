"""What every motion backend must be able to do."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, Self, TypeVar

from nostalgia.options import AnimateOptions
from nostalgia.types import DenseMotion, FaceCrop, Float32, MotionTrack, UInt8

Prepared = TypeVar("Prepared")


class MotionBackend(Protocol[Prepared]):
    """Says where the pixels of each frame come from; it never touches pixels that move.

    name: the registry key, such as ``mesh``. The backend keeps no state between calls:
    everything known about a face is in the value that `prepare` returns.
    reads_signals: whether it looks at the driver's pixels, so that `extract_signals` is called
    before `perform` and a driver without a clip cannot be used.
    """

    name: str
    reads_signals: bool

    def __hash__(self) -> int:
        """Backends of one kind and the same weights are one: what they watched is kept."""
        ...

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """The backend, ready to be used; reads weights from disk where it has any.

        Raises:
            CheckpointError: the weights are missing or cannot be used.
        """
        ...

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        """Read off driving frames what `perform` needs: signals float32 (T, C).

        Asked once per driver and only of backends with `reads_signals`. The signals travel with the
        track, in `MotionTrack.signals`, through everything that is done to it in time.

        Args:
            frames: RGB uint8 (256, 256, 3), squares round the performer's face, one per frame.
        """
        ...

    def prepare(self, source: FaceCrop, neighbours: Sequence[Float32] = ()) -> Prepared:
        """Work out, once per face, what every frame needs.

        Args:
            source: the face crop that will move.
            neighbours: landmarks float32 (478, 3), in pixels of this crop, of the other faces of
                the photo: they have a motion of their own and this face's must leave them alone.
        """
        ...

    def perform(
        self, prepared: Prepared, track: MotionTrack, strength: float, seed: int
    ) -> Iterator[DenseMotion]:
        """Yield one dense motion per frame of the track, lazily.

        A frame in which the track is neutral gives exactly the identity without fills.

        Args:
            prepared: what `prepare` returned for the face.
            track: the driver's motion.
            strength: 0..2, multiplies the motion; blinks still close.
            seed: decides the small variations that tell two faces with the same driver apart.
        """
        ...

    def motion_mask(self, prepared: Prepared) -> Float32:
        """Where pixels may move: float32 (G, G), 0..1, laid over the crop like a deformation.

        Exactly 0 outside everything that may move (align_corners=True; kept on the grid because at
        the crop's own size it would weigh more than the photo).
        """
        ...

    def region(self, prepared: Prepared) -> tuple[int, int, int, int]:
        """The part of the crop that may change: x0, y0, x1, y1 in crop pixels, inside the photo."""
        ...
