"""The faces of a photo: the detector proposes, the mesh network places landmarks and decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nostalgia import registry
from nostalgia.errors import UsageError
from nostalgia.faces.base import FaceDetector
from nostalgia.faces.head import fit_head
from nostalgia.faces.landmarks.mesh import FoundMesh, MeshNetwork
from nostalgia.options import DetectionOptions
from nostalgia.types import Face, FaceBox, Float32, Photo

_SAME_FACE = 0.35
"""Two meshes whose boxes overlap by more than this share are one face."""
ORDERS = ("left-right", "largest")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FaceFinder:
    """A detector and the mesh network, loaded once and used for many photos."""

    detector: FaceDetector
    mesh: MeshNetwork

    @classmethod
    def load(cls, options: DetectionOptions | None = None) -> "FaceFinder":
        """Read the weights.

        Raises:
            BackendError: there is no such detector, or its weights are missing.
        """
        options = options or DetectionOptions()
        return cls(registry.load("detection", options.backend).load(options), MeshNetwork.load())

    def find(self, photo: Photo, options: DetectionOptions | None = None) -> tuple[Face, ...]:
        """All faces of a photo, numbered from 1 in `options.order`; empty where there is none.

        Raises:
            UsageError: there is no such order.
        """
        options = options or DetectionOptions()
        boxes = self.detector.detect(photo.pixels)
        meshes = self.mesh.find(photo.pixels, boxes)
        found = [
            (_joint_score(box, mesh), mesh.landmarks)
            for box, mesh in zip(boxes, meshes, strict=True)
        ]
        kept: list[tuple[float, Float32]] = []
        for score, landmarks in sorted(found, key=lambda item: -item[0]):
            box = landmarks_box(landmarks)
            if score >= options.min_score and all(
                _overlap(box, landmarks_box(other)) < _SAME_FACE for _, other in kept
            ):
                kept.append((score, landmarks))
        return number_faces(kept, options.order)

    def in_box(self, photo: Photo, box_xywh: Box) -> Face:
        """The face in a box that somebody drew, whatever the networks think of it.

        Args:
            photo: the photo.
            box_xywh: x, y, width, height in photo pixels, round the face from forehead to chin.

        Raises:
            UsageError: the box is empty or leaves the photo.
        """
        x, y, width, height = box_xywh
        outside = x < 0 or y < 0 or x + width > photo.width or y + height > photo.height
        if width < 8 or height < 8 or outside:
            raise UsageError(
                f"the face box {x:g},{y:g},{width:g},{height:g} is not in the photo of"
                f" {photo.width} x {photo.height} pixels: give x,y,width,height, at least 8 a side"
            )
        box = FaceBox((x, y, x + width, y + height), 1.0)
        mesh: FoundMesh = self.mesh.find(photo.pixels, [box])[0]
        return number_faces([(mesh.score, mesh.landmarks)])[0]


def number_faces(
    found: Sequence[tuple[float, Float32]], order: str = "left-right"
) -> tuple[Face, ...]:
    """Faces from (score, landmarks), numbered from 1, left to right or the largest first.

    Raises:
        UsageError: `order` is neither "left-right" nor "largest".
    """
    if order not in ORDERS:
        raise UsageError(f"faces are numbered left-right or largest, not {order!r}")
    faces = [
        Face(0, landmarks_box(landmarks), score, fit_head(landmarks).pose, landmarks)
        for score, landmarks in found
    ]
    faces.sort(key=lambda face: float(face.landmarks[:, 0].mean()))
    if order == "largest":
        faces.sort(key=lambda face: -face.height_px)
    return tuple(replace(face, number=number) for number, face in enumerate(faces, 1))


def landmarks_box(landmarks: Float32) -> Box:
    """The box round landmarks (478, 3), x0, y0, x1, y1."""
    x0, y0 = landmarks[:, :2].min(0)
    x1, y1 = landmarks[:, :2].max(0)
    return float(x0), float(y0), float(x1), float(y1)


def _joint_score(box: FaceBox, mesh: FoundMesh) -> float:
    """Both networks' scores as one, 0..1.

    The mesh network has seen the face upright and close and judges far more sharply: on real faces
    it is above 0.98, so that its doubt weighs eight times the detector's.
    """
    return float(np.sqrt(box.score) * mesh.score**4)


def _overlap(a: Box, b: Box) -> float:
    """Intersection over the smaller box."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(width, 0.0) * max(height, 0.0) / max(smaller, 1e-6)
