"""`nostalgia sign`: Content Credentials for a clip."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.cli.console import print_result
from nostalgia.cli.errors import with_exit_codes
from nostalgia.files import printable_name


@with_exit_codes
def sign_command(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip or poster of nostalgia.")],
    certificate: Annotated[
        Path,
        typer.Option(metavar="CHAIN.pem", help="Your certificate, followed by its chain."),
    ],
    key: Annotated[
        Path,
        typer.Option(metavar="KEY.pem", help="Its private key, without a password; never copied."),
    ],
    photo: Annotated[
        Path | None,
        typer.Option(metavar="PHOTO", help="Record the photo as the clip's source, by its hash."),
    ] = None,
) -> None:
    """Sign a finished clip with your own certificate (C2PA Content Credentials).

    Sign last: any later change to the file breaks the signature. The photo's pixels are not put
    into the clip, and nothing is sent anywhere.
    """
    from nostalgia.clips.signing import sign_clip

    sign_clip(clip, certificate, key, photo)
    name = printable_name(clip)
    print_result(f"{name}: signed; to check it, run: nostalgia inspect {name}")
