"""Timeline of a clip: the performance, its fade into the photo, and the rest."""

from dataclasses import dataclass, replace

from nostalgia.errors import option
from nostalgia.options import AnimateOptions

REST_S = 2.0
"""Time that a face rests on the photo if no duration is set, seconds."""

LEAST_REST_S = 1.0
"""A performance that would leave less rest within the duration is shortened, seconds."""

FADE_S = 1.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """Frames of a clip. performed: with motion, of which the last `fading` fade into the photo.

    resting: frames after them that are the photo itself.
    """

    performed: int
    fading: int = 0
    resting: int = 0

    @property
    def frames(self) -> int:
        """All frames of the clip."""
        return self.performed + self.resting

    def faded(self, number: int) -> float:
        """Progress of frame `number` of the performance towards the photo as read, 0..1."""
        step = number - (self.performed - self.fading) + 1
        if step <= 0:
            return 0.0
        u = step / self.fading
        return u * u * (3 - 2 * u)


def rests(options: AnimateOptions) -> bool:
    """True if the clip ends on the photo itself; a preview shows one second of motion instead."""
    return options.once_then_still and not options.preview


def performance_options(options: AnimateOptions) -> AnimateOptions:
    """The options of the performance alone: a preview and a rest change its length only."""
    if options.preview:
        return replace(options, loop=1, duration_s=None, once_then_still=False)
    return replace(options, duration_s=None) if options.once_then_still else options


def longest_performance_s(options: AnimateOptions) -> float | None:
    """Seconds that a performance may take where a rest within the duration has to follow it."""
    if not rests(options) or options.duration_s is None:
        return None
    return max(options.duration_s - LEAST_REST_S, options.duration_s / 2)


def plan_timeline(options: AnimateOptions, performed: int, fps: float) -> Timeline:
    """The timeline of a performance of that many frames."""
    if not rests(options):
        return Timeline(performed)
    wished = round((options.duration_s or 0.0) * fps) - performed
    resting = wished if options.duration_s is not None else round(REST_S * fps)
    return Timeline(performed, min(performed, max(round(FADE_S * fps), 1)), max(resting, 1))


def preview_warnings(options: AnimateOptions) -> tuple[str, ...]:
    """A warning about options that a preview leaves out."""
    ignored = [
        option(name)
        for name, is_set in (
            ("loop", options.loop > 1),
            ("duration_s", options.duration_s is not None),
            ("once_then_still", options.once_then_still),
        )
        if options.preview and is_set
    ]
    return (f"a preview is one second long: it ignores {', '.join(ignored)}",) if ignored else ()
