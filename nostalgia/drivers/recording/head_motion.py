"""Pose of the head and shape of the face in each frame, from landmarks and optical flow.

The head is fitted as a rigid body to the points that the flow follows; the rest of their motion is
expression. Where the flow is lost, the network's landmarks take over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nostalgia.drivers.recording.face_flow import FlowReading
from nostalgia.drivers.recording.filters import smooth
from nostalgia.faces.head import HeadFit
from nostalgia.faces.topology import (
    INNER_LOWER_LIP,
    INNER_UPPER_LIP,
    OUTER_LOWER_LIP,
    OUTER_UPPER_LIP,
    RIGID,
    UPPER_OVAL,
)
from nostalgia.types import Float64

TRUST_SMOOTH_S = 0.08
_ITERATIONS = 12
_STRAY = 0.008
"""Face heights off the rigid head at which a point counts little: an expression moves it."""

_NOISE = 0.006
_FLOW_SHARE = 0.9
"""Weight of the flow against the network, which sees lips that part and creases that appear."""

_PRIOR_DEG, _PRIOR_SCALE = 3.0, 0.03
_STEADY = tuple(dict.fromkeys(RIGID + UPPER_OVAL))


@dataclass(frozen=True, slots=True)
class Heads:
    """Fits of the mean face to T frames, and the shapes relative to them.

    rotation: float64 (T, 3, 3). scale: float64 (T,), pixels per face height. translation: float64
    (T, 3), pixels. shapes: float64 (T, 478, 3), landmarks in the canonical head frame.
    """

    rotation: Float64
    scale: Float64
    translation: Float64
    shapes: Float64

    def refitted(self, rotation: Float64, scale: Float64, translation: Float64) -> "Heads":
        """Express the same landmarks relative to other fits."""
        turned = np.einsum("tij,tnj->tni", self.rotation, self.shapes)
        landmarks = turned * self.scale[:, None, None] + self.translation[:, None]
        centred = (landmarks - translation[:, None]) / scale[:, None, None]
        shapes = np.einsum("tnj,tjk->tnk", centred, rotation)
        return Heads(rotation, scale, translation, shapes)


def heads_of_network(landmarks: Float64, fits: Sequence[HeadFit]) -> Heads:
    """Heads from the network's landmarks alone: float64 (T, 478, 3), pixels."""
    rotation = np.array([fit.rotation for fit in fits])
    scale = np.array([fit.scale_px for fit in fits])
    shift = np.array([fit.translation_px for fit in fits])
    centred = (landmarks - shift[:, None]) / scale[:, None, None]
    return Heads(rotation, scale, shift, np.einsum("tnj,tjk->tnk", centred, rotation))


def steady_heads(
    network: Heads, flows: Sequence[FlowReading | None], fps: float, gain: float
) -> Heads:
    """Fit heads to the optical flow.

    Args:
        network: heads from the network's landmarks; the first frame gives the face's depth.
        flows: one reading per frame, None for frames without one.
        fps: frames per second.
        gain: factor on the network's expressions where they stand in for the flow.
    """
    points, trust = _followed(network, flows, fps)
    start = network.shapes[0].copy()
    first = (points[0] - network.translation[0, :2]) / network.scale[0]
    start += (
        np.c_[first - start @ network.rotation[0, :2].T, np.zeros(len(start))]
        @ (network.rotation[0])
    )
    rotation, scale, shift = _fit_rigid(start, points, trust, network)
    rigid = scale[:, None, None] * np.einsum("tij,nj->tni", rotation[:, :2], start)
    moved = (points - rigid - shift[:, None]) / scale[:, None, None]
    drawn = (_in_picture(network) - rigid - shift[:, None]) / scale[:, None, None]
    drawn = gain * (drawn - drawn[0])
    moved = drawn + _FLOW_SHARE * trust[..., None] * (moved - drawn)
    depth = gain * np.einsum("tj,tnj->tn", rotation[:, 2], network.shapes - network.shapes[0])
    shapes = start + np.einsum("tnj,tjk->tnk", np.dstack([moved, depth]), rotation)
    depth_px = network.translation[:, 2:]
    return Heads(rotation, scale, np.hstack([shift, depth_px]), shapes)


def _in_picture(heads: Heads) -> Float64:
    """Landmarks (T, 478, 2) in pixels of the clip."""
    seen = np.einsum("tij,tnj->tni", heads.rotation[:, :2], heads.shapes)
    return np.asarray(seen * heads.scale[:, None, None] + heads.translation[:, None, :2])


def _followed(
    network: Heads, flows: Sequence[FlowReading | None], fps: float
) -> tuple[Float64, Float64]:
    """Points (T, 478, 2) and trust (T, 478); inner lips move with the outer ones."""
    points = _in_picture(network)
    trust = np.zeros(points.shape[:2])
    for number, reading in enumerate(flows):
        if reading is not None:
            points[number], trust[number] = reading.points, reading.trust
    for inner, outer in ((INNER_UPPER_LIP, OUTER_UPPER_LIP), (INNER_LOWER_LIP, OUTER_LOWER_LIP)):
        # Shut lips are one line for the flow; the gap of the mouth is set afterwards.
        follow, lead = list(inner), list(outer)
        points[:, follow] = points[:1, follow] + points[:, lead] - points[:1, lead]
        trust[:, follow] = trust[:, lead]
    return points, smooth(trust, TRUST_SMOOTH_S * fps)


def _fit_rigid(
    start: Float64, points: Float64, trust: Float64, network: Heads
) -> tuple[Float64, Float64, Float64]:
    """Rotation (T, 3, 3), scale (T,), shift (T, 2) that map the start's steady points to `points`.

    Gauss-Newton under weak perspective with Geman and McClure's weights, all frames at once, with
    the network's rotation and scale as a prior.
    """
    steady = list(_STEADY)
    target, trusted = points[:, steady], trust[:, steady]
    rotation, scale = network.rotation.copy(), network.scale.copy()
    shift = network.translation[:, :2].copy()
    prior = np.array([np.radians(_PRIOR_DEG)] * 3 + [_PRIOR_SCALE])
    for iteration in range(_ITERATIONS):
        turned = np.einsum("tij,nj->tni", rotation, start[steady])
        missed = (target - shift[:, None]) / scale[:, None, None] - turned[..., :2]
        stray = _STRAY * max(1.0, 4.0 - iteration)
        weight = trusted / (1 + (missed**2).sum(-1) / stray**2) ** 2 / _NOISE**2
        x, y, z = np.moveaxis(turned, -1, 0)
        zero, one = np.zeros_like(x), np.ones_like(x)
        slopes = np.stack(
            [
                np.stack([zero, z, -y, x, one, zero], -1),
                np.stack([-z, zero, x, y, zero, one], -1),
            ],
            axis=2,
        )
        normal = np.einsum("tn,tnak,tnal->tkl", weight, slopes, slopes)
        right = np.einsum("tn,tnak,tna->tk", weight, slopes, missed)
        away = np.c_[_angle_between(rotation, network.rotation), np.log(network.scale / scale)]
        normal[:, range(4), range(4)] += prior**-2
        normal[:, range(4, 6), range(4, 6)] += 1e-3
        right[:, :4] += away * prior**-2
        step = np.linalg.solve(normal, right[..., None])[..., 0]
        rotation = _rotations(step[:, :3]) @ rotation
        shift = shift + step[:, 4:] * scale[:, None]
        scale = scale * np.exp(step[:, 3])
    return rotation, scale, shift


def _angle_between(origin: Float64, target: Float64) -> Float64:
    """Rotation vectors (T, 3) from `origin` to `target` (T, 3, 3), exact to third order."""
    between = target @ np.swapaxes(origin, 1, 2)
    return np.asarray(
        np.stack(
            [
                between[:, 2, 1] - between[:, 1, 2],
                between[:, 0, 2] - between[:, 2, 0],
                between[:, 1, 0] - between[:, 0, 1],
            ],
            axis=1,
        )
        / 2
    )


def _rotations(vectors: Float64) -> Float64:
    """Rotations (T, 3, 3) of rotation vectors (T, 3) (Rodrigues).

    `scipy.spatial.transform.Rotation` agrees to 4e-14 but not to the last bit, which would change
    the frames of users' clips.
    """
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    cross = np.zeros((len(vectors), 3, 3))
    cross[:, [2, 0, 1], [1, 2, 0]] = vectors
    cross[:, [1, 2, 0], [2, 0, 1]] = -vectors
    safe = np.maximum(angle, 1e-12)
    return np.asarray(
        np.eye(3) + np.sin(angle) / safe * cross + (1 - np.cos(angle)) / safe**2 * (cross @ cross)
    )
