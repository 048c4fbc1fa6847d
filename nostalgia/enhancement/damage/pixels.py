"""Which pixels of a picture are damaged: a small network on luma.

It sees much more of the scratches than `learned`, but takes rims of ears, bright hair and ribbons
for some too: `finding` believes it alone only where a picture is full of damage.
``training/train_damage_pixels.py`` trains it; ``checkpoints/damage_pixels.md`` states its accuracy.
"""

from functools import lru_cache

import numpy as np

from nostalgia.types import Float32
from nostalgia.weights.network import Network, shipped_network

_STEP_PX, _ROOM_PX = 32, 16


@lru_cache(maxsize=1)
def _network() -> Network:
    return shipped_network("damage-pixels")


def damage_odds(luma: Float32) -> Float32:
    """Odds 0..1 that pixels are bright and that they are dark damage: float32 (2, h, w).

    luma: float32 (h, w), 0..255.

    Raises:
        CheckpointError: the file of the network is missing or damaged.
    """
    height, width = luma.shape
    room = [(_ROOM_PX, _ROOM_PX + -(size + 2 * _ROOM_PX) % _STEP_PX) for size in (height, width)]
    padded = np.pad(luma / np.float32(255), room, mode="symmetric")
    (logits,) = _network().run(padded[None, None])
    inside = logits[0, :, _ROOM_PX : _ROOM_PX + height, _ROOM_PX : _ROOM_PX + width]
    return np.asarray(1 / (1 + np.exp(-np.clip(inside, -30, 30))), np.float32)
