"""Write a clip whose last frame decodes like its first, so that it loops without flicker.

The project's own encoder spends most on the first frame; a neutral last frame would come back with
other noise. Here every frame has the same quantiser and the last one is a key frame as well.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nostalgia.clips.ffmpeg import ffmpeg_program

QUANTISER = 21
BT709 = (
    "scale=in_range=pc:out_range=tv:out_color_matrix=bt709"
    ":sws_flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p"
    ",setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)


def write_loop(clip: Path, frames: Iterable[np.ndarray], count: int, fps: float) -> None:
    """Encode `count` frames, RGB uint8 (H, W, 3) with even sides, as H.264 without B-frames."""
    partial = clip.with_name(f".{clip.stem}.part.mp4")
    process: subprocess.Popen[bytes] | None = None
    try:
        for frame in frames:
            if process is None:
                height, width = frame.shape[:2]
                command = _command(width, height, count, fps, partial)
                process = subprocess.Popen(command, stdin=subprocess.PIPE)
            assert process.stdin is not None
            process.stdin.write(frame.tobytes())
        if process is None or process.stdin is None:
            raise ValueError(f"{clip}: no frames")
        process.stdin.close()
        if process.wait():
            raise RuntimeError(f"{clip}: ffmpeg failed with {process.returncode}")
        partial.replace(clip)
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.communicate()
        partial.unlink(missing_ok=True)


def _command(width: int, height: int, count: int, fps: float, target: Path) -> list[str]:
    source = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {fps:g} -i pipe:0".split()
    # One quantiser for all: with a rate factor the last frame, which nothing refers to, gets a worse one.
    coding = f"-c:v libx264 -preset slow -qp {QUANTISER} -bf 0 -g {count + 1} -threads 1".split()
    coding += ["-x264-params", "scenecut=0:weightp=0:ipratio=1.0:open-gop=0"]
    coding += ["-force_key_frames", f"expr:eq(n,0)+eq(n,{count - 1})"]
    colours = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv".split()
    tail = "-fflags +bitexact -flags:v +bitexact -movflags +faststart -f mp4".split()
    start = [ffmpeg_program(), "-y", "-v", "error"]
    return [*start, *source, "-vf", BT709, *coding, *colours, *tail, f"file:{target}"]
