"""Links to one file that mean several: files called ``1.jpg`` or ``dist.jpg`` are many.

If a tree refers to ``Anna/1.jpg`` and ``Karl/1.jpg`` and only one file of this name is found, it is
the picture of one of them: of the one whose folders agree better with the file's, else of neither.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import PurePosixPath

from nostalgia.album.trees.model import PhotoLink
from nostalgia.album.trees.references import Reference, name_key, readings, stem_key


@dataclass(frozen=True, slots=True)
class _Agreement:
    """How well a reference agrees with the file that was found for it.

    folders: number of equal folders, from the end. is_whole: True if all of a relative path agrees.
    meaning: its last folder and name, which tell two pictures apart.
    """

    folders: int
    is_whole: bool
    meaning: str


def without_doubtful(links: Sequence[PhotoLink]) -> tuple[PhotoLink, ...]:
    """The links; those to a file that is as likely another person's picture are "doubtful"."""
    sharing: defaultdict[tuple[str, str], list[PhotoLink]] = defaultdict(list)
    for link in links:
        if link.path is not None or link.archive_name:
            sharing[_file(link)].append(link)
    refused = {file: _refused(group) for file, group in sharing.items() if _may_differ(group)}
    return tuple(
        replace(link, path=None, archive_name="", problem="doubtful")
        if link.reference in refused.get(_file(link), ())
        else link
        for link in links
    )


def _file(link: PhotoLink) -> tuple[str, str]:
    return str(link.path or ""), link.archive_name


def _may_differ(group: Iterable[PhotoLink]) -> bool:
    """True if several people have the file, under several references."""
    return len({link.person_id for link in group}) > 1 and len({x.reference for x in group}) > 1


def _refused(group: Sequence[PhotoLink]) -> frozenset[str]:
    """The references of a group that probably mean another file."""
    place = group[0].archive_name or str(group[0].path)
    parts = PurePosixPath(place.replace("\\", "/")).parts
    agreements = {link.reference: _agreement(link.reference, parts) for link in group}
    if len({agreement.meaning for agreement in agreements.values()}) < 2:
        return frozenset()
    best = max(agreement.folders for agreement in agreements.values())
    leading = {each.meaning for each in agreements.values() if each.folders == best}
    return frozenset(
        text
        for text, agreement in agreements.items()
        if not agreement.is_whole and (agreement.folders < best or len(leading) > 1)
    )


def _agreement(text: str, parts: Sequence[str]) -> _Agreement:
    same = [r for r in readings(text.strip()) if stem_key(r.parts[-1]) == stem_key(parts[-1])]
    return max(
        (_of_reading(reading, parts) for reading in same),
        key=lambda agreement: (agreement.is_whole, agreement.folders),
        default=_Agreement(0, False, ""),
    )


def _of_reading(reading: Reference, parts: Sequence[str]) -> _Agreement:
    *folders, name = reading.parts
    pairs = zip(reversed(folders), reversed(parts[:-1]), strict=False)
    equal = sum(1 for _ in takewhile(lambda pair: name_key(pair[0]) == name_key(pair[1]), pairs))
    meaning = "/".join(map(name_key, (*folders[-1:], name)))
    return _Agreement(equal, equal == len(folders) and not reading.foreign, meaning)
