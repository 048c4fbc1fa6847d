"""Light and hue of a shut lid: those of its socket, of the lid that is seen, and of the cheek.

All on the coarse grid of `lid_skin`: fields are float32 (h, w), light is 0..255.
"""

import math

import cv2
import numpy as np

from nostalgia.motion.mesh.eyes.frame import EyeFrame, curve_at
from nostalgia.motion.steps import step_between
from nostalgia.types import Float32

SHADOW_FROM, LIT_POWER = 0.86, 2.5
FARTHER = 0.03  # weight of surroundings three times as far away
STROKE_WIDTH = 0.28  # widest lash line or brow that is no shadow, eye widths
STRIP = (0.16, 0.04)  # the lid of the open eye, eye widths above its lash line
STRIP_QUANTILE, STRIP_PLACES, STRIP_REACH = 0.75, 5, 0.16
STRIP_LASHES = -0.35  # logarithm of a tone that is no skin
LIGHTER, DARKER, STRIP_MOST = 0.7, 0.35, (-0.12, 0.36)
CHEEK_TONE, CHEEK_SHARE, CHEEK_MOST = 0.95, 0.35, 0.13
BULGE_FROM = (0.30, 0.10)  # eye widths above the lash line at which a lid begins to bulge
HUE_SHARE, HUE_CELLS = 0.85, 12.0
REDDER = 1.1  # hue of lids, where blood shows through, over that of other skin
HUE_RIDGE, HUE_REACH = 0.01, 1.6  # of the fit over the light; in its standard deviations
OUTSHINE, FROM_BELOW = 1.25, 0.18
SOCKET, SOCKET_QUANTILES = 0.24, (0.9, 0.92, 0.75)  # reach above and below the eye, eye widths
SOCKET_REACH = 0.3  # of a place along the eye, eye widths
MEET_MOST = (-60.0, 140.0)
# Shut lids of other people: where the light is read, heights (shares of brow to lower lid) and
# places outwards of the inner corner; logarithm of the lid's light over the cheek's, and its gain
# for that of the skin at the temple and above the inner corner.
MIDDLE, TEMPLE, BONE = (
    ((0.3, 0.5), (0.4, 0.6)),
    ((0.4, 0.8), (1.12, 1.22)),
    ((0.1, 0.2), (0.1, 0.3)),
)
UNDER, LID_LIGHT, TEMPLE_GAIN, BONE_GAIN = (0.2, 0.4), 0.11, 0.16, 0.31
BALL_ADDS, CHEEK_QUANTILE = 0.04, 0.6  # to that, by `lid_shade`; bags under eyes are no cheeks
OWN, PULLS, FARTHEST = 0.05, (0.3, 0.5), (-0.12, 0.20)  # own share; of lids too bright, too dark


def without_strokes(light: Float32, width: float, widest: float = STROKE_WIDTH) -> Float32:
    """Fill lashes, liner, thin brows and frames, which are dark but cast no shadow: (h, w).

    width: width of the eye, in cells. widest: width of the widest stroke to fill, eye widths.
    """
    reach = 2 * max(int(round(0.5 * widest * width)), 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return np.asarray(cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel), np.float32)


def shadow(light: Float32, smooth: Float32, near: Float32, sigma: float) -> Float32:
    """Brightness of the eye's surroundings over that of the membrane: float32 (h, w), 0.2..1.

    A socket in shadow is skin-coloured nowhere; a lid as bright as the cheek would shine in it.
    Power means, because brows, lashes and frames are dark, but no light falls on them alone: the
    brighter pixels say how much light there is. Where there are none near by, those farther off do.

    near: float32 (h, w), weights of the pixels that count as surroundings.
    """
    weight = near.astype(np.float32) + np.float32(1e-6)
    weighted = [(a + 2) ** LIT_POWER * weight for a in (light, smooth)]
    seen, skin = (
        cv2.GaussianBlur(a, (0, 0), sigma) + FARTHER * cv2.GaussianBlur(a, (0, 0), 3 * sigma)
        for a in weighted
    )
    ratio = (seen / skin) ** np.float32(1 / LIT_POWER) / SHADOW_FROM
    return np.asarray(np.clip(ratio, 0.2, 1.0), np.float32)


def bulge(
    frame: EyeFrame, light: Float32, cheek: Float32, smooth: Float32, u: Float32, v: Float32
) -> Float32:
    """Factor (float32 (h, w)) that lights a shut lid as it bulges out of its socket.

    It takes on the tone of the strip above the open eye's lash line, which is the same skin, and
    something of the cheek's, because it catches as much light. A dark strip may be the shadow of
    lashes, and counts less. The eye's corners and surroundings stay.

    cheek: float32 (h, w), light of the skin expected under the eye.
    """
    upper = curve_at(frame.upper, u)
    s = v - upper
    strip = (s > -STRIP[0]) & (s < -STRIP[1]) & (u > 0.1) & (u < 0.9)
    if not strip.any():
        return np.ones_like(light)
    ratio = np.log((light[strip] + 4) / (smooth[strip] + 4))
    places = np.linspace(0.1, 0.9, STRIP_PLACES, dtype=np.float32)
    tones = _tones(ratio, u[strip], places, STRIP_QUANTILE, STRIP_REACH)
    tones = np.where(tones < STRIP_LASHES, 0.0, tones)
    tones = np.where(tones > 0, LIGHTER * tones, DARKER * tones).clip(*STRIP_MOST)
    tone = np.interp(u, places, tones)
    tone += (CHEEK_SHARE * np.log(CHEEK_TONE * cheek / (smooth + 1))).clip(0, CHEEK_MOST)
    return np.asarray(np.exp(tone * _lid(frame, u, v)), np.float32)


def _lid(frame: EyeFrame, u: Float32, v: Float32) -> Float32:
    """1 on a shut lid, 0 at the eye's corners and in its surroundings, float32 (h, w)."""
    lid = step_between(-BULGE_FROM[0], -BULGE_FROM[1], v - curve_at(frame.upper, u))
    lid = lid * step_between(0.12, 0.0, v - curve_at(frame.lower, u))
    return lid * step_between(-0.1, 0.2, u) * step_between(1.1, 0.8, u)


def skin_hued(
    smooth: Float32, colours: Float32, skin: Float32, where: Float32, cheek: Float32 | None = None
) -> Float32:
    """The lid's colours (h, w, 3) with the hue that this face's skin has at their lightness.

    Skin in half-shadow is more saturated than the same skin in the light, and white, iris and
    lashes, which the lid replaces, are greyer than either. The hue (colour over light) is fitted as
    a straight line over the logarithm of the light, so grey photos stay grey. It is at least as
    warm as that of the cheek: brows, hair and tinted lenses colour the shade above an eye.

    skin: float32 (h, w), weights of the pixels that are skin. where: float32 (h, w), 0..1, share of
    the correction. cheek: float32 (h, w), weights of the skin under the eye.
    """
    if skin.sum() < HUE_CELLS:
        return smooth
    seen, own = (np.maximum(c.mean(2), 2.0) for c in (colours, smooth))
    weight = skin / skin.sum()
    tone = np.log(seen)
    middle = float((weight * tone).sum())
    tone = tone - middle
    hue = colours / seen[..., None]
    usual = (weight[..., None] * hue).sum((0, 1))
    variance = float((weight * tone**2).sum())
    slope = ((weight * tone)[..., None] * (hue - usual)).sum((0, 1)) / (variance + HUE_RIDGE)
    reach = HUE_REACH * variance**0.5 + 0.05
    along = np.clip(np.log(own) - middle, -reach, reach)
    tint = REDDER * (usual + along[..., None] * slope - 1)
    if cheek is not None and cheek.sum() >= HUE_CELLS:
        warm = np.average(hue.reshape(-1, 3), axis=0, weights=cheek.ravel()) - 1
        share = (tint * warm).sum(2, keepdims=True) / (float((warm**2).sum()) + 1e-6)
        tint = tint + np.maximum(1 - share, 0) * warm
    wanted = own[..., None] * (1 + tint)
    return np.asarray(smooth + HUE_SHARE * where[..., None] * (wanted - smooth), np.float32)


def not_outshining(
    frame: EyeFrame, light: Float32, smooth: Float32, u: Float32, v: Float32
) -> Float32:
    """Factor (float32 (h, w), 0..1) that keeps a lid from being brighter than its socket.

    As little light as falls on the skin above the eye and on its white falls on the lid, however
    brightly the cheek shines. The cheek counts a little, because it throws light back.
    """
    upper, lower, brow = (curve_at(curve, u) for curve in (frame.upper, frame.lower, frame.brow))
    top = np.minimum(np.maximum(upper - SOCKET, brow + 0.03), upper - STRIP[0])
    across = np.abs(u - 0.5) < 0.5
    parts = (
        across & (v < upper - STRIP[1]) & (v > top),
        across & (v > upper + 0.02) & (v < lower - 0.02),
        across & (v > lower + STRIP[1]) & (v < lower + SOCKET),
    )
    places = np.linspace(0.1, 0.9, STRIP_PLACES, dtype=np.float32)
    above, eyeball, below = (
        _tones(light[part], u[part], places, quantile, SOCKET_REACH)
        for part, quantile in zip(parts, SOCKET_QUANTILES, strict=True)
    )
    limit = OUTSHINE * np.maximum(above, eyeball) + FROM_BELOW * below + 2
    allowed = np.interp(u, places, limit) / np.maximum(smooth, 1)
    excess = np.maximum(1 - allowed, 0)
    factor = 1 - _lid(frame, u, v) * excess
    return np.asarray(cv2.GaussianBlur(factor, (0, 0), 4.0), np.float32)


def as_usual(
    frame: EyeFrame, light: Float32, smooth: Float32, shaded: Float32, u: Float32, v: Float32
) -> Float32:
    """Factor (float32 (h, w)) that draws a lid's light to that of other people's shut lids.

    Over 53 shut eyes of press photographs it follows from that of the cheek, of the temple and of
    the skin above the inner corner, give or take 15 %. A lid as dark as the socket that it bulges
    out of is the commonest error, so it is drawn further, but not out of a black one.

    shaded: float32 (h, w), result of `not_outshining`.
    """
    upper, lower, brow = (curve_at(curve, u) for curve in (frame.upper, frame.lower, frame.brow))
    down = (v - brow) / np.maximum(lower - brow, 0.1)
    outward = 1 - u if frame.outer_is_left else u

    def tone(values: Float32, rows: tuple[float, float], columns: tuple[float, float]) -> float:
        here = (down > rows[0]) & (down < rows[1]) & (outward > columns[0]) & (outward < columns[1])
        return float(np.log(values[here].mean() + 6)) if here.any() else math.nan

    under = (np.abs(u - 0.5) < 0.4) & (v > lower + UNDER[0]) & (v < lower + UNDER[1])
    cheek = (
        float(np.log(np.quantile(light[under], CHEEK_QUANTILE) + 6)) if under.any() else math.nan
    )
    usual = cheek + LID_LIGHT - BALL_ADDS
    usual += TEMPLE_GAIN * (tone(light, *TEMPLE) - cheek) + BONE_GAIN * (tone(light, *BONE) - cheek)
    off = usual - tone(smooth, *MIDDLE)
    if not math.isfinite(off):
        return np.ones_like(light)
    off = off - float(np.clip(off, -OWN, OWN))
    off = float(np.clip(PULLS[int(off > 0)] * off, *FARTHEST))
    return np.asarray(np.exp(np.float32(off) * shaded**3 * _lid(frame, u, v)), np.float32)


def _tones(values: Float32, u: Float32, places: Float32, quantile: float, reach: float) -> Float32:
    """Quantile of `values` round each of `places` along u: float32 (places,); 0 without values.

    reach: standard deviation of the weights, eye widths.
    """
    if not values.size:
        return np.zeros_like(places)
    weights = np.exp(-0.5 * ((u[None] - places[:, None]) / reach) ** 2)
    order = np.argsort(values)
    shares = np.cumsum(weights[:, order], axis=1) / (weights.sum(1, keepdims=True) + 1e-12)
    return np.asarray(values[order][(shares < quantile).sum(1).clip(0, len(order) - 1)], np.float32)


def meet(difference: Float32, rim: Float32, sigma: float, fade: float) -> Float32:
    """Correction (h, w, 3) that makes a lid meet the photo around it, fading inwards."""
    weight = rim.astype(np.float32)
    bounded = np.clip(difference, *MEET_MOST) * weight[..., None]
    sums = cv2.GaussianBlur(bounded, (0, 0), sigma)
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    return np.asarray(sums / (share + np.float32(fade))[..., None], np.float32)
