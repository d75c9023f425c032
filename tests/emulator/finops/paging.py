"""Places in an order, and the tokens that stand for them in links to the next page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import total_ordering
from typing import Any

from tests.emulator.finops.filters import Filter
from tests.emulator.finops.options import Order
from tests.emulator.finops.plan import fixed
from tests.emulator.finops.refusal import Refusal, bad_request
from tests.emulator.finops.store import Key, Row, Table

Position = tuple[tuple[Any, ...], Key]
"""The values a row is ordered by, then its key."""


@total_ordering
@dataclass(frozen=True, slots=True)
class _Backwards:
    """A value that is ordered the other way round."""

    value: Any

    def __lt__(self, other: _Backwards) -> bool:
        return bool(other.value < self.value)


def position(table: Table, orders: Sequence[Order], row: Row) -> Position:
    """Where a row stands."""
    return tuple(table.folders[order.field](row.values[order.field]) for order in orders), row.key


def sortable(orders: Sequence[Order], place: Position) -> Position:
    """A position that compares as the orders say."""
    return _turned(orders, place[0]), place[1]


def is_key_order(table: Table, found: Filter, orders: Sequence[Order]) -> bool:
    """True if the order asked for is that of the keys, once the parts that the filter fixes are left out."""
    single = {name for name, wanted in fixed(found.terms).items() if len(wanted) == 1}
    key = [name for name in table.entity.key if name not in single]
    asked = [order for order in orders if order.field not in single][: len(key)]
    return not any(order.descending for order in asked) and [order.field for order in asked] == key[: len(asked)]


def token(place: Position) -> str:
    """A position as an opaque text."""
    parts = [[f"{'s' if isinstance(value, str) else 'n'}{value}" for value in part] for part in place]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_token(text: str, table: Table, orders: Sequence[Order]) -> Position:
    """The position behind a token that was given out for the same order."""
    try:
        values, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        found = tuple(map(_value, values)), tuple(map(_value, key))
    except (ValueError, TypeError, InvalidOperation, IndexError) as error:
        raise _invalid() from error
    if len(found[0]) != len(orders) or len(found[1]) != len(table.entity.key):
        raise _invalid()
    return found


def _invalid() -> Refusal:
    return bad_request("The $skiptoken is not valid here: follow the link of the page before as it is.")


def _value(text: str) -> Any:
    return text[1:] if text[0] == "s" else Decimal(text[1:])


def _turned(orders: Sequence[Order], values: Iterable[Any]) -> tuple[Any, ...]:
    pairs = zip(orders, values, strict=True)
    return tuple(_Backwards(value) if order.descending else value for order, value in pairs)
