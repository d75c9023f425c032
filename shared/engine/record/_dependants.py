"""What hangs on a record that is to be deleted because the other side lost its partner.

Nothing is taken along unseen. What hangs on the record is looked at first: edits and moves are carried over, and what
is gone on the other side, too, goes before it. Whatever hangs there still keeps the record, and says so. The other way
round, a row that went because the row that it hung on was deleted is a consequence, and nobody's decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from shared.engine._budget import BudgetSpent
from shared.engine._flow import TAKEN, Flow, Outcome, RowName, Wake
from shared.engine._turned_back import TurnedBack
from shared.engine.lookups import Target
from shared.engine.record._hanging import Hanging, Lookups, row_id_of
from shared.engine.record._lost import lost_lately
from shared.engine.record._observe import company_of
from shared.engine.record._troubles import Item, place, standing, whole_record
from shared.errors import KoppelError, TryLater, in_one
from shared.ledger import Coupling, Hint, Trouble, end_of, erp_end
from shared.mapping import ABSENT, DATAVERSE, ERP, Line, Side, fold, other, reader
from shared.systems import Observation

DEPENDS: Final = "depends"
"""Code of a record that stays because something hangs on it."""
UNDECIDED: Final = "undecided"
"""Code of a record that stays while nobody knows what has become of another one, of which its key is made."""
WENT_ALONG: Final = "went-along"
"""Code of a record whose row went together with the row that it hung on."""
AT_ONCE: Final = 100
"""Rows that are looked at in one visit; of more, the others have their turn at the next."""
_NAMED: Final = 10

Visit = Callable[[Flow, Wake], Awaitable[Outcome]]


class First(Exception):
    """These hang on a record that is to be deleted, and are to be looked at before it is."""

    def __init__(self, hanging: Sequence[Hanging], record: RowName) -> None:
        super().__init__()
        self.hanging = hanging
        self.record = record


async def hanging_on(flow: Flow, wake: Wake, side: Side, identity: tuple[str, ...]) -> list[Hanging]:
    """What keeps a record of a side from being deleted, but for what is going to be deleted right after it."""
    found = await Lookups(flow, flow.others.maps()).keeping(side, identity)
    return [each for each in found if each.name not in wake.above]


def name_of(flow: Flow, side: Side, identity: tuple[str, ...]) -> RowName:
    """What a record of a flow is called among those that hang on each other."""
    part = flow.map.side(side).entity
    names = flow.map.identity if side == ERP else part.key
    return side, part.name, tuple(fold(identity[list(names).index(name)]) for name in part.key)


def kept_by(wake: Wake, how: str, gone: Side, hanging: Sequence[Hanging]) -> Item:
    """Why a record is not deleted on the other side. how: what became of it where it is gone."""
    named = ", ".join(each.called for each in hanging[:_NAMED])
    more = f" and {len(hanging) - _NAMED} more" if len(hanging) > _NAMED else ""
    lost, kept = place(gone), place(other(gone))
    if all(each.name in wake.along for each in hanging):
        message = (
            f"{how} in {lost}, which took along {named}{more}: retry this to delete them all in {kept}, or uncouple "
            f"the two and clear that to create them all in {lost} again"
        )
    else:
        message = (
            f"{how} in {lost}, but {named}{more} hangs on it in {kept}: move or delete that, and this goes with the "
            "next pass; or uncouple the two to keep it"
        )
    return whole_record("depends", message, gone=gone)


def unknown(how: str, gone: Side, problem: KoppelError) -> Item:
    """Why a record is not deleted where nobody can tell what hangs on it."""
    message = in_one(
        f"{how} in {place(gone)}, but what hangs on it in {place(other(gone))} cannot be seen: {problem}",
        "see to that, and this goes with the next pass",
        "or uncouple the two to keep it",
    )
    return whole_record("depends", message, gone=gone)


async def undecided_with(flow: Flow, wake: Wake, coupling: Coupling, left: Observation) -> Item | None:
    """Why a record that is gone in the ERP stays for now: so is another one, of which its key is made, and both may be
    renamed. None if that one is there, or its end is decided.
    """
    for line in flow.map.lookups:
        row_id = reader(line.dataverse)(left.row.get(line.dataverse.wire_name, ABSENT))
        if not line.key or line.lookup is None or not row_id or row_id is ABSENT:
            continue
        for target in flow.links.pairs.targets_of(line):
            parent = await target.ledger.coupling(end_of(DATAVERSE, (row_id,)))
            if parent is None or parent.erp is None or not parent.is_pair:
                continue
            if (DATAVERSE, target.table.name, (fold(row_id),)) in wake.above:
                return None
            if await flow.erp.read(target.entity, parent.erp, target.entity.key) is None:
                return _undecided(coupling, parent)
    return None


def _undecided(coupling: Coupling, parent: Coupling) -> Item:
    name, whose = " ".join(coupling.erp or ()), " ".join(parent.erp or ())
    message = (
        f"{name} is gone in the ERP, and so is {whose}, of which its key is made: it goes when that goes in Dataverse, "
        "and goes on when that is coupled under another key; or uncouple the two to keep it"
    )
    return whole_record(UNDECIDED, message, value=whose, gone=ERP)


# -- before a record goes


async def look_at_first(flow: Flow, wake: Wake, first: First, visit: Visit) -> Wake:
    """Visits what hangs on a record, before the record itself is visited again. Raises TryLater if somebody else is at
    work on any of it.
    """
    hanging, above = first.hanging[:AT_ONCE], wake.above | {first.record}
    looks = await asyncio.gather(*(_look_at(flow, each, above, visit, by_hand=wake.by_hand) for each in hanging))
    along = frozenset(each.name for each, codes in zip(hanging, looks, strict=True) if WENT_ALONG in codes)
    return replace(wake, asked=True, along=along)


async def _look_at(
    flow: Flow, found: Hanging, above: frozenset[RowName], visit: Visit, *, by_hand: bool
) -> tuple[str, ...]:
    """Visits the record behind a row in every live flow that has it. The codes with which it is set aside."""
    codes: tuple[str, ...] = ()
    for each in flow.others.maps():
        if each.side(found.side).entity.name != found.entity.name:
            continue
        keeper = flow if each.name == flow.map.name else flow.others.flow(each.name)
        identity = (row_id_of(found),) if found.side == DATAVERSE else each.erp_identity(found.row.row)
        coupling = await keeper.ledger.coupling(end_of(found.side, identity))
        if coupling is None or coupling.ended or not await flow.others.is_live(each.name):
            continue
        keeper.watch = flow.watch
        went = by_hand and is_set_aside(await standing(keeper, [coupling.key], coupling.troubles))
        hint = await keeper.ledger.ask(found.side, identity) if went else None
        try:
            outcome = await visit(keeper, Wake(found.side, identity, hint, above=above))
        except (BudgetSpent, TurnedBack) as stopped:
            raise TryLater(f"{found.called} hangs on it, and is not deleted now: {stopped}") from stopped
        if outcome.is_in_other_hands:
            raise TryLater(f"{found.called} hangs on it, and is just being written")
        codes += outcome.codes
    return codes


# -- after a row went along with another


async def is_decided(flow: Flow, wake: Wake, coupling: Coupling) -> bool:
    """True if a person has said that the row's end in Dataverse counts, or an event tells of a request of its own."""
    hint = await _hint(flow, wake, coupling)
    return wake.by_hand or (hint is not None and hint.source == "delete")


async def _hint(flow: Flow, wake: Wake, coupling: Coupling) -> Hint | None:
    """What stands about the row itself."""
    if wake.side == DATAVERSE and wake.hint is not None:
        return wake.hint
    return await flow.ledger.hint(end_of(DATAVERSE, coupling.identity(DATAVERSE)))


async def consequence(
    flow: Flow, wake: Wake, coupling: Coupling, left: Observation, troubles: Mapping[str, Trouble]
) -> Item | None:
    """Why the row's end in Dataverse is nobody's decision; None if nothing says so."""
    for line, target in await _cascading(flow):
        if called := await _lost_parent(flow, line, target, left):
            return _went(called)
    hint = await _hint(flow, wake, coupling)
    if hint is not None and hint.source == TAKEN:
        return _went("the row that it hung on", known=False)
    known = (item for row in troubles.values() for item in row.items if item["code"] == WENT_ALONG)
    if (before := next((item for item in known if not item["value"]), None)) is not None:
        return before
    lost = await lost_lately(flow)
    return _went(f"one of the {lost} that went lately, for no event tells of it", known=False) if lost else None


def _went(called: str, *, known: bool = True) -> Item:
    """known: it is known what the row hung on; where it is not, only a person can tell."""
    message = (
        f"deleted in Dataverse along with {called}, by the system and not by a person: retry to delete it in the "
        "ERP, too; or uncouple the two and clear that to create it in Dataverse again"
    )
    return whole_record("went-along", message, value=called if known else "", gone=DATAVERSE)


def is_set_aside(troubles: Mapping[str, Trouble]) -> bool:
    """True if a record is set aside because its row went along with another."""
    return any(item["code"] == WENT_ALONG for row in troubles.values() for item in row.items)


async def _cascading(flow: Flow) -> list[tuple[Line, Target]]:
    """Lookups of the flow over which Dataverse deletes its rows along with others, and the flows that keep those."""
    found: list[tuple[Line, Target]] = []
    own = flow.map.dataverse.entity
    for line in (each for each in flow.map.lookups if each.refers):
        for target in flow.links.pairs.targets_of(line):
            along = await flow.others.taken_along(target.table)
            if any((table.name, column.name) == (own.name, line.dataverse.name) for table, column in along):
                found.append((line, target))
    return found


async def _lost_parent(flow: Flow, line: Line, target: Target, left: Observation) -> str:
    """What the record hung on, as its survivor says, if that is gone in Dataverse; empty if it is not."""
    code = reader(line.erp)(left.row.get(line.erp.name, ABSENT))
    if not code or code is ABSENT:
        return ""
    company = await company_of(flow, ERP, left.row) or ""
    parent = await target.ledger.coupling(erp_end(target.identity(company, code)))
    if parent is None:
        return ""
    table = target.table
    gone = parent.state == "deleted" or await flow.dataverse.read(table, (parent.dataverse,), table.key) is None
    return f"{await flow.links.called(line, company, code)} ({table.name})" if gone else ""
