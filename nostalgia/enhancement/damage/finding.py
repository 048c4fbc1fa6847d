"""Tears, folds, cracks, scratches and dust: where a face, a person or a whole picture is damaged.

What is found on a reduced copy is judged once more by where it lies: in the openings of the eyes
and between the lips only lines count that come in from outside, because a speck there may be a
catch-light or the edge of a tooth.
"""

import cv2
import numpy as np

from nostalgia.enhancement.damage.learned import Part, damaged_parts
from nostalgia.enhancement.damage.pixels import damage_odds
from nostalgia.enhancement.damage.places import Mask, Places, resized
from nostalgia.enhancement.damage.skin import find_on_skin
from nostalgia.faces.regions import FaceRegions
from nostalgia.types import Float32, UInt8

SMALLEST_FACE_PX = 48.0
"""Below, a speck and a catch-light look alike."""
LOOKED_FACE_PX = 300.0
"""Face height of the copy on which damage is looked for."""
LARGEST_LOOKED_PX = 600_000
"""Pixels of that copy at most."""
LEAST_ODDS, LEAST_DARK_ODDS = 0.9, 0.93
"""A dark dot may be a mole, a dark line a wrinkle or a strand of hair."""
BROKEN_SHARE = 0.001
"""Share of certain damage from which a picture counts as broken: there, more is believed."""
LEAST_BROKEN_ODDS = 0.7
LEAST_JOINED_ODDS = 0.5
"""Enough for a part that touches damage."""
LEAST_SURE_SHARE, SCRATCHED_SHARE = 0.0005, 0.003
"""Shares of certain and of likely light damage from which a picture is full of it. Among 150
undamaged pictures and their noisy, blurred and compressed copies none has both round a face."""
SCRATCHED_ODDS, SCRATCHED_DARK_ODDS, SCRATCHED_JOINED_ODDS = 0.5, 0.7, 0.3
SCRATCHED_SPECK_ODDS, SCRATCHED_DARK_SPECK_ODDS = 0.4, 0.6
"""Enough there, because damage is what most such parts are, for narrow long lines and small specks:
the odds were learned where one part in ten was damage."""
SCRATCH_LONG, SCRATCH_WIDTH = 8.0, 0.5
"""Least length of such a line, in its widths, and largest width, in those of a line: rims of light
on ears, shades of collars and cigarettes are shorter or wider."""
SEEN_SURE_ODDS, SEEN_ODDS = 0.9, 0.4
"""Odds of `pixels` that some pixel of a damaged part has, and that all of its pixels have."""
LEAST_SEEN_ODDS = 0.6
"""Odds of `pixels` that some pixel of a damaged picture has: else `learned` is not asked."""
FULL_SHARE, FULL_BARE_SHARE, FULL_PARTS = 0.006, 0.002, 12
"""Share of light damage that `pixels` sees, of that where nobody wears jewellery, and number of its
parts, from which a picture is full of it. A string of pearls has 13 parts on a share of 0.0144, of
which 0.0007 lies elsewhere. Among 190 faces of sound pictures one has 34 parts on a share of
0.0051, pearls in the hair, another has 5 on 0.032, rims of light round the head; no other has more
than 10."""
SPECK, SPECK_PX = 0.03, 4.0
"""Largest size of such a speck, in face heights; one of SPECK_PX is small on any face."""
_JOINED_PX, _JOINED_ROUNDS = 8, 3
_SEEN_PX = 48
"""Pixels round what is searched that the network sees too."""

LINE, THIN, THIN_PX = 0.2, 0.035, 4.0
"""Least length and largest width of a line that may be mended across features, in face heights; a
line of THIN_PX is thin on any face."""
NARROW, NARROW_PX = 0.014, 4.0
"""Largest width, in face heights or pixels, of a line near eyes or mouth: what a wider one hides
cannot be told from what is left."""
LONG_LINE, LONG_DARK_LINE = 0.3, 0.5
"""Least length, in face heights, of a line near eyes or mouth; pieces of rims are shorter."""
WIDEST = 0.1
"""Widest damage that is filled, in face heights: what lies under more of it nobody knows."""
_MOST_IN_FEATURES = 0.35
_ELONGATED = 3.5
_MOST_TANGLED = 1.7
"""Width of a part, at most, in widths of its line: more is a word, a net or a plait."""
_NOT, _JOINED, _WORN, _FREE = 0, 1, 2, 3
_MOST_IN_WORN = 0.35


def find_damage(
    luma: Float32, landmarks: Float32, regions: FaceRegions, face_height_px: float
) -> UInt8:
    """Return a mask of damaged pixels and their soft rims: uint8 (h, w), 0 or 1.

    luma: float32 (h, w), 0..255. landmarks: float32 (478, 2 or more), and face_height_px, forehead
    to chin: in the same pixels.
    """
    if face_height_px < SMALLEST_FACE_PX:
        return np.zeros(luma.shape, np.uint8)
    places = Places.of_face(luma, landmarks, regions, face_height_px)
    found = find_in(luma, regions.detail > 0.5, places, face_height_px)
    return found | find_on_skin(luma, regions, places, face_height_px)


def find_in(luma: Float32, allowed: Mask, places: Places, face_height_px: float) -> UInt8:
    """Damage of a picture, uint8 (h, w), 0 or 1, within `allowed`.

    luma: float32 (h, w), 0..255. face_height_px: in pixels of the picture, for widths and lengths.
    """
    if not allowed.any():
        return np.zeros(luma.shape, np.uint8)
    by_area = (LARGEST_LOOKED_PX / luma.size) ** 0.5
    scale = min(1.0, LOOKED_FACE_PX / face_height_px, by_area)
    small = luma
    if scale < 1:
        size = (max(8, round(luma.shape[1] * scale)), max(8, round(luma.shape[0] * scale)))
        small = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.float32)
        places = places.resized(size)
    unit = face_height_px * scale
    mask = np.zeros(small.shape, np.uint8)
    searched = resized(allowed, (small.shape[1], small.shape[0]))
    odds = _odds_where(small, searched)
    most = odds[:, searched].max(axis=1, initial=0)
    kinds = [
        bright for bright, each in zip((True, False), most, strict=True) if each > LEAST_SEEN_ODDS
    ]
    if not kinds:
        return np.zeros(luma.shape, np.uint8)
    parts = [
        (part, placed)
        for part in damaged_parts(small, SCRATCHED_JOINED_ODDS, kinds)
        for placed in [_placed(part, places, unit)]
        if placed
    ]
    free = [part for part, placed in parts if placed == _FREE]
    sure = [p for p in free if p.odds >= (LEAST_ODDS if p.bright else LEAST_DARK_ODDS)]
    _mark(mask, sure)
    seen, seen_worn, full = _seen(odds, searched, places, unit)
    scratched = full or _is_scratched(mask, free)
    if scratched:  # then, what looks like jewellery is damage, too
        free += [part for part, placed in parts if placed == _WORN]
        seen |= seen_worn
    if mask.mean() > BROKEN_SHARE:
        broken = [p for p in free if p.bright and p.odds >= LEAST_BROKEN_ODDS and _line(p, unit)]
        _mark(mask, broken)
    believed = [part for part in free if scratched and _believed(part, unit)]
    _mark(mask, [part for part in believed if not _speck(part, unit)])
    lines = [part for part, _ in parts if _line(part, unit)]
    doubted = [
        part
        for part in lines
        if part.odds >= LEAST_JOINED_ODDS
        # A doubtful dark line beside a crack may be a brow.
        or (scratched and part.bright and _scratch(part, unit))
    ]
    _join(mask, doubted)
    # A speck is no end of a line: what lies beside it does not go on from it.
    _mark(mask, [part for part in believed if _speck(part, unit)])
    if scratched:
        mask |= seen
    if not mask.any():
        return np.zeros(luma.shape, np.uint8)
    rim = 2 * int(np.clip(round(0.006 * unit), 1, 2)) + 1
    mask = np.asarray(cv2.dilate(mask, np.ones((rim, rim), np.uint8)), np.uint8)
    if scale < 1:
        whole = (luma.shape[1], luma.shape[0])
        larger = cv2.resize(mask.astype(np.float32), whole, interpolation=cv2.INTER_LINEAR)
        mask = (larger > 0.5).astype(np.uint8)
    return np.asarray(mask * allowed, np.uint8)


def _odds_where(luma: Float32, searched: Mask) -> Float32:
    """`damage_odds` of a picture where it is searched, 0 far from there: float32 (2, h, w)."""
    odds = np.zeros((2, *luma.shape), np.float32)
    rows, columns = (np.flatnonzero(searched.any(axis=axis)) for axis in (1, 0))
    if len(rows):
        first = max(rows[0] - _SEEN_PX, 0), max(columns[0] - _SEEN_PX, 0)
        last = rows[-1] + _SEEN_PX + 1, columns[-1] + _SEEN_PX + 1
        box = np.s_[first[0] : last[0], first[1] : last[1]]
        odds[:, *box] = damage_odds(luma[box])
    return odds


def _seen(odds: Float32, searched: Mask, places: Places, unit: float) -> tuple[UInt8, UInt8, bool]:
    """What `pixels` sees as damage, uint8 (h, w), 0 or 1, and if the picture is full of it.

    First without, then only what may be worn. Followed from where it is sure as far as it is
    likely, as Canny's edges are (1986, hysteresis).
    """
    mask, worn, full = np.zeros(searched.shape, np.uint8), np.zeros(searched.shape, np.uint8), False
    for kind, each in enumerate(odds):
        _, labels, stats, _ = cv2.connectedComponentsWithStats(
            ((each > SEEN_ODDS) & searched).astype(np.uint8), connectivity=8
        )
        area = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
        length = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
        in_features, in_near, in_worn, sure = (
            np.bincount(labels[where], minlength=len(area)) / np.maximum(area, 1)
            for where in (places.features, places.near, places.worn, each > SEEN_SURE_ODDS)
        )
        width = area / np.maximum(length, 1)
        line = (length > LINE * unit) & (width < max(THIN * unit, THIN_PX))
        kept = (sure > 0) & (width < WIDEST * unit)
        # The end of a brow is dark and thin.
        small = (
            length < max(SPECK * unit, SPECK_PX) if kind else width < max(NARROW * unit, NARROW_PX)
        )
        longest = LONG_DARK_LINE if kind else LONG_LINE
        kept &= (in_near < _MOST_IN_FEATURES) | small | (line & (length > longest * unit))
        kept &= (in_features == 0) | (line & (in_features < _MOST_IN_FEATURES))
        kept[0] = False
        bare = kept & (in_worn <= _MOST_IN_WORN)
        worn |= (kept & ~bare)[labels].astype(np.uint8)
        mask |= bare[labels].astype(np.uint8)
        if kind == 0:
            full = int(kept.sum()) >= FULL_PARTS
            full &= bool((mask | worn).sum() > FULL_SHARE * searched.sum())
            full &= bool(mask.sum() > FULL_BARE_SHARE * searched.sum())
    return mask, worn, full


def _is_scratched(sure: UInt8, free: list[Part]) -> bool:
    """Whether a picture is full of light damage.

    With so many other scratches, a doubtful one probably is one too: Saerens, Latinne,
    Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori Probabilities", 2002.
    """
    likely = np.zeros_like(sure)
    _mark(likely, [p for p in free if p.bright and p.odds >= LEAST_BROKEN_ODDS])
    return bool(sure.mean() > LEAST_SURE_SHARE and likely.mean() > SCRATCHED_SHARE)


def _believed(part: Part, unit: float) -> bool:
    """Whether a part is damage in a picture that is full of it."""
    if _speck(part, unit):
        return part.odds >= (SCRATCHED_SPECK_ODDS if part.bright else SCRATCHED_DARK_SPECK_ODDS)
    least = SCRATCHED_ODDS if part.bright else SCRATCHED_DARK_ODDS
    return part.odds >= least and _scratch(part, unit)


def _speck(part: Part, unit: float) -> bool:
    return part.length_px < max(SPECK * unit, SPECK_PX)


def _scratch(part: Part, unit: float) -> bool:
    """Whether a part is a narrow and long line."""
    narrow = part.width_px < SCRATCH_WIDTH * max(THIN * unit, THIN_PX)
    return narrow and part.length_px > SCRATCH_LONG * part.width_px


def _mark(mask: UInt8, parts: list[Part]) -> None:
    for part in parts:
        mask[part.rows, part.columns] = 1


def _join(mask: UInt8, doubted: list[Part]) -> None:
    """Add parts that go on where damage ends, as Canny's edges do."""
    for _ in range(_JOINED_ROUNDS):
        reach = cv2.dilate(mask, np.ones((2 * _JOINED_PX + 1, 2 * _JOINED_PX + 1), np.uint8))
        left = []
        for part in doubted:
            if reach[part.rows, part.columns].any():
                mask[part.rows, part.columns] = 1
            else:
                left.append(part)
        if len(left) == len(doubted):
            return
        doubted = left


def _placed(part: Part, places: Places, unit: float) -> int:
    """_FREE, _WORN, _JOINED or _NOT damage by where a part lies; unit: face height in its pixels.

    _JOINED: only as the continuation of damage; _WORN: or in a picture that is full of it.
    """
    if part.width_px > WIDEST * unit or part.width_px > _MOST_TANGLED * part.stroke_px:
        return _NOT
    in_worn = places.worn[part.rows, part.columns].mean()
    placed = _WORN if in_worn > _MOST_IN_WORN else _FREE
    if places.near[part.rows, part.columns].mean() > _MOST_IN_FEATURES:
        longer = LONG_LINE if part.bright else LONG_DARK_LINE
        narrow = part.width_px < max(NARROW * unit, NARROW_PX)
        if not _line(part, unit) or not narrow or part.length_px < LINE * unit:
            return _NOT
        placed = placed if part.length_px > longer * unit else _JOINED
    share = float(places.features[part.rows, part.columns].mean())
    if share == 0:
        return placed
    crosses = share < _MOST_IN_FEATURES and part.length_px > LINE * unit and _line(part, unit)
    return placed if crosses else _NOT


def _line(part: Part, unit: float) -> bool:
    """Whether a part is long and thin."""
    return part.width_px < max(THIN * unit, THIN_PX) and part.length_px > _ELONGATED * part.width_px
