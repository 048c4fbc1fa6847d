"""`AnimateOptions` as journals store and hash them, whatever the class looks like today.

A journal identifies a clip by a hash of its options, among others. So that an album made by an
older version is not rendered again, the hashed mapping, "format 1", never changes: every name and
value below is what the first version wrote. A newer option joins the mapping only if it differs
from its default. The default of `size` is "share" for a clip that is to be made, but any size for a
clip that exists: the first version made them of the photo's own size, and an album keeps those
until something else about them changes, or a size is asked for. Likewise, no value of `crop` means
"auto" for a clip that is to be made, and the whole photo for one that exists. Drivers and
checkpoints are not in it: the fingerprint counts the content of those files instead.
"""

from collections.abc import Mapping
from typing import Any

from nostalgia.options import AnimateOptions

_NEWER = ("size", "rotate")

FOMM_DEFAULTS: Mapping[str, Any] = {
    "output": "native",
    "movement": "relative",
    "adapt_scale": True,
    "align_corners": True,
    "smoothing": 0.5,
    "precision": "auto",
    "landmarks": "mesh",
}
"""Options of the motion backend in format 1, where a clip sets none of them."""

_SAME_NAMES = (
    "faces", "face_box", "order", "face_drivers", "strength", "face_strengths", "smile", "blink",
    "turn", "gaze", "enhance", "enhancement", "fidelity", "detection", "motion", "device", "seed",
    "fps", "duration_s", "loop", "once_then_still", "crop", "side_by_side", "audio", "preview",
    "max_side", "format", "label", "min_face_px", "max_yaw_deg",
)  # fmt: skip


def format_1(options: AnimateOptions) -> dict[str, Any]:
    """Options in the mapping that is hashed; plain JSON values.

    `face_box` is None in every batch: a request that sets it is refused.
    """
    values = {name: getattr(options, name) for name in _SAME_NAMES}
    newer = {name: value for name in _NEWER if (value := getattr(options, name)) is not None}
    if options.crop == "photo":
        newer["whole"] = True  # "photo" stands for no value, as in the first version
    return {**values, **newer, "crop": options.crop or "photo", "fomm": motion_values(options)}


def motion_values(options: AnimateOptions) -> dict[str, Any]:
    """Options of the motion backend, the defaults of format 1 included."""
    return {**FOMM_DEFAULTS, **options.motion_options}


def options_from_stored(stored: Mapping[str, Any]) -> AnimateOptions:
    """Options from the JSON values of a journal, of this version or an older one.

    Raises:
        TypeError, ValueError: they hold an unknown option, or a senseless one.
        UsageError: a value is out of its range.
    """
    values = dict(stored)
    for place in ("poster", "overwrite"):  # never used by batches
        values.pop(place, None)
    if "size" not in values and values.get("crop") == "photo":
        values["crop"] = None  # the only default of the versions without sizes
    if "fomm" in values:
        values["motion_options"] = _changed(values.pop("fomm"))
    return AnimateOptions(**values)


def _changed(fomm: Mapping[str, Any]) -> dict[str, Any]:
    """The stored options of the motion backend that differ from the defaults of format 1."""
    return {name: value for name, value in fomm.items() if value != FOMM_DEFAULTS.get(name)}
