"""ffmpeg as a child process that takes raw frames and leaves one file."""

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

from nostalgia.clips.ffmpeg import (
    SOUND_CONTAINERS,
    Sound,
    ffmpeg_program,
    input_arguments,
    last_words,
)
from nostalgia.errors import EncodingError
from nostalgia.types import UInt8

_LARGE_PX = 8_000_000
_AHEAD_BYTES = 96 << 20
_STALL_S = 3.0
_KEYFRAME_S = 10
_CRF = 19
_SOUND_FADE_S = 0.5
_RGB_TO_BT709 = (
    "scale=in_range=pc:out_range=tv:out_color_matrix=bt709"
    ":sws_flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p"
    ",setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)
_GIF = (
    "[0:v]split[look][draw];[look]trim=end_frame=1,palettegen=reserve_transparent=0[palette];"
    "[draw][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle"
)


def _x264(fps: float, large: bool) -> list[str]:
    """H.264 that every browser plays and that loops without a hitch (docs/decisions/0007).

    No B-frames: the first frame is shown at 0.000 s without an edit list. Threads within a frame
    and no sub-pixel planes for large pictures: that halves the memory (24 megapixels: 500 MB).
    """
    parameters = ["scenecut=0", "weightp=0", "ipratio=1.8", "open-gop=0"]
    if large:
        parameters += ["sliced-threads=1", "subme=0"]
    return [
        *(
            "-vf",
            _RGB_TO_BT709,
            "-c:v",
            "libx264",
            "-preset",
            "superfast",
            "-crf",
            str(_CRF),
            "-bf",
            "0",
        ),
        *("-g", str(max(1, round(fps * _KEYFRAME_S))), "-x264-params", ":".join(parameters)),
        *("-threads", str(min(4, os.cpu_count() or 1)), "-filter_threads", "1"),
        *(
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
            "-colorspace",
            "bt709",
            "-color_range",
            "tv",
        ),
        *("-movflags", "+faststart", "-flags:v", "+bitexact", "-f", "mp4"),
    ]


@dataclass(frozen=True, slots=True)
class ClipForm:
    """What kind of file the frames become.

    kind: "mp4", "gif" or "webp". size_wh: width and height of the frames in pixels, even for MP4.
    forever: whether a GIF or WebP plays again and again. sound: for MP4. length_s: of the clip,
    where the sound is cut; needed with a sound only.
    """

    kind: str
    size_wh: tuple[int, int]
    fps: float
    forever: bool = True
    sound: Sound | None = None
    length_s: float = 0.0

    @property
    def is_large(self) -> bool:
        """Whether memory matters more than speed."""
        return self.size_wh[0] * self.size_wh[1] > _LARGE_PX


def _output_arguments(form: ClipForm) -> list[str]:
    if form.kind == "gif":
        return ["-filter_complex", _GIF, "-loop", "0" if form.forever else "-1", "-f", "gif"]
    if form.kind == "webp":
        encoder = ["-c:v", "libwebp_anim", "-quality", "85", "-compression_level", "2"]
        rounds = "0" if form.forever else "1"
        return [*encoder, "-pix_fmt", "yuv420p", "-loop", rounds, "-f", "webp"]
    return [*_sound_arguments(form), *_x264(form.fps, form.is_large)]


def _sound_input(form: ClipForm) -> list[str]:
    if form.sound is None:
        return []
    return ["-t", f"{form.length_s:.6f}", *input_arguments(form.sound.path, SOUND_CONTAINERS)]


def _sound_arguments(form: ClipForm) -> list[str]:
    """AAC, faded out where the clip ends before the sound does; nothing of the file's own tags."""
    if form.sound is None:
        return []
    arguments = ["-map", "0:v:0", "-map", "1:a:0", "-map_metadata", "-1", "-map_chapters", "-1"]
    if form.sound.duration_s > form.length_s:
        start_s = max(form.length_s - _SOUND_FADE_S, 0.0)
        arguments += ["-af", f"afade=t=out:st={start_s:.6f}:d={form.length_s - start_s:.6f}"]
    return [*arguments, "-c:a", "aac", "-b:a", "160k", "-ac", "2", "-flags:a", "+bitexact"]


class EncoderProcess:
    """One run of ffmpeg; `send` frames, then `finish`."""

    def __init__(self, target: Path, form: ClipForm, tags: Mapping[str, str]) -> None:
        width, height = form.size_wh
        least_ahead = 2 if form.is_large else 8
        self._ahead = max(least_ahead, min(64, _AHEAD_BYTES // (width * height * 3)))
        if form.kind == "webp":
            self._ahead = sys.maxsize
        self._sent, self._done = 0, 0
        self._moved = threading.Condition()
        self._lines: deque[str] = deque(maxlen=8)
        command = [
            *(
                ffmpeg_program(),
                "-y",
                "-v",
                "error",
                "-progress",
                "pipe:1",
                "-stats_period",
                "0.05",
            ),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
            *("-r", f"{form.fps:.6g}", "-thread_queue_size", "1", "-i", "pipe:0"),
            *_sound_input(form),
            *("-fflags", "+bitexact"),
            *_output_arguments(form),
            *(
                part
                for key, value in sorted(tags.items())
                for part in ("-metadata", f"{key}={value}")
            ),
            f"file:{target}",
        ]
        try:
            self._process = subprocess.Popen(
                command,
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
            threading.Thread(target=self._count_done, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for listener in self._listeners:
            listener.start()

    @property
    def last_words(self) -> str:
        """The last line of ffmpeg's complaints, or the signal that ended it."""
        if not self._lines and (self._process.returncode or 0) < 0:
            return f"it was ended by signal {-self._process.returncode}"
        return last_words("\n".join(self._lines))

    def send(self, frame: UInt8) -> bool:
        """Write one frame: RGB uint8 (H, W, 3). Returns: False where ffmpeg has ended."""
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
        """Close the stream and wait for the file. Returns: whether ffmpeg ended with success."""
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
        """Let go of the pipes; only when nobody sends any more."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    self._lines.append("its input was closed early")

    def _wait_for_room(self) -> None:
        """Keep few frames inside ffmpeg, whose own queues hold eight raw frames each.

        The WebP encoder tells nothing before the end, so ffmpeg's own queues have to do for it.
        One that holds back more frames on purpose is given the next after `_STALL_S`.
        """
        with self._moved:
            while self._sent - self._done >= self._ahead and self._process.poll() is None:
                if not self._moved.wait(_STALL_S):
                    return

    def _count_done(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.match(rb"frame=\s*(\d+)", line):
                with self._moved:
                    self._done = int(found[1])
                    self._moved.notify_all()
        with self._moved:
            self._moved.notify_all()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line.decode("utf-8", "replace"))
