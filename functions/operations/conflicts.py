"""Conflicts: what lost or is undecided, with both values; accept the winner, decide, or restore what lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import azure.functions as func

from functions.bodies import Confirmed, action_of, body_of, demand_cause, parameters_of
from functions.http import BadRequest, answer, new_blueprint, refusals
from functions.labels import Labels
from functions.links import with_links
from functions.naming import with_name
from functions.operations.flows import chosen, demand_leave_for_one
from functions.operators import operators_only
from functions.paging import Page, Paged
from functions.runtime import house
from shared.engine import (
    CONFLICTS,
    Flow,
    House,
    accept,
    cause_of,
    conflict_rows,
    decided_before,
    flow_in,
    restore,
    shown_conflict,
    state_of,
)
from shared.errors import KoppelError, LedgerMoved, NotFound, Refused, TryLater, in_one
from shared.mapping import Side

blueprint = new_blueprint()


class Asked(Paged):
    """Which conflicts are listed: all, or those of a cause."""

    cause: str | None = None


class Restore(Confirmed):
    """One conflict by its id, or a group by its cause."""

    id: str | None = None
    cause: str | None = None

    @property
    def is_dry(self) -> bool:
        """A group is dealt with once that is confirmed."""
        return self.id is None and not self.confirm


class Accept(Restore):
    """winner: who wins an undecided pair."""

    winner: Side | None = None


BODIES: Final[Mapping[str, type[Restore]]] = {"accept": Accept, "restore": Restore}
SHOWN: Final = 5
"""How many refusals of a group an answer tells."""


@blueprint.function_name("operations_conflicts")
@blueprint.route(route="operations/conflicts/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def conflict_list(req: func.HttpRequest) -> func.HttpResponse:
    """The conflicts of a flow (or of all flows of a suite), and how many per cause.

    `?cause=` narrows down what is shown and counted; `?limit=` and `?next=` only what is shown.
    """
    here, asked = await house(), parameters_of(req, Asked)
    demand_cause(asked.cause, CONFLICTS)
    page, causes = Page(req, asked), Counter[str]()
    for name in sorted(chosen(here, *_route(req))):
        ledger, labels = here.ledger(name), Labels(here, name)
        async for row in conflict_rows(ledger):
            if asked.cause not in {None, cause_of(row)}:
                continue
            causes[cause_of(row)] += 1
            if page.takes(name, row.key):
                shown = with_name(await shown_conflict(ledger, row))
                page.rows.append({**shown, "values": labels.of_sides(row.line, shown["values"])})
    rows = await with_links(here, page.rows)
    return answer({"conflicts": rows, "causes": causes, "total": causes.total(), **page.onwards()})


@blueprint.function_name("operations_conflict_action")
@blueprint.route(
    route="operations/conflicts/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """accept or restore. Body {"id": ...} for one conflict, {"cause": ...} for a group.

    A group is only counted without "confirm". accept gives the overruled value up; an undecided pair needs "winner":
    "erp" or "dataverse". restore writes the overruled value back where it stood, as an edit. What writes is refused
    where nothing may be written.
    """
    here, action = await house(), action_of(req, BODIES)
    body = body_of(req, BODIES[action])
    winner = body.winner if isinstance(body, Accept) else None
    names = chosen(here, *_route(req))
    found = {name: keys for name in names if (keys := await _meant(here, name, body))}
    if not found:
        first = [await decided_before(here.ledger(name), body.id or "") for name in names]
        raise NotFound(
            f"there is no such conflict, or no more: list them, and name one as the list does{''.join(first)}"
        )
    number = sum(map(len, found.values()))
    if body.is_dry:
        return answer({f"would {action}": number, "note": _NOTE.format(action)})
    for name in found if action == "restore" or winner is not None else ():
        await demand_leave_for_one(here, name)
    problems: list[KoppelError] = []
    for name, keys in found.items():
        problems += await _decided(flow_in(here, name, await state_of(here, name)), keys, action, winner)
    if number == len(problems) == 1:
        raise problems[0]
    if problems:
        why = in_one(*problems[:SHOWN])
        raise Refused(f"{action}: {number - len(problems)} done, {len(problems)} refused: {why}")
    return answer({action: number}, 202)


_NOTE: Final = 'nothing was done: send the same with "confirm": true to {} all of them'


async def _decided(flow: Flow, keys: Sequence[str], action: str, winner: Side | None) -> list[KoppelError]:
    """Decides conflicts one by one. What was refused, or is just being written: it stops no other."""
    problems: list[KoppelError] = []
    for key in keys:
        try:
            await (restore(flow, key) if action == "restore" else accept(flow, key, winner))
        except (LedgerMoved, Refused, TryLater) as problem:
            problems.append(problem)
    return problems


async def _meant(here: House, name: str, body: Restore) -> list[str]:
    """Ids of the conflicts of a flow that are wanted. Raises BadRequest if none is named."""
    if body.id is None and body.cause is None:
        raise BadRequest('name the conflicts: {"id": ...} for one, {"cause": ...} for a group')
    return [
        row.key
        async for row in conflict_rows(here.ledger(name))
        if body.id in {None, row.key} and body.cause in {None, cause_of(row)}
    ]


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
