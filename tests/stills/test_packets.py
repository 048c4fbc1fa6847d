"""The XMP of a restored picture: the photo's own, and how it was made, nothing twice."""

import xml.etree.ElementTree as ET

import pytest

from nostalgia.clips.provenance import DC, IPTC, OWN, RDF, XMP, Provenance
from nostalgia.stills.packets import merged_packet

REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/"
MADE = Provenance("oma.jpg", "ab" * 32, "", "", "9.9", "embedded", "urn:source-type")
PHOTOS = f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
<rdf:Description rdf:about="uuid:1" xmlns:dc="{DC}" xmlns:xmp="{XMP}" xmlns:Iptc4xmpExt="{IPTC}"
  xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:mwg-rs="{REGIONS}" tiff:Orientation="6"
  xmp:CreatorTool="a scanner">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Oma, 1931</rdf:li></rdf:Alt></dc:description>
<Iptc4xmpExt:DigitalSourceType>urn:scan</Iptc4xmpExt:DigitalSourceType>
<mwg-rs:Regions>here she is</mwg-rs:Regions>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def properties(packet: bytes) -> dict[str, list[str]]:
    """Name of every property of a packet -> its texts."""
    root = ET.fromstring(packet.decode())
    found: dict[str, list[str]] = {}
    for about in root.find(f"{{{RDF}}}RDF"):
        for name, text in about.attrib.items():
            found.setdefault(name, []).append(text)
        for each in about:
            found.setdefault(each.tag, []).append("".join(each.itertext()).strip())
    return found


def test_a_photo_without_a_packet_gets_ours():
    packet, left_out = merged_packet(MADE, None)
    assert properties(packet)[f"{{{OWN}}}enhancement"] == ["embedded"] and left_out == []


def test_what_the_photo_says_about_itself_stays_and_stands_there_once():
    found = properties(merged_packet(MADE, PHOTOS)[0])
    assert found[f"{{{DC}}}description"] == ["Oma, 1931"]
    assert found[f"{{{XMP}}}CreatorTool"] == ["a scanner"]
    assert found[f"{{{DC}}}title"] == ["oma.jpg"]
    assert found[f"{{{REGIONS}}}Regions"] == ["here she is"]
    assert all(len(texts) == 1 for name, texts in found.items() if not name.endswith("}about"))


def test_both_parts_are_about_the_same_resource():
    assert set(properties(merged_packet(MADE, PHOTOS)[0])[f"{{{RDF}}}about"]) == {"uuid:1"}


def test_how_it_was_made_replaces_what_was_true_of_the_scan():
    found = properties(merged_packet(MADE, PHOTOS)[0])
    assert found[f"{{{IPTC}}}DigitalSourceType"] == ["urn:source-type"]
    assert found[f"{{{OWN}}}source_sha256"] == ["ab" * 32]
    assert "{http://ns.adobe.com/tiff/1.0/}Orientation" not in found


def test_a_second_restoration_leaves_no_trace_of_the_first():
    first, _ = merged_packet(MADE, PHOTOS)
    again, _ = merged_packet(MADE, first)
    assert properties(again)[f"{{{OWN}}}version"] == ["9.9"]


def test_places_of_people_in_a_turned_photo_are_left_out_and_that_is_said():
    packet, left_out = merged_packet(MADE, PHOTOS, turned=True)
    assert f"{{{REGIONS}}}Regions" not in properties(packet)
    assert len(left_out) == 1 and "places of people" in left_out[0]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"no xml",
        PHOTOS[:-200],
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<a xmlns='b'/>",
    ],
)
def test_a_damaged_packet_is_replaced_and_that_is_said(damaged):
    packet, left_out = merged_packet(MADE, damaged)
    assert properties(packet)[f"{{{OWN}}}version"] == ["9.9"]
    assert left_out == ["its XMP data are damaged and were not copied"]


def test_the_same_packets_give_the_same_bytes():
    assert merged_packet(MADE, PHOTOS) == merged_packet(MADE, PHOTOS)
