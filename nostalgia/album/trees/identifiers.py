"""Identifiers of persons that are unique in a tree and harmless in file names."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field

_ODD = re.compile(r"[^\w.-]+")
_LONGEST = 60


@dataclass
class PersonIds:
    """Hands out identifiers: the tree's own where they serve."""

    _given: Counter[str] = field(default_factory=Counter)
    _twice: int = 0

    def unique(self, said: str) -> str:
        """`said` without what a folder or a shell would mind; a number behind it when taken."""
        plain = _ODD.sub("_", said.strip())[:_LONGEST].lstrip(".-") or "person"
        unique = plain
        while self._given[unique.casefold()]:
            self._given[plain.casefold()] += 1
            unique = f"{plain}-{self._given[plain.casefold()]}"
        if unique != plain and said.strip():
            self._twice += 1
        self._given[unique.casefold()] += 1
        return unique

    def warnings(self) -> list[str]:
        """Whether identifiers were given twice."""
        if not self._twice:
            return []
        return [f"{self._twice} persons have the identifier of another: a number was added"]


def id_of_name(*words: str) -> str:
    """An identifier that tells nothing: the same words give the same one."""
    said = "\n".join(" ".join(word.casefold().split()) for word in words)
    return f"p{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
