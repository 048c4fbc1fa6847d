"""A photo whose faces have been found: the start of every clip, still picture or explanation."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from nostalgia.declarations import changed
from nostalgia.errors import option
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.upright import find_in_any_turn, find_in_box
from nostalgia.options import AUTO, AnimateOptions, DetectionOptions
from nostalgia.photo.reader import PhotoSource, read_photo
from nostalgia.photo.turning import turned_face, turned_photo
from nostalgia.scene.sizes import needs_all_pixels, working_wh
from nostalgia.types import BoxXYXY, Face, Photo


@dataclass(frozen=True, slots=True)
class Analysis:
    """A photo and its faces; all methods of `Animator` accept it in place of the photo.

    faces: numbered from 1 in the requested order, in pixels of the photo; those of a photo that
    lies, as if it stood upright, so that their numbers do not depend on `rotate`.
    detection, face_box, rotate: how they were found. With another detection option they are
    detected again; the face box holds for every call that does not set one.
    upright_turn: degrees clockwise, 0, 90, 180 or 270, that would set the photo upright: not 0 if
    it seems to lie on its side or head, because nothing sure was found as it is.
    """

    photo: Photo
    faces: tuple[Face, ...]
    detection: DetectionOptions
    face_box: BoxXYXY | None = None
    rotate: str | int | None = None
    upright_turn: int = 0

    def fits(self, options: AnimateOptions) -> bool:
        """True if these options find the same faces, and need no more pixels than were read."""
        return (
            self.detection == detection_of(options)
            and self.face_box == options.face_box
            and self.rotate == options.rotate
            and not (self.photo.own_wh and needs_all_pixels(options, self.faces, self.photo.own_wh))
        )


def detection_of(options: AnimateOptions) -> DetectionOptions:
    """The options of detection among those of a clip."""
    return DetectionOptions(options.detection, options.device, order=options.order)


def options_for(
    photo: PhotoSource | Analysis, options: AnimateOptions, changes: Mapping[str, Any]
) -> AnimateOptions:
    """The options of one call; the face box is that of the analysis if neither sets one.

    Raises:
        UsageError: an option does not exist, or its value makes no sense.
    """
    options = changed(options, changes)
    if isinstance(photo, Analysis) and options.face_box is None and "face_box" not in changes:
        return replace(options, face_box=photo.face_box)
    return options


def read_for_clip(photo: PhotoSource, options: AnimateOptions, *, whole: bool = False) -> Photo:
    """Read a photo: all of its pixels, or only as many as its clip needs.

    Args:
        photo: a photo that was read before is read again if it lacks pixels.
        options: of the clip.
        whole: read all pixels in any case.

    Raises:
        InputError: it cannot be read.
    """
    whole = whole or needs_all_pixels(options)
    if whole and isinstance(photo, Photo) and photo.own_wh and photo.path is not None:
        photo = photo.path
    read = read_photo(photo, needed_wh=None if whole else working_wh)
    wanted = int(options.rotate) if options.rotate and options.rotate != AUTO else 0
    return turned_photo(read, wanted - read.rotated)


def find_faces(
    photo: Photo, options: AnimateOptions, finder: Callable[[DetectionOptions], FaceFinder]
) -> Analysis:
    """Find the faces of a photo, or take the one in the box of the options.

    Where the options ask for it, a photo that lies on its side or head is turned upright.

    Raises:
        UsageError: the face box leaves the photo.
        BackendError: there is no such detector, or its weights are missing.
    """
    detection = detection_of(options)
    found = finder(detection)
    box = BoxXYXY(options.face_box) if options.face_box is not None else None
    if box is None:
        faces, turn = found_faces(photo, found, detection)
    else:
        faces, turn = find_in_box(photo, found, box)
    if options.rotate == AUTO and turn:
        faces = tuple(turned_face(face, turn, (photo.width, photo.height)) for face in faces)
        photo, turn = turned_photo(photo, turn), 0
    return Analysis(photo, faces, detection, box, options.rotate, turn)


def found_faces(
    photo: Photo, finder: FaceFinder, detection: DetectionOptions
) -> tuple[tuple[Face, ...], int]:
    """The faces of a photo, and the turn, degrees clockwise, that would set it upright.

    They are found and numbered at `working_wh`, then looked at in all pixels.
    """
    small = _at_working_size(photo)
    faces, turn = find_in_any_turn(small, finder, detection)
    return (faces if small is photo else finder.look_closer(photo, faces)), turn


def turn_warnings(analysis: Analysis) -> tuple[str, ...]:
    """What to say about a photo that does not stand upright."""
    if not analysis.upright_turn:
        return ()
    lies = "stand on its head" if analysis.upright_turn == 180 else "lie on its side"
    return (
        f"the photo seems to {lies}: its faces are animated as they lie;"
        f" {option('rotate', AUTO)} turns the clip upright",
    )


def _at_working_size(photo: Photo) -> Photo:
    """The photo with as many pixels as faces are found in; itself if it has no more."""
    size_wh = working_wh((photo.width, photo.height))
    if photo.own_wh is not None or size_wh == (photo.width, photo.height):
        return photo
    pixels = cv2.resize(photo.pixels, size_wh, interpolation=cv2.INTER_AREA)
    own_wh = (photo.width, photo.height)
    return replace(photo, pixels=np.asarray(pixels, np.uint8), own_wh=own_wh)


def file_of(photo: PhotoSource | Analysis) -> Path | None:
    """The file of a photo; None for standard input and for photos without one."""
    photo = photo.photo if isinstance(photo, Analysis) else photo
    if isinstance(photo, Photo):
        return photo.path
    if isinstance(photo, os.PathLike | str) and str(photo) != "-":
        return Path(photo)
    return None
