"""The options of `nostalgia animate` that choose backends and say how learned ones run."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.cli.animate_options import number_option

_PANEL = "Backends and learned networks"
_FOMM = "First Order Motion Model"


def _word(words: str, text: str, panel: str = _PANEL) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(metavar=words, help=text, rich_help_panel=panel)
    return option


DetectionOption = Annotated[
    str, _word("embedded|face-alignment", "Who finds the faces; see `nostalgia doctor`.")
]
EnhancementOption = Annotated[str, _word("embedded|gfpgan", "Who restores the faces.")]
EnhancementCheckpointOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Weights of the enhancement, instead of those that `nostalgia checkpoints` keeps.",
        rich_help_panel=_PANEL,
    ),
]
FidelityOption = Annotated[
    float,
    number_option(
        "fidelity", _PANEL, "How much of the photo's own light and shape gfpgan must keep."
    ),
]
MotionOption = Annotated[
    str, _word("mesh|fomm", "Who moves the faces: the embedded mesh, or a learned network.")
]
CheckpointOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Weights of the motion, such as vox-cpk.pth.tar, instead of those that"
        " `nostalgia checkpoints` keeps.",
        rich_help_panel=_PANEL,
    ),
]
DeviceOption = Annotated[str, _word("cpu|cuda", "What learned networks run on.")]

FommOutputOption = Annotated[
    str,
    _word(
        "native|network",
        "Move the photo's own pixels at their own size, or show the network's picture of 256"
        " pixels, to compare.",
        _FOMM,
    ),
]
FommMovementOption = Annotated[
    str,
    _word("relative|absolute", "Move as the driver moves, or take over his face's shape.", _FOMM),
]
FommAdaptScaleOption = Annotated[
    bool,
    typer.Option(
        "--fomm-adapt-scale/--fomm-plain-scale",
        help="Fit shifts to the size of the face, or take the driver's.",
        rich_help_panel=_FOMM,
    ),
]
FommAlignCornersOption = Annotated[
    bool,
    typer.Option(
        "--fomm-align-corners/--fomm-new-torch-corners",
        help="Sample as the released weights were trained, or as the original code does on torch"
        " 1.3 and later.",
        rich_help_panel=_FOMM,
    ),
]
FommSmoothingOption = Annotated[
    float,
    number_option(
        "fomm-smoothing", _FOMM, "How much trembling is taken out of the driver's keypoints."
    ),
]
FommPrecisionOption = Annotated[
    str,
    _word(
        "auto|float32|bfloat16",
        "Of what paints; auto: bfloat16 where the processor computes in it.",
        _FOMM,
    ),
]
FommLandmarksOption = Annotated[
    str,
    _word(
        "mesh|face-alignment",
        "Who finds the 68 points of the search for a driving clip's best first frame.",
        _FOMM,
    ),
]
