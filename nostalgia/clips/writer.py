"""Frames into an MP4, GIF or WebP file, one at a time, under a temporary name until it is whole.

ffmpeg runs beside us and a thread feeds it, so that encoding overlaps with rendering. How far the
feeding may run ahead is bounded, so memory does not depend on how long the clip is.
"""

import os
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from nostalgia.clips.encoder import ClipForm, EncoderProcess
from nostalgia.clips.ffmpeg import ClipInfo, Sound, probe_film
from nostalgia.clips.xmp import embed_xmp
from nostalgia.errors import EncodingError, OutputExistsError, UsageError
from nostalgia.files import partial_path, printable_name, stale_partials
from nostalgia.types import UInt8

FORMATS = ("mp4", "gif", "webp")
_LONGEST_SIDE_PX = {"mp4": 16_384, "gif": 65_535, "webp": 16_383}
_QUEUED_BYTES = 48 << 20
_QUEUED_FRAMES = 8
_END = None


def clip_format(path: Path, chosen: str | None = None) -> str:
    """The format of a clip: the chosen one, else by the suffix of `path`, else MP4.

    Raises:
        EncodingError: `chosen` is none of `FORMATS`.
    """
    if chosen is not None and chosen not in FORMATS:
        raise EncodingError(
            f"{printable_name(chosen)}: no such format; take one of {', '.join(FORMATS)}"
        )
    suffix = path.suffix.lower().removeprefix(".")
    return chosen or (suffix if suffix in FORMATS else "mp4")


def require_place(path: Path, *, overwrite: bool) -> None:
    """See that a result may be written at `path`; worth asking before the work is done.

    Raises:
        OutputExistsError: there is a file already, and it may not be replaced.
        EncodingError: there is a folder or a device, or no folder to write into.
    """
    said = printable_name(path)
    if path.is_dir():
        raise EncodingError(f"{said}: is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise EncodingError(f"{said}: is a device or a pipe; name a file")
    if not overwrite and os.path.lexists(path):
        raise OutputExistsError(f"{said}: is there already; replace it with --overwrite")
    if not path.parent.exists():
        raise EncodingError(f"{said}: its folder is not there; make it first")


def refuse_sound(kind: str) -> None:
    """See that a clip of that format can sound.

    Raises:
        UsageError: it cannot.
    """
    if kind != "mp4":
        raise UsageError(f"a {kind.upper()} has no sound: leave out --audio, or make an MP4")


class ClipWriter:
    """Writes the clip at `path`; use it in a ``with`` statement.

    Leaving the block without an exception makes the clip appear under its name; with one (Ctrl-C
    included) nothing is left. MP4 needs even sides: an odd one gets its last row or column of
    pixels twice, and `padded` says so.

    Args:
        path: the target. width, height: of the frames, in pixels. fps: frames per second.
        chosen_format: one of `FORMATS`, None = by the suffix. tags: plain metadata (title, comment,
        description). xmp: an XMP packet to embed. overwrite: replace a file that is there already.
        forever: whether a GIF or WebP plays again and again. sound: what an MP4 sounds like.
        frames: how many there will be, where a sound has to be cut to their length.
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
    ) -> None:
        self.path = Path(path)
        self.format = clip_format(self.path, chosen_format)
        self.width, self.height, self.fps = width, height, fps
        self.padded = self.format == "mp4" and bool(width % 2 or height % 2)
        self.frames_written = 0
        self._tags, self._xmp, self._overwrite = dict(tags or {}), xmp, overwrite
        padded_wh = (width + width % 2, height + height % 2) if self.padded else (width, height)
        length_s = frames / fps if sound and fps > 0 else 0.0
        self._form = ClipForm(self.format, padded_wh, fps, forever, sound, length_s)
        self._said = printable_name(self.path)
        self._partial = partial_path(self.path)
        self._queue: queue.SimpleQueue[UInt8 | None] = queue.SimpleQueue()
        # How many frames may wait or be on their way into ffmpeg, so that huge ones do not pile up.
        frame_bytes = max(1, width * height * 3)
        self._room = threading.Semaphore(max(1, min(_QUEUED_FRAMES, _QUEUED_BYTES // frame_bytes)))
        self._feeder = threading.Thread(target=self._feed, name="nostalgia-encoding", daemon=True)
        self._failed = threading.Event()

    def __enter__(self) -> Self:
        self._check()
        self._clear_the_way()
        padded_width, padded_height = self._form.size_wh
        try:
            self._encoder = EncoderProcess(self._partial, self._form, self._tags)
        except BaseException:
            self._partial.unlink(missing_ok=True)
            raise
        self._pad = ((0, padded_height - self.height), (0, padded_width - self.width), (0, 0))
        self._feeder.start()
        return self

    def write(self, frame: UInt8) -> None:
        """Queue one frame: RGB uint8 (H, W, 3). The array must not be changed afterwards.

        Raises:
            EncodingError: the frame is of another size, or ffmpeg failed at an earlier one.
        """
        if frame.shape != (self.height, self.width, 3) or frame.dtype != np.uint8:
            raise EncodingError(
                f"{self._said}: a frame of {frame.shape} {frame.dtype} does not fit into a clip of "
                f"{self.width} x {self.height}"
            )
        self._put(frame)
        self.frames_written += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if exc is None:
                self._finish()
        finally:
            self._encoder.kill()
            self._failed.set()
            self._end_feeder()
            self._encoder.close()
            self._partial.unlink(missing_ok=True)

    def _check(self) -> None:
        if self.width < 1 or self.height < 1 or not 0 < self.fps <= 1000:
            raise EncodingError(
                f"{self._said}: no clip has {self.width} x {self.height} pixels at {self.fps} fps"
            )
        if max(self.width, self.height) > _LONGEST_SIDE_PX[self.format]:
            raise EncodingError(
                f"{self._said}: {self.format} holds at most "
                f"{_LONGEST_SIDE_PX[self.format]} pixels a side; "
                f"make the clip smaller with --max-side"
            )
        if self._form.sound is not None:
            refuse_sound(self.format)
        require_place(self.path, overwrite=self._overwrite)

    def _clear_the_way(self) -> None:
        """Remove what a killed run left, and see whether the folder may be written to."""
        try:
            for stale in stale_partials(self.path):
                stale.unlink(missing_ok=True)
            self._partial.touch()
        except FileNotFoundError as exc:
            raise EncodingError(f"{self._said}: its folder is not there; make it first") from exc
        except OSError as exc:
            raise EncodingError(
                f"{self._said}: cannot be written ({exc.strerror}); choose another place with -o"
            ) from exc

    def _put(self, frame: UInt8) -> None:
        while not self._failed.is_set():
            if self._room.acquire(timeout=0.2):
                self._queue.put(frame)
                return
        raise self._failure()

    def _feed(self) -> None:
        """Hand the queued frames to ffmpeg (runs in the thread)."""
        while (frame := self._queue.get()) is not _END:
            if self._pad != ((0, 0), (0, 0), (0, 0)):
                frame = np.pad(frame, self._pad, mode="edge")
            if not self._encoder.send(frame):
                self._failed.set()
                return
            del frame
            self._room.release()

    def _end_feeder(self) -> None:
        self._queue.put(_END)
        self._feeder.join()

    def _finish(self) -> None:
        if self.frames_written == 0:
            raise EncodingError(f"{self._said}: a clip needs at least one frame")
        self._end_feeder()
        if self._failed.is_set() or not self._encoder.finish():
            raise self._failure()
        require_place(self.path, overwrite=self._overwrite)
        try:
            if self._xmp is not None:
                embed_xmp(self._partial, self._xmp)
            self._partial.replace(self.path)
        except (OSError, ValueError) as exc:
            raise EncodingError(
                f"{self._said}: the finished clip could not be put in place ({exc})"
            ) from exc

    def _failure(self) -> EncodingError:
        self._encoder.finish()
        return EncodingError(
            f"{self._said}: ffmpeg failed after {self.frames_written} frames "
            f"({self._encoder.last_words}); "
            "see whether the disk is full, or choose another place with -o"
        )


def probe(path: Path | str) -> ClipInfo:
    """What a clip is: size, rate, frames, codec and plain metadata.

    Raises:
        EncodingError: it is no clip.
    """
    path = Path(path)
    if path.suffix.lower() in (".gif", ".webp"):
        return _probe_picture(path)
    return probe_film(path, EncodingError)


def _probe_picture(path: Path) -> ClipInfo:
    """GIF and WebP are pictures that move; Pillow knows their frames and how long each is shown."""
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
        raise EncodingError(
            f"{printable_name(path)}: not a GIF or WebP that can be read ({exc})"
        ) from exc
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
