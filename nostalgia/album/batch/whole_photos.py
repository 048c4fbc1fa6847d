"""Whole photos of an album, for clips that show a part: small copies without any metadata.

There is one only where the tree links nobody to the photo who is left out: the nearer view may have
left out somebody who is alive.
"""

import io
from collections.abc import Iterable
from pathlib import Path

from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.own_files import is_plain_file
from nostalgia.album.batch.request import LEFT_OUT_FOLDER, WHOLE_PHOTOS, BatchRequest
from nostalgia.album.batch.tasks import Task
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.files import make_folder, remove_files, write_whole
from nostalgia.types import PixelBox

_LONGEST_PX = 1600
_QUALITY = 88


def whole_photo_path(request: BatchRequest, stem: str) -> Path:
    """File of the whole photo beside the clip of this name."""
    return request.album / WHOLE_PHOTOS / f"{stem}.jpg"


def whole_photo_name(request: BatchRequest, stem: str) -> str:
    """Path below the album of the whole photo beside the clip of this name; "" if there is none."""
    path = whole_photo_path(request, stem)
    return f"{WHOLE_PHOTOS}/{path.name}" if stem and is_plain_file(path) else ""


def write_whole_photo(
    task: Task, shown_xyxy: PixelBox, size_wh: tuple[int, int], turn: int = 0
) -> None:
    """Write the whole photo of a task whose clip shows a part of it, if it may be shown.

    Args:
        task: its clip is finished.
        shown_xyxy: the part of the photo that the clip shows.
        size_wh: width and height of the photo after its turn.
        turn: degrees clockwise by which the options turned it.

    Raises:
        InputError: the photo cannot be read. EncodingError: the copy cannot be written.
    """
    if task.whole_photo is None:
        return
    if shown_xyxy == (0, 0, *size_wh):
        remove_files([task.whole_photo])
        return
    make_folder(task.whole_photo.parent)
    write_whole(task.whole_photo, _small_copy(task.photo, turn), "photo")


def remove_unshown_photos(
    request: BatchRequest, rows: Iterable[Row], entries: Iterable[AlbumEntry]
) -> None:
    """Remove the whole photos of earlier runs that the album no longer shows.

    rows: of all pictures; other files in the folder are not touched.
    """
    shown = {entry.whole_photo for entry in entries}
    names = {whole_photo_name(request, row.stem) for row in rows} - {"", *shown}
    remove_files(request.album / name for name in sorted(names))


def remove_hidden_photos(request: BatchRequest, stems: Iterable[str]) -> None:
    """Remove the whole photos that show somebody who is left out, in the album and beside it."""
    folders = (request.album, request.output / LEFT_OUT_FOLDER)
    names = [f"{stem}.jpg" for stem in stems if stem]
    remove_files(folder / WHOLE_PHOTOS / name for folder in folders for name in names)


def _small_copy(photo: Path, turn: int) -> bytes:
    from PIL import Image

    from nostalgia.photo.reader import read_photo
    from nostalgia.photo.turning import turned_pixels
    from nostalgia.rendering.framing import scaled_wh

    def needed_wh(own_wh: tuple[int, int]) -> tuple[int, int]:
        return scaled_wh(own_wh, min(_LONGEST_PX / max(own_wh), 1.0))

    picture = Image.fromarray(turned_pixels(read_photo(photo, needed_wh=needed_wh).pixels, turn))
    picture.thumbnail((_LONGEST_PX, _LONGEST_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
