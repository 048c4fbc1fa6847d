"""A file of clean aligned faces: what make_face_crops.py writes and train_restorer.py reads.

A plain .npz: `data` uint8, the JPEG files one after the other, grey or in colour; `ends` int64 (n,), where each
ends; `points` float16 (n, 478, 2), landmarks 0..1 over the crop; `edges` float16 (n, 4, 2), the photo's
corners, beyond which a crop is a reflection; `persons`, `names`, `sources` and `splits`, strings
(n,). Crops are those of `nostalgia.enhancement.aligned_face`, of 128, 192 or 256 pixels.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIDES = (256, 192, 128)
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class FaceCrops:
    """Crops in memory: grey uint8 (side, side) each, or all RGB (side, side, 3).

    points: float32 (n, 478, 2), landmarks 0..1.
    """

    pictures: list[NDArray[np.uint8]]
    points: NDArray[np.float32]
    edges: NDArray[np.float32]
    persons: NDArray[np.str_]
    names: NDArray[np.str_]
    sources: NDArray[np.str_]
    splits: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, chosen: NDArray[np.int64]) -> "FaceCrops":
        """Return the crops of these numbers, in this order."""
        rest = (self.points, self.edges, self.persons, self.names, self.sources, self.splits)
        return FaceCrops([self.pictures[i] for i in chosen], *(part[chosen] for part in rest))

    def of(self, split: str) -> "FaceCrops":
        """Return the crops of one split."""
        return self.take(np.flatnonzero(self.splits == split))


def split_of(source: str, person: str) -> str:
    """Return "train", "dev" or "test" for a person: 23, 1 and 1 of 25 people, the same at every run."""
    return {0: "test", 1: "dev"}.get(zlib.crc32(f"{source}/{person}".encode()) % 25, "train")


def side_for(enlarged: float, most: float) -> int | None:
    """Return the largest side at which the photo is enlarged by at most `most`, or None.

    enlarged: crops' sides per photo pixel.
    """
    return next((side for side in SIDES if enlarged * side <= most), None)


def write_crops(path: Path, crops: FaceCrops, quality: int = 97) -> None:
    """Write the file, its pictures with this JPEG quality."""
    how = [cv2.IMWRITE_JPEG_QUALITY, quality]
    how += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    coded = [
        cv2.imencode(".jpg", p[..., ::-1] if p.ndim == 3 else p, how)[1].ravel()
        for p in crops.pictures
    ]
    np.savez(
        path,
        data=np.concatenate(coded),
        ends=np.cumsum([len(c) for c in coded]),
        points=crops.points.astype(np.float16),
        edges=crops.edges.astype(np.float16),
        persons=crops.persons,
        names=crops.names,
        sources=crops.sources,
        splits=crops.splits,
    )


def read_crops(paths: list[Path], colour: bool = False) -> FaceCrops:
    """Read several files as one: all in grey, or RGB."""
    pictures: list[NDArray[np.uint8]] = []
    parts: list[list[NDArray]] = [[], [], [], [], [], []]
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            data, start = file["data"], 0
            for end in file["ends"]:
                picture = cv2.imdecode(
                    data[start:end], cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE
                )
                pictures.append(np.ascontiguousarray(picture[..., ::-1]) if colour else picture)
                start = end
            keys = ("points", "edges", "persons", "names", "sources", "splits")
            for part, key in zip(parts, keys, strict=True):
                part.append(file[key])
    points, edges, *words = (np.concatenate(part) for part in parts)
    return FaceCrops(pictures, points.astype(np.float32), edges.astype(np.float32), *words)
