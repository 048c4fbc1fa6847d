"""Entries of made-up albums."""

from dataclasses import replace
from pathlib import Path

from nostalgia.album.pages.entry import AlbumEntry

ANNA = AlbumEntry(
    key="1",
    status="done",
    photo="anna.jpg",
    clip="clips/Anna, 1.mp4",
    poster="posters/Anna, 1.jpg",
    width=40,
    height=60,
    person_id="I1",
    name="Anna Weiß",
    born="12 FEB 1809",
    died="1865",
    title="At the sea",
    source="Album of Ella, page 3",
    driver="calm",
    media_id="O1",
    photo_sha256="ab" * 32,
)
KARL = replace(
    ANNA,
    key="2",
    photo="karl.jpg",
    clip="clips/karl.mp4",
    poster="",
    person_id="I2",
    name="Karl",
    born="",
    died="Y",
    title="",
    source="",
    media_id="",
    photo_sha256="cd" * 32,
)
LIVING = AlbumEntry(key="3", status="skipped-living", photo="zoe-in-2020.jpg")
LOST = AlbumEntry(key="4", status="missing-file", photo="hans.jpg", name="Hans Weiß")


def put_files(folder: Path, *entries: AlbumEntry) -> None:
    """Write a placeholder file for the clip of each entry."""
    for entry in entries:
        clip = folder / entry.clip
        clip.parent.mkdir(parents=True, exist_ok=True)
        clip.write_bytes(entry.key.encode())
