"""Tags that mark a line of GEDCOM, or an attribute of Gramps, as private, public or living.

No standard knows these tags, and nobody knows what the next program calls them. So a tag is read as
words. One that says nothing else than "private", with words such as "flag" beside it, is a mark
whatever its value is, but for a no. One that says more, such as _PRIVATE_SCHOOL, may hold a text of
its own: only with a yes, a number or such a word as its value is it a mark.
"""

import functools
import re
from typing import Final

_NO: Final = frozenset(
    "n no 0 false f off none non nein nee nej nei nie não nao ei - public open everyone".split()
)
_YES: Final = frozenset(["", *"y yes 1 true t on x oui ja j si sí s o".split()])
_UNRESTRICTED: Final = frozenset({"LOCKED", "NONE", "PUBLIC", "N", "NO"})
_OPEN_TO_ALL: Final = frozenset("public open everyone everybody".split())
_NEGATIONS: Final = frozenset("not no non nicht kein pas un former formerly never".split())
PRIVATE_WORDS: Final = frozenset(
    "private privacy privat privé privée privado privada privato privata prive priv confidential"
    " vertraulich confidentiel hidden secret geheim withheld sensitive invisible".split()
)
LIVING_WORDS: Final = frozenset(
    "living alive lebt lebend lebende lebender lebendig vivant vivante vivo viva vivente viviente"
    " levend leeft levende levande lever żyje żyjący žije žijící".split()
)
WORD: Final = re.compile(r"[^\W\d_]+")

_PRIVATE = (
    r"PRIV(?:EE?|AT[AEIO]?|AD[AO]|ACY|ACIDAD|ATSPHAERE)?|CONFID(?!ENCE)[A-Z]*|CONF_?FLAG|HID(?:E|DEN)?|SECRET|SENSITIV\w{0,3}"
    r"|INVISIBLE|WITHHELD|VERTRAULICH\w{0,4}|GEHEIM|SPERRVERMERK|DATENSCHUTZ|HEMLIG|SKJULT|SALAINEN"
    r"|RISERVAT[OA]|RESERVAD[OA]|NASCOST[OA]|OCULT[OA]|POUFN[EY]|TAJN[EY]"
    r"|EXCLUDED?(?:FROM(?:WEB|INTERNET|EXPORTS?|GEDCOM|PUBLIC\w*))?"
)
_LIVING = (
    r"LIVING|ALIVE?|LIV|LVG|LEBT|LEBEND\w{0,2}|VIVANTE?|VIV[OA]|VIVI?ENTE|LEEFT|LEV[AE]NDE?"
    r"|ZYJ(?:E|ACY)|ZIJE"
)
_DEAD = r"DEAD|DECEASED|VERSTORBEN|GESTORBEN|DECEDEE?|OVERLEDEN"
_PUBLIC = r"PUBLIC|PUB|PUBLISH|PUBLICATION|VISIBLE|SHOWN?|DISPLAY|EXPORT(?:IEREN)?"
_NEGATION = r"NOTFOR|NO(?:T|LONGER|NEED)?|NON|UN|DO(?:NO|N)T|NICHT|KEIN"
_BEFORE = r"(?:(?:IS|KEEP|MARKED|FLAG|REC|RECORD|INDI|PERSON|FACT|EVENT|MEDIA|NOTE)(?=\w))?"
_BEHIND = r"(?:FLAG|FLAGGED|LEVEL|STATUS|MODE|MARK|RECORD|INDI|PERSON|FACT|EVENT|MEDIA|YN)?"
_EXACT: Final = tuple(
    (kind, re.compile(rf"{_BEFORE}(?:{words}){_BEHIND}"))
    for kind, words in (
        ("RESN", r"RESN"),
        ("restricted", r"RESTRICT(?:ED|IONS?)?"),
        ("private", rf"(?:{_NEGATION})(?:{_PUBLIC})"),
        ("", rf"(?:{_NEGATION})(?:{_PRIVATE}|{_LIVING}|RESTRICT\w*)"),
        ("private", _PRIVATE),
        ("living", _LIVING),
        ("dead", _DEAD),
        ("public", _PUBLIC),
    )
)
_LOOSE: Final = (
    (
        "private",
        re.compile(
            r"PRIV(?!IL|ATE?ER)|CONFID(?!ENCE)|(?:^|_)HID(?:E|DEN)?(?:_|$)|SECRET(?!AR)|SENSITIV"
            r"|INVISIBLE|VERTRAULICH|GEHEIM"
        ),
    ),
    ("living", re.compile(r"(?:^|_)(?:IS_?)?(?:LIVING|ALIVE|LIVES|LEBT|LEBEND|VIVANT)(?:_|$)")),
)
_NEGATED: Final = re.compile(r"(?:^|_)(?:NO(?:T|_LONGER)?|NON|UN)_?(?:PRIV|LIV|ALIVE|CONFID|HID)")
_LAYOUT: Final = re.compile(
    r"CHART|DIAGRAM|LABEL|LAYOUT|ICON|COLOU?R|SLIDE|COLUMN|PEDIGREE|FRAME|BORDER|CAPTION|THUMB"
    r"|(?:^|_)(?:BOX|MAP|AGE|TAB|LINES?|VIEW|MENU|WINDOW)(?:_|$)"
)
_OR_CONFIRMATION: Final = "_CONF"

FLAG_HOLDERS: Final = frozenset(
    {"_FLGS", "_FLAGS", "_FLAG", "_STAT", "_STATUS", "_ACCESS", "_VISIBILITY"}
)
"""Tags whose value, or whose lines below, name flags of the line above."""


def is_no(value: str) -> bool:
    """True if the value of a mark takes it back."""
    return value.strip().casefold() in _NO


def restricts(value: str) -> bool:
    """True if a value of RESN, a word or a list, keeps something private.

    "locked" only forbids changes, and webtrees writes "none" for what may be shown. Every other
    word restricts, also one that no standard knows, and so does a number.
    """
    if is_no(value):
        return False
    words = WORD.findall(value.upper())
    return any(word not in _UNRESTRICTED for word in words) or _is_number(value)


@functools.lru_cache(maxsize=4096)
def is_mark(tag: str) -> bool:
    """True if lines of this upper-case tag may be marks, whatever their values."""
    return tag in FLAG_HOLDERS or bool(_kind(tag)[0])


def marks_private(tag: str, value: str) -> bool:
    """True if a line of this upper-case tag says that the line above it is private.

    A flag without a value counts (Family Historian's have none), and so does any value that is
    not a no: a person who is left out costs less than one who is shown. A tag that holds a private
    text of its own (_PRIVATE_NOTE) says nothing about the line above.
    """
    kind, exact = _kind(tag)
    if kind == "RESN" or (kind == "restricted" and value.strip()):
        return restricts(value)
    if kind == "public":
        return is_no(value)
    if kind == "confidential or confirmed":
        return value.strip().casefold() in _YES - {"", "1"}
    return kind in ("private", "restricted") and _says_yes(value, exact, PRIVATE_WORDS)


def marks_living(tag: str, value: str) -> bool:
    """True if a line of this upper-case tag says that the person is alive."""
    kind, exact = _kind(tag)
    if kind == "dead":
        return is_no(value)
    return kind == "living" and _says_yes(value, exact, LIVING_WORDS)


def _says_yes(value: str, exact: bool, known: frozenset[str]) -> bool:
    plain = value.strip().casefold()
    if is_no(value) or _OPEN_TO_ALL.intersection(WORD.findall(plain)):
        return False
    return exact or plain in _YES or _is_number(plain) or plain in known


def _is_number(value: str) -> bool:
    return value.strip().isdecimal() and int(value.strip()[:9]) > 0


@functools.lru_cache(maxsize=4096)
def _kind(tag: str) -> tuple[str, bool]:
    """What a tag says, "" if nothing, and True if it says nothing else."""
    if tag == _OR_CONFIRMATION:
        return "confidential or confirmed", True
    glued = tag.replace("_", "")
    for kind, pattern in _EXACT:
        if pattern.fullmatch(glued):
            return kind, True
    if _NEGATED.search(tag) or _LAYOUT.search(tag):
        return "", False
    return next((kind for kind, pattern in _LOOSE if pattern.search(tag)), ""), False


def says(text: str, known: frozenset[str]) -> bool:
    """True if a short text holds one of the known words, and does not deny it."""
    words = set(WORD.findall(text.casefold()))
    return bool(words & known) and not words & _NEGATIONS
