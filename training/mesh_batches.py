"""Crops that train the face-mesh network: labelled faces, turned, lit, covered and aged, and places without one."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from degradations import degrade
from face_covers import cover
from face_turns import light_face, turn_face

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.landmarks.mesh import CROP_FACE_HEIGHTS, CROP_PX
from nostalgia.types import CHIN, FOREHEAD

KEPT_FACE_PX = 150
"""Height to which larger faces are reduced when they are read."""
KEPT_FACE_HEIGHTS = 2.6
"""Side of what is kept of a picture round a face, in face heights."""
SMALLEST_FACE_PX = 40
"""Smaller ones are no examples: their labels are too rough."""
MOST_SPREAD = 0.05
"""Most distance between the teacher's looks, as a share of the outer-eye-corner distance."""


@dataclass(frozen=True, slots=True)
class LabelledFace:
    """A face to learn from.

    picture: grey uint8 (H, W). points: float32 (478, 3), its pixels, z towards the camera with a
    mean of 0. spread: of the teacher's looks. person: a name that no other person has, so far as
    the collection tells people apart.
    """

    picture: np.ndarray
    points: np.ndarray
    spread: float
    person: str


def read_faces(folder: Path, labels: Path) -> list[LabelledFace]:
    """The faces of a collection, labelled by label_faces.py or label_looks.py."""
    file = np.load(labels)
    faces = file["faces"].astype(np.float32)
    if "mirrored" in file:
        back = file["mirrored"][:, load_face_shape().mirror] * np.float32([-1, 1, 1])
        back[..., 0] += file["shapes"][:, None, 1] - 1
        both = [
            f - f[..., 2:].mean(1, keepdims=True) * np.float32([0, 0, 1]) for f in (faces, back)
        ]
        # label_faces.py counts from the picture's edge; mirroring has cancelled that for x.
        faces = (both[0] + both[1]) / 2 - np.float32([0, 0.5, 0])
        spreads = np.linalg.norm((both[0] - both[1])[..., :2], axis=-1).mean(1) / 2
        spreads /= np.maximum(np.linalg.norm((faces[:, 33] - faces[:, 263])[:, :2], axis=1), 1)
        scales = np.ones(len(faces))
    else:
        spreads, scales = file["spreads"], file["scales"]
    found = []
    for name, points, spread, scale in zip(file["names"], faces, spreads, scales, strict=True):
        height = np.linalg.norm((points[CHIN] - points[FOREHEAD])[:2])
        if spread > MOST_SPREAD or height < SMALLEST_FACE_PX:
            continue
        picture = cv2.imread(str(folder / str(name)), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        person = f"{folder.name}/{Path(str(name)).stem.rsplit('_', 1)[0]}"
        found.append(_kept(picture, points / np.float32(scale), float(spread), person))
    return found


def _kept(picture: np.ndarray, points: np.ndarray, spread: float, person: str) -> LabelledFace:
    """What is kept of a picture round a face."""
    height = float(np.linalg.norm((points[CHIN] - points[FOREHEAD])[:2]))
    middle, reach = points[:, :2].mean(0), height * KEPT_FACE_HEIGHTS / 2
    low = np.maximum(np.floor(middle - reach), 0).astype(int)
    high = np.minimum(np.ceil(middle + reach).astype(int), picture.shape[::-1])
    part = picture[low[1] : high[1], low[0] : high[0]]
    k = min(1.0, KEPT_FACE_PX / height)
    if k < 1:
        part = cv2.resize(part, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
    points = (points - np.float32([*low, 0])) * np.float32(k)
    points[:, 2] -= points[:, 2].mean()
    return LabelledFace(np.ascontiguousarray(part), points.astype(np.float32), spread, person)


@dataclass(frozen=True, slots=True)
class Profile:
    """A face whose mesh the teacher cannot see, but another detector its place.

    picture: grey uint8 (H, W). box: float (4,) xyxy, forehead to chin. five: float (5, 2), image-left
    and image-right eye, tip of the nose, image-left and image-right corner of the mouth.
    """

    picture: np.ndarray
    box: np.ndarray
    five: np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    """What a step learns from.

    crops: float32 (B, 1, 128, 128), normalised. points: float32 (B, 478, 3), crop units, valid where
    `known` is 1. five: float32 (B, 5, 2), crop units, valid where `located` is 1. is_face, known,
    located: float32 (B,), 0 or 1.
    """

    crops: torch.Tensor
    points: torch.Tensor
    five: torch.Tensor
    is_face: torch.Tensor
    known: torch.Tensor
    located: torch.Tensor


class FaceSamples:
    """Random crops of labelled faces and of places without a face."""

    def __init__(
        self,
        collections: Sequence[tuple[Path, Path]],
        context: Path,
        profiles: Path | None,
        seed: int,
    ) -> None:
        """Read all pictures.

        collections: folders of pictures and their labels. context: by label_context.py. profiles:
        faces that the teacher cannot label, by find_profiles.py; they teach the score alone.
        """
        self.rng = np.random.default_rng(seed)
        self.mirror = load_face_shape().mirror
        self.faces = [face for folder, labels in collections for face in read_faces(folder, labels)]
        held = np.array([zlib.crc32(face.person.encode()) % 33 == 0 for face in self.faces])
        self.held_out, self.known = np.flatnonzero(held), np.flatnonzero(~held)
        points = np.array([face.points for face in self.faces])
        turned = np.abs(points[:, 454, 2] - points[:, 234, 2]) / np.linalg.norm(
            points[:, 454] - points[:, 234], axis=1
        )
        bowed = np.abs(points[:, 152, 2] - points[:, 10, 2]) / np.linalg.norm(
            points[:, 152] - points[:, 10], axis=1
        )
        shut = openness(points) < 0.16
        spreads = np.array([face.spread for face in self.faces])
        sources = np.array([face.person.split("/")[0] for face in self.faces])
        counts = {name: (sources == name).sum() for name in set(sources)}
        rare = np.array([(len(sources) / counts[name]) ** 0.5 for name in sources])
        odds = (1 + 4 * turned + 2 * np.clip(bowed - 0.2, 0, 1) + 4 * shut) * np.minimum(rare, 3)
        odds = (odds / (1 + (spreads / 0.02) ** 2))[self.known]
        self.odds = odds / odds.sum()
        self.empty, self.traps = read_empty(context)
        self.profiles = read_profiles(profiles)
        print(
            f"{len(self.known)} faces, {len(self.held_out)} held out, {counts};"
            f" {len(self.empty)} pictures without faces, {len(self.traps)} traps,"
            f" {len(self.profiles)} profiles"
        )

    def place(self, points: np.ndarray, wide: bool) -> np.ndarray:
        """The matrix (2, 3) from picture to crop, with jitter."""
        rng = self.rng
        height = np.linalg.norm(points[CHIN] - points[FOREHEAD])
        turn = rng.normal(0, 14 if rng.random() < 0.8 else 32)
        size = np.exp(rng.normal(0, 0.17 if wide else 0.06))
        squeeze = rng.uniform(0.72, 1.1) if rng.random() < 0.2 else 1.0
        k = CROP_PX / (height * CROP_FACE_HEIGHTS * size)
        c, s = np.cos(np.radians(turn)) * k, np.sin(np.radians(turn)) * k
        linear = np.array([[c, -s], [s, c]]) @ np.diag([squeeze, 1])
        middle = points[:, :2].mean(0) + rng.normal(0, 0.075 if wide else 0.02, 2) * height
        return np.hstack([linear, (CROP_PX / 2 - linear @ middle)[:, None]])

    def turn(self, points: np.ndarray) -> tuple[float, float]:
        """How far to turn a face: a little anywhere, or much further to where it looks already."""
        rng = self.rng
        if rng.random() < 0.6:
            return rng.normal(0, 14), rng.normal(0, 11)
        side = np.sign(points[234, 2] - points[454, 2])
        return side * rng.uniform(5, 30), rng.normal(0, 8)

    def crop(self, picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Grey float32 (128, 128) 0..1."""
        shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        how = cv2.INTER_AREA if shrink < 0.5 else cv2.INTER_LINEAR
        border = (cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT)
        pixels = cv2.warpAffine(
            picture, matrix, (CROP_PX, CROP_PX), flags=how,
            borderMode=border[self.rng.integers(3)], borderValue=float(self.rng.integers(256)),
        )  # fmt: skip
        return pixels.astype(np.float32) / 255

    def face(self, index: int, wide: bool, plain: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """A crop and its landmarks in crop units; plain: as it is."""
        rng = self.rng
        picture, points = self.faces[index].picture, self.faces[index].points
        if rng.random() < 0.5:
            picture = np.ascontiguousarray(picture[:, ::-1])
            points = points * np.float32([-1, 1, 1]) + np.float32([picture.shape[1] - 1, 0, 0])
            points = points[self.mirror]
        matrix = self.place(points, wide)
        k = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        grey = self.crop(picture, matrix)
        points = np.hstack(
            [points[:, :2] @ matrix[:, :2].T + matrix[:, 2], points[:, 2:] * k]
        ).astype(np.float32)
        if not plain:
            if rng.random() < 0.2:
                grey, points = turn_face(grey, points, *self.turn(points))
            if rng.random() < 0.15:
                grey = light_face(grey, points, rng)
            grey = cover(grey, points, self.empty, rng)
            grey = degrade(grey, rng, 1.0 if wide else 0.7)
        return grey, points / CROP_PX

    def profile(self) -> tuple[np.ndarray, np.ndarray]:
        """A crop of a face without a mesh, and its five points in crop units."""
        rng = self.rng
        face = self.profiles[rng.integers(len(self.profiles))]
        picture, box, five = face.picture, face.box, face.five
        if rng.random() < 0.5:
            picture = np.ascontiguousarray(picture[:, ::-1])
            edge = picture.shape[1] - 1
            box = np.array([edge - box[2], box[1], edge - box[0], box[3]])
            five = (five * [-1, 1] + [edge, 0])[[1, 0, 2, 4, 3]]
        side = max(box[2] - box[0], box[3] - box[1]) * CROP_FACE_HEIGHTS
        side *= np.exp(rng.normal(0, 0.15))
        middle = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.06, 2) * side
        turn, k = np.radians(rng.normal(0, 12)), CROP_PX / side
        linear = k * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = np.hstack([linear, (CROP_PX / 2 - linear @ middle)[:, None]])
        grey = degrade(self.crop(picture, matrix), rng)
        return grey, ((five @ linear.T + matrix[:, 2]) / CROP_PX).astype(np.float32)

    def no_face(self) -> np.ndarray:
        """A crop of a place without a face, or of a face far out of place."""
        rng, chance = self.rng, self.rng.random()
        if self.traps and chance < 0.35:
            picture, box = self.traps[rng.integers(len(self.traps))]
            side = (
                max(box[2] - box[0], box[3] - box[1])
                * CROP_FACE_HEIGHTS
                * np.exp(rng.normal(0, 0.15))
            )
            middle = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.08, 2) * side
            k = CROP_PX / side
            matrix = np.array(
                [[k, 0, CROP_PX / 2 - k * middle[0]], [0, k, CROP_PX / 2 - k * middle[1]]]
            )
        elif chance < 0.75:
            picture = self.empty[rng.integers(len(self.empty))]
            side = rng.uniform(24, 300)
            corner = rng.uniform(0, np.maximum(np.array(picture.shape[::-1]) - side / 2, 1))
            k = CROP_PX / side
            matrix = np.array([[k, 0, -k * corner[0]], [0, k, -k * corner[1]]])
        else:
            face = self.faces[rng.choice(self.known)]
            picture = face.picture
            matrix = self.place(face.points, False)
            away = rng.uniform(0, 2 * np.pi)
            if rng.random() < 0.7:
                matrix[:, 2] += (
                    np.array([np.cos(away), np.sin(away)]) * CROP_PX * rng.uniform(0.45, 0.9)
                )
            else:
                matrix *= rng.choice([0.3, 3.0]) * np.exp(rng.normal(0, 0.1))
                matrix[:, 2] = CROP_PX / 2 - matrix[:, :2] @ face.points[rng.integers(478), :2]
        return degrade(self.crop(picture, matrix), rng)

    def batch(self, size: int) -> Batch:
        """A random batch: mostly faces, some profiles, places without a face."""
        crops, points, five = [], [], []
        kinds = []
        nowhere, none = np.zeros((478, 3), np.float32), np.zeros((5, 2), np.float32)
        for _ in range(size):
            chance = self.rng.random()
            if chance < 0.13:
                kinds.append((0, 0, 0))
                crop, shape, places = self.no_face(), nowhere, none
            elif self.profiles and chance < 0.17:
                kinds.append((1, 0, 1))
                (crop, places), shape = self.profile(), nowhere
            else:
                kinds.append((1, 1, 0))
                index = int(self.rng.choice(self.known, p=self.odds))
                (crop, shape), places = self.face(index, self.rng.random() < 0.5), none
            crops.append(crop)
            points.append(shape)
            five.append(places)
        flags = torch.tensor(kinds, dtype=torch.float32)
        return Batch(
            normalise(np.array(crops)),
            torch.from_numpy(np.array(points)),
            torch.from_numpy(np.array(five)),
            *flags.unbind(1),
        )


def read_empty(context: Path) -> tuple[list[np.ndarray], list[tuple[np.ndarray, np.ndarray]]]:
    """Grey pictures without faces, and places in pictures where the teacher wrongly saw one."""
    empty, traps = [], []
    for path, known in json.loads(context.read_text()).items():
        width, height = known["size"]
        verdicts = [face["verdict"] for face in known["faces"]]
        if all(v == "unsure" for v in verdicts) and verdicts:
            continue
        picture = cv2.imread(str(context.parent / path), cv2.IMREAD_GRAYSCALE)
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        if min(picture.shape) > 150 and all(v == "none" for v in verdicts):
            empty.append(picture)
        traps += [
            (picture, np.array(face["box"])) for face in known["faces"] if face["verdict"] == "none"
        ]
    return empty, traps


def read_profiles(path: Path | None) -> list[Profile]:
    """Faces that the teacher cannot label, with what lies round them."""
    if path is None or not path.exists():
        return []
    file, found = np.load(path), []
    for name, box, five in zip(file["paths"], file["boxes"], file["points"], strict=True):
        picture = cv2.imread(str(name), cv2.IMREAD_GRAYSCALE)
        if picture is None or box[3] - box[1] < SMALLEST_FACE_PX / 2:
            continue
        reach = 1.6 * max(box[2] - box[0], box[3] - box[1])
        middle = (box[:2] + box[2:]) / 2
        low = np.maximum(middle - reach, 0).astype(int)
        high = np.minimum(np.ceil(middle + reach).astype(int), picture.shape[::-1])
        part = picture[low[1] : high[1], low[0] : high[0]]
        k = min(1.0, KEPT_FACE_PX / (box[3] - box[1]))
        if k < 1:
            part = cv2.resize(part, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        found.append(Profile(part, (box - np.tile(low, 2)) * k, (five - low) * k))
    return found


def openness(faces: np.ndarray) -> np.ndarray:
    """Height over width of the eyes of faces (N, 478, 3), the wider open of the two: (N,)."""
    heights = np.linalg.norm(faces[:, [159, 386], :2] - faces[:, [145, 374], :2], axis=-1)
    widths = np.linalg.norm(faces[:, [33, 263], :2] - faces[:, [133, 362], :2], axis=-1)
    return (heights / widths).max(1)


def normalise(crops: np.ndarray) -> torch.Tensor:
    """Grey crops (B, H, W) to contrast-normalised (B, 1, H, W)."""
    mean, deviation = crops.mean((1, 2), keepdims=True), crops.std((1, 2), keepdims=True)
    return torch.from_numpy(((crops - mean) / (deviation + 0.03)).astype(np.float32)[:, None])
