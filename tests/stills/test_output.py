"""The plan of a still picture: names and sizes are checked before the work begins."""

import pytest

from nostalgia.errors import EncodingError, InputError, OutputExistsError, UsageError
from nostalgia.stills.output import plan_still, require_size


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "oma.jpg"
    path.write_bytes(b"a photo")
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "jpeg"),
        ("a.JPEG", "jpeg"),
        ("a.png", "png"),
        ("a.tif", "tiff"),
        ("a.TIFF", "tiff"),
    ],
)
def test_the_name_decides_the_format(photo, name, kind):
    assert plan_still(photo, photo.with_name(name)).format == kind


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a", "a.mp4", "a.heic"])
def test_other_names_are_refused(photo, name):
    with pytest.raises(UsageError, match=r"ends in \.jpg, \.png or \.tif"):
        plan_still(photo, photo.with_name(name))


def test_the_photo_is_never_replaced(photo):
    with pytest.raises(UsageError, match="named twice"):
        plan_still(photo, photo, overwrite=True)
    photo.with_name("link.jpg").symlink_to(photo)
    with pytest.raises(UsageError, match="named twice"):
        plan_still(photo, photo.with_name("link.jpg"), overwrite=True)
    with pytest.raises(UsageError, match="named twice"):
        plan_still(photo, photo.with_name("a.png"), compare=photo, overwrite=True)


def test_an_existing_file_stays_unless_it_may_be_replaced(photo):
    there = photo.with_name("there.png")
    there.write_bytes(b"kept")
    with pytest.raises(OutputExistsError):
        plan_still(photo, there)
    assert plan_still(photo, there, overwrite=True).path == there


def test_a_comparison_has_a_place_of_its_own(photo):
    with pytest.raises(UsageError, match="named twice"):
        plan_still(photo, photo.with_name("a.png"), compare=photo.with_name("a.png"))
    with pytest.raises(UsageError, match="JPEG or PNG"):
        plan_still(photo, photo.with_name("a.png"), compare=photo.with_name("b.tif"))


def test_a_missing_folder_is_named(photo):
    with pytest.raises(EncodingError, match="its folder does not exist"):
        plan_still(photo, photo.parent / "none" / "a.png")
    with pytest.raises(InputError, match="no such file"):
        plan_still(photo.parent / "none" / "a.jpg", photo.parent / "none" / "a.png")


@pytest.mark.parametrize("scale", [0, 3, -1, 8, True, "2", 1.5])
def test_other_scales_are_refused(photo, scale):
    with pytest.raises(UsageError, match="scale must be 1, 2 or 4"):
        plan_still(photo, None, scale=scale)


def test_pictures_that_no_program_opens_are_refused(photo):
    huge = plan_still(photo, photo.with_name("a.png"), scale=4)
    require_size(huge, (3000, 2400))
    with pytest.raises(UsageError, match=r"24000 x 20000 pixels.*120 megapixels"):
        require_size(huge, (6000, 5000))
    with pytest.raises(UsageError, match="a JPEG cannot be"):
        require_size(plan_still(photo, photo.with_name("a.jpg"), scale=2), (40_000, 100))
