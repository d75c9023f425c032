"""Bodies of answers, put together from the encoded properties of rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.emulator.finops.exchange import Exchange
from tests.emulator.finops.options import Selection
from tests.emulator.finops.store import Row
from tests.emulator.wire import Answer

JSON = {"content-type": "application/json; odata.metadata=minimal"}


def rows_body(
    exchange: Exchange, name: str, chosen: Selection, rows: Sequence[Row], count: int | None, link: str
) -> bytes:
    """A page of rows."""
    pick = chosen.pick
    if pick is None:
        found = ",".join([row.as_json() for row in rows])
    else:
        found = ",".join([row.as_json(pick(row.encoded)) for row in rows])
    context = json.dumps(f"{exchange.base}/$metadata#{name}{chosen.context}")
    total = f'"@odata.count":{count},' if count is not None else ""
    following = f',"@odata.nextLink":{json.dumps(link)}' if link else ""
    return f'{{"@odata.context":{context},{total}"value":[{found}]{following}}}'.encode()


def row_answer(exchange: Exchange, status: int, row: Row, chosen: Selection, *, applied: bool = False) -> Answer:
    """A single row. `applied`: the caller preferred to see it."""
    encoded = chosen.pick(row.encoded) if chosen.pick is not None else row.encoded
    context = json.dumps(f"{exchange.base}/$metadata#{row.entity.name}{chosen.context}/$entity")
    body = f'{{"@odata.context":{context},{row.as_json(encoded)[1:]}'.encode()
    headers = {**JSON, "etag": row.etag}
    if applied:
        headers["preference-applied"] = "return=representation"
    return Answer(status, headers, body)
