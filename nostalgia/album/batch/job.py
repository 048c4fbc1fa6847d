"""What a worker does with one item: the same call as `nostalgia animate`, plus the choice of face.

Imported in workers alone: it brings the networks.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nostalgia import pipeline
from nostalgia.album.batch.face_matching import crop_in_photo, faces_in_crop
from nostalgia.album.batch.fingerprint import read_sha256
from nostalgia.album.batch.tasks import AMBIGUOUS, BYSTANDERS, DONE, NO_FACE, Outcome, Task, told
from nostalgia.errors import FaceError
from nostalgia.options import DetectionOptions
from nostalgia.photo.reader import read_photo
from nostalgia.scene.report import JsonObject
from nostalgia.types import Photo

_RENDERING = "rendering"


class _UnclearError(Exception):
    """Nobody can say which face is meant."""


def make_clip(task: Task, progress: Callable[[float], None]) -> Outcome:
    """Make the clip and the poster of a task.

    Raises:
        NostalgiaError: as `pipeline.animate`, but for photos without a usable face.
    """
    start = time.perf_counter()
    try:
        options = replace(task.options, faces=_faces(task), poster=str(task.poster), overwrite=True)
        animation = pipeline.animate(
            task.photo,
            task.clip,
            options,
            lambda stage, share: progress(share) if stage == _RENDERING else None,
        )
    except (FaceError, _UnclearError) as exc:
        state = AMBIGUOUS if isinstance(exc, _UnclearError) else NO_FACE
        return Outcome(task.key, state, told(exc, task.photo), seconds=time.perf_counter() - start)
    values = animation.report.values
    clip: JsonObject = values["clip"]
    return Outcome(
        key=task.key,
        state=DONE,
        message="; ".join([*_bystander_words(task, values), *values["warnings"]]),
        seconds=time.perf_counter() - start,
        photo_sha256=values["photo"]["sha256"],
        clip_sha256=read_sha256(task.clip),
        width=clip["width"],
        height=clip["height"],
        duration_s=clip["duration_s"],
        driver=", ".join(
            dict.fromkeys(face["driver"]["name"] for face in values["faces"] if face["driver"])
        ),
    )


def _bystander_words(task: Task, values: Mapping[str, Any]) -> list[str]:
    """What to know where the photo of one person is a group photo."""
    moving = sum(face["animated"] for face in values["faces"])
    if not task.of_one or moving < 2:
        return []
    return [f"{BYSTANDERS} ({moving}, 1): mark the person's face if another one may be alive"]


def _faces(task: Task) -> str:
    """What `--faces` is for a task.

    Raises:
        FaceError: nobody is in the person's part of the photo. _UnclearError: more people are.
    """
    if task.crop_px is None and task.crop_share is None and not task.named:
        return task.options.faces
    photo = read_photo(task.photo)
    crop = crop_in_photo(task.crop_px, task.crop_share, (photo.width, photo.height))
    if crop is None and not task.named:
        return task.options.faces
    options = task.options
    detection = DetectionOptions(options.detection, options.device, order=options.order)
    faces = pipeline.detect_faces(photo, detection)
    if not faces:
        raise FaceError(f"no face was found in {_said(photo)}")
    if crop is None:
        if len(faces) <= task.named:
            return "all"
        raise _UnclearError(
            f"{_said(photo)} shows {len(faces)} faces and several people share it: mark who is who"
            " in your genealogy program or photo manager"
        )
    numbers = faces_in_crop(faces, crop)
    if not numbers:
        raise FaceError(f"no face was found in the person's part of {_said(photo)}")
    if len(numbers) > 1:
        raise _UnclearError(
            f"the person's part of {_said(photo)} shows {len(numbers)} faces: draw it closer"
        )
    return str(numbers[0])


def _said(photo: Photo) -> str:
    return photo.path.name if photo.path is not None else "the photo"
