"""Protocol of motion backends: they compute where the pixels of each frame come from."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, Self, TypeVar

from nostalgia.dense_motion import DenseMotion
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32, MotionTrack, PixelBox, UInt8

Prepared = TypeVar("Prepared")


class MotionBackend(Protocol[Prepared]):
    """Computes where the pixels of each frame come from; the renderer moves the pixels.

    name: the registry key, such as ``mesh``. reads_signals: True if the backend reads the pixels of
    the driving clip; then `extract_signals` is called before `perform`, and a driver without a clip
    cannot be used.

    A backend keeps no state between calls: everything known about a face is in the value that
    `prepare` returns.

    A backend with its own options may declare them as a class attribute `Options`, so that the
    command line can list them: a frozen dataclass whose fields are made by `declarations.declare`.
    `load` receives their values, possibly as text, in ``options.motion_options``. See
    `nostalgia.motion.fomm.options`.
    """

    name: str
    reads_signals: bool

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the backend, ready for use; reads its weights from disk if it has any.

        Raises:
            CheckpointError: the weights are missing or unusable.
            UsageError: an option of the backend is unknown or out of its range.
        """
        ...

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        """Extract the signals of driving frames that `perform` needs: float32 (T, C).

        Called once per driver, and only if `reads_signals` is True. The signals become
        `MotionTrack.signals`, and whatever resamples or loops the track treats them alike.

        Args:
            frames: RGB uint8 (256, 256, 3), squares round the performer's face, one per frame.
        """
        ...

    def prepare(self, source: FaceCrop, neighbours: Sequence[Float32] = ()) -> Prepared:
        """Compute, once per face, everything that does not depend on the driver.

        Args:
            source: the face crop to animate.
            neighbours: landmarks float32 (478, 3), in pixels of this crop, of the photo's other
                faces. Each has its own motion, so this face must not move their pixels.
        """
        ...

    def perform(
        self, prepared: Prepared, track: MotionTrack, strength: float, seed: int | None
    ) -> Iterator[DenseMotion]:
        """Yield one dense motion per frame of the track, lazily.

        A frame in which the track is neutral gives exactly the identity, without fills.

        Args:
            prepared: the value that `prepare` returned for the face.
            track: the driver's motion.
            strength: 0..2, multiplies the motion; blinks still close the eyes.
            seed: seed of the small variations that make two faces with the same driver differ; None
                plays the track exactly as recorded, without variations.
        """
        ...

    def motion_mask(self, prepared: Prepared) -> Float32:
        """Return where pixels may move: float32 (G, G), 0..1, exactly 0 where they never do.

        The mask covers the crop like a deformation (align_corners=True). It stays on the grid
        because at the crop's own size it would take more memory than the photo.
        """
        ...

    def region(self, prepared: Prepared) -> PixelBox:
        """Return the part of the crop that may change: crop pixels, inside the photo."""
        ...
