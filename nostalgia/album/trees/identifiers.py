"""Identifiers of people, unique in a tree and safe in file names; names for comparison."""

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

_UNSAFE = re.compile(r"[^\w.-]+")
_MAX_CHARACTERS = 60


@dataclass
class PersonIds:
    """Assigns identifiers: the tree's own where they are usable."""

    _assigned: Counter[str] = field(default_factory=Counter)
    _duplicates: int = 0

    def unique(self, wanted: str) -> str:
        """`wanted` without unsafe characters; numbered if the identifier is taken."""
        plain = _UNSAFE.sub("_", wanted.strip())[:_MAX_CHARACTERS].lstrip(".-") or "person"
        unique = plain
        while self._assigned[unique.casefold()]:
            self._assigned[plain.casefold()] += 1
            unique = f"{plain}-{self._assigned[plain.casefold()]}"
        if unique != plain and wanted.strip():
            self._duplicates += 1
        self._assigned[unique.casefold()] += 1
        return unique

    def warnings(self) -> list[str]:
        """A sentence if several people share an identifier."""
        if not self._duplicates:
            return []
        return [f"duplicate identifiers of people, now numbered: {self._duplicates}"]


def id_of_name(*words: str) -> str:
    """An identifier that does not reveal the name: the same words give the same one."""
    text = "\n".join(" ".join(word.casefold().split()) for word in words)
    return f"p{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def folded_name(name: str) -> str:
    """A name for comparison, without case, blanks, slashes and compatibility characters.

    Accents stay: two people may differ in nothing else.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.replace("/", " ").split())
