"""What is measured: pictures made from one portrait, and the options they are animated with."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from PIL import Image

MADE = ("small", "portrait", "scan", "full", "group", "one-of-group")
_PORTRAIT_PX, _SCAN_PX, _GROUP_PX = 1_310_000, 24_000_000, 2_000_000
_SMALL_SIDE_PX = 512
_GROUP_COLUMNS, _GROUP_ROWS = 4, 2
_GROUP_DURATION_S = 8  # the drivers of several faces and of one differ in length


@dataclass(frozen=True)
class Case:
    """One picture and how it is animated. size: for --size, where the command line knows it."""

    name: str
    title: str
    photo: Path
    options: tuple[str, ...] = ()
    size: str = ""

    def arguments(self, *, knows_size: bool) -> tuple[str, ...]:
        """The options of `animate`; before --size, each clip had the photo's own size."""
        return (*self.options, *(("--size", self.size) if self.size and knows_size else ()))


def made_cases(names: Sequence[str], portrait: Path | None, folder: Path) -> list[Case]:
    """The cases of these names, out of `MADE`; their pictures are written into `folder`.

    portrait: a photo of one face, upright; the portrait of `nostalgia demo` if None.
    """
    if not names:
        return []
    source = _portrait(portrait)
    pixels = source.width * source.height
    small = _SMALL_SIDE_PX / max(source.size)
    group = sqrt(_GROUP_PX / (_GROUP_COLUMNS * _GROUP_ROWS) / pixels)
    pictures = {
        "small": lambda: _scaled(source, small),
        "portrait": lambda: _scaled(source, sqrt(_PORTRAIT_PX / pixels)),
        "scan": lambda: _scaled(source, sqrt(_SCAN_PX / pixels)),
        "group": lambda: _tiled(_scaled(source, group)),
    }
    kinds = {
        "small": ("512 px portrait", "small", (), ""),
        "portrait": ("portrait of 1.3 megapixels", "portrait", (), ""),
        "scan": ("scan of 24 megapixels", "scan", (), ""),
        "full": ("the scan, `--size full`", "scan", (), "full"),
        "group": ("group, eight faces move", "group", _length(), ""),
        "one-of-group": ("the group, one face moves", "group", (*_length(), "--faces", "1"), ""),
    }
    cases = []
    for name in names:
        title, picture, options, size = kinds[name]
        path = folder / f"{picture}.jpg"
        if not path.exists():
            pictures[picture]().save(path, quality=95, subsampling=0)
        cases.append(Case(name, title, path, options, size))
    return cases


def all_cases(
    made: Sequence[str], portrait: Path | None, photos: Sequence[Path], folder: Path
) -> list[Case]:
    """The made cases of these names, then the photos as they are."""
    return [*made_cases(made, portrait, folder), *photo_cases(photos)]


def photo_cases(photos: Sequence[Path]) -> list[Case]:
    """Photos as they are, one case each."""
    return [
        Case(f"photo-{number}-{photo.stem}", photo.name, photo.resolve())
        for number, photo in enumerate(photos, 1)
    ]


def _length() -> tuple[str, str]:
    return ("--duration", str(_GROUP_DURATION_S))


def _portrait(photo: Path | None) -> Image.Image:
    from nostalgia.cli.demo import portrait_png
    from nostalgia.photo.reader import read_photo

    return Image.fromarray(read_photo(portrait_png() if photo is None else photo).pixels)


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _tiled(picture: Image.Image) -> Image.Image:
    group = Image.new("RGB", (picture.width * _GROUP_COLUMNS, picture.height * _GROUP_ROWS))
    for column in range(_GROUP_COLUMNS):
        for row in range(_GROUP_ROWS):
            group.paste(picture, (column * picture.width, row * picture.height))
    return group
