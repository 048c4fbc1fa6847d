"""Who is whose parent and child, for the living guard: what relatives' dates say of a person."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from nostalgia.album.trees.living import OLDEST_AGE_YEARS, Life, Sign

_POSTHUMOUS_YEARS = 1


@dataclass
class Kin:
    """Families by the keys that a tree uses for persons. Nothing here follows more than one step.

    So people who descend from themselves, which trees do contain, end nothing in a loop.
    """

    children: dict[str, list[str]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    marriages: dict[str, list[str]] = field(default_factory=dict)

    def add_family(
        self, parents: Sequence[str], children: Sequence[str], married: str = ""
    ) -> None:
        """Add one family; married: wording of the date, if any."""
        for parent in filter(None, parents):
            self.children.setdefault(parent, []).extend(filter(None, children))
            if married:
                self.marriages.setdefault(parent, []).append(married)
        for child in filter(None, children):
            self.parents.setdefault(child, []).extend(filter(None, parents))

    def signs(self, key: str, life_of: Callable[[str], Life | None]) -> tuple[Sign, ...]:
        """What children, marriages and parents say of when a person was born at the latest.

        Cautious on purpose: a child may be as old as its parent, a parent may be 110 at the birth,
        a father may die a year before it.
        """
        return tuple(self._signs(key, life_of))

    def _signs(self, key: str, life_of: Callable[[str], Life | None]) -> Iterator[Sign]:
        for child in map(life_of, self.children.get(key, ())):
            if child and child.born:
                yield Sign("a child born", child.born)
        for married in self.marriages.get(key, ()):
            yield Sign("married", married)
        for parent in map(life_of, self.parents.get(key, ())):
            if parent and parent.born:
                yield Sign("a parent born", parent.born, OLDEST_AGE_YEARS)
            if parent and parent.died:
                yield Sign("a parent died", parent.died, _POSTHUMOUS_YEARS)
