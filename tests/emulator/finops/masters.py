"""Rules of the masters of prospect to cash: sites and warehouses, countries, roles of addresses, contact persons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from tests.emulator.finops.environment import Environment
from tests.emulator.finops.schema import COMPANY, Entity
from tests.emulator.finops.store import Table
from tests.emulator.finops.values import fold

CONTACT_PERSONS: Final = "CDSContactPersons"
CUSTOMERS: Final = "CustomersV3"
PRODUCTS: Final = "SellableReleasedProducts"
ROLES: Final = frozenset(
    {
        "Business",
        "Delivery",
        "FixedAsset",
        "Home",
        "Invoice",
        "OneTime",
        "Other",
        "Payment",
        "Recruit",
        "RemitTo",
        "SWIFT",
        "Service",
        "Statement",
    }
)
_PARTIES: Final = {CUSTOMERS: "PartyNumber", "VendorsV2": "VendorPartyNumber"}
_OF_COUNTRY: Final = {
    "CountryRegionISOCode": "ISOcode",
    "CountryRegionId": "CountryRegion",
    "PartyCountry": "CountryRegion",
}
Values = Mapping[str, Any]
Problem = tuple[str, str]
"""A field and what is wrong with its value."""


class Masters:
    """What these entities refuse beyond plain references."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def problems(self, entity: Entity, values: Values, names: Collection[str]) -> Iterator[Problem]:
        """What is wrong with a row as it would be stored; places are looked up for the fields in `names`."""
        yield from self._countries(entity, values, names)
        if (places := self.environment.behaviour.places) is not None:
            yield from places.problems(values, names, self._iso())
        checks: Mapping[str, Callable[[Values], Iterator[Problem]]] = {
            CUSTOMERS: self._customer,
            CONTACT_PERSONS: self._contact_person,
        }
        if entity.name in checks:
            yield from checks[entity.name](values)

    def complete(self, table: Table, values: dict[str, Any]) -> None:
        """What follows by itself when a row is made."""
        if table.entity.name == CONTACT_PERSONS:
            values["ContactPersonPartyType"] = values["ContactPersonPartyType"] or "Person"
        if table.entity.name == PRODUCTS:
            values["CurrencyCode"] = self.environment.currency(values[COMPANY])

    def _countries(self, entity: Entity, values: Values, names: Collection[str]) -> Iterator[Problem]:
        """Countries are those of the list, in an environment that has one."""
        known = self.environment.tables["AddressCountryRegions"]
        if not known.rows or entity is known.entity:
            return
        for name in names:
            column = next((column for end, column in _OF_COUNTRY.items() if name.endswith(end)), None)
            if column is not None and values[name] and fold(values[name]) not in known.index(column):
                yield name, "is not found in the related table 'Address country regions'"

    def _iso(self) -> Mapping[str, str]:
        rows = self.environment.tables["AddressCountryRegions"].rows.values()
        return {fold(row.values["ISOcode"]): fold(row.values["CountryRegion"]) for row in rows}

    def _customer(self, values: Values) -> Iterator[Problem]:
        roles = [role for role in values["AddressLocationRoles"].split(";") if role.strip()]
        if any(role.strip() not in ROLES for role in roles):
            yield "AddressLocationRoles", "is not valid"
        warehouse = self._row("Warehouses", values[COMPANY], values["WarehouseId"])
        if warehouse is not None and values["SiteId"] not in ("", warehouse["OperationalSiteId"]):
            yield "WarehouseId", f"does not belong to the site '{values['SiteId']}'"

    def _contact_person(self, values: Values) -> Iterator[Problem]:
        if values["ContactPersonPartyType"] != "Person":
            yield "ContactPersonPartyType", "is not valid"
        number, company = fold(values["AssociatedPartyNumber"]), values[COMPANY]
        for name, column in _PARTIES.items():
            if any(key[0] == company for key in self.environment.tables[name].index(column).get(number, ())):
                return
        yield "AssociatedPartyNumber", "is not found in the related table 'Global address book'"

    def _row(self, name: str, company: str, code: str) -> Values | None:
        row = self.environment.tables[name].rows.get((company, fold(code))) if code else None
        return row.values if row is not None else None
