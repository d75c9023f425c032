"""Customers that are persons: contacts that are sellable, in the same F&O entity as organisations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from tests.emulator.demo.countries import Country
from tests.emulator.demo.customers import Customer, Maker
from tests.emulator.demo.edits import CONSUMER_EDITS, Edit
from tests.emulator.demo.kinds import Kind
from tests.emulator.demo.lifelike import person
from tests.emulator.demo.pairs import Row


class Consumers(Maker):
    """Makes customers that are persons. Those outside the scope have no company."""

    edits: ClassVar[Mapping[str, Edit]] = CONSUMER_EDITS
    unset: ClassVar[Collection[str]] = ("address2_addresstypecode", "address3_addresstypecode")

    def _row(self, company: str, kinds: Collection[Kind], country: Country) -> Row:
        row = person(country, self.random)
        return row | {"dataAreaId": company, "CustomerGroupId": self.code("CustomerGroups", kinds)}

    def _number_there(self) -> str:
        return self.numbers.of_consumer()

    def _next_outside(self) -> Customer:
        return self._without_company()
