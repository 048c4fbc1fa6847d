"""The First Order Motion Model as a motion backend: computed at 256 pixels, applied at full size.

Siarohin et al., "First Order Motion Model for Image Animation", NeurIPS 2019. The network's
deformation moves the photo's own pixels at their own size; its picture is shown only where its
occlusion map trusts the moved photo less than the photo at rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import torch

from nostalgia.compute import Pace, checked_device, thread_count, threads
from nostalgia.dense_motion import DenseMotion, Painting
from nostalgia.motion.fomm.checkpoint import load_model
from nostalgia.motion.fomm.dense_motion import FlowFields
from nostalgia.motion.fomm.keypoints import (
    Keypoints,
    absolute_motion,
    movement_scale,
    relative_motion,
)
from nostalgia.motion.fomm.network import (
    SIDE_PX,
    EncodedSource,
    FirstOrderModel,
    pictures_from_frames,
)
from nostalgia.motion.fomm.options import FommOptions
from nostalgia.motion.fomm.painting import distrust, grain_of, paint_lost, pixel_box, places_of
from nostalgia.motion.fomm.placing import motion_window, place_shift, window_in_square
from nostalgia.motion.fomm.signals import keypoints_from_signals, signals_from_keypoints, steady
from nostalgia.motion.grid import MotionGrid, grid_over
from nostalgia.options import AnimateOptions
from nostalgia.photo.crop import cut_square, face_square
from nostalgia.types import FaceCrop, Float32, MotionTrack, PixelBox, UInt8
from nostalgia.weights.store import stored_weights

_FRAMES_AT_ONCE = 4
_LONGEST_SHIFT = 2.0
_REGION_MARGIN_NODES = 3


@dataclass(frozen=True, slots=True)
class FommSource:
    """A prepared face.

    rest: float32 (64, 64, 2), deformation when the source drives itself. trust_at_rest: float32
    (64, 64), its occlusion map. picture: float32 (256, 256, 3), RGB, 0..255. window: float32
    (G, G), 0..1, share of the motion at each node. painted: float32 (256, 256), the same for the
    network's pixels. grain_levels: grain of the photo that the network's picture does not have.
    """

    encoded: EncodedSource
    rest: Float32
    trust_at_rest: Float32
    picture: Float32
    square_xyxy: PixelBox
    grid: MotionGrid
    window: Float32
    painted: Float32
    grain_levels: float
    inside_xyxy: PixelBox


@dataclass(frozen=True)
class FommBackend:
    """Moves a face as the driver's pixels move (a `MotionBackend`)."""

    model: FirstOrderModel
    options: FommOptions
    device: torch.device

    name = "fomm"
    reads_signals = True
    Options = FommOptions

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Read the weights that the options name, else those that were pulled or imported.

        Raises:
            CheckpointError: they are missing, or are not weights of this model.
            BackendError: the device is not available.
            UsageError: an option of the model is unknown or out of its range.
        """
        own = FommOptions.from_mapping(options.motion_options)
        device = checked_device(options.device)
        path = Path(options.checkpoint) if options.checkpoint else stored_weights("motion/fomm")
        half = own.precision == "bfloat16" or (
            own.precision == "auto" and computes_in_bfloat16(device)
        )
        model = load_model(path, own.align_corners)
        tuned = model.tuned(torch.bfloat16 if half else torch.float32)
        for network in (tuned.detector, tuned.generator):
            network.to(device)
        return cls(tuned, own, torch.device(device))

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        """Detect the keypoints of driving frames and steady them: float32 (T, 6 K)."""
        found = []
        frames, pace = iter(frames), Pace()
        while batch := list(islice(frames, _FRAMES_AT_ONCE)):
            pictures = pictures_from_frames(np.stack(batch)).to(self.device)
            keypoints = pace.run(partial(self.model.keypoints, pictures))
            found.append(signals_from_keypoints(keypoints))
        return steady(np.concatenate(found), self.options.smoothing)

    def prepare(self, source: FaceCrop, neighbours: Sequence[Float32] = ()) -> FommSource:
        """Encode the face once, and compute the network's motion of it at rest."""
        square = face_square(source.landmarks)
        picture = cut_square(source.pixels, square, SIDE_PX)
        with threads(thread_count()):
            encoded = self.model.encode(pictures_from_frames(picture[None]).to(self.device))
            rest = self.model.flow(encoded, encoded.keypoints)
        grid = grid_over(source.size_px, source.face_height_px)
        window = motion_window(grid, square, neighbours, source.face_height_px)
        x0, y0, x1, y1 = np.clip(square, 0, source.size_px)
        luma = cv2.cvtColor(source.pixels[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
        return FommSource(
            encoded=encoded,
            rest=_deformation(rest),
            trust_at_rest=_occlusion(rest),
            picture=picture.astype(np.float32),
            square_xyxy=square,
            grid=grid,
            window=window,
            painted=window_in_square(window, grid, square, SIDE_PX),
            grain_levels=grain_of(luma.astype(np.float32), SIDE_PX),
            inside_xyxy=source.inside_xyxy,
        )

    def perform(
        self, prepared: FommSource, track: MotionTrack, strength: float, seed: int | None
    ) -> Iterator[DenseMotion]:
        """Yield one dense motion per frame; the identity where the driver is as at its start.

        With absolute movement, which transfers the driver's face shape, and with the network's own
        picture no frame is the identity. The seed changes nothing: the signals determine all.

        Raises:
            ValueError: the track has no signals.
        """
        if track.signals is None or track.signals_start is None:
            raise ValueError(
                "a track for the First Order Motion Model needs signals: see extract_signals"
            )
        initial = self._on_device(track.signals_start[None])
        source = prepared.encoded.keypoints
        scale = movement_scale(source, initial) if self.options.adapt_scale else 1.0
        pace = Pace()
        for change in track.signals * np.float32(strength):
            if self._is_still(change):
                yield DenseMotion(prepared.grid.identity())
                continue
            driving = self._on_device((track.signals_start + change)[None])
            if self.options.movement == "relative":
                keypoints = relative_motion(source, driving, initial, scale)
            else:
                keypoints = absolute_motion(driving)
            flow = pace.run(partial(self.model.flow, prepared.encoded, keypoints))
            with threads(pace.count):
                motion = self._frame(prepared, flow)
            yield motion

    def motion_mask(self, prepared: FommSource) -> Float32:
        """Return the share of the motion at each node: float32 (G, G), 0..1."""
        return prepared.window

    def region(self, prepared: FommSource) -> PixelBox:
        """Return the window's box, in crop pixels, and the few nodes that upsampling adds to it."""
        step = prepared.grid.step_px
        rows = np.flatnonzero(prepared.window.any(axis=1))
        columns = np.flatnonzero(prepared.window.any(axis=0))
        x0, y0, x1, y1 = prepared.inside_xyxy
        if not len(rows):
            return x0, y0, x0 + 1, y0 + 1
        return (
            max(x0, int((columns[0] - _REGION_MARGIN_NODES) * step)),
            max(y0, int((rows[0] - _REGION_MARGIN_NODES) * step)),
            min(x1, int((columns[-1] + _REGION_MARGIN_NODES) * step) + 1),
            min(y1, int((rows[-1] + _REGION_MARGIN_NODES) * step) + 1),
        )

    def _is_still(self, change: Float32) -> bool:
        relative = self.options.movement == "relative" and self.options.output == "native"
        return relative and not change.any()

    def _on_device(self, signals: Float32) -> Keypoints:
        keypoints = keypoints_from_signals(signals)
        return Keypoints(keypoints.value.to(self.device), keypoints.jacobian.to(self.device))

    def _frame(self, prepared: FommSource, flow: FlowFields) -> DenseMotion:
        if self.options.output == "network":
            return DenseMotion(prepared.grid.identity(), painting=self._whole(prepared, flow))
        shift = _in_reach(_deformation(flow) - prepared.rest)
        place = prepared.square_xyxy
        moved = place_shift(shift, prepared.grid, place, prepared.window)
        return DenseMotion(moved, painting=self._lost(prepared, flow, shift))

    def _whole(self, prepared: FommSource, flow: FlowFields) -> Painting:
        """Return the network's own picture, faded out at the border of its square."""
        box = pixel_box(prepared.square_xyxy, SIDE_PX)
        return Painting(self._picture(prepared, flow), 1 - prepared.painted, box)

    def _lost(self, prepared: FommSource, flow: FlowFields, shift: Float32) -> Painting | None:
        """Paint what the moved photo cannot show; None if it shows everything."""
        lost = distrust(_occlusion(flow), prepared.trust_at_rest)
        lost = np.asarray(cv2.resize(lost, (SIDE_PX, SIDE_PX)), np.float32) * prepared.painted
        if not lost.any():
            return None
        return paint_lost(
            self._picture(prepared, flow), prepared.picture, places_of(shift, SIDE_PX), lost,
            prepared.square_xyxy, prepared.grain_levels,
        )  # fmt: skip

    def _picture(self, prepared: FommSource, flow: FlowFields) -> Float32:
        painted = self.model.paint(prepared.encoded, flow)[0].permute(1, 2, 0)
        return np.ascontiguousarray(painted.cpu().numpy(), np.float32) * np.float32(255)


def computes_in_bfloat16(device: str) -> bool:
    """True if the processor multiplies bfloat16 in hardware; otherwise float32 is faster."""
    if device != "cpu":
        return False
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


def _in_reach(shift: Float32) -> Float32:
    """Limit a shift to the square's side; collapsed keypoints would send pixels anywhere."""
    return np.clip(np.nan_to_num(shift), -_LONGEST_SHIFT, _LONGEST_SHIFT)


def _deformation(flow: FlowFields) -> Float32:
    return np.asarray(flow.deformation[0].cpu().numpy(), np.float32)


def _occlusion(flow: FlowFields) -> Float32:
    """Occlusion map float32 (64, 64); 1 where collapsed keypoints give NaN."""
    occlusion = np.asarray(flow.occlusion_map[0, 0].cpu().numpy(), np.float32)
    return np.nan_to_num(occlusion, nan=1.0)
