"""Everybody in the demo data of business_central, made one after the other out of one source of randomness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.emulator.demo.countries import Country
from tests.emulator.demo.kinds import Kind
from tests.emulator.demo.lifelike import contact_person, organisation
from tests.emulator.demo.trading_catalogue import (
    COUNTRIES,
    DE,
    LOCAL,
    NO_GROUP,
    SALESPEOPLE,
    SHIPMENTS,
    TERMS,
    UNITS,
    Row,
    Rows,
    TradingCatalogue,
)
from tests.emulator.guids import guid

FLOWS: Final = ("customers", "vendors", "contacts", "items")
CUSTOMER, VENDOR, PROSPECT = 3, 11, 8
"""Relationship types of accounts."""
_ACCOUNT: Final = {
    "name": "displayName", "address1_line1": "addressLine1", "address1_line2": "addressLine2",
    "address1_city": "city", "address1_stateorprovince": "state", "address1_postalcode": "postalCode",
    "address1_country": "country", "telephone1": "phoneNumber", "emailaddress1": "email", "websiteurl": "website",
}  # fmt: skip
_WORDS: Final = {
    "displayName": "OrganizationName", "addressLine1": "DeliveryAddressStreet", "city": "DeliveryAddressCity",
    "state": "DeliveryAddressState", "postalCode": "DeliveryAddressZipCode", "phoneNumber": "PrimaryContactPhone",
    "country": "DeliveryAddressCountryRegionISOCode", "email": "PrimaryContactEmail", "website": "PrimaryContactURL",
}  # fmt: skip
_GOODS: Final = ("Bicycle", "Front wheel", "Saddle", "Chain", "Brake", "Hub", "Lamp", "Bell", "Pump", "Basket")


@dataclass
class Cast:
    """Both sides of everything, and of which kind it is.

    owners: who can have people: the company, the number, and the id of the account, each empty where there is none.
    works_for: of people in Business Central by their id, the number of the customer or vendor. team: one that owns.
    """

    random: Random
    homes: Mapping[str, Country]
    catalogue: TradingCatalogue
    erp: dict[str, Rows] = field(default_factory=lambda: {company: {} for company in LOCAL})
    sales: Rows = field(default_factory=lambda: {"accounts": [], "contacts": [], "products": []})
    kinds: dict[str, list[Kind]] = field(default_factory=lambda: {name: [] for name in FLOWS})
    owners: list[tuple[str, str, str]] = field(default_factory=list)
    works_for: dict[str, str] = field(default_factory=dict)
    team: str = ""
    numbers: Counter[str] = field(default_factory=Counter)

    def in_business_central(self) -> Mapping[str, Rows]:
        """By company and set: what is referred to, then customers and vendors, then who works for them, and items."""
        return {
            company: {**rows, **self._trading(company)} for company, rows in self.catalogue.business_central.items()
        }

    def _trading(self, company: str) -> Rows:
        """Company contacts come with customers and vendors and are numbered in their order; people name theirs."""
        found = {name: self.erp[company].get(name, []) for name in ("customers", "vendors", "contacts", "items")}
        partners = enumerate([*found["customers"], *found["vendors"]], 1)
        numbers = {row["number"]: f"CT{place:06d}" for place, row in partners}
        people = [
            {**row, "companyNumber": numbers.get(self.works_for.get(row["id"], ""), "")} for row in found["contacts"]
        ]
        return {**found, "contacts": people}

    def in_dataverse(self) -> Rows:
        """What is referred to, then accounts, their people, and products."""
        return {**self.catalogue.dataverse, "teams": [{"teamid": self.team, "name": "Sales"}], **self.sales}

    def __post_init__(self) -> None:
        self.team = self.team or guid(self.random)

    # -- customers and vendors

    def customer(self, kind: Kind, company: str = DE, **values: Any) -> tuple[Row, Row]:
        """A customer and its account, as each side has it; which sides have it, the kind says."""
        return self._partner("customers", kind, company, values)

    def vendor(self, kind: Kind, company: str = DE, **values: Any) -> tuple[Row, Row]:
        """The same with a vendor."""
        return self._partner("vendors", kind, company, values)

    def _partner(self, flow: str, kind: Kind, company: str, values: Row) -> tuple[Row, Row]:
        kind = kind if company == DE or kind == "outside" else "only_erp"
        self.kinds[flow].append(kind)
        row = self._row(flow, company) | values
        there = self.account(row, CUSTOMER if flow == "customers" else VENDOR)
        if kind == "different":
            there["telephone1"] = f"{there['telephone1'][:-1]}{(int(there['telephone1'][-1]) + 1) % 10}"
        if kind == "outside":
            row["blocked"] = "All"
        if kind != "only_dataverse":
            self._into_erp(flow, company, row)
        if kind not in ("only_erp", "outside"):
            self.sales["accounts"].append(there)
        if kind != "outside":
            number = row["number"] if kind != "only_dataverse" else ""
            self.owners.append((company, number, there["accountid"] if kind != "only_erp" else ""))
        return row, there

    def _into_erp(self, name: str, company: str, row: Row) -> None:
        self.erp[company].setdefault(name, []).append(row)

    def _row(self, flow: str, company: str) -> Row:
        """A customer or vendor in the words of Business Central."""
        country = self.homes[self.random.choice(COUNTRIES)]
        words = organisation(country, self.random)
        row: Row = {"id": guid(self.random), "number": self._number(flow[0].upper())}
        row |= {name: words[field] for name, field in _WORDS.items() if words[field]}
        local = LOCAL[company]
        known = {row["code"] for row in self.catalogue.business_central[company]["currencies"]}
        if country.currency != local and country.currency in known:
            row["currencyCode"] = country.currency
        row["paymentTermsId"] = self._id(company, "paymentTerms", TERMS)
        if flow == "customers":
            row["shipmentMethodId"] = self._id(company, "shipmentMethods", SHIPMENTS)
            row["salespersonCode"] = self.random.choice(("", *(code for code, *_ in SALESPEOPLE[:2])))
            row["creditLimit"] = round(float(words["CreditLimit"]), 2)
        return row

    def _id(self, company: str, name: str, rows: Any) -> str:
        return self.catalogue.of(company, name, self.random.choice(rows)[0])

    def _number(self, prefix: str) -> str:
        self.numbers[prefix] += 1
        return f"{prefix}-{self.numbers[prefix]:05d}"

    def account(self, row: Row, kind: int) -> Row:
        """The account that means the same as a customer or vendor."""
        found: Row = {"accountid": guid(self.random), "accountnumber": row["number"], "customertypecode": kind}
        found |= {column: row[name] for column, name in _ACCOUNT.items() if row.get(name)}
        code = row.get("currencyCode") or LOCAL[DE]
        if code in self.catalogue.currencies:
            found |= self.currency(code)
        owner = {code: name for code, name, _ in SALESPEOPLE}.get(row.get("salespersonCode", ""), "")
        if user := self.catalogue.users.get(owner):
            found["ownerid@odata.bind"] = f"/systemusers({user})"
        return found

    def currency(self, code: str) -> Row:
        return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.catalogue.currencies[code]})"}

    # -- people and items

    def person(self, kind: Kind) -> None:
        """Somebody who works for a customer or vendor that the kind's side has; nobody where there is none."""
        here, there = kind != "only_dataverse", kind != "only_erp"
        able = [each for each in self.owners if (each[1] or not here) and (each[2] or not there)]
        if not able:
            return
        company, number, account = self.random.choice(able)
        self.worker(kind, company, number, account)

    def worker(self, kind: Kind, company: str, number: str, account: str) -> tuple[Row, Row]:
        """Somebody who works for the customer or vendor with a number, or the account with an id."""
        self.kinds["contacts"].append(kind)
        words = contact_person(self.homes[self.random.choice(COUNTRIES)], self.random)
        name = f"{words['FirstName']} {words['LastName']}"
        row: Row = {"id": guid(self.random), "type": "Person", "displayName": name}
        self.works_for[row["id"]] = number
        row |= {"email": words["PrimaryEmailAddress"], "phoneNumber": words["PrimaryPhoneNumber"]}
        there: Row = {"contactid": guid(self.random), "firstname": words["FirstName"], "lastname": words["LastName"]}
        there |= {"emailaddress1": row["email"], "telephone1": row["phoneNumber"]}
        if account:
            there["parentcustomerid_account@odata.bind"] = f"/accounts({account})"
        if kind != "only_dataverse":
            self._into_erp("contacts", company, row)
        if kind not in ("only_erp", "outside"):
            self.sales["contacts"].append(there)
        return row, there

    def item(self, kind: Kind, company: str = DE, **values: Any) -> tuple[Row, Row]:
        """An item, and the product that means the same."""
        kind = kind if company == DE or kind == "outside" else "only_erp"
        self.kinds["items"].append(kind)
        unit = self.random.choice([code for code, *_ in UNITS if code != NO_GROUP])
        row: Row = {"id": guid(self.random), "number": self._number("I"), "baseUnitOfMeasureCode": unit}
        row |= {"displayName": f"{self.random.choice(_GOODS)} {self.random.randrange(10, 99)}"}
        row |= {"unitPrice": round(self.random.uniform(1, 900), 2), "unitCost": round(self.random.uniform(1, 500), 2)}
        row |= {"blocked": kind == "outside", **values}
        there = self.product(row) if row["baseUnitOfMeasureCode"] in self.catalogue.groups else {}
        if kind == "different":
            there["name"] = f"{there['name']} (old)"
        if kind != "only_dataverse":
            self._into_erp("items", company, row)
        if kind not in ("only_erp", "outside"):
            self.sales["products"].append(there)
        return row, there

    def product(self, row: Row) -> Row:
        """The product that means the same as an item."""
        group, unit = self.catalogue.groups[row["baseUnitOfMeasureCode"]]
        return {
            "productid": guid(self.random), "productnumber": row["number"], "name": row["displayName"],
            "quantitydecimal": 2, "producttypecode": 1, "price": row["unitPrice"], "statecode": 0, "statuscode": 1,
            "defaultuomscheduleid@odata.bind": f"/uomschedules({group})", "defaultuomid@odata.bind": f"/uoms({unit})",
            **self.currency(LOCAL[DE]),
        }  # fmt: skip
