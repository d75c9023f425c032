"""What is done with one pair that a person names, and how that is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import called_now
from shared.engine._titles import title
from shared.engine.passes._given import Given
from shared.engine.passes._orders import COUPLE, SEND, SURVIVORS, UNCOUPLE
from shared.engine.passes._waves import Tally, visit_all
from shared.engine.record._aside import doubt_about_match, several_match
from shared.engine.record._by_hand import join, uncouple
from shared.engine.record._called import erp_called, row_called
from shared.engine.record._match import matches
from shared.engine.record._send import send
from shared.engine.record._source import source_at
from shared.engine.record._survivor import decide_survivor
from shared.engine.record._under import pairs_under
from shared.errors import LedgerMoved, NotFound, Refused, Rejected, in_one
from shared.ledger import Coupling, end_of, erp_end
from shared.mapping import DATAVERSE, ERP, Side

REFUSED: Final = "refused"
TRIES: Final = 3
_ENDS: Final[Mapping[str, str]] = {"updated": "written", "dormant": "asleep", "conflict": "in conflict"}


class _Ended(Exception):
    """The pair that a row names is over: somebody was faster, or this job was before it broke off."""

    def __init__(self, pair: Coupling) -> None:
        super().__init__()
        self.pair = pair


@dataclass(slots=True)
class Wave:
    """Some pairs of a flow. looks: whether they are visited now; asks: whether a hint stands for them. makes: whether a
    record that matches nothing may get its partner now.
    """

    flow: Flow
    value: Mapping[str, Any]
    companies: Sequence[str]
    looks: bool
    asks: bool
    makes: bool

    async def one(self, row: Given) -> dict[str, Any]:
        """One row to its end, with what came of it. Raises TryLater or Denied, upon which it is met again."""
        ways = {COUPLE: self._coupled, UNCOUPLE: self._uncoupled, SEND: self._sent, SURVIVORS: self._decided}
        carry_out = ways[self.value["kind"]]
        for _ in range(TRIES):
            try:
                return await carry_out(row)
            except _Ended as ended:
                return self._told(row, f"{ended.pair.state} already", ended.pair.reason, _record(ended.pair))
            except (Refused, NotFound, Rejected) as problem:
                return self._told(row, REFUSED, str(problem), {})
            except LedgerMoved:
                continue
        return self._told(row, REFUSED, "somebody else is at work on it: send it again later", {})

    def _told(self, row: Given, what: str, why: str, record: Mapping[str, Any]) -> dict[str, Any]:
        words = {"erp": row.erp, "dataverse": row.dataverse, "company": row.company}
        named = {name: word for name, word in words.items() if word}
        why = in_one(why, row.told)
        return {"at": row.at, "given": named, "record": record, "what": what, "why": why}

    # -- couple

    async def _coupled(self, row: Given) -> dict[str, Any]:
        flow = self.flow
        erp = await erp_called(flow, row.erp, row.company, self.companies) if row.erp else None
        row_id = await row_called(flow, row.dataverse, row.company) if row.dataverse else ""
        if erp is None or not row_id:
            return await self._matched(row, erp, row_id)
        return await self._joined(row, erp, row_id, asleep=True)

    async def _joined(self, row: Given, erp: tuple[str, ...], row_id: str, *, asleep: bool = False) -> dict[str, Any]:
        flow, job = self.flow, self.value["id"]
        stands = await flow.ledger.coupling(end_of(DATAVERSE, (row_id,)))
        if stands is None or not _are(stands, erp):
            erp = await join(flow, erp, row_id, self.value["first"], asleep=asleep)
        elif stands.job != job:
            return self._told(row, "already coupled", "", {ERP: list(erp), DATAVERSE: row_id})
        outcome = await self._looked_at(DATAVERSE, (row_id,))
        return self._told(row, *_came_to(outcome), {ERP: list(erp), DATAVERSE: row_id})

    async def _matched(self, row: Given, erp: tuple[str, ...] | None, row_id: str) -> dict[str, Any]:
        """The partner of a record is looked for by the match keys."""
        flow = self.flow
        side: Side = ERP if erp is not None else DATAVERSE
        identity = erp or (row_id,)
        source = await source_at(flow, side, identity)
        if source is None:
            raise Refused(f"{row.erp or row.dataverse} is not there, or of a company that is not synchronised")
        stands = await flow.ledger.coupling(end_of(side, identity))
        if stands is not None and stands.is_pair and stands.job != self.value["id"]:
            return self._told(row, "already coupled", "", _record(stands))
        found = await matches(flow, source)
        if not found:
            return await self._alone(row, side, identity)
        if len(found) > 1:
            raise Refused(str(several_match(flow, source, found)["message"]))
        if (doubt := await doubt_about_match(flow, source, found[0])) is not None:
            raise Refused(str(doubt["message"]))
        partner = flow.map.identity_of(source.target, found[0].row)
        ends = (identity, partner[0]) if side == ERP else (partner, row_id)
        return await self._joined(row, *ends)

    async def _alone(self, row: Given, side: Side, identity: tuple[str, ...]) -> dict[str, Any]:
        """Nothing matches: it gets a partner if the job says so."""
        record = {ERP: list(identity)} if side == ERP else {DATAVERSE: identity[0]}
        if not self.value["create"]:
            return self._told(row, "left alone", "nothing matches it", record)
        if not self.makes:
            why = "nothing matches it, and its flow is not at work: send it again when it runs"
            return self._told(row, "left alone", why, record)
        outcome = await self._visited(side, identity, replace(self.flow, chosen="both"))
        made = {ERP: list(outcome.erp or ()), DATAVERSE: outcome.dataverse} if outcome.dataverse else record
        return self._told(row, outcome.kind, _came_to(outcome)[1], made)

    async def _looked_at(self, side: Side, identity: tuple[str, ...]) -> Outcome | None:
        if self.looks:
            return await self._visited(side, identity, self.flow)
        if self.asks:
            await self.flow.ledger.ask(side, identity)
        return None

    async def _visited(self, side: Side, identity: tuple[str, ...], flow: Flow) -> Outcome:
        hint = await flow.ledger.ask(side, identity) if self.asks else None
        (outcome,) = await visit_all(flow, [Wake(side, identity, hint)], Tally())
        return outcome

    # -- uncouple

    async def _uncoupled(self, row: Given) -> dict[str, Any]:
        flow = self.flow
        side, identity, stands = await self._named(row)
        under = await pairs_under(flow, stands) if self.value["under"] and stands else []
        for keeper, each in under:  # first: who dies in between finds the rest under a pair that stands
            await uncouple(keeper, DATAVERSE, (each.dataverse,))
        why = await uncouple(flow, side, identity)
        what = "uncoupled, with what is under it" if under else "uncoupled"
        return self._told(row, what, _told_under(why, under), _record(stands) if stands else {})

    async def _named(self, row: Given) -> tuple[Side, tuple[str, ...], Coupling | None]:
        """The record that a row names, by either end, and its pair. Raises `_Ended`, and Refused for two records that
        are not each other's partners: nobody knows which of them was meant.
        """
        side: Side = ERP if row.erp else DATAVERSE
        if row.erp:
            identity = await erp_called(self.flow, row.erp, row.company, self.companies)
        else:
            identity = (await row_called(self.flow, row.dataverse, row.company),)
        stands = await self.flow.ledger.coupling(end_of(side, identity))
        if stands is not None and row.erp and row.dataverse:
            await self._demand_partner(row, stands)
        if stands is not None and stands.ended:
            raise _Ended(stands)
        return side, identity, stands

    async def _demand_partner(self, row: Given, stands: Coupling) -> None:
        if await row_called(self.flow, row.dataverse, row.company) != stands.dataverse:
            partner = await called_now(self.flow, DATAVERSE, (stands.dataverse,)) or stands.dataverse
            raise Refused(f"{row.erp} and {row.dataverse} are not coupled with each other: {row.erp} is with {partner}")

    # -- send, and what is left of a pair

    async def _sent(self, row: Given) -> dict[str, Any]:
        side, identity, stands = await self._named(row)
        outcome = await send(self.flow, side, identity, self.value["from"])
        end = _ENDS.get(outcome.kind, outcome.kind)
        return self._told(row, end, _in_words(outcome), _record(stands) if stands else {})

    async def _decided(self, row: Given) -> dict[str, Any]:
        side, identity, stands = await self._named(row)
        flow = replace(self.flow)  # what is decided for one pair holds for no other
        outcome = await decide_survivor(flow, side, identity, self.value["do"])
        return self._told(row, outcome.kind, _in_words(outcome), _record(stands) if stands else {})


def _are(pair: Coupling, erp: Sequence[str]) -> bool:
    """True of a pair that stands, and is of this record of the ERP."""
    return pair.is_pair and pair.erp is not None and erp_end(pair.erp) == erp_end(tuple(erp))


def _record(pair: Coupling) -> dict[str, Any]:
    return {ERP: list(pair.erp or ()), DATAVERSE: pair.dataverse}


def _came_to(outcome: Outcome | None) -> tuple[str, str]:
    """What became of a pair, and why it is not equal."""
    if outcome is None:
        return "coupled", ""
    end = _ENDS.get(outcome.kind, outcome.kind)
    return f"coupled, {end}", _in_words(outcome)


def _in_words(outcome: Outcome) -> str:
    """Why a record is set aside, or what else is to be told of its visit."""
    return ", ".join(map(title, outcome.codes))


def _told_under(why: str, under: Collection[tuple[Flow, Coupling]]) -> str:
    by_flow = Counter(keeper.map.name for keeper, _ in under)
    return ", ".join([why, *(f"{number} of {name}" for name, number in sorted(by_flow.items()))])
