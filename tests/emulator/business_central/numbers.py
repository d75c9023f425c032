"""Number series: which number a new row gets, and whether a person may choose another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.emulator.business_central.refusal import FIELD, Refusal, rule

_SETUP: Final = {
    "Customer": ("Customer Nos.", "Sales & Receivables Setup"),
    "Vendor": ("Vendor Nos.", "Purchases & Payables Setup"),
    "Contact": ("Contact Nos.", "Marketing Setup"),
    "Item": ("Item Nos.", "Inventory Setup"),
}
"""Table to the field of the set-up that names its series."""


@dataclass
class Series:
    """A series: its code, what stands before the digits, the last number given, and whether manual ones are allowed."""

    code: str
    prefix: str
    digits: int = 5
    last: int = 0
    step: int = 10
    manual: bool = True

    def number(self) -> str:
        self.last += self.step
        return f"{self.prefix}{self.last:0{self.digits}d}"


def usual() -> dict[str, Series]:
    """The series of a company, by table."""
    return {
        "Customer": Series("CUST", "C"),
        "Vendor": Series("VEND", "V"),
        "Contact": Series("CONT", "CT", 6, step=1),
        "Item": Series("ITEM1", "", 4, last=1000, step=1),
    }


def next_number(series: dict[str, Series], table: str, taken: Callable[[str], bool]) -> str:
    """The next free number; those taken by hand are skipped."""
    found = series.get(table)
    if found is None:
        field, setup = _SETUP[table]
        raise rule(f"{field} must have a value in {setup}: Primary Key=. It cannot be zero or empty.", FIELD)
    number = found.number()
    while taken(number):
        number = found.number()
    return number


def numbered(table: str) -> bool:
    """True for a table whose rows are numbered by a series."""
    return table in _SETUP


def not_manual(series: dict[str, Series], table: str) -> Refusal | None:
    """The refusal of a number that a caller chose, if the series does not allow it."""
    found = series.get(table)
    if found is None or found.manual:
        return None
    text = (
        "You may not enter numbers manually. If you want to enter numbers manually, please activate Manual Nos. in "
        f"No. Series {found.code}."
    )
    return rule(text)
