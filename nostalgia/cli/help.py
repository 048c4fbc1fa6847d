"""Help pages that fit 80 columns: commands in a chosen order, flags without a type beside them."""

from typing import Any

from typer.core import TyperCommand, TyperGroup

ORDER = (
    *("animate", "batch", "enhance", "app", "explain", "faces", "drivers", "checkpoints"),
    *("list", "preview", "add"),
)
"""Commands that are listed first, in this order; the others follow as they were added."""


class Command(TyperCommand):
    """A command whose help shows a flag as a flag, and whose paragraphs fill their lines."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        paragraphs = (self.help or "").split("\n\n")
        self.help = "\n\n".join(" ".join(each.split()) for each in paragraphs)

    def get_params(self, ctx: Any) -> Any:
        """The parameters, without those that are useless to a reader."""
        return _plain(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands, the important ones first."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, without those that are useless to a reader."""
        return _plain(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands in the order of the help."""
        names = super().list_commands(ctx)
        first = [name for name in ORDER if name in names]
        return first + [name for name in names if name not in first]


def _plain(params: Any) -> Any:
    """The parameters, flags without a metavar and arguments without a type such as list[str]."""
    for param in params:
        if param.param_type_name == "argument":
            param.display_type_rich = lambda ctx: None
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params
