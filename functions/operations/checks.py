"""What has to be well for records to flow: what `ready` answers, and what the pump tells the alerts.

Both are this one list. So whatever makes `ready` red makes its alert speak; a pump that stands tells nothing, and that
is what its alert hears.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from functions.operations.numbers import grown
from functions.operations.subscriptions import notified, subscriptions
from functions.operations.ways_on import way_on
from shared.engine import (
    LAST_COPY,
    LIVE,
    House,
    blanked,
    is_chosen,
    ledger_trouble,
    longest_standing,
    other_map,
    state_of,
)
from shared.errors import KoppelError, MapError
from shared.ledger import FLOWS, moment
from shared.mapping import Unseen

PUMP: Final = "operations_pump"
PUMP_PAUSE: Final = timedelta(minutes=15)
"""The pump runs every minute, and for a slice at most; longer ago means that its timer stands."""
STILL: Final = timedelta(hours=1)
"""A record that stands longer than this holds something up, or nobody works."""
PASS_PAUSE: Final = timedelta(days=2)
"""Compare passes and copies of the ledger are daily: one may be missed."""
HELD: Final = timedelta(hours=1)
"""A pass that cannot go on for a shorter time is no trouble: a system may be busy."""
ALERTS: Final = frozenset({"sign_in", "ledger", "flow", "map", "held", "passes", "parked", "standing", "subscriptions"})
"""Alerts that hear of a check that is red. infra/app/alerts.bicep deploys them, docs/runbooks.md says what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. alert: who hears of it. trouble: what is wrong; empty if nothing is. logged: what a
    log says of it, where trouble names a record.
    """

    alert: str
    what: str
    trouble: str = ""
    last: str = ""
    logged: str = ""

    @property
    def ok(self) -> bool:
        return not self.trouble

    def as_json(self) -> dict[str, Any]:
        said = {"detail": self.trouble, "last": self.last}
        return {"check": self.what, "ok": self.ok, "alert": self.alert, **{k: v for k, v in said.items() if v}}


async def checked(here: House, pump: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]) -> list[Check]:
    """Ledger, sign-ins, maps, columns, subscriptions, the flows and their passes. pump: what it told last.

    A flow that is not chosen to be synchronised is nobody's trouble.
    """
    dataverse = await _asked("sign_in", "dataverse", here.dataverse.ping)
    names = [name for name in here.catalogue.names if is_chosen(states[name])]
    return [
        *([await _asked("ledger", "ledger", lambda: _ledger(here))] if dataverse.ok else []),
        *(await _copied(here)),
        dataverse,
        *[await _asked("sign_in", name, erp.ping) for name, erp in here.erps.items()],
        *(await _of_dataverse(here, states) if dataverse.ok else []),
        *(await _notified(here)),
        *(_map(here, name, states[name]) for name in names),
        *(_columns(name, here.unseen[name]) for name in names if name in here.unseen),
        *[check for name in names for check in await _blanks(here, name)],
        *(_flow(name, state) for name, state in states.items() if state["state"] in {*LIVE, "paused"}),
        *(_passed(here, name, state) for name, state in states.items() if state["state"] == "running"),
        *(Check("parked", f"parked {name}", trouble) for name, trouble in grown(pump).items()),
        await _standing(here, [name for name, state in states.items() if state["state"] in LIVE]),
    ]


async def states_of(here: House) -> dict[str, Mapping[str, Any]]:
    """The states of all flows."""
    return {name: await state_of(here, name) for name in here.catalogue.names}


def pump_check(here: House, pump: Mapping[str, Any]) -> Check:
    """Whether the pump ran lately."""
    return _recent(here, "pump", "pump", pump.get("at", ""), PUMP_PAUSE)


async def _of_dataverse(here: House, states: Mapping[str, Mapping[str, Any]]) -> list[Check]:
    """What only Dataverse can tell, told only where it is wrong."""
    live = [name for name, state in states.items() if state["state"] in LIVE]
    looked = [
        await _asked("held", "columns", here.look_at_columns),
        await _asked("subscriptions", "subscriptions", lambda: subscriptions(here, live)),
    ]
    return [each for each in looked if not each.ok]


async def _notified(here: House) -> list[Check]:
    """Whether Business Central is asked to tell what changes, where a flow needs it."""
    trouble, said = await notified(here)
    return [Check("subscriptions", "subscriptions business_central", trouble, said)] if trouble or said else []


async def _asked(alert: str, name: str, ask: Callable[[], Awaitable[Any]]) -> Check:
    try:
        await ask()
    except KoppelError as problem:
        return Check(alert, name, str(problem) or type(problem).__name__)
    return Check(alert, name)


async def _copied(here: House) -> list[Check]:
    """Whether copies of the ledger come to their end, where they are made."""
    found = (await here.documents.get(FLOWS, LAST_COPY)).value if here.copies else {}
    return [_recent(here, "ledger", "copy", found.get("whole") or found["since"], PASS_PAUSE)] if found else []


async def _ledger(here: House) -> None:
    """Raises what keeps everything from working: a ledger that is lost, or was never set up."""
    if (trouble := await ledger_trouble(here)) is not None:
        raise trouble


def _map(here: House, name: str, state: Mapping[str, Any]) -> Check:
    """Whether a flow's map can be used and, while the flow is live, is the one that was approved."""
    try:
        here.catalogue.map(name)
        return Check("map", f"map {name}", other_map(here, name, state) if state["state"] in LIVE else "")
    except MapError as problem:
        return Check("map", f"map {name}", str(problem))


def _columns(name: str, found: Unseen) -> Check:
    """Which lines of a flow column security keeps from flowing, and whether it stops the flow."""
    said = [found.stops, *(f"the line {line} does not flow: {why}" for line, why in found.lines.items())]
    return Check("held", f"columns {name}", "; ".join(filter(None, dict.fromkeys(said))))


async def _blanks(here: House, name: str) -> list[Check]:
    """Lines of a flow that read blank too often to be believed."""
    return [Check("held", f"blanks {name} {held['line']}", held["reason"]) for held in await blanked(here, name)]


def _flow(name: str, state: Mapping[str, Any]) -> Check:
    """A flow that is paused stands still, whoever has paused it."""
    paused = state["state"] == "paused"
    return Check("flow", f"flow {name}", f"paused: {way_on(name, state)}" if paused else "")


def _passed(here: House, name: str, state: Mapping[str, Any]) -> Check:
    """A flow counts as new until its first compare pass is overdue. What holds a pass is told by itself."""
    for kind, held in state.get("failing", {}).items():
        if held["since"] < moment(here.clock() - HELD):
            return Check("passes", f"passes {name}", f"its {kind} cannot go on since {held['since']}: {held['why']}")
    return _recent(here, "passes", f"passes {name}", state["passed"].get("compare") or state["since"], PASS_PAUSE)


async def _standing(here: House, names: Sequence[str]) -> Check:
    """The record of a live flow that has stood still longest."""
    found = await longest_standing(here, names)
    if found is None:
        return Check("standing", "oldest")
    logged = f"a record of {found.flow} stands since {found.since}: GET /api/operations/ready names it"
    well = found.since >= moment(here.clock() - STILL)
    return Check("standing", "oldest", "" if well else found.words, found.words, logged)


def _recent(here: House, alert: str, name: str, last: str, pause: timedelta) -> Check:
    """Whether something came to its end lately."""
    if last >= moment(here.clock() - pause):
        return Check(alert, name, last=last)
    return Check(alert, name, f"last at {last or 'no time'}: look at its timer and its schedule")
