"""Frames into an MP4, GIF or WebP file, one at a time, under a temporary name until it is whole.

ffmpeg runs in its own process and a thread feeds it, so that encoding overlaps with rendering. The
number of frames on their way is bounded, so memory does not depend on the length of the clip.
"""

import math
import queue
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from nostalgia.clips.encoder import BEST_CRF, EncoderProcess, EncoderSettings
from nostalgia.clips.ffmpeg import ClipInfo, Sound, probe_film
from nostalgia.clips.xmp import embed_xmp
from nostalgia.errors import EncodingError, UsageError, option
from nostalgia.files import CLIP_FORMATS, partial_file, printable_name, require_place
from nostalgia.types import UInt8

_LONGEST_SIDE_PX = {"mp4": 16_384, "gif": 65_535, "webp": 16_383}
_MAX_QUEUED_BYTES = 48 << 20
_MAX_QUEUED_FRAMES = 8
_POLL_S = 0.2
_END = None


def clip_format(path: Path, chosen: str | None = None) -> str:
    """Format of a clip: the chosen one, else by the suffix of `path`, else MP4.

    Raises:
        EncodingError: `chosen` is not in `CLIP_FORMATS`.
    """
    if chosen is not None and chosen not in CLIP_FORMATS:
        raise EncodingError(
            f"{printable_name(chosen)}: no such format; choose one of {', '.join(CLIP_FORMATS)}"
        )
    suffix = path.suffix.lower().removeprefix(".")
    return chosen or (suffix if suffix in CLIP_FORMATS else "mp4")


def refuse_sound(kind: str) -> None:
    """Check that a clip of this format can have sound.

    Raises:
        UsageError: it cannot.
    """
    if kind != "mp4":
        raise UsageError(
            f"a {kind.upper()} cannot have sound: leave out {option('audio')}, or make an MP4"
        )


class ClipTooLargeError(EncodingError):
    """A clip exceeds the bytes that it may have."""


class ClipWriter:
    """Writes the clip at `path`; use it in a ``with`` statement.

    If the block ends without an exception the clip appears under its name; otherwise (Ctrl-C
    included) nothing is left. MP4 needs even sides: the last row or column of pixels of an odd
    side is doubled, and `padded` is True.

    Args:
        path: the target. width, height: size of the frames, in pixels. fps: frames per second.
        chosen_format: one of `CLIP_FORMATS`; None for that of the suffix. tags: plain metadata
        (title, comment, description). xmp: an XMP packet to embed. overwrite: replace an existing
        file. forever: True if a GIF or WebP repeats endlessly. sound: the sound of an MP4.
        frames: number of frames to come, needed where a sound is cut to their length. crf: quality
        of an MP4. max_bytes: a larger file is given up, with a ClipTooLargeError, and not kept.
        planar: True if the frames of an MP4 come in its own planes (see `Picture`), its sides even.
    """

    def __init__(
        self,
        path: Path | str,
        width: int,
        height: int,
        fps: float,
        *,
        chosen_format: str | None = None,
        tags: Mapping[str, str] | None = None,
        xmp: bytes | None = None,
        overwrite: bool = False,
        forever: bool = True,
        sound: Sound | None = None,
        frames: int = 0,
        crf: int = BEST_CRF,
        max_bytes: int | None = None,
        planar: bool = False,
    ) -> None:
        self.path = Path(path)
        self.format = clip_format(self.path, chosen_format)
        self.width, self.height, self.fps = width, height, fps
        self.padded = self.format == "mp4" and bool(width % 2 or height % 2)
        self.frames_written = 0
        self._tags, self._xmp, self._overwrite = dict(tags or {}), xmp, overwrite
        odd_wh = (width % 2, height % 2) if self.padded else (0, 0)
        self._padding = ((0, odd_wh[1]), (0, odd_wh[0]), (0, 0))
        padded_wh = (width + odd_wh[0], height + odd_wh[1])
        length_s = frames / fps if sound and fps > 0 else 0.0
        self.planar = planar and self.format == "mp4"
        self._settings = EncoderSettings(
            self.format, padded_wh, fps, forever, sound, length_s, crf, self.planar
        )
        self._frame_shape: tuple[int, ...] = (height, width, 3)
        if self.planar:
            self._frame_shape = (padded_wh[1] * 3 // 2, padded_wh[0])
        self._max_bytes = max_bytes
        self._name = printable_name(self.path)
        self._resources = ExitStack()
        self._queue: queue.SimpleQueue[UInt8 | None] = queue.SimpleQueue()
        # Frames that wait or are on their way into ffmpeg, so that huge ones do not pile up.
        frame_bytes = max(1, math.prod(self._frame_shape))
        self.most_queued = max(1, min(_MAX_QUEUED_FRAMES, _MAX_QUEUED_BYTES // frame_bytes))
        self._room = threading.Semaphore(self.most_queued)
        self._feeder = threading.Thread(target=self._feed, name="nostalgia-encoding", daemon=True)
        self._failed = threading.Event()

    def __enter__(self) -> Self:
        self._check()
        with ExitStack() as started:
            self._partial = self._reserve_place(started)
            self._encoder = EncoderProcess(self._partial, self._settings, self._tags)
            started.callback(self._stop)
            self._feeder.start()
            self._resources = started.pop_all()
        return self

    def write(self, frame: UInt8) -> None:
        """Queue one frame: RGB uint8 (H, W, 3), or its planes as one array.

        It must not be changed before `most_queued` more have been written.

        Raises:
            EncodingError: the frame is of another size, or ffmpeg failed on an earlier one.
            ClipTooLargeError: the file exceeds its limit.
        """
        if frame.shape != self._frame_shape or frame.dtype != np.uint8:
            raise EncodingError(
                f"{self._name}: a frame of {frame.shape} {frame.dtype} does not fit into a clip of "
                f"{self.width} x {self.height}"
            )
        self._check_bytes()
        while not self._room.acquire(timeout=_POLL_S):
            if self._failed.is_set():
                break
        if self._failed.is_set():
            raise self._failure()
        self._queue.put(frame)
        self.frames_written += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if exc is not None:
            self._resources.__exit__(kind, exc, trace)
            return
        try:
            with self._resources:
                self._finish()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise EncodingError(
                f"{self._name}: the finished clip could not be moved into place ({reason})"
            ) from error

    def _check(self) -> None:
        if self.width < 1 or self.height < 1 or not 0 < self.fps <= 1000:
            raise EncodingError(
                f"{self._name}: a clip cannot have {self.width} x {self.height} pixels"
                f" at {self.fps} fps"
            )
        if max(self.width, self.height) > _LONGEST_SIDE_PX[self.format]:
            raise EncodingError(
                f"{self._name}: {self.format} allows at most {_LONGEST_SIDE_PX[self.format]} pixels"
                f" a side; make the clip smaller with {option('size', 'uhd')}"
            )
        if self._settings.sound is not None:
            refuse_sound(self.format)
        require_place(self.path, overwrite=self._overwrite)

    def _reserve_place(self, resources: ExitStack) -> Path:
        """Create the temporary file, which shows that the folder can be written to."""
        try:
            partial = resources.enter_context(partial_file(self.path))
            partial.touch()
        except FileNotFoundError as exc:
            raise EncodingError(
                f"{self._name}: its folder does not exist; create it first"
            ) from exc
        except OSError as exc:
            raise EncodingError(
                f"{self._name}: cannot be written ({exc.strerror});"
                f" choose another place with {option('output')}"
            ) from exc
        return partial

    def _feed(self) -> None:
        """Hand the queued frames to ffmpeg (runs in the thread)."""
        with suppress(MemoryError):  # of padding a huge frame; `write` would wait for ever
            while (frame := self._queue.get()) is not _END:
                if self.padded and not self.planar:
                    frame = np.pad(frame, self._padding, mode="edge")
                if not self._encoder.send(frame):
                    break
                del frame
                self._room.release()
            else:
                return
        self._failed.set()

    def _end_feeder(self) -> None:
        self._queue.put(_END)
        self._feeder.join()

    def _finish(self) -> None:
        """Wait for the last frame; the file then takes its place as `partial_file` ends."""
        if self.frames_written == 0:
            raise EncodingError(f"{self._name}: a clip needs at least one frame")
        self._end_feeder()
        if self._failed.is_set() or not self._encoder.finish():
            raise self._failure()
        self._check_bytes()
        require_place(self.path, overwrite=self._overwrite)
        if self._xmp is not None:
            embed_xmp(self._partial, self._xmp)

    def _check_bytes(self) -> None:
        """Give up a file that is too large; what is written so far is part of what it becomes."""
        if self._max_bytes is not None and self._partial.stat().st_size > self._max_bytes:
            raise ClipTooLargeError(f"{self._name}: more than {self._max_bytes / 1e6:.1f} MB")

    def _stop(self) -> None:
        self._encoder.kill()
        self._failed.set()
        self._end_feeder()
        self._encoder.close()

    def _failure(self) -> EncodingError:
        self._encoder.finish()
        return EncodingError(
            f"{self._name}: ffmpeg failed after {self.frames_written} frames "
            f"({self._encoder.failure_reason}); check whether the disk is full, or choose another"
            f" place with {option('output')}"
        )


def probe(path: Path | str) -> ClipInfo:
    """Describe a clip: size, rate, frames, codec and plain metadata.

    Raises:
        EncodingError: it is not a clip.
    """
    path = Path(path)
    if path.suffix.lower() in (".gif", ".webp"):
        return _probe_picture(path)
    return probe_film(path, EncodingError)


def _probe_picture(path: Path) -> ClipInfo:
    """Describe a GIF or WebP, of which Pillow knows the frames and their durations."""
    try:
        with Image.open(path, formats=["GIF", "WEBP"]) as image:
            frames = int(getattr(image, "n_frames", 1))
            duration_s = 0.0
            for number in range(frames):
                image.seek(number)
                image.load()
                duration_s += float(image.info.get("duration", 0)) / 1000
            codec, (width, height) = str(image.format).lower(), image.size
            loops = image.info.get("loop")
    except (OSError, ValueError, EOFError, Image.DecompressionBombError) as exc:
        raise EncodingError(f"{printable_name(path)}: not a readable GIF or WebP ({exc})") from exc
    fps = frames / duration_s if duration_s else 0.0
    tags = {} if loops is None else {"loop": str(loops)}
    return ClipInfo(
        width,
        height,
        fps,
        frames,
        duration_s,
        codec,
        "pal8" if codec == "gif" else "yuv420p",
        duration_s,
        tags,
    )
