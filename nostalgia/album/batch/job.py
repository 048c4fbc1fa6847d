"""Clip of one task: the same call as `nostalgia animate`, after the choice of the face.

Imported only in workers: it imports the networks.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nostalgia.album.batch.face_matching import crop_in_photo, faces_in_crop
from nostalgia.album.batch.shared_photos import too_many_faces
from nostalgia.album.batch.tasks import BYSTANDERS, Outcome, Task, message_without_folder
from nostalgia.album.batch.whole_photos import write_whole_photo
from nostalgia.album.state import State
from nostalgia.errors import FaceError, counted
from nostalgia.files import display_name, sha256_of
from nostalgia.geometry import turned_box
from nostalgia.photo.turning import turned_wh
from nostalgia.pipeline import Animator
from nostalgia.scene.analysis import Analysis
from nostalgia.scene.report import Report
from nostalgia.scene.selection import is_doubtful
from nostalgia.scene.sizes import ALBUM_CROP, ALBUM_SIZE
from nostalgia.types import BoxXYXY


class _AmbiguousError(Exception):
    """It is unclear which face is meant."""


class ClipMaker:
    """Makes the clips of one worker process, with networks loaded once; see `Step`."""

    def __init__(self) -> None:
        self._animator = Animator()

    def __call__(self, task: Task, progress: Callable[[float], None]) -> Outcome:
        """Make the clip, the poster and the other pictures of a task.

        Raises:
            NostalgiaError: as `Animator.animate`; a photo without a usable face is an outcome.
        """
        with _under_told_name(task) as told:
            return self._outcome(told, progress)

    def _outcome(self, task: Task, progress: Callable[[float], None]) -> Outcome:
        start = time.perf_counter()
        try:
            animation = self._animator.animate(
                self._analysed(task),  # no variable: `animate` lets go of a large scan early
                task.clip,
                poster=task.poster,
                overwrite=True,
                progress=lambda done: progress(done.share),
            )
        except (FaceError, _AmbiguousError) as exc:
            state = State.NO_FACE if isinstance(exc, FaceError) else State.AMBIGUOUS
            message = message_without_folder(exc, task.photo)
            return Outcome(task.key, state, message, seconds=time.perf_counter() - start)
        if task.still is not None:
            self._animator.enhance(task.photo, task.still, metadata=False, overwrite=True)
        report = animation.report
        photo_wh = (report.photo.width, report.photo.height)
        write_whole_photo(task, report.clip.shown_xyxy, photo_wh, report.photo.rotated)
        warnings = (*_bystander_warning(task, report), *report.photo.warnings, *report.warnings)
        drivers = [face.match.driver.name for face in report.faces if face.match is not None]
        return Outcome(
            key=task.key,
            state=State.DONE,
            message="; ".join(warnings),
            seconds=time.perf_counter() - start,
            photo_sha256=report.photo.sha256,
            clip_sha256=sha256_of(task.clip),
            width=report.clip.width,
            height=report.clip.height,
            duration_s=round(report.clip.duration_s, 3),
            driver=", ".join(dict.fromkeys(drivers)),
        )

    def _analysed(self, task: Task) -> Analysis:
        """The photo of a task; the animator's options then name the faces to animate."""
        own = task.options
        options = replace(own, size=own.size or ALBUM_SIZE, crop=own.crop or ALBUM_CROP)
        self._animator.options = options
        # Only heads that turn out to be small need all pixels of a large photo.
        analysis = self._animator.analyse(task.photo, all_pixels=False, crop="photo")
        self._animator.options = replace(options, faces=_faces(task, analysis))
        return analysis


@contextmanager
def _under_told_name(task: Task) -> Iterator[Task]:
    """The task with a copy of its photo, if that has a name that the clip must not tell."""
    if not task.told_name:
        yield task
        return
    with tempfile.TemporaryDirectory(prefix="nostalgia-") as folder:
        copy = Path(folder, task.told_name)
        shutil.copyfile(task.photo, copy)
        yield replace(task, photo=copy)


def _faces(task: Task, analysis: Analysis) -> str:
    """Value of `AnimateOptions.faces` for a task.

    Raises:
        FaceError: nobody is in the person's part of the photo.
        _AmbiguousError: several people are.
    """
    photo, faces = analysis.photo, analysis.faces
    # Regions are stored in the photo as it was, before a turn that the options ask for.
    size_wh = turned_wh((photo.width, photo.height), -photo.rotated)
    crop = crop_in_photo(task.crop_px, task.crop_share, size_wh)
    crop = crop and BoxXYXY(turned_box(crop, photo.rotated, size_wh))
    name = display_name(photo.path)
    if crop is None:
        sure = sum(not is_doubtful(face) for face in faces)  # others stay still anyway
        if 0 < task.face_limit < sure and not task.all_faces:
            raise _AmbiguousError(too_many_faces(name, sure, task.face_limit))
        return task.options.face_selection
    if not faces:
        raise FaceError(f"no face was found in {name}")
    numbers = faces_in_crop(faces, crop)
    if not numbers:
        raise FaceError(f"no face was found in the person's part of {name}")
    if len(numbers) > 1:
        raise _AmbiguousError(
            f"the person's part of {name} shows {len(numbers)} faces: mark it more closely"
        )
    return str(numbers[0])


def _bystander_warning(task: Task, report: Report) -> list[str]:
    """A warning if faces move of people whom the tree does not link to the photo."""
    moving = sum(face.moves for face in report.faces)
    if not 0 < task.face_limit < moving:
        return []
    people = counted(task.face_limit, "person", "people")
    return [
        f"{BYSTANDERS} ({moving} faces, {people}): mark who is who if someone else in the photo may"
        " be alive"
    ]
