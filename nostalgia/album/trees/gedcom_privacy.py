"""What GEDCOM marks as private, at any level, and who is marked as living.

GEDCOM 7 allows RESN in people, families, their events and media; programs write it everywhere,
and their own marks too. A line that is private is so with all that is below it. A pointer to a
private record is as private as the record.
"""

from nostalgia.album.trees.gedcom_lines import Record
from nostalgia.album.trees.privacy import is_word_for_living, says_living, says_private
from nostalgia.album.trees.private_tags import (
    FLAG_HOLDERS,
    is_mark,
    marks_living,
    marks_private,
)

_KINDS_OF_FACT = ("EVEN", "FACT", "_FACT", "_EVENT")


def is_private(record: Record) -> bool:
    """True if a line directly below marks the record, or line, as private."""
    return any(is_mark(line.tag) and _marks_private(line) for line in record.children)


def _marks_private(line: Record) -> bool:
    if line.tag not in FLAG_HOLDERS:
        return marks_private(line.tag, line.value)
    flags = any(marks_private(flag.tag, flag.value) for flag in line.children)
    return flags or says_private(line.value)


def is_marked_living(person: Record) -> bool:
    """True if a mark of the person, whatever its program, says that they are alive."""
    return any(
        _marks_living(line)
        for line in person.children
        if is_mark(line.tag) or line.tag in _KINDS_OF_FACT
    )


def _marks_living(line: Record) -> bool:
    if line.tag in FLAG_HOLDERS:
        flags = any(marks_living(flag.tag, flag.value) for flag in line.children)
        return flags or says_living(line.value)
    if line.tag in _KINDS_OF_FACT:
        # With a date the person was alive then.
        return is_word_for_living(line.text("TYPE")) and not line.text("DATE")
    return marks_living(line.tag, line.value)


def drop_private(record: Record, keep: tuple[str, ...] = ()) -> bool:
    """Remove everything private below a record, at any depth; True if there was anything.

    keep: tags directly below the record that stay, although they may be private themselves.
    """
    found = False
    waiting = [record]
    while waiting:
        line = waiting.pop()
        exempt = keep if line is record else ()
        private = [
            each
            for each in line.children
            if each.children and each.tag not in exempt and is_private(each)
        ]
        if private:
            found = True
            gone = set(map(id, private))
            line.children = [each for each in line.children if id(each) not in gone]
        waiting += [each for each in line.children if each.children]
    return found
