"""Columns of the rows that a row points to, read beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.mapping import Entity, entity
from shared.systems import Observation, looked_into
from shared.systems._looked_into import own_columns

ACCOUNTS = entity("dataverse", "accounts")
LOOKUP, CODE = "_transactioncurrencyid_value", "transactioncurrencyid.isocurrencycode"
NAME = "transactioncurrencyid.currencyname"
EURO, LOST = "6f9619ff-8b86-d011-b42d-00c04fc964ff", "00000000-1111-4222-8333-444444444444"


async def looked(*rows: dict[str, Any], columns: Sequence[str] = (CODE,)) -> tuple[list[Any], list[str]]:
    """The rows as they come out, and what was read for them."""
    asked = []

    async def read(table: Entity, identity: Sequence[str], names: Sequence[str]) -> Observation | None:
        asked.append(f"{table.name} {identity[0]} {','.join(names)}")
        return Observation(dict.fromkeys(names, "EUR"), "1") if identity[0] == EURO else None

    found = await looked_into(read, ACCOUNTS, columns, [Observation(row, "7") for row in rows])
    assert {each.version for each in found} == {"7"}
    return [each.row for each in found], asked


async def test_each_row_that_is_pointed_to_is_read_once() -> None:
    rows, asked = await looked({LOOKUP: EURO}, {LOOKUP: EURO, "name": "A"}, columns=("name", CODE, NAME))
    both = {CODE: "EUR", NAME: "EUR"}
    assert rows == [{LOOKUP: EURO, **both}, {LOOKUP: EURO, "name": "A", **both}]
    assert asked == [f"transactioncurrencies {EURO} isocurrencycode,currencyname"]


async def test_what_is_not_there_and_what_is_blank() -> None:
    """A blank reference means a blank; of a row that is not there, and of what was not read, nothing is known."""
    rows, _ = await looked({LOOKUP: None}, {LOOKUP: LOST}, {}, {LOOKUP: None, CODE: "of before"})
    assert rows == [{LOOKUP: None, CODE: None}, {LOOKUP: LOST}, {}, {LOOKUP: None, CODE: None}]


async def test_nothing_is_read_where_nothing_is_asked() -> None:
    rows, asked = await looked({LOOKUP: EURO}, columns=("name", LOOKUP))
    assert (rows, asked) == ([{LOOKUP: EURO}], [])


def test_the_row_itself_is_asked_for_what_points_there() -> None:
    assert own_columns(ACCOUNTS, ["name", CODE, LOOKUP, NAME]) == ["name", LOOKUP]
