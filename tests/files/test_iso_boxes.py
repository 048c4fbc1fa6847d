"""Boxes are found whatever their lengths claim."""

import io
import struct

import pytest

from nostalgia.files.iso_boxes import iso_boxes


def box(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if length is None else length, kind) + content


def kinds(data: bytes) -> list[bytes]:
    return [each.kind for each in iso_boxes(io.BytesIO(data))]


def test_boxes_follow_each_other() -> None:
    wide = struct.pack(">I4sQ", 1, b"wide", 16 + 3) + b"abc"
    data = box(b"ftyp", b"isom") + wide + box(b"last", b"to the end", 0)
    found = list(iso_boxes(io.BytesIO(data)))
    assert [data[each.content : each.end] for each in found] == [b"isom", b"abc", b"to the end"]
    assert [each.kind for each in iso_boxes(io.BytesIO(data), 12, 31)] == [b"wide"]


@pytest.mark.parametrize("bad", [box(b"free", b"", 7), struct.pack(">I4sQ", 1, b"free", 15)])
def test_a_box_shorter_than_its_header_ends_the_search(bad: bytes) -> None:
    assert kinds(box(b"ftyp", b"") + bad + box(b"moov", b"")) == [b"ftyp"]


def test_a_box_that_claims_too_much_is_the_last() -> None:
    (found,) = iso_boxes(io.BytesIO(box(b"moov", b"abc", 99)))
    assert found.end == 99
    assert kinds(b"") == kinds(b"\0\0\0\1") == []
