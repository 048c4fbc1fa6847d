"""Writing looks like damage, letter by letter; what betrays it is that letters stand in rows."""

import numpy as np
from numpy.typing import NDArray

from nostalgia.enhancement.damage.candidates import Candidates

SMALLEST_LETTER_PX, LARGEST_LETTER_PX = 6, 60
_ROUND = 0.25
"""Least ratio of the axes of a letter; "l" and "i" have less, and go with the others."""
_NEIGHBOURS = 3
_ALONG, _ACROSS = 3.0, 0.6
"""Distances of the letters of a row, at most, in sizes of the larger."""
_ALIKE = 2.2
"""Ratio of the sizes of neighbours, at most."""

Mask = NDArray[np.bool_]


def written(found: Candidates, doubtful: Mask) -> Mask:
    """Which of the doubtful parts, bool (parts,), are letters of a row of parts: bool (parts,)."""
    letter = (found.size_px >= SMALLEST_LETTER_PX) & (found.size_px <= LARGEST_LETTER_PX)
    judged, others = np.flatnonzero(doubtful & letter), np.flatnonzero(letter)
    written = np.zeros_like(doubtful)
    own, beside = found.size_px[judged, None], found.size_px[None, others]
    larger = np.maximum(own, beside)
    down, right = (
        np.abs(found.middles[judged, None, axis] - found.middles[None, others, axis]) / larger
        for axis in (0, 1)
    )
    alike = (larger < _ALIKE * np.minimum(own, beside)) & (judged[:, None] != others[None])
    rows = alike & (down < _ACROSS) & (right < _ALONG)
    columns = alike & (right < _ACROSS) & (down < _ALONG)
    enough = np.maximum(rows.sum(1), columns.sum(1)) >= _NEIGHBOURS
    sure = judged[enough & (found.roundness[judged] > _ROUND)]
    written[sure] = True
    in_row = (rows | columns)[enough & (found.roundness[judged] > _ROUND)].any(0)
    written[others[in_row]] = True
    return np.asarray(written & doubtful, np.bool_)
