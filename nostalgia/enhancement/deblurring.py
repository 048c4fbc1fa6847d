"""Blur that a whole face has: measured in its spectrum, and taken back as far as noise allows.

Photos have much the same spectrum: power falls with the third power of the frequency (Field,
"Relations between the statistics of natural images and the response properties of cortical cells",
1987, and the softness of any camera). Blur bends it further down, shake and a lens out of focus
each in its own way, and noise ends the fall. Where such a curve fits what is seen, the blur is
undone by a Wiener filter ("Extrapolation, Interpolation, and Smoothing of Stationary Time Series",
1949): each frequency as far as it stands out from the noise. Nothing is learned and nothing can be
invented. Sharp, very grainy and badly compressed faces stay as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy import fft

from nostalgia.enhancement.colour import chroma, rgb_of_chroma
from nostalgia.enhancement.working_face import LUMA, WorkingFace
from nostalgia.geometry import scalar_step
from nostalgia.types import Float32, Float64

LEAST_SIGMA_PX = 1.0
"""Of less blur, nothing is taken back: any camera's picture has as much."""
LEAST_SIGMA, MOST_SIGMA = 0.005, 0.024
"""Face heights: less blur hides nothing of a face but brings up the grain; of more only so much is
taken back, because the rest would be a guess."""
ROUNDING = (0.12, 0.25)
"""Powers of noise that is nothing but the rounding to whole levels, and that is more. Rounding is
known exactly; what compression and film leave is stronger in the middle of the spectrum."""
LOUDER_NOISE, LENS_NOISE, COLOUR_NOISE = 4.0, 0.48, 0.4
"""Factor on the power of more noise; least power with a lens, which is no perfect disc, and in
colour, which is compressed more."""
LOUDEST, LEAST_GAIN = 4.0, 1.3
"""Levels, as standard deviation, to which uneven noise may be brought up, unless by less than such
a factor. What cameras smooth and compression leaves out is stronger where a blur is taken back than
where it is measured, and shows as crackled skin, on photographed prints above all."""
MOST_NOISE = 30.0
"""Power of noise beyond which there is nothing to take back."""

_FALL = 3.0
_BINS, _PARTS = 48, 8
_FROM, _NOISE_FROM = 0.03, 0.42  # cycles per pixel
_STANDS_OUT = 6.0
_NOISES = (1.0, 5.0, 25.0, 125.0)  # powers that are tried, in those of the highest frequencies
_WORST_FITS, _STRONG_PX = (0.27, 0.33), (1.4, 1.8)
"""Errors of the logarithm of power up to which a slight blur is believed, and a strong one, which
leaves less to doubt; and their sigmas."""
_LENS_FIT = 0.75  # errors of the Gaussian's fit, below which a disc is believed
_LEAST_BINS = 5
_SIGMAS_PX = np.geomspace(0.6, 8.0, 60)
_LEAST_PASSED = 0.02
_PAD_SIGMAS = 6.0
_TURNS, _LAST_X = 48, 84  # of Bessel's integral; exact for nearly two turns a unit
_UNSURE = 0.06  # relative error of a spread
_LINE = np.linspace(0, 0.75, 600)  # frequencies at which a filter is computed
_MOST_DOUBLED = 8
_NOISE_SDS = 2.5
_OVERSHOOT = 1.0  # of the range of levels nearby, by which a wrong measure may do harm

Passed = Callable[[Float64 | float, Float64], Float64]


def gaussian(sigma_px: Float64 | float, frequency: Float64) -> Float64:
    """What of each frequency, in cycles per pixel, a Gaussian blur lets pass."""
    return np.asarray(np.exp(-2 * (np.pi * sigma_px * frequency) ** 2), np.float64)


def disc(sigma_px: Float64 | float, frequency: Float64) -> Float64:
    """The same of a disc, a lens out of focus, of radius 2 * sigma_px.

    Its spread is the Gaussian's. Goodman, "Introduction to Fourier Optics", 2005, 2.1.6.
    """
    return np.asarray(np.interp(4 * np.pi * sigma_px * frequency, *_airy()), np.float64)


@lru_cache(maxsize=1)
def _airy() -> tuple[Float64, Float64]:
    """Arguments x, and 2 J1(x) / x there.

    By Bessel's integral of J1; SciPy has it too, but takes a third of a second to import.
    """
    x = np.linspace(1e-6, _LAST_X, 32 * _LAST_X)
    turns = (np.arange(_TURNS) + 0.5) * (np.pi / _TURNS)
    bessel = np.cos(turns - x[:, None] * np.sin(turns)).mean(axis=-1)
    return x, 2 * bessel / x


@dataclass(frozen=True, slots=True)
class Blur:
    """Blur of a picture.

    passed: its kind. sigma_px: its spread. signal: power of the sharp picture at 1 cycle per pixel.
    noise: power of the noise. unseen: power of what is taken for noise beyond that. Powers are
    those of levels 0..255, per pixel.
    """

    passed: Passed
    sigma_px: float
    signal: float
    noise: float
    unseen: float = 0.0

    def gain(self, frequency: Float64) -> Float64:
        """The Wiener filter at frequencies in cycles per pixel, for a spread known by _UNSURE."""
        spreads = self.sigma_px * np.linspace(1 - _UNSURE, 1 + _UNSURE, 7)[:, None]
        passed = self.passed(spreads, _LINE)
        signal = self.signal * np.maximum(_LINE, 1e-3) ** -_FALL
        gain = passed.mean(0) * signal / ((passed**2).mean(0) * signal + self.noise + self.unseen)
        return np.asarray(np.interp(frequency, _LINE, gain), np.float64)


def deblurred_face(face: WorkingFace, enlarged: float) -> WorkingFace:
    """Return the face without its blur; the same object if it has none that can be told.

    enlarged: working pixels per pixel of the photo. Enlarging looks like blur: the photo's own
    pixels are judged.
    """
    enlarged = max(enlarged, 1.0)
    height, width = face.luma.shape
    own_wh = max(round(width / enlarged), 1), max(round(height / enlarged), 1)
    own = cv2.resize(face.pixels, own_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    luma, unit = own @ LUMA, face.face_height_px / enlarged
    blur = blur_of(luma)
    if blur is None or blur.sigma_px < LEAST_SIGMA * unit:
        return face
    blur = replace(blur, sigma_px=min(blur.sigma_px, MOST_SIGMA * unit))
    colours = chroma(own)
    if colours.any():
        of_colour = replace(blur, noise=max(blur.noise, COLOUR_NOISE))
        colours = np.stack([deblurred(plane, of_colour) for plane in colours])
    change = deblurred(luma, blur)[..., None] + rgb_of_chroma(*colours) - own
    wide = cv2.resize(change, (width, height), interpolation=cv2.INTER_CUBIC)
    pixels = np.clip(np.rint(face.pixels + wide), 0, 255).astype(np.uint8)
    return replace(face, pixels=pixels, luma=pixels.astype(np.float32) @ LUMA)


def blur_of(luma: Float32) -> Blur | None:
    """Measure the blur of a luma, float32 (h, w), 0..255; None without one that can be told."""
    frequency, power = _spectrum(luma)
    floor = max(float(np.median(power[frequency > _NOISE_FROM])), 1e-3)
    first = int(np.argmax(frequency > _FROM))
    for noise in (factor * floor for factor in _NOISES):
        heard = np.flatnonzero(power[first:] > _STANDS_OUT * noise)
        if len(heard) < _LEAST_BINS or noise > MOST_NOISE:
            return None
        seen = slice(first, first + int(heard[-1]) + 1)
        error, found = _fitted(frequency[seen], power[seen], gaussian, noise)
        of_disc, lens = _fitted(frequency[seen], power[seen], disc, noise)
        if of_disc < _LENS_FIT * error:
            error, found = of_disc, lens
        slight, strong = _WORST_FITS
        if error < slight + (strong - slight) * scalar_step(*_STRONG_PX, found.sigma_px):
            enough = found.sigma_px >= LEAST_SIGMA_PX
            return _cautious(found, even=noise == floor) if enough else None
    return None


def deblurred(plane: Float32, blur: Blur) -> Float32:
    """Return a plane, float32 (h, w), without a blur, and with less noise where nothing else is."""
    pad = int(np.ceil(_PAD_SIGMAS * blur.sigma_px))
    height, width = (cv2.getOptimalDFTSize(n + 2 * pad) for n in plane.shape)
    rows, columns = height - plane.shape[0] - pad, width - plane.shape[1] - pad
    wide = cv2.copyMakeBorder(plane, pad, rows, pad, columns, cv2.BORDER_REFLECT)
    seen, gain = fft.rfft2(wide), blur.gain(_frequencies(height, width)).astype(np.float32)
    louder = np.abs(gain) >= 1
    boost, cut = (
        fft.irfft2(seen * ((gain - 1) * part), s=(height, width))[pad:-rows, pad:-columns]
        for part in (louder, ~louder)
    )
    around = np.ones((2 * round(blur.sigma_px) + 1,) * 2, np.uint8)
    room = _OVERSHOOT * (cv2.dilate(plane, around) - cv2.erode(plane, around))
    # The filter knows no places: what stands out from the noise is none.
    cut *= np.exp(-((cut / (_NOISE_SDS * np.sqrt(blur.noise))) ** 2))
    return np.asarray(plane + np.clip(boost, -room, room) + cut, np.float32)


def _cautious(blur: Blur, even: bool) -> Blur:
    """The blur with what noise may hide. even: the noise is as strong at all frequencies."""
    uneven = scalar_step(*ROUNDING, blur.noise)
    noise = blur.noise * (1 + (LOUDER_NOISE - 1) * uneven)
    if blur.passed is disc:
        noise = max(LOUDER_NOISE * blur.noise, LENS_NOISE)
    careful = replace(blur, noise=noise)
    if even:
        return careful
    most = max(LOUDEST / np.sqrt(blur.noise), LEAST_GAIN)
    for doubled in range(_MOST_DOUBLED):
        if careful.gain(_LINE).max() <= most:
            break
        careful = replace(careful, unseen=uneven * noise * 2**doubled)
    return careful


def _fitted(frequency: Float64, power: Float64, passed: Passed, noise: float) -> tuple[float, Blur]:
    """Error of the best fit, in logarithms of power, and the blur; frequency, power: bins."""
    within = ((np.arange(_PARTS) + 0.5) / _PARTS - 0.5) / (2 * _BINS)
    finely = frequency[:, None] + within
    shape = (passed(_SIGMAS_PX[:, None, None], finely) ** 2 * finely**-_FALL).mean(axis=-1)
    weight = frequency / frequency.sum()
    # The signal is measured where it passes, whatever the nulls of a disc.
    clear = weight * (shape > _LEAST_PASSED * frequency**-_FALL)
    wanted = np.log(np.maximum(power, 1e-6))
    signal = ((wanted - np.log(shape + 1e-12)) * clear).sum(axis=1) / (clear.sum(axis=1) + 1e-9)
    off = wanted - np.log(np.exp(signal)[:, None] * shape + noise)
    error = np.sqrt((off**2 * weight).sum(axis=1))
    best = int(error.argmin())
    return float(error[best]), Blur(
        passed, float(_SIGMAS_PX[best]), float(np.exp(signal[best])), noise
    )


def _spectrum(luma: Float32) -> tuple[Float64, Float64]:
    """Frequencies in cycles per pixel and the mean power there, of the windowed luma."""
    height, width = luma.shape
    window = (np.hanning(height)[:, None] * np.hanning(width)).astype(np.float32)
    around = (luma - (luma * window).sum() / window.sum()) * window
    power = np.abs(fft.rfft2(around)) ** 2 / (window**2).sum()
    bins = (_frequencies(height, width) * 2 * _BINS).astype(np.intp).ravel()
    counts = np.bincount(bins, minlength=_BINS)[:_BINS]
    sums = np.bincount(bins, power.ravel(), minlength=_BINS)[:_BINS]
    return (np.arange(_BINS) + 0.5) / (2 * _BINS), sums / np.maximum(counts, 1)


def _frequencies(height: int, width: int) -> Float64:
    """Frequencies of `rfft2`'s answer, cycles per pixel."""
    return np.asarray(np.hypot(fft.fftfreq(height)[:, None], fft.rfftfreq(width)), np.float64)
