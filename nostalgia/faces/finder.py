"""Faces of a photo: the detector proposes, the mesh network places landmarks and decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nostalgia import registry
from nostalgia.errors import UsageError
from nostalgia.faces.base import FaceDetector
from nostalgia.faces.head import fit_head
from nostalgia.faces.landmarks.mesh import FoundMesh, MeshNetwork
from nostalgia.geometry import bounding_box, overlap_of_smaller
from nostalgia.options import DetectionOptions
from nostalgia.types import BoxXYXY, Face, FaceBox, Float32, Photo, UInt8

_SAME_FACE = 0.35
"""Two meshes whose boxes overlap by more than this share of the smaller one are one face."""
_LEAST_SIDE_PX = 8
"""Least side of a box given by a user, pixels."""
_SURROUNDINGS = 1.0
"""Reach of the pixels in which a face is looked at again, in face heights."""

SURE_SCORE, PROBABLE_SCORE = 0.88, 0.82
"""Scores below which a detection may not be a face, and below which it is doubtful.

Measured on the press photos and worse copies of them, turned on their sides and heads: nothing that
is no face, or that is read upside down, reaches the first; of the true faces 96 to 99 % do.
"""

ORDERS = ("left-right", "largest")


@dataclass(frozen=True, slots=True)
class FaceFinder:
    """A detector and the mesh network, loaded once and used for many photos."""

    detector: FaceDetector
    mesh: MeshNetwork

    @classmethod
    def load(cls, options: DetectionOptions | None = None) -> "FaceFinder":
        """Read the weights.

        Raises:
            BackendError: no detector has that name, or its weights are missing.
        """
        options = options or DetectionOptions()
        return cls(registry.load("detection", options.backend).load(options), MeshNetwork.load())

    def find(self, photo: Photo, options: DetectionOptions | None = None) -> tuple[Face, ...]:
        """Find all faces of a photo, numbered from 1 in `options.order`; empty if it has none.

        Raises:
            UsageError: `options.order` is unknown.
        """
        options = options or DetectionOptions()
        boxes = self.detector.detect(photo.pixels)
        meshes = self.mesh.find(photo.pixels, boxes)
        found = [
            replace(_in_photo(mesh, photo), score=_joint_score(box, mesh))
            for box, mesh in zip(boxes, meshes, strict=True)
        ]
        kept: list[FoundMesh] = []
        for mesh in sorted(found, key=lambda mesh: -mesh.score):
            box = bounding_box(mesh.landmarks)
            if mesh.score >= options.min_score and all(
                overlap_of_smaller(box, bounding_box(other.landmarks)) < _SAME_FACE
                for other in kept
            ):
                kept.append(mesh)
        return number_faces(kept, options.order)

    def in_box(self, photo: Photo, box_xyxy: BoxXYXY) -> Face:
        """Return the face in a box that the user gives, whatever the networks' scores.

        Args:
            photo: the photo.
            box_xyxy: photo pixels, round the face from forehead to chin.

        Raises:
            UsageError: the box is too small or reaches beyond the photo.
        """
        x0, y0, x1, y1 = box_xyxy
        outside = x0 < 0 or y0 < 0 or x1 > photo.width or y1 > photo.height
        if min(x1 - x0, y1 - y0) < _LEAST_SIDE_PX or outside:
            raise UsageError(
                f"the face box from ({x0:g}, {y0:g}) to ({x1:g}, {y1:g}) does not fit the photo:"
                f" it must lie within {photo.width} x {photo.height} pixels and measure at least"
                f" {_LEAST_SIDE_PX} pixels a side"
            )
        k = photo.scale
        box = FaceBox((x0 * k, y0 * k, x1 * k, y1 * k), 1.0)
        return number_faces([_in_photo(self.mesh.find(photo.pixels, [box])[0], photo)])[0]

    def look_closer(self, photo: Photo, faces: Sequence[Face]) -> tuple[Face, ...]:
        """The same faces, their landmarks read from more pixels than they were found in.

        photo: with all its pixels. faces: keep their numbers and scores.
        """
        closer = []
        for face in faces:
            pixels, corner = _surroundings(photo, face)
            mesh = self.mesh.track(pixels, face.landmarks - corner)
            landmarks = mesh.landmarks + corner
            box = bounding_box(landmarks)
            if overlap_of_smaller(box, face.box_xyxy) > 1 - _SAME_FACE:
                pose = fit_head(landmarks).pose
                face = replace(
                    face, box_xyxy=box, pose=pose, landmarks=landmarks, doubts=mesh.doubts
                )
            closer.append(face)
        return tuple(closer)


def number_faces(found: Sequence[FoundMesh], order: str = "left-right") -> tuple[Face, ...]:
    """Faces from meshes, numbered from 1, left to right or the largest first.

    Raises:
        UsageError: `order` is neither "left-right" nor "largest".
    """
    if order not in ORDERS:
        raise UsageError(f"faces are numbered left-right or largest, not {order!r}")
    faces = [
        Face(
            0,
            bounding_box(mesh.landmarks),
            mesh.score,
            fit_head(mesh.landmarks).pose,
            mesh.landmarks,
            mesh.doubts,
        )
        for mesh in found
    ]
    faces.sort(key=lambda face: float(face.landmarks[:, 0].mean()))
    if order == "largest":
        faces.sort(key=lambda face: -face.height_px)
    return tuple(replace(face, number=number) for number, face in enumerate(faces, 1))


def _joint_score(box: FaceBox, mesh: FoundMesh) -> float:
    """Both networks' scores as one, 0..1.

    The mesh network has seen the face upright and close and judges far more sharply: on real faces
    it is above 0.98, so its doubt weighs eight times the detector's.
    """
    return float(np.sqrt(box.score) * mesh.score**4)


def _in_photo(mesh: FoundMesh, photo: Photo) -> FoundMesh:
    """A mesh found in a photo's pixels, in pixels of its file."""
    if photo.scale == 1:
        return mesh
    middle = np.array([0.5, 0.5, 0], np.float32)
    landmarks = (mesh.landmarks + middle) / np.float32(photo.scale) - middle
    return replace(mesh, landmarks=landmarks)


def _surroundings(photo: Photo, face: Face) -> tuple[UInt8, Float32]:
    """Pixels round a face, RGB uint8 (h, w, 3), and their corner in the photo, float32 (3,)."""
    reach = _SURROUNDINGS * face.height_px
    low = np.floor(face.landmarks[:, :2].min(axis=0) - reach)
    high = np.ceil(face.landmarks[:, :2].max(axis=0) + reach)
    x0, y0 = (int(v) for v in np.clip(low, 0, (photo.width - 1, photo.height - 1)))
    x1, y1 = (int(v) for v in np.clip(high, (x0 + 1, y0 + 1), (photo.width, photo.height)))
    return np.ascontiguousarray(photo.pixels[y0:y1, x0:x1]), np.array([x0, y0, 0], np.float32)
