"""Read a driving clip as a viewer sees it: upright, square pixels, steady rate, 8 bits.

ffmpeg decodes and hands the frames over as PPM pictures, which say their own size, so nothing
here has to guess what turning and pixel shapes make of the stored size.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from nostalgia.clips.ffmpeg import ClipInfo, ffmpeg_program, input_arguments, last_words, probe_film
from nostalgia.errors import DriverError, EncodingError
from nostalgia.files import printable_name
from nostalgia.types import UInt8

_FASTEST_FPS = 60.0
_SLOWEST_FPS = 5.0
_WHOLE = 0.95


def driving_clip_info(path: Path | str) -> ClipInfo:
    """What a driving clip is; `fps` is its average rate (see `steady_rate`).

    Raises:
        DriverError: it cannot be read, is cut off, or holds a single frame.
    """
    path = Path(path)
    said = printable_name(path)
    try:
        info = probe_film(path, DriverError)
    except EncodingError as exc:
        raise DriverError(str(exc)) from exc
    if info.frames < 2:
        raise DriverError(f"{said}: holds {info.frames} frame, so there is no motion to take over")
    if info.duration_s + 2 / info.fps < _WHOLE * info.declared_s:
        raise DriverError(
            f"{said}: is cut off: it claims {info.declared_s:.1f} s and holds "
            f"{info.duration_s:.1f} s; copy it anew"
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
) -> Iterator[UInt8]:
    """The frames of a clip, one at a time: RGB uint8 (H, W, 3), upright.

    fps: the steady rate to resample to by time stamps, None = `steady_rate`.
    max_side_px: larger frames are made smaller.
    info: what `driving_clip_info` said of the clip, where it was asked before.

    Raises:
        DriverError: see `driving_clip_info`; also where decoding fails on the way.
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
    yield from _decoded([*command, "-pix_fmt", "rgb24", "pipe:1"], printable_name(path))


def _decoded(command: list[str], said: str) -> Iterator[UInt8]:
    with tempfile.TemporaryFile() as spoken:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=spoken,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            count = 0
            try:
                while (frame := _next_frame(process.stdout)) is not None:
                    count += 1
                    yield frame
            except GeneratorExit:
                process.kill()
                raise
        spoken.seek(0)
        words = last_words(spoken.read().decode("utf-8", "replace"))
    if count == 0 or process.returncode != 0:
        raise DriverError(
            f"{said}: decoding failed after {count} frames ({words}); give another clip"
        )


def _next_frame(stream: IO[bytes]) -> UInt8 | None:
    """One binary PPM picture: magic, width, height and depth on three lines, then the pixels."""
    if stream.readline() != b"P6\n":
        return None
    width, height = map(int, stream.readline().split())
    stream.readline()
    content = stream.read(width * height * 3)
    if len(content) < width * height * 3:
        return None
    return np.frombuffer(content, np.uint8).reshape(height, width, 3)
