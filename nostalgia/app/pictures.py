"""Photos of a session as the worker holds them, and the pictures of them that the page shows."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nostalgia.files import printable_name
from nostalgia.photo.reader import read_photo
from nostalgia.pipeline import Animator
from nostalgia.progress import CancelToken
from nostalgia.scene.analysis import Analysis
from nostalgia.scene.sizes import working_wh
from nostalgia.types import Face, Photo

VIEW_PX, THUMBNAIL_PX = 1600, 224
_FACE_PADDING = 1.35
_KEPT = 2
_SURE_SCORE = 0.82
_LYING_DEG = 50.0
_SEARCH_PX = 900


@dataclass(frozen=True, slots=True)
class Source:
    """A photo of the session. turns: quarter turns clockwise. box: of a face, drawn by hand."""

    path: Path
    name: str
    turns: int = 0
    box: tuple[float, float, float, float] | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Source":
        """The source that a task of the server names."""
        box = values.get("box")
        path, turns = Path(values["path"]), int(values["turns"]) % 4
        return cls(path, values["name"], turns, tuple(box) if box else None)


class Shelf:
    """The photos that were used last, their faces found; shared by the threads of a worker."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Source, bool], Analysis] = OrderedDict()
        self._lock = threading.Lock()

    def analysis(
        self, source: Source, animator: Animator, cancel: CancelToken, *, whole: bool = False
    ) -> Analysis:
        """The photo, turned, and its faces. whole: with all of its pixels.

        Raises:
            InputError: it cannot be read. UsageError: the box leaves it. Cancelled: as asked.
        """
        key = (source, whole)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        photo = _read(source, whole=whole)
        found = animator.analyse(photo, all_pixels=whole, cancel=cancel, face_box=source.box)
        # The name that the page gave is for messages and metadata only.
        found = replace(found, photo=replace(found.photo, path=Path(_file_name(source.name))))
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def _read(source: Source, *, whole: bool) -> Photo:
    sizer = None if whole else working_wh
    photo = replace(read_photo(source.path, name=source.name, needed_wh=sizer), path=None)
    return turned(photo, source.turns)


def _file_name(name: str) -> str:
    return printable_name(name.replace("/", "_").replace("\\", "_"))


def turned(photo: Photo, turns: int) -> Photo:
    """The photo after so many quarter turns clockwise."""
    if turns % 4 == 0:
        return photo
    pixels = np.ascontiguousarray(np.rot90(photo.pixels, -turns))
    own_wh = photo.own_wh
    if own_wh is not None and turns % 2:
        own_wh = (own_wh[1], own_wh[0])
    return replace(photo, pixels=pixels, own_wh=own_wh)


def save_pictures(analysis: Analysis, folder: Path) -> dict[str, Any]:
    """Write the picture of a photo and one of each face; return their paths.

    A face is cut out wider than its box, so that hair and chin are seen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(analysis.photo.pixels)
    view = image.copy() if max(image.size) > VIEW_PX else image
    view.thumbnail((VIEW_PX, VIEW_PX), Image.Resampling.BILINEAR)
    view.save(folder / "view.jpg", "JPEG", quality=86)
    faces = []
    for face in analysis.faces:
        path = folder / f"face-{face.number}.jpg"
        _thumbnail(image, face, analysis.photo.scale).save(path, "JPEG", quality=86)
        faces.append(str(path))
    return {"view": str(folder / "view.jpg"), "faces": faces}


def _thumbnail(image: Image.Image, face: Face, scale: float) -> Image.Image:
    x0, y0, x1, y1 = (edge * scale for edge in face.box_xyxy)
    half = max(x1 - x0, y1 - y0, 2.0) * _FACE_PADDING / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    side = min(THUMBNAIL_PX, max(16, round(2 * half)))
    box = tuple(round(edge) for edge in (x - half, y - half, x + half, y + half))
    cut = image.crop(box)  # type: ignore[arg-type]
    return cut.resize((side, side), Image.Resampling.BILINEAR)


def helpful_turn(analysis: Analysis, animator: Animator, cancel: CancelToken) -> int:
    """Quarter turns clockwise that bring a photo which lies on its side upright; 0 if none does."""
    sure = [face for face in analysis.faces if face.score >= _SURE_SCORE]
    if sure:
        return _turn_of_heads(sure)
    if analysis.face_box is not None:
        return 0
    image = Image.fromarray(analysis.photo.pixels)
    image.thumbnail((_SEARCH_PX, _SEARCH_PX), Image.Resampling.BILINEAR)
    small = Photo(np.asarray(image, np.uint8))
    best, best_score = 0, max([_SURE_SCORE, *(face.score for face in analysis.faces)])
    for turns in (1, 3, 2):
        cancel.check()
        for face in animator.analyse(turned(small, turns)).faces:
            if face.score > best_score and abs(face.pose.roll) < _LYING_DEG:
                best, best_score = turns, face.score
    return best


def _turn_of_heads(faces: Sequence[Face]) -> int:
    """The turn for heads that lie: a roll of +90 degrees, clockwise, needs three quarters more."""
    rolls = sorted(face.pose.roll for face in faces)
    middle = rolls[len(rolls) // 2]
    if abs(middle) < _LYING_DEG:
        return 0
    return round(-middle / 90) % 4
