"""Clips of a drawn picture, written by `ClipWriter`."""

import numpy as np

from nostalgia.clips.writer import ClipWriter

WIDTH, HEIGHT = 96, 64


def frames(count=12, width=WIDTH, height=HEIGHT):
    """A soft coloured picture that drifts and comes back."""
    y, x = np.mgrid[:height, :width]
    for number in range(count):
        angle = 2 * np.pi * number / count
        waves = [np.sin((x + 6 * np.sin(angle)) / 29), np.cos(y / 31), np.sin((x + y) / 43)]
        yield np.stack([128 + 90 * wave + 0 * x for wave in waves], -1).astype(np.uint8)


def write(path, count=12, width=WIDTH, height=HEIGHT, fps=24.0, **options):
    with ClipWriter(path, width, height, fps, **options) as writer:
        for frame in frames(count, width, height):
            writer.write(frame)
    return writer


def boxes(path):
    """Names of the top-level boxes of an MP4."""
    content, place, names = path.read_bytes(), 0, []
    while place < len(content):
        names.append(content[place + 4 : place + 8].decode())
        place += int.from_bytes(content[place : place + 4], "big")
    return names
