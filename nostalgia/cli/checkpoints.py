"""`nostalgia checkpoints`: weights that do not ship, downloaded and checked on request."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from nostalgia.cli.console import print_json, print_result, print_status, progress_bar
from nostalgia.cli.errors import one_line, with_exit_codes
from nostalgia.cli.help import Command, Group
from nostalgia.errors import BackendError, CheckpointError
from nostalgia.files import printable_name
from nostalgia.registry import remedy

if TYPE_CHECKING:
    from nostalgia.progress import ProgressCallback
    from nostalgia.weights.manifest import ManifestRow
    from nostalgia.weights.store import Reader

PATH_LIMIT = 4096

checkpoints_app = typer.Typer(
    cls=Group,
    help="List, download, import and check the weights of third-party networks.",
    no_args_is_help=True,
)


def _names_of_weights(incomplete: str) -> list[str]:
    """Names for the completion of a shell."""
    from nostalgia.weights.manifest import read_manifest

    return [row.name for row in read_manifest() if row.name.startswith(incomplete)]


NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A name listed by `checkpoints list`.",
        autocompletion=_names_of_weights,
    ),
]


@checkpoints_app.command("list", cls=Command)
@with_exit_codes
def list_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per file, one per line.")
    ] = False,
) -> None:
    """List the included and the downloadable weights, and which of them are stored."""
    from nostalgia.weights.manifest import read_manifest

    rows = read_manifest()
    width = max(len(row.name) for row in rows)
    for row in rows:
        if as_json:
            print_json(_values(row))
            continue
        used_by = f"  {', '.join(row.backends)}" if row.backends else ""
        print_result(f"{row.name:<{width}}  {_state(row):<8}  {_size(row):>14}{used_by}")
    print_status(
        "to download one: nostalgia checkpoints pull NAME; licences: nostalgia checkpoints licenses"
    )


@checkpoints_app.command("pull", cls=Command)
@with_exit_codes
def pull_command(
    name: NameArgument,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Download weights, check them and store them; an interrupted download is resumed."""
    from nostalgia.progress import Progress
    from nostalgia.weights import download as fetching
    from nostalgia.weights import store as checkpoint_store
    from nostalgia.weights.manifest import manifest_row

    row = manifest_row(name)
    if row.ships:
        print_result(f"{name} ships with nostalgia: {_path_text(checkpoint_store.kept_path(row))}")
        return
    if checkpoint_store.is_here(row) and _is_listed(row):
        print_result(f"{name} is already stored: {_path_text(checkpoint_store.kept_path(row))}")
        return
    _announce(row)
    with progress_bar(f"downloading {row.file}", quiet=quiet) as bar:

        def show(done: int, total: int | None) -> None:
            if bar is not None and total:
                bar(Progress("downloading", done / total))

        try:
            path = fetching.pull(row, show, lambda reason: print_status(f"warning: {reason}"))
        except KeyboardInterrupt:
            print_status(
                f"the downloaded part is kept; to resume, run: nostalgia checkpoints pull {name}"
            )
            raise
    print_result(_path_text(path))


@checkpoints_app.command("import", cls=Command)
@with_exit_codes
def import_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Your own weights file; it stays where it is.")
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Its name in the list; by default found by hash or file name.",
        ),
    ] = None,
    accept_hash: Annotated[
        bool,
        typer.Option(
            "--accept-hash",
            help="Accept a file with a different hash if the listed hash is unverified; nothing in"
            " it is run.",
        ),
    ] = False,
) -> None:
    """Copy your own weights file into the store, if the manifest lists it."""
    from nostalgia.weights import store as checkpoint_store

    with progress_bar(f"reading {printable_name(file)}", quiet=False) as bar:
        row = checkpoint_store.import_file(
            file,
            name,
            reader=_reader,
            accept_hash=accept_hash,
            progress=_share(bar),
        )
    print_result(f"{row.name}: {_path_text(checkpoint_store.kept_path(row))}")
    if checkpoint_store.note_path(checkpoint_store.kept_path(row)).is_file():
        print_status(f"warning: this is not the file that the manifest lists as {row.name}")


@checkpoints_app.command("verify", cls=Command)
@with_exit_codes
def verify_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Name of the weights; by default all that are stored."),
    ] = None,
) -> None:
    """Compare the stored weights with the manifest."""
    from nostalgia.weights import store as checkpoint_store
    from nostalgia.weights.manifest import manifest_row, read_manifest

    wrong = []
    for row in read_manifest() if name is None else (manifest_row(name),):
        if name is None and not (row.ships or checkpoint_store.is_here(row)):
            continue
        try:
            with progress_bar(f"reading {row.file}", quiet=False) as bar:
                listed = checkpoint_store.verify(row, _share(bar))
        except CheckpointError as error:
            wrong.append(one_line(error))
            continue
        as_listed = "matches the manifest"
        other = "not the file in the manifest, but unchanged since you imported it"
        print_result(f"{row.name}: {as_listed if listed else other}")
    if wrong:
        raise CheckpointError("; ".join(wrong))


@checkpoints_app.command("path", cls=Command)
@with_exit_codes
def path_command(name: NameArgument) -> None:
    """Print the path of stored weights."""
    from nostalgia.weights.store import stored_checkpoint

    print_result(_path_text(stored_checkpoint(name)))


@checkpoints_app.command("licenses", cls=Command)
@with_exit_codes
def licenses_command() -> None:
    """Print the licences of the weights, and what is unverified about them."""
    from nostalgia.weights.manifest import read_manifest

    for number, row in enumerate(read_manifest()):
        print_result(f"{'' if number == 0 else chr(10)}{row.name}")
        for label, text in _terms(row).items():
            print_result(f"  {label + ':':<10}{text}")


def _is_listed(row: "ManifestRow") -> bool:
    """True if the stored file is the listed one; prints why the listed one is downloaded."""
    from nostalgia.weights.store import verify

    try:
        listed = verify(row)
    except CheckpointError as error:
        print_status(f"warning: {one_line(error)}")
        return False
    if not listed:
        print_status(f"warning: your imported {row.file} will be replaced by the listed one")
    return listed


def _announce(row: "ManifestRow") -> None:
    """Print what is about to be downloaded: size, hosts and licence."""
    from nostalgia.weights.download import is_for_browsers, partial_file
    from nostalgia.weights.store import kept_path
    from nostalgia.weights.validation import size_in_words

    print_status(f"downloading {row.name}: {row.file}, {_size(row)}")
    partial = partial_file(row)
    if partial.is_file():
        print_status(
            f"  {'stored:':<10}{size_in_words(partial.stat().st_size)} from an earlier attempt"
        )
    places = [str(urlsplit(url).hostname) for url in row.urls if not is_for_browsers(url)]
    print_status(f"  {'from:':<10}{', then '.join(dict.fromkeys(places))}")
    print_status(f"  {'to:':<10}{_path_text(kept_path(row))}")
    for label, text in _terms(row).items():
        print_status(f"  {label + ':':<10}{text}")


def _terms(row: "ManifestRow") -> dict[str, str]:
    terms = {"licence": row.licence, "source": row.source}
    unproven = {"unproven": row.unproven_licence, "hash": row.unproven_hash}
    return terms | {label: text for label, text in unproven.items() if text}


def _size(row: "ManifestRow") -> str:
    from nostalgia.weights.validation import size_in_words

    return "size unknown" if row.size is None else size_in_words(row.size)


def _reader(row: "ManifestRow") -> "Reader":
    """Reader of the file of a row; none of them runs anything in it."""
    if row.kind == "program":
        return _trust_the_hash
    try:
        from nostalgia.motion.fomm.checkpoint import load_model
    except ImportError as exc:
        raise BackendError(
            f"the file differs from the listed one, and reading it needs torch ({exc});"
            f" {remedy('torch')}"
        ) from exc
    return load_model if row.kind == "first-order-model" else _open_tensors


def _open_tensors(file: Path) -> None:
    from nostalgia.motion.fomm.containers import ContainerError, open_container

    try:
        with open_container(file):
            pass
    except (ContainerError, OSError) as exc:
        raise CheckpointError(f"{printable_name(file)} is not a weight file ({exc})") from exc


def _trust_the_hash(file: Path) -> None:
    """Accept a program, which is code by nature: only its hash shows that it is the right one."""


def _state(row: "ManifestRow") -> str:
    from nostalgia.weights.store import is_here

    if row.ships:
        return "ships"
    return "stored" if is_here(row) else "missing"


def _values(row: "ManifestRow") -> dict[str, Any]:
    from nostalgia.weights.store import is_here, kept_path

    return {
        "name": row.name,
        "state": _state(row),
        "path": str(kept_path(row)) if is_here(row) else None,
        "file": row.file,
        "kind": row.kind,
        "size": row.size,
        "sha256": row.sha256,
        "md5": row.md5,
        "backends": list(row.backends),
        "urls": list(row.urls),
        "licence": row.licence,
        "unproven": {"licence": row.unproven_licence, "hash": row.unproven_hash},
        "source": row.source,
    }


def _share(bar: "ProgressCallback | None") -> Callable[[float], None] | None:
    from nostalgia.progress import Progress

    return None if bar is None else lambda done: bar(Progress("reading", done))


def _path_text(path: Path) -> str:
    return printable_name(path, limit=PATH_LIMIT)
