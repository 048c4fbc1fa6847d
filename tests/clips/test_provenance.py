"""The provenance of a clip can be read back, by people and by machines."""

import dataclasses
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.provenance import (
    SYNTHETIC,
    TRAINED,
    Provenance,
    digital_source_type,
    metadata_tags,
    read_provenance,
    xmp_packet,
)
from nostalgia.clips.writer import ClipWriter, probe
from nostalgia.clips.xmp import embed_xmp, extract_xmp
from nostalgia.errors import EncodingError

MADE = Provenance(
    title='Oma <Zoë> & "Opa" 祖母',
    source_sha256="ab" * 32,
    motion="mesh",
    driver="calm, smile",
    version="0.1.0",
    enhancement="embedded",
)
SUFFIXES = ["mp4", "gif", "webp"]


def clip(path, **options):
    rng = np.random.default_rng(0)
    with ClipWriter(path, 40, 30, 10, overwrite=True, **options) as writer:
        for _ in range(4):
            writer.write(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8))
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip_through_the_writer(tmp_path, suffix):
    path = clip(tmp_path / f"a.{suffix}", tags=metadata_tags(MADE), xmp=xmp_packet(MADE))
    assert read_provenance(path) == MADE
    assert probe(path).frames == 4


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_embedding_into_a_finished_clip_replaces_the_earlier_packet(tmp_path, suffix):
    path = clip(tmp_path / f"a.{suffix}")
    assert read_provenance(path) is None
    before = path.stat().st_size
    embed_xmp(path, xmp_packet(dataclasses.replace(MADE, driver="x" * 5000)))
    embed_xmp(path, xmp_packet(MADE))
    assert read_provenance(path) == MADE
    assert path.stat().st_size < before + len(xmp_packet(MADE)) + 300
    assert probe(path).frames == 4


def test_the_index_stays_in_front(tmp_path):
    content = clip(tmp_path / "a.mp4", xmp=xmp_packet(MADE)).read_bytes()
    assert content.index(b"moov") < content.index(b"mdat") < content.index(b"xpacket")


def test_plain_tags_name_the_facts(tmp_path):
    tags = probe(clip(tmp_path / "a.mp4", tags=metadata_tags(MADE))).metadata
    assert tags["title"] == MADE.title
    for part in (MADE.source_sha256, "mesh", "calm, smile", "0.1.0", SYNTHETIC):
        assert part in tags["comment"]
    assert "never filmed" in tags["description"]


def test_pillow_finds_the_packet_where_the_format_has_it(tmp_path):
    with Image.open(clip(tmp_path / "a.webp", xmp=xmp_packet(MADE))) as image:
        assert image.info["xmp"] == xmp_packet(MADE)


def test_the_packet_is_standard_xmp():
    root = ET.fromstring(xmp_packet(MADE).decode().lstrip("\ufeff"))
    spaces = {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "dc": "http://purl.org/dc/elements/1.1/",
        "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    }
    assert root.tag == "{adobe:ns:meta/}xmpmeta"
    about = root.find("rdf:RDF/rdf:Description", spaces)
    assert about.findtext("iptc:DigitalSourceType", None, spaces) == SYNTHETIC
    assert about.findtext("dc:title/rdf:Alt/rdf:li", None, spaces) == MADE.title


def test_the_same_facts_give_the_same_bytes_and_no_time():
    assert xmp_packet(MADE) == xmp_packet(dataclasses.replace(MADE))
    assert b"CreateDate" not in xmp_packet(MADE)
    timed = dataclasses.replace(MADE, created="2026-11-21T10:00:00Z")
    assert b"2026-11-21T10:00:00Z" in xmp_packet(timed)


def test_the_source_type_depends_on_the_backends():
    assert digital_source_type("mesh", "embedded") == SYNTHETIC
    assert digital_source_type("mesh", "") == SYNTHETIC
    assert digital_source_type("mesh", "gfpgan") == TRAINED
    assert digital_source_type("fomm") == TRAINED
    assert digital_source_type("a-third-party-backend") == TRAINED


def test_names_with_control_characters_and_broken_bytes_stay_readable(tmp_path):
    odd = dataclasses.replace(MADE, title="two\nlines \u202e \x00 \udce4.jpg")
    path = clip(tmp_path / "a.mp4", tags=metadata_tags(odd), xmp=xmp_packet(odd))
    assert read_provenance(path).title == "two\\nlines \\u202e \\x00 \\udce4.jpg"


def test_foreign_and_dangerous_packets_are_ignored(tmp_path):
    path = clip(tmp_path / "a.mp4")
    ours = xmp_packet(MADE)
    declaration = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    place = ours.index(b"<x:xmpmeta")
    for packet in (
        b"<x/>",
        b"not xml",
        declaration + b"<a>&b;</a>",
        ours[:place] + declaration + ours[place:],
        ours[:place] + b"<!DOCTYPE a>" + ours[place:],
        ours.decode().encode("utf-16"),
        ours[:-200],
    ):
        embed_xmp(path, packet)
        assert extract_xmp(path) == packet
        assert read_provenance(path) is None


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_pictures_of_other_programs_have_none(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (4, 4)).save(path)
    assert read_provenance(path) is None


def test_a_damaged_tiff_has_none(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0" + b"\xff" * 9)
    assert read_provenance(tmp_path / "a.tif") is None


def test_other_files_are_refused_and_untouched(tmp_path):
    path = tmp_path / "a.bmp"
    Image.new("RGB", (4, 4)).save(path)
    before = path.read_bytes()
    with pytest.raises(EncodingError, match=r"a\.bmp"):
        read_provenance(path)
    with pytest.raises(ValueError, match="MP4, GIF, WebP and JPEG only"):
        embed_xmp(path, xmp_packet(MADE))
    assert path.read_bytes() == before
    with pytest.raises(EncodingError):
        read_provenance(tmp_path / "missing.mp4")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_cut_off_clips_are_refused_without_a_traceback(tmp_path, suffix):
    path = clip(tmp_path / f"a.{suffix}", xmp=xmp_packet(MADE))
    whole = path.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:length])
        try:
            assert read_provenance(path) in (None, MADE)
        except EncodingError as exc:
            assert path.name in str(exc)


@pytest.mark.parametrize("rest", [b"", b"\0\5", b"\0" * 7 + b"\5"])
def test_a_large_box_that_is_cut_off_is_refused_without_a_traceback(tmp_path, rest):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\1mdat" + rest)
    with pytest.raises(EncodingError, match=r"a\.mp4"):
        read_provenance(path)
