"""People of histories of business_central: they work on customers and their accounts, in two companies.

They know nothing of Koppel. Whatever they write is written once, so that it is known again wherever it turns up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final

from shared.mapping import ERP, SIDES, Side, other
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin

CUSTOMERS: Final = "business_central.customers"
DE, US = "CRONUS DE", "CRONUS US"
FIELDS: Final[Mapping[str, str]] = {"city": "address1_city", "addressLine1": "address1_line1",
                                    "phoneNumber": "telephone1"}  # fmt: skip
"""What people fill in: the property in Business Central, and the column in Dataverse."""
ACTIONS: Final = {"edit": 12, "both": 3, "create": 8, "delete": 3, "leave": 2, "stranger": 1}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody wrote. name: what the record is called, which nobody ever changes."""

    time: float
    side: Side
    row_id: str
    name: str
    field: str
    value: str


@dataclass(slots=True)
class Traders:
    """Everybody. now: virtual seconds. doubles: some enter again what is there."""

    dataverse: DataverseTwin
    erp: BusinessCentralTwin
    random: Random
    now: Callable[[], float]
    doubles: bool = False
    typed: list[Typed] = field(default_factory=list)
    deleted: list[tuple[float, Side, str]] = field(default_factory=list)
    entered: list[tuple[Side, str]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    def act(self) -> str:
        """Somebody does something; in words."""
        what = self.random.choices([*ACTIONS], [*ACTIONS.values()])[0]
        side = self.random.choice(SIDES)
        rows = self.rows(side)
        if what == "stranger":
            return self._stranger()
        if what == "create" or not rows:
            return self.create(side)
        row = self.random.choice(rows)
        if what == "delete":
            return self.delete(side, row)
        if what == "leave":
            return self._leave(side, row)
        return self.edit_both(row, side) if what == "both" else self.edit(side, row)

    def rows(self, side: Side) -> Sequence[Mapping[str, Any]]:
        """The records that people work on."""
        return list(self.erp.rows(DE, "customers") if side == ERP else self.dataverse.rows("accounts"))

    def create(self, side: Side) -> str:
        names = [name for _, name in self.entered]
        again = self.doubles and names and self.random.random() < 0.3
        name = self.random.choice(names) if again else f"Firm {next(self._numbers)}"
        self.entered.append((side, name))
        column, value = self._filled(side)
        if side == ERP:
            row = {"displayName": name, "postalCode": "1010", column: value}
            row_id = str(self.erp.create(DE, "customers", row)["id"])
        else:
            row_id = self.dataverse.create(
                "accounts", {"name": name, "customertypecode": 3, "address1_postalcode": "1010", column: value,
                             "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self._currency()})"},
            )  # fmt: skip
        self.typed.append(Typed(self.now(), side, row_id, name, _erp_name(column), value))
        return f"(in {side}) creates {name} with {column}={value}"

    def edit(self, side: Side, row: Mapping[str, Any]) -> str:
        column, value = self._filled(side)
        if side == ERP:
            self.erp.update(DE, "customers", row["id"], {column: value})
        else:
            self.dataverse.update("accounts", row["accountid"], {column: value})
        self.typed.append(Typed(self.now(), side, id_of(side, row), name_of(side, row), _erp_name(column), value))
        return f"(in {side}) {name_of(side, row)}: {column}={value}"

    def edit_both(self, row: Mapping[str, Any], side: Side) -> str:
        """Two people edit the two records of a customer, the same minute."""
        there = [each for each in self.rows(other(side)) if name_of(other(side), each) == name_of(side, row)]
        return "; ".join([self.edit(side, row), *(self.edit(other(side), each) for each in there[:1])])

    def delete(self, side: Side, row: Mapping[str, Any]) -> str:
        if side == ERP:
            self.erp.delete(DE, "customers", row["id"])
        else:
            self.dataverse.delete("accounts", row["accountid"])
        self.deleted.append((self.now(), side, id_of(side, row)))
        return f"(in {side}) deletes {name_of(side, row)}"

    def _leave(self, side: Side, row: Mapping[str, Any]) -> str:
        """It is blocked or inactive, or is no more."""
        if side == ERP:
            blocked = "All" if row["blocked"] in {"", " "} else " "
            self.erp.update(DE, "customers", row["id"], {"blocked": blocked})
            return f"(in erp) {name_of(side, row)}: blocked={blocked!r}"
        state = 0 if row["statecode"] else 1
        self.dataverse.update("accounts", row["accountid"], {"statecode": state, "statuscode": 2 if state else 1})
        return f"(in dataverse) {name_of(side, row)}: statecode={state}"

    def _stranger(self) -> str:
        """Somebody in the other company, which nobody asked Koppel to keep equal."""
        name = f"Stranger {next(self._numbers)}"
        self.erp.create(US, "customers", {"displayName": name, "postalCode": "1010"})
        return f"(in {US}) creates {name}"

    def _filled(self, side: Side) -> tuple[str, str]:
        name = self.random.choice([*FIELDS])
        return name if side == ERP else FIELDS[name], f"v{next(self._numbers)}"

    def _currency(self) -> str:
        rows = self.dataverse.rows("transactioncurrencies")
        return next(str(row["transactioncurrencyid"]) for row in rows if row["isocurrencycode"] == "EUR")


def _erp_name(column: str) -> str:
    return next((name for name, each in FIELDS.items() if column in {name, each}), column)


def id_of(side: Side, row: Mapping[str, Any]) -> str:
    return str(row["id"] if side == ERP else row["accountid"])


def name_of(side: Side, row: Mapping[str, Any]) -> str:
    return str(row["displayName"] if side == ERP else row["name"])
