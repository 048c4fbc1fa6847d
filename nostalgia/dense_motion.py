"""What a motion backend gives to the renderer: where pixels come from, and what is invented."""

from dataclasses import dataclass

from nostalgia.types import Float32, PixelBox, UInt8


@dataclass(frozen=True, slots=True)
class Fill:
    """Invented pixels that lie on the source and travel with the deformation: a closed eyelid.

    pixels: RGB uint8 (h, w, 3). occlusion: float32 (h, w) 0..1, 1 = the photo's own pixel is
    trusted, 0 = replaced by the fill. corner_xy: top-left corner in crop pixels.
    """

    pixels: UInt8
    occlusion: Float32
    corner_xy: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shade:
    """A change of the light on the source that travels with the deformation: folds of a smile.

    gain: float32 (h, w), factor on the light over a box of the crop, smooth enough to be enlarged.
    box_xyxy: that box, in crop pixels. colour: what red, green and blue change by where the luma
    changes by 1.
    """

    gain: Float32
    box_xyxy: PixelBox
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Painting:
    """Invented pixels that lie in the frame itself; enlarged, and shown where the source fails.

    pixels: float32 (h, w, 3), RGB, 0..255. occlusion: float32 (h, w) 0..1, 1 = the moved source is
    trusted, 0 = replaced by the painting. box_xyxy: crop pixels that the painting covers; its
    outermost pixels are centred on the border of that box (align_corners=True).
    grain_levels: standard deviation of the grain that the enlarged pixels get, 0..255.
    """

    pixels: Float32
    occlusion: Float32
    box_xyxy: tuple[float, float, float, float]
    grain_levels: float = 0.0


@dataclass(frozen=True, slots=True)
class DenseMotion:
    """Source position of each pixel of one frame.

    deformation: float32 (G, G, 2), x then y, [-1, 1] over the crop with align_corners=True (-1 and
    +1 are the centres of the border pixels): for each output cell the place in the source.
    fills: what the source cannot show; laid on the source before it is warped.
    shades: how its light changes; laid on the source after the fills.
    painting: what a network invents; laid on the moved pixels.
    """

    deformation: Float32
    fills: tuple[Fill, ...] = ()
    painting: Painting | None = None
    shades: tuple[Shade, ...] = ()
