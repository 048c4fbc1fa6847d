"""ffmpeg as a child process that takes raw frames and writes one file."""

import math
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nostalgia.clips.conversion import RGB_TO_BT709, TAGGED_BT709
from nostalgia.clips.ffmpeg import (
    SOUND_CONTAINERS,
    Sound,
    failure_reason,
    ffmpeg_program,
    input_arguments,
)
from nostalgia.clips.levels import level_of
from nostalgia.errors import EncodingError
from nostalgia.types import UInt8

_RGB_TO_PLANES = f"{RGB_TO_BT709},format=yuv420p"
_LARGE_PX = 9_000_000
_MAX_BYTES_INSIDE = 96 << 20
_STALL_S = 3.0
_KEYFRAME_INTERVAL_S = 10
BEST_CRF = 19
"""Constant rate factor of x264: the quality of clips, of which a smaller number is a better one."""
_FIRST_FRAME_RATIO = 3.3
_FIRST_FRAME_QUANTISERS = math.floor(6 * math.log2(_FIRST_FRAME_RATIO))
_SOUND_FADE_S = 0.5
_BT709_FLAGS = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"
_GIF_FILTER = (
    "[0:v]split[look][draw];[look]trim=end_frame=1,palettegen=reserve_transparent=0[palette];"
    "[draw][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle"
)


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Kind of file that the frames become.

    kind: "mp4", "gif" or "webp". size_wh: width and height of the frames in pixels, even for MP4.
    forever: True if a GIF or WebP repeats endlessly, False if it plays once. sound: for MP4.
    length_s: length of the clip, where the sound is cut; needed with a sound only. crf: quality of
    an MP4. planar: True if its frames come in its own planes.
    """

    kind: str
    size_wh: tuple[int, int]
    fps: float
    forever: bool = True
    sound: Sound | None = None
    length_s: float = 0.0
    crf: int = BEST_CRF
    planar: bool = False

    @property
    def is_large(self) -> bool:
        """True if memory matters more than speed."""
        return self.size_wh[0] * self.size_wh[1] > _LARGE_PX

    @property
    def max_frames_inside(self) -> int:
        """Number of frames that may be inside ffmpeg at once.

        The WebP encoder reports no progress before the end, so only ffmpeg's own queues limit it.
        """
        if self.kind == "webp":
            return sys.maxsize
        width, height = self.size_wh
        return max(2 if self.is_large else 8, min(64, _MAX_BYTES_INSIDE // (width * height * 3)))


class EncoderProcess:
    """One run of ffmpeg; `send` frames, then `finish`.

    Two threads read its output: one counts the frames that it reports as encoded, so that `send`
    can hold the next ones back, the other keeps the last lines of its log.
    """

    def __init__(self, target: Path, settings: EncoderSettings, tags: Mapping[str, str]) -> None:
        self._max_inside = settings.max_frames_inside
        self._sent, self._encoded = 0, 0
        self._progress = threading.Condition()
        self._log: deque[str] = deque(maxlen=8)
        try:
            self._process = subprocess.Popen(
                _command(target, settings, tags),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as exc:
            raise EncodingError(
                f"ffmpeg cannot be started ({exc.strerror}); "
                "set IMAGEIO_FFMPEG_EXE to a working binary"
            ) from exc
        self._listeners = [
            threading.Thread(target=self._count_encoded, daemon=True),
            threading.Thread(target=self._keep_log, daemon=True),
        ]
        for listener in self._listeners:
            listener.start()

    @property
    def failure_reason(self) -> str:
        """Last line of ffmpeg's log, or the signal that killed it."""
        if not self._log and (self._process.returncode or 0) < 0:
            return f"it was killed by signal {-self._process.returncode}"
        return failure_reason("\n".join(self._log))

    def send(self, frame: UInt8) -> bool:
        """Write one frame, uint8, RGB or planes. Returns: False if ffmpeg has ended."""
        self._wait_for_room()
        assert self._process.stdin is not None
        unsent = np.ascontiguousarray(frame).data.cast("B")
        try:
            while unsent:
                unsent = unsent[self._process.stdin.write(unsent) :]
        except (OSError, ValueError):
            return False
        self._sent += 1
        return True

    def finish(self) -> bool:
        """Close the stream and wait for the file. Returns: True if ffmpeg succeeded."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            return self._process.wait() == 0
        self._process.wait()
        for listener in self._listeners:
            listener.join()
        return self._process.returncode == 0

    def kill(self) -> None:
        """End ffmpeg if it still runs; a `send` in another thread then returns False."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for listener in self._listeners:
            listener.join()

    def close(self) -> None:
        """Close the pipes; only when no thread sends any more."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    self._log.append("its input was closed early")

    def _wait_for_room(self) -> None:
        """Keep few frames inside ffmpeg, whose own queues hold eight raw frames each.

        An encoder that holds back more frames on purpose gets the next one after `_STALL_S`.
        """
        with self._progress:
            while self._sent - self._encoded >= self._max_inside and self._process.poll() is None:
                if not self._progress.wait(_STALL_S):
                    return

    def _count_encoded(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if count := re.match(rb"frame=\s*(\d+)", line):
                with self._progress:
                    self._encoded = int(count[1])
                    self._progress.notify_all()
        with self._progress:
            self._progress.notify_all()

    def _keep_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line.decode("utf-8", "replace"))


def _command(target: Path, settings: EncoderSettings, tags: Mapping[str, str]) -> list[str]:
    width, height = settings.size_wh
    pix_fmt = "nv12" if settings.planar else "rgb24"
    return [
        ffmpeg_program(),
        *"-y -v error -progress pipe:1 -stats_period 0.05".split(),
        *f"-f rawvideo -pix_fmt {pix_fmt} -s {width}x{height} -r {settings.fps:.6g}".split(),
        *"-thread_queue_size 1 -i pipe:0".split(),
        *_sound_input(settings),
        *("-fflags", "+bitexact"),
        *_output_arguments(settings),
        *(part for key, value in sorted(tags.items()) for part in ("-metadata", f"{key}={value}")),
        f"file:{target}",
    ]


def _output_arguments(settings: EncoderSettings) -> list[str]:
    if settings.kind == "gif":
        loop = "0" if settings.forever else "-1"
        return ["-filter_complex", _GIF_FILTER, "-loop", loop, "-f", "gif"]
    if settings.kind == "webp":
        loop = "0" if settings.forever else "1"
        encoder = "-c:v libwebp_anim -quality 85 -compression_level 2 -pix_fmt yuv420p"
        return [*encoder.split(), "-loop", loop, "-f", "webp"]
    return [
        *_sound_arguments(settings),
        *_level_arguments(settings),
        *_x264_arguments(settings),
    ]


def _level_arguments(settings: EncoderSettings) -> list[str]:
    level = level_of(settings.size_wh, settings.fps)
    return [] if level is None else ["-level", level.name]


def _x264_arguments(settings: EncoderSettings) -> list[str]:
    """H.264 that every browser plays and that loops without a hitch (docs/decisions/0007).

    No B-frames: the first frame is shown at 0.000 s without an edit list. No frame is quantised
    more finely than the first, so what stands still is coded once and does not change any more.
    Threads within a frame and no sub-pixel planes for large pictures: that halves the memory (24
    megapixels: 500 MB).
    """
    finest = max(0, settings.crf - _FIRST_FRAME_QUANTISERS)
    parameters = ["scenecut=0", "weightp=0", "open-gop=0", "chromaloc=1"]
    parameters += [f"ipratio={_FIRST_FRAME_RATIO}", f"qpmin={finest}"]
    if settings.is_large:
        parameters += ["sliced-threads=1", "subme=0"]
    return [
        *("-vf", TAGGED_BT709 if settings.planar else f"{_RGB_TO_PLANES},{TAGGED_BT709}"),
        *f"-c:v libx264 -preset superfast -crf {settings.crf} -bf 0".split(),
        *("-g", str(max(1, round(settings.fps * _KEYFRAME_INTERVAL_S)))),
        *("-x264-params", ":".join(parameters)),
        *f"-threads {min(4, os.cpu_count() or 1)} -filter_threads 1".split(),
        *_BT709_FLAGS.split(),
        *"-movflags +faststart -flags:v +bitexact -f mp4".split(),
    ]


def _sound_input(settings: EncoderSettings) -> list[str]:
    if settings.sound is None:
        return []
    file = input_arguments(settings.sound.path, SOUND_CONTAINERS)
    return ["-t", f"{settings.length_s:.6f}", *file]


def _sound_arguments(settings: EncoderSettings) -> list[str]:
    """AAC without the file's own tags, faded out where the clip ends before the sound does."""
    if settings.sound is None:
        return []
    arguments = "-map 0:v:0 -map 1:a:0 -map_metadata -1 -map_chapters -1".split()
    if settings.sound.duration_s > settings.length_s:
        start_s = max(settings.length_s - _SOUND_FADE_S, 0.0)
        fade = f"afade=t=out:st={start_s:.6f}:d={settings.length_s - start_s:.6f}"
        arguments += ["-af", fade]
    return [*arguments, *"-c:a aac -b:a 160k -ac 2 -flags:a +bitexact".split()]
