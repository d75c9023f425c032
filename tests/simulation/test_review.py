"""The review of a full synchronisation: advice by what both sides hold, a person's choice, each flow in its turn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import (
    House,
    Review,
    aims,
    approve,
    choose,
    choose_flows,
    conduct,
    is_chosen,
    job,
    jobs,
    open_review,
    pump,
    restart,
    set_state,
    start_job,
    start_review,
    state_of,
    stored_review,
    why_not_to_start,
)
from shared.engine._review import REVIEWS, Entry
from shared.errors import Refused
from shared.ledger import FEEDS, FLOWS, JOBS, PARKED, moment, read_trouble, take_lease
from shared.ledger._tables import Write
from shared.mapping import DATAVERSE, ERP
from tests.emulator.tables import MemoryTables
from tests.simulation.central import CUSTOMERS, DE, Central, shipped
from tests.simulation.test_central_flows import salesperson
from tests.unit.maps.once import overlaid

SUITE: Final = "business_central"
SALESPEOPLE: Final = f"{SUITE}.salespeople"
CURRENCIES: Final = f"{SUITE}.currencies"
UNITS: Final = f"{SUITE}.units_of_measure"
ITEMS: Final = f"{SUITE}.items"
TERMS: Final = f"{SUITE}.payment_terms"
VENDORS: Final = f"{SUITE}.vendors"


class MortalTables(MemoryTables):
    """A ledger before one of whose writes the process dies, or somebody does something with the review.

    left: how many writes are carried out until then. deed: what is done right before the next write to a partition,
    that of the reviews if no other is named in `before`.
    """

    left: int | None = None
    before: str = REVIEWS
    deed: Callable[[], Coroutine[Any, Any, object]] | None = None

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        if self.left is not None:
            self.left = max(0, self.left - 1)
            if not self.left:
                raise ConnectionAbortedError
        if partition == self.before and self.deed is not None:
            deed, self.deed = self.deed, None
            await deed()
        return await super().commit(partition, writes)


@dataclass(slots=True)
class Reviewed:
    """A new installation, its flows not run yet, and what its operator does with the review."""

    central: Central

    @property
    def house(self) -> House:
        return self.central.house

    async def opened(self, **how: bool) -> Review:
        return await open_review(self.house, SUITE, **how)

    async def now(self) -> Review:
        return await stored_review(self.house, SUITE)

    async def entry(self, name: str = CUSTOMERS) -> Entry:
        return (await self.now()).entries[name]

    async def only(self, *names: str) -> None:
        """The review of an installation that leaves out all but these is opened."""
        others = [name.partition(".")[2] for name in self.central.maps.names if name not in names]
        options = self.house.suites[SUITE]
        self.house.suites = {SUITE: replace(options, unreviewed=dict.fromkeys(others, "not wanted"))}
        await self.opened()

    async def pump(self) -> None:
        """A minute passes, and the pump runs."""
        self.central.later(minutes=1)
        pumped = await pump(self.house, lambda: False)
        assert not pumped.problems, pumped.problems

    async def carried_out(self) -> None:
        """The review is started, and comes to its end."""
        await start_review(self.house, SUITE)
        await self.carried_on()

    async def carried_on(self) -> None:
        """Whoever is asked approves what is planned, until nothing is under way any more."""
        for _ in range(10):
            for each in (await self.now()).open:
                if each.stands == "approval":
                    await approve(self.house, each.flow)
            if not (await self.now()).open:
                return
            await self.pump()
        raise AssertionError(states(await self.now()))

    async def job_ids(self, kind: str = "") -> list[str]:
        return [each["id"] async for each in jobs(self.house) if kind in {"", each["kind"]}]

    def parked(self, name: str = CUSTOMERS) -> list[frozenset[str]]:
        """Which sides each parked record does not get to."""
        return [frozenset(aims(read_trouble(row))) for row in self.central.kept(PARKED, name)]


async def reviewed(story: Callable[[Reviewed], Coroutine[Any, Any, None]], ledger: MemoryTables | None = None) -> None:
    """Plays a story in a new installation."""
    await story(Reviewed(Central(tables=ledger or MemoryTables())))


def states(found: Review) -> dict[str, str]:
    return {name: str(each.outcome.get("state", each.stands)) for name, each in found.entries.items()}


# -- opened


async def test_a_review_has_one_row_for_each_flow_and_opening_it_again_adds_what_is_missing() -> None:
    """All of them are blank (bc-140); what was chosen and what was started stay as they are."""

    async def story(stage: Reviewed) -> None:
        found = await stage.opened()
        assert list(found.entries) == stage.central.maps.order()
        assert set(states(found).values()) == {""}
        await choose(stage.house, SUITE, [CUSTOMERS], "skip", ERP)
        await stage.house.documents.change(
            REVIEWS, SUITE, lambda value: {**value, "flows": {k: v for k, v in value["flows"].items() if k != ITEMS}}
        )
        again = await stage.opened()
        assert sorted(again.entries) == sorted(found.entries)
        assert (again.entries[CUSTOMERS].choice, again.entries[CUSTOMERS].master) == ("skip", ERP)
        assert (await stage.opened(anew=True)).entries[CUSTOMERS].choice == "nothing"

    await reviewed(story)


async def test_the_whole_table_counts_in_the_erp_and_the_scope_in_dataverse() -> None:
    """Blocked customers count; accounts of another type, or inactive, do not. What Dataverse comes with is no data."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer(blocked="All")
        stage.central.account(customertypecode=11)
        found = await stage.opened()
        entry = found.entries[CUSTOMERS]
        assert {side: each["rows"] for side, each in entry.counts.items()} == {ERP: 1, DATAVERSE: 0}
        assert (entry.advised, found.entries[VENDORS].advised) == ("full", "full")
        assert found.entries[CURRENCIES].counts[DATAVERSE]["rows"] == 1
        assert found.entries[CURRENCIES].advised == "nothing"

    await reviewed(story)


async def test_what_only_we_can_tell_to_be_out_of_the_scope_does_not_count(tmp_path: Path) -> None:
    """A filter that the server is not asked for: rows are read, and judged here."""
    overlay = tmp_path / "customers.yaml"
    scope = "name eq 'Litware' or transactioncurrencyid.isocurrencycode eq 'USD'"
    overlay.write_text(f'extends: customers\ndataverse: {{scope: {{and: "{scope}"}}}}\n', "utf-8")
    maps = overlaid(shipped(), {CUSTOMERS: [overlay]})

    async def story(stage: Reviewed) -> None:
        stage.central.account()
        stage.central.account(name="Litware")
        await stage.only(CUSTOMERS)
        assert (await stage.entry()).counts[DATAVERSE]["rows"] == 1

    await story(Reviewed(Central(maps)))


async def test_what_cannot_be_counted_says_so_and_holds_up_no_other() -> None:
    """A table that may not be read: its flow has no advice, and is not started; the others are counted."""

    async def story(stage: Reviewed) -> None:
        stage.central.erp.behaviour.missing_permissions.add("customers")
        found = await stage.opened()
        assert found.entries[CUSTOMERS].advised == ""
        assert "could not be counted" in found.entries[CUSTOMERS].why
        assert found.entries[VENDORS].advised == "nothing"
        assert list(await start_review(stage.house, SUITE)) == [CUSTOMERS]

    await reviewed(story)


# -- carried out


async def test_a_full_synchronisation_creates_and_the_map_creates_nothing_again_afterwards() -> None:
    """Only Business Central holds customers: they are created, unasked (bc-138); the next one is left alone."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer("C100")
        stage.central.customer("C200", blocked="All")
        await stage.opened()
        await stage.carried_out()
        assert [row["name"] for row in stage.central.accounts()] == ["Adatum"]
        assert (await stage.entry()).outcome["counts"]["created dataverse"] == 1
        assert set(states(await stage.now()).values()) == {"finished"}
        assert (await state_of(stage.house, CUSTOMERS))["state"] == "running"
        assert (await stage.central.visit(ERP, stage.central.customer("C300", displayName="Litware"))).kind == "ignored"
        assert await stage.job_ids("plan") == []

    await reviewed(story)


async def test_with_rows_on_both_sides_it_couples_after_a_person_has_seen_what() -> None:
    """Nothing is written before the report is approved; then what matches is coupled, and nothing is created."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer("C100")
        stage.central.customer("C200", displayName="Fabrikam", postalCode="2020")
        stage.central.account(accountnumber="C100")
        await stage.only(CUSTOMERS)
        await start_review(stage.house, SUITE)
        for _ in range(3):
            await stage.pump()
        entry = await stage.entry()
        assert (entry.advised, entry.stands, entry.job) == ("couple", "approval", "")
        assert entry.plan in entry.why
        assert stage.central.couplings() == []
        await stage.carried_on()
        assert (len(stage.central.couplings()), len(stage.central.accounts()), len(stage.central.rows())) == (1, 1, 2)

    await reviewed(story)


async def test_a_full_synchronisation_matches_first_so_that_nobody_is_there_twice() -> None:
    """Where the product makes duplicates: of three customers one has an account; two are created, on each side one."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer("C100")
        stage.central.customer("C200", displayName="Fabrikam", postalCode="2020")
        stage.central.account(accountnumber="C100")
        stage.central.account(name="Litware", address1_postalcode="3030")
        await stage.only(CUSTOMERS)
        assert await choose(stage.house, SUITE, [CUSTOMERS], "full", None) == {}
        await stage.carried_out()
        assert sorted(row["name"] for row in stage.central.accounts()) == ["Adatum", "Fabrikam", "Litware"]
        assert sorted(row["displayName"] for row in stage.central.rows()) == ["Adatum", "Fabrikam", "Litware"]
        counts = (await stage.entry()).outcome["counts"]
        assert (counts["created dataverse"], counts["created erp"]) == (1, 1)

    await reviewed(story)


async def test_one_dry_run_plans_each_flow_on_its_own_terms() -> None:
    """What is coupled and what is created stand in one report, that of one job."""

    async def story(stage: Reviewed) -> None:
        for number, name in (("C100", "Adatum"), ("C200", "Fabrikam")):
            stage.central.customer(number, displayName=name)
            stage.central.erp.create(DE, "vendors", {"number": number, "displayName": name})
            stage.central.account(name="Litware", address1_postalcode=number)
            stage.central.account(name="Litware", address1_postalcode=number, customertypecode=11)
        await stage.only(CUSTOMERS, VENDORS)
        await choose(stage.house, SUITE, [VENDORS], "full", None)
        await start_review(stage.house, SUITE)
        await stage.pump()
        (plan,) = await stage.job_ids("plan")
        told = (await job(stage.house, plan))["tallies"]
        assert "created dataverse" not in told[CUSTOMERS]["counts"]
        assert told[VENDORS]["counts"]["created dataverse"] == 2
        await stage.pump()
        assert {each.plan for each in (await stage.now()).open} == {plan}

    await reviewed(story)


# -- dependencies


async def test_each_flow_begins_when_those_that_it_needs_are_done() -> None:
    """Items wait for units, customers for salespeople and terms (bc-134); what needs nothing goes at once."""

    async def story(stage: Reviewed) -> None:
        maps = stage.central.maps
        assert maps.needed_by(ITEMS) == [UNITS]
        assert {SALESPEOPLE, TERMS, CURRENCIES} < set(maps.needed_by(CUSTOMERS))
        stage.central.coded("unitsOfMeasure", "PCS")
        stage.central.erp.create(DE, "items", {"number": "I1", "displayName": "Chair", "baseUnitOfMeasureCode": "PCS"})
        await stage.only(UNITS, ITEMS)
        await start_review(stage.house, SUITE)
        await conduct(stage.house)
        found = await stage.now()
        assert (bool(found.entries[UNITS].job), found.entries[ITEMS].job) == (True, "")
        assert found.entries[ITEMS].why == f"waits for {UNITS}"
        await stage.carried_on()
        found = await stage.now()
        assert found.entries[UNITS].outcome["ended"] <= (await job(stage.house, found.entries[ITEMS].job))["started"]
        assert {name: states(found)[name] for name in (UNITS, ITEMS)} == {UNITS: "finished", ITEMS: "finished"}

    await reviewed(story)


async def test_what_has_nothing_to_do_and_what_is_skipped_hold_nobody_back() -> None:
    """Customers begin though salespeople are skipped, and there are no terms; a flow with nothing to do is run, too."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        salesperson(stage.central)
        await stage.opened()
        await choose(stage.house, SUITE, [SALESPEOPLE], "skip", None)
        await start_review(stage.house, SUITE)
        await conduct(stage.house)
        found = await stage.now()
        assert found.entries[CUSTOMERS].job
        assert (found.entries[TERMS].advised, bool(found.entries[TERMS].job)) == ("nothing", True)
        assert found.entries[SALESPEOPLE].is_new

    await reviewed(story)


async def test_a_broken_flow_holds_its_dependants_back_until_it_is_restarted() -> None:
    """Its table is refused in the middle: it is broken off, items wait; restarted it goes on, and they follow."""

    async def story(stage: Reviewed) -> None:
        stage.central.coded("unitsOfMeasure", "PCS")
        stage.central.erp.create(DE, "items", {"number": "I1", "displayName": "Chair", "baseUnitOfMeasureCode": "PCS"})
        await stage.only(UNITS, ITEMS)
        await start_review(stage.house, SUITE)
        stage.central.dataverse.behaviour.missing_privileges.add("prvCreateproduct")
        for _ in range(3):
            await stage.pump()
        found = await stage.now()
        assert (states(found)[UNITS], found.entries[ITEMS].why) == ("broken off", f"waits for {UNITS}")
        assert "prvCreateproduct" in found.entries[UNITS].outcome["errors"]
        stage.central.dataverse.behaviour.missing_privileges.clear()
        await restart(stage.house, SUITE, UNITS)
        await stage.carried_on()
        assert {states(await stage.now())[name] for name in (UNITS, ITEMS)} == {"finished"}
        assert (await state_of(stage.house, UNITS))["state"] == "running"

    await reviewed(story)


# -- what came of it


async def test_a_direction_is_an_error_as_soon_as_one_record_fails() -> None:
    """Of two customers one has a salesperson who is not coupled (bc-137): the other is created, the row finishes."""

    async def story(stage: Reviewed) -> None:
        salesperson(stage.central)
        stage.central.customer("C100", salespersonCode="JO")
        stage.central.customer("C200", displayName="Fabrikam")
        await stage.only(CUSTOMERS)
        await stage.carried_out()
        entry = await stage.entry()
        assert (entry.outcome["state"], entry.outcome["failed"]) == ("finished", {ERP: 0, DATAVERSE: 1})
        assert stage.parked() == [frozenset({DATAVERSE})]
        assert [row["name"] for row in stage.central.accounts()] == ["Fabrikam"]

    await reviewed(story)


async def test_failed_records_do_not_break_a_flow_off() -> None:
    """Every record fails in both directions (bc-136): the row finishes, and both directions are an error."""

    async def story(stage: Reviewed) -> None:
        salesperson(stage.central)
        stage.central.customer("C100", salespersonCode="JO")
        stage.central.account(name="A" * 101)
        await stage.only(CUSTOMERS)
        await choose(stage.house, SUITE, [CUSTOMERS], "full", None)
        await stage.carried_out()
        entry = await stage.entry()
        assert (entry.outcome["state"], entry.outcome["failed"]) == ("finished", {ERP: 1, DATAVERSE: 1})

    await reviewed(story)


async def test_each_row_leads_to_the_job_of_its_own_run() -> None:
    """Of three runs of a flow the row names the last one (bc-145), and the earlier ones stay in the list of jobs."""

    async def story(stage: Reviewed) -> None:
        await stage.only(CUSTOMERS)
        await stage.carried_out()
        for _ in range(2):
            first = (await stage.entry()).job
            await restart(stage.house, SUITE, CUSTOMERS)
            await stage.carried_on()
            assert (await stage.entry()).job != first
        ids = await stage.job_ids()
        assert ((await stage.entry()).job, len(ids)) == (ids[0], 3)

    await reviewed(story)


async def test_a_flow_that_runs_already_is_synchronised_in_full_and_runs_on() -> None:
    """It is compared with leave to create (bc-139); its schedule has it back afterwards, on its own terms."""

    async def story(stage: Reviewed) -> None:
        await set_state(stage.house, CUSTOMERS, "running")
        stage.central.customer()
        await stage.only(CUSTOMERS)
        await stage.carried_out()
        assert len(stage.central.accounts()) == 1
        assert (await state_of(stage.house, CUSTOMERS))["state"] == "running"
        assert [each["kind"] async for each in jobs(stage.house)] == ["compare"]

    await reviewed(story)


# -- who may start, and when


async def test_what_is_started_is_not_started_again() -> None:
    """No line is blank any more (bc-144); a second order, also one that comes at once, orders nothing."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.opened()
        await start_review(stage.house, SUITE)
        with pytest.raises(Refused, match="no flow that has not been started"):
            await start_review(stage.house, SUITE)
        await stage.carried_on()
        ids = await stage.job_ids()
        assert len(ids) == len((await stage.now()).entries)
        with pytest.raises(Refused, match="no flow that has not been started"):
            await start_review(stage.house, SUITE)
        await stage.pump()
        assert await stage.job_ids() == ids

    await reviewed(story)


@pytest.mark.parametrize("alive", [True, False])
async def test_only_who_lives_stands_in_the_way_of_a_start(alive: bool) -> None:
    """An instance is at work on customers: vendors are not started meanwhile (bc-142); one that is dead blocks nobody
    (bc-143), and its job is carried on.
    """

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.only(CUSTOMERS, VENDORS)
        await choose(stage.house, SUITE, [VENDORS], "skip", None)
        await start_review(stage.house, SUITE)
        await conduct(stage.house)
        await take_lease(stage.house.documents, stage.house.clock, "an instance", f"job~{(await stage.entry()).job}")
        await choose(stage.house, SUITE, [VENDORS], None, None)
        stage.central.later(minutes=0 if alive else 3)
        why = await why_not_to_start(stage.house, await stage.now())
        assert (f"{CUSTOMERS} is being worked on" in why) is alive
        if not alive:
            await stage.carried_out()
            assert {states(await stage.now())[name] for name in (CUSTOMERS, VENDORS)} == {"finished"}
            assert len(stage.central.accounts()) == 1

    await reviewed(story)


async def test_what_a_person_paused_waits_for_him() -> None:
    """A flow that is paused when its turn comes says so, and goes on when it is stopped or resumed."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.only(CUSTOMERS)
        await set_state(stage.house, CUSTOMERS, "paused", "paused by anna")
        await start_review(stage.house, SUITE)
        await stage.pump()
        assert "paused by anna" in (await stage.entry()).why
        assert stage.central.accounts() == []
        await set_state(stage.house, CUSTOMERS, "not running")
        await stage.carried_on()
        assert len(stage.central.accounts()) == 1

    await reviewed(story)


async def test_another_choice_before_its_turn_is_planned_anew() -> None:
    """What was approved for coupling does not let anything be created."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer(displayName="Fabrikam")
        stage.central.account(name="Litware", address1_postalcode="3030")
        await stage.only(CUSTOMERS)
        await start_review(stage.house, SUITE)
        await stage.pump()
        await stage.pump()
        first = (await stage.entry()).plan
        await choose(stage.house, SUITE, [CUSTOMERS], "full", None)
        await approve(stage.house, CUSTOMERS)
        await stage.pump()
        await stage.pump()
        entry = await stage.entry()
        assert (entry.stands, entry.job, entry.plan != first) == ("approval", "", True)
        assert len(stage.central.accounts()) == 1
        await stage.carried_on()
        assert len(stage.central.accounts()) == 2

    await reviewed(story)


@pytest.mark.parametrize(
    ("name", "choice", "why"),
    [(SALESPEOPLE, "full", "people make these records"), (f"{SUITE}.nobody", "skip", "open it again")],
)
async def test_a_choice_that_cannot_be_is_refused(name: str, choice: Any, why: str) -> None:
    """Nobody creates a salesperson: his code is a person's to give."""

    async def story(stage: Reviewed) -> None:
        await stage.opened()
        assert why in (await choose(stage.house, SUITE, [name], choice, None))[name]

    await reviewed(story)


async def test_what_has_begun_is_neither_chosen_anew_nor_restarted() -> None:
    """A flow under way is as it was started; the whole is not opened anew meanwhile."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.only(CUSTOMERS)
        with pytest.raises(Refused, match="has not been started"):
            await restart(stage.house, SUITE, CUSTOMERS)
        await start_review(stage.house, SUITE)
        await conduct(stage.house)
        assert "has begun" in (await choose(stage.house, SUITE, [CUSTOMERS], "skip", None))[CUSTOMERS]
        with pytest.raises(Refused, match="under way"):
            await restart(stage.house, SUITE, CUSTOMERS)
        with pytest.raises(Refused, match=f"{CUSTOMERS}: under way"):
            await stage.opened(anew=True)

    await reviewed(story)


# -- deaths and other instances


@pytest.mark.parametrize(
    "at", [at if at in {3, 5, 12, 15} else pytest.param(at, marks=pytest.mark.long) for at in range(1, 17)]
)
async def test_who_dies_at_a_write_of_the_ledger_leaves_nothing_that_is_done_twice(at: int) -> None:
    """The id of a job stands in the review before the job is stored, so the next instance stores it under that id."""
    assert await _cut_off(at)


async def test_there_are_no_more_writes_to_die_at() -> None:
    """Else a longer list is to be tried."""
    assert not await _cut_off(17)


async def _cut_off(at: int) -> bool:
    """A review whose first instance dies before its write of this number; False if it has less to write."""
    ledger = MortalTables()
    stage = Reviewed(Central(tables=ledger))
    stage.central.customer()
    stage.central.account(accountnumber="C100")
    await stage.only(CUSTOMERS, CURRENCIES)
    await start_review(stage.house, SUITE)
    ledger.left = at
    with contextlib.suppress(ConnectionAbortedError):
        await conduct(stage.house)
    died, ledger.left = ledger.left == 0, None
    stage.central.house = stage.central.new_house()
    stage.central.later(minutes=3)
    await stage.carried_on()
    assert {states(await stage.now())[name] for name in (CUSTOMERS, CURRENCIES)} == {"finished"}
    assert sorted([each["kind"] async for each in jobs(stage.house)]) == ["plan", "sync", "sync"]
    assert (len(stage.central.accounts()), len(stage.central.couplings())) == (1, 1)
    return died


async def test_what_a_person_chooses_while_the_pump_is_at_it_stands() -> None:
    """Customers are skipped in the very moment in which their job is to be ordered: nothing is ordered for them."""

    async def story(stage: Reviewed) -> None:
        ledger = stage.central.tables
        assert isinstance(ledger, MortalTables)
        stage.central.customer()
        await stage.only(CUSTOMERS, CURRENCIES)
        await choose(stage.house, SUITE, [CURRENCIES], "skip", None)
        await start_review(stage.house, SUITE)
        other = stage.central.new_house()
        ledger.deed = lambda: choose(other, SUITE, [CUSTOMERS], "skip", None)
        await stage.pump()
        assert ((await stage.entry()).choice, (await stage.entry()).job) == ("skip", "")
        assert (await stage.job_ids(), stage.central.accounts()) == ([], [])

    await reviewed(story, MortalTables())


async def test_what_a_person_leaves_out_in_the_moment_it_is_begun_is_not_begun() -> None:
    """Nothing of it is read or written; it is begun once it is chosen again."""

    async def story(stage: Reviewed) -> None:
        ledger, other = stage.central.tables, stage.central.new_house()
        assert isinstance(ledger, MortalTables)
        stage.central.customer()
        names = stage.central.maps.names
        ledger.before, ledger.deed = FLOWS, lambda: choose_flows(other, names, [CURRENCIES])
        await start_job(stage.house, "sync", [CUSTOMERS], creates="both", begin="initializing")
        await stage.pump()
        found = await state_of(stage.house, CUSTOMERS)
        assert (found["state"], is_chosen(found), "first" in found) == ("not running", False, False)
        assert stage.central.accounts() == []
        await choose_flows(other, names, names)
        await start_job(stage.house, "sync", [CUSTOMERS], creates="both", begin="initializing")
        await stage.pump()
        assert len(stage.central.accounts()) == 1

    await reviewed(story, MortalTables())


async def test_who_orders_a_job_for_a_second_time_and_late_changes_nothing() -> None:
    """An instance stands still right before it brings the flow up; another one takes the review over, and is done with
    it. What the first one does then comes too late.
    """

    async def story(stage: Reviewed) -> None:
        ledger, late = stage.central.tables, stage.house
        assert isinstance(ledger, MortalTables)
        stage.central.customer()
        await stage.only(CUSTOMERS)
        await start_review(late, SUITE)

        async def is_taken_over() -> None:
            stage.central.house = stage.central.new_house()
            stage.central.later(minutes=3)
            await stage.carried_on()

        async def has_claimed() -> None:
            ledger.before, ledger.deed = FLOWS, is_taken_over

        ledger.deed = has_claimed
        await conduct(late)
        assert (await state_of(late, CUSTOMERS))["state"] == "running"
        stage.central.later(minutes=30)
        await stage.pump()
        assert (await state_of(late, CUSTOMERS))["state"] == "running"
        assert (len(await stage.job_ids()), len(stage.central.accounts())) == (1, 1)

    await reviewed(story, MortalTables())


async def test_two_instances_order_each_job_once() -> None:
    """One holds the review, and the other leaves it alone; one that lost it meanwhile orders nothing more."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.opened()
        await start_review(stage.house, SUITE)
        other = stage.central.new_house()
        lease = await take_lease(other.documents, other.clock, "other", f"review~{SUITE}")
        assert await conduct(stage.house) == 0
        await lease.release()
        ordered = await conduct(stage.house)
        assert await conduct(other) == 0
        assert len(await stage.job_ids()) == ordered > 0

    await reviewed(story)


async def test_a_job_that_is_stopped_breaks_its_flow_off() -> None:
    """It is restarted by a person, and by nobody else."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.only(CUSTOMERS)
        await start_review(stage.house, SUITE)
        await conduct(stage.house)
        job_id = (await stage.entry()).job
        await stage.house.documents.change(
            JOBS, job_id, lambda value: {**value, "state": "stopped", "ended": moment(stage.house.clock())}
        )
        await set_state(stage.house, CUSTOMERS, "paused", "its job was stopped", job_id)
        for _ in range(2):
            await stage.pump()
        assert (await stage.entry()).outcome["state"] == "broken off"
        assert await stage.job_ids() == [job_id]
        await restart(stage.house, SUITE, CUSTOMERS)
        await stage.carried_on()
        assert len(stage.central.accounts()) == 1

    await reviewed(story)


async def test_the_last_review_stays_readable_when_its_jobs_are_forgotten() -> None:
    """Counts and reasons stand in the review itself."""

    async def story(stage: Reviewed) -> None:
        stage.central.customer()
        await stage.only(CUSTOMERS)
        await stage.carried_out()
        async for each in stage.house.documents.all(JOBS):
            await stage.house.documents.drop(each)
        await stage.pump()
        assert (await stage.entry()).outcome["counts"]["created dataverse"] == 1
        assert [each async for each in stage.house.documents.all(FEEDS, "review~")]

    await reviewed(story)
