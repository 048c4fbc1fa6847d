"""Jinja2 environment of HTML pages, and addresses of the files that a page shows.

Everything that a template inserts is escaped, whatever a tree or a file name holds.
"""

import os
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nostalgia.album.pages.entry import path_in_album


@cache
def template_environment(package: str) -> Environment:
    """Environment of the templates in the folder ``templates`` of a package.

    Inserted text is escaped, and characters that HTML cannot hold are replaced; a variable that a
    template uses without being given it is an error.

    Args:
        package: dotted name, such as ``nostalgia.album.pages``.
    """
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        finalize=_valid_in_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _valid_in_html(value: Any) -> Any:
    """The value with control characters and lone surrogates replaced, if it is plain text."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = "".join(char if char >= " " or char in "\n\t" else " " for char in value)
    return text.encode("utf-8", "replace").decode("utf-8")


def address(path_below_album: str) -> str:
    """Percent-encoded address of a file in the album's folder or below it.

    Args:
        path_below_album: relative, with forward slashes.

    Raises:
        UsageError: the path leads out of the folder.
    """
    return quote(os.fsencode(str(path_in_album(path_below_album))), safe="/")
