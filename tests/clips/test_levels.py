"""Levels of H.264: the one that we name is the one that the file states."""

import re
import struct
import subprocess

import numpy as np
import pytest
from drawn_clips import write

from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.clips.levels import (
    LEVELS,
    largest_bytes,
    level_named,
    level_of,
    level_words,
    playback_words,
    stumbles,
)
from nostalgia.clips.stream_level import level_in_file
from nostalgia.clips.writer import ClipTooLargeError, ClipWriter, probe

SHAPES = [
    (17, 33, 25), (96, 64, 25), (480, 360, 25), (958, 958, 25), (720, 1080, 30), (1168, 1752, 30),
    (1440, 1440, 25), (1920, 1080, 30), (1920, 1080, 60), (1920, 385, 25), (421, 1683, 24),
    (1200, 1800, 30), (1241, 1655, 25), (2352, 3528, 30), (3839, 769, 12.5), (4097, 1025, 50),
    (2600, 3900, 25),
]  # fmt: skip
"""Width, height and rate: squares, 2:3, 3:4, panoramas, tall ones, odd sides, sizes of films."""


def encoded(path, width, height, fps, count=2):
    with ClipWriter(path, width, height, fps) as writer:
        for number in range(count):
            writer.write(np.full((height, width, 3), 90 + number, np.uint8))
    return path


@pytest.mark.parametrize(("width", "height", "fps"), SHAPES)
def test_the_level_that_we_name_is_in_the_file(tmp_path, width, height, fps):
    path = encoded(tmp_path / "a.mp4", width, height, fps)
    info = probe(path)
    assert info.width % 2 == info.height % 2 == 0
    assert (info.width, info.height) == (width + width % 2, height + height % 2)
    level = level_of((width, height), fps)
    assert level_in_file(path) == level.name
    assert level == level_of((info.width, info.height), fps)


@pytest.mark.parametrize(("width", "height", "fps"), [(96, 64, 25), (1168, 1752, 30)])
def test_ffmpeg_reads_the_same_level(tmp_path, width, height, fps):
    path = encoded(tmp_path / "a.mp4", width, height, fps)
    words = "-c copy -bsf:v trace_headers -f null -".split()
    command = [ffmpeg_program(), "-i", path, *words]
    log = subprocess.run(command, capture_output=True, text=True).stderr
    level = int(re.search(r"level_idc\s+\d+ = (\d+)", log)[1])
    assert level_in_file(path) == f"{level // 10}.{level % 10}"


def test_a_clip_beyond_all_levels_is_made_without_one():
    assert level_of((16_384, 16_384), 25) is None
    assert stumbles("") and "H.264" in level_words("")


@pytest.mark.parametrize(
    ("level", "width", "height", "fps"),
    [
        ("4.0", 1920, 1080, 30), ("4.2", 1920, 1080, 60), ("5.1", 3840, 2160, 30),
        ("5.2", 3840, 2160, 60), ("3.1", 1280, 720, 30), ("6.0", 4000, 6000, 30),
        ("5.1", 4096, 2304, 25),
    ],
)  # fmt: skip
def test_levels_of_well_known_films(level, width, height, fps):
    assert level_of((width, height), fps).name == level


def test_levels_rise_and_a_long_thin_picture_needs_a_higher_one():
    for lower, higher in zip(LEVELS, LEVELS[1:], strict=False):
        assert lower.macroblocks <= higher.macroblocks
        assert lower.macroblocks_per_s <= higher.macroblocks_per_s
        assert lower.name < higher.name
    assert level_of((4112, 16), 25).name == "4.2"
    assert level_of((4080, 16), 25).name == "4.0"


def test_words_say_where_a_level_plays():
    assert playback_words("1b") == playback_words("3.1") == playback_words("4.0")
    assert playback_words("4.0") == "plays everywhere"
    assert playback_words("4.1") == playback_words("5.1") != playback_words("4.0")
    assert [stumbles(level) for level in ("4.0", "5.1", "5.2", "6.2", "")] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert "browsers show a few frames a second" in playback_words("6.0")


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_other_files_state_no_level(tmp_path, name):
    write(tmp_path / name)
    assert level_in_file(tmp_path / name) == ""


@pytest.mark.parametrize(
    ("codec", "suffix", "level"),
    [("mpeg4", "mp4", ""), ("libx264 -profile:v baseline", "mov", "1.1"), ("libx264", "mkv", "")],
)
def test_films_of_other_programs(tmp_path, codec, suffix, level):
    path = tmp_path / f"a.{suffix}"
    source = "-f lavfi -i sine -f lavfi -i color=c=gray:s=176x144:r=25:d=0.4"
    order = "-map 0:a -map 1:v -shortest"
    command = [ffmpeg_program(), "-v", "error", *source.split(), *order.split()]
    subprocess.run([*command, "-c:v", *codec.split(), path], check=True)
    assert level_in_file(path) == level


def box(kind, content=b""):
    return struct.pack(">I4s", 8 + len(content), kind) + content


@pytest.mark.parametrize(
    ("content", "level"),
    [
        (b"\1\x42\xd0\x0b\xff\xe0", "1b"),
        (b"\1\x64\x00\x09\xff\xe0", "1b"),
        (b"\1\x42\xc0\x0b\xff\xe0", "1.1"),
        (b"\1\x64\x00\x28\xff\xe1\x00\x04\x67\x64\x00\x33", "5.1"),
        (b"\1\x64", ""),
        (b"", ""),
    ],
)
def test_configurations_as_other_programs_write_them(tmp_path, content, level):
    inside = box(b"avc1", bytes(78) + box(b"avcC", content))
    inside = box(b"stsd", bytes(8) + inside)
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        inside = box(kind, inside)
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + box(b"free", bytes(9)) + inside)
    assert level_in_file(path) == level


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\0\4moov", b"\0\0\0\x20moov\0\0", b"\0\0\0\1moov\0\0\0\0\0\0\0\1", b"\0\0\0\0moov",
        box(b"moov", b"\xff\xff\xff\xfftrak"), b"x", b"", box(b"moov") * 400,
    ],
)  # fmt: skip
def test_damaged_boxes_end_the_search(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    assert level_in_file(tmp_path / "a.mp4") == ""


def test_boxes_inside_boxes_without_end_are_not_followed(tmp_path):
    nested = b""
    for _ in range(5000):
        nested = box(b"trak", nested)
    (tmp_path / "a.mp4").write_bytes(box(b"moov", nested))
    assert level_in_file(tmp_path / "a.mp4") == ""


def test_the_bytes_of_a_clip_to_share_and_of_larger_and_longer_ones():
    share = largest_bytes((1920, 1080), 9.0)
    assert 15e6 < share < 16e6
    assert largest_bytes((640, 480), 2.0) == share
    assert largest_bytes((1920, 1080), 18.0) == 2 * share
    assert largest_bytes((3840, 2176), 9.0) == 4 * share
    assert level_named("5.1").largest_frame(30) == 32_768


@pytest.mark.parametrize("limit", [2_000, 60_000])
def test_a_clip_that_becomes_too_large_is_given_up(tmp_path, limit):
    noise = np.random.default_rng(1).integers(0, 256, (12, 128, 128, 3), dtype=np.uint8)
    with pytest.raises(ClipTooLargeError):
        with ClipWriter(tmp_path / "a.mp4", 128, 128, 25, max_bytes=limit) as writer:
            for frame in noise:
                writer.write(frame)
    assert list(tmp_path.iterdir()) == []


def test_a_lower_quality_takes_fewer_bytes(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (6, 128, 128, 3), dtype=np.uint8)
    sizes = []
    for crf in (19, 28):
        with ClipWriter(tmp_path / f"{crf}.mp4", 128, 128, 25, crf=crf) as writer:
            for frame in noise:
                writer.write(frame)
        sizes.append((tmp_path / f"{crf}.mp4").stat().st_size)
    assert sizes[1] < 0.8 * sizes[0]
