"""`nostalgia sign`: put Content Credentials into a clip."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.cli.console import print_result
from nostalgia.cli.errors import with_exit_codes
from nostalgia.files import printable_name


@with_exit_codes
def sign_command(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip or a poster of nostalgia.")],
    certificate: Annotated[
        Path,
        typer.Option(
            metavar="CHAIN.pem", help="Your certificate, and below it those that vouch for it."
        ),
    ],
    key: Annotated[
        Path,
        typer.Option(metavar="KEY.pem", help="Its key, without a password; it stays where it is."),
    ],
    photo: Annotated[
        Path | None,
        typer.Option(metavar="PHOTO", help="Name the photo as the clip's origin, by its hash."),
    ] = None,
) -> None:
    """Sign a finished clip with your own certificate (C2PA Content Credentials).

    Do it last: whatever changes the file afterwards breaks the signature. The photo's pixels are
    not put into the clip, and nothing is sent anywhere.
    """
    from nostalgia.clips.signing import sign_clip

    sign_clip(clip, certificate, key, photo)
    print_result(f"{printable_name(clip)}: signed; see nostalgia inspect {printable_name(clip)}")
