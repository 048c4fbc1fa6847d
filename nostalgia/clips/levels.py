"""Levels of H.264: what a player must be able to decode, and which players are.

Source of the limits: ITU-T H.264 (08/2021), table A-1.
"""

from dataclasses import dataclass

from nostalgia.rendering.limits import MACROBLOCK_PX, macroblocks

PLAYS_EVERYWHERE, PLAYS_WIDELY = "4.0", "5.1"
"""The highest levels that all players, and that computers and recent phones, can decode."""

SHARE_MACROBLOCKS = 8_160
"""Macroblocks of a frame of 1920 x 1080; level 4.0 allows 32 more."""

_SHARE_BYTES, _SHARE_S = 15_500_000, 9.0
"""Messengers accept files of 16 MB; this leaves room for a signature."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level and its limits to the size and rate of frames. name: such as "4.0"."""

    name: str
    macroblocks: int
    macroblocks_per_s: int

    def largest_frame(self, fps: float) -> int:
        """Macroblocks of the largest frame that is allowed at a rate."""
        return min(self.macroblocks, int(self.macroblocks_per_s / fps))

    def allows(self, size_wh: tuple[int, int], fps: float) -> bool:
        """True if a film of this width, height and frame rate is within the level."""
        longest = -(-max(size_wh) // MACROBLOCK_PX)
        return (
            macroblocks(size_wh) <= self.largest_frame(fps)
            and longest * longest <= 8 * self.macroblocks
        )


LEVELS = (
    Level("1.0", 99, 1_485),
    Level("1.1", 396, 3_000),
    Level("1.2", 396, 6_000),
    Level("1.3", 396, 11_880),
    Level("2.0", 396, 11_880),
    Level("2.1", 792, 19_800),
    Level("2.2", 1_620, 20_250),
    Level("3.0", 1_620, 40_500),
    Level("3.1", 3_600, 108_000),
    Level("3.2", 5_120, 216_000),
    Level("4.0", 8_192, 245_760),
    Level("4.1", 8_192, 245_760),
    Level("4.2", 8_704, 522_240),
    Level("5.0", 22_080, 589_824),
    Level("5.1", 36_864, 983_040),
    Level("5.2", 36_864, 2_073_600),
    Level("6.0", 139_264, 4_177_920),
    Level("6.1", 139_264, 8_355_840),
    Level("6.2", 139_264, 16_711_680),
)
"""All levels, the least demanding first; without 1b, which no clip of ours needs."""


def level_named(name: str) -> Level:
    """The level of a name such as "4.0"."""
    return next(level for level in LEVELS if level.name == name)


def largest_bytes(size_wh: tuple[int, int], duration_s: float) -> int:
    """Size of the file that a clip should not exceed, in bytes.

    16 MB for up to nine seconds of a size to pass on; in proportion for longer and larger clips.
    """
    longer = max(1.0, duration_s / _SHARE_S)
    return int(_SHARE_BYTES * longer * max(1.0, macroblocks(size_wh) / SHARE_MACROBLOCKS))


def level_of(size_wh: tuple[int, int], fps: float) -> Level | None:
    """Level of a clip that we write; None if it is beyond all of them.

    Args:
        size_wh: width and height of its frames in pixels.
        fps: frames per second.
    """
    return next((level for level in LEVELS if level.allows(size_wh, fps)), None)


def stumbles(level: str) -> bool:
    """True for the name of a level (or "", beyond all) that common players cannot keep up with."""
    return not level or _is_above(level, PLAYS_WIDELY)


def playback_words(level: str) -> str:
    """Players of a film of this level: a clause such as "plays everywhere". level: its name."""
    if stumbles(level):
        return "browsers show a few frames a second, and phones none"
    if _is_above(level, PLAYS_EVERYWHERE):
        return "plays on computers, 4K televisions and recent phones"
    return "plays everywhere"


def level_words(level: str) -> str:
    """A level in words: "H.264 level 4.0"."""
    return f"H.264 level {level}" if level else "beyond the levels of H.264"


def _is_above(level: str, other: str) -> bool:
    """True if a level, of any file, demands more than another; names sort by their digits."""
    return level > other
