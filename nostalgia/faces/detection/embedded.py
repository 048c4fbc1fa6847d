"""Embedded face detector: a small network that ships, run over an image pyramid."""

from collections.abc import Callable

import cv2
import numpy as np

from nostalgia.faces.detection.network import Candidates, decode, normalise_luma
from nostalgia.geometry import box_area, intersection_over_union, overlap_of_smaller
from nostalgia.options import DetectionOptions
from nostalgia.types import FaceBox, Float32, UInt8
from nostalgia.weights.network import shipped_network

CANDIDATE_SCORE = 0.2
"""Low, because the mesh network scores the candidates again; use 0.7 for the detector alone."""


def _overlap(a: Float32, b: Float32) -> tuple[float, float, float]:
    """Of two boxes: intersection over union, intersection over the smaller one, and area ratio."""
    areas = (box_area(a), box_area(b))
    alike = min(areas) / max(*areas, 1e-6)
    return intersection_over_union(a, b), overlap_of_smaller(a, b), alike


def merge_duplicates(found: Candidates) -> list[list[int]]:
    """Group candidates that are the same face.

    A candidate mostly inside a better one (or round it) counts as the same face too, but does not
    affect its position; except where both score about the same and differ much in size: then the
    larger may be a mistake.

    Returns:
        Per face, best first: indices of the candidates that agree on its position, best first.
    """
    groups: list[list[int]] = []
    for number in np.argsort(-found.logits, kind="stable"):
        for members in groups:
            best = members[0]
            union, smaller, alike = _overlap(found.boxes[best], found.boxes[number])
            clearly_worse = found.logits[best] - found.logits[number] > 1.0
            if union > 0.5:
                members.append(int(number))
            if union > 0.35 or (smaller > 0.65 and (alike > 0.2 or clearly_worse)):
                break
        else:
            groups.append([int(number)])
    return groups


class EmbeddedDetector:
    """Finds faces with the network in `checkpoints/face_detector.onnx`.

    Photos larger than `LARGEST_SIDE_PX` are reduced first, so time and memory stay bounded;
    it finds faces of about 24 pixels or more at that size.
    """

    name = "embedded"
    LARGEST_SIDE_PX = 1600
    SMALLEST_SIDE_PX = 40
    ENLARGED_BELOW_PX = 640
    SMALLEST_FACE_PX = 17.0
    MOST_CANDIDATES = 400
    MARGIN_PX = 32

    def __init__(
        self, predict: Callable[[Float32], Float32], slope: float = 1.0, offset: float = 0.0
    ) -> None:
        """Find faces with any network.

        Args:
            predict: maps normalised luma, float32 (1, 1, H, W), H and W multiples of 32, to float32
                (1, 15, H / 8, W / 8); channels as in `decode`.
            slope: of the calibration; score = sigmoid(slope * logit + offset).
            offset: of the calibration.
        """
        self._predict, self._slope, self._offset = predict, slope, offset

    @classmethod
    def load(cls, options: DetectionOptions | None = None) -> "EmbeddedDetector":
        """Load the network that ships; `options` has no effect.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        network = shipped_network("face-detector")
        return cls(lambda luma: network.run(luma)[0], **network.calibration)

    def detect(self, photo: UInt8, min_score: float = CANDIDATE_SCORE) -> list[FaceBox]:
        """Find the faces of a photo.

        Args:
            photo: RGB uint8 (H, W, 3).
            min_score: faces below it are left out; a lower one finds more faces and errs more.

        Returns:
            Faces by falling score; boxes from the top of the forehead to the chin, in photo pixels,
            clipped to the photo.
        """
        height, width = photo.shape[:2]
        found = self._candidates(photo, self._logit(min_score))
        faces = []
        for members in merge_duplicates(found):
            scores = self._score(found.logits[members])
            weight = (scores / scores.sum()).astype(np.float32)
            box = np.clip(weight @ found.boxes[members], 0, [width, height, width, height])
            if min(box[2] - box[0], box[3] - box[1]) < 1:
                continue
            points = np.tensordot(weight, found.points[members], 1).astype(np.float32)
            x0, y0, x1, y1 = (float(v) for v in box)
            faces.append(FaceBox((x0, y0, x1, y1), float(scores[0]), points))
        return faces

    def _score(self, logits: Float32) -> Float32:
        return np.asarray(1 / (1 + np.exp(-(self._slope * logits + self._offset))), np.float32)

    def _logit(self, score: float) -> float:
        score = min(max(score, 1e-4), 1 - 1e-6)
        return float((np.log(score / (1 - score)) - self._offset) / self._slope)

    def _candidates(self, photo: UInt8, lowest: float) -> Candidates:
        """Find peaks above the logit `lowest` on all levels of the pyramid, in photo pixels."""
        height, width = photo.shape[:2]
        long_side = max(height, width)
        scale = min(1.0, self.LARGEST_SIDE_PX / long_side)
        if long_side < self.ENLARGED_BELOW_PX:
            scale = min(2.0, self.ENLARGED_BELOW_PX / long_side)
        luma = _scaled_luma(photo, scale)
        levels = [self._level(luma, lowest, (width, height))]
        while max(luma.shape) > 2 * self.SMALLEST_SIDE_PX:
            half = (max(1, round(luma.shape[1] / 2)), max(1, round(luma.shape[0] / 2)))
            luma = np.asarray(cv2.resize(luma, half, interpolation=cv2.INTER_AREA), np.float32)
            levels.append(self._level(luma, lowest, (width, height)))
        found = Candidates(*(np.concatenate(part) for part in zip(*levels, strict=True)))
        best = np.argsort(-found.logits, kind="stable")[: self.MOST_CANDIDATES]
        return Candidates(*(part[best] for part in found))

    def _level(self, luma: Float32, lowest: float, photo_wh: tuple[int, int]) -> Candidates:
        """Find peaks on one level, in photo pixels."""
        height, width = luma.shape
        below, beside = self.MARGIN_PX + -height % 32, self.MARGIN_PX + -width % 32
        canvas = cv2.copyMakeBorder(
            normalise_luma(luma),
            *(self.MARGIN_PX, below, self.MARGIN_PX, beside),
            borderType=cv2.BORDER_CONSTANT,
            value=0,
        )
        (answer,) = self._predict(np.asarray(canvas, np.float32)[None, None])
        highest_around = cv2.dilate(answer[0], np.ones((3, 3), np.uint8))
        rows, columns = np.nonzero((answer[0] == highest_around) & (answer[0] > lowest))
        logits, boxes, points = decode(answer[:, rows, columns].T, rows, columns)
        kept = boxes[:, 3] - boxes[:, 1] > self.SMALLEST_FACE_PX
        stretch = np.array([photo_wh[0] / width, photo_wh[1] / height], np.float32)
        boxes = (boxes[kept] - self.MARGIN_PX + 0.5) * np.tile(stretch, 2)
        points = (points[kept] - self.MARGIN_PX + 0.5) * stretch - 0.5
        return Candidates(logits[kept], boxes.astype(np.float32), points.astype(np.float32))


def _scaled_luma(photo: UInt8, scale: float) -> Float32:
    """Luma 0..1 of a resized photo: float32 (h, w), Rec. 601 weights of the sRGB values."""
    if scale != 1.0:
        size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        photo = np.asarray(cv2.resize(photo, size, interpolation=way), np.uint8)
    grey = cv2.cvtColor(np.ascontiguousarray(photo), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey.astype(np.float32) / 255, np.float32)
