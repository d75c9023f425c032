"""People who work in Sales and in F&O while the local house runs prospect_to_cash: one small act after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.emulator.demo.people import SURNAMES, People
from tests.emulator.finops.twin import FinopsTwin

_DOCUMENTS: Final = ("quotes", "salesorders", "invoices")


@dataclass(slots=True, kw_only=True)
class SalesPeople(People):
    """A salesperson in Dataverse and a product manager in F&O."""

    finops: FinopsTwin

    @property
    def acts(self) -> Sequence[Callable[[], str | None]]:
        return (
            self.wins_an_account,
            self.meets_somebody,
            self.sells_to_a_contact,
            self.corrects_a_number,
            self.prices_a_product,
        )

    def wins_an_account(self) -> str | None:
        """A new account, in a country and a currency that F&O knows."""
        name = f"{self.random.choice(SURNAMES)} & {self.random.choice(SURNAMES)}"
        currency = self._currency()
        if currency is None:
            return None
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
        self.dataverse.create("accounts", {"name": name, "address1_country": "united states", **bind})
        return f"{name} became an account"

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
