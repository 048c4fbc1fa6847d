"""The date of a photo, from its EXIF data."""

import re
from datetime import UTC, datetime, timedelta, timezone

from PIL import ExifTags, Image

from nostalgia.version import SURELY_PAST

_EARLIEST = datetime(1826, 1, 1, tzinfo=UTC)
"""The year of the oldest photo that still exists."""

_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d)(?: (\d\d):(\d\d):(\d\d))?")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_DAY = timedelta(days=1)


def date_taken(exif: Image.Exif) -> datetime | None:
    """When a photo was taken, by its DateTimeOriginal; None without a sensible one.

    DateTimeDigitized does not count: it is the date of the scan. A time without its zone counts as
    UTC, and midnight, which stands for an unknown time, as noon, which is on the same day almost
    everywhere. Dates older than photography, and in the future, are left out.
    """
    tags = exif.get_ifd(ExifTags.IFD.Exif)
    found = _TIME.match(str(tags.get(ExifTags.Base.DateTimeOriginal, "")).strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    offset = _OFFSET.fullmatch(str(tags.get(ExifTags.Base.OffsetTimeOriginal, "")).strip())
    if (hour, minute, second) == (0, 0, 0):
        hour, offset = 12, None
    try:
        taken = datetime(year, month, day, hour, minute, second, tzinfo=_zone(offset))
    except ValueError:
        return None
    latest = max(datetime.now(UTC), SURELY_PAST) + _DAY  # an empty battery sets the clock back
    return taken if _EARLIEST <= taken <= latest else None


def _zone(offset: re.Match[str] | None) -> timezone:
    """The zone of an offset such as "+02:00".

    Raises:
        ValueError: there is no such zone.
    """
    if offset is None:
        return UTC
    ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(-ahead if offset[1] == "-" else ahead)
