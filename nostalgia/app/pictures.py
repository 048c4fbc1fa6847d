"""Photos of a session as the worker holds them, and the pictures of them that the page shows."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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

    @property
    def rotate(self) -> Any:
        """The option of this name: degrees clockwise."""
        return str(90 * self.turns) if self.turns else None


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
        found = animator.analyse(
            photo, all_pixels=whole, cancel=cancel, face_box=source.box, rotate=source.rotate
        )
        # The name that the page gave is for messages and metadata only.
        found = replace(found, photo=replace(found.photo, path=Path(file_name(source.name))))
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def _read(source: Source, *, whole: bool) -> Photo:
    sizer = None if whole else working_wh
    return replace(read_photo(source.path, name=source.name, needed_wh=sizer), path=None)


def file_name(name: str) -> str:
    """The name that the page gave a photo, as that of a file without folders."""
    return printable_name(name.replace("/", "_").replace("\\", "_"))


def save_pictures(analysis: Analysis, folder: Path) -> dict[str, Any]:
    """Write the picture of a photo and one of each face; return their paths.

    A face is cut out wider than its box, so that hair and chin are seen, but not beyond the photo.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(analysis.photo.pixels)
    save_view(image, folder / "view.jpg")
    faces = []
    for face in analysis.faces:
        path = folder / f"face-{face.number}.jpg"
        _thumbnail(image, face, analysis.photo.scale).save(path, "JPEG", quality=86)
        faces.append(str(path))
    return {"view": str(folder / "view.jpg"), "faces": faces}


def save_view(image: Image.Image, path: Path) -> None:
    """Write a picture as the page shows it, at most `VIEW_PX` wide and high."""
    view = image.copy() if max(image.size) > VIEW_PX else image
    view.thumbnail((VIEW_PX, VIEW_PX), Image.Resampling.BILINEAR)
    view.save(path, "JPEG", quality=86)


def _thumbnail(image: Image.Image, face: Face, scale: float) -> Image.Image:
    x0, y0, x1, y1 = (edge * scale for edge in face.box_xyxy)
    half = min(max(x1 - x0, y1 - y0, 2.0) * _FACE_PADDING, *image.size) / 2
    x = min(max((x0 + x1) / 2, half), image.width - half)
    y = min(max((y0 + y1) / 2, half), image.height - half)
    side = min(THUMBNAIL_PX, max(16, round(2 * half)))
    box = tuple(round(edge) for edge in (x - half, y - half, x + half, y + half))
    cut = image.crop(box)  # type: ignore[arg-type]
    return cut.resize((side, side), Image.Resampling.BILINEAR)
