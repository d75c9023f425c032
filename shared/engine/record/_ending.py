"""How a coupling ends: by a delete across, a tombstone, a new beginning, or a person who decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from shared.engine._budget import BudgetSpent
from shared.engine._flow import Flow, Kind, Outcome, Wake
from shared.engine._named import gone_told_as, pair_told_as, told_now
from shared.engine.record._back import give_back, origin_of
from shared.engine.record._claim import given_up, inherited
from shared.engine.record._conclude import keep
from shared.engine.record._dependants import (
    DEPENDS,
    UNDECIDED,
    WENT_ALONG,
    First,
    consequence,
    hanging_on,
    is_decided,
    is_set_aside,
    kept_by,
    name_of,
    undecided_with,
    unknown,
)
from shared.engine.record._edited import HIDDEN
from shared.engine.record._former import remembered, second_of
from shared.engine.record._lost import LEFT
from shared.engine.record._match import LOOK_ALIKE, matches
from shared.engine.record._reborn import BACK, takes_up
from shared.engine.record._rename import NewKey
from shared.engine.record._source import source_of
from shared.engine.record._troubles import (
    Item,
    changes,
    place,
    standing,
    trouble,
    undecided,
    whole_record,
)
from shared.engine.record._under_intent import (
    attempt_of,
    delete_or_give_back,
    delete_refused_before,
    intend_delete,
    without_intent,
)
from shared.engine.record._used_again import used_again
from shared.engine.record._work import Again
from shared.errors import Denied, LedgerMoved, Refused, Rejected, Stale, in_one
from shared.ledger import (
    HINT,
    Coupling,
    Trouble,
    Write,
    dataverse_end,
    erp_end,
    moment,
)
from shared.mapping import DATAVERSE, ERP, Side, other
from shared.systems import Observation

HELD: Final = "held"
"""Code of a delete beyond the budget, which a person releases."""
_OF_AN_END: Final = frozenset(
    {"deleted", "deleted-edited", "left", "left-edited", "renamed", "used-again", WENT_ALONG, HELD}
)
"""Reasons that are looked at anew whenever a coupling may come to its end."""
_OVER_BY_ITSELF: Final = frozenset({"revived", DEPENDS, UNDECIDED, HIDDEN, HELD})
"""Reasons that do not leave its end to people: they are as they are at each look."""
_TRIED_AGAIN: Final = timedelta(hours=20)
"""After so long a pass tries a delete again that was refused; every night at first."""
_AT_THE_LATEST: Final = timedelta(days=7)
DEFERRED: Final = "delete later"
"""First code of a visit that leaves its delete until its whole wave has been visited; the second is the side."""
WHILE_OUT: Final = "while out of scope"
_BY_HAND: Final = "couple the row with the right one by hand, or uncouple the two to leave both alone"


@dataclass(slots=True)
class End:
    """A coupling that may come to its end. unfit: why it is set aside anyway, as found by this visit.

    how: what became of it on the side where it is gone. spent: its delete has been taken from the budget.
    """

    flow: Flow
    wake: Wake
    coupling: Coupling
    troubles: dict[str, Trouble] | None = None
    unfit: Item | None = None
    how: str = "deleted"
    spent: bool = False

    # -- what waits for a person

    def is_left_to_people(self) -> bool:
        """True if the record is set aside as a whole, so that its end is not for a policy to decide.

        A retry is a person's word about an end that waits; it decides nothing else about the record.
        """
        return bool(self._others()) or (bool(self._standing()) and not self.wake.by_hand)

    def or_retry(self) -> str:
        """The way out that a retry is, where nothing else stands in the way."""
        return "" if self._others() else "; or retry, and the flow's policy decides"

    def _standing(self) -> list[Item]:
        """Why the record is set aside as a whole. What a system refused is no reason: it may be tried again.

        Nor is what had come back and is gone again: whoever was asked about it has deleted it; nor that something
        hangs on the record, for it goes when nothing does.
        """
        rows = (row for row in (self.troubles or {}).values() if row.kind == "parked")
        items = (item for row in rows for item in row.items if not item["line"] and not item.get("attempt"))
        return [item for item in items if item["code"] not in _OVER_BY_ITSELF]

    def _others(self) -> list[Item]:
        """The reasons that have nothing to do with its end."""
        found = [item for item in self._standing() if item["code"] not in _OF_AN_END]
        if self.unfit is None:
            return found
        return [*(item for item in found if item["code"] != self.unfit["code"]), self.unfit]

    # -- its end

    async def otherwise(self, gone: Side, policy: str, left: Observation) -> Outcome | None:
        """How it ends where the survivor is not meant: another flow's record stands behind the row in Dataverse; or the
        record in the ERP is another one by now; or the row was made again under another id, or went along with another.
        """
        if gone == ERP:
            return await self._goes_back() if policy == "propagate" else None
        if not self._others() and await used_again(self.flow, self.coupling, left, None):
            return await self.start_over(ERP)
        if takes_up(self.flow) and not self._others() and (anew := await _made_anew(self.flow, self.coupling, left)):
            for row_id in anew:
                await self.flow.ledger.store_hint(DATAVERSE, (row_id,), BACK)
            return await self.start_over(ERP)
        return await self._went_along(left) if policy == "propagate" else None

    async def _goes_back(self) -> Outcome | None:
        """The row goes back to the flow that it came from, if its record there still stands."""
        origin = await origin_of(self.flow, self.coupling.dataverse)
        if origin is None or self.is_left_to_people():
            return None
        if not origin.takes_it():
            name = " ".join(origin.coupling.erp or ())
            message = f"deleted in the ERP, but it is {name} there, too, for {origin.name}: {either(self.flow, ERP)}"
            return await self.park(whole_record("deleted", message, gone=ERP))
        await give_back(self.flow, origin)
        return await self.tombstone("lapsed", f"deleted in the ERP, and given back to {origin.name}", "given back")

    async def _went_along(self, left: Observation) -> Outcome | None:
        """How it ends if its row in Dataverse went along with another: with that one, or never; None if it did not."""
        troubles = self.troubles or {}
        if await is_decided(self.flow, self.wake, self.coupling):
            return None
        went = await consequence(self.flow, self.wake, self.coupling, left, troubles)
        if went is not None:
            return await self.park(went)
        return await self.start_over(ERP) if is_set_aside(troubles) else None

    async def propagate(self, gone: Side, left: Observation) -> Outcome:
        """The survivor goes too, unless a person is to release it, or a pass would repeat what was refused before."""
        held = self._held()
        if held is not None and not self.wake.by_hand:
            return await self.park(held)
        refused = None if self.wake.hint else self._refused(other(gone), left)
        if refused is not None:
            return await self.park(refused)
        if gone == ERP and (waits := await undecided_with(self.flow, self.wake, self.coupling, left)):
            return await self.park(waits)
        side = other(gone)
        if self.wake.defers:
            return Outcome("kept", (), (DEFERRED, side), self.coupling.dataverse, erp=self.coupling.erp or ())
        try:
            hanging = await hanging_on(self.flow, self.wake, side, self.coupling.identity(side))
        except (Denied, Refused, Rejected) as problem:
            return await self.park(unknown(self.how, gone, problem))
        if hanging:
            if not self.wake.asked:
                raise First(hanging, name_of(self.flow, side, self.coupling.identity(side)))
            return await self.park(kept_by(self.wake, self.how, gone, hanging))
        await self.flow.go_on()
        if held is None:
            try:
                await self.flow.budget.spend(self.flow.map.name)
            except BudgetSpent as spent:
                return await self.park(whole_record(HELD, f"{self.how} in {place(gone)}: {spent}", gone=gone))
            self.spent = True
        self.coupling = await intend_delete(self.flow, self.coupling, side, left.version, source=gone)
        return await self.delete(side, left.version)

    async def delete(self, side: Side, version: str) -> Outcome:
        """The conditional delete of the survivor, under an intent that is ours."""
        refusal = await delete_or_give_back(self.flow, self.coupling)
        if refusal is not None and self.spent:
            await self.flow.budget.give_back(self.flow.map.name)
        if isinstance(refusal, Stale):
            return await self.give_up("what was to be deleted has changed")
        if refusal is not None:
            self.coupling = await without_intent(self.flow, self.coupling)
            return await self.park(self._refusal(side, version, refusal))
        return await self.tombstone("deleted", self.reason(other(side)), "deleted", (side,))

    def reason(self, gone: Side) -> str:
        """How the two came to their end, which began on a side."""
        began = f"{self.how} in {place(gone)}"
        return f"{began}: deleted in {place(other(gone))}" if self.how == LEFT else began

    def _held(self) -> Item | None:
        """What says that this delete waits for a person to release it."""
        rows = (row for row in (self.troubles or {}).values() if row.kind == "parked")
        return next((item for row in rows for item in row.items if item["code"] == HELD), None)

    def _refusal(self, side: Side, version: str, refusal: Rejected) -> Item:
        """What the system said when it refused the delete, and when a pass tries again: later and later."""
        before = delete_refused_before((self.troubles or {}).values(), side, version)
        tries = int(before.get("tries", 0)) + 1 if before else 0
        message = in_one(f"cannot be deleted: {refusal}", "see to that and retry, or uncouple the two to keep it")
        again = moment(self.flow.clock() + min(_TRIED_AGAIN * (1 << tries), _AT_THE_LATEST))
        return whole_record(
            refusal.code or "refused", message, attempt=attempt_of(side, version), tries=tries, again=again
        )

    def _refused(self, side: Side, left: Observation) -> Item | None:
        """What the system said when it refused this very delete, unless it is time to try again: what stood in the way
        may have gone without a change of the record.
        """
        found = delete_refused_before((self.troubles or {}).values(), side, left.version)
        return found if found and self.flow.now() < found.get("again", "") else None

    async def give_up(self, why: str) -> Outcome:
        """The delete is off: the record is looked at afresh, its hint kept."""
        assert self.coupling.intent is not None
        operation = self.coupling.intent.operation
        entry = self.flow.journal(self.coupling.dataverse, operation, "delete given up", (), why)
        await without_intent(self.flow, self.coupling, entry)
        raise Again

    async def tombstone(self, state: str, reason: str, what: str, sides: tuple[Side, ...] = ()) -> Outcome:
        flow = self.flow
        if self.troubles is None:
            self.troubles = await standing(flow, [self.coupling.key], self.coupling.troubles)
        left = self.coupling.seen_gone(sides)
        stone = left.stone(state, reason, flow.now(), second_of(flow, left))  # type: ignore[arg-type] # a tombstone's
        operation = self.coupling.intent.operation if self.coupling.intent else flow.token()
        entry = flow.journal(stone.dataverse, operation, what, (), reason)
        gone = await undecided(flow, self.coupling)
        await self._commit([stone.replace(), entry, *changes([], self.troubles), *gone])
        kind: Kind = "deleted" if state == "deleted" else "uncoupled"
        return Outcome(kind, sides, (), stone.dataverse, erp=stone.erp or ())

    async def while_out(self, gone: Side, left: Observation) -> Outcome:
        """The survivor stays, out of the scope. If it is back by now, it is looked at as whatever comes back."""
        flow, survivor = self.flow, other(gone)
        if gone == DATAVERSE and (heir := await self._handed_over()):
            name = pair_told_as(flow.map, self.coupling, {survivor: left.row})
            message = f"deleted in Dataverse, where it belonged to {heir}; {name} is left: {either(flow, gone)}"
            return await self.park(whole_record("deleted", message, gone=gone))
        if flow.map.side(survivor).scope.includes(left.row):
            await flow.ledger.store_hint(survivor, self.coupling.identity(survivor), BACK)
        state = "uncoupled" if flow.map.on_delete(gone) == "uncouple" else "lapsed"
        return await self.tombstone(state, f"deleted in {place(gone)} {WHILE_OUT}", "uncoupled")

    async def _handed_over(self) -> str:
        """The flow that has the row by now, or had it until it was deleted; empty if that is this one."""
        owners = self.flow.owners
        if owners is None or owners.heir is None:
            return ""
        owner = (await owners.row(self.coupling.dataverse)).value.get("flow", "")
        return owner if owner == owners.heir.name else ""

    async def start_over(self, survivor: Side) -> Outcome:
        """The coupling is dissolved, and the survivor is treated as a record that was never coupled.

        Not while something may still land for it: nobody would know where that came from.
        """
        if self.coupling.may_land(self.flow.now()):
            return await keep(self.flow, self.wake)
        identity = self.coupling.identity(survivor)
        note = f"it was deleted in {place(other(survivor))}"
        entry = self.flow.journal(self.coupling.dataverse, self.flow.token(), "restoring", (), note)
        hint = await self.flow.ledger.store_hint(survivor, identity, "restore")
        writes = [*self.coupling.removal(), *await remembered(self.flow, self.coupling), entry]
        over = [*changes([], self.troubles or {}), *await undecided(self.flow, self.coupling)]
        await self.flow.ledger.commit([*writes, *over])
        return Outcome("kept", (), (), hint.identity[0])

    async def renamed(self, new: NewKey) -> Outcome:
        """Another ERP record carries the same second identity: the key was changed."""
        old, found = await gone_told_as(self.flow, self.coupling), new.identity
        if not found:
            message = (
                f"{old} is gone in the ERP, and may have been renamed: nothing in its row says what else it is called; "
                "uncouple the two, and couple the row with the renamed record by hand, or delete the row"
            )
            return await self.park(whole_record("renamed", message))
        name = await told_now(self.flow, ERP, found)
        if new.doubt:
            message = f"{old} seems to have been renamed to {name}, {new.doubt}: {_BY_HAND}"
            return await self.park(whole_record("renamed", message, value=" ".join(found)))
        if not new.sure and self.flow.map.policy.key_change != "rename":
            message = f"{old} seems to have been renamed to {name}: {_BY_HAND}, or allow renames"
            return await self.park(whole_record("renamed", message, value=" ".join(found)))
        if self.coupling.may_land(self.flow.now()):
            return await keep(self.flow, self.wake)
        moved = replace(self.coupling, erp=found, digests={}, intent=None, late=())
        note = f"{old} is now {name}"
        assert self.coupling.index_key is not None
        writes = [
            moved.replace(),
            *(await self._takes_over(new.claim, moved) if new.claim else [moved.insert_index()]),
            Write("delete", self.coupling.index_key, etag="*"),
            *await remembered(self.flow, self.coupling),
            self.flow.journal(moved.dataverse, self.flow.token(), "renamed", (), note),
            *changes([], await standing(self.flow, [erp_end(found)])),
        ]
        await self.flow.ledger.store_hint(DATAVERSE, (moved.dataverse,), "renamed")
        await self.flow.ledger.commit(writes)
        raise Again

    async def _takes_over(self, claim: Coupling, moved: Coupling) -> list[Write]:
        """Writes that end the claim of whoever took the renamed record for a new one, and may have created for it."""
        return [*await inherited(self.flow, claim, moved), given_up(self.flow, claim)]

    async def park(self, item: Item) -> Outcome:
        flow, coupling = self.flow, self.coupling
        items = [*self._others(), item]
        row = trouble(flow, "parked", Wake(DATAVERSE, (coupling.dataverse,)), coupling.key, items)
        writes = changes([row], self.troubles or {})
        if writes:
            await self._commit([replace(coupling, troubles="p", digests={}).replace(), *writes])
        elif self.wake.hint is not None:
            await self._commit([coupling.replace()])
        return Outcome("parked", (), tuple(str(each["code"]) for each in items), coupling.dataverse)

    async def _commit(self, writes: list[Write]) -> None:
        hint = self.wake.hint
        try:
            await self.flow.ledger.commit([*writes, hint.drop()] if hint else writes)
        except LedgerMoved as moved:
            if not moved.key.startswith(HINT):
                raise
            await self.flow.ledger.commit(writes)
            self.flow.overtaken.add(self.wake.end)


async def _made_anew(flow: Flow, coupling: Coupling, left: Observation) -> list[str]:
    """The uncoupled Dataverse rows that the survivor matches: the row was deleted, and made again under a new id.

    A row whose number only looks like it is another record's.
    """
    source = await source_of(flow, ERP, coupling.identity(ERP), left)
    try:
        found = await matches(flow, source) if source else []
    except Rejected as refusal:
        if refusal.code != LOOK_ALIKE:
            raise
        return []
    ids = {flow.map.dataverse_identity(row.row) for row in found} - {coupling.dataverse}
    return [each for each in sorted(ids) if await flow.ledger.coupling(dataverse_end(each)) is None]


def either(flow: Flow, gone: Side) -> str:
    """What a person can do about a record that is gone on one side."""
    kept, lost = place(other(gone)), place(gone)
    again = f"; clear that to create it in {lost} again" if gone in flow.creates({}) else ""
    return f"delete it in {kept} too, or uncouple the two to keep it{again}"
