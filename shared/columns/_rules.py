"""What computed columns say, by the rows that they are computed from. Pure; a table of cases stands in the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

ACCOUNT: Final = "account"
TARGET: Final = "@Microsoft.Dynamics.CRM.lookuplogicalname"
OPEN: Final = 0
"""The state in which a document can be edited: of a quote Draft, of an order and an invoice Active."""


def is_account(row: Mapping[str, Any], lookup: str) -> bool:
    """Whether a lookup that may point to several tables points to an account."""
    return row.get(lookup) is not None and row.get(lookup + TARGET) == ACCOUNT


def ratchet(now: object, *, named: bool) -> bool:
    """Yes from the first time on that something names the row; a No is never computed where a Yes stands."""
    return now is True or named


def only_external(products: Iterable[object]) -> bool:
    """Whether every product of a document is maintained outside. A write-in has none; without lines it is so, too."""
    return all(flag is True for flag in products)


def is_open(row: Mapping[str, Any]) -> bool:
    """Whether a document can be edited: it refuses all writes in any other state."""
    return row.get("statecode") == OPEN


def differing(row: Mapping[str, Any], wanted: Mapping[str, bool]) -> dict[str, bool]:
    """What has to be written. A blank is neither Yes nor No: the row is older than the column."""
    return {name: value for name, value in wanted.items() if row.get(name) is not value}
