"""The second teacher of the face detector: RetinaFace (MobileNet 0.25), which knows profiles.

Its weights were trained on WIDER FACE and come from biubug6/Face-Detector-1MB-with-landmark (MIT),
`weights/mobilenet0.25_Final.pth`; they are fetched by name, used for labels, and never shipped. The
network follows Deng et al., "RetinaFace", 2020, and is read here from the names in the file.

    python training/detector_teacher.py WEIGHTS OUT.npz FOLDER_OR_LIST...

OUT.npz: `paths`, and per find `picture` (index into paths), `boxes` (xyxy, teacher's own convention:
somewhat lower on the forehead than ours), `points` (N, 5, 2: left eye in the picture, right eye,
nose, corners of the mouth), `scores` and `agreed` (share of the looks that saw it).
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Float32 = NDArray[np.float32]
MEAN_BGR = np.array([104, 117, 123], np.float32)
ANCHORS = ((8, (10, 20)), (16, (32, 64)), (32, (128, 256)))
"""Pixels per cell, and the sides of the two square anchors of each cell."""
STRIDED = {"body.stage1.0", "body.stage1.2", "body.stage1.4", "body.stage2.0", "body.stage3.0"}
STAGES = (("body.stage1", 6), ("body.stage2", 6), ("body.stage3", 2))
SIDES_PX = (320, 480)
"""Long sides of a picture in the looks of the teacher; each is also looked at mirrored."""


class RetinaFace:
    """The teacher, from its file."""

    def __init__(self, weights: Path) -> None:
        state = torch.load(weights, map_location="cpu", weights_only=True)
        self._state = {name.removeprefix("module."): value for name, value in state.items()}

    def _unit(self, x: Tensor, conv: str, norm: str, stride: int = 1) -> Tensor:
        """A convolution (depthwise where its shape says so) and its normalisation."""
        state, weight = self._state, self._state[f"{conv}.weight"]
        groups, around = x.shape[1] // weight.shape[1], weight.shape[2] // 2
        x = functional.conv2d(x, weight, None, stride, around, groups=groups)
        names = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(state[f"{norm}.{name}"] for name in names))

    def _body(self, x: Tensor) -> list[Tensor]:
        """Features at strides of 8, 16 and 32 pixels."""
        levels = []
        for stage, blocks in STAGES:
            for block in range(blocks):
                name = f"{stage}.{block}"
                stride = 2 if name in STRIDED else 1
                x = self._unit(x, f"{name}.0", f"{name}.1", stride).relu()
                if f"{name}.3.weight" in self._state:
                    x = self._unit(x, f"{name}.3", f"{name}.4").relu()
            levels.append(x)
        return levels

    def _named(self, x: Tensor, name: str) -> Tensor:
        return self._unit(x, f"{name}.0", f"{name}.1")

    def _context(self, x: Tensor, name: str) -> Tensor:
        """Three fields of view of 3, 5 and 7 pixels side by side."""
        wider = self._named(x, f"{name}.conv5X5_1").relu()
        widest = self._named(wider, f"{name}.conv7X7_2").relu()
        seen = [
            self._named(x, f"{name}.conv3X3"),
            self._named(wider, f"{name}.conv5X5_2"),
            self._named(widest, f"{name}.conv7x7_3"),
        ]
        return torch.cat(seen, 1).relu()

    @torch.inference_mode()
    def look(self, picture: NDArray[np.uint8], lowest: float = 0.3) -> tuple[Float32, ...]:
        """Boxes (N, 4), points (N, 5, 2) and scores (N,) in a BGR picture, before merging."""
        high, wide = picture.shape[:2]
        padded = np.zeros((high + -high % 32, wide + -wide % 32, 3), np.float32)
        padded[:high, :wide] = picture - MEAN_BGR
        fine, middle, coarse = self._body(torch.from_numpy(padded.transpose(2, 0, 1))[None])
        fine, middle, coarse = (
            self._named(level, f"fpn.output{k}").relu()
            for k, level in enumerate((fine, middle, coarse), 1)
        )
        middle = middle + functional.interpolate(coarse, size=middle.shape[2:])
        middle = self._named(middle, "fpn.merge2").relu()
        fine = fine + functional.interpolate(middle, size=fine.shape[2:])
        fine = self._named(fine, "fpn.merge1").relu()
        found = []
        for number, level in enumerate((fine, middle, coarse)):
            seen = self._context(level, f"ssh{number + 1}")
            found.append(self._read(seen, number, lowest))
        return tuple(np.concatenate(part) for part in zip(*found, strict=True))

    def _read(self, seen: Tensor, number: int, lowest: float) -> tuple[Float32, ...]:
        """What one level found, in pixels."""
        stride, sides = ANCHORS[number]

        def head(name: str) -> Tensor:
            key = f"{name}.{number}.conv1x1"
            answer = functional.conv2d(
                seen, self._state[f"{key}.weight"], self._state[f"{key}.bias"]
            )
            return answer[0].permute(1, 2, 0).reshape(answer.shape[2], answer.shape[3], 2, -1)

        score = head("ClassHead").softmax(-1)[..., 1]
        row, column, anchor = torch.nonzero(score > lowest, as_tuple=True)
        side = torch.tensor(sides, dtype=torch.float32)[anchor][:, None]
        centre = (torch.stack([column, row], 1) + 0.5) * stride
        box, points = (head(n)[row, column, anchor] for n in ("BboxHead", "LandmarkHead"))
        middle, size = centre + 0.1 * side * box[:, :2], side * torch.exp(0.2 * box[:, 2:])
        corners = torch.cat([middle - size / 2, middle + size / 2], 1)
        placed = centre[:, None] + 0.1 * side[:, None] * points.reshape(-1, 5, 2)
        return corners.numpy(), placed.numpy(), score[row, column, anchor].numpy()


def merge(boxes: Float32, scores: Float32, most: float = 0.4) -> list[NDArray[np.int64]]:
    """Groups of finds that overlap, best first, each with its best find first."""
    left, groups = np.argsort(-scores, kind="stable"), []
    while len(left):
        best, others = boxes[left[0]], boxes[left]
        sides = np.minimum(best[2:], others[:, 2:]) - np.maximum(best[:2], others[:, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
        same = shared / (areas + areas[0] - shared + 1e-6) > most
        same[0] = True
        groups.append(left[same])
        left = left[~same]
    return groups


def consensus(
    teacher: RetinaFace, picture: NDArray[np.uint8], sides: tuple[int, ...] = SIDES_PX
) -> tuple[Float32, ...]:
    """Boxes, points, scores and agreement over sizes and mirror images, in the picture's pixels."""
    looks = []
    for side in sides:
        scale = side / max(picture.shape[:2])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way)
        size = np.array(small.shape[1::-1]) / picture.shape[1::-1]
        for mirrored in (False, True):
            boxes, points, scores = teacher.look(small[:, ::-1] if mirrored else small)
            if mirrored:
                boxes, points = boxes.copy(), points.copy()
                boxes[:, [0, 2]] = small.shape[1] - boxes[:, [2, 0]]
                points[..., 0] = small.shape[1] - points[..., 0]
                points = points[:, [1, 0, 2, 4, 3]]
            kept = np.array([group[0] for group in merge(boxes, scores)], int)
            looks.append((boxes[kept] / np.tile(size, 2), points[kept] / size, scores[kept]))
    boxes, points, scores = (np.concatenate(part) for part in zip(*looks, strict=True))
    out = []
    for group in merge(boxes, scores):
        weight = scores[group] / scores[group].sum()
        agreed = min(len(group) / len(looks), 1.0)
        found = (weight @ boxes[group], np.tensordot(weight, points[group], 1))
        out.append((*found, scores[group].mean(), agreed))
    if not out:
        return np.zeros((0, 4)), np.zeros((0, 5, 2)), np.zeros(0), np.zeros(0)
    return tuple(np.array(part, np.float32) for part in zip(*out, strict=True))


def label(teacher: RetinaFace, paths: list[Path], sides: tuple[int, ...]) -> dict[str, object]:
    """All finds in some pictures, as described above."""
    rows: dict[str, list[object]] = {
        k: [] for k in ("picture", "boxes", "points", "scores", "agreed")
    }
    for number, path in enumerate(paths):
        picture = cv2.imread(str(path))
        if picture is None:
            continue
        found = consensus(teacher, picture, sides)
        for each in zip(*found, strict=True):
            for key, value in zip(rows, (number, *each), strict=True):
                rows[key].append(value)
        if number % 500 == 0:
            print(number, len(rows["scores"]), flush=True)
    arrays = {key: np.array(value) for key, value in rows.items()}
    return {"paths": np.array([str(path) for path in paths]), **arrays}


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--sides", type=int, nargs="+", default=list(SIDES_PX))
    parser.add_argument("--every", type=int, default=1, help="look at every nth picture only")
    parser.add_argument("--from", type=int, default=0, dest="first")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    kinds = {".jpg", ".jpeg", ".png"}
    paths = sorted(
        path
        for folder in asked.folders
        for path in (
            map(Path, folder.read_text().split("\n")) if folder.is_file() else folder.rglob("*")
        )
        if path.suffix.lower() in kinds
    )
    teacher = RetinaFace(asked.weights)
    chosen = paths[asked.first :: asked.every]
    np.savez(asked.out, **label(teacher, chosen, tuple(asked.sides)))


if __name__ == "__main__":
    main()
