"""Parked and waiting records: all of them, with their reasons; retry one, a group, or all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Literal

import azure.functions as func

from functions.bodies import body_of, demand_cause, parameters_of
from functions.http import answer, new_blueprint, refusals
from functions.links import with_links
from functions.naming import Record, record_of
from functions.operations.flows import chosen, chosen_one, until_at_work
from functions.operators import operators_only
from functions.paging import Page, Paged, Place
from functions.runtime import house
from shared.engine import CAUSES, House, aims, called_still, title
from shared.errors import NotFound
from shared.ledger import PARKED, WAITING, Trouble, end_of
from shared.mapping import Side

blueprint = new_blueprint()

Kind = Literal["parked", "waiting"]
DECISIONS: Final = frozenset({"deleted", "held", "left", "revived", "maybe-created"})
"""Reasons about which a retry decides: it may delete, or create for a second time."""


class Asked(Paged):
    """Which records are listed: all, or those of a kind, a cause, a side, or one by its `end` as the list has it.

    to: those that do not get to this side.
    """

    kind: Kind | None = None
    cause: str | None = None
    side: Side | None = None
    end: str | None = None
    to: Side | None = None


class Retry(Record):
    """Which records are tried again: one that is named, or a group, or all. With a side alone, all of that side."""

    kind: Kind | None = None
    cause: str | None = None
    end: str | None = None


NAMED: Final = 200
"""So many records of an answer are read for what they are called."""

Wanted = Callable[[Trouble], bool]
"""Whether a row is meant."""


@blueprint.function_name("operations_parked")
@blueprint.route(route="operations/parked/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def parked(req: func.HttpRequest) -> func.HttpResponse:
    """Parked and waiting records of a flow (or of all flows of a suite), how many per cause, and what each is called.

    Those are with them whose visits fail: `due` is when each is tried again.
    `?kind=`, `?cause=`, `?side=`, `?end=` and `?to=` narrow down what is shown and counted; `?limit=` and `?next=` only
    what is shown.
    """
    here, asked = await house(), parameters_of(req, Asked)
    page, causes = Page(req, asked), Counter[str]()
    async for place, row in _rows(here, chosen(here, *_route(req)), _of_group(asked)):
        causes[row.cause] += 1
        if page.takes(*place):
            page.rows.append(shown(place[0], row))
    if not causes:
        demand_cause(asked.cause, CAUSES)
    rows = await with_links(here, await _named(here, page.rows))
    titles = {cause: title(cause) for cause in causes}
    counts = {"causes": causes, "titles": titles, "total": causes.total()}
    return answer({"records": rows, **counts, **page.onwards()})


@blueprint.function_name("operations_parked_retry")
@blueprint.route(route="operations/parked/{suite}/{flow}/retry", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def retry(req: func.HttpRequest) -> func.HttpResponse:
    """Body: a record (`Record`, or its "end" as the list has it), {"cause": ...} or {"kind": ...} for a group, nothing
    for all: hints at once.

    Where a retry would decide something, the record or the cause has to be named; others are left, and counted. Of
    flows that are not at work the answer says until when nothing is tried.
    """
    here, body = await house(), body_of(req, Retry)
    flows, is_wanted = chosen(here, *_route(req)), _of_group(body)
    if _is_one(body):
        flows = [chosen_one(here, *_route(req))]
        is_wanted = _of_end(end_of(*await record_of(here, flows[0], body)), is_wanted)
    retried, left, names = 0, 0, dict[str, None]()
    async for (name, *_), row in _rows(here, flows, is_wanted):
        if not _decides(body) and any(item["code"] in DECISIONS for item in row.items):
            left += 1
            continue
        await here.ledger(name).ask(row.side, row.identity)
        retried, names[name] = retried + 1, None
    if (wanted := body.model_dump(exclude_unset=True)) and not retried and not left:
        raise NotFound(f"nothing is set aside with {wanted}: list what is, and name it as the list does")
    waits = await until_at_work(here, names)
    return answer({"retried": retried, **({"left": left} if left else {}), **waits}, 202)


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")


def _is_one(body: Retry) -> bool:
    return body.identity is not None or body.key is not None


def _decides(body: Retry) -> bool:
    """Whether a request says what is to be decided: the record, or the cause."""
    return _is_one(body) or body.end is not None or body.cause is not None


def _of_group(asked: Asked | Retry) -> Wanted:
    parts = {part: value for part in ("kind", "cause", "side", "end") if (value := getattr(asked, part)) is not None}
    to = getattr(asked, "to", None)
    return lambda row: all(getattr(row, part) == each for part, each in parts.items()) and to in {None, *aims(row)}


def _of_end(end: str, group: Wanted) -> Wanted:
    return lambda row: end_of(row.side, row.identity) == end and group(row)


async def _rows(here: House, names: list[str], is_wanted: Wanted) -> AsyncIterator[tuple[Place, Trouble]]:
    """Rows with their places: by flow, then parked, waiting, failing."""
    for name in sorted(names):
        ledger = here.ledger(name)
        for number, rows in enumerate((ledger.troubles(PARKED), ledger.troubles(WAITING), ledger.failing())):
            async for row in rows:
                if is_wanted(row):
                    yield (name, str(number), row.end), row


async def _named(here: House, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Says of rows what their records are called, where that can be read now, or what is left of their pairs."""
    sound = {each.name for each in here.catalogue.sound()}
    known = [row for row in rows if row["flow"] in sound][:NAMED]
    flows = {name: here.flow(name) for name in {row["flow"] for row in known}}
    names = [called_still(flows[row["flow"]], row["side"], tuple(row["identity"])) for row in known]
    for row, called in zip(known, await asyncio.gather(*names), strict=True):
        row.update({"called": called} if called else {})
    return rows


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
