"""What operators order of flows, as the functions of the API do it: run, pause, resume, stop, plan, approve, take back.

What the API refuses is refused here by the same rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from functions.operations.flows import demand_leave_for_one, demand_leave_to_write
from shared.engine import (
    LIVE,
    House,
    allow,
    approve,
    demand_not_forgetting,
    flow_in,
    jobs,
    look_again,
    release_held,
    set_state,
    start_job,
    state_of,
    stop_job,
    sync_now,
)
from shared.errors import Refused
from shared.mapping import DATAVERSE, ERP, SIDES, Side
from tests.simulation.undoing import Undoing
from tests.simulation.world import World

PATIENT: Final = 0.7
"""How often a flow is planned and approved before it is run."""
DRY: Final = 0.3
"""How often only a count is asked for of what takes back."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Each order is given to one flow. True if there was something to give it about.

    note_release: hears of a flow before deletes of it are released. let_run: plans flows and approves what comes of it.
    """

    world: World
    random: Random
    undoing: Undoing
    note_release: Callable[[House, str], Awaitable[None]]
    let_run: Callable[[House, Sequence[str]], Awaitable[None]]

    @property
    def orders(self) -> Mapping[str, Callable[[House, str], Awaitable[bool]]]:
        """By what operators call them."""
        return {
            "run": self.run,
            "pause flow": self.pause,
            "resume flow": self.resume,
            "stop": self.stop,
            "plan": self.plan,
            "approve": self.approve,
            "undo": self.undo,
            "rebuild": self.rebuild,
            "stop job": self.stop_job,
            "sync record": self.sync_record,
            "release": self.release,
        }

    async def run(self, house: House, name: str) -> bool:
        """With a first synchronisation, or without."""
        await allow(house, name, "run")
        if self.random.random() < PATIENT:
            await self.let_run(house, [name])
        await demand_leave_to_write(house, [name])
        await look_again(house, name)
        if self.random.random() < 0.5:
            await start_job(house, "sync", [name], begin="initializing")
        else:
            await set_state(house, name, "running")
        return True

    async def pause(self, house: House, name: str) -> bool:
        await allow(house, name, "pause")
        await set_state(house, name, "paused", "the operator")
        return True

    async def resume(self, house: House, name: str) -> bool:
        await allow(house, name, "resume")
        await demand_leave_to_write(house, [name], goes_on=True)
        await look_again(house, name)
        await start_job(house, "catch-up", [name], begin="resuming")
        return True

    async def stop(self, house: House, name: str) -> bool:
        await allow(house, name, "stop")
        await set_state(house, name, "not running", "the operator")
        return True

    async def plan(self, house: House, name: str) -> bool:
        await start_job(house, "plan", [name])
        return True

    async def approve(self, house: House, name: str) -> bool:
        """The report that stands, whatever it says."""
        await approve(house, name)
        return True

    async def undo(self, house: House, name: str) -> bool:
        """Of any first synchronisation of the flow."""
        loads = [each async for each in jobs(house) if each["kind"] == "sync" and name in each["flows"]]
        if not loads:
            return False
        load = self.random.choice(loads)
        if load["state"] == "running":
            raise Refused(f"{load['id']} is still under way: wait until it is done, or stop that job first")
        dry = await self._may_take_back(house, name)
        started = await start_job(house, "undo", [name], undo=load["id"], dry=dry)
        self.undoing.jobs |= set() if dry else {started["id"]}
        return True

    async def rebuild(self, house: House, name: str) -> bool:
        dry = await self._may_take_back(house, name)
        await start_job(house, "rebuild", [name], dry=dry)
        return True

    async def _may_take_back(self, house: House, name: str) -> bool:
        """Whether only a count is asked for. Raises Refused if the flow is at work."""
        if self.random.random() < DRY:
            return True
        await demand_not_forgetting(house, [name])
        if (await state_of(house, name))["state"] in LIVE:
            raise Refused(f"{name}: still at work, so nothing was done; pause or stop it first, and ask again")
        return False

    async def stop_job(self, house: House, name: str) -> bool:
        """Any job about the flow."""
        found = [each["id"] async for each in jobs(house) if name in each["flows"]]
        if not found:
            return False
        await stop_job(house, self.random.choice(found[:5]))
        return True

    async def sync_record(self, house: House, name: str) -> bool:
        """A record of either side."""
        side = self.random.choice(SIDES)
        identities = self._records(house, name, side)
        if not identities:
            return False
        await demand_leave_for_one(house, name)
        await sync_now(flow_in(house, name, await state_of(house, name)), side, self.random.choice(identities))
        return True

    async def release(self, house: House, name: str) -> bool:
        """The deletes that are held."""
        await self.note_release(house, name)
        await house.budget.refill(name)
        return await release_held(house, name) > 0

    def _records(self, house: House, name: str, side: Side) -> list[tuple[str, ...]]:
        part = house.catalogue.map(name)
        if side == ERP:
            return [part.erp_identity(row) for row in self.world.erp.rows(part.erp.entity.name)]
        entity = part.side(DATAVERSE).entity
        return [(str(row[entity.id]),) for row in self.world.dataverse.rows(entity.name)]
