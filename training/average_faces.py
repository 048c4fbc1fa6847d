"""The average face of many people in one pose: a portrait of nobody.

Each picture is warped piecewise-affinely (Delaunay triangles over the 478 landmarks and rings of
points round the head, which follow by a similarity) onto the mean shape of the chosen people,
turned to the wanted pose; then a trimmed mean per pixel over the pictures that reach there.
Only one picture per person is used.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from fit_expressions import canonical
from scipy.spatial import Delaunay

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import FACE_OVAL
from nostalgia.geometry import fit_similarity, rotation_from_pose
from nostalgia.types import HeadPose

PICTURE_PX = 350
CHARACTER = 2.0
"""How far a face's shape is taken from everyone's, against the mean of those averaged."""
RINGS = (1.12, 1.3, 1.6, 2.2)
WOMEN = frozenset(
    "Jennifer FaridaJalal SharmilaTagore KatrinaKaif Jayamadhuri Laura Gloria Serena Megawati Mary Maria Michelle Nancy "
    "Naomi Winona Lindsay Nicole Amelie Elizabeth Catherine Julie Ana Christine Julianne Kate Martha Sarah Angelina "
    "Natalie Renee Halle Monica Venus Diana Meryl Norah Angela Ann Anna Britney Hillary Joan Lisa Yoriko Barbara "
    "Patricia Rachel Salma Sharon Vanessa Jane Paula Carla Condoleezza Janet Sally Amanda Anne Jessica Susan Alexandra "
    "Cindy Claire Ellen Emma Heidi Justine Rita Sheila Celine Claudia Debra Elena Erika Holly Katie Linda Martina Ruth "
    "Sandra Sheryl Victoria Amelia Carol Donna Doris Heather Karen Kathleen Liza Suzanne Alicia Amy Calista Carmen "
    "Carolina Cristina Elsa Erin Gwyneth Helen Jelena Judy Margaret Mariah Marina Eva Julia Kristen Penelope Queen "
    "Princess Lucy Olivia Sofia Tina Tatiana Anastasia Svetlana Irina Nina Natasha Isabella Gisele Kirsten Marion "
    "Hilary Hannah Rosa Teresa Theresa Jodie Kim Lauren Leticia Lily Mia Nadia Kristin Mandy Melissa Meg Jill Jenny "
    "Stephanie Emily Elisabeth Demi Charlotte Cate Brooke Beth Ashley Aishwarya Adriana Uma Thalia Tara Sigourney "
    "Sophie Sonia Shannon Samantha Rosario Rebecca Pamela Nia Minnie Milla Michele Mena Marisa Lara Keira Joanna "
    "Jolanta Iva Goldie Geena Francesca Estella Drew Dolores Courtney Carrie Cherie Chelsea Bridget Bianca Benazir "
    "Anjelica Andrea Alison Aicha Agnes Abigail Monique Tabassum Wendy Valerie Vivian Yolanda Zoe".split()
)


@dataclass(frozen=True)
class People:
    """Everyone's picture, and each once more mirrored.

    names, faces: landmarks (N, 478, 3) px, shapes: in the head frame, poses (N, 3) degrees, woman,
    mirrored: the picture has to be flipped.
    """

    names: np.ndarray
    faces: np.ndarray
    shapes: np.ndarray
    poses: np.ndarray
    woman: np.ndarray
    mirrored: np.ndarray


def load_people(labels: Path) -> People:
    """Read the teacher's labels (label_faces.py)."""
    stored = np.load(labels, allow_pickle=True)
    whole = (stored["shapes"] == PICTURE_PX).all(1)
    faces, names = stored["faces"][whole].astype(np.float64), stored["names"][whole]
    shapes, nose = canonical(faces)
    across = faces[:, 454] - faces[:, 234]
    poses = np.degrees(
        np.stack(
            [
                np.arctan2(nose[:, 0], nose[:, 2]),
                np.arcsin(np.clip(-nose[:, 1], -1, 1)),
                np.arctan2(across[:, 1], np.hypot(across[:, 0], across[:, 2])),
            ],
            1,
        )
    )
    woman = np.array([str(n).replace("-", "_").split("_")[0] in WOMEN for n in names])
    other = load_face_shape().mirror
    flipped = faces[:, other] * [-1, 1, 1] + [PICTURE_PX - 1, 0, 0]
    return People(
        np.concatenate([names, names]),
        np.concatenate([faces, flipped]),
        np.concatenate([shapes, shapes[:, other] * [-1, 1, 1]]),
        np.concatenate([poses, poses * [-1, 1, -1]]),
        np.concatenate([woman, woman]),
        np.arange(2 * len(names)) >= len(names),
    )


def picture_of(people: People, number: int, folder: Path) -> np.ndarray:
    """The grey picture (H, W) that the landmarks of this number lie in."""
    picture = cv2.imread(str(folder / str(people.names[number])), cv2.IMREAD_GRAYSCALE)
    return picture[:, ::-1].copy() if people.mirrored[number] else picture


def wrinkles(people: People, number: int, folder: Path) -> float:
    """How much fine relief there is beside the eyes, below them and from nose to mouth."""
    picture = picture_of(people, number, folder).astype(np.float32)
    face = people.faces[number][:, :2]
    size = float(np.linalg.norm(face[152] - face[10]))
    relief = np.abs(
        cv2.GaussianBlur(picture, (0, 0), 0.008 * size)
        - cv2.GaussianBlur(picture, (0, 0), 0.03 * size)
    )
    spread = float(np.percentile(picture, 90) - np.percentile(picture, 10))
    r = max(3, int(0.05 * size))
    places = face[[50, 280, 205, 425, 118, 347, 151, 9, 226, 446]].astype(int)
    sums = [relief[y - r : y + r, x - r : x + r].mean() for x, y in places if min(x, y) > r]
    return float(np.mean(sums)) / max(spread, 20.0)


def choose(
    people: People, pose: HeadPose, woman: bool, limit: int, seed: int, age: float, folder: Path
) -> np.ndarray:
    """Indices of calm faces near a pose: lips together, eyes open, no big smile, one picture per person.

    age: 1 takes the most wrinkled third of three times as many, -1 the smoothest, 0 the nearest.
    Seeds prefer different quarters of everybody, so that performers are no twins.
    """
    s = people.shapes
    gap = np.linalg.norm(s[:, 13] - s[:, 14], axis=1)
    opening = (s[:, 145, 1] - s[:, 159, 1] + s[:, 374, 1] - s[:, 386, 1]) / 2
    width = s[:, 291, 0] - s[:, 61, 0]
    lift = -(s[:, 61, 1] + s[:, 291, 1]) / 2 + (s[:, 13, 1] + s[:, 14, 1]) / 2
    good = (gap < 0.022) & (opening > np.percentile(opening, 45)) & (people.woman == woman)
    good &= (width < np.percentile(width, 72)) & (lift < np.percentile(lift, 85))
    wanted = np.array([pose.yaw, pose.pitch])
    far = np.abs(people.poses[:, :2] - wanted) / [1.0, 1.5]
    rank = far.max(1) + 1e3 * ~good
    rng = np.random.default_rng(seed)
    rank += rng.uniform(0, 3.0, len(rank))
    quarter = np.array([zlib.crc32(str(n).rsplit("_", 1)[0].encode()) % 4 for n in people.names])
    rank += 5.0 * (quarter != seed % 4)
    wanted_number = limit if age == 0 else 3 * limit
    chosen: list[int] = []
    seen: set[str] = set()
    for i in np.argsort(rank):
        person = str(people.names[i]).rsplit("_", 1)[0]
        if rank[i] > 15 or len(chosen) == wanted_number:
            break
        if person not in seen:
            seen.add(person)
            chosen.append(int(i))
    if age != 0:
        chosen.sort(key=lambda i: -age * wrinkles(people, i, folder))
    return np.array(chosen[:limit])


def seen(pose: HeadPose) -> np.ndarray:
    """Indices of the landmarks that face the camera: others would fold the triangles at the far cheek."""
    mean = load_face_shape().mean[:468].astype(np.float64)
    normals = np.zeros_like(mean)
    for a, b, c in Delaunay(mean[:, :2]).simplices:
        normal = np.cross(mean[b] - mean[a], mean[c] - mean[a])
        normals[[a, b, c]] += normal * np.sign(normal[2])
    normals = normals @ rotation_from_pose(pose).T
    facing = normals[:, 2] / np.linalg.norm(normals, axis=1)
    return np.flatnonzero((facing > 0.35) | (np.isin(np.arange(468), FACE_OVAL) & (facing > -0.15)))


def ringed(points: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The kept of points (478, 2), and rings of enlarged outlines round them."""
    oval = points[list(FACE_OVAL)]
    centre = (oval.min(0) + oval.max(0)) / 2
    return np.concatenate([points[kept], *[centre + k * (oval - centre) for k in RINGS]])


@dataclass(frozen=True)
class Warp:
    """Where each pixel of the canvas lies in the triangles of the target points."""

    corners: np.ndarray
    weights: np.ndarray
    inside: np.ndarray


def make_warp(points: np.ndarray, width: int, height: int) -> Warp:
    mesh = Delaunay(points)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    pixels = np.stack([x.ravel(), y.ravel()], 1).astype(np.float64)
    triangle = mesh.find_simplex(pixels)
    to_bary = mesh.transform[triangle]
    two = np.einsum("nij,nj->ni", to_bary[:, :2], pixels - to_bary[:, 2])
    weights = np.concatenate([two, 1 - two.sum(1, keepdims=True)], 1)
    return Warp(mesh.simplices[triangle], weights, (triangle >= 0).reshape(height, width))


def held_together(moves: np.ndarray) -> np.ndarray:
    """Moves (478, 3) smoothed over the face: lips or lids moved apart would fold the triangles."""
    mean = load_face_shape().mean.astype(np.float64)
    away = ((mean[:, None] - mean[None]) ** 2).sum(-1)
    near = np.exp(-away / (2 * 0.075**2))
    return np.asarray(near @ moves / near.sum(1, keepdims=True))


def average(
    people: People, chosen: np.ndarray, folder: Path, pose: HeadPose, size_wh: tuple[int, int], face_px: float,
    centre_xy: tuple[float, float], trim: float = 0.15,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Mean picture (H, W) 0..255, share of pictures that reach each pixel (H, W), landmarks (478, 3)."""
    width, height = size_wh
    mirror = load_face_shape().mirror
    everyone = people.shapes[people.woman == people.woman[chosen[0]]].mean(0)
    own = people.shapes[chosen].mean(0)
    shape = own + (CHARACTER - 1) * held_together(own - everyone)
    shape = (shape + shape[mirror] * [-1, 1, 1]) / 2
    landmarks = shape @ rotation_from_pose(pose).T * face_px
    oval = landmarks[list(FACE_OVAL), :2]
    landmarks[:, :2] += np.array(centre_xy) - (oval.min(0) + oval.max(0)) / 2
    kept = seen(pose)
    target = ringed(landmarks[:, :2], kept)
    warp = make_warp(target, width, height)
    pictures, reached = [], []
    inner = landmarks[list(FACE_OVAL), :2]
    face_mask = (
        cv2.fillConvexPoly(np.zeros((height, width), np.uint8), inner.astype(np.int32), 1) > 0
    )
    for i in chosen:
        picture = picture_of(people, int(i), folder)
        source = people.faces[i][:, :2]
        scale, turn, shift = fit_similarity(landmarks[:, :2], source)
        rings = (scale * target[len(kept) :] @ turn.T + shift).reshape(len(RINGS), -1, 2)
        own = ringed(source, kept)[len(kept) :].reshape(len(RINGS), -1, 2)
        blend = np.array([0.9, 0.5, 0.0, 0.0])[:, None, None]
        points = np.concatenate([source[kept], (blend * own + (1 - blend) * rings).reshape(-1, 2)])
        place = np.einsum("nk,nkd->nd", warp.weights, points[warp.corners])
        place = place.reshape(height, width, 2).astype(np.float32)
        if face_px / np.linalg.norm(source[152] - source[10]) < 0.7:
            picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
        warped = cv2.remap(
            picture, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)
        valid = warp.inside & (place.min(-1) > 3) & (place.max(-1) < 346)
        tone = warped[face_mask]
        low, high = np.percentile(tone, [3, 97])
        pictures.append((warped - low) / max(high - low, 20) * 165 + 45)
        reached.append(valid)
    stack, valid = np.stack(pictures), np.stack(reached)
    stack = np.where(valid, stack, np.nan)
    count = valid.sum(0)
    with np.errstate(all="ignore"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            low, high = np.nanquantile(stack, [trim, 1 - trim], axis=0)
            mean = np.nanmean(np.where((stack >= low) & (stack <= high), stack, np.nan), axis=0)
    return mean, count / len(chosen), landmarks.astype(np.float32)
