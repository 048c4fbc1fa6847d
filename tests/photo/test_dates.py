"""The date of a photo does not depend on a clock that is wrong."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from PIL import ExifTags, Image

from nostalgia.photo import dates


def exif_of(text: str) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = text
    return exif


@pytest.mark.parametrize("year", [1970, datetime.now(UTC).year])
def test_an_empty_battery_takes_no_date_away(year: int) -> None:
    class Shifted(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(year, 1, 2, tzinfo=UTC)

    with patch.object(dates, "datetime", Shifted):
        taken = dates.date_taken(exif_of("2011:05:06 07:08:09"))
        assert taken == datetime(2011, 5, 6, 7, 8, 9, tzinfo=UTC)
        assert dates.date_taken(exif_of("2999:01:01 00:00:00")) is None
