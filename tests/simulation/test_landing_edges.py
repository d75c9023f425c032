"""Late creates where they meet other rules: restores by people, budgets, refused deletes, and an undo."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from shared.engine import explain
from shared.mapping import Side, other
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, at_first, maps_with, on_stage
from tests.simulation.test_landing import STEP, created, delete, lands, look, reasons, there
from tests.simulation.test_undo import add_a_contact, job, paused


async def gone_and_landed(rig: Rig) -> str:
    """An account that was deleted, was seen to be gone, and has landed late; its id."""
    row_id = await created(rig, DATAVERSE)
    delete(rig, DATAVERSE, row_id)
    await look(rig, row_id)
    await lands()
    assert rig.dataverse() is not None
    return row_id


async def claimed_in_vain(rig: Rig) -> str:
    """An account whose claim was taken over in time, by somebody who died as well; its id."""
    row_id = rig.account(name="Contoso")
    await rig.dies(DATAVERSE, (row_id,), before="finops create")
    rig.world.loop.pass_time(300)
    await rig.dies(DATAVERSE, (row_id,), before="finops create")
    assert rig.couplings()[0].may_land(rig.flow().now())
    return row_id


def test_what_a_person_brings_back_later_is_not_deleted_for_having_landed() -> None:
    """The platform restores a deleted row under its id, with all its values: none of our requests can live any more."""

    async def story(rig: Rig) -> None:
        row_id = await gone_and_landed(rig)
        row = dict(rig.dataverse() or {})
        delete(rig, DATAVERSE, row_id)
        rig.world.loop.pass_time(timedelta(hours=6).total_seconds())
        plain = [line.dataverse.name for line in rig.flow().map.lines if not line.lookup]
        same = {name: row[name] for name in plain if row.get(name) is not None}
        term = {"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({row['_msdyn_paymentterm_value']})"}
        rig.account(accountid=row_id, **same, **term)
        assert (await look(rig, row_id)).codes == ("revived",)
        assert rig.dataverse() is not None

    on_stage(story)


@pytest.mark.parametrize(
    ("seen", "policy", "after"),
    [(True, "park", ((False, False), [])), (False, "propagate", ((False, True), ["revived"])),
     (False, "restore", ((False, True), ["revived"]))],
)  # fmt: skip
def test_what_has_landed_is_no_edit_although_its_customer_is_gone_too(
    tmp_path: Path, seen: bool, policy: str, after: tuple[tuple[bool, bool], list[str]]
) -> None:
    """seen: somebody had looked while the account was gone. An older request made it, and nobody has edited it."""

    async def story(rig: Rig) -> None:
        rig.world.weather.orders["dataverse create"] = "late"
        rig.world.weather.strike = at_first("ledger intend", lambda: rig.edit(OrganizationName="Fabrikam"))
        await rig.visit(ERP, rig.customer())
        (row_id,) = rig.accounts()
        delete(rig, DATAVERSE, row_id)
        if seen:
            await look(rig, row_id)
        await lands()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Contoso")
        delete(rig, ERP, row_id)
        assert seen or "no answer came" in str((await explain(rig.flow(), DATAVERSE, (row_id,)))["why"])
        await look(rig, row_id, ERP, "delete")
        assert (there(rig), reasons(rig)) == after
        writes = rig.writes()
        await rig.compare()
        assert (rig.writes(), reasons(rig)) == (writes, after[1])

    on_stage(story, maps_with(tmp_path, f"policy: {{delete: {policy}}}\n"))


def test_what_has_landed_is_deleted_out_of_the_same_budget() -> None:
    """Beyond it a person is asked, as elsewhere."""

    async def story(rig: Rig) -> None:
        row_id = await gone_and_landed(rig)
        rig.house.deletes = 0
        assert (await look(rig, row_id)).codes == ("revived",)
        assert rig.dataverse() is not None

    on_stage(story)


def test_what_has_landed_and_cannot_be_deleted_is_tried_once() -> None:
    """A pass asks no more; the row says what the system answered, and the account stays."""

    async def story(rig: Rig) -> None:
        row_id = await gone_and_landed(rig)
        rig.world.dataverse.behaviour.delete_rules["contacts", "parentcustomerid"] = "restrict"
        await add_a_contact(rig, row_id)
        assert (await look(rig, row_id)).codes == ("revived",)
        first = len(rig.world.requests)
        await rig.compare()
        assert not [each for each in rig.world.requests[first:] if "DELETE" in each[2]]
        assert (there(rig)[1], reasons(rig)) == (True, ["revived"])

    on_stage(story)


def test_what_was_found_before_anything_was_sent_is_not_remembered_as_created() -> None:
    """The customer was there, and the ledger did not answer when the two were coupled: no create can land."""

    async def story(rig: Rig) -> None:
        rig.customer(OrganizationName="Contoso", SalesMemo="theirs")
        row_id = rig.account(name="Contoso")
        rig.world.weather.orders["ledger intend"] = "late"
        await look(rig, row_id)
        assert [coupling.late for coupling in rig.couplings()] == [()]
        rig.edit(SalesMemo="")
        assert (await look(rig, row_id)).kind == "updated"
        assert rig.both("SalesMemo", "description") == ("", None)

    on_stage(story)


def test_whose_claim_was_taken_over_unsent_sends_nothing_any_more() -> None:
    """Of two visits in one process the first stands still before its create, and the second counts on that."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso")
        sleeper, _ = rig.world.instance(rig.visit(DATAVERSE, (row_id,)))
        steps: list[str] = []

        def heard(step: str, *_: object) -> bool:
            steps.append(step)
            if step == "finops read" and "ledger claim" in steps:
                rig.world.loop.freeze(sleeper)
            return False

        rig.world.weather.heard = heard
        await asyncio.sleep(2)
        rig.world.weather.heard = None
        rig.world.loop.pass_time(300)
        assert (await look(rig, row_id)).kind == "created"
        delete(rig, ERP, row_id)
        rig.world.loop.thaw(sleeper)
        await asyncio.sleep(60)
        await rig.compare()
        assert there(rig) == (False, False)

    on_stage(story)


def test_who_finds_a_match_when_nothing_can_land_any_more_has_looked() -> None:
    """Whoever claimed the account died long ago; the customer is as a person made it, and he may edit it."""

    async def story(rig: Rig) -> None:
        row_id = await claimed_in_vain(rig)
        rig.customer(OrganizationName="Contoso", SalesMemo="theirs")
        rig.world.loop.pass_time(3600)
        await look(rig, row_id)
        assert rig.both("SalesMemo", "description") == ("theirs", "theirs")
        assert [coupling.late for coupling in rig.couplings()] == [()]
        rig.edit(SalesMemo="")
        assert (await look(rig, row_id)).kind == "updated"

    on_stage(story)


@pytest.mark.parametrize("there_already", [True, False])
@pytest.mark.parametrize("source", [ERP, DATAVERSE])
def test_who_creates_when_nothing_can_land_any_more_has_looked(source: Side, there_already: bool) -> None:
    """Two creators died long ago, the second maybe with its answer: the next pass has nothing to forget."""

    async def story(rig: Rig) -> None:
        identity = rig.customer() if source == ERP else (rig.account(),)
        step = STEP[other(source)]
        await rig.dies(source, identity, before=step)
        rig.world.loop.pass_time(300)
        await rig.dies(source, identity, **{"after" if there_already else "before": step})
        rig.world.loop.pass_time(3600)
        await rig.visit(source, identity)
        assert [coupling.late for coupling in rig.couplings()] == [()]
        before = [row.etag for row in rig.rows("d~")]
        await rig.compare()
        assert [row.etag for row in rig.rows("d~")] == before

    on_stage(story)


def test_a_pass_that_comes_when_nothing_can_land_any_more_forgets_it() -> None:
    """Else a person would be asked who puts a value back days later."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        rig.change(row_id, name="Fabrikam")
        await look(rig, row_id)
        await rig.compare()
        assert rig.couplings()[0].late
        rig.world.loop.pass_time(timedelta(hours=6).total_seconds())
        await rig.compare()
        assert [coupling.late for coupling in rig.couplings()] == [()]
        before = [row.etag for row in rig.rows("d~")]
        await rig.compare()
        assert [row.etag for row in rig.rows("d~")] == before
        rig.edit(OrganizationName="Contoso")
        assert (await look(rig, row_id)).kind == "updated"

    on_stage(story)


@pytest.mark.parametrize("beside", [{}, {"telephone1": "1"}], ids=["nothing else", "another line"])
@pytest.mark.parametrize("asked", [False, True])
def test_what_both_sides_hold_again_is_nothing_to_ask_about(*, asked: bool, beside: dict[str, str]) -> None:
    """Somebody put the name back that it was created with, and somebody else did so over there."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        rig.change(row_id, name="Fabrikam", **beside)
        await look(rig, row_id)
        rig.edit(OrganizationName="Contoso")
        if asked:
            assert (await look(rig, row_id, ERP)).codes == ("revived",)
        rig.change(row_id, name="Contoso")
        told = str((await explain(rig.flow(), DATAVERSE, (row_id,)))["why"])
        assert ("no answer came" in told) is asked
        await rig.compare()
        assert (reasons(rig), rig.both("OrganizationName", "name")) == ([], ("Contoso", "Contoso"))
        rig.edit(OrganizationName="Northwind")
        assert (await look(rig, row_id, ERP)).kind == "updated"

    on_stage(story)


def test_what_cannot_be_read_over_there_is_not_known_to_be_alike() -> None:
    """The name holds again what was created, and column security hides it on the other side: a person is asked."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        rig.change(row_id, name="Fabrikam")
        await look(rig, row_id)
        rig.edit(OrganizationName="Contoso")
        rig.world.dataverse.behaviour.secured_columns["accounts", "name"] = frozenset()
        assert (await look(rig, row_id, ERP)).codes == ("revived",)

    on_stage(story)


def test_an_undo_leaves_what_may_still_land() -> None:
    """Its coupling is what would know the late account again."""

    async def story(rig: Rig) -> None:
        rig.customer(ACCOUNT)
        rig.world.weather.orders["dataverse create"] = "late"
        loaded = await job(rig, "sync")
        assert rig.couplings()[0].may_land(rig.flow().now())
        await paused(rig)
        run = await job(rig, "undo", undo=loaded["id"])
        assert run["tallies"][CUSTOMERS]["counts"] == {"being written": 1}
        assert [coupling.state for coupling in rig.couplings()] == ["coupled"]
        await lands()
        rig.world.loop.pass_time(3600)
        run = await job(rig, "undo", undo=loaded["id"])
        assert run["tallies"][CUSTOMERS]["counts"] == {"deleted dataverse": 1}
        assert there(rig) == (True, False)

    on_stage(story)


def test_an_undo_leaves_what_no_version_fences() -> None:
    """It stays coupled, and is told."""

    async def story(rig: Rig) -> None:
        rig.customer(ACCOUNT)
        loaded = await job(rig, "sync")
        await rig.unversioned((DATAVERSE, "accounts"))
        await paused(rig)
        run = await job(rig, "undo", undo=loaded["id"])
        assert run["tallies"][CUSTOMERS]["counts"] == {"cannot be deleted dataverse": 1}
        assert there(rig) == (True, True)
        assert len(rig.couplings()) == 1

    on_stage(story)


def test_a_delete_waits_for_its_wave_though_the_visit_has_written_before() -> None:
    """The customer could not be deleted after its account, which has landed meanwhile. Now both can go.

    The visit deletes the account again, and then leaves the customer until the others have been visited.
    """

    async def story(rig: Rig) -> None:
        row_id = await created(rig, DATAVERSE)
        delete(rig, DATAVERSE, row_id)
        await rig.unversioned((ERP, "CustomersV3"))
        assert (await look(rig, row_id)).codes == ("deleted",)
        await lands()
        assert there(rig) == (True, True)
        await rig.unversioned()
        await rig.flow().ledger.ask(DATAVERSE, (row_id,))
        await rig.pump()
        assert (there(rig), reasons(rig)) == ((False, False), [])

    on_stage(story)


def test_what_may_have_landed_is_forgotten_with_the_number_that_it_had(tmp_path: Path) -> None:
    """The customer was renamed; who gives it its first name again has edited it."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        rig.change(row_id, name="Fabrikam")
        await look(rig, row_id)
        old, new = ({"dataAreaId": "usmf", "CustomerAccount": number} for number in (ACCOUNT, "US-777"))
        rig.world.finops.rename("CustomersV3", old, new)
        rig.edit("US-777", OrganizationName="Contoso")
        await lands()
        rig.world.finops.delete("CustomersV3", old) if rig.erp() else None
        rig.world.loop.pass_time(1200)
        await look(rig, row_id)
        assert (reasons(rig), rig.both("OrganizationName", "name", "US-777")) == ([], ("Contoso", "Contoso"))

    on_stage(story, maps_with(tmp_path, "policy: {key_change: rename}\n"))
