"""Living guard: refuses to animate people who are or may be alive, unless they have agreed."""

import hashlib
import json
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

CONSENT_FACT = "consent"
"""Name of the journal's fact that holds `consent_marks`."""

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


def consent_marks(tree: FamilyTree, request: BatchRequest) -> str:
    """Hashes of names and notes of those who have agreed, as the journal stores them."""
    names = {person.id: person.name for person in tree.persons}
    marks = {id_: [_mark(names.get(id_, "")), _mark(note)] for id_, note in request.consent.items()}
    return json.dumps(marks, sort_keys=True)


def refuse_consent_of_others(tree: FamilyTree, request: BatchRequest, stored: str) -> None:
    """Check that an identifier still means the person who has agreed: trees number people anew.

    stored: `consent_marks` of the last run, "" if unknown.

    Raises:
        UsageError: it has another name now, and the note is the one of the last run.
    """
    try:
        before = dict(json.loads(stored or "{}"))
    except (ValueError, TypeError, RecursionError):  # not ours
        before = {}
    for id_, (name, note) in json.loads(consent_marks(tree, request)).items():
        old = before.get(id_)
        if isinstance(old, list) and old[1:] == [note] and old[0] != name:
            raise UsageError(
                f"{option('consent')} for {printable_name(id_)}: this identifier had another name"
                f" in {printable_name(tree.path.name)} when you gave it; look up who it is now, and"
                " if they have agreed, change the words of the note"
            )


def _mark(text: str) -> str:
    words = " ".join(text.casefold().split())
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:16]
