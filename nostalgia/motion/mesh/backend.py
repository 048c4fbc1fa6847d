"""The embedded motion backend: first-order motion from a face mesh, in closed form."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.dense_motion import DenseMotion, Fill
from nostalgia.geometry import rotation_from_pose
from nostalgia.motion.grid import (
    MotionGrid,
    grid_over,
    invert_displacement,
    jacobian_determinant,
)
from nostalgia.motion.mesh.curves import (
    TrackCurves,
    limit_rotation,
    limits_for,
    vary_track,
)
from nostalgia.motion.mesh.expression import SHARP, SOFT, FaceField, find_units, prepare_field
from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.lids import PreparedEye, prepare_eyes
from nostalgia.motion.mesh.head import HeadSurface, displace_head, prepare_head
from nostalgia.motion.mesh.mouth import PreparedMouth, mouth_fill, prepare_mouth
from nostalgia.motion.mesh.smile_light import SmileLight, prepare_smile_light, unit_amounts
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32, Float64, HeadPose, MotionTrack, PixelBox, UInt8

_LEAST_AREA_ALONE, _LEAST_AREA = 0.42, 0.28
_LAYERED = 0.6
"""Factor on both for a person on a layer: the far cheek may grow narrow where nothing behind it is
squeezed as well."""
_LEAST_REACH = 0.3
_HELD, _LEAST_FREE = 0.8, 0.25
"""Share of the motion up to which a place counts as held by a border, and the least part of the
turns of a face that is held."""
_EVERY_NTH_FRAME = 4
_FURTHER = 1.18
"""Factor on the turns of the bank, which suit a photo whose background is dragged along, where the
person is on a layer of their own."""
_REGION_MARGIN_NODES = 3


@dataclass(frozen=True, slots=True)
class MeshSource:
    """A prepared face: everything that does not depend on the driver.

    pose: head pose in the photo. reach: float64 (3,) 0..1, share of the limits of yaw, pitch and
    roll that this face can show without folding. alone: True if the person is on a layer of their
    own, so that nothing else is moved.
    """

    grid: MotionGrid
    head: HeadSurface
    face: FaceField
    eyes: tuple[PreparedEye, PreparedEye]
    mouth: PreparedMouth
    smile: SmileLight
    pose: HeadPose
    reach: Float64
    inside_xyxy: PixelBox
    face_height_px: float
    alone: bool


class MeshBackend:
    """Moves a head by its 478 landmarks (a `MotionBackend`)."""

    name = "mesh"
    reads_signals = False

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the backend; it has no weights, because the motion has a closed form."""
        return cls()

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        """Never called: the track holds all motion that this backend uses."""
        raise NotImplementedError("the mesh backend does not read driving frames")

    def prepare(self, source: FaceCrop, neighbours: Sequence[Float32] = ()) -> MeshSource:
        """Compute depth, masks, expression fields, eyelids and mouth of one face."""
        grid = grid_over(source.size_px, source.face_height_px)
        head = prepare_head(source, grid, neighbours)
        face = prepare_field(source, grid, head)
        return MeshSource(
            grid=grid,
            head=head,
            face=face,
            eyes=prepare_eyes(source),
            mouth=prepare_mouth(source),
            smile=prepare_smile_light(source, face.visible),
            pose=source.pose,
            reach=_find_reach(
                head, source.face_height_px / grid.step_px, source.pose, source.person is not None
            )
            * _free(source, grid, head),
            inside_xyxy=source.inside_xyxy,
            face_height_px=source.face_height_px,
            alone=source.person is not None,
        )

    def perform(
        self, prepared: MeshSource, track: MotionTrack, strength: float, seed: int | None
    ) -> Iterator[DenseMotion]:
        """Yield one dense motion per frame; the identity where the track is neutral."""
        units = find_units(track.expression)
        fields = prepared.face.fields(units, SOFT if seed is None else SHARP)
        curves = vary_track(track, units.weights, strength, seed)
        room = _expression_room(fields, curves.weights, prepared)
        fields *= room
        smiles = float(room) * (curves.weights @ unit_amounts(units))
        reach = prepared.reach * limits_for(seed).turn
        further = _FURTHER if prepared.alone and seed is not None else 1.0
        rotation = limit_rotation(curves.rotation_deg * further, prepared.pose, reach)
        for frame in range(len(curves)):
            forward = displace_head(
                prepared.head,
                rotation_from_pose(HeadPose(*rotation[frame])),
                curves.translation[frame],
                1.0 + curves.scale[frame],
            )
            window = forward[prepared.face.rows, prepared.face.columns]
            window += np.tensordot(curves.weights[frame].astype(np.float32), fields, axes=1)
            shade = prepared.smile.shade(float(smiles[frame]))
            yield DenseMotion(
                _deformation(prepared, forward),
                _fills(prepared, curves, frame),
                shades=(shade,) if shade is not None else (),
            )

    def motion_mask(self, prepared: MeshSource) -> Float32:
        """Return the larger of the masks along x and y: float32 (G, G), 0..1."""
        mask = np.zeros((prepared.grid.nodes, prepared.grid.nodes), np.float32)
        mask[prepared.head.rows, prepared.head.columns] = prepared.head.mask.max(axis=-1)
        return mask

    def region(self, prepared: MeshSource) -> PixelBox:
        """Return the mask's box, in crop pixels, and the few nodes that upsampling adds to it."""
        step = prepared.grid.step_px
        x0, y0, x1, y1 = prepared.inside_xyxy
        rows, columns = prepared.head.rows, prepared.head.columns
        return (
            max(x0, int((columns.start - _REGION_MARGIN_NODES) * step)),
            max(y0, int((rows.start - _REGION_MARGIN_NODES) * step)),
            min(x1, int((columns.stop + _REGION_MARGIN_NODES) * step) + 1),
            min(y1, int((rows.stop + _REGION_MARGIN_NODES) * step) + 1),
        )


def _deformation(prepared: MeshSource, forward: Float32) -> Float32:
    """Invert a forward displacement in face heights into a deformation over the crop."""
    grid = prepared.grid
    cells = np.float32(prepared.face_height_px / grid.step_px)
    deformation = grid.identity()
    backward = invert_displacement(forward * cells)
    moving = deformation[prepared.head.rows, prepared.head.columns]
    moving += backward * np.float32(2.0 / (grid.nodes - 1))
    return deformation


def _expression_room(fields: Float32, weights: Float64, prepared: MeshSource) -> np.float32:
    """Share (0..1) of the expressions that this face can show before its skin folds."""
    cells = np.float32(prepared.face_height_px / prepared.grid.step_px)
    poses = np.tensordot(weights[::_EVERY_NTH_FRAME].astype(np.float32), fields * cells, axes=1)
    judged = prepared.face.judged
    room = np.float32(1.0)
    while room > _LEAST_REACH and (
        min(_least(jacobian_determinant(pose * room), judged) for pose in poses) < _LEAST_AREA_ALONE
    ):
        room *= np.float32(0.9)
    return room


def _least(area: Float32, judged: NDArray[np.bool_]) -> float:
    return float(area.min(initial=1.0, where=judged))


def _fills(prepared: MeshSource, curves: TrackCurves, frame: int) -> tuple[Fill, ...]:
    gaze = (float(curves.gaze[frame, 0]), float(curves.gaze[frame, 1]))
    fills = [
        eye_fill(eye, float(opening), gaze)
        for eye, opening in zip(prepared.eyes, curves.eye_opening[frame], strict=True)
    ]
    fills.append(mouth_fill(prepared.mouth, float(curves.mouth_opening[frame])))
    return tuple(fill for fill in fills if fill is not None)


def _find_reach(head: HeadSurface, cells: float, pose: HeadPose, layered: bool) -> Float64:
    """Shares (0..1) of the limits of yaw, pitch and roll that the face shows without folding.

    First each alone, until no cell shrinks below _LEAST_AREA_ALONE of its area, then all at once.
    """
    share = _LAYERED if layered else 1.0
    reach = np.ones(3)
    for axis in range(3):
        ends = np.zeros((2, 3))
        ends[:, axis] = [-90.0, 90.0]
        while reach[axis] > _LEAST_REACH and (
            _least_area(head, cells, limit_rotation(ends, pose, reach)) < share * _LEAST_AREA_ALONE
        ):
            reach[axis] *= 0.9
    corners = np.array(list(product((-90.0, 90.0), repeat=3)))
    while reach.max() > _LEAST_REACH and (
        _least_area(head, cells, limit_rotation(corners, pose, reach)) < share * _LEAST_AREA
    ):
        reach *= 0.9
    return reach


def _free(source: FaceCrop, grid: MotionGrid, head: HeadSurface) -> Float64:
    """Shares (0..1) of yaw, pitch and roll that the photo's borders leave to the face.

    A face that a border holds on one side would not turn but stretch.
    """
    corner = np.array([head.columns.start, head.rows.start], np.float32)
    x, y = (source.landmarks[:, :2] / np.float32(grid.step_px) - corner).T[:, None].copy()
    moving = cv2.remap(head.mask, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    across, down = (moving.reshape(-1, 2) > _HELD).mean(axis=0) ** 2
    return np.maximum([across, down, min(across, down)], _LEAST_FREE)


def _least_area(head: HeadSurface, cells: float, rotations_deg: Float64) -> float:
    least = 1.0
    for angles in rotations_deg:
        turn = rotation_from_pose(HeadPose(*angles))
        moved = displace_head(head, turn, np.zeros(3), 1.0)
        area = jacobian_determinant(moved * np.float32(cells))
        least = min(least, _least(area, head.shown))
    return least
