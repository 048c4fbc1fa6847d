"""What a photo's own metadata says about it."""

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from nostalgia.album.trees.photo_captions import PhotoCaption, photo_caption

RDF = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    ' xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"{}>{}</rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)
FULL = RDF.format(
    ' photoshop:City="Riga" photoshop:Country="Latvia" photoshop:DateCreated="1905-06-12T00:00"',
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Harvest</rdf:li></rdf:Alt></dc:title>'
    "<dc:description><rdf:Alt><rdf:li>All of us\non the hill</rdf:li></rdf:Alt></dc:description>"
    "<Iptc4xmpCore:Location>The hill</Iptc4xmpCore:Location>",
)


def jpeg(path: Path, xmp: str = "", exif: dict[int, object] | None = None, taken: str = "") -> Path:
    found = Image.Exif()
    for tag, value in (exif or {}).items():
        found[tag] = value
    if taken:
        found.get_ifd(0x8769)[0x9003] = taken
    more = {"xmp": xmp.encode()} if xmp else {}
    Image.new("RGB", (8, 8)).save(path, "JPEG", exif=found, **more)
    return path


def with_iptc(path: Path, **records: bytes) -> Path:
    """A JPEG with IPTC-IIM records; names are those of the standard's numbers in `numbers`."""
    numbers = {"name": 5, "day": 55, "city": 90, "country": 101, "caption": 120}
    data = b"".join(
        bytes((0x1C, 2, numbers[name])) + len(value).to_bytes(2, "big") + value
        for name, value in records.items()
    )
    data += b"\0" * (len(data) % 2)
    resource = b"8BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data
    segment = b"Photoshop 3.0\0" + resource
    plain = jpeg(path).read_bytes()
    head = b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment
    path.write_bytes(plain[:2] + head + plain[2:])
    return path


def test_xmp_gives_title_description_date_and_place(tmp_path: Path) -> None:
    found = photo_caption(jpeg(tmp_path / "a.jpg", FULL, {0x010E: "not this"}))
    assert found == PhotoCaption(
        "Harvest", "All of us\non the hill", "1905-06-12", "", "The hill, Riga, Latvia"
    )


def test_iptc_is_read_in_utf_8_and_in_windows_letters(tmp_path: Path) -> None:
    found = photo_caption(
        with_iptc(
            tmp_path / "a.jpg", name="Zoë".encode(), day=b"19050600", city="Köln".encode("cp1252"),
            country=b"Germany", caption=b"Her birthday",
        )
    )  # fmt: skip
    assert found == PhotoCaption("Zoë", "Her birthday", "1905-06", "", "Köln, Germany")


def test_exif_and_the_tags_of_windows(tmp_path: Path) -> None:
    exif = {0x010E: "Aunt Ada", 0x9C9B: "Ada's shop\0".encode("utf-16-le")}
    found = photo_caption(jpeg(tmp_path / "a.jpg", exif=exif, taken="1899:05:00 00:00:00"))
    assert found == PhotoCaption("Ada's shop", "Aunt Ada", taken="1899-05")


def test_text_of_a_png(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "The mill")
    text.add_itxt("Description", "Vor dem Mühlrad")
    Image.new("L", (8, 8)).save(tmp_path / "a.png", pnginfo=text)
    assert photo_caption(tmp_path / "a.png") == PhotoCaption("The mill", "Vor dem Mühlrad")


@pytest.mark.parametrize(
    "words",
    [
        "OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "KODAK Digital Still Camera", "Untitled",
        "Created with GIMP", "SAMSUNG", " \0 ", "LEAD Technologies Inc. V1.01", "default",
        "Processed By eBay with ImageMagick", "<KENOX S860  / Samsung S860>", "DSC_0123",
        "charset=Ascii binary comment",
    ],
)  # fmt: skip
def test_words_that_cameras_and_programs_write_are_no_description(tmp_path, words: str) -> None:
    assert photo_caption(jpeg(tmp_path / "a.jpg", exif={0x010E: words})) == PhotoCaption()


@pytest.mark.parametrize("day", ["0000:00:00 00:00:00", "    :  :  ", "soon", ""])
def test_dates_that_are_none_are_left_out(tmp_path: Path, day: str) -> None:
    assert photo_caption(jpeg(tmp_path / "a.jpg", taken=day)).taken == ""


def test_hostile_and_damaged_metadata_is_nothing(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]>' + FULL.replace("Harvest", "&b;")
    for number, packet in enumerate((bomb, FULL[:200])):
        assert photo_caption(jpeg(tmp_path / f"{number}.jpg", packet)) == PhotoCaption()
    (tmp_path / "no.jpg").write_bytes(b"\xff\xd8\xff\xe1\0\x10Exif\0\0")
    assert photo_caption(tmp_path / "no.jpg") == PhotoCaption()
    assert photo_caption(tmp_path / "gone.jpg") == PhotoCaption()
    long = photo_caption(jpeg(tmp_path / "l.jpg", FULL.replace("Harvest", "y" * 9000)))
    assert len(long.title) == 2000
