"""The word SECRET, and a count of the places where it stands, for `secret_trees`."""

from dataclasses import dataclass, field

WORD = "SECRET"
SIDE = 200
PHOTO, GROUP = "anna.jpg", "group.jpg"
NAMING_PHOTO = f"karl with {WORD.lower()}zoe.jpg"
NAMES = {"Anna Berg", "Karl Berg"}


@dataclass
class Secrets:
    """Hands out the words, and remembers where each of them stands."""

    places: list[str] = field(default_factory=list)

    def __call__(self, place: str) -> str:
        self.places.append(place)
        return f"{WORD}{len(self.places)}"
