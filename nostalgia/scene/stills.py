"""A photo with restored faces as a still picture: at its own size or larger, mended if asked."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nostalgia.enhancement.damage import repair_picture
from nostalgia.errors import Wording, counted, option, python_wording, worded
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions
from nostalgia.photo.enlarging import FILTER, enlarged_face, enlarged_pixels
from nostalgia.photo.originals import read_original
from nostalgia.photo.reader import PhotoSource
from nostalgia.photo.sources import open_source
from nostalgia.scene.analysis import Analysis, file_of
from nostalgia.scene.cutouts import separated
from nostalgia.scene.models import Models
from nostalgia.scene.report import SCHEMA, PhotoFacts
from nostalgia.scene.restoration import crops_of, restore_faces, with_likeness
from nostalgia.scene.selection import (
    doubts_of,
    require_moving,
    select_faces,
    with_evident_face,
)
from nostalgia.scene.upright import Upright
from nostalgia.stills.comparison import comparison
from nostalgia.stills.output import StillPlan, require_size
from nostalgia.stills.writing import write_picture, write_still
from nostalgia.types import Face, FaceChoice, Photo, StillReason, UInt8
from nostalgia.version import __version__

LEAST_FACE_PX = 24.0
"""Height of a face below which no restorer can claim that the result is still the same person."""

SMALL_FACE_PX = 100.0
"""Height below which a face's own pixels cannot hold all that its restoration knows."""

_WHY = {
    StillReason.TOO_SMALL: f"too small, below {LEAST_FACE_PX:g} pixels",
    StillReason.TURNED_TOO_FAR: "turned too far",
    StillReason.UNREADABLE: "hard to make out",
    StillReason.DOUBTFUL: "possibly not faces",
}


@dataclass(frozen=True, slots=True, eq=False)
class EnhancedPhoto:
    """A photo with restored faces.

    pixels: RGB uint8 (H, W, 3), the photo's own outside the faces unless it was mended or enlarged.
    faces: every face found; those with a `likeness` were restored. warnings: one sentence each.
    scale: factor of the photo's size. mended: share of the pixels that were mended, 0..1; None if
    that was not asked for. path: the file that was written, None without one. bits: of its samples.
    photo: the photo that was restored.
    """

    pixels: UInt8 = field(repr=False)
    faces: tuple[FaceChoice, ...]
    warnings: tuple[str, ...] = ()
    scale: int = 1
    mended: float | None = None
    path: Path | None = None
    bits: int = 8
    photo: Photo | None = field(default=None, repr=False)

    def to_dict(self, wording: Wording = python_wording) -> dict[str, Any]:
        """The result as plain JSON values; docs/enhancing.md lists its fields.

        wording: names the options that the warnings mention.
        """
        photo = self.photo or Photo(self.pixels)
        height, width = self.pixels.shape[:2]
        facts = PhotoFacts(
            photo.path, photo.sha256, photo.width, photo.height, photo.warnings, photo.rotated
        )
        return {
            "schema": SCHEMA,
            "nostalgia_version": __version__,
            "photo": facts.to_dict(),
            "faces": [_face_values(choice) for choice in self.faces],
            "picture": {
                "path": None if self.path is None else str(self.path),
                "width": width,
                "height": height,
                "bits": self.bits,
                "scale": self.scale,
                "filter": FILTER if self.scale > 1 else None,
                "size_kib": None if self.path is None else _size_kib(self.path),
            },
            "mended_share": None if self.mended is None else round(self.mended, 5),
            "warnings": [worded(text, wording) for text in self.warnings],
        }

    @property
    def restored(self) -> tuple[int, ...]:
        """Numbers of the faces that were restored, or would be at a strength above 0."""
        return tuple(choice.face.number for choice in self.faces if choice.moves)


def _face_values(choice: FaceChoice) -> dict[str, Any]:
    still = choice.still
    return choice.face.to_dict() | {
        "height_px": round(choice.face.height_px, 1),
        "restored": choice.likeness is not None,
        "reason": still.text if still else "",
        "likeness": None if choice.likeness is None else round(choice.likeness, 3),
    }


def _size_kib(path: Path) -> float | None:
    try:
        return round(path.stat().st_size / 1024, 1)
    except OSError:
        return None


def readable_again(photo: PhotoSource | Analysis) -> PhotoSource | Analysis:
    """A photo that can be read twice: a stream, or standard input, as the bytes in it.

    Raises:
        InputError: it cannot be read.
    """
    source: Any = photo
    if isinstance(photo, str | os.PathLike) and str(photo) == "-":
        source = Path("-")
    elif not hasattr(photo, "read"):
        return photo
    with open_source(source, printable_name(getattr(source, "name", "") or "the photo")) as file:
        return file.read()


def enhance_photo(
    analysis: Analysis,
    options: AnimateOptions,
    plan: StillPlan,
    models: Models,
    check: Callable[[], None],
) -> EnhancedPhoto:
    """Restore the chosen faces of a photo, after it was mended and enlarged as planned.

    Raises:
        FaceError: no face can be restored, and there is nothing else to do.
        UsageError: the picture would be too large, or a face does not exist.
    """
    photo = analysis.photo
    require_size(plan, (photo.width, photo.height))
    least = min(options.min_face_px, LEAST_FACE_PX)
    chosen = replace(options, min_face_px=least)
    found = select_faces(analysis.faces, chosen)
    choices = with_evident_face(found, chosen, (photo.width, photo.height))
    moving = [choice.face for choice in choices if choice.moves]
    if not plan.changes_all:
        require_moving(photo, choices, "restored")
    mended, share = photo, None
    if plan.repair:
        mended, share = _mended(photo, [choice.face for choice in choices])
    pixels = enlarged_pixels(mended.pixels, plan.scale)
    likeness: dict[int, float] = {}
    warnings = _warnings(choices, options, plan.scale)
    if moving and options.enhance > 0:
        larger = replace(mended, pixels=pixels)
        faces = [enlarged_face(choice.face, plan.scale) for choice in choices]
        upright = Upright.of(larger, faces, analysis.upright_turn)
        sources = crops_of(upright.photo, upright.moving(choices), float(plan.scale))
        enhancer, mesh = models.enhancer(options), models.mesh()
        if getattr(enhancer, "looks_at_person", False):
            sources = separated(sources, models.matte())
        restored = restore_faces(
            *(upright.photo, sources, options, enhancer, mesh, check),
        )
        pixels = upright.pixels_as_given(restored.pixels)
        likeness = dict(restored.likeness)
        warnings += restored.warnings
    return EnhancedPhoto(
        pixels,
        with_likeness(choices, likeness),
        tuple(warnings),
        plan.scale,
        share,
        photo=photo,
    )


def _mended(photo: Photo, faces: Sequence[Face]) -> tuple[Photo, float]:
    """The photo with its damage mended, and the share of its pixels that were changed."""
    pixels, share = repair_picture(photo.pixels, faces)
    return replace(photo, pixels=pixels), share


def _warnings(choices: Sequence[FaceChoice], options: AnimateOptions, scale: int) -> list[str]:
    """Sentences about faces that are left as they are, and about small ones that are not."""
    found = []
    if not choices:
        found.append("no face was found: none was restored")
    left = Counter(choice.still.reason for choice in choices if choice.still is not None)
    left.pop(StillReason.NOT_SELECTED, None)
    if left:
        number = sum(left.values())
        why = ", ".join(f"{count} {_WHY.get(reason, reason)}" for reason, count in left.items())
        numbers = [choice.face.number for choice in choices if choice.still is not None]
        found.append(
            f"{counted(number, 'face was', 'faces were')} left as the photo shows"
            f" {'it' if number == 1 else 'them'} ({why}); {option('faces', numbers)} restores"
            f" {'it' if number == 1 else 'them'} anyway"
        )
    found += doubts_of(choices, options)
    for choice in choices:
        if choice.moves and choice.face.height_px < LEAST_FACE_PX:
            found.append(
                f"face {choice.face.number} is {int(choice.face.height_px)} pixels high: below"
                f" {LEAST_FACE_PX:g} nobody can say whom a restored face shows"
            )
    small = [c.face.height_px for c in choices if c.moves and c.face.height_px < SMALL_FACE_PX]
    wanted = next((k for k in (2, 4) if small and min(small) * k >= SMALL_FACE_PX), 4)
    if small and scale < wanted:
        found.append(
            f"{counted(len(small), 'face is', 'faces are')} less than {SMALL_FACE_PX:g} pixels"
            f" high: {option('scale', wanted)} gives their detail room"
        )
    return found


def save_still(
    enhanced: EnhancedPhoto,
    source: PhotoSource | Analysis,
    options: AnimateOptions,
    plan: StillPlan,
) -> EnhancedPhoto:
    """Write the pictures that are planned, if any.

    Args:
        enhanced: the result to be written.
        source: the photo as it was given, which can be read again.
        options: name of the restorer.
        plan: what to write.

    Raises:
        InputError: the photo's file was changed meanwhile.
        EncodingError: a picture cannot be written.
    """
    photo = enhanced.photo
    assert photo is not None
    if plan.path is None and plan.comparison is None:
        return enhanced
    before = enlarged_pixels(photo.pixels, plan.scale)
    more: tuple[str, ...] = ()
    bits = enhanced.bits
    if plan.path is not None:
        file = source if isinstance(source, bytes) else file_of(source)
        original = read_original(file, photo)
        backend = options.enhancement if enhanced.restored and options.enhance > 0 else ""
        more = write_still(plan, original, photo, before, enhanced.pixels, backend)
        bits = 8 if plan.format == "jpeg" else original.bits
    if plan.comparison is not None:
        faces = [c.face for c in enhanced.faces if c.moves] or [c.face for c in enhanced.faces]
        shown = [enlarged_face(face, plan.scale) for face in faces]
        sheet = comparison(before, enhanced.pixels, shown, plan.comparison)
        write_picture(plan.comparison, sheet, overwrite=plan.overwrite)
    return replace(enhanced, warnings=(*enhanced.warnings, *more), path=plan.path, bits=bits)
