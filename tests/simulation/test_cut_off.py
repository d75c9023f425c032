"""What is cut off in the middle loses nothing: what is left is found again, be it values, an erasure or a list."""

from __future__ import annotations

import asyncio

from shared.engine import clear, erase, kept_by, start_job, stop_job, uncouple, work_on
from shared.engine.passes._kept import keep_told
from tests.simulation.rig import ACCOUNT, CUSTOMERS, ERP, Rig, coupled, on_stage
from tests.simulation.test_refusals import MANY, business_logic

EDITS = 110
"""More than goes into one transaction."""


def dies_at_the_second(rig: Rig, step: str) -> None:
    """Whoever sends such a request a second time dies of it."""
    left = [2]

    def strike(sent: str) -> bool:
        left[0] -= sent == step
        if left[0]:
            return False
        rig.world.weather.strike = None
        return True

    rig.world.weather.strike = strike


def test_an_erasure_that_is_cut_off_is_carried_out_by_the_next() -> None:
    """The customer had another row before: whoever erases him again still knows which."""

    async def story(rig: Rig) -> None:
        first = await coupled(rig, OrganizationName="Jane Doe")
        for number in range(EDITS):
            rig.edit(OrganizationName=f"Jane Doe {number}")
            await rig.visit(ERP, ("usmf", ACCOUNT))
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        rig.world.dataverse.delete("accounts", first)
        await clear(rig.flow(), ERP, ("usmf", ACCOUNT))
        dies_at_the_second(rig, "ledger settle")
        rig.world.instance(erase(rig.house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=True))
        await asyncio.sleep(60)
        assert any("Jane" in repr(row) for row in rig.rows("j~"))
        rig.house = rig.world.house()
        await erase(rig.house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=True)
        assert not any("Jane" in repr(row) for row in rig.rows("j~"))

    on_stage(story)


def test_a_job_that_is_stopped_while_a_refusal_is_traced_leaves_a_hint() -> None:
    """Some lines have been written, others have not been tried: the flow runs on, and the pump brings them over."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        business_logic(rig, {"PrimaryContactFax": "2", "PrimaryContactEmail": "a@contoso.com"})
        rig.change(row_id, **MANY)
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        before, stopped = rig.writes(), list[bool]()

        async def operator(*_request: object) -> None:
            if rig.writes() > before and not stopped:
                stopped.append(True)
                await stop_job(rig.house, started["id"])

        rig.world.weather.latency, rig.world.weather.gate = 0.5, operator
        await rig.world.instance(work_on(rig.house, started["id"], lambda: False))[1]
        rig.world.weather.gate = None
        names = {line.dataverse.name: line.erp.name for line in rig.flow().map.lines}
        assert len([name for name in MANY if (rig.erp() or {})[names[name]] != MANY[name]]) > 2
        assert await rig.state() == "running"
        await rig.pump()
        assert [name for name in MANY if (rig.erp() or {})[names[name]] != MANY[name]] == ["fax", "emailaddress1"]

    on_stage(story)


def test_what_an_undo_has_left_is_listed_though_its_slice_is_repeated() -> None:
    """The first try uncoupled two of three, and broke off; the second meets only the one that stays coupled."""

    async def story(rig: Rig) -> None:
        documents = rig.house.documents
        told = [{"record": {"erp": [name], "dataverse": name}, "what": "left", "why": "edited"} for name in "abc"]
        await keep_told(documents, "j", CUSTOMERS, told)
        await keep_told(documents, "j", CUSTOMERS, told[:1])
        assert [each["record"]["dataverse"] async for each in kept_by(documents, "j")] == ["a", "b", "c"]

    on_stage(story)
