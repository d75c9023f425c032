"""Parked and waiting records: all of them, with their reasons; retry one, a group, or all."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import azure.functions as func

from functions.http import BadRequest, answer, check_members, new_blueprint, optional_body, refusals
from functions.operations.flows import chosen, until_at_work
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import House, title
from shared.errors import NotFound
from shared.ledger import PARKED, WAITING, Trouble

blueprint = new_blueprint()

FILTERS: Final = ("kind", "cause", "side", "end")
SHOWN: Final = 500
DECISIONS: Final = frozenset({"deleted", "held", "left", "revived", "maybe-created"})
"""Reasons about which a retry decides: it may delete, or create for a second time."""
NAMES: Final = frozenset({"cause", "end"})
"""Filters that say what is to be decided."""
DIGITS: Final = 9
"""Digits that a limit may have."""


@blueprint.function_name("operations_parked")
@blueprint.route(route="operations/parked/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def parked(req: func.HttpRequest) -> func.HttpResponse:
    """Parked and waiting records of a flow (or of all flows of a suite), how many per cause, and what each is called.

    Those are with them whose visits fail: `due` is when each is tried again.
    `?kind=`, `?cause=`, `?side=` and `?end=` narrow down what is shown and counted; `?limit=` only what is shown.
    """
    here, limit = await house(), _limit(req)
    wanted = {name: req.params[name] for name in FILTERS if req.params.get(name)}
    causes: Counter[str] = Counter()
    records: list[dict[str, Any]] = []
    async for name, row in _rows(here, chosen(here, *_route(req)), wanted):
        causes[row.cause] += 1
        if len(records) < limit:
            records.append(shown(name, row))
    titles = {cause: title(cause) for cause in causes}
    return answer({"records": records, "causes": causes, "titles": titles, "total": causes.total()})


@blueprint.function_name("operations_parked_retry")
@blueprint.route(route="operations/parked/{suite}/{flow}/retry", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def retry(req: func.HttpRequest) -> func.HttpResponse:
    """Body {"end": ...} for one record, {"cause": ...} or {"kind": ...} for a group, nothing for all: hints at once.

    Where a retry would decide something, the record or the cause has to be named; others are left, and counted. Of
    flows that are not at work the answer says until when nothing is tried.
    """
    here, body = await house(), optional_body(req)
    check_members(body, **dict.fromkeys(FILTERS, str))
    wanted = {name: value for name, value in body.items() if value is not None}
    retried, left, names = 0, 0, dict[str, None]()
    async for name, row in _rows(here, chosen(here, *_route(req)), wanted):
        if not NAMES & wanted.keys() and any(item["code"] in DECISIONS for item in row.items):
            left += 1
            continue
        await here.ledger(name).ask(row.side, row.identity)
        retried, names[name] = retried + 1, None
    if wanted and not retried and not left:
        raise NotFound(f"nothing is set aside with {wanted}: list what is, and name it as the list does")
    waits = await until_at_work(here, names)
    return answer({"retried": retried, **({"left": left} if left else {}), **waits}, 202)


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")


def _limit(req: func.HttpRequest) -> int:
    text = req.params.get("limit", str(SHOWN))
    if not text.isdecimal() or len(text) > DIGITS:
        raise BadRequest(f"limit is {text[:20]!r}; it has to be a number of {DIGITS} digits at most")
    return int(text)


async def _rows(here: House, names: list[str], wanted: Mapping[str, str]) -> AsyncIterator[tuple[str, Trouble]]:
    for name in names:
        ledger = here.ledger(name)
        for rows in (ledger.troubles(PARKED), ledger.troubles(WAITING), ledger.failing()):
            async for row in rows:
                if all(getattr(row, part) == value for part, value in wanted.items()):
                    yield name, row


def shown(name: str, row: Trouble) -> dict[str, Any]:
    """A parked or waiting record as an operator reads it."""
    return {
        "flow": name,
        "kind": row.kind,
        "end": row.end,
        "side": row.side,
        "identity": list(row.identity),
        "since": row.since,
        "due": row.due,
        "tries": row.tries,
        "cause": row.cause,
        "title": title(row.cause),
        "items": list(row.items),
    }
