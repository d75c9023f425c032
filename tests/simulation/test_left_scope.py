"""A share of records that leave the scope, and nobody said so: the flow pauses before it believes the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.engine import demand_approval, set_state
from shared.engine._reports import _approved, terms_of
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_owners import PERSONS, both_flows, contact, furnish
from tests.simulation.turning_back import confirmed, reason, settled

ACCOUNTS = [f"T-{number:02}" for number in range(20)]
POLICIES = ["keep", "uncouple", "delete"]


def states(rig: Rig) -> dict[str, int]:
    found = [each.state for each in rig.couplings()]
    return {state: found.count(state) for state in set(found)}


def prospects(rig: Rig, ids: dict[str, str], accounts: list[str], code: int = 8) -> None:
    for account in accounts:
        rig.change(ids[account], customertypecode=code)


async def moment_later(rig: Rig) -> None:
    """The feed of changes is behind: the next pass reads with the scope, and misses what left it."""
    await rig.compare()
    rig.world.loop.pass_time(30 * 86_400)


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("leaves", POLICIES)
def test_many_that_left_pause_the_flow_and_none_is_believed(tmp_path: Path, leaves: str, tracked: bool) -> None:
    """Whatever would become of them: fifteen of twenty are prospects again, and no event told of it."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS)
        if not tracked:
            await moment_later(rig)
        prospects(rig, ids, ACCOUNTS[:15])
        writes = rig.writes()
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "15 of" in await reason(rig)
        assert "have left the scope" in await reason(rig)
        assert (states(rig), rig.writes()) == ({"coupled": 20}, writes)

    on_stage(story, maps_with(tmp_path, f"policy: {{leaves: {leaves}}}\n"))


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
def test_a_person_says_which_side_is_right(right: Side) -> None:
    """If Dataverse is, they sleep; if the ERP is, they are parked until somebody brings them back, pass after pass."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS)
        prospects(rig, ids, ACCOUNTS[:15])
        await rig.compare_and_note()
        await confirmed(rig, right)
        assert await rig.state() == "running"
        for _ in range(2):
            await rig.compare()
            expected = {"coupled": 20} if right == ERP else {"dormant": 15, "coupled": 5}
            assert (states(rig), rig.counts()["parked"]) == (expected, 15 if right == ERP else 0)
        if right == ERP:
            prospects(rig, ids, ACCOUNTS[:15], code=3)
            await rig.compare()
            assert (states(rig), rig.counts()["parked"]) == ({"coupled": 20}, 0)

    on_stage(story)


def test_what_is_back_in_the_scope_needs_no_word() -> None:
    """Rows were hidden, or put back by mistake; right again, the resumed flow goes on."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS)
        prospects(rig, ids, ACCOUNTS[:15])
        await rig.compare_and_note()
        prospects(rig, ids, ACCOUNTS[:15], code=3)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert (await rig.state(), states(rig)) == ("running", {"coupled": 20})

    on_stage(story)


@pytest.mark.parametrize("how", ["few", "told"])
def test_what_people_do_is_believed(how: str) -> None:
    """Nine of twenty, or fifteen of which events tell: they sleep."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS)
        chosen = ACCOUNTS[:9] if how == "few" else ACCOUNTS[:15]
        prospects(rig, ids, chosen)
        for account in chosen if how == "told" else ():
            await rig.visit(DATAVERSE, (ids[account],), source="update")
        await rig.compare()
        assert (await rig.state(), states(rig)["dormant"]) == ("running", len(chosen))

    on_stage(story)


@pytest.mark.parametrize("scope", ["CreditLimit lt 100", "AddressCity ne 'Oldtown'"], ids=["a line", "no line"])
def test_an_approved_change_of_the_map_may_leave_many_out(tmp_path: Path, scope: str) -> None:
    """Whoever approves a narrower scope means it, whether the two sides agree on what it asks for or never did."""
    narrower = maps_with(tmp_path, f"erp: {{scope: PartyType eq 'Organization' and {scope}}}\n")

    async def story(rig: Rig) -> None:
        await demand_approval(rig.house, CUSTOMERS)
        for account in ACCOUNTS:
            leaves = account < ACCOUNTS[15]
            await coupled(rig, account, CreditLimit=500 * leaves, AddressCity="Oldtown" if leaves else "Newtown")
        rig.world.loop.pass_time(30 * 86_400)
        rig.house.catalogue = narrower
        terms: Any = await terms_of(rig.house, CUSTOMERS, None)
        await _approved(rig.house, CUSTOMERS, terms, "", "looked at")
        await demand_approval(rig.house, CUSTOMERS)
        await rig.compare()
        assert (await rig.state(), states(rig)) == ("running", {"dormant": 15, "coupled": 5})

    on_stage(story)


def test_what_our_own_write_takes_out_of_the_scope_does_not_count(tmp_path: Path) -> None:
    """A scope about the credit limit, and fifteen that were raised in the ERP: they were carried over, and so left."""
    maps = maps_with(tmp_path, "dataverse: {scope: customertypecode eq 3 and creditlimit lt 100}\n")

    async def story(rig: Rig) -> None:
        ids = {account: await coupled(rig, account, CreditLimit=50) for account in ACCOUNTS}
        rig.world.loop.pass_time(30 * 86_400)
        for account in ACCOUNTS[:15]:
            rig.edit(account, CreditLimit=500)
        await rig.compare()
        await rig.compare()
        assert (await rig.state(), states(rig)) == ("running", {"dormant": 15, "coupled": 5})
        assert rig.both("CreditLimit", "creditlimit", ACCOUNTS[0]) == (500, 500)
        assert len(ids) == len(rig.accounts())

    on_stage(story, maps)


def test_what_another_flow_takes_over_does_not_count(tmp_path: Path) -> None:
    """Fifteen contact persons become sellable in one night, and no event told of it: they are handed over."""

    async def story(rig: Rig) -> None:
        account = await furnish(rig)
        found = [contact(rig, account, msdyn_partynumber=f"P-{number}") for number in range(20)]
        await rig.compare(PERSONS)
        rig.world.loop.pass_time(30 * 86_400)
        group = next(iter(rig.world.dataverse.rows("msdyn_customergroups")))["msdyn_customergroupid"]
        for number, row_id in enumerate(found[:15]):
            values = {"msdyn_sellable": True, "msdyn_contactpersonid": f"C-{number}",
                      "msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group})"}  # fmt: skip
            rig.world.dataverse.update("contacts", row_id, values)
        await rig.compare(PERSONS)
        assert await rig.state(PERSONS) == "running"
        assert sorted(each.state for each in rig.couplings(PERSONS)) == ["coupled"] * 5 + ["dormant"] * 15

    on_stage(story, both_flows(tmp_path))
