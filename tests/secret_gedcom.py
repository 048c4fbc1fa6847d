"""The family of `secret_trees` in GEDCOM: a mark of privacy at every place that can have one."""

from collections.abc import Iterator
from itertools import cycle

from secret_words import GROUP, NAMING_PHOTO, PHOTO, SIDE, WORD, Secrets

_MARKS = (
    "RESN confidential",
    "RESN privacy",
    "RESN CONFIDENTIAL, LOCKED",
    "_PRIVATE Y",
    "_PRIV Y",
    "_CONFIDENTIAL yes",
    "_HIDE Y",
    "_HID 1",
    "_VISIBLE N",
    "_FLGS|__PRIVATE",
    "_FLAG private",
)
_EVENTS = (
    "BIRT CHR DEAT BURI CREM ADOP BAPM BARM BASM BLES CHRA CONF FCOM ORDN NATU EMIG IMMI CENS PROB"
    " WILL GRAD RETI EVEN"
).split()
_ATTRIBUTES = "CAST DSCR EDUC IDNO NATI NCHI NMR OCCU PROP RELI RESI SSN TITL FACT".split()
_FAMILY_EVENTS = "ANUL CENS DIV DIVF ENGA MARB MARC MARR MARL MARS RESI EVEN".split()


def _mark(level: int, marks: Iterator[str]) -> list[str]:
    """The next mark, as lines of this level."""
    lines = next(marks).split("|")
    return [f"{level + below} {line}" for below, line in enumerate(lines)]


def _fact(level: int, tag: str, words: Secrets, marks: Iterator[str], owner: str) -> list[str]:
    """A private fact with the word at every line that it can have."""
    at = f"{owner}.{tag} marked {{}}"
    mark = _mark(level + 1, marks)
    place = at.format(" ".join(mark))
    value = f" {words(place)}" if tag in _ATTRIBUTES else ""
    return [
        f"{level} {tag}{value}",
        *mark,
        f"{level + 1} TYPE {words(f'{place}.TYPE')}",
        f"{level + 1} DATE 1901 ({words(f'{place}.DATE')})",
        f"{level + 1} PLAC {words(f'{place}.PLAC')}",
        f"{level + 1} CAUS {words(f'{place}.CAUS')}",
        f"{level + 1} AGNC {words(f'{place}.AGNC')}",
        f"{level + 1} NOTE {words(f'{place}.NOTE')}",
        f"{level + 2} CONT {words(f'{place}.NOTE.CONT')}",
        f"{level + 1} SOUR @S1@",
        f"{level + 2} PAGE {words(f'{place}.SOUR.PAGE')}",
        f"{level + 1} OBJE",
        f"{level + 2} FILE {words(f'{place}.OBJE.FILE')}.jpg",
        f"{level + 2} TITL {words(f'{place}.OBJE.TITL')}",
    ]


def gedcom(words: Secrets, version: str = "5.5.1") -> str:
    """The family in GEDCOM 5.5.1 or 7."""
    marks = cycle(_MARKS)
    modern = version.startswith("7")
    lines = ["0 HEAD", "1 GEDC", f"2 VERS {version}", "1 SUBM @U1@"]
    lines += [] if modern else ["1 CHAR UTF-8"]
    lines += ["0 @U1@ SUBM", f"1 NAME {words('SUBM.NAME')}", *_mark(1, marks)]
    lines += ["0 @I1@ INDI"]
    for piece in (
        "",
        "GIVN",
        "SURN",
        "NICK",
        "NPFX",
        "NSFX",
        "SPFX",
        "NOTE",
        "TRAN",
        "ROMN",
        "FONE",
    ):
        place = f"INDI.NAME.{piece}".rstrip(".")
        lines += [f"1 NAME {words(place)} /{words(f'{place} surname')}/", *_mark(2, marks)]
        lines += [f"2 {piece} {words(f'{place} with a mark at NAME')}"] if piece else []
    lines += [f"1 NAME Anna {{{words('INDI.NAME in braces')}}} /Berg/"]
    for piece in ("NICK", "TRAN", "ROMN", "FONE", "NOTE"):
        place = f"INDI.NAME.{piece} with a mark of its own"
        lines += [f"2 {piece} {words(place)}", *_mark(3, marks)]
    lines += ["1 BIRT", "2 DATE 3 MAY 1881", f"2 PLAC {words('INDI.BIRT.PLAC')}", *_mark(3, marks)]
    lines += ["1 DEAT", "2 DATE 20 NOV 1949"]
    for tag in ("CAUS", "NOTE", "PLAC", "SOUR"):
        place = f"INDI.DEAT.{tag} with a mark of its own"
        lines += [f"2 {tag} {words(place)}", *_mark(3, marks)]
    for tag in (*_EVENTS, *_ATTRIBUTES):
        lines += _fact(1, tag, words, marks, "INDI")
    lines += [f"1 NOTE {words('INDI.NOTE')}", *_mark(2, marks)]
    lines += [f"1 _PRIVATE_NOTE {words('INDI._PRIVATE_NOTE')}", f"1 REFN {words('INDI.REFN')}"]
    lines += _mark(2, marks)
    lines += ["1 ASSO @I3@", f"2 RELA {words('INDI.ASSO.RELA')}", *_mark(2, marks)]
    lines += _open_picture(words, marks, "1 OBJE @O1@")
    if modern:
        group = ["1 OBJE @O2@", "2 CROP", "3 LEFT 0", "3 TOP 0", f"3 WIDTH {SIDE}"]
        lines += [*group, f"3 HEIGHT {SIDE}"]
    lines += ["1 OBJE", f"2 FILE {WORD} link.jpg", f"2 TITL {words('INDI.OBJE.TITL')}"]
    lines += [f"2 NOTE {words('INDI.OBJE.NOTE')}", f"2 SOUR {words('INDI.OBJE.SOUR')}"]
    lines += [*_mark(2, marks), "1 OBJE @O3@"]
    lines += _open_picture(words, marks, "1 OBJE @O3@")
    lines += ["0 @I2@ INDI", "1 NAME Karl /Berg/", "1 BIRT", "2 DATE 1879", "1 DEAT Y"]
    lines += ["1 OBJE", f"2 FILE {PHOTO}", "2 TITL Karl, said to be"]
    zoe = words("title of a picture of somebody dead")
    lines += ["1 OBJE", f"2 FILE {NAMING_PHOTO}", f"2 TITL Karl with {zoe} (born 2001)"]
    lines += [f"2 NOTE {zoe} on his knee", f"2 SOUR Letter of {zoe} Berg"]
    lines += ["0 @Z1@ INDI", f"1 NAME {zoe} /Berg/", "1 BIRT", "2 DATE 2001"]
    lines += ["0 @Z2@ INDI", f"1 NAME {WORD}zoe /Berg/", "1 BIRT", "2 DATE 2003"]
    for number, mark in enumerate(("RESN privacy", *_MARKS, "NAME <Private> //"), 3):
        lines += _person(number, words, f"INDI marked {mark}", mark.split("|"), "1 DEAT Y")
    living = (
        ("nothing", [], ""),
        ("BIRT", [], "1 BIRT\n2 DATE 2001"),
        ("_LIVING Y", ["_LIVING Y"], "1 DEAT Y"),
        ("__LIVING", ["_FLGS", "__LIVING"], "1 DEAT Y"),
        ("NAME Living", ["NAME Living //"], "1 DEAT Y"),
        ("NO DEAT", ["NO DEAT"], "1 BURI Y"),
        ("DEAT with a note", [], "1 DEAT\n2 NOTE not known"),
        ("DEAT of unknown date", [], "1 DEAT\n2 DATE (unknown)"),
    )
    for number, (name, mark, life) in enumerate(living, 30):
        lines += _person(number, words, f"living: {name}", mark, life)
    if modern:
        lines[-1:-1] = ["1 OBJE @O2@", "2 CROP", f"3 LEFT {SIDE}", "3 TOP 0", f"3 WIDTH {SIDE}"]
    lines += ["0 @F1@ FAM", "1 HUSB @I2@", "1 WIFE @I1@"]
    for tag in _FAMILY_EVENTS:
        lines += _fact(1, tag, words, marks, "FAM")
    lines += ["0 @F2@ FAM", *_mark(1, marks), "1 HUSB @I2@", "1 MARR"]
    lines += [
        f"2 DATE 1903 ({words('private FAM.MARR.DATE')})",
        f"1 NOTE {words('private FAM.NOTE')}",
    ]
    lines += _records(words, marks, modern)
    return "\n".join([*lines, "0 TRLR", ""])


def _person(number: int, words: Secrets, place: str, mark: list[str], life: str) -> list[str]:
    named = [f"1 NAME {words(f'{place}: NAME')} /{words(f'{place}: surname')}/"]
    marked = [f"{level} {line}" for level, line in enumerate(mark, 1)]
    return [
        f"0 @I{number}@ INDI",
        *([] if any("NAME" in line for line in mark) else named),
        *marked,
        *life.splitlines(),
        f"1 NOTE {words(f'{place}: NOTE')}",
        f"1 OCCU {words(f'{place}: OCCU')}",
        "1 OBJE",
        f"2 FILE {WORD} zoe.jpg",
        f"2 TITL {words(f'{place}: title of the picture')}",
        f"2 NOTE {words(f'{place}: note of the picture')}",
        f"2 SOUR {words(f'{place}: source of the picture')}",
    ]


def _open_picture(words: Secrets, marks: Iterator[str], link: str) -> list[str]:
    """A link of a picture that may be shown, with private things at and below it."""
    lines = [link, f"2 TITL At the sea [[{words('INDI.OBJE.TITL in brackets')}]]"]
    lines += [f"2 NOTE seen {{{words('INDI.OBJE.NOTE in braces')}}} in Linz"]
    lines += [f"2 NOTE {words('INDI.OBJE.NOTE with a mark')}", *_mark(3, marks)]
    lines += ["2 NOTE @N1@", "2 NOTE @N2@", *_mark(3, marks), "2 SOUR @S2@"]
    lines += [f"3 PAGE {words('INDI.OBJE.SOUR.PAGE of a private source')}", "2 SOUR @S1@"]
    lines += [f"3 PAGE {words('INDI.OBJE.SOUR.PAGE with a mark at SOUR')}", *_mark(3, marks)]
    lines += ["2 SOUR @S1@", f"3 PAGE {words('INDI.OBJE.SOUR.PAGE with a mark')}", *_mark(4, marks)]
    lines += ["2 SOUR @S1@", f"3 PAGE page 4 {{{words('INDI.OBJE.SOUR.PAGE in braces')}}}"]
    lines += [f"2 SOUR {words('INDI.OBJE.SOUR, a text')}", *_mark(3, marks)]
    return [*lines, f"2 _SECRET_STORY {words('INDI.OBJE._SECRET_STORY')}"]


def _records(words: Secrets, marks: Iterator[str], modern: bool) -> list[str]:
    form = "image/jpeg" if modern else "jpg"
    note = "SNOTE" if modern else "NOTE"
    lines = ["0 @O1@ OBJE", f"1 FILE {PHOTO}", f"2 FORM {form}"]
    lines += [f"2 TITL {words('OBJE.FILE.TITL with a mark')}", *_mark(3, marks)]
    lines += [f"1 NOTE {words('OBJE.NOTE with a mark')}", *_mark(2, marks), "1 NOTE @N1@"]
    lines += ["1 SOUR @S2@", f"2 PAGE {words('OBJE.SOUR.PAGE of a private source')}"]
    lines += [f"1 FILE {words('OBJE.FILE with a mark')}.jpg", *_mark(2, marks)]
    lines += ["0 @O2@ OBJE", f"1 FILE {GROUP}", f"2 FORM {form}", "2 TITL Two of them"]
    lines += ["0 @O3@ OBJE", *_mark(1, marks), f"1 FILE {WORD} link.jpg", f"2 FORM {form}"]
    lines += [f"2 TITL {words('private OBJE.FILE.TITL')}", f"1 NOTE {words('private OBJE.NOTE')}"]
    lines += ["0 @S1@ SOUR", "1 TITL Album of the town", f"1 AUTH {words('SOUR.AUTH with a mark')}"]
    lines += [*_mark(2, marks), f"1 NOTE {words('SOUR.NOTE')}", *_mark(2, marks)]
    lines += ["0 @S2@ SOUR", *_mark(1, marks), f"1 TITL {words('private SOUR.TITL')}"]
    lines += [f"1 AUTH {words('private SOUR.AUTH')}", f"1 PUBL {words('private SOUR.PUBL')}"]
    lines += [f"1 TEXT {words('private SOUR.TEXT')}", "1 REPO @R1@"]
    lines += ["0 @R1@ REPO", *_mark(1, marks), f"1 NAME {words('private REPO.NAME')}"]
    lines += [f"0 @N1@ {note} {words(f'private {note} record')}", *_mark(1, marks)]
    return [*lines, f"0 @N2@ {note} {words(f'{note} record behind a private pointer')}"]
