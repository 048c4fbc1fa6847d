"""A crop whose pixels were moved, as a picture that is nothing but the crop."""

from nostalgia.dense_motion import DenseMotion
from nostalgia.rendering.field import CropPlace
from nostalgia.rendering.planes import Picture
from nostalgia.rendering.renderer import FaceRenderer
from nostalgia.types import FaceCrop, PixelBox, UInt8


def moved_crop(
    source: FaceCrop, motion: DenseMotion, region_xyxy: PixelBox, **options: int
) -> UInt8:
    """The region of the crop after the motion: RGB uint8 (h, w, 3)."""
    picture = Picture(source.pixels.copy())
    frame = picture.copy()
    renderer = FaceRenderer(CropPlace((0, 0), source.size_px, region_xyxy), **options)
    renderer.render(frame, picture, motion)
    x0, y0, x1, y1 = region_xyxy
    return frame.pixels[y0:y1, x0:x1]
