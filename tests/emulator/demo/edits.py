"""What makes the two sides of a customer differ: edits of one row in F&O's words. Each changes its line for sure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.emulator.demo.pairs import Row

_HOLDS: Final = ("No", "Invoice", "All", "Payment", "Requisition", "Never")

EDITS: Final[dict[str, Callable[[Any], Any]]] = {
    "PrimaryContactPhone": lambda phone: f"{phone[:-1]}{(int(phone[-1]) + 1) % 10}",
    "PrimaryContactEmail": lambda mail: f"new.{mail or 'office@demo.example'}",
    "PrimaryContactFax": lambda fax: "" if fax else "+00 000 0000",
    "DeliveryAddressStreet": lambda street: f"{street} B",
    "OrganizationName": lambda name: f"{name} (Group)",
    "OrganizationNumberOfEmployees": lambda number: number + 12,
    "SalesMemo": lambda memo: f"{memo}\n✔ OK".strip(),
    "CreditLimit": lambda limit: round(limit + 250.5, 2),
    "CreditRating": lambda rating: "B" if rating != "B" else "C",
    "OnHoldStatus": lambda hold: _HOLDS[(_HOLDS.index(hold) + 1) % len(_HOLDS)],
    "IsOneTimeCustomer": lambda answer: "No" if answer == "Yes" else "Yes",
    "PaymentTermsBaseDays": lambda days: days + 7,
    "DeliveryAddressLatitude": lambda latitude: round(latitude / 2 + 0.5, 8),
}


def edit(row: Row, name: str) -> None:
    """Carries out one edit."""
    row[name] = EDITS[name](row[name])
