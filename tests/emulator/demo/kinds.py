"""Kinds of records, and how many customers are of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["only_erp", "only_dataverse", "equal", "different", "outside", "broken"]

SHARES: Final[Mapping[Kind, float]] = {
    "only_erp": 0.60,
    "only_dataverse": 0.15,
    "equal": 0.12,
    "different": 0.06,
    "outside": 0.04,
    "broken": 0.03,
}
DEFERRED: Final = 0.05
"""Share of customers that pay through an invoice account: a later customer, or their own."""

UNUSUAL: Final = 0.025
"""Share of customers whose number holds characters that addresses, keys and filters stumble over."""

OTHER_CASE: Final = 0.05
"""Share of customers on both sides whose number is spelled in another letter case in Dataverse."""

UNNUMBERED: Final = 0.03
"""Share of customers only in Dataverse that F&O is to number."""

FIRST_COMPANY: Final = 0.7
"""Share of customers in the first company; the others share the rest."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many records of each kind the first synchronisation of a flow meets."""

    only_erp: int = 0
    only_dataverse: int = 0
    equal: int = 0
    different: int = 0
    outside: int = 0
    broken: int = 0

    @classmethod
    def of(cls, kinds: Iterable[Kind]) -> Expected:
        found = list(kinds)
        return cls(**{kind: found.count(kind) for kind in SHARES})


def allotted(customers: int) -> dict[Kind, int]:
    """How many of so many customers are of each kind; what the shares leave over is only in F&O."""
    numbers: dict[Kind, int] = {kind: int(customers * share + 1e-9) for kind, share in SHARES.items()}
    numbers["only_erp"] += customers - sum(numbers.values())
    return numbers
