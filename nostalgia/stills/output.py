"""The files of one still picture, checked before the work begins."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from nostalgia.clips.output import require_result
from nostalgia.errors import UsageError, option
from nostalgia.files import open_regular_file, printable_name
from nostalgia.options import PhotoOptions

StillFormat = Literal["jpeg", "png", "tiff"]

SCALES: Final = (1, 2, 4)
"""Factors by which a still picture may be enlarged."""

_FORMATS: dict[str, StillFormat] = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg"),
    ".png": "png",
    **dict.fromkeys((".tif", ".tiff"), "tiff"),
}
_JPEG_SIDE_PX = 65_535
_COMPARISON_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class StillPlan:
    """What is to be made of a photo.

    path: the picture; None if it is not to be written. format: its file format. scale: 1, 2 or 4.
    repair: True to mend the whole picture first. comparison: a picture of the faces before and
    after. metadata: copy what the photo says about itself. overwrite: replace existing files.
    """

    path: Path | None = None
    format: StillFormat = "jpeg"
    scale: int = 1
    repair: bool = False
    comparison: Path | None = None
    metadata: bool = True
    overwrite: bool = False

    @property
    def changes_all(self) -> bool:
        """True if there is work for a photo without faces."""
        return self.scale > 1 or self.repair


def plan_still(
    photo: Path | None,
    output: Path | str | None,
    *,
    scale: int = 1,
    repair: bool = False,
    compare: Path | str | None = None,
    metadata: bool = True,
    overwrite: bool = False,
) -> StillPlan:
    """Check what is to be made of a photo, and that it may be written.

    Args:
        photo: the file of the photo; None for standard input and pictures without a file.
        output: the picture; None to write none.
        scale: factor of its size.
        repair: mend the whole picture.
        compare: a picture of the faces before and after.
        metadata: copy what the photo says about itself.
        overwrite: replace existing files.

    Raises:
        UsageError: the scale is none of `SCALES`, or a name is that of another kind of file or of
            the photo itself.
        InputError: the photo does not exist.
        OutputExistsError: a file already exists.
        EncodingError: nothing can be written there.
    """
    if isinstance(scale, bool) or scale not in SCALES:
        raise UsageError(f"{option('scale')} must be 1, 2 or 4, not {scale!r}")
    path, comparison = (None if each is None else Path(each) for each in (output, compare))
    originals = [] if photo is None else [photo]
    kind: StillFormat = "jpeg"
    if path is not None:
        kind = _format_of(path)
        if photo is not None and photo.parent == path.parent and not photo.parent.exists():
            open_regular_file(photo, "photo").close()  # it is the photo that does not exist
        require_result(path, originals, overwrite=overwrite)
    if comparison is not None:
        if comparison.suffix.lower() not in _COMPARISON_SUFFIXES:
            raise UsageError(
                f"a comparison is a JPEG or PNG: {printable_name(comparison)} should end in .jpg or"
                " .png"
            )
        others = [*originals, *([] if path is None else [path])]
        require_result(comparison, others, overwrite=overwrite)
    return StillPlan(path, kind, int(scale), repair, comparison, metadata, overwrite)


def _format_of(path: Path) -> StillFormat:
    found = _FORMATS.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"{printable_name(path)}: the name of a picture ends in .jpg, .png or .tif"
        )
    return found


def require_size(plan: StillPlan, size_wh: tuple[int, int]) -> None:
    """Check that a picture is not larger than programs can open.

    size_wh: width and height of the photo.

    Raises:
        UsageError: it is.
    """
    width, height = (side * plan.scale for side in size_wh)
    limit = PhotoOptions().max_pixels
    if width * height > limit:
        raise UsageError(
            f"{option('scale', plan.scale)} makes {width} x {height} pixels of this photo, and the"
            f" limit is {limit / 1e6:.0f} megapixels; take a smaller scale"
        )
    if plan.path is not None and plan.format == "jpeg" and max(width, height) > _JPEG_SIDE_PX:
        raise UsageError(
            f"a JPEG cannot be {width} x {height} pixels; name a file that ends in .png or .tif"
        )
