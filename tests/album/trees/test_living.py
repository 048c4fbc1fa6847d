"""The living guard: dead by proof, dead by age, and everybody else is living."""

from datetime import date

import pytest

from nostalgia.album.trees.living import Evidence, Families, Life, died_wording, judge

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("life", "living", "reason"),
    [
        (Life(), True, "no date of any kind: unknown means living"),
        (Life(born="(long ago)"), True, "no readable date: unknown means living"),
        (Life(born="9 SEP 2001"), True, "born 2001, no death: living"),
        (Life(born="22 NOV 1916"), True, "born 1916, no death: living"),
        (Life(born="21 NOV 1916"), False, "born 1916, no death: past any human age"),
        (Life(born="1916"), True, "born 1916, no death: living"),
        (Life(born="ABT 1910"), True, "born about 1910, no death: living"),
        (Life(born="ABT 1900"), False, "born about 1900, no death: past any human age"),
        (Life(born="BEF 1900"), False, "born before 1900, no death: past any human age"),
        (Life(born="AFT 1800"), True, "born after 1800, no death: living"),
        (Life(born="44 BC"), False, "born 44 BC, no death: past any human age"),
        (Life(born="1 JAN 2090"), True, "no readable date: unknown means living"),
        (Life(born="2001", end="death", died="3 MAY 2020"), False, "died 2020"),
        (
            Life(end="death", undated="DEAT Y", death_word="DEAT"),
            False,
            "DEAT Y without a date: dead",
        ),
        (Life(end="burial", died="1931", death_word="DEAT"), False, "no DEAT but a burial: dead"),
        (Life(end="cremation"), False, "no death but a cremation: dead"),
        (Life(born="1980", end="death", died="2090"), True, "born 1980, no death: living"),
    ],
)
def test_verdicts(life, living, reason):
    verdict = judge(life, TODAY)
    assert (verdict.living, verdict.reason) == (living, reason)


@pytest.mark.parametrize(
    ("evidence", "living"),
    [
        (Evidence("a child born", "1915"), False),
        (Evidence("a child born", "1917"), True),
        (Evidence("a child born", "AFT 1800"), True),
        (Evidence("a parent born", "1805", 110), False),
        (Evidence("a parent born", "1807", 110), True),
        (Evidence("a parent died", "1914", 1), False),
        (Evidence("a parent died", "1915", 1), True),
    ],
)
def test_relatives_matter_only_without_a_birth_date(evidence, living):
    assert judge(Life(evidence=(evidence,)), TODAY).living is living
    assert judge(Life(born="2001", evidence=(evidence,)), TODAY).living
    assert judge(Life(born="AFT 1700", evidence=(evidence,)), TODAY).living is living


def test_the_oldest_evidence_decides():
    life = Life(evidence=(Evidence("married", "1950"), Evidence("a child born", "1850")))
    assert judge(life, TODAY).reason == "a child born 1850, no death: past any human age"


def test_children_marriages_and_parents_are_evidence():
    families = Families()
    families.add(["mother", "father"], ["child"], married="1840")
    lives = {"mother": Life(), "father": Life(born="1810", end="death", died="1849")}
    lives["child"] = Life(born="1842")
    assert families.evidence("mother", lives.get) == (
        Evidence("a child born", "1842"),
        Evidence("married", "1840"),
    )
    assert families.evidence("child", lives.get) == (
        Evidence("a parent born", "1810", 110),
        Evidence("a parent died", "1849", 1),
    )
    assert families.evidence("nobody", lives.get) == ()


def test_wording_of_the_end_of_a_life():
    assert died_wording(Life(end="death", died="5 MAR 1931")) == "5 MAR 1931"
    assert died_wording(Life(end="burial", died="5 MAR 1931")) == "buried 5 MAR 1931"
    assert died_wording(Life(end="death")) == ""
    assert died_wording(Life()) == ""
