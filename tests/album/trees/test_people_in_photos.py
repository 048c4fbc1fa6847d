"""People that photo programs have marked: every schema, sidecars, Picasa, and their precedence."""

from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from nostalgia.album.batch.inputs import read_input
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees import face_regions as regions_module
from nostalgia.album.trees.face_regions import face_regions
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.xmp_regions import regions_in_packet

SIZE = (80, 40)
BOX = (0.2, 0.1, 0.1, 0.05)
SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "mwg": "http://www.metadataworkinggroup.com/schemas/regions/",
    "area": "http://ns.adobe.com/xmp/sType/Area#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "acd": "http://ns.acdsee.com/regions/",
    "acdArea": "http://ns.acdsee.com/sType/Area#",
}
RESOURCE = 'rdf:parseType="Resource"'
ALT = '<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt>'


def packet(*content: str) -> str:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
    return (
        f"<x:xmpmeta {spaces}><rdf:RDF><rdf:Description>{''.join(content)}"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def mwg(name: str) -> str:
    return (
        f"<mwg:Regions {RESOURCE}><mwg:RegionList><rdf:Bag><rdf:li {RESOURCE}>"
        f"<mwg:Name>{name}</mwg:Name><mwg:Type>Face</mwg:Type>"
        '<mwg:Area area:x="0.25" area:y="0.125" area:w="0.1" area:h="0.05"/>'
        "</rdf:li></rdf:Bag></mwg:RegionList></mwg:Regions>"
    )


def microsoft(name: str, rectangle: str = "0.2, 0.1, 0.1, 0.05") -> str:
    return (
        "<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag>"
        f'<rdf:li><rdf:Description MPReg:Rectangle="{rectangle}" MPReg:PersonDisplayName="{name}"/>'
        "</rdf:li></rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>"
    )


def microsoft_by_children(name: str) -> str:
    return (
        f"<MP:RegionInfo {RESOURCE}><MPRI:Regions><rdf:Bag><rdf:li {RESOURCE}>"
        f"<MPReg:PersonDisplayName>{name}</MPReg:PersonDisplayName>"
        "<MPReg:Rectangle>0.2,0.1,0.1,0.05</MPReg:Rectangle></rdf:li><rdf:li>"
        "<rdf:Description><MPReg:PersonDisplayName>No place</MPReg:PersonDisplayName>"
        "</rdf:Description></rdf:li></rdf:Bag></MPRI:Regions></MP:RegionInfo>"
    )


def iptc(boundary: str, who: str) -> str:
    return (
        f"<iptc:ImageRegion><rdf:Bag><rdf:li {RESOURCE}>"
        f"<iptc:RegionBoundary {RESOURCE}>{boundary}</iptc:RegionBoundary>{who}"
        "</rdf:li></rdf:Bag></iptc:ImageRegion>"
    )


def bounds(shape: str, unit: str = "relative", **sides: float) -> str:
    numbers = "".join(f"<iptc:rb{side}>{value}</iptc:rb{side}>" for side, value in sides.items())
    return f"<iptc:rbShape>{shape}</iptc:rbShape><iptc:rbUnit>{unit}</iptc:rbUnit>{numbers}"


PERSON = "<iptc:PersonInImage><rdf:Bag><rdf:li>Anna</rdf:li></rdf:Bag></iptc:PersonInImage>"
DETAILS = (
    f"<iptc:PersonInImageWDetails><rdf:Bag><rdf:li {RESOURCE}>"
    f"<iptc:PersonName>{ALT.format('Anna')}</iptc:PersonName></rdf:li></rdf:Bag>"
    "</iptc:PersonInImageWDetails>"
)
HUMAN = (
    f"<iptc:Name>{ALT.format('Anna')}</iptc:Name><iptc:rCtype><rdf:Bag><rdf:li {RESOURCE}>"
    "<iptc:Name>Human</iptc:Name></rdf:li></rdf:Bag></iptc:rCtype>"
)
THING = f"<iptc:Name>{ALT.format('Anna')}</iptc:Name>"
RECTANGLE = bounds("rectangle", X=0.2, Y=0.1, W=0.1, H=0.05)
CORNERS = "".join(
    f"<rdf:li {RESOURCE}><iptc:rbX>{x}</iptc:rbX><iptc:rbY>{y}</iptc:rbY></rdf:li>"
    for x, y in ((0.2, 0.12), (0.25, 0.1), (0.3, 0.15))
)
POLYGON = bounds("polygon") + f"<iptc:rbVertices><rdf:Seq>{CORNERS}</rdf:Seq></iptc:rbVertices>"


def acdsee(name: str, how: str = "manual") -> str:
    return (
        "<acd:RegionList><rdf:Bag><rdf:li><rdf:Description"
        f' acd:Type="Face" acd:Name="{name}" acd:NameAssignType="{how}">'
        '<acd:DLYArea acdArea:x="0.25" acdArea:y="0.125" acdArea:w="0.1" acdArea:h="0.05"/>'
        "</rdf:Description></rdf:li></rdf:Bag></acd:RegionList>"
    )


def photo(path: Path, xmp: str = "", orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    more = {"xmp": xmp.encode()} if xmp else {}
    Image.new("RGB", SIZE).save(path, exif=exif, **more)
    return path


@pytest.mark.parametrize(
    "content",
    [
        mwg("Anna"),
        microsoft("Anna"),
        microsoft_by_children("Anna"),
        iptc(RECTANGLE, PERSON),
        iptc(RECTANGLE, DETAILS),
        iptc(RECTANGLE, HUMAN),
        iptc(POLYGON, PERSON),
        iptc(bounds("rectangle", "pixel", X=16, Y=4, W=8, H=2), PERSON),
        acdsee("Anna"),
    ],
)
def test_every_schema(tmp_path, content):
    (found,) = face_regions(photo(tmp_path / "a.jpg", packet(content)))
    assert found.name == "Anna"
    assert found.share == pytest.approx(BOX)


def test_circles_are_as_wide_as_high_in_pixels(tmp_path):
    circle = iptc(bounds("circle", X=0.5, Y=0.5, Rx=0.1), PERSON)
    (found,) = face_regions(photo(tmp_path / "a.jpg", packet(circle)))
    assert found.share == pytest.approx((0.4, 0.3, 0.2, 0.4))


@pytest.mark.parametrize(
    "content",
    [
        iptc(RECTANGLE, THING),
        iptc(bounds("rectangle", X=0.2, Y=0.1), PERSON),
        acdsee("Anna", "denied"),
        microsoft("Anna", "0.2, 0.1, 0.1"),
        microsoft("Anna", "nan, inf, 0.1, 0.2"),
        microsoft("Anna", "1e400, 0, 0.1, 0.2"),
        microsoft("Anna", "2, 2, 0.1, 0.1"),
    ],
)
def test_what_marks_nobody(tmp_path, content):
    assert face_regions(photo(tmp_path / "a.jpg", packet(content))) == ()


def test_rectangles_rotate_with_the_photo(tmp_path):
    (found,) = face_regions(photo(tmp_path / "a.jpg", packet(microsoft("Anna")), orientation=6))
    assert found.share == pytest.approx((1 - 0.1 - 0.05, 0.2, 0.05, 0.1))


def named(path: Path) -> list[str]:
    return [region.name for region in face_regions(path)]


def picasa(folder: Path, text: str, name: str = ".picasa.ini", encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


INI = "[Contacts2]\r\nabc=From Picasa;;\r\n[a.jpg]\r\nfaces=rect64(3333199a4ccd2666),abc\r\n"


def test_the_first_that_names_somebody_counts(tmp_path):
    """Each source is taken away in turn; the next one shows."""
    own = [mwg("own MWG"), microsoft("own MP"), iptc(RECTANGLE, PERSON), acdsee("own ACD")]
    beside = [mwg("beside MWG"), microsoft("beside MP")]
    path = tmp_path / "a.jpg"
    picasa(tmp_path, INI)
    (tmp_path / "a.jpg.xmp").write_text(packet(*beside))
    assert named(photo(path, packet(*own))) == ["own MWG"]
    assert named(photo(path, packet(*own[1:]))) == ["beside MWG"]
    (tmp_path / "a.jpg.xmp").write_text(packet(*beside[1:]))
    assert named(photo(path, packet(*own[1:]))) == ["own MP"]
    assert named(photo(path, packet(*own[2:]))) == ["beside MP"]
    (tmp_path / "a.jpg.xmp").unlink()
    assert named(photo(path, packet(*own[2:]))) == ["Anna"]
    assert named(photo(path, packet(*own[3:]))) == ["own ACD"]
    assert named(photo(path, packet(mwg("")))) == ["From Picasa"], "unnamed faces come last"
    assert named(photo(path)) == ["From Picasa"]
    (tmp_path / ".picasa.ini").unlink()
    assert named(photo(path, packet(mwg("")))) == [""]


@pytest.mark.parametrize("name", ["a.xmp", "a.jpg.xmp", "a.XMP"])
def test_sidecars(tmp_path, name):
    path = photo(tmp_path / "a.jpg")
    (tmp_path / name).write_text(packet(microsoft("Anna")))
    assert named(path) == ["Anna"]


def test_a_sidecar_counts_whatever_the_photo_holds(tmp_path):
    """Such as text of megabytes, at which Pillow gives up."""
    text = PngInfo()
    text.add_text("Comment", "x" * (2 << 20), zip=True)
    Image.new("RGB", SIZE).save(tmp_path / "a.png", pnginfo=text)
    (tmp_path / "a.png.xmp").write_text(packet(mwg("Anna")))
    assert named(tmp_path / "a.png") == ["Anna"]


def test_a_sidecar_that_may_be_another_pictures_is_not_read(tmp_path):
    path, other = photo(tmp_path / "a.jpg"), photo(tmp_path / "a.png")
    (tmp_path / "a.xmp").write_text(packet(mwg("Anna")))
    assert (named(path), named(other)) == ([], [])
    (tmp_path / "a.png.xmp").write_text(packet(mwg("Karl")))
    assert (named(path), named(other)) == ([], ["Karl"])


def test_sidecars_and_lists_that_lead_elsewhere_are_not_opened(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    path = photo(folder / "a.jpg")
    (tmp_path / "secret.xmp").write_text(packet(mwg("Anna")))
    picasa(tmp_path, INI)
    (folder / "a.xmp").symlink_to(tmp_path / "secret.xmp")
    (folder / ".picasa.ini").symlink_to(tmp_path / ".picasa.ini")
    assert named(path) == []


def test_picasa_numbers_without_leading_zeros(tmp_path):
    path = photo(tmp_path / "A.JPG")
    # left 0, top 0x0ccd, right 0x1999, bottom 0x3333
    contacts = "[contacts2]\n0abc=Jos\xe9 \x07Berg;;\n"
    picasa(tmp_path, f"{contacts}[a.jpg]\nfaces=rect64(ccd19993333),abc;", encoding="cp1252")
    (found,) = face_regions(path)
    assert found.name == "José Berg"
    assert found.share == pytest.approx((0, 0.05, 0.1, 0.15), abs=1e-4)


def test_picasa_faces_of_nobody_and_nonsense(tmp_path):
    path = photo(tmp_path / "a.jpg")
    text = "no section\n[a.jpg]\nfaces=rect64(0),abc;rect64(zz),1;rect64(3333199a4ccd2666),"
    picasa(tmp_path, f"{text}ffffffffffffffff;rect64(11112222333344445),1\n[a.jpg\nfaces\n[]\n=\n")
    assert named(path) == [""]
    picasa(tmp_path, "\0\xff[[[", encoding="latin-1")
    assert named(path) == []


def test_picasas_list_is_read_anew_after_a_change(tmp_path):
    path = photo(tmp_path / "a.jpg")
    picasa(tmp_path, INI)
    assert named(path) == ["From Picasa"]
    picasa(tmp_path, INI.replace("From Picasa", "Somebody else"))
    assert named(path) == ["Somebody else"]


def test_names_are_one_harmless_line(tmp_path):
    path = photo(tmp_path / "a.jpg", packet(mwg("  An\u202ena\n\u0085 Berg&#9;" + "x" * 500)))
    (name,) = named(path)
    assert name.startswith("An na Berg x")
    assert (len(name), name.isprintable()) == (200, True)
    assert read_folder(tmp_path).persons[0].name == name


def test_people_of_a_tree_are_found_by_name_in_any_schema(tmp_path):
    photo(tmp_path / "a.jpg", packet(microsoft("anna  BERG")))
    tree = "0 HEAD\n1 GEDC\n2 VERS 7.0\n0 @I1@ INDI\n1 NAME Anna /Berg/\n1 DEAT Y\n1 OBJE @O@\n"
    (tmp_path / "t.ged").write_text(f"{tree}0 @O@ OBJE\n1 FILE a.jpg\n2 FORM image/jpeg\n0 TRLR\n")
    (link,) = read_input(BatchRequest(tmp_path / "t.ged", tmp_path / "out")).links
    assert link.region_name == "anna BERG"
    assert link.crop_share == pytest.approx(BOX)


def test_a_photo_of_many_people_is_read_once(tmp_path, monkeypatch):
    photo(tmp_path / "a.jpg", packet(mwg("Anna")))
    people = "".join(
        f"0 @I{n}@ INDI\n1 NAME Anna\n1 DEAT Y\n1 OBJE\n2 FILE a.jpg\n2 FORM jpg\n"
        for n in range(9)
    )
    (tmp_path / "t.ged").write_text(f"0 HEAD\n1 GEDC\n2 VERS 5.5.1\n{people}0 TRLR\n")
    reads: list[bytes] = []

    def counting(content, size):
        reads.append(content)
        return regions_in_packet(content, size)

    monkeypatch.setattr(regions_module, "regions_in_packet", counting)
    tree = read_input(BatchRequest(tmp_path / "t.ged", tmp_path / "out"))
    assert sum(bool(link.region_name) for link in tree.links) == 9
    assert len(reads) == 1


def test_a_jpegs_second_packet(tmp_path):
    """XMP that does not fit into one segment is continued in others, in any order."""
    path = photo(tmp_path / "a.jpg", packet())
    extended = packet(mwg("Anna"), "<!--" + "x" * 100_000 + "-->").encode()
    segments = b""
    for start in (60_000, 0):
        part = extended[start : start + 60_000]
        head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32
        head += len(extended).to_bytes(4) + start.to_bytes(4)
        segments += b"\xff\xe1" + (2 + len(head) + len(part)).to_bytes(2) + head + part
    content = path.read_bytes()
    path.write_bytes(content[:2] + segments + content[2:])
    assert named(path) == ["Anna"]


@pytest.mark.parametrize(
    "content",
    [
        "<b>" * 2000 + "</b>" * 2000,
        "<mwg:RegionList>" * 2000 + "</mwg:RegionList>" * 2000,
        "<b/>" * 250_000,
        mwg("Anna") * 500 + "x" * (4 << 20),
        '<!DOCTYPE x [<!ENTITY a "Anna">]>',
    ],
)
def test_packets_that_are_no_lists_of_faces(content):
    assert regions_in_packet(packet(content).encode(), SIZE) == {}


def test_names_that_are_not_utf_8_are_harmless(tmp_path):
    (tmp_path / "a.jpg.xmp").write_bytes(packet(mwg("José")).encode("latin-1"))
    assert named(photo(tmp_path / "a.jpg")) == []


def test_lists_in_lists_count_once():
    inner = mwg("Anna")
    nested = f"<mwg:RegionList>{inner}</mwg:RegionList>"
    found = regions_in_packet(packet(nested, inner * 700).encode(), SIZE)
    assert len(found["MWG"]) == 500, "and no more than so many"
