"""What hangs on records and is on no page of these flows: open orders, ledger entries, opportunities.

People put it there; it hinders deletes and changes, as in the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Usage:
    """Of one company, by the numbers and codes of records.

    orders: pairs of customer and item. entries: pairs of table and number. opportunities: pairs of contact and
    salesperson, of those that are not started or in progress. stock: item number to quantity on hand.
    """

    orders: list[tuple[str, str]] = field(default_factory=list)
    entries: set[tuple[str, str]] = field(default_factory=set)
    opportunities: list[tuple[str, str]] = field(default_factory=list)
    stock: dict[str, Decimal] = field(default_factory=dict)

    def hinders_delete(self, table: str, code: str) -> str:
        """Why a record cannot be deleted; empty where it can."""
        ordered = {"Customer": 0, "Item": 1}.get(table)
        if ordered is not None and any(each[ordered] == code for each in self.orders):
            what = "for this customer" if table == "Customer" else "that includes this item"
            return f"You cannot delete {table} {code} because there is at least one outstanding Sales Order {what}."
        if (table, code) in self.entries:
            return f"You cannot delete {table} {code} because it has ledger entries."
        if table == "Contact" and any(contact == code for contact, _ in self.opportunities):
            return (
                f"You cannot delete the Contact record of {code} because one or more opportunities are in not started "
                "or progress."
            )
        if table == "Salesperson/Purchaser" and any(salesperson == code for _, salesperson in self.opportunities):
            return f"You cannot delete the salesperson/purchaser with code {code} because it has open opportunities."
        return ""

    def renamed(self, table: str, old: str, new: str) -> None:
        """What hangs on a record follows it."""
        customer, item = table == "Customer", table == "Item"
        self.orders = [(new if customer and a == old else a, new if item and b == old else b) for a, b in self.orders]
        if (table, old) in self.entries:
            self.entries = (self.entries - {(table, old)}) | {(table, new)}
        contact, seller = table == "Contact", table == "Salesperson/Purchaser"
        self.opportunities = [
            (new if contact and a == old else a, new if seller and b == old else b) for a, b in self.opportunities
        ]
        if item and old in self.stock:
            self.stock[new] = self.stock.pop(old)
