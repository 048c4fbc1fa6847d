"""Writes docs/cli.md from the command line itself; a test checks that it is up to date.

python docs/generate_cli.py
"""

from pathlib import Path
from typing import Any

import typer

from nostalgia.cli.app import app

MANUAL = Path(__file__).parent / "cli.md"

HEAD = """# The command line

<!-- Written by docs/generate_cli.py; change the code, not this page. -->

`nostalgia COMMAND --help` shows the same. Results go to standard output, remarks and errors to
standard error; a progress bar appears on a terminal only. Put `--` before a photo whose name starts
with a dash. The first Ctrl-C stops a run and leaves no half-written file; a second one ends it at
once. `nostalgia --install-completion` lets your shell complete commands, options and drivers.
"""

TAIL = """
## Exit codes

| Code | Meaning |
|---:|---|
| 0 | done |
| 1 | a bug in nostalgia; `NOSTALGIA_DEBUG=1` shows the traceback |
| 2 | the request makes no sense: an unknown option, a value out of range, face 7 of three |
| 3 | a photo, a sound, a clip or a tree cannot be used, or `verify` found a difference |
| 4 | no face of the photo can be animated or restored |
| 5 | a driver or driving clip cannot be used, or `drivers lint` found errors |
| 6 | a backend or checkpoint is missing or damaged |
| 7 | a clip, a picture, an album or a report cannot be written (a full disk), or already exists |
| 8 | some of several photos failed; living people who are left out do not count |
| 130 | stopped by Ctrl-C |

## Environment variables

| Variable | Meaning |
|---|---|
| `NOSTALGIA_CHECKPOINTS` | folder of the weights, in place of the shipped one |
| `NOSTALGIA_CHECKPOINT_STORE` | folder for weights that are downloaded or imported |
| `NOSTALGIA_DRIVING_VIDEOS` | driver bank, in place of the shipped one |
| `NOSTALGIA_DRIVERS` | folder of your own drivers |
| `NOSTALGIA_THREADS` | threads of the large networks (GFPGAN, FOMM); by default all idle cores |
| `NOSTALGIA_DEBUG` | `1`: show tracebacks |
"""


def manual() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    sections = [section(["nostalgia", *path], command) for path, command in leaves(root, [])]
    return HEAD + "".join(sections) + TAIL


def leaves(command: Any, path: list[str]) -> list[tuple[list[str], Any]]:
    """All commands that are no groups, with the words that lead to them."""
    if not hasattr(command, "commands"):
        return [(path, command)]
    with command.make_context(None, [], resilient_parsing=True) as context:
        names = command.list_commands(context)
    return [leaf for name in names for leaf in leaves(command.commands[name], [*path, name])]


def section(words: list[str], command: Any) -> str:
    """One command: usage, sentence, table of arguments and options."""
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option"]
    options.sort(key=lambda option: option.rich_help_panel is not None)  # as the help shows them
    usage = " ".join([*words, *(["[OPTIONS]"] if options else []), *map(argument_name, arguments)])
    lines = [f"\n## `{' '.join(words)}`\n", f"    {usage}\n", f"{command.help}\n"]
    rows = [(f"`{argument_name(each)}`", each.help, argument_default(each)) for each in arguments]
    rows += [option_row(each) for each in options if each.name != "help"]
    if rows:
        lines.append("| | | Default |\n|---|---|---|")
        lines += [
            f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows
        ]
    return "\n".join(lines) + "\n"


def argument_name(argument: Any) -> str:
    """Name of an argument, in brackets if it is optional, with dots if there may be several."""
    name = f"{argument.metavar}{'...' if argument.nargs != 1 else ''}"
    return name if argument.required else f"[{name}]"


def argument_default(argument: Any) -> str:
    """What an argument is if it is left out."""
    return argument.show_default if isinstance(argument.show_default, str) else ""


def option_row(option: Any) -> tuple[str, str, str]:
    """Names, help, default."""
    words = [*sorted(option.opts, key=len, reverse=True), *option.secondary_opts]
    names = ", ".join(f"`{name}`" for name in words)
    text = option.help
    if option.is_flag:
        chosen = option.opts if option.default else option.secondary_opts
        return names, text, f"`{chosen[0]}`" if option.secondary_opts else ""
    names += f" `{option.metavar}`"
    if option.required:
        return names, text, "required"
    default = option.show_default if isinstance(option.show_default, str) else option.default
    if isinstance(default, list | tuple):
        default = ", ".join(map(str, default))
    return names, text, "" if default is None else str(default)


if __name__ == "__main__":
    MANUAL.write_text(manual(), encoding="utf-8")
