"""A face's crop back into the photo that it was cut from."""

from nostalgia.types import FaceCrop, UInt8


def paste_crop(pixels: UInt8, source: FaceCrop) -> None:
    """Write the part of a crop that lies inside its photo over that photo, in place.

    Args:
        pixels: RGB uint8 (H, W, 3), of the photo's size.
        source: the crop, in another version perhaps, such as an enhanced one.
    """
    x, y = (round(float(corner)) for corner in source.photo_from_crop[:, 2])
    x0, y0, x1, y1 = source.inside_xyxy
    pixels[y0 + y : y1 + y, x0 + x : x1 + x] = source.pixels[y0:y1, x0:x1]
