"""People who work in Sales and in F&O while the local house runs prospect_to_cash: one small act after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.emulator.dataverse.twin import DataverseTwin
from tests.emulator.finops.twin import FinopsTwin

Row = Mapping[str, Any]
_NAMES: Final = ("Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid")
_SURNAMES: Final = ("Okafor", "Lindqvist", "Marino", "Sato", "Weber", "Novak")
_DOCUMENTS: Final = ("quotes", "salesorders", "invoices")


@dataclass(slots=True)
class SalesPeople:
    """A salesperson in Dataverse and a product manager in F&O."""

    dataverse: DataverseTwin
    finops: FinopsTwin
    random: Random
    done: list[str] = field(default_factory=list)
    """What they did, in order."""

    def act(self) -> str:
        """One of them does something that makes sense now; what it was."""
        acts: Sequence[Callable[[], str | None]] = (
            self.wins_an_account,
            self.meets_somebody,
            self.sells_to_a_contact,
            self.corrects_a_number,
            self.prices_a_product,
        )
        for act in self.random.sample(acts, k=len(acts)):
            told = act()
            if told is not None:
                self.done.append(told)
                return told
        raise LookupError("there is nobody to sell to and nothing to price: load demo data first")

    def wins_an_account(self) -> str | None:
        """A new account, in a country and a currency that F&O knows."""
        name = f"{self.random.choice(_SURNAMES)} & {self.random.choice(_SURNAMES)}"
        currency = self._currency()
        if currency is None:
            return None
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
        self.dataverse.create("accounts", {"name": name, "address1_country": "united states", **bind})
        return f"{name} became an account"

    def meets_somebody(self) -> str | None:
        """A new contact at an account."""
        accounts = self.dataverse.rows("accounts")
        if not accounts:
            return None
        account = self.random.choice(accounts)
        first, last = self.random.choice(_NAMES), self.random.choice(_SURNAMES)
        bind = {"parentcustomerid_account@odata.bind": f"/accounts({account['accountid']})"}
        self.dataverse.create("contacts", {"firstname": first, "lastname": last, **bind})
        return f"{first} {last} works for {account['name']}"

    def sells_to_a_contact(self) -> str | None:
        """The first order of a contact, who turns from a contact person into a customer by it."""
        buyers = {row["_customerid_value"] for table in _DOCUMENTS for row in self.dataverse.rows(table)}
        strangers = [row for row in self.dataverse.rows("contacts") if row["contactid"] not in buyers]
        if not strangers:
            return None
        contact = self.random.choice(strangers)
        bind = {"customerid_contact@odata.bind": f"/contacts({contact['contactid']})"}
        self.dataverse.create("salesorders", {"name": f"First order of {contact['fullname']}", **bind})
        return f"{contact['fullname']} bought something"

    def corrects_a_number(self) -> str | None:
        """Another telephone number of an account or a contact."""
        table, key = self.random.choice((("accounts", "accountid"), ("contacts", "contactid")))
        rows = self.dataverse.rows(table)
        if not rows:
            return None
        row = self.random.choice(rows)
        number = f"+1 555 01{self.random.randrange(100):02d}"
        self.dataverse.update(table, row[key], {"telephone1": number})
        return f"{row['name' if table == 'accounts' else 'fullname']} is reached at {number}"

    def prices_a_product(self) -> str | None:
        """Another sales price in F&O."""
        products = list(self.finops.rows("SellableReleasedProducts"))
        if not products:
            return None
        product = self.random.choice(products)
        key = {name: product[name] for name in ("dataAreaId", "ProductNumber")}
        price = self.random.randrange(200, 90_000) / 100
        self.finops.update("SellableReleasedProducts", key, {"SalesPrice": price}, user="priya")
        return f"{product['ProductNumber']} costs {price:.2f}"

    def _currency(self) -> str | None:
        known = {row["CurrencyCode"] for row in self.finops.rows("Currencies")}
        rows = [row for row in self.dataverse.rows("transactioncurrencies") if row["isocurrencycode"] in known]
        return str(self.random.choice(rows)["transactioncurrencyid"]) if rows else None
