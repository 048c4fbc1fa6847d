"""What `nostalgia drivers lint` finds."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a bank of drivers.

    severity: "error", or "warning" where the driver can be used all the same. driver: its name,
    empty where the bank itself is meant. check: what was looked at, one word. text: what is wrong.
    """

    severity: str
    driver: str
    check: str
    text: str
