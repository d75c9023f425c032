"""What makes the two sides of a customer differ: edits of one row in F&O's words. Each changes its line for sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from tests.emulator.demo.pairs import Row

_HOLDS: Final = ("No", "Invoice", "All", "Payment", "Requisition", "Never")

Edit = Callable[[Any], Any]


def _redialled(phone: str) -> str:
    return f"{phone[:-1]}{(int(phone[-1]) + 1) % 10}"


def _answered(answer: str) -> str:
    return "No" if answer == "Yes" else "Yes"


def _told(gender: str) -> str:
    return "Female" if gender != "Female" else "Male"


def _noted(memo: str) -> str:
    return f"{memo}\n✔ OK".strip()


EDITS: Final[Mapping[str, Edit]] = {
    "PrimaryContactPhone": _redialled,
    "PrimaryContactEmail": lambda mail: f"new.{mail or 'office@demo.example'}",
    "PrimaryContactFax": lambda fax: "" if fax else "+00 000 0000",
    "DeliveryAddressStreet": lambda street: f"{street} B",
    "OrganizationName": lambda name: f"{name} (Group)",
    "OrganizationNumberOfEmployees": lambda number: number + 12,
    "SalesMemo": _noted,
    "CreditLimit": lambda limit: round(limit + 250.5, 2),
    "CreditRating": lambda rating: "B" if rating != "B" else "C",
    "OnHoldStatus": lambda hold: _HOLDS[(_HOLDS.index(hold) + 1) % len(_HOLDS)],
    "IsOneTimeCustomer": _answered,
    "PaymentTermsBaseDays": lambda days: days + 7,
    "DeliveryAddressLatitude": lambda latitude: round(latitude / 2 + 0.5, 8),
}


CONSUMER_EDITS: Final[Mapping[str, Edit]] = {
    "PrimaryContactPhone": _redialled,
    "PersonLastName": lambda name: f"{name[:20]}-Ode",
    "PersonGender": _told,
    "PersonProfessionalTitle": lambda title: f"{title} (ret.)"[:60].strip(),
    "AddressStreet": lambda street: f"{street} B",
    "SalesMemo": _noted,
    "AddressLatitude": lambda latitude: round(latitude / 2 + 0.5, 8),
}
PERSON_EDITS: Final[Mapping[str, Edit]] = {
    "PrimaryPhoneNumber": _redialled,
    "LastName": lambda name: f"{name[:20]}-Ode",
    "EmploymentDepartment": lambda department: f"{department} 2",
    "IsReceivingDirectMail": _answered,
    "Gender": _told,
    "Notes": _noted,
}


def differ(edits: Mapping[str, Edit], here: Row, there: Row, random: Random) -> None:
    """Some lines differ from now on: edited in Dataverse, in F&O, or one here and another there."""
    for name in random.sample(list(edits), k=random.randrange(1, 4)):
        row = here if random.random() < 0.4 else there
        row[name] = edits[name](row[name])
