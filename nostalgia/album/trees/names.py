"""Names of people, compared as people would: case, accents' spelling and blanks do not matter."""

import unicodedata


def folded_name(name: str) -> str:
    """A name to compare by. Accents stay: two people may differ in nothing else."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.replace("/", " ").split())
