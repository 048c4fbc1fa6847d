"""The living guard: who may be animated, and on whose word."""

from collections.abc import Mapping
from dataclasses import dataclass

from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import UsageError
from nostalgia.files import printable_name

FOLDER_WORDS = (
    "a folder does not say who is alive: animate only people who have died or who have agreed"
)
"""The one sentence about consent, for inputs that say nothing of births and deaths."""

_RESTRICTED = "the tree asks for silence about it; --consent lifts that"
_UNKNOWN = "the tree does not say whose picture it is"


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may be animated. is_on: False for a folder, which knows no dates."""

    is_on: bool
    consent: Mapping[str, str]
    include_living: bool

    def refuses(self, person: Person | None, link: PhotoLink | None) -> str:
        """Why a picture of a person is not animated; empty where it may be. Tells no name."""
        if not self.is_on:
            return ""
        if person is None:
            return _UNKNOWN
        if person.id in self.consent:
            return ""
        if person.restricted or (link is not None and link.restricted):
            return _RESTRICTED
        if person.living and not self.include_living:
            return person.reason or "is or may be alive"
        return ""


def guard_of(tree: FamilyTree, request: BatchRequest) -> Guard:
    """The guard that a request asks for.

    Raises:
        UsageError: consent was given for somebody who is not in the tree.
    """
    known = {person.id for person in tree.persons}
    strange = [person for person in request.consent if person not in known]
    if strange:
        raise UsageError(
            f"--consent {printable_name(strange[0])}=...: nobody in"
            f" {printable_name(tree.path.name)} has this number; see --dry-run"
        )
    return Guard(tree.form != "folder", request.consent, request.include_living)
