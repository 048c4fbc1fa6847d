"""Example of a third-party motion backend: the whole head sways gently about the neck.

It only computes where the pixels of each frame come from; nostalgia moves the photo's own pixels,
at their own size. The rules are those of `nostalgia.motion.base.MotionBackend`; `tests/contract` of
nostalgia checks them for every installed backend.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from nostalgia.options import AnimateOptions
from nostalgia.types import DenseMotion, FaceCrop, Float32, Float64, MotionTrack, UInt8

NODES = 97
"""Grid nodes along each side of the crop; nostalgia interpolates between them smoothly."""

MAX_TILT_DEG = 8.0
YAW_SHARE = 0.3
"""Share of the yaw that is converted to a tilt."""

HEAD, FADE = 0.65, 0.9
"""Radius that tilts as a whole, and width of the fade around it, face heights."""

NECK = 0.75
"""Distance of the pivot below the centre of the face, face heights."""

BORDER = 0.6
"""Distance from the photo's border at which the tilt begins to fade, face heights."""


@dataclass(frozen=True, slots=True)
class SwaySource:
    """A face prepared for swaying.

    nodes: float32 (G, G, 2), crop pixels, x then y. pivot: float32 (2,), crop pixels.
    mask: float32 (G, G), 0..1: share of the tilt at each node.
    """

    nodes: Float32
    pivot: Float32
    mask: Float32
    inside_xyxy: tuple[int, int, int, int]
    size_px: int


class SwayBackend:
    """Tilts the head from side to side (a `MotionBackend`); stateless."""

    name = "sway"
    reads_signals = False

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """A backend; one with weights would read `options.checkpoint` here."""
        return cls()

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        """Never called, because `reads_signals` is False: the track is all that is needed."""
        raise NotImplementedError("sway does not look at driving frames")

    def prepare(self, source: FaceCrop, neighbours: Sequence[Float32] = ()) -> SwaySource:
        """The grid of one face and the share of the tilt at each node."""
        line = np.linspace(0, source.size_px - 1, NODES, dtype=np.float32)
        nodes = np.stack(np.meshgrid(line, line), axis=-1)
        centre, unit = source.landmarks[:, :2].mean(axis=0), source.face_height_px
        away = np.linalg.norm(nodes - centre, axis=-1) / unit
        mask = _step((HEAD + FADE - away) / FADE)
        x0, y0, x1, y1 = source.inside_xyxy
        for way in (nodes - (x0, y0), (x1 - 1, y1 - 1) - nodes):
            mask *= _step(way.min(axis=-1) / (BORDER * unit))
        for landmarks in neighbours:
            mask *= _beside(nodes, landmarks)
        down = np.array([0.0, NECK * unit], np.float32)
        return SwaySource(
            nodes=nodes,
            pivot=np.asarray(centre + down, np.float32),
            mask=np.asarray(mask, np.float32),
            inside_xyxy=source.inside_xyxy,
            size_px=source.size_px,
        )

    def perform(
        self, prepared: SwaySource, track: MotionTrack, strength: float, seed: int
    ) -> Iterator[DenseMotion]:
        """One dense motion per frame; exactly the identity where the track is neutral."""
        line = np.linspace(-1, 1, NODES, dtype=np.float32)
        identity = np.stack(np.meshgrid(line, line), axis=-1)
        for tilt_deg in _tilt(track, strength, seed):
            shift = _shift(prepared, np.radians(tilt_deg))
            yield DenseMotion(identity + shift * np.float32(2 / (prepared.size_px - 1)))

    def motion_mask(self, prepared: SwaySource) -> Float32:
        """Share of the tilt at each node, exactly 0 where nothing ever moves."""
        return prepared.mask

    def region(self, prepared: SwaySource) -> tuple[int, int, int, int]:
        """Box of the moving part with a margin of three nodes, the reach of the interpolation."""
        rows, columns = (np.flatnonzero((prepared.mask > 0).any(axis=axis)) for axis in (1, 0))
        x0, y0, x1, y1 = prepared.inside_xyxy
        if not len(rows):
            return x0, y0, x0 + 1, y0 + 1
        step = (prepared.size_px - 1) / (NODES - 1)
        return (
            max(x0, int((columns[0] - 3) * step)),
            max(y0, int((rows[0] - 3) * step)),
            min(x1, int((columns[-1] + 3) * step) + 1),
            min(y1, int((rows[-1] + 3) * step) + 1),
        )


def _tilt(track: MotionTrack, strength: float, seed: int) -> Float64:
    """Tilt in degrees, + is clockwise, float64 (T,); 0 where the track is neutral.

    With a seed below 0 the track is performed exactly; other seeds make faces with the same driver
    differ.
    """
    own = 1.0 if seed < 0 else float(np.random.default_rng(seed).uniform(0.85, 1.15))
    rotation = track.rotation_deg.astype(np.float64)
    wanted = (rotation[:, 2] + YAW_SHARE * rotation[:, 0]) * (strength * own)
    return np.asarray(MAX_TILT_DEG * np.tanh(wanted / MAX_TILT_DEG), np.float64)


def _shift(prepared: SwaySource, tilt_rad: float) -> Float32:
    """From each node to the origin of its pixel, rotated back about the pivot; crop pixels."""
    angle = prepared.mask * np.float32(-tilt_rad)
    x, y = np.moveaxis(prepared.nodes - prepared.pivot, -1, 0)
    cosine, sine = np.cos(angle), np.sin(angle)
    shift = np.stack([x * (cosine - 1) - y * sine, x * sine + y * (cosine - 1)], axis=-1)
    x0, y0, x1, y1 = prepared.inside_xyxy
    places = np.clip(prepared.nodes + shift, (x0, y0), (x1 - 1, y1 - 1))
    moves = (angle != 0)[..., None]
    return np.where(moves, places - prepared.nodes, 0).astype(np.float32)


def _beside(nodes: Float32, landmarks: Float32) -> Float32:
    """Factor float32 (G, G): 0 on another face and close to it, rising to 1."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    away = np.linalg.norm((nodes - (low + high) / 2) / np.maximum(high - low, 1), axis=-1)
    return _step((away - 0.6) / 0.6)


def _step(x: Float32) -> Float32:
    """Smooth step: 0 below 0, 1 above 1, a cubic in between."""
    t = np.clip(x, 0, 1).astype(np.float32)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
