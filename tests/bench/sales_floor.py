"""The floor for prospect to cash: what a careful person writes by hand to bring accounts and contacts to F&O.

As in `floor.py` without maps, plans and recovery: rows of Dataverse that are in scope become customers and contact
persons, each claimed before it is created, and settled afterwards.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from azure.data.tables.aio import TableClient

from tests.bench.couplings import Claim, claimed, settled
from tests.bench.floor import Row
from tests.bench.plumbing import Web, chunks, selected
from tests.emulator.demo.sales_catalogue import GROUP, LANGUAGE, MAPPED, SITE, WAREHOUSE

COMPANY: Final = "usmf"
PAGE: Final = 1000
BATCH: Final = 100
NUMBER: Final = "msdynce_contactnumber"
_COUNTRIES: Final = {name: code for code, (_, name) in MAPPED.items()}
_PLACE: Final = {"city": "City", "line1": "Street", "postalcode": "ZipCode", "stateorprovince": "State"}
_ALIKE: Final = {"description": "SalesMemo", "emailaddress1": "PrimaryContactEmail", "fax": "PrimaryContactFax",
                 "telephone1": "PrimaryContactPhone", "websiteurl": "PrimaryContactURL",
                 "creditlimit": "CreditLimit"}  # fmt: skip
_PERSON: Final = {"department": "EmploymentDepartment", "description": "Notes", "firstname": "FirstName",
                  "emailaddress1": "PrimaryEmailAddress", "lastname": "LastName", "middlename": "MiddleName",
                  "governmentid": "GovernmentIdentificationNumber", "jobtitle": "EmploymentProfession",
                  "telephone1": "PrimaryPhoneNumber", "websiteurl": "PrimaryURL",
                  NUMBER: "ContactPersonPartyNumber"}  # fmt: skip
_CUSTOMER: Final = {"dataAreaId": COMPANY, "CustomerGroupId": GROUP, "LanguageId": LANGUAGE,
                    "IsExternallyMaintained": "Yes"}  # fmt: skip
_GENDERS: Final = {1: "Male", 2: "Female"}

Make = Callable[["SalesFloor", Row], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of a table that become records of an entity. make: the record of a row; nothing where it cannot go."""

    flow: str
    table: str
    row_id: str
    columns: Sequence[str]
    scope: str
    entity: str
    keys: Sequence[str]
    make: Make


@dataclass(slots=True)
class SalesFloor:
    """Both systems over plain httpx, and the table over the SDK. made: how many records of F&O."""

    web: Web
    table: TableClient
    currencies: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    made: int = 0

    async def load(self) -> int:
        """Everybody, accounts first. How many were created."""
        known = await self.web.rows(f"{self.web.finops}/Currencies?$select=CurrencyCode")
        codes = {str(row["CurrencyCode"]) for row in known}
        url = f"{self.web.dataverse}/transactioncurrencies?$select=transactioncurrencyid,isocurrencycode"
        rows = [row for row in await self.web.rows(url) if row["isocurrencycode"] in codes]
        self.currencies = {str(row["transactioncurrencyid"]): str(row["isocurrencycode"]) for row in rows}
        for kind in KINDS:
            await self._load(kind)
        return self.made

    async def _load(self, kind: Kind) -> None:
        there = await self._there(kind)
        async for page in self._rows(kind):
            found = ((row, kind.make(self, row)) for row in page)
            new = [(row, body) for row, body in found if body is not None and _key(kind, body) not in there]
            for chunk in chunks(new, BATCH):
                await self._create(kind, chunk)
            self.made += len(new)

    async def _there(self, kind: Kind) -> set[tuple[str, ...]]:
        """The keys of what F&O has."""
        filters = f"cross-company=true&$filter=dataAreaId eq '{COMPANY}'&{selected(kind.keys)}"
        rows = await self.web.rows(f"{self.web.finops}/{kind.entity}?{filters}")
        return {_key(kind, row) for row in rows}

    async def _rows(self, kind: Kind) -> AsyncIterator[Sequence[Row]]:
        scope = f"&$filter={kind.scope}" if kind.scope else ""
        url = f"{self.web.dataverse}/{kind.table}?{selected((kind.row_id, *kind.columns))}{scope}"
        async for body in self.web.pages(url, f"odata.maxpagesize={PAGE}"):
            yield body["value"]

    async def _create(self, kind: Kind, rows: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
        """One batch: claimed, created, settled."""
        claims = await claimed(self.table, [_claim(kind, row, body) for row, body in rows])
        bodies = [json.dumps(body) for _, body in rows]
        url = f"{kind.entity}?cross-company=true"
        stored = await self.web.batch(self.web.finops, "POST", [url] * len(rows), bodies)
        made = [
            (each, [str(value) for value in answer.values()], [str(value) for value in row.values()])
            for each, answer, (row, _) in zip(claims, stored, rows, strict=True)
        ]
        await settled(self.table, made, 2000, "erp")


# -- what is written of each kind


def _address(row: Row, place: str, before: str) -> dict[str, Any]:
    """An address as it stands; a country by its code, and the one of the company where none is told."""
    found = {f"{before}{name}": row.get(f"{place}_{column}") for column, name in _PLACE.items()}
    country = row.get(f"{place}_country")
    return {**found, f"{before}CountryRegionISOCode": _COUNTRIES[country.lower()] if country else "US"}


def _can_go(floor: SalesFloor, row: Row, *places: str) -> bool:
    """False if a country is none that is known, or its currency is not in F&O."""
    countries = [row.get(f"{place}_country") for place in places]
    known = all(each is None or each.lower() in _COUNTRIES for each in countries)
    currency = row.get("_transactioncurrencyid_value")
    return known and (currency is None or currency in floor.currencies)


def _plain(row: Row, columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: row[column] for column, name in columns.items() if row[column] is not None}


def _customer(floor: SalesFloor, row: Row, number: str) -> dict[str, Any]:
    body = {**_CUSTOMER, **_plain(row, _ALIKE), "CustomerAccount": number, "PartyNumber": number}
    if row["_transactioncurrencyid_value"]:
        body["SalesCurrencyCode"] = floor.currencies[row["_transactioncurrencyid_value"]]
    return body


def _account(floor: SalesFloor, row: Row) -> dict[str, Any] | None:
    if not _can_go(floor, row, "address1", "address2"):
        return None
    number, name = str(row["accountnumber"]), str(row["name"])
    floor.numbers[str(row["accountid"])] = number
    body = {**_customer(floor, row, number), **_address(row, "address1", "Address")}
    body |= _address(row, "address2", "DeliveryAddress")
    body |= {"OrganizationName": name, "AddressDescription": name[:60], "DeliveryAddressDescription": name[:60]}
    body |= {"SiteId": SITE, "WarehouseId": WAREHOUSE, "AddressLocationRoles": "Business", "PartyType": "Organization"}
    body["OrganizationNumberOfEmployees"] = row["numberofemployees"] or 0
    return {key: value for key, value in body.items() if value is not None}


def _person(floor: SalesFloor, row: Row) -> dict[str, Any] | None:
    employer = floor.numbers.get(str(row["_parentcustomerid_value"]))
    if employer is None or not _can_go(floor, row, "address1"):
        return None
    body = {**_plain(row, _PERSON), **_address(row, "address1", "PrimaryAddress"), "dataAreaId": COMPANY}
    body["PrimaryAddressStateId"] = body.pop("PrimaryAddressState")
    body |= {"AssociatedPartyNumber": employer, "ContactPersonPartyType": "Person"}
    body |= {"Gender": _GENDERS.get(row["gendercode"], "Unknown"), "IsInactive": "Yes" if row["statecode"] else "No"}
    body |= {
        "IsReceivingDirectMail": "No" if row["donotemail"] else "Yes",
        "IsContactPersonExternallyMaintained": "Yes",
    }
    return {key: value for key, value in body.items() if value is not None}


def _buyer(floor: SalesFloor, row: Row) -> dict[str, Any] | None:
    if not _can_go(floor, row, "address1"):
        return None
    body = {**_customer(floor, row, str(row[NUMBER])), **_address(row, "address1", "Address"), "PartyType": "Person"}
    body |= {"PersonFirstName": row["firstname"], "PersonMiddleName": row["middlename"]}
    body |= {"PersonLastName": row["lastname"], "AddressDescription": str(row["fullname"])[:60]}
    return {key: value for key, value in body.items() if value is not None}


_FIRST: Final = ("address1_country", *(f"address1_{each}" for each in _PLACE))
_SECOND: Final = ("address2_country", *(f"address2_{each}" for each in _PLACE))
_MONEY: Final = "_transactioncurrencyid_value"
_BUYS: Final = "msdynce_isactivecustomer"

KINDS: Final = (
    Kind("accounts", "accounts", "accountid",
         ("accountnumber", "name", "numberofemployees", _MONEY, *_ALIKE, *_FIRST, *_SECOND), "",
         "CustomersV3", ("CustomerAccount",), _account),
    Kind("contacts", "contacts", "contactid",
         (*_PERSON, *_FIRST, "_parentcustomerid_value", "gendercode", "statecode", "donotemail", _MONEY),
         f"{_BUYS} ne true and msdynce_iscompanyanaccount eq true",
         "CDSContactPersons", ("ContactPersonPartyNumber", "AssociatedPartyNumber"), _person),
    Kind("buyers", "contacts", "contactid",
         (NUMBER, "firstname", "middlename", "lastname", "fullname", _MONEY, *_ALIKE, *_FIRST), f"{_BUYS} eq true",
         "CustomersV3", ("CustomerAccount",), _buyer),
)  # fmt: skip


def _key(kind: Kind, row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]).lower() for name in kind.keys)


def _claim(kind: Kind, row: Row, body: Row) -> Claim:
    return Claim(kind.flow, str(row[kind.row_id]), json.dumps([COMPANY, *_key(kind, body)]))
