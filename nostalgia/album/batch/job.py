"""Clip of one task: the same call as `nostalgia animate`, after the choice of the face.

Imported only in workers: it imports the networks.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nostalgia import pipeline
from nostalgia.album.batch.face_matching import crop_in_photo, faces_in_crop
from nostalgia.album.batch.tasks import BYSTANDERS, Outcome, Task, message_without_folder
from nostalgia.album.state import State
from nostalgia.errors import FaceError
from nostalgia.files import sha256_of
from nostalgia.options import DetectionOptions
from nostalgia.photo.reader import read_photo
from nostalgia.scene.report import JsonObject
from nostalgia.types import Photo

_RENDERING = "rendering"


class _AmbiguousError(Exception):
    """It is not clear which face is meant."""


class ClipMaker:
    """Makes the clips of one worker process, with networks that are loaded once; see `Step`."""

    def __init__(self) -> None:
        # The session of this worker: its networks, kept from task to task.
        self._animate = pipeline.animate
        self._detect_faces = pipeline.detect_faces

    def __call__(self, task: Task, progress: Callable[[float], None]) -> Outcome:
        """Make the clip and the poster of a task.

        Raises:
            NostalgiaError: as `pipeline.animate`; but a photo without a usable face is an outcome.
        """
        start = time.perf_counter()
        try:
            options = replace(
                task.options, faces=self._faces(task), poster=str(task.poster), overwrite=True
            )
            animation = self._animate(
                task.photo,
                task.clip,
                options,
                lambda stage, share: progress(share) if stage == _RENDERING else None,
            )
        except (FaceError, _AmbiguousError) as exc:
            state = State.NO_FACE if isinstance(exc, FaceError) else State.AMBIGUOUS
            message = message_without_folder(exc, task.photo)
            return Outcome(task.key, state, message, seconds=time.perf_counter() - start)
        values = animation.report.values
        clip: JsonObject = values["clip"]
        return Outcome(
            key=task.key,
            state=State.DONE,
            message="; ".join([*_bystander_words(task, values), *values["warnings"]]),
            seconds=time.perf_counter() - start,
            photo_sha256=values["photo"]["sha256"],
            clip_sha256=sha256_of(task.clip),
            width=clip["width"],
            height=clip["height"],
            duration_s=clip["duration_s"],
            driver=", ".join(
                dict.fromkeys(face["driver"]["name"] for face in values["faces"] if face["driver"])
            ),
        )

    def _faces(self, task: Task) -> str:
        """Value of `AnimateOptions.faces` for a task.

        Raises:
            FaceError: nobody is in the person's part of the photo.
            _AmbiguousError: several people are.
        """
        options = task.options
        if task.crop_px is None and task.crop_share is None and not task.face_limit:
            return options.faces
        photo = read_photo(task.photo)
        crop = crop_in_photo(task.crop_px, task.crop_share, (photo.width, photo.height))
        if crop is None and not task.face_limit:
            return options.faces
        detection = DetectionOptions(options.detection, options.device, order=options.order)
        faces = self._detect_faces(photo, detection)
        name = _name(photo)
        if not faces:
            raise FaceError(f"no face was found in {name}")
        if crop is None:
            if len(faces) <= task.face_limit:
                return "all"
            raise _AmbiguousError(
                f"{name} shows {len(faces)} faces, and several people are linked to it: mark who is"
                " who in your genealogy program or photo manager"
            )
        numbers = faces_in_crop(faces, crop)
        if not numbers:
            raise FaceError(f"no face was found in the person's part of {name}")
        if len(numbers) > 1:
            raise _AmbiguousError(
                f"the person's part of {name} shows {len(numbers)} faces: draw it closer"
            )
        return str(numbers[0])


def _bystander_words(task: Task, values: Mapping[str, Any]) -> list[str]:
    """A warning if the photo of one person is a group photo."""
    moving = sum(face["animated"] for face in values["faces"])
    if not task.only_person or moving < 2:
        return []
    return [f"{BYSTANDERS} ({moving}, 1): mark the person's face if another one may be alive"]


def _name(photo: Photo) -> str:
    return photo.path.name if photo.path is not None else "the photo"
