"""The frames of a clip in memory, one by one, and as a MoviePy clip."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nostalgia.errors import BackendError
from nostalgia.registry import remedy
from nostalgia.rendering.label import Label
from nostalgia.rendering.planes import Picture
from nostalgia.scene.scene import Scene
from nostalgia.scene.stage import draw
from nostalgia.types import UInt8


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The frames of a clip, rendered when iterated; each iteration starts from the beginning.

    Iterating yields RGB uint8 (H, W, 3) arrays of `size_wh`. label: the visible mark on each.
    """

    scene: Scene = field(repr=False)
    label: Label | None = None

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.scene.casting.fps

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of each frame in pixels."""
        return self.scene.framing.size_wh

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self) / self.fps

    def __len__(self) -> int:
        return self.scene.timeline.frames

    def __iter__(self) -> Iterator[UInt8]:
        for picture in draw(self.scene, Picture, self.label):
            yield picture.pixels


def moviepy_clip(frames: Frames) -> Any:
    """A MoviePy `VideoClip` whose frames are rendered on demand.

    MoviePy asks for frames mostly in order; going back renders again from the start.

    Raises:
        BackendError: MoviePy is not installed.
    """
    try:
        from moviepy import VideoClip
    except ImportError as exc:
        raise BackendError(f"a MoviePy clip needs MoviePy ({exc}); {remedy('moviepy')}") from exc
    return VideoClip(_FrameAt(frames), duration=frames.duration_s).with_fps(frames.fps)


class _FrameAt:
    """The frame at a time; keeps the last one, because players ask for it again."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._running: Iterator[UInt8] = iter(())
        self._number = -1
        self._frame: UInt8 | None = None

    def __call__(self, t: float) -> UInt8:
        wanted = min(max(int(t * self._frames.fps + 1e-6), 0), len(self._frames) - 1)
        if wanted < self._number or self._frame is None:
            self._running, self._number = iter(self._frames), -1
        while self._number < wanted:
            self._frame = next(self._running)
            self._number += 1
        assert self._frame is not None
        return self._frame
