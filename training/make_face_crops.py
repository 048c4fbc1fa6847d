"""Cut clean aligned faces out of collections of photos, for train_restorer.py.

    python training/make_face_crops.py SOURCE REPOSITORY OUT.npz [--most N]

SOURCE is one of the names in SOURCES; REPOSITORY is a git directory of that collection (no work
tree is needed). The people are split into train, dev and test by their names before anything else;
beside OUT.npz a text file lists split, person and picture of every crop.
"""

import argparse
import csv
import io
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from face_crops import (
    SIDES,
    FaceCrops,
    side_for,
    split_of,
    write_crops,
)

from nostalgia.enhancement.aligned_face import unit_template, warp_to
from nostalgia.enhancement.face_template import similarity_scale
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.head import fit_head
from nostalgia.geometry import apply_affine
from nostalgia.types import FaceBox

TESTED = re.compile("lincoln|hepburn|einstein", re.I)  # people of ../shared/photos
LEAST_SCORE, MOST_YAW = 0.99, 45.0
MOST_NOISE, SHARP = 1.3, (4.0, 11.0)  # grain; between soft pictures and engravings, at 128 pixels
LEAST_CONTRAST, MOST_BLACK = 105, 75  # a faded picture is no example of a good one


@dataclass(frozen=True)
class Source:
    """A collection: its pictures' folder, most pictures of a person, and most enlargement.

    face_box: relative box of the face where all pictures are cut to it; None: the detector looks.
    """

    folder: str
    most_enlarged: float
    of_person: int = 1
    face_box: tuple[float, float, float, float] | None = None


SOURCES = {
    # official portraits of the US Congress, 2003-2014: public domain (GPO), CC0
    "jforms/images": Source("congress/original", 1.1),
    # portraits of US Congress members; only of people who died by 1930
    "voteview/member_photos": Source("images", 1.0),
    # press photos enlarged about 2.6 times, cut to the face; repository Apache-2.0
    "muxspace/facial_expressions": Source("images", 0.36, 2, (0.08, 0.1, 0.92, 1.0)),
}


class Repository:
    """Files of the newest commit of a git directory, through one `git cat-file`."""

    def __init__(self, folder: Path) -> None:
        self.git = ["git", "-C", str(folder)]
        self.reader = subprocess.Popen(
            [*self.git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def names(self, folder: str) -> list[str]:
        command = [*self.git, "ls-tree", "-r", "--name-only", "-z", "HEAD", folder]
        listed = subprocess.run(command, capture_output=True, check=True, text=True)
        return [n for n in listed.stdout.split("\0") if n.lower().endswith((".jpg", ".png"))]

    def read(self, name: str) -> bytes:
        self.reader.stdin.write(f"HEAD:{name}\n".encode())
        self.reader.stdin.flush()
        header = self.reader.stdout.readline().split()
        if len(header) != 3:
            return b""
        content = self.reader.stdout.read(int(header[2]))
        self.reader.stdout.read(1)
        return content


def members(repository: Repository) -> list[dict[str, str]]:
    """Rows of voteview's members.csv."""
    return list(csv.DictReader(io.StringIO(repository.read("members.csv").decode())))


def surname(row: dict[str, str]) -> str:
    return row["name"].split(",")[0].strip().lower()


def pictures(source: str, repository: Repository, avoided: set[str]) -> Iterator[tuple[str, str]]:
    """(person, picture) of a collection; people of the test photos and of `avoided` left out."""
    if source == "voteview/member_photos":
        for row in sorted(members(repository), key=lambda row: row["source"] != "wiki"):
            died, born = row["died"], row["born"]
            old = (
                died and int(died) <= 1930 and born and int(born) >= 1810
            )  # photographed, no engraving
            if old and not TESTED.search(row["name"]):
                yield row["icpsr"], row["image"]
        return
    taken: Counter[str] = Counter()
    for name in repository.names(SOURCES[source].folder):
        person = re.sub(r"_?\d+$", "", Path(name).stem) if "muxspace" in source else Path(name).stem
        taken[person] += 1
        unwanted = TESTED.search(person) or person.lower().split("_")[-1] in avoided
        if taken[person] <= SOURCES[source].of_person and not unwanted:
            yield person, name


def quality(luma: np.ndarray) -> tuple[float, float]:
    """Noise (levels; Immerkaer 1996 with the median) and sharpness (mean fine detail, levels)."""
    kernel = np.float32([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    noise = np.median(np.abs(cv2.filter2D(luma.astype(np.float32), -1, kernel))) * 1.4826 / 6
    middle = luma[
        luma.shape[0] // 4 : -luma.shape[0] // 5, luma.shape[1] // 4 : -luma.shape[1] // 4
    ]
    fine = middle.astype(np.float32) - cv2.GaussianBlur(middle, (0, 0), 1.5)
    return float(noise), float(np.abs(fine).mean() / max(float(middle.std()), 8) * 40)


def flaw_of(luma: np.ndarray) -> str:
    """Why a crop is no example of a good picture; empty if it is one."""
    noise, sharp = quality(luma)
    black, white = np.percentile(luma, (2, 98))
    if white - black < LEAST_CONTRAST or black > MOST_BLACK:
        return "faded"
    if noise > MOST_NOISE:
        return "grain"
    least = SHARP[0] * (128 / len(luma)) ** 0.6
    return "" if least <= sharp <= SHARP[1] else "soft or drawn"


def cut(
    finder: FaceFinder, rgb: np.ndarray, source: Source
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | str:
    """Crop (RGB, or grey of a grey photo), landmarks 0..1 and photo's corners 0..1 of the largest face, or why not."""
    height, width = rgb.shape[:2]
    if source.face_box:
        x0, y0, x1, y1 = source.face_box
        boxes = [FaceBox((x0 * width, y0 * height, x1 * width, y1 * height), 1.0)]
    else:
        boxes = finder.detector.detect(rgb)[:1]
    if not boxes:
        return "no face"
    mesh = finder.mesh.find(rgb, boxes)[0]
    if mesh.score < LEAST_SCORE:
        return "score"
    if abs(fit_head(mesh.landmarks).pose.yaw) > MOST_YAW:
        return "turned"
    unit = unit_template(mesh.landmarks)
    side = side_for(similarity_scale(unit), source.most_enlarged)
    if side is None:
        return "small"
    crop = warp_to(rgb, unit, side)
    luma = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    flaw = flaw_of(luma)
    if flaw:
        return flaw
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    edges = apply_affine(unit, corners - 0.5)
    grey = not np.ptp(crop, axis=-1).any()
    return luma if grey else crop, apply_affine(unit, mesh.landmarks[:, :2]), edges


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", choices=SOURCES)
    parser.add_argument("repository", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, default=100_000, help="stop after this many crops")
    parser.add_argument(
        "--members", type=Path, help="git directory of voteview/member_photos: leave out people"
        " with the surname of a member of Congress since 2001, who are in jforms/images too",
    )  # fmt: skip
    a = parser.parse_args()
    torch.set_num_threads(1), cv2.setNumThreads(1)
    avoided = set()
    if a.members:
        avoided = {surname(r) for r in members(Repository(a.members)) if int(r["congress"]) >= 107}
    repository, finder, refused = Repository(a.repository), FaceFinder.load(), Counter[str]()
    found: list[tuple] = []
    wanted = list(pictures(a.source, repository, avoided))
    for number in np.random.default_rng(0).permutation(len(wanted)):
        person, name = wanted[number]
        bgr = cv2.imdecode(np.frombuffer(repository.read(name) or b"-", np.uint8), cv2.IMREAD_COLOR)
        if bgr is None:
            refused["unread"] += 1
            continue
        rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
        result = cut(finder, rgb, SOURCES[a.source])
        if isinstance(result, str):
            refused[result] += 1
            continue
        found.append((*result, person, name, a.source, split_of(a.source, person)))
        if len(found) % 250 == 0:
            save(a.out, found)
            print(len(found), dict(refused), flush=True)
        if len(found) == a.most:
            break
    crops = save(a.out, found)
    sides = Counter(len(picture) for picture in crops.pictures)
    print(
        a.source,
        "sides",
        {s: sides[s] for s in SIDES},
        "splits",
        dict(Counter(crops.splits.tolist())),
    )
    print("refused", dict(refused), flush=True)


def save(out: Path, found: list[tuple]) -> FaceCrops:
    """Write the crops made so far, and their list."""
    pictures, points, edges, *words = zip(*found, strict=True)
    crops = FaceCrops(
        list(pictures), np.float32(points), np.float32(edges), *(np.array(w) for w in words)
    )
    write_crops(out, crops)
    rows = zip(crops.splits, crops.persons, crops.names, strict=True)
    out.with_suffix(".txt").write_text("".join(sorted(" ".join(row) + "\n" for row in rows)))
    return crops


if __name__ == "__main__":
    main()
