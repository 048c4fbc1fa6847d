"""What a date in a tree can mean, and that slips of the pen mean nothing."""

from datetime import date

import pytest

from nostalgia.album.trees.dates import parse_date


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "label"),
    [
        ("12 FEB 1809", (1809, 2, 12), (1809, 2, 12), "1809"),
        ("Feb 1809", (1809, 2, 1), (1809, 2, 28), "1809"),
        ("1808", (1808, 1, 1), (1808, 12, 31), "1808"),
        ("29 FEB 1924", (1924, 2, 29), (1924, 2, 29), "1924"),
        ("1809-02-12", (1809, 2, 12), (1809, 2, 12), "1809"),
        ("1809-02", (1809, 2, 1), (1809, 2, 28), "1809"),
        ("12.02.1809", (1809, 1, 1), (1809, 12, 31), "1809"),
        ("2/12/1809", (1809, 1, 1), (1809, 12, 31), "1809"),
        ("12 Mrz 1809", (1809, 1, 1), (1809, 12, 31), "1809"),
        ("ABT 1850", (1840, 1, 1), (1860, 12, 31), "about 1850"),
        ("c. 1850", (1840, 1, 1), (1860, 12, 31), "about 1850"),
        ("1850?", (1840, 1, 1), (1860, 12, 31), "about 1850"),
        ("INT 1850 (family bible)", (1840, 1, 1), (1860, 12, 31), "about 1850"),
        ("BEF 1900", None, (1900, 12, 31), "before 1900"),
        ("AFT 1900", (1900, 1, 1), None, "after 1900"),
        ("BET 1850 AND 5 MAY 1855", (1850, 1, 1), (1855, 5, 5), "1850 to 1855"),
        ("FROM 1850 TO 1855", (1850, 1, 1), (1855, 12, 31), "1850 to 1855"),
        ("1850-1855", (1850, 1, 1), (1855, 12, 31), "1850 to 1855"),
        ("11 FEB 1731/32", (1731, 2, 11), (1732, 12, 31), "1731/32"),
        ("44 BC", (-43, 1, 1), (-43, 12, 31), "44 BC"),
        ("44 B.C.", (-43, 1, 1), (-43, 12, 31), "44 BC"),
        ("742", (742, 1, 1), (742, 12, 31), "742"),
        ("@#DJULIAN@ 25 DEC 1700", (1700, 12, 25), (1701, 1, 31), "1700"),
        ("JULIAN 25 DEC 1700", (1700, 12, 25), (1701, 1, 31), "1700"),
        ("@#DFRENCH R@ 1 VEND 3", (1794, 1, 1), (1795, 12, 31), "1795"),
        ("FRENCH_R 1 VEND 3", (1794, 1, 1), (1795, 12, 31), "1795"),
        ("@#DHEBREW@ 13 CSH 5760", (1999, 1, 1), (2000, 12, 31), "2000"),
    ],
)
def test_dates_give_their_span(text, earliest, latest, label):
    span = parse_date(text)
    assert span is not None
    assert (span.earliest, span.latest, span.label) == (earliest, latest, label)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ABT",
        "(long ago)",
        "31 FEB 1900",
        "29 FEB 1923",
        "1850-13-01",
        "BET 1900 AND 1800",
        "99999",
        "85",
        "-50",
        "nach 1850",
        "1 JAN",
        "Y",
        "1850s",
        "@#DUNKNOWN@ 1850",
        "@#DROMAN@ 1850",
        "1850/40",
        "ABT " * 30_000 + "1850",
    ],
)
def test_what_is_not_surely_a_date_is_none(text):
    assert parse_date(text) is None


def test_years_ago_counts_full_years_from_the_latest_day():
    span = parse_date("1916")
    assert span is not None
    assert span.years_ago(date(2026, 12, 30)) == 109
    assert span.years_ago(date(2026, 12, 31)) == 110
    assert parse_date("AFT 1800").years_ago(date(2026, 1, 1)) is None
