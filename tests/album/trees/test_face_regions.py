"""Face regions in the XMP of photos: every form of RDF, every orientation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from nostalgia.album.trees.face_regions import face_regions, with_named_regions
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.model import Person, PhotoLink
from nostalgia.errors import InputError

HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"'
    ' xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#">'
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>'
)
TAIL = "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"
LEFT_TOP = 'stArea:x="0.25" stArea:y="0.125" stArea:w="0.1" stArea:h="0.05"'


def region(name: str, kind: str = "Face", area: str = LEFT_TOP) -> str:
    return (
        f'<rdf:li rdf:parseType="Resource"><mwg-rs:Name>{name}</mwg-rs:Name>'
        f"<mwg-rs:Type>{kind}</mwg-rs:Type>"
        f'<mwg-rs:Area {area} stArea:unit="normalized"/></rdf:li>'
    )


def photo(path: Path, *regions: str, orientation: int = 1, tail: str = TAIL, size=(80, 40)) -> Path:
    image = Image.new("RGB", size)
    exif = Image.Exif()
    exif[0x0112] = orientation
    packet = (HEAD + "".join(regions) + tail).encode()
    if path.suffix == ".png":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(path, pnginfo=text, exif=exif)
    elif path.suffix == ".tif":
        image.save(path, tiffinfo={700: packet, 0x0112: orientation})
    else:
        image.save(path, xmp=packet, exif=exif)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_centres_and_sizes_become_boxes(tmp_path, suffix):
    (found,) = face_regions(photo(tmp_path / f"a{suffix}", region("Anna")))
    assert found.name == "Anna"
    assert found.share == pytest.approx((0.2, 0.1, 0.1, 0.05))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_rotate_with_the_photo(tmp_path, orientation):
    path = photo(tmp_path / "a.png", region("Anna"), orientation=orientation)
    (found,) = face_regions(path)
    stored = np.zeros((400, 800), np.uint8)
    stored[40:60, 160:240] = 255
    marked = Image.fromarray(stored)
    marked.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(marked))
    rows, columns = np.nonzero(upright)
    height, width = upright.shape
    x, y, w, h = found.share
    assert (x * width, y * height) == pytest.approx((columns.min(), rows.min()))
    assert (w * width, h * height) == pytest.approx((np.ptp(columns) + 1, np.ptp(rows) + 1))


def test_every_form_of_rdf(tmp_path):
    child = (
        "<rdf:li><rdf:Description><mwg-rs:Name>Child</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>"
        '<mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.25</stArea:x><stArea:y>0.125</stArea:y>'
        "<stArea:w>0.1</stArea:w><stArea:h>0.05</stArea:h></mwg-rs:Area></rdf:Description></rdf:li>"
    )
    attribute = (
        '<rdf:li><rdf:Description mwg-rs:Name="Attribute" mwg-rs:Type="Face">'
        f"<mwg-rs:Area {LEFT_TOP}/></rdf:Description></rdf:li>"
    )
    found = face_regions(photo(tmp_path / "a.jpg", child, attribute))
    assert [face.name for face in found] == ["Child", "Attribute"]
    for face in found:
        assert face.share == pytest.approx((0.2, 0.1, 0.1, 0.05))


def test_only_faces_inside_the_picture_count(tmp_path):
    outside = 'stArea:x="3" stArea:y="3" stArea:w="0.1" stArea:h="0.1"'
    half = 'stArea:x="0" stArea:y="0.5" stArea:w="0.2" stArea:h="0.2"'
    words = 'stArea:x="a" stArea:y="b" stArea:w="c" stArea:h="d"'
    found = face_regions(
        photo(
            tmp_path / "a.jpg",
            region("Flowers", "Focus"),
            region("Cat", "Pet"),
            region("Gone", area=outside),
            region("Words", area=words),
            region("Half", area=half),
            region(""),
        )
    )
    assert [face.name for face in found] == ["Half", ""]
    assert found[0].share == pytest.approx((0.0, 0.4, 0.1, 0.2))


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe1"])
def test_other_files_have_no_regions(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    assert face_regions(tmp_path / "a.jpg") == ()


def test_broken_or_hostile_xmp_has_no_regions(tmp_path):
    assert face_regions(photo(tmp_path / "cut.jpg", region("Anna"), tail="</rdf")) == ()
    bomb = '<!DOCTYPE x [<!ENTITY a "Anna">]>'
    path = tmp_path / "bomb.jpg"
    Image.new("RGB", (8, 8)).save(path, xmp=(bomb + HEAD + region("&a;") + TAIL).encode())
    assert face_regions(path) == ()
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.jpg")
    assert face_regions(tmp_path / "plain.jpg") == ()


def test_large_photos_cause_no_warning(tmp_path, monkeypatch):
    path = photo(tmp_path / "a.jpg", region("Anna"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 80 * 40 - 1)
    assert len(face_regions(path)) == 1


def test_a_persons_name_finds_the_region(tmp_path):
    path = photo(tmp_path / "a.jpg", region("anna  MAIER"), region("Karl"), region("Karl"))
    link = PhotoLink("I1", "a.jpg", path)
    named = with_named_regions(link, Person("I1", "Other", ("Anna Maier",)))
    assert named.region_name == "anna MAIER"
    assert named.crop_share == pytest.approx((0.2, 0.1, 0.1, 0.05))
    assert with_named_regions(link, Person("I2", "Karl")) == link
    assert with_named_regions(link, Person("I3", "")) == link
    marked = PhotoLink("I1", "a.jpg", path, crop_px=(0, 0, 1, 1))
    assert with_named_regions(marked, Person("I1", "Anna Maier")) == marked


def test_a_folder_of_photos(tmp_path):
    (tmp_path / "deep" / ".hidden").mkdir(parents=True)
    photo(tmp_path / "deep" / "b.JPG", region("Anna"), region(""), region("Karl", "Focus"))
    photo(tmp_path / "a.png")
    photo(tmp_path / "deep" / ".hidden" / "c.jpg")
    photo(tmp_path / "a.nostalgia.webp")
    (tmp_path / "notes.txt").write_text("no photo")
    (tmp_path / "out.jpg").symlink_to(Path(__file__).parents[2] / "conftest.py")
    tree = read_folder(tmp_path)
    assert [(link.reference, link.region_name, link.problem) for link in tree.links] == [
        ("a.png", "", ""),
        ("deep/b.JPG", "Anna", ""),
        ("deep/b.JPG", "", ""),
        ("out.jpg", "", "outside"),
    ]
    (anna,) = tree.persons
    assert (anna.name, anna.living) == ("Anna", True)
    assert [link.person_id for link in tree.links] == ["", anna.id, "", ""]
    assert (tree.form, tree.media_objects) == ("folder", 3)
    with pytest.raises(InputError, match="leads out"):
        read_folder(tmp_path, ["../*.jpg"])
    with pytest.raises(InputError, match="not a file pattern"):
        read_folder(tmp_path, [""])
    with pytest.raises(InputError, match="no such folder"):
        read_folder(tmp_path / "none")
    assert [link.reference for link in read_folder(tmp_path, ["*.png", "*.txt"]).links] == [
        "a.png",
        "notes.txt",
    ]


def test_regions_marked_in_the_upright_photo(tmp_path) -> None:
    size = (
        '<mwg-rs:AppliedToDimensions xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"'
        ' stDim:w="40" stDim:h="80" stDim:unit="pixel"/>'
    )
    tail = TAIL.replace("</mwg-rs:Regions>", f"{size}</mwg-rs:Regions>")
    for orientation in (6, 1):
        path = photo(tmp_path / "a.png", region("Anna"), orientation=orientation, tail=tail)
        (found,) = face_regions(path)
        assert found.share == pytest.approx((0.2, 0.1, 0.1, 0.05))


def test_sidecars_in_utf_16_and_named_regions_without_a_type(tmp_path) -> None:
    Image.new("RGB", (80, 40)).save(tmp_path / "a.jpg")
    packet = HEAD + region("Anna", "") + region("Rex", "Pet") + region("", "") + TAIL
    (tmp_path / "a.xmp").write_text(packet, encoding="utf-16")
    assert [found.name for found in face_regions(tmp_path / "a.jpg")] == ["Anna"]
