"""What GEDCOM marks as private, at any level, and who is marked as living.

GEDCOM 7 allows RESN in people, families, their events and media; programs write it everywhere,
and their own marks too. A line that is private is so with all that is below it. A pointer to a
private record is as private as the record.
"""

from nostalgia.album.trees.gedcom_lines import Record
from nostalgia.album.trees.privacy import (
    FLAG_HOLDERS,
    marks_living,
    marks_private,
    says_living,
    says_private,
)

_KINDS_OF_FACT = ("EVEN", "FACT", "_FACT", "_EVENT")


def is_private(record: Record) -> bool:
    """True if a line directly below marks the record, or line, as private."""
    return any(
        any(marks_private(flag.tag, flag.value) for flag in line.children)
        or says_private(line.value)
        if line.tag in FLAG_HOLDERS
        else marks_private(line.tag, line.value)
        for line in record.children
    )


def is_marked_living(person: Record) -> bool:
    """True if a mark of the person, whatever its program, says that they are alive."""
    for line in person.children:
        if line.tag in FLAG_HOLDERS:
            if says_living(line.value):
                return True
            if any(marks_living(flag.tag, flag.value) for flag in line.children):
                return True
        elif line.tag in _KINDS_OF_FACT and says_living(line.text("TYPE")):
            return True
        elif marks_living(line.tag, line.value):
            return True
    return False


def drop_private(record: Record, keep: tuple[str, ...] = ()) -> bool:
    """Remove everything private below a record, at any depth; True if there was anything.

    keep: tags directly below the record that stay, although they may be private themselves.
    """
    found = False
    waiting = [record]
    while waiting:
        line = waiting.pop()
        public = [
            each
            for each in line.children
            if (line is record and each.tag in keep) or not is_private(each)
        ]
        found = found or len(public) != len(line.children)
        line.children = public
        waiting += public
    return found
