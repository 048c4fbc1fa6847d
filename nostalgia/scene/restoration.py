"""The photo with its faces restored, each checked against the person in the photo."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.enhancement.identity import checked_enhancement
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.options import AnimateOptions
from nostalgia.photo.crop import crop_face, paste_crop, recrop
from nostalgia.photo.print_edges import print_box
from nostalgia.scene.view import CROP_MARGIN
from nostalgia.types import Face, FaceChoice, FaceCrop, Photo, PixelBox, UInt8


@dataclass(frozen=True, slots=True)
class Restored:
    """A photo with some of its faces restored.

    pixels: RGB uint8 (H, W, 3). sources: crops of those faces, cut from `pixels`.
    likeness: face number -> 0..1. warnings: faces that were left unrestored.
    """

    pixels: UInt8
    sources: tuple[FaceCrop, ...]
    likeness: Mapping[int, float]
    warnings: tuple[str, ...]


def crops_of(photo: Photo, faces: Sequence[Face], enlarged: float = 1.0) -> tuple[FaceCrop, ...]:
    """The crops of some faces, as they are restored and move: of the print that a scan shows.

    enlarged: by how much the photo's pixels were enlarged before, along a side; small faces gain
    real detail then.
    """
    box = print_box(photo.pixels)
    crops = (
        crop_face(photo, face, CROP_MARGIN, box if _is_in(face, box) else None) for face in faces
    )
    return tuple(replace(crop, enlarged=enlarged) for crop in crops)


def _is_in(face: Face, box: PixelBox) -> bool:
    """True if a face lies in a print, and does not look out of it."""
    points = face.landmarks[:, :2]
    return bool((points.min(axis=0) >= box[:2]).all() and (points.max(axis=0) < box[2:]).all())


def restore_faces(
    photo: Photo,
    sources: Sequence[FaceCrop],
    options: AnimateOptions,
    enhancer: FaceEnhancer,
    mesh: MeshNetwork,
    check: Callable[[], None] = lambda: None,
) -> Restored:
    """Restore faces one on top of the other, so that overlapping crops agree.

    A face that no longer resembles the person stays as the photo shows it.

    Args:
        photo: the photo; its pixels are left alone.
        sources: crops of the faces to restore, cut from it.
        options: `enhance` is the strength.
        enhancer: the face restorer.
        mesh: measures the likeness.
        check: called before each face; an exception from it ends the work.
    """
    restored = replace(photo, pixels=photo.pixels.copy())
    likeness: dict[int, float] = {}
    warnings = []
    for source in sources:
        check()
        crop, number = recrop(source, restored.pixels), source.face_number
        checked = checked_enhancement(crop, enhancer.enhance(crop, options.enhance), mesh)
        paste_crop(restored.pixels, checked.crop)
        likeness[number] = checked.likeness
        if checked.refused:
            warnings.append(
                f"face {number} was left unrestored: {options.enhancement}'s result no longer"
                f" resembled the person (likeness {checked.likeness:.2f}, at least"
                f" {checked.least:.2f} is needed)"
            )
    last = tuple(recrop(source, restored.pixels) for source in sources)
    return Restored(restored.pixels, last, likeness, tuple(warnings))


def with_likeness(
    choices: tuple[FaceChoice, ...], likeness: Mapping[int, float]
) -> tuple[FaceChoice, ...]:
    """The choices with the likeness of the restored faces, by their numbers."""
    return tuple(replace(one, likeness=likeness.get(one.face.number)) for one in choices)
