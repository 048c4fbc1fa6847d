"""A restored photo, written as a file like its own."""

from dataclasses import replace
from pathlib import Path

from nostalgia.clips.provenance import Provenance, still_source_type
from nostalgia.errors import EncodingError
from nostalgia.files import display_name, printable_name, require_place, write_whole
from nostalgia.photo.metadata import colours_only
from nostalgia.photo.originals import Original, with_changes
from nostalgia.stills.encoding import Still, encoded, enlarged_dpi
from nostalgia.stills.exif import corrected_exif
from nostalgia.stills.output import StillPlan
from nostalgia.stills.packets import merged_packet
from nostalgia.types import Photo, UInt8
from nostalgia.version import __version__


def write_still(
    plan: StillPlan,
    original: Original,
    photo: Photo,
    before: UInt8,
    after: UInt8,
    enhancement: str,
) -> tuple[str, ...]:
    """Write a restored photo with all that its file says; whole or not at all.

    Args:
        plan: where, and in which format.
        original: the photo's own samples.
        photo: the photo.
        before: RGB uint8 (H, W, 3), the photo in sRGB, enlarged as planned.
        after: the same, restored.
        enhancement: name of the face restorer; empty if no face was restored.

    Returns:
        What the file could not take over, one clause each.

    Raises:
        EncodingError: it cannot be written.
    """
    assert plan.path is not None
    samples = with_changes(original, before, after, plan.scale)
    size_wh = (samples.shape[1], samples.shape[0])
    left_out = list(original.oddities)
    kept = original.metadata if plan.metadata else colours_only(original.metadata)
    metadata = enlarged_dpi(kept, plan.scale)
    if metadata.exif is not None:
        exif = corrected_exif(metadata.exif, size_wh)
        if exif is None:
            left_out.append("its EXIF data are damaged and were not copied")
        metadata = replace(metadata, exif=exif)
    packet, more = merged_packet(
        provenance_of(photo, enhancement), metadata.xmp, turned=original.turned
    )
    still = Still(samples, original.profile, metadata, packet)
    content, others = encoded(still, plan.format)
    write_picture(plan.path, content, overwrite=plan.overwrite)
    return tuple(dict.fromkeys((*left_out, *more, *others)))


def write_picture(path: Path, content: bytes, *, overwrite: bool) -> None:
    """Write the bytes of a picture, whole or not at all.

    Raises:
        OutputExistsError: it was made while the work went on. EncodingError: it cannot be written.
    """
    require_place(path, overwrite=overwrite)
    try:
        write_whole(path, content, "picture")
    except ValueError as exc:
        raise EncodingError(f"{printable_name(path)}: cannot be written ({exc})") from exc


def provenance_of(photo: Photo, enhancement: str) -> Provenance:
    """What a restored picture says about how it was made."""
    return Provenance(
        title=display_name(photo.path),
        source_sha256=photo.sha256,
        motion="",
        driver="",
        version=__version__,
        enhancement=enhancement,
        digital_source_type=still_source_type(enhancement),
        rotated=photo.rotated,
    )
