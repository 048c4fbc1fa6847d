"""The lower limit of a clip's time: a still, encoded as often as the clip has frames."""

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nostalgia.clips.writer import ClipWriter

if TYPE_CHECKING:
    from nostalgia.rendering.planes import Picture


def still_of(photo: Path, size_wh: tuple[int, int]) -> "Picture":
    """A photo at the size of a clip, in the planes that the encoder takes.

    Raises:
        InputError: the photo cannot be read. EncodingError: ffmpeg cannot convert it.
    """
    import cv2
    import numpy as np

    from nostalgia.clips.conversion import encoder_picture
    from nostalgia.photo.reader import read_photo

    scaled = cv2.resize(read_photo(photo).pixels, size_wh, interpolation=cv2.INTER_AREA)
    return encoder_picture(np.asarray(scaled, np.uint8))


def plain_encoding_s(still: "Picture", frames: int, fps: float) -> float:
    """Seconds for encoding a still of `still_of` into an MP4 as the product does; it is deleted.

    Raises:
        EncodingError: it cannot be encoded.
    """
    width, height = still.size_wh
    with tempfile.TemporaryDirectory(prefix="nostalgia-bench-") as folder:
        start = time.perf_counter()
        with ClipWriter(Path(folder) / "still.mp4", width, height, fps, planar=True) as writer:
            for _ in range(frames):
                writer.write(still.pixels)
        return time.perf_counter() - start
