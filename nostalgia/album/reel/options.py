"""Options of a reel, with their defaults."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReelOptions:
    """Appearance of the joined reel of an album.

    width, height: size of the reel in pixels, even; clips are fitted into it. fps: frame rate.
    card_s: duration of each title card, fade_s: duration of the fade between two pictures, both
    in seconds. font: path of a TrueType or OpenType file for the cards, None = the best of those
    on this computer. overwrite: replace an existing reel.
    """

    width: int = 1280
    height: int = 720
    fps: float = 25.0
    card_s: float = 3.0
    fade_s: float = 0.6
    font: str | None = None
    overwrite: bool = False
