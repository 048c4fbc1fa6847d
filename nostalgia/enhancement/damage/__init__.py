"""Tears, folds, cracks, scratches and dust: found, and filled from beside them."""

from nostalgia.enhancement.damage.filling import fill_damage
from nostalgia.enhancement.damage.finding import find_damage
from nostalgia.enhancement.damage.repair import repair_person, repair_picture

__all__ = ["fill_damage", "find_damage", "repair_person", "repair_picture"]
