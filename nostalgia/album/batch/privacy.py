"""Living guard: refuses to animate people who are or may be alive, unless they have agreed."""

from collections.abc import Mapping
from dataclasses import dataclass

from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import UsageError, option
from nostalgia.files import printable_name

FOLDER_WORDS = (
    "a folder does not say who is alive: animate only people who have died or who have agreed"
)
"""The sentence about consent, for inputs without births and deaths."""

_RESTRICTED = "the tree marks it as private; consent overrides this"
_UNKNOWN = "the tree does not say whose picture it is"


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides who may be animated.

    is_on: False for a folder, which has no dates. consent, include_living: see `BatchRequest`.
    """

    is_on: bool
    consent: Mapping[str, str]
    include_living: bool

    def refusal(self, person: Person | None, link: PhotoLink | None) -> str:
        """Reason not to animate a picture of a person, without a name; "" if it may be animated."""
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
    """The guard that a request calls for.

    Raises:
        UsageError: consent names somebody who is not in the tree.
    """
    known = {person.id for person in tree.persons}
    strangers = [person for person in request.consent if person not in known]
    if strangers:
        raise UsageError(
            f"{option('consent')} names {printable_name(strangers[0])}, but nobody in"
            f" {printable_name(tree.path.name)} has this identifier; a dry run lists them"
        )
    return Guard(tree.form != "folder", request.consent, request.include_living)
