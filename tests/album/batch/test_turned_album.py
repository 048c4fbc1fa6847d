"""Regions of a tree are in the photo as it is, also where an album turns its photos upright."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_face import face_in

from nostalgia.album.batch.job import _faces
from nostalgia.album.batch.stored_options import format_1, options_from_stored
from nostalgia.album.batch.tasks import Task
from nostalgia.geometry import turned_box
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.photo.turning import turned_photo
from nostalgia.scene.analysis import Analysis
from nostalgia.types import BoxXYWH, HeadPose, Photo

GIVEN_WH = (400, 300)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("as_share", [False, True])
def test_the_marked_face_is_found_in_the_turned_photo(tmp_path: Path, turn: int, as_share) -> None:
    photo = turned_photo(Photo(np.zeros((300, 400, 3), np.uint8), tmp_path / "a.jpg"), turn)
    faces = (
        face_in((photo.width * 0.3, 120), 60, HeadPose(0.0, 0.0, 0.0), 1),
        face_in((photo.width * 0.7, 160), 60, HeadPose(0.0, 0.0, 0.0), 2),
    )
    analysis = Analysis(photo, faces, DetectionOptions(), rotate="auto")
    task = Task("a", tmp_path / "a.jpg", tmp_path / "a.mp4", tmp_path / "a.png", AnimateOptions())
    for face in faces:
        turned_wh = (photo.width, photo.height)
        x0, y0, x1, y1 = turned_box(face.box_xyxy, -turn, turned_wh)
        width, height = GIVEN_WH
        if as_share:
            box = (x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height)
            marked = replace(task, crop_share=BoxXYWH(box))
        else:
            marked = replace(task, crop_px=BoxXYWH((x0, y0, x1 - x0, y1 - y0)))
        assert _faces(marked, analysis) == str(face.number)


def test_a_turn_is_stored_only_where_one_is_asked_for() -> None:
    assert "rotate" not in format_1(AnimateOptions())
    stored = format_1(AnimateOptions(rotate="auto"))
    assert options_from_stored(stored) == AnimateOptions(rotate="auto")
