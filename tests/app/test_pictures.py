"""The pictures of photos and faces that the page shows."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nostalgia.app.pictures import THUMBNAIL_PX, save_pictures
from nostalgia.options import AnimateOptions
from nostalgia.scene.analysis import Analysis, detection_of
from nostalgia.types import Face, HeadPose, Photo


@pytest.mark.parametrize(
    "box", [(0, 0, 120, 150), (300, 180, 400, 300), (20, 10, 380, 300)], ids=str
)
def test_a_face_at_the_edge_has_nothing_but_the_photo_around_it(
    tmp_path: Path, box: tuple[float, float, float, float]
) -> None:
    photo = Photo(np.full((300, 400, 3), 255, np.uint8))
    face = Face(1, box, 0.9, HeadPose(0, 0, 0), np.zeros((478, 3), np.float32))
    paths = save_pictures(Analysis(photo, (face,), detection_of(AnimateOptions())), tmp_path)
    with Image.open(paths["view"]) as view:
        assert view.size == (400, 300)
    with Image.open(paths["faces"][0]) as cut:
        assert cut.width == cut.height <= THUMBNAIL_PX
        assert np.asarray(cut).min() > 250
