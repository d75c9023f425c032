"""Copies of the ledger are made, and those that are too many go away: a job in slices, begun by a schedule.

A copy is whole once every flow is in it. Of rows that change while they are read the later reading counts, so that in
the copy, too, no record stands in two pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.engine._environment import demand_environment, known_of
from shared.engine._house import House
from shared.engine._owners import OWNERS
from shared.engine.passes._carry import PAIRS, Carry, Part
from shared.engine.passes._orders import COPY, RESTORE, is_job_id, job, open_jobs, order
from shared.engine.passes._permits import in_any_state, watched
from shared.errors import LedgerMoved, NotFound, Refused
from shared.ledger import (
    COUPLING,
    FLOWS,
    INDEX,
    Copies,
    Stored,
    Write,
    dataverse_end,
    moment,
    read_coupling,
    sweep,
)

LAST_COPY: Final = "operations_copy"
"""Where it is kept among the states of flows when the last whole copy was made, and since when any are."""
BEGUN: Final = "begun"
WHOLE: Final = "whole"
DROPPED: Final = "dropped"


def copies_of(house: House) -> Copies:
    """Where copies are kept. Raises Refused if none are made here."""
    if house.copies is None:
        raise Refused("no copies of the ledger are made here: set LEDGER_COPY to the table endpoint of another account")
    return house.copies


async def start_copy(house: House) -> Mapping[str, Any]:
    """Stores a job that makes a copy. Raises Refused while one is made or put back, or the ledger is not to be used."""
    copies_of(house)
    await demand_environment(house)
    for value in await open_jobs(house):
        if value["kind"] in {COPY, RESTORE}:
            raise Refused(f"the {value['kind']} {value['id']} is under way: wait until it is done, or stop that job")
    now = moment(house.clock())
    await house.documents.change(FLOWS, LAST_COPY, lambda value: {"since": now, **value})
    return await order(house, COPY, house.catalogue.names)


async def list_copies(house: House) -> list[Mapping[str, Any]]:
    """The copies that there are, newest first, each with whether it is of this ledger."""
    copies, known = copies_of(house), await known_of(house)
    await copies.ready()
    return [{**each, "own": each["ledger"] == known.ledger} for each in await copies.all()]


async def copy_named(house: House, copy: str) -> Mapping[str, Any]:
    """What a copy says of itself. Raises NotFound."""
    copies = copies_of(house)
    await copies.ready()
    found = (await copies.about(copy)).value if is_job_id(copy) else {}
    if not found:
        raise NotFound(f"there is no copy {copy!r}: GET /api/operations/copies lists those that there are")
    return {"id": copy, **found}


async def drop_copy(house: House, copy: str) -> None:
    """A copy counts no more; its rows go away when the next one is made. Raises NotFound, or Refused while it is put
    back.
    """
    await copy_named(house, copy)
    for value in await open_jobs(house):
        if value.get("copy") == copy or value["id"] == copy:
            raise Refused(f"the {value['kind']} {value['id']} is at work on it: wait until that is done, or stop it")
    await copies_of(house).note(copy, lambda about: {**about, "state": DROPPED})


async def copied(house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool]) -> bool:
    """A slice of a copy. True when the flow is in it; with the last one, when what is too much has gone as well."""
    copies = copies_of(house)
    await _begin(house, copies, value)
    put = _Put(copies, value["id"])
    watch = watched(house, value, name, in_any_state)
    if not await Carry(house, value, name, house.commits, str, put, watch).run(out_of_time):
        return False
    counts = (await job(house, value["id"]))["tallies"].get(name, {})
    now, last = moment(house.clock()), name == value["flows"][-1]
    await copies.note(value["id"], lambda about: _with_flow(about, name, counts, now if last else ""))
    if not last:
        return True
    if (await copies.about(value["id"])).value["state"] == WHOLE:
        await house.documents.change(FLOWS, LAST_COPY, lambda known: {**known, "whole": value["started"]})
    return await _thin_out(house, copies, value["id"], out_of_time)


async def _begin(house: House, copies: Copies, value: Mapping[str, Any]) -> None:
    """Says what the copy is of, once."""
    await copies.ready()
    known = await known_of(house)
    about = {"state": BEGUN, "began": value["started"], "ledger": known.ledger, "flows": {},
             "environments": dict(known.environments), "partitions": [*value["flows"], OWNERS]}  # fmt: skip
    await copies.note(value["id"], lambda found: found or about)


def _with_flow(about: Mapping[str, Any], name: str, counts: Mapping[str, int], ended: str) -> Mapping[str, Any]:
    """What a copy says of itself with one more flow in it. ended: when the last one was; empty before."""
    flows = {**about["flows"], name: about["flows"].get(name, counts)}
    whole = ended and about["state"] == BEGUN and {*flows, OWNERS} >= {*about["partitions"]}
    return {**about, "flows": flows, **({"state": WHOLE, "ended": ended} if whole else {})}


async def _thin_out(house: House, copies: Copies, own: str, out_of_time: Callable[[], bool]) -> bool:
    """Takes away what is not kept. False if time ran out before."""
    ledger = (await known_of(house)).ledger
    for each in _too_many(await copies.all(), ledger, copies.keep, own):
        for partition in each["partitions"]:
            where = copies.partition(each["id"], partition)
            if not await sweep(copies.commits.tables, copies.commits, where, out_of_time):
                return False
        await copies.documents.drop(await copies.about(each["id"]))
    return True


def _too_many(found: Sequence[Mapping[str, Any]], ledger: str, keep: int, own: str) -> list[Mapping[str, Any]]:
    """The copies that go: what was dropped, and of this ledger whole ones beyond so many, and what came to no end.

    Those of another ledger stay: after a loss they are all that is left. found: the newest first.
    """
    ours = [each for each in found if each["ledger"] == ledger]
    kept = {own, *[each["id"] for each in ours if each["state"] == WHOLE][:keep]}
    gone = [each for each in found if each["state"] == DROPPED]
    return [*gone, *[each for each in ours if each["id"] not in kept and each["state"] != DROPPED]]


@dataclass(frozen=True, slots=True)
class _Put:
    """Stores rows of the ledger in a copy, over what an earlier reading has left there."""

    copies: Copies
    copy: str

    async def __call__(self, part: Part, row: Stored) -> str:
        if part.what != PAIRS:
            if row.cells.get("open") is True:
                return ""  # both sides hold what is undecided: the next compare pass asks again
            return await self._over(part, [Write("insert", row.key, row.cells)], part.what)
        coupling = read_coupling(row)
        if coupling.state == "claimed":
            return ""
        return await self._over(part, coupling.insert(), "tombstones" if coupling.ended else PAIRS)

    async def _over(self, part: Part, writes: Sequence[Write], what: str) -> str:
        commits, where = self.copies.commits, self.copies.partition(self.copy, part.partition)
        try:
            await commits.commit(where, writes)
        except LedgerMoved:
            standing = {write.key: await commits.get(where, write.key) for write in writes}
            former = await self._former(where, writes, [row for row in standing.values() if row])
            now = [replace(write, kind="replace", etag=row.etag) if (row := standing[write.key]) else write
                   for write in writes]  # fmt: skip
            await commits.commit(where, [*now, *[Write("delete", row.key, etag=row.etag) for row in former]])
        return what

    async def _former(self, where: str, writes: Sequence[Write], standing: Sequence[Stored]) -> list[Stored]:
        """The other rows of pairs that give way: a record of the ERP was in another pair before, or this one was."""
        own, keys = {write.key for write in writes}, set[str]()
        for row in standing:
            if row.key.startswith(INDEX):
                keys.add(dataverse_end(str(row.cells["dv"])))
            elif row.key.startswith(COUPLING) and (index := read_coupling(row).index_key):
                keys.add(index)
        found = [await self.copies.commits.get(where, key) for key in sorted(keys - own)]
        return [row for row in found if row]
