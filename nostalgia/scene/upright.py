"""A photo that lies on its side or head, set upright for the networks that know upright faces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nostalgia.photo.turning import turned_face, turned_photo, turned_pixels
from nostalgia.types import Face, FaceChoice, Photo, UInt8


@dataclass(frozen=True, slots=True)
class Upright:
    """A photo and faces of it, set upright. turn: degrees clockwise by which that was done."""

    photo: Photo
    faces: tuple[Face, ...]
    turn: int = 0

    @classmethod
    def of(cls, photo: Photo, faces: Sequence[Face], turn: int) -> "Upright":
        """Set a photo and faces in its pixels upright."""
        size_wh = (photo.width, photo.height)
        turned = tuple(turned_face(face, turn, size_wh) for face in faces)
        upright = turned_photo(photo, turn)
        return cls(replace(upright, rotated=photo.rotated), turned, turn)

    def moving(self, choices: Sequence[FaceChoice]) -> list[Face]:
        """The animated ones among the faces; choices: one per face."""
        return [face for face, one in zip(self.faces, choices, strict=True) if one.moves]

    def pixels_as_given(self, pixels: UInt8) -> UInt8:
        """A version of the upright photo's pixels, turned back."""
        return turned_pixels(pixels, -self.turn)
