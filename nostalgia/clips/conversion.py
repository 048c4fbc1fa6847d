"""The conversion of a picture into the planes of an MP4, by ffmpeg itself."""

import subprocess

import numpy as np

from nostalgia.clips.ffmpeg import failure_reason, run_ffmpeg
from nostalgia.errors import EncodingError
from nostalgia.rendering.planes import Picture
from nostalgia.types import UInt8

TAGGED_BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
RGB_TO_BT709 = (
    "scale=in_range=pc:out_range=tv:out_color_matrix=bt709"
    ":sws_flags=bicubic+accurate_rnd+full_chroma_int"
)
"""ffmpeg's filter from RGB to limited-range Y'CbCr, with 4:2:0 chroma amid its pixels."""


def encoder_picture(pixels: UInt8) -> Picture:
    """A picture in the planes of an MP4; the last row or column of an odd side is doubled.

    pixels: RGB uint8 (H, W, 3).

    Raises:
        EncodingError: ffmpeg is missing or fails.
    """
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    height, width = pixels.shape[:2]
    arguments = [
        *f"-v error -f rawvideo -pix_fmt rgb24 -s {width}x{height} -i pipe:0".split(),
        *("-vf", f"{RGB_TO_BT709},format=nv12"),
        *"-f rawvideo -threads 1 -filter_threads 1 pipe:1".split(),
    ]
    rows = np.ascontiguousarray(pixels).data.cast("B")
    try:
        done = run_ffmpeg(arguments, EncodingError, rows)
    except subprocess.TimeoutExpired as exc:
        raise EncodingError(
            "ffmpeg does not answer; set IMAGEIO_FFMPEG_EXE to a working binary"
        ) from exc
    planes = np.frombuffer(bytearray(done.stdout), np.uint8)
    if done.returncode or planes.size != height * width * 3 // 2:
        reason = failure_reason(done.stderr.decode("utf-8", "replace"))
        raise EncodingError(
            f"ffmpeg cannot convert a picture of {width} x {height} ({reason});"
            " set IMAGEIO_FFMPEG_EXE to a working binary"
        )
    return Picture(planes.reshape(height * 3 // 2, width), planar=True)
