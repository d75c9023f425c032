"""What people and other workers do between two steps of a visit: nothing of it is lost, and nothing is told twice."""

from __future__ import annotations

import asyncio

import pytest

from shared.engine import Wake, visit
from shared.ledger import dataverse_end
from shared.mapping import Side
from tests.emulator.wire import Request
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, TERMS, Rig, on_stage
from tests.simulation.test_recovery import losers, put_to_sleep

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
TERM = {"dataAreaId": "usmf", "Name": "Net30"}


async def in_sync(rig: Rig) -> str:
    """A customer in sync; the id of its account."""
    await rig.visit(ERP, rig.customer())
    account = rig.dataverse()
    assert account is not None
    return str(account["accountid"])


async def awake(rig: Rig, sleeper: int) -> None:
    rig.world.loop.thaw(sleeper)
    await asyncio.sleep(60)


def test_an_event_that_comes_during_a_visit_is_looked_at_after_it() -> None:
    """The visit does not know what happened meanwhile: it leaves a hint that was repeated."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        rig.change(row_id, name="Fabrikam")
        sleeper = await put_to_sleep(rig, row_id, "finops update")
        rig.change(row_id, name="Northwind")
        await rig.hint(DATAVERSE, (row_id,))
        await awake(rig, sleeper)
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")

    on_stage(story)


def test_a_visit_that_has_to_begin_anew_and_dies_leaves_its_hint() -> None:
    """Its write was refused because the record had moved: what it was woken for is still to be carried over."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        rig.change(row_id, name="Fabrikam")
        sleeper = await put_to_sleep(rig, row_id, "ledger intend")
        rig.edit(SalesMemo="meanwhile")
        rig.world.weather.strike = lambda step: step == "finops read"
        await awake(rig, sleeper)
        rig.world.weather.strike = None
        assert rig.both("OrganizationName", "name") == ("Contoso", "Fabrikam")
        rig.house = rig.world.house()
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_an_edit_that_comes_before_our_write_is_not_written_over(side: Side) -> None:
    """The write is for the version that was read; whoever was faster has lost nothing, and it is told as a conflict."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        rig.change(row_id, name="Fabrikam") if side == ERP else rig.edit(OrganizationName="Fabrikam")
        sleeper = await put_to_sleep(rig, row_id, "ledger intend")
        rig.edit(OrganizationName="Northwind") if side == ERP else rig.change(row_id, name="Northwind")
        await awake(rig, sleeper)
        in_dataverse, in_the_erp = ("Fabrikam", "Northwind") if side == ERP else ("Northwind", "Fabrikam")
        assert rig.both("OrganizationName", "name") == (in_dataverse, in_dataverse)
        assert losers(rig) == [(ERP, in_the_erp)]

    on_stage(story)


def test_a_conflict_whose_winner_was_refused_is_told_once() -> None:
    """The record moved before the winner was written: its row is taken back, and the next round tells it anew."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        rig.change(row_id, name="Fabrikam")
        rig.edit(OrganizationName="Northwind")
        sleeper = await put_to_sleep(rig, row_id, "ledger intend")
        rig.edit(SalesMemo="meanwhile")
        await awake(rig, sleeper)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert losers(rig) == [(ERP, "Northwind")]

    on_stage(story)


def test_two_reads_at_different_times_are_no_agreement() -> None:
    """The ERP held the value first, Dataverse afterwards, never both at once: that is a conflict."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        rig.edit(OrganizationName="Fabrikam")
        sleeper = await put_to_sleep(rig, row_id, "dataverse read")
        rig.edit(OrganizationName="Northwind")
        rig.change(row_id, name="Fabrikam")
        await awake(rig, sleeper)
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert losers(rig) == [(ERP, "Northwind")]

    on_stage(story)


def test_two_reads_of_a_match_at_different_times_are_no_agreement() -> None:
    """The account held the name first, the customer afterwards, never both at once: what loses is kept."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso Ltd")
        identity = rig.customer(OrganizationName="Contoso AG")
        left = [row_id]

        def meanwhile(step: str, answer: object) -> bool:
            if step == "dataverse find" and left and left[0].encode() in getattr(answer, "body", b""):
                left.pop()
                rig.edit(OrganizationName="Contoso Ltd")
                rig.change(row_id, name="Contoso SE")
            return False

        rig.world.weather.heard = meanwhile
        await rig.visit(ERP, identity)
        await rig.compare()
        assert not left
        assert rig.both("OrganizationName", "name") == ("Contoso SE", "Contoso SE")
        assert losers(rig) == [(ERP, "Contoso Ltd")]

    on_stage(story)


async def abandoned_by_a_pass(rig: Rig, row_id: str) -> None:
    """A pass writes an edit to the ERP and dies before it settles: an intent stands, and no hint."""
    rig.change(row_id, name="Fabrikam")
    rig.world.weather.strike = lambda step: step == "ledger settle"
    work = visit(rig.world.house().flow(CUSTOMERS), Wake(DATAVERSE, (row_id,)))
    await asyncio.wait({rig.world.instance(work)[1]}, timeout=60)
    rig.world.weather.strike = None


async def asleep_before_it_ends(rig: Rig, row_id: str) -> int:
    """A visit has found both sides equal, and stands still before it says so; its instance."""
    await rig.hint(DATAVERSE, (row_id,))
    flow = rig.world.house().flow(CUSTOMERS)
    hint = await flow.ledger.hint(dataverse_end(row_id))
    number, _ = rig.world.instance(visit(flow, Wake(DATAVERSE, (row_id,), hint)))

    def read(_where: str, request: Request, _fault: str, _status: int) -> None:
        if row_id in request.path:
            rig.world.loop.freeze(number)

    rig.world.on_request = read
    await asyncio.sleep(60)
    rig.world.on_request = lambda *_: None
    return number


async def nobody_is_left_behind(rig: Rig) -> None:
    await asyncio.sleep(300)
    await rig.pump()
    coupling = await rig.coupling()
    assert coupling is not None
    assert coupling.intent is None


def test_a_pass_that_meets_somebody_at_work_leaves_a_hint() -> None:
    """If that one dies, the pump finishes what it had begun; nobody waits for the next pass."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        await abandoned_by_a_pass(rig, row_id)
        assert (await visit(rig.flow(), Wake(DATAVERSE, (row_id,)))).kind == "kept"
        await nobody_is_left_behind(rig)

    on_stage(story)


def test_a_visit_that_finds_nothing_to_do_keeps_its_hint_if_somebody_is_at_work_by_then() -> None:
    """Another one, woken by the same hint, has relied on it."""

    async def story(rig: Rig) -> None:
        row_id = await in_sync(rig)
        sleeper = await asleep_before_it_ends(rig, row_id)
        await abandoned_by_a_pass(rig, row_id)
        await rig.pump()
        await awake(rig, sleeper)
        await nobody_is_left_behind(rig)

    on_stage(story)


def test_a_record_that_was_created_by_somebody_else_meanwhile_is_a_match() -> None:
    """`Already exists` says nothing about what is there: it is read, and what differs goes as the master says."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso AG")
        theirs = iter([None])

        def struck(step: str) -> bool:
            for _ in theirs if step == "finops create" else ():
                rig.customer(SalesMemo="theirs")
            return False

        rig.world.weather.strike = struck
        await rig.visit(DATAVERSE, (row_id,))
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Contoso AG", "Contoso AG")
        assert rig.both("SalesMemo", "description") == ("theirs", "theirs")
        assert losers(rig) == [(ERP, "Contoso")]

    on_stage(story)


async def term_deleted_and_made_anew(rig: Rig) -> None:
    """A customer whose term was deleted on both sides, and is back in the ERP."""
    await in_sync(rig)
    (term,) = rig.world.dataverse.rows("msdyn_paymentterms")
    group = {"dataAreaId": "usmf", "CustomerGroupId": "10"}
    rig.world.finops.update("CustomerGroups", group, {"PaymentTermId": ""})
    rig.edit(PaymentTerms="")
    await rig.compare(TERMS, CUSTOMERS)
    rig.world.finops.delete("PaymentTerms", TERM)
    rig.world.dataverse.delete("msdyn_paymentterms", str(term["msdyn_paymenttermid"]))
    await rig.compare(TERMS)
    rig.world.finops.create("PaymentTerms", {**TERM, "Description": "again"})
    rig.edit(PaymentTerms="Net30")


def test_a_reference_never_means_a_record_that_is_gone() -> None:
    """The term was deleted on both sides and is back in the ERP alone: its old row is no target, the customer waits."""

    async def story(rig: Rig) -> None:
        await term_deleted_and_made_anew(rig)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (rig.counts()["waiting"], rig.counts()["parked"]) == (1, 0)

    on_stage(story)


def test_a_reference_to_a_record_that_was_made_anew_means_its_new_row_once_they_are_coupled() -> None:
    """Both sides have the term again: a row of that name proves nothing until it is coupled, and then it is the one."""

    async def story(rig: Rig) -> None:
        await term_deleted_and_made_anew(rig)
        company = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        made = rig.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": "Net30", **company})
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (rig.counts()["waiting"], rig.counts()["parked"]) == (1, 0)
        await rig.compare(TERMS)
        await asyncio.sleep(60)
        await rig.pump()
        assert rig.counts()["waiting"] == 0
        assert rig.both("PaymentTerms", "_msdyn_paymentterm_value") == ("Net30", made)

    on_stage(story)
