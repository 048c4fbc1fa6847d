"""How much two clips differ: PSNR of luma and chroma, frame by frame."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isinf, log10
from pathlib import Path
from typing import Any

import numpy as np
from checkouts import BenchmarkError

from nostalgia.clips.ffmpeg import ffmpeg_program, input_arguments, probe_film
from nostalgia.errors import EncodingError
from nostalgia.types import UInt8


@dataclass(frozen=True)
class Difference:
    """PSNR in dB between the decoded planes of two clips, infinite where they are equal.

    luma, chroma: of each frame that was compared; chroma of both planes together.
    remark: why frames could not be compared, or not all of them; empty if all were.
    """

    luma: tuple[float, ...] = ()
    chroma: tuple[float, ...] = ()
    remark: str = ""

    @property
    def frames(self) -> int:
        """Number of frames compared."""
        return len(self.luma)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values; None where planes are equal."""
        return {
            "remark": self.remark,
            "luma_db": [None if isinf(figure) else round(figure, 2) for figure in self.luma],
            "chroma_db": [None if isinf(figure) else round(figure, 2) for figure in self.chroma],
        }


def clip_difference(before: Path, after: Path) -> Difference:
    """Compare two clips as they are stored, without conversion or scaling.

    Raises:
        BenchmarkError: one of them cannot be decoded.
    """
    infos = [probe_film(clip, EncodingError) for clip in (before, after)]
    sizes = [(info.width, info.height) for info in infos]
    if sizes[0] != sizes[1]:
        return Difference(remark="other size")
    pairs = zip(_planes(before, sizes[0]), _planes(after, sizes[1]), strict=False)
    figures = [tuple(map(_psnr, one, other)) for one, other in pairs]
    counts = [info.frames for info in infos]
    remark = "" if counts[0] == counts[1] else f"{counts[0]} and {counts[1]} frames"
    return Difference(tuple(f[0] for f in figures), tuple(f[1] for f in figures), remark)


def _planes(clip: Path, size_wh: tuple[int, int]) -> Iterator[tuple[UInt8, UInt8]]:
    """Luma of each frame, and its two chroma planes."""
    width, height = size_wh
    luma, chroma = width * height, 2 * ((width + 1) // 2) * ((height + 1) // 2)
    command = [ffmpeg_program(), "-v", "error", "-nostdin", *input_arguments(clip)]
    command += "-map 0:v:0 -fps_mode passthrough -f rawvideo -pix_fmt yuv420p pipe:1".split()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
        assert decoder.stdout is not None
        try:
            while len(frame := decoder.stdout.read(luma + chroma)) == luma + chroma:
                planes = np.frombuffer(frame, np.uint8)
                yield planes[:luma], planes[luma:]
        except GeneratorExit:  # the other clip is shorter
            decoder.kill()
            raise
    if decoder.returncode != 0:
        raise BenchmarkError(f"{clip} cannot be decoded; look at it with a player")


def _psnr(one: UInt8, other: UInt8) -> float:
    error = np.mean(np.square(one.astype(np.int16) - other, dtype=np.int32))
    return 10 * log10(255**2 / error) if error else inf
