"""Birth, death and other dated events of a person in GEDCOM, as the living guard needs them."""

from nostalgia.album.trees.dates import parse_date
from nostalgia.album.trees.gedcom_lines import Record
from nostalgia.album.trees.gedcom_privacy import is_marked_living
from nostalgia.album.trees.living import Evidence, Life, denies, tells_something
from nostalgia.album.trees.private_tags import is_no

_ENDS = (("DEAT", "death"), ("BURI", "burial"), ("CREM", "cremation"), ("PROB", "probate"))
_LIFE_EVENTS = (
    ("CHR", "baptised"),
    ("BAPM", "baptised"),
    ("CONF", "confirmed"),
    ("CENS", "in a census of"),
    ("EMIG", "emigrated"),
    ("IMMI", "immigrated"),
    ("NATU", "naturalised"),
    ("GRAD", "graduated"),
)
_PROOFS = ("PLAC", "ADDR", "CAUS", "AGE", "SOUR", "OBJE")
_VOID = "VOID"


def life_of(person: Record) -> Life:
    """The life of a person, as their record asserts it."""
    evidence = tuple(
        Evidence(phrase, event.text("DATE"))
        for tag, phrase in _LIFE_EVENTS
        for event in person.all(tag)
        if event.text("DATE")
    )
    born = next((text for event in person.all("BIRT") if (text := event.text("DATE"))), "")
    life = Life(
        born, death_word="DEAT", evidence=evidence, is_marked_living=is_marked_living(person)
    )
    if _is_denied(person):
        return life
    for tag, end in _ENDS:
        asserted = [event for event in person.all(tag) if _is_asserted(event)]
        if asserted:
            died = next((text for event in asserted if (text := event.text("DATE"))), "")
            undated = "DEAT Y" if asserted[0].value.strip() else "DEAT"
            return Life(born, end, died, undated, "DEAT", evidence, life.is_marked_living)
    return life


def _is_denied(person: Record) -> bool:
    """True if GEDCOM 7 says NO DEAT; with a date it only says that nobody died in that time."""
    return any(
        line.value.strip().upper() == "DEAT" and line.first("DATE") is None
        for line in person.all("NO")
    )


def _is_asserted(event: Record) -> bool:
    """True if the tree says that the event took place.

    It does so with Y or any other words on the line itself, a date, a place, a cause, an age, a
    source or a picture. It does not with words such as "living" or "unknown" there; nor with a
    note alone, because "not known" and "moved to Spain" stand in notes too; nor with the numbers
    that programs give to every event. By GEDCOM 5.5.1 and 7 alike, an empty DEAT asserts nothing.
    """
    dates = [text for line in event.all("DATE") for text in (line.value, line.text("PHRASE"))]
    if is_no(event.value) or any(denies(text) for text in (event.value, *dates)):
        return False
    if tells_something(event.value):
        return True
    if any(parse_date(text) is not None or tells_something(text) for text in dates):
        return True
    return any(_tells(line) for tag in _PROOFS for line in event.all(tag))


def _tells(line: Record) -> bool:
    if line.points_to:
        return line.points_to != _VOID
    return tells_something(line.value) or any(
        tells_something(below.value) for below in line.children
    )
