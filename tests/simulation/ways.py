"""Ways out: what happens, what a message says of it, and what a person does; those of keys that name another record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from shared.engine import clear, couple, uncouple
from shared.ledger import PARKED, WAITING, Trouble, read_trouble
from tests.simulation import test_made_of_keys as keys
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, Rig, coupled
from tests.simulation.test_made_of_keys import CONTACTS
from tests.simulation.test_used_again import used_again

FIRST: Final = ("usmf", ACCOUNT)


@dataclass(frozen=True, slots=True)
class Way:
    """A record comes to be set aside with a code; its message says something; and a person does that.

    code: empty for the code of a system's own refusal.
    """

    code: str
    says: str
    happens: Callable[[Rig], Awaitable[Any]]
    out: Callable[[Rig, Any], Awaitable[object]]
    overlay: str = ""
    flow: str = CUSTOMERS


def aside(rig: Rig, name: str) -> list[Trouble]:
    return [read_trouble(row) for prefix in (PARKED, WAITING) for row in rig.rows(prefix, name)]


async def retry(rig: Rig, flow: str = CUSTOMERS) -> None:
    """A person retries everything, as the operator's function does."""
    for row in aside(rig, flow):
        await rig.house.ledger(flow).ask(row.side, row.identity)
    await rig.pump()


async def number_used_again(rig: Rig) -> str:
    row_id = await coupled(rig)
    used_again(rig)
    await rig.compare()
    return row_id


async def uncouple_renumber_clear(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(), DATAVERSE, (row_id,))
    rig.change(row_id, accountnumber="US-999")
    await clear(rig.flow(), DATAVERSE, (row_id,))


async def uncouple_delete_clear(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(), DATAVERSE, (row_id,))
    rig.world.dataverse.delete("accounts", row_id)
    await clear(rig.flow(), DATAVERSE, (row_id,))


async def accept_the_party(rig: Rig, row_id: str) -> None:
    customer = rig.erp()
    assert customer is not None
    rig.change(row_id, msdyn_partynumber=customer["PartyNumber"])


def moved_contact(account: str | None) -> Callable[[Rig], Awaitable[str]]:
    async def moves(rig: Rig) -> str:
        row_id = await keys.of_two(rig)
        keys.move(rig, row_id, account)
        await rig.compare(CONTACTS)
        return row_id

    return moves


async def part_contact(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(CONTACTS), DATAVERSE, (row_id,))


async def move_to_the_old_one(rig: Rig, row_id: str) -> None:
    keys.move(rig, row_id, ACCOUNT)


async def enter_and_couple(rig: Rig, row_id: str) -> None:
    await couple(rig.flow(CONTACTS), tuple(keys.person(rig, keys.OTHER).values()), row_id)


async def renamed_schedule(rig: Rig) -> list[str]:
    ids = await keys.with_lines(rig)
    await keys.rename_schedule(rig)
    await rig.compare(keys.SCHEDULES, keys.SCHEDULE_LINES)
    return ids


async def couple_schedule(rig: Rig, _ids: list[str]) -> None:
    (row,) = rig.world.dataverse.rows("msdyn_paymentschedules")
    await couple(rig.flow(keys.SCHEDULES), ("usmf", "Halves"), str(row["msdyn_paymentscheduleid"]))


async def part_lines(rig: Rig, ids: list[str]) -> None:
    for row_id in ids:
        await uncouple(rig.flow(keys.SCHEDULE_LINES), DATAVERSE, (row_id,))


OF_KEYS: Final = (
    Way("undecided", "coupled under another key", renamed_schedule, couple_schedule, flow=keys.SCHEDULE_LINES),
    Way("undecided", "uncouple the two", renamed_schedule, part_lines, flow=keys.SCHEDULE_LINES),
    Way("used-again", "give it another number", number_used_again, uncouple_renumber_clear),
    Way("used-again", "delete the row", number_used_again, uncouple_delete_clear),
    Way("used-again", "set msdyn_partynumber", number_used_again, accept_the_party),
    Way("moved", "move it back", moved_contact(keys.OTHER), move_to_the_old_one, flow=CONTACTS),
    Way("moved", "couple the two by hand", moved_contact(keys.OTHER), enter_and_couple, flow=CONTACTS),
    Way("moved", "put it back", moved_contact(None), move_to_the_old_one, flow=CONTACTS),
    Way("moved", "uncouple the two", moved_contact(None), part_contact, flow=CONTACTS),
)
