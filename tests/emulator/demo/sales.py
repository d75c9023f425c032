"""The demo data of prospect_to_cash: accounts, contacts with and without sales activity, and their documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.emulator.demo.build import Demo
from tests.emulator.demo.countries import Country, countries, places
from tests.emulator.demo.kinds import Expected, Kind
from tests.emulator.demo.lifelike import contact_person, organisation, person
from tests.emulator.demo.sales_catalogue import (
    GROUP,
    LANGUAGE,
    MAPPED,
    ONLY_IN_SALES,
    SITE,
    UNMAPPED_COUNTRY,
    WAREHOUSE,
    Row,
    Rows,
    SalesCatalogue,
    sales_catalogue,
)
from tests.emulator.guids import guid

SUITE: Final = "prospect_to_cash"
_HOMES: Final = ("US", "US", "US", "GB", "DE", "FR", "ES", "SE", "CN", "JP")
_ACCOUNT_KINDS: Final[Sequence[tuple[Kind, int]]] = (
    ("only_dataverse", 68), ("equal", 14), ("different", 8), ("only_erp", 6), ("broken", 4),
)  # fmt: skip
_CONTACT_KINDS: Final = (("employee", 50), ("buyer", 22), ("both", 8), ("stranger", 14), ("assistant", 6))
_ACCOUNT: Final = {
    "creditlimit": "CreditLimit", "fax": "PrimaryContactFax", "numberofemployees": "OrganizationNumberOfEmployees",
    "address1_city": "AddressCity", "description": "SalesMemo", "emailaddress1": "PrimaryContactEmail",
    "address1_line1": "AddressStreet", "telephone1": "PrimaryContactPhone", "address1_postalcode": "AddressZipCode",
    "address1_stateorprovince": "AddressState", "websiteurl": "PrimaryContactURL", "name": "OrganizationName",
    "address2_line1": "DeliveryAddressStreet", "address2_city": "DeliveryAddressCity",
    "address2_postalcode": "DeliveryAddressZipCode", "address2_stateorprovince": "DeliveryAddressState",
}  # fmt: skip
_CONTACT: Final = {
    "firstname": "FirstName", "lastname": "LastName", "department": "EmploymentDepartment", "description": "Notes",
    "emailaddress1": "PrimaryEmailAddress", "jobtitle": "EmploymentProfession", "telephone1": "PrimaryPhoneNumber",
    "websiteurl": "PrimaryURL", "address1_city": "PrimaryAddressCity", "address1_line1": "PrimaryAddressStreet",
    "address1_postalcode": "PrimaryAddressZipCode", "address1_stateorprovince": "PrimaryAddressStateId",
}  # fmt: skip
_GENDERS: Final = {"Male": 1, "Female": 2}


def sales_demo(customers: int = 2000, seed: int = 2026, company: str = "usmf") -> Demo:
    """Demo data with so many accounts and as many contacts in Sales, and products in F&O. The same arguments give the
    same data. Account numbers were given by hand to most accounts; the others and all contacts have none yet.
    """
    random = Random(f"{seed} sales")
    catalogue = sales_catalogue(Random(f"{seed} products"), company, max(customers // 20, 8))
    cast = _Cast(random, countries(seed), catalogue, company)
    for kind in _dealt(_ACCOUNT_KINDS, customers, random):
        cast.account(kind)
    for role in _dealt(_CONTACT_KINDS, customers, random):
        cast.contact(role)
    return Demo(
        finops=catalogue.finops | {"CustomersV3": cast.customers},
        dataverse=catalogue.dataverse | {"accounts": cast.accounts, "contacts": cast.contacts} | cast.documents,
        expected=_expected(cast, len(catalogue.finops["SellableReleasedProducts"])),
        broken={f"{SUITE}.accounts": cast.broken},
        places=places(),
    )


def _dealt(shares: Sequence[tuple[Any, int]], number: int, random: Random) -> list[Any]:
    """So many cards of all kinds, by their shares of a hundred; what is left over is of the first."""
    cards = [kind for kind, share in shares for _ in range(number * share // 100)]
    cards += [shares[0][0]] * (number - len(cards))
    random.shuffle(cards)
    return cards


def _expected(cast: _Cast, products: int) -> Mapping[str, Expected]:
    roles = cast.roles
    everybody, buyers = roles.total(), roles["buyer"] + roles["both"]
    return {
        f"{SUITE}.accounts": Expected.of(cast.kinds),
        f"{SUITE}.contacts": Expected(only_dataverse=roles["employee"], outside=everybody - roles["employee"]),
        f"{SUITE}.contacts_to_customers": Expected(only_dataverse=buyers, outside=everybody - buyers),
        f"{SUITE}.products": Expected(only_erp=products - 1, broken=1),
    }


@dataclass
class _Cast:
    """Everybody, made one after the other out of one source of randomness."""

    random: Random
    homes: Mapping[str, Country]
    catalogue: SalesCatalogue
    company: str
    accounts: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    documents: Rows = field(default_factory=lambda: {"quotes": [], "salesorders": [], "invoices": []})
    kinds: list[Kind] = field(default_factory=list)
    roles: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=dict)

    # -- accounts

    def account(self, kind: Kind) -> None:
        """An account, and where F&O knows it the customer."""
        self.kinds.append(kind)
        country = self.homes[self.random.choice(_HOMES)]
        row = self._organisation(country)
        row["CreditLimit"] = round(float(row["CreditLimit"]), 0 if country.currency == "JPY" else 2)
        if kind in ("equal", "different", "only_erp"):
            self.customers.append(self._customer(row))
        if kind == "only_erp":
            return
        there = self._in_sales(row, country)
        if kind == "different":
            there["telephone1"] = f"{there['telephone1'][:-1]}{(int(there['telephone1'][-1]) + 1) % 10}"
        if kind == "only_dataverse" and self.random.random() < 0.2:
            del there["accountnumber"]
        if kind == "broken":
            self._break(there)
        self.accounts.append(there)

    def _organisation(self, country: Country) -> Row:
        """The words of F&O, with a main address beside that of deliveries."""
        home = person(country, self.random)
        row = organisation(country, self.random)
        row |= {name: value for name, value in home.items() if name.startswith("Address") and value}
        row |= {"CustomerAccount": f"A-{len(self.kinds):05d}", "PartyNumber": f"A-{len(self.kinds):05d}"}
        return row

    def _customer(self, row: Row) -> Row:
        """The customer as the suite would write it."""
        names = (*_ACCOUNT.values(), "CustomerAccount", "PartyNumber", "SalesCurrencyCode")
        constants = {"dataAreaId": self.company, "CustomerGroupId": GROUP, "SiteId": SITE, "WarehouseId": WAREHOUSE}
        constants |= {"PartyType": "Organization", "LanguageId": LANGUAGE, "IsExternallyMaintained": "Yes"}
        found = {name: row[name] for name in names} | constants | {"AddressLocationRoles": "Business"}
        for role in ("", "Delivery"):
            found[f"{role}AddressCountryRegionISOCode"] = row[f"{role}AddressCountryRegionISOCode"]
            found[f"{role}AddressDescription"] = row["OrganizationName"][:60].rstrip()
        return found

    def _in_sales(self, row: Row, country: Country) -> Row:
        """The account that means the same."""
        _, name = MAPPED[country.code]
        found: Row = {"accountid": guid(self.random), "accountnumber": row["CustomerAccount"]}
        found |= {column: row[field] for column, field in _ACCOUNT.items() if row[field]}
        found |= {"address1_country": name, "address2_country": name.title() if self.random.random() < 0.3 else name}
        return found | self.catalogue.currency(country.currency)

    def _break(self, there: Row) -> None:
        """A country that the value map lacks, or a currency that F&O does not have."""
        name = self.random.choice(("unknown_country", "unknown_currency"))
        if name == "unknown_country":
            there["address1_country"] = UNMAPPED_COUNTRY
        else:
            there |= self.catalogue.currency(ONLY_IN_SALES[0])
        self.broken.setdefault(name, []).append(there["accountnumber"])

    # -- contacts and documents

    def contact(self, role: str) -> None:
        """A contact: an employee of an account, a buyer, both, a stranger, or the assistant of another contact."""
        role = role if self.accounts or role in ("buyer", "stranger") else "stranger"
        role = role if self.contacts or role != "assistant" else "stranger"
        self.roles[role] += 1
        row = self._person()
        if role in ("employee", "both"):
            employer = self.random.choice(self.accounts)
            row["parentcustomerid_account@odata.bind"] = f"/accounts({employer['accountid']})"
        if role == "assistant":
            boss = self.random.choice(self.contacts)
            row["parentcustomerid_contact@odata.bind"] = f"/contacts({boss['contactid']})"
        self.contacts.append(row)
        if role in ("buyer", "both"):
            self._document("contact", row["contactid"])
        elif role == "employee" and self.random.random() < 0.3:
            self._document("account", employer["accountid"])

    def _person(self) -> Row:
        country = self.homes[self.random.choice(_HOMES)]
        words = contact_person(country, self.random)
        row: Row = {"contactid": guid(self.random)}
        row |= {column: words[field] for column, field in _CONTACT.items() if words[field]}
        if words["Gender"] in _GENDERS:
            row["gendercode"] = _GENDERS[words["Gender"]]
        if words["PrimaryAddressCity"]:
            row["address1_country"] = MAPPED[country.code][1]
        return row | self.catalogue.currency(country.currency)

    def _document(self, kind: str, customer: str) -> None:
        """A quote, an order or an invoice in some state: any of them is sales activity."""
        table, key, number = self.random.choice(
            (("quotes", "quoteid", "quotenumber"), ("salesorders", "salesorderid", "ordernumber"),
             ("invoices", "invoiceid", "invoicenumber"))
        )  # fmt: skip
        place = len(self.documents[table]) + 1
        row: Row = {key: guid(self.random), number: f"{number[:3].upper()}-{place:05d}", "name": f"Coffee {place}"}
        row[f"customerid_{kind}@odata.bind"] = f"/{kind}s({customer})"
        row["pricelevelid@odata.bind"] = f"/pricelevels({self.catalogue.price_lists['USD']})"
        row |= self.catalogue.currency("USD")
        if table == "quotes" and self.random.random() < 0.5:
            row |= {"statecode": 1, "statuscode": 2}
        self.documents[table].append(row)
