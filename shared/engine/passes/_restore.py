"""A copy of the ledger is put back: what it says is added, and what stands in the ledger is left as it is.

Nobody knows what the pairs have agreed on since. So every line of theirs is a person's to decide where the two differ,
as when the key of the fingerprints is lost: the next compare pass agrees on what is equal and asks about the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.engine._environment import demand_environment, known_of
from shared.engine._house import House
from shared.engine._states import demand_at_rest, state_of
from shared.engine.passes._carry import PAIRS, Carry, Part
from shared.engine.passes._copy import WHOLE, copies_of, copy_named
from shared.engine.passes._orders import RESTORE, note, open_jobs, order
from shared.engine.passes._permits import is_at_work, watched
from shared.errors import LedgerMoved, Refused
from shared.ledger import (
    COUPLING,
    Coupling,
    JournalEntry,
    Known,
    Stored,
    Write,
    after,
    read_coupling,
    who,
)
from shared.mapping import FlowMap, begun_with


async def start_restore(house: House, copy: str, *, confirmed: bool, into: str = "") -> Mapping[str, Any]:
    """Stores a job that puts a copy back; unless it is confirmed, it only counts.

    into: the name of the ledger, if that is not empty. Raises NotFound, or Refused if the copy is not whole or speaks
    of other environments, and for what is confirmed while anything runs, or into a ledger that is not named.
    """
    about, known = await copy_named(house, copy), await known_of(house)
    if about["state"] != WHOLE:
        raise Refused(f"the copy {copy} is not whole: choose one that is")
    await demand_environment(house)
    _demand_same(about, known)
    names = [name for name in house.catalogue.names if name in about["flows"]]
    if confirmed:
        await _demand_quiet(house)
        await _demand_named(house, known, into)
    return await order(house, RESTORE, names, dry=not confirmed, copy=copy)


def _demand_same(about: Mapping[str, Any], known: Known) -> None:
    """Raises Refused if the pairs of a copy are of other environments than the ledger's."""
    for system, environment in known.environments.items():
        if (there := about["environments"].get(system, environment)) != environment:
            raise Refused(
                f"the copy {about['id']} speaks of {there}, and the ledger of {environment} ({system}): its pairs "
                "would be of other records. Choose a copy that was made of this environment"
            )


async def _demand_quiet(house: House) -> None:
    """Raises Refused while a flow is at work or a job is under way."""
    await demand_at_rest(house, house.catalogue.names)
    if under_way := [f"the {value['kind']} {value['id']}" for value in await open_jobs(house)]:
        raise Refused(f"{', '.join(under_way)} is under way: wait until it is done, or stop that job first")


async def _demand_named(house: House, known: Known, into: str) -> None:
    """Raises Refused if a ledger holds pairs and is not the one that was named."""
    if into == known.ledger:
        return
    for name in house.catalogue.names:
        async for page in house.commits.range(name, COUPLING, after(COUPLING), ("state",)):
            if page:
                raise Refused(
                    f"the ledger is not empty: {name} holds pairs. What stands stays, and what it lacks is added, if "
                    f'you name it: {{"into": "{known.ledger}"}}'
                )


async def restored(house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool]) -> bool:
    """A slice of a restore. True when all that the copy says of the flow is back."""
    copies, about = copies_of(house), await copy_named(house, value["copy"])
    if why := is_at_work(value, await state_of(house, name)):
        await note(house, value["id"], "errors", name, why)
        return True
    put = _Put(house, value, house.catalogue.map(name), f"restored from the copy of {about['began']}")
    watch = watched(house, value, name, is_at_work)
    carry = Carry(house, value, name, copies.commits, lambda each: copies.partition(about["id"], each), put, watch)
    return await carry.run(out_of_time)


@dataclass(frozen=True, slots=True)
class _Put:
    """Adds rows of a copy to the ledger; a row that stands there stays."""

    house: House
    value: Mapping[str, Any]
    map: FlowMap
    told: str

    async def __call__(self, part: Part, row: Stored) -> str:
        if part.what != PAIRS:
            return await self._add(part, [Write("insert", row.key, row.cells)], part.what)
        pair = replace(read_coupling(row), job=self.value["id"])
        if pair.ended:
            return await self._add(part, [*pair.insert(), self._entry(pair)], "tombstones")
        pair = replace(pair, agreed=begun_with(self.map, "none"))
        return await self._add(part, [*pair.insert(), self._entry(pair)], PAIRS)

    async def _add(self, part: Part, writes: Sequence[Write], what: str) -> str:
        if self.value["dry"]:
            stands = [await self.house.commits.get(part.partition, write.key) for write in writes]
            return "already there" if any(stands) else what
        try:
            await self.house.commits.commit(part.partition, writes)
        except LedgerMoved:
            return what if await self._is_ours(part, writes) else "already there"
        return what

    async def _is_ours(self, part: Part, writes: Sequence[Write]) -> bool:
        """True of a pair that an earlier slice has put back, and then died."""
        standing = await self.house.commits.get(part.partition, writes[0].key) if part.what == PAIRS else None
        return standing is not None and standing.cells.get("job") == self.value["id"]

    def _entry(self, pair: Coupling) -> Write:
        """In the journal stands where a pair comes from; once, whoever dies."""
        operation = str(self.value["id"]).rpartition("-")[2]
        at = self.house.clock()
        return JournalEntry(pair.dataverse, operation, at, self.told, job=self.value["id"], by=who()).insert()
