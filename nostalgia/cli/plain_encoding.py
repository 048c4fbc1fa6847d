"""The lower limit of a clip's time: a still, encoded as often as the clip has frames."""

import tempfile
import time
from pathlib import Path

from nostalgia.clips.writer import ClipWriter
from nostalgia.types import UInt8


def still_of(photo: Path, size_wh: tuple[int, int]) -> UInt8:
    """A photo at the size of a clip, as the encoder takes its frames.

    Raises:
        InputError: the photo cannot be read.
    """
    import cv2
    import numpy as np

    from nostalgia.photo.reader import read_photo

    scaled = cv2.resize(read_photo(photo).pixels, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, np.uint8)


def plain_encoding_s(still: UInt8, frames: int, fps: float) -> float:
    """Seconds for encoding a still of `still_of` into an MP4 as the product does; it is deleted.

    Raises:
        EncodingError: it cannot be encoded.
    """
    height, width = still.shape[:2]
    with tempfile.TemporaryDirectory(prefix="nostalgia-bench-") as folder:
        start = time.perf_counter()
        with ClipWriter(Path(folder) / "still.mp4", width, height, fps) as writer:
            for _ in range(frames):
                writer.write(still)
        return time.perf_counter() - start
