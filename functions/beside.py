"""The integration that an ERP brings itself: while it runs on the same tables, none of ours does."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from functions.suites import shipped, suite
from shared.engine import House
from shared.errors import Refused, in_one, parted
from shared.ledger import FLOWS, by_whom, moment
from shared.setup import Finding

SAID: Final = "product off"
UNSEEN: Final = (
    "whether the ERP's own integration with Dataverse still runs cannot be seen: two engines would write the same "
    "records"
)


async def beside_findings(here: House, names: Collection[str]) -> list[Finding]:
    """What of it runs on the tables of these flows; where nobody can see that, a note to look."""
    found: list[Finding] = []
    for name, ours in _by_suite(names):
        look = suite(name).beside
        seen = await look(here, ours) if look else []
        found += [await _unseen(here, name, ours)] if seen is None else seen
    return found


async def said_off(here: House, name: str) -> str:
    """Who has said of a suite that it is off, and when, where nobody can see that; empty if nobody has."""
    said = (await here.documents.get(FLOWS, _key(name))).value
    return f"{said['by']} has said so on {said['at'][:10]}" if said else ""


async def _unseen(here: House, name: str, ours: tuple[str, ...]) -> Finding:
    if said := await said_off(here, name):
        return Finding("note", UNSEEN, f"{said}: nothing to do", ours)
    return Finding("note", UNSEEN, 'switch it off, and say so with the first run: {"product_off": true}', ours)


async def refuse_beside(here: House, names: Collection[str], *, run: bool, said: bool = False) -> None:
    """Raises Refused while it runs on the tables of these flows. run: a flow is begun: where nobody can see whether it
    does, a person has to have said that it does not, once for all flows of the suite. said: he does so now.
    """
    for name, ours in _by_suite(names):
        look = suite(name).beside
        seen = await look(here, ours) if look else []
        if seen:
            raise Refused(in_one(*(f"{parted(each.what)}: {each.remedy}" for each in seen)))
        if seen is None and run:
            await _demand_said(here, name, said)


async def _demand_said(here: House, name: str, said: bool) -> None:
    if said:
        word: dict[str, Any] = {"at": moment(here.clock()), "by": by_whom()}
        await here.documents.change(FLOWS, _key(name), lambda now: now or word)
    elif not (await here.documents.get(FLOWS, _key(name))).value:
        raise Refused(f'{UNSEEN}. Switch it off, look that it is, and send the same with "product_off": true')


def _by_suite(names: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Flows by their suites, of those that ship: any other says nothing of itself."""
    for each in sorted({name.partition(".")[0] for name in names} & {*shipped()}):
        yield each, tuple(name for name in names if name.startswith(f"{each}."))


def _key(name: str) -> str:
    return f"{name}~{SAID}"
