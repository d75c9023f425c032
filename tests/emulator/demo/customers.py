"""Customers of every kind but the broken ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar, Final

from tests.emulator.demo.countries import Country
from tests.emulator.demo.edits import EDITS, Edit, differ
from tests.emulator.demo.kinds import FIRST_COMPANY, OTHER_CASE, UNNUMBERED, Kind
from tests.emulator.demo.lifelike import organisation
from tests.emulator.demo.numbers import Numbers
from tests.emulator.demo.pairs import Row
from tests.emulator.demo.references import IN_DATAVERSE, IN_FINOPS, ON_BOTH, References, guid

_UNMAPPED: Final = {
    f"{role}Address{axis}": 0 for role in ("", "Delivery", "Invoice") for axis in ("Latitude", "Longitude")
}
_OF_A_COMPANY: Final = (
    "CustomerGroupId",
    "PaymentTerms",
    "PaymentDay",
    "PaymentMethod",
    "PaymentSchedule",
    "VendorAccount",
)


@dataclass(slots=True, eq=False)
class Customer:
    """A customer, on one side or both.

    here: the row in F&O. there: what Dataverse has, still in F&O's words. columns: what Dataverse has all the same,
    whatever follows from `there`; None for nothing. bill_to: who pays. company is empty for a row without one.
    """

    kind: Kind
    company: str
    row_id: str
    here: Row | None = None
    there: Row | None = None
    columns: Row = field(default_factory=dict)
    bill_to: Customer | None = None

    @property
    def number(self) -> str:
        """The account number, as F&O spells it where it has the customer."""
        row = self.here or self.there
        assert row is not None
        return str(row["CustomerAccount"])


class Maker:
    """Makes customers that are organisations out of one source of randomness.

    edits: what may differ between the two sides of one. unset: columns that somebody in Dataverse may leave unset.
    """

    edits: ClassVar[Mapping[str, Edit]] = EDITS
    unset: ClassVar[Collection[str]] = ("msdyn_onholdstatus", "msdyn_invoiceaddress")

    def __init__(
        self, random: Random, countries: Mapping[str, Country], references: References, numbers: Numbers
    ) -> None:
        self.random, self.countries = random, countries
        self.references, self.numbers = references, numbers
        self._codes: dict[tuple[str, Collection[Kind]], Sequence[str]] = {}
        self._outside = 0

    def make(self, kind: Kind) -> Customer:
        """A customer of a kind."""
        if kind == "only_erp":
            return self.in_finops()
        if kind == "only_dataverse":
            return self.in_dataverse()
        if kind == "outside":
            return self._next_outside()
        return self.on_both() if kind == "equal" else self._different()

    def company(self) -> str:
        companies = self.references.companies
        first = len(companies) == 1 or self.random.random() < FIRST_COMPANY
        return companies[0] if first else self.random.choice(companies[1:])

    def country(self, company: str) -> Country:
        """Every other customer is at home where its company is."""
        home = company[:2].upper()
        home = home if home in self.countries else "US"
        return self.countries[home if self.random.random() < 0.5 else self.random.choice(list(self.countries))]

    # -- by system

    def in_finops(self, kind: Kind = "only_erp", company: str = "") -> Customer:
        """A customer that F&O made."""
        company = company or self.company()
        row = self._row(company, IN_FINOPS, self.country(company)) | self._numbered(company)
        return Customer(kind, company, guid(self.random), here=row)

    def in_dataverse(
        self, kind: Kind = "only_dataverse", country: Country | None = None, company: str = ""
    ) -> Customer:
        """A customer that Dataverse made: nobody has put it on a map, and more is left blank."""
        company = company or self.company()
        row = self._row(company, IN_DATAVERSE, country or self.country(company)) | _UNMAPPED
        unnumbered = kind == "only_dataverse" and self.random.random() < UNNUMBERED
        row["CustomerAccount"] = "" if unnumbered else self._number_there()
        row["PartyNumber"] = ""
        made = Customer(kind, company, guid(self.random), there=row)
        if self.random.random() < 0.1:
            made.columns |= dict.fromkeys(self.unset)
        return made

    def on_both(self, kind: Kind = "equal", country: Country | None = None) -> Customer:
        """A customer that means the same on both sides."""
        company = self.company()
        row = self._row(company, ON_BOTH, country or self.country(company)) | self._numbered(company)
        there = dict(row)
        if self.random.random() < OTHER_CASE:
            there["CustomerAccount"] = row["CustomerAccount"].lower()
        return Customer(kind, company, guid(self.random), here=row, there=there)

    def _different(self) -> Customer:
        made = self.on_both("different")
        assert made.here is not None
        assert made.there is not None
        differ(self.edits, made.here, made.there, self.random)
        return made

    # -- outside the scopes

    def _next_outside(self) -> Customer:
        self._outside += 1
        return self._prospect() if self._outside % 2 else self._without_company()

    def _prospect(self) -> Customer:
        made = self.in_dataverse("outside")
        assert made.there is not None
        made.there["CustomerAccount"] = self.numbers.of_prospect() if self.random.random() < 0.5 else ""
        made.columns["customertypecode"] = 8
        return made

    def _without_company(self) -> Customer:
        made = self.in_dataverse("outside")
        assert made.there is not None
        made.there |= dict.fromkeys(_OF_A_COMPANY, "")
        made.company = ""
        return made

    # -- parts of a row

    def _row(self, company: str, kinds: Collection[Kind], country: Country) -> Row:
        row = organisation(country, self.random)
        row["dataAreaId"] = company
        row["CustomerGroupId"] = self.code("CustomerGroups", kinds)
        row["PaymentTerms"] = self.code("PaymentTerms", kinds)
        chance = self.random.random
        row["PaymentMethod"] = self.code("CustomerPaymentMethods", ON_BOTH) if chance() < 0.8 else ""
        row["PaymentDay"] = self.code("PaymentDaysCds", ON_BOTH) if chance() < 0.15 else ""
        row["PaymentSchedule"] = self.code("PaymentSchedules", ON_BOTH) if chance() < 0.1 else ""
        row["VendorAccount"] = self.code("VendorsV2", ON_BOTH) if chance() < 0.03 else ""
        return row

    def code(self, entity: str, kinds: Collection[Kind]) -> str:
        """Any code of an entity that is of one of the kinds."""
        key = (entity, kinds)
        if key not in self._codes:
            self._codes[key] = self.references.codes(entity, kinds)
        return self.random.choice(self._codes[key])

    def _number_there(self) -> str:
        return self.numbers.from_dataverse()

    def _numbered(self, company: str) -> Row:
        return {"CustomerAccount": self.numbers.from_finops(company), "PartyNumber": self.numbers.party()}
