"""People who work in Sales and in Business Central while the local house runs: one small act after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.emulator.business_central.refusal import Refusal
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.demo.people import SURNAMES, People
from tests.emulator.demo.trading_cast import CUSTOMER, VENDOR
from tests.emulator.demo.trading_catalogue import DE


@dataclass(slots=True, kw_only=True)
class TradingPeople(People):
    """A salesperson in Dataverse, and people in the office and the warehouse of a company in Business Central."""

    business_central: BusinessCentralTwin
    company: str = DE

    @property
    def acts(self) -> Sequence[Callable[[], str | None]]:
        return (
            self.wins_an_account,
            self.meets_somebody,
            self.corrects_a_number_in_sales,
            self.turns_an_account_into_a_vendor,
            self.moves_somebody,
            self.takes_on_a_customer,
            self.corrects_a_number_in_the_office,
            self.blocks_or_unblocks,
            self.enters_a_rate,
            self.prices_an_item,
            self.counts_an_item,
            self.loses_a_customer,
        )

    # -- in Sales

    def wins_an_account(self) -> str | None:
        """A new account that is a customer."""
        name = f"{self.random.choice(SURNAMES)} & {self.random.choice(SURNAMES)}"
        self.dataverse.create("accounts", {"name": name, "customertypecode": CUSTOMER, "address1_country": "DE"})
        return f"{name} became an account"

    def corrects_a_number_in_sales(self) -> str | None:
        """Another telephone number of an account."""
        account = self.one(self.dataverse.rows("accounts"))
        if account is None:
            return None
        self.dataverse.update("accounts", account["accountid"], {"telephone1": self._phone()})
        return f"{account['name']} has another telephone number in Sales"

    def turns_an_account_into_a_vendor(self) -> str | None:
        """Somebody whom one sold to becomes somebody whom one buys from."""
        customers = [row for row in self.dataverse.rows("accounts") if row["customertypecode"] == CUSTOMER]
        account = self.one(customers)
        if account is None or self.random.random() < 0.8:
            return None
        self.dataverse.update("accounts", account["accountid"], {"customertypecode": VENDOR})
        return f"{account['name']} is a vendor from now on"

    def moves_somebody(self) -> str | None:
        """A contact goes to another account."""
        contact, account = self.one(self.dataverse.rows("contacts")), self.one(self.dataverse.rows("accounts"))
        if contact is None or account is None:
            return None
        bind = {"parentcustomerid_account@odata.bind": f"/accounts({account['accountid']})"}
        self.dataverse.update("contacts", contact["contactid"], bind)
        return f"{contact['fullname']} works for {account['name']} now"

    # -- in Business Central

    def takes_on_a_customer(self) -> str | None:
        """A new customer under the next number of the series."""
        name = f"{self.random.choice(SURNAMES)} Trading"
        made = self.business_central.create(self.company, "customers", {"displayName": name, "city": "Köln"})
        return f"{name} became customer {made['number']}"

    def corrects_a_number_in_the_office(self) -> str | None:
        """Another telephone number of a customer, a vendor or a contact."""
        name = self.random.choice(("customers", "vendors", "contacts"))
        row = self.one(list(self.business_central.rows(self.company, name)))
        if row is None:
            return None
        self.business_central.update(self.company, name, row["id"], {"phoneNumber": self._phone()})
        return f"{row['displayName']} has another telephone number in Business Central"

    def blocks_or_unblocks(self) -> str | None:
        """A customer is blocked, or is not any longer."""
        row = self.one(list(self.business_central.rows(self.company, "customers")))
        if row is None:
            return None
        blocked = "All" if row["blocked"] == "_x0020_" else " "
        self.business_central.update(self.company, "customers", row["id"], {"blocked": blocked})
        return f"{row['displayName']} is {'blocked' if blocked == 'All' else 'not blocked any longer'}"

    def enters_a_rate(self) -> str | None:
        """Only the rate changes; its currency does not."""
        row = self.one(list(self.business_central.rows(self.company, "currencyExchangeRates")))
        if row is None:
            return None
        rate = Decimal(str(row["relationalExchangeRateAmount"])) + Decimal(self.random.randrange(1, 99)) / 100
        self.business_central.update(
            self.company, "currencyExchangeRates", row["id"], {"relationalExchangeRateAmount": rate}
        )
        return f"{row['currencyCode']} has another rate from {row['startingDate']}"

    def prices_an_item(self) -> str | None:
        """Another price of an item."""
        row = self.one(list(self.business_central.rows(self.company, "items")))
        if row is None:
            return None
        price = Decimal(self.random.randrange(100, 90_000)) / 100
        self.business_central.update(self.company, "items", row["id"], {"unitPrice": price})
        return f"{row['displayName']} costs {price}"

    def counts_an_item(self) -> str | None:
        """Another stock of an item, which does not move its stamp."""
        row = self.one(list(self.business_central.rows(self.company, "items")))
        if row is None:
            return None
        stock = Decimal(self.random.randrange(1, 500))
        self.business_central.update(self.company, "items", row["id"], {"inventory": stock})
        return f"there are {stock} of {row['displayName']}"

    def loses_a_customer(self) -> str | None:
        """A customer is deleted, if nothing hangs on it."""
        row = self.one(list(self.business_central.rows(self.company, "customers")))
        if row is None or self.random.random() < 0.8:
            return None
        try:
            self.business_central.delete(self.company, "customers", row["id"])
        except Refusal:
            return f"{row['displayName']} could not be deleted"
        return f"{row['displayName']} was deleted"

    def _phone(self) -> str:
        return f"+49 30 {self.random.randrange(1_000_000, 9_999_999)}"
