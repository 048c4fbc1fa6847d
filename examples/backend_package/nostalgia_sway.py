"""A custom motion backend: the whole head sways gently about the neck.

It computes where the pixels of each frame come from; nostalgia moves the photo's own pixels, at
their own size. `nostalgia.motion.base.MotionBackend` defines the rules, and nostalgia's
`tests/contract` checks every installed backend against them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from nostalgia.dense_motion import DenseMotion
from nostalgia.geometry import smoothstep
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32, Float64, MotionTrack, PixelBox, UInt8

NODES = 97
"""Nodes along each side of the grid over the crop; nostalgia refines it smoothly."""

MOST_LEAN_DEG = 8.0
YAW_SHARE = 0.3
"""Share of a turn to the side that becomes a lean."""

HEAD, FADE = 0.65, 0.9
"""Radius of the part that leans as a whole, and distance of the fade to 0; face heights."""

NECK = 0.75
"""Distance of the pivot below the middle of the face, face heights."""

BORDER = 0.6
"""Distance from the photo's border where the lean begins to fade, face heights."""


@dataclass(frozen=True, slots=True)
class SwaySource:
    """A prepared face.

    nodes: float32 (G, G, 2), crop pixels, x then y. pivot: float32 (2,), crop pixels.
    mask: float32 (G, G), 0..1: share of the lean at each node.
    """

    nodes: Float32
    pivot: Float32
    mask: Float32
    inside_xyxy: PixelBox
    size_px: int


class SwayBackend:
    """Leans the head to its sides (a `MotionBackend`)."""

    name = "sway"
    reads_signals = False

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the backend; one with weights would read `options.checkpoint` here."""
        return cls()

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        """Never called, because `reads_signals` is False: the track holds all that sway uses."""
        raise NotImplementedError("sway does not read driving frames")

    def prepare(self, source: FaceCrop, neighbours: Sequence[Float32] = ()) -> SwaySource:
        """Compute the nodes of one face and the share of the motion at each."""
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
        self, prepared: SwaySource, track: MotionTrack, strength: float, seed: int | None
    ) -> Iterator[DenseMotion]:
        """Yield one dense motion per frame; exactly the identity where the track is neutral."""
        line = np.linspace(-1, 1, NODES, dtype=np.float32)
        identity = np.stack(np.meshgrid(line, line), axis=-1)
        for lean_deg in _lean(track, strength, seed):
            shift = _shift(prepared, np.radians(lean_deg))
            yield DenseMotion(identity + shift * np.float32(2 / (prepared.size_px - 1)))

    def motion_mask(self, prepared: SwaySource) -> Float32:
        """Return the share of the lean at each node, exactly 0 where nothing ever moves."""
        return prepared.mask

    def region(self, prepared: SwaySource) -> PixelBox:
        """Return the mask's box and three nodes more, which refining the grid adds."""
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


def _lean(track: MotionTrack, strength: float, seed: int | None) -> Float64:
    """Lean in degrees, + is clockwise: float64 (T,); 0 where the track is neutral.

    Without a seed the track is played exactly; a seed makes two faces with one driver differ.
    """
    own = 1.0 if seed is None else float(np.random.default_rng(seed).uniform(0.85, 1.15))
    rotation = track.rotation_deg.astype(np.float64)
    lean = (rotation[:, 2] + YAW_SHARE * rotation[:, 0]) * (strength * own)
    return np.asarray(MOST_LEAN_DEG * np.tanh(lean / MOST_LEAN_DEG), np.float64)


def _shift(prepared: SwaySource, lean_rad: float) -> Float32:
    """Shift from each node to the origin of its pixel, turned back about the pivot; crop pixels."""
    angle = prepared.mask * np.float32(-lean_rad)
    x, y = np.moveaxis(prepared.nodes - prepared.pivot, -1, 0)
    cosine, sine = np.cos(angle), np.sin(angle)
    shift = np.stack([x * (cosine - 1) - y * sine, x * sine + y * (cosine - 1)], axis=-1)
    x0, y0, x1, y1 = prepared.inside_xyxy
    places = np.clip(prepared.nodes + shift, (x0, y0), (x1 - 1, y1 - 1))
    moves = (angle != 0)[..., None]
    return np.where(moves, places - prepared.nodes, 0).astype(np.float32)


def _beside(nodes: Float32, landmarks: Float32) -> Float32:
    """Mask float32 (G, G): 0 on another face and slightly around it, rising to 1."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    away = np.linalg.norm((nodes - (low + high) / 2) / np.maximum(high - low, 1), axis=-1)
    return _step((away - 0.6) / 0.6)


def _step(x: Float32) -> Float32:
    """0 below 0, 1 above 1, smooth between, float32."""
    return np.asarray(smoothstep(x), np.float32)
