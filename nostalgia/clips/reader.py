"""Read a driving clip as a viewer sees it: upright, square pixels, steady rate, 8 bits.

ffmpeg decodes and hands over the frames as PPM pictures, which state their own size, so the effect
of rotation and pixel aspect on the stored size need not be computed here.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from nostalgia.clips.ffmpeg import (
    ClipInfo,
    failure_reason,
    ffmpeg_program,
    input_arguments,
    probe_film,
)
from nostalgia.errors import DriverError, EncodingError, counted
from nostalgia.files import printable_name
from nostalgia.types import UInt8

_FASTEST_FPS = 60.0
_SLOWEST_FPS = 5.0
_MIN_SHARE_PRESENT = 0.95


def driving_clip_info(path: Path | str) -> ClipInfo:
    """Describe a driving clip; `fps` is its average rate (see `steady_rate`).

    Raises:
        DriverError: it cannot be read, is cut off, or holds a single frame.
    """
    path = Path(path)
    name = printable_name(path)
    try:
        info = probe_film(path, DriverError)
    except EncodingError as exc:
        raise DriverError(exc.message) from exc
    if info.frames < 2:
        raise DriverError(f"{name}: has fewer than two frames, so there is no motion")
    if info.duration_s + 2 / info.fps < _MIN_SHARE_PRESENT * info.declared_s:
        raise DriverError(
            f"{name}: is cut off: it claims {info.declared_s:.1f} s and contains "
            f"{info.duration_s:.1f} s; copy it again"
        )
    return info


def steady_rate(info: ClipInfo) -> float:
    """Frames per second at which a clip is read: its own average, within 5 to 60."""
    return min(max(info.fps, _SLOWEST_FPS), _FASTEST_FPS)


def read_frames(
    path: Path | str,
    fps: float | None = None,
    max_side_px: int | None = None,
    info: ClipInfo | None = None,
    check: Callable[[], None] | None = None,
) -> Iterator[UInt8]:
    """Read the frames of a clip, one at a time: RGB uint8 (H, W, 3), upright.

    Args:
        path: an MP4, WebM or other film.
        fps: the steady rate to resample to by time stamps; None for `steady_rate`.
        max_side_px: larger frames are reduced to this.
        info: result of `driving_clip_info`, if known.
        check: called before each frame; raises an exception to cancel.

    Raises:
        DriverError: see `driving_clip_info`; also if decoding fails on the way.
    """
    path = Path(path)
    info = info or driving_clip_info(path)
    rate = fps or steady_rate(info)
    filters = [f"fps={rate:.9g}", "scale=round(iw*if(sar\\,sar\\,1)):ih", "setsar=1"]
    if max_side_px:
        fit = f"min(1\\,{max_side_px}/max(iw\\,ih))"
        filters.append(f"scale=max(1\\,round(iw*{fit})):max(1\\,round(ih*{fit})):flags=area")
    command = [ffmpeg_program(), "-v", "error", "-nostdin", "-threads", "2", *input_arguments(path)]
    command += ["-map", "0:v:0", "-vf", ",".join(filters), "-f", "image2pipe", "-c:v", "ppm"]
    command += ["-pix_fmt", "rgb24", "pipe:1"]
    for frame in _decoded(command, printable_name(path)):
        if check is not None:
            check()
        yield frame


def _decoded(command: list[str], name: str) -> Iterator[UInt8]:
    count = 0
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            try:
                while (frame := _next_frame(process.stdout)) is not None:
                    count += 1
                    yield frame
            except BaseException:
                process.kill()
                raise
        log.seek(0)
        reason = failure_reason(log.read().decode("utf-8", "replace"))
    if count == 0 or process.returncode != 0:
        raise DriverError(
            f"{name}: decoding failed after {counted(count, 'frame', 'frames')} ({reason});"
            " give another clip"
        )


def _next_frame(stream: IO[bytes]) -> UInt8 | None:
    """Read one binary PPM picture: magic, size and depth on three lines, then the pixels."""
    if stream.readline() != b"P6\n":
        return None
    width, height = map(int, stream.readline().split())
    stream.readline()
    content = stream.read(width * height * 3)
    if len(content) < width * height * 3:
        return None
    return np.frombuffer(content, np.uint8).reshape(height, width, 3)
