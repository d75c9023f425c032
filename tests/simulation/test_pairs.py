"""Pairs that people name, many in one job: coupled and uncoupled, with what came of each (scenarios 4 to 7 of BC)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from shared.engine import (
    COUPLE,
    SEND,
    SURVIVORS,
    UNCOUPLE,
    Given,
    explain,
    kept_by,
    send,
    set_state,
    start_pairs,
    work_on,
)
from shared.engine.passes._given import keep_given
from shared.engine.passes._orders import end_job, new_job_id
from shared.engine.passes._retention import keep_retention
from shared.engine.record._by_hand import join
from shared.ledger import read_conflict
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage
from tests.simulation.central_contacts import CONTACTS, buyer, company_of, contact, person
from tests.simulation.test_central_connector import connected
from tests.simulation.test_review import MortalTables


async def carried_out(
    central: Central, rows: Sequence[Given] = (), kind: str = COUPLE, *, confirmed: bool = True, **how: Any
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """A job over these rows to its end, a slice for every chunk: what it counted, and what it tells of each row."""
    job = await start_pairs(central.house, kind, {how.pop("name", CUSTOMERS): rows}, confirmed=confirmed, **how)
    while job["state"] == "running":
        job = await work_on(central.house, job["id"], lambda: True)
    assert not job["errors"], job["errors"]
    told = [each async for each in kept_by(central.house.documents, job["id"])]
    return next(iter(job["tallies"].values()), {}), sorted(told, key=lambda each: each["at"])


def states(central: Central, name: str) -> list[str]:
    """How the pairs of a flow stand."""
    return sorted(each.state for each in central.couplings(name))


async def test_a_list_of_pairs_says_first_what_it_would_do() -> None:
    """bc-080, bc-081: and does just that when it is confirmed: line by line, what cannot be done named with its reason;
    the job counts both.
    """

    async def story(central: Central) -> None:
        here = [central.customer(f"C{at}", displayName=f"Erp {at}", postalCode="9") for at in range(3)]
        there = [central.account(name=f"Row {at}", accountnumber=f"A{at}") for at in range(3)]
        rows = [
            Given(2, "C0", "A0"),
            Given(3, here[1][1], there[1]),
            Given(4, "C9", "A2"),
            Given(5, "C2", "A0"),
        ]
        counts, dry = await carried_out(central, rows, confirmed=False, first="erp")
        assert counts == {"coupled, written": 2, "refused": 2}, dry
        assert central.couplings() == []
        assert {row["name"] for row in central.accounts()} == {"Row 0", "Row 1", "Row 2"}
        lines = {
            each["at"]: {line["line"]: (line["old"], line["new"]) for line in each.get("lines", ())} for each in dry
        }
        assert lines[2]["displayName = name"] == ("Row 0", "Erp 0")
        assert lines[4] == lines[5] == {}
        told, wet = await carried_out(central, rows, first="erp")
        assert told == counts
        assert [(each["at"], each["what"]) for each in wet] == [(each["at"], each["what"]) for each in dry]
        assert "no record with 'C9'" in wet[2]["why"]
        assert "has another partner" in wet[3]["why"]
        assert {row["name"] for row in central.accounts()} == {"Erp 0", "Erp 1", "Row 2"}

    await on_stage(story)


@pytest.mark.parametrize(("first", "names"), [("erp", ("Erp", "Erp")), ("dataverse", ("Row", "Row")), ("none", None)])
async def test_first_values_come_from_the_side_that_a_person_names_or_from_neither(first: Any, names: Any) -> None:
    """bc-062 to bc-064, bc-066: also where the process dies between the pair and the look at it, and whatever the map
    says. From neither: equal is agreed, different is asked; both keep theirs. A blank is no decision against a value.
    """

    async def story(central: Central) -> None:
        identity = central.customer("C1", displayName="Erp", city="", phoneNumber="1")
        row_id = central.account(name="Row", address1_city="Wien", telephone1="1")
        await join(central.house.flow(CUSTOMERS), identity, row_id, first)
        outcome = await central.visit(ERP, identity)
        (pair,) = central.couplings()
        (row,) = central.accounts()
        agreed = {str(line) for line in central.maps.map(CUSTOMERS).lines if pair.agreed.base(line)}
        assert any("telephone1" in each for each in agreed)
        if first == "none":
            assert outcome.kind == "conflict"
            assert (central.row(identity)["displayName"], row["name"], central.row(identity)["city"]) == (
                "Erp",
                "Row",
                "",
            )
            return
        assert (central.row(identity)["displayName"], row["name"]) == names
        assert central.row(identity)["city"] == row["address1_city"] == "Wien"

    await on_stage(story)


async def test_in_a_flow_that_does_not_run_pairs_are_set_down_and_nothing_is_written() -> None:
    """Its first synchronisation looks at them, and still knows whose values were wanted; who is blocked sleeps."""

    async def story(central: Central) -> None:
        await set_state(central.house, CUSTOMERS, "not running")
        central.customer("C1", displayName="Erp")
        central.account(name="Row", accountnumber="A1")
        central.customer("C2", blocked="All")
        asleep = central.account(name="Adatum", accountnumber="A2")
        counts, _ = await carried_out(central, [Given(2, "C1", "A1"), Given(3, "C2", asleep)], first="dataverse")
        assert counts == {"coupled": 2}
        assert [row["displayName"] for row in central.rows()][:1] == ["Erp"]
        assert central.kept("h~") == []
        await set_state(central.house, CUSTOMERS, "running")
        await central.compare()
        assert [row["displayName"] for row in central.rows()] == ["Row", "Adatum"]
        assert sorted(each.state for each in central.couplings()) == ["coupled", "dormant"]

    await on_stage(story)


async def test_a_record_that_is_named_alone_is_matched_by_the_keys_in_order() -> None:
    """bc-077 to bc-079: number before name and post code, without regard to letter case; who is coupled stays, who was
    not named stays free, nothing is written where neither side's values are wanted. Several, or none, are told.
    """

    async def story(central: Central) -> None:
        pair, free = central.customer("C1"), central.customer("C2", displayName="Free", postalCode="2")
        row_id = central.account(accountnumber="C1")
        await central.visit(ERP, pair)
        central.customer("C3", displayName="trey", postalCode="3")
        matched = central.account(name="TREY", address1_postalcode="3")
        central.customer("C4", displayName="Two", postalCode="4")
        for _ in range(2):
            central.account(name="Two", address1_postalcode="4")
        central.account(name="Free", address1_postalcode="2")
        counts, told = await carried_out(
            central, [Given(at, f"C{at}", "") for at in (1, 3, 4)], first="none", confirmed=True
        )
        assert counts == {"already coupled": 1, "coupled, in conflict": 1, "refused": 1}, told
        assert "2 records" in told[2]["why"] or "several" in told[2]["why"], told[2]
        assert {each.dataverse for each in central.couplings()} == {row_id, matched}
        assert central.row(free)["displayName"] == "Free"
        counts, _ = await carried_out(central, source="all")
        assert counts == {"coupled, equal": 1, "refused": 1}

    await on_stage(story)


@pytest.mark.parametrize("state", ["running", "not running", "paused"])
async def test_many_get_a_partner_at_once_where_nothing_matches(state: Any) -> None:
    """bc-084 to bc-088, bc-094, bc-096: one job for all of them, from either side; without the word nobody is made.

    In a flow that was not run yet they are a pilot, as the dry run has told; in one that is paused they are left alone.
    """

    async def story(central: Central) -> None:
        await set_state(central.house, CUSTOMERS, state, "by hand")
        for at in range(3):
            central.customer(f"C{at}", displayName=f"Erp {at}", postalCode="9")
        rows = [central.account(name=f"Row {at}") for at in range(2)]
        named = [Given(1, "C0", ""), Given(2, "C1", ""), *(Given(3 + at, "", each) for at, each in enumerate(rows))]
        counts, _ = await carried_out(central, named)
        assert (counts, len(central.couplings())) == ({"left alone": 4}, 0)
        counts, _ = await carried_out(central, named, confirmed=False, creates=True)
        assert counts == {"created": 4}
        counts, told = await carried_out(central, named, creates=True)
        if state == "paused":
            assert (counts, "is not at work" in told[0]["why"]) == ({"left alone": 4}, True)
            return
        assert counts == {"created": 4}
        assert len(central.couplings()) == len(central.accounts()) == 4
        assert len(central.rows()) == 5

    await on_stage(story)


async def test_a_pair_is_uncoupled_with_what_is_under_it_on_both_sides() -> None:
    """bc-098, bc-104: the contacts of a customer and of his account go with the two; one that works elsewhere on one
    side stays, and so does everybody unless a person says so. It is told first.
    """

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        elsewhere, other = await buyer(central, "C200", displayName="Trey", postalCode="1020")
        here, there = (str(company_of(central, each)["number"]) for each in (customer, elsewhere))
        flow = central.house.flow(CONTACTS)
        for company, parent in ((here, account), (here, account), (here, other), (there, account), (there, other)):
            pair = person(central, company, email=""), contact(central, parent, emailaddress1=None)
            await join(flow, *pair, "none")
        named = [Given(1, "C100", "")]
        _, told = await carried_out(central, named, UNCOUPLE, under=True, confirmed=False)
        assert told[0]["what"] == "uncoupled, with what is under it"
        assert "2 of business_central.contacts" in told[0]["why"]
        assert states(central, CONTACTS) == ["dormant"] * 5
        await carried_out(central, [Given(1, "C200", "")], UNCOUPLE)
        assert states(central, CONTACTS) == ["dormant"] * 5
        await carried_out(central, named, UNCOUPLE, under=True)
        assert states(central, CUSTOMERS) == ["uncoupled"] * 2
        assert states(central, CONTACTS) == ["dormant"] * 3 + ["uncoupled"] * 2
        assert len(central.accounts()) == len(central.rows()) == 2

    await on_stage(story, connected())


async def test_a_list_is_forgotten_with_its_job() -> None:
    """Of a job that was stopped, and of one that was never stored, a day later; of one that is open it stays."""

    async def story(central: Central) -> None:
        house, rows = central.house, {CUSTOMERS: [Given(1, "C1", "")]}
        stopped = await start_pairs(house, UNCOUPLE, rows, confirmed=True)
        await end_job(house, stopped["id"], "stopped")
        await keep_given(house.documents, new_job_id(house), CUSTOMERS, rows[CUSTOMERS])
        central.later(hours=1)
        standing = await start_pairs(house, UNCOUPLE, rows, confirmed=True)
        await keep_retention(house, lambda: False)
        assert {key.partition("~")[0] for key in central.tables.partitions["given"]} == {standing["id"]}

    await on_stage(story)


async def test_what_has_no_partner_is_gathered_in_few_requests() -> None:
    """It is one slice of the job, however many records the ERP holds."""

    async def story(central: Central) -> None:
        for at in range(120):
            central.customer(f"C{at}", displayName=f"Erp {at}", postalCode="9")
        before = central.house.erps["business_central"].calls.get("page", 0)
        counts, _ = await carried_out(central, source="all")
        assert counts == {"left alone": 120}
        assert central.house.erps["business_central"].calls["page"] - before == 1

    await on_stage(story)


async def test_who_dies_while_a_pair_is_uncoupled_leaves_nobody_coupled_under_it() -> None:
    """The job goes on where it was cut off: with the pair, and with whoever is under it."""
    ledger = MortalTables()
    central = Central(connected(), tables=ledger)
    for name in central.maps.names:
        await set_state(central.house, name, "running")
    customer, account = await buyer(central)
    company = str(company_of(central, customer)["number"])
    pair = person(central, company, email=""), contact(central, account, emailaddress1=None)
    await join(central.house.flow(CONTACTS), *pair, "none")
    job = await start_pairs(central.house, UNCOUPLE, {CUSTOMERS: [Given(1, "C100", "")]}, confirmed=True, under=True)
    ledger.before, ledger.deed = CONTACTS, _dies
    with pytest.raises(ConnectionAbortedError):
        await work_on(central.house, job["id"], lambda: False)
    central.house = central.new_house()
    central.later(minutes=3)
    job = await work_on(central.house, job["id"], lambda: False)
    assert job["tallies"][CUSTOMERS] == {"uncoupled, with what is under it": 1}
    assert states(central, CUSTOMERS) == states(central, CONTACTS) == ["uncoupled"]


async def _dies() -> None:
    raise ConnectionAbortedError


@pytest.mark.parametrize("kind", [UNCOUPLE, SEND, SURVIVORS])
async def test_two_that_are_no_pair_are_left_alone_whatever_a_row_wants_of_them(kind: str) -> None:
    """Nobody knows which of the two was meant: it is told who the partner is."""

    async def story(central: Central) -> None:
        (_, mine), (_, theirs) = [
            await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=str(at)) for at in range(2)
        ]
        central.dataverse.update("accounts", mine, {"name": "Of Dataverse"})
        central.later(minutes=5)
        how: dict[str, Any] = {SEND: {"send_from": DATAVERSE}, SURVIVORS: {"do": "propagate"}}.get(kind, {})
        counts, told = await carried_out(central, [Given(1, "C0", theirs)], kind, **how)
        assert counts == {"refused": 1}
        assert "C0 is with C0 Of Dataverse" in told[0]["why"], told
        assert states(central, CUSTOMERS) == ["coupled", "coupled"]
        assert {row["displayName"] for row in central.rows()} == {"Buyer 0", "Buyer 1"}

    await on_stage(story)


@pytest.mark.parametrize("state", ["paused", "not running"])
async def test_what_is_sent_stops_where_a_person_pauses_or_stops_the_flow_meanwhile(state: Any) -> None:
    """The rest is told as not done. In a flow that did not run when it was ordered it is a pilot, and is sent."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central, "C1", displayName="Buyer")
        central.dataverse.update("accounts", row_id, {"name": "Of Dataverse"})
        rows = {CUSTOMERS: [Given(1, "C1", "")]}
        job = await start_pairs(central.house, SEND, rows, confirmed=True, send_from=DATAVERSE)
        await set_state(central.house, CUSTOMERS, state, "by hand")
        job = await work_on(central.house, job["id"], lambda: False)
        assert (job["state"], job["errors"]) == ("done", {CUSTOMERS: f"the flow is {state}: the rest was not done"})
        assert central.row(identity)["displayName"] == "Buyer"
        await set_state(central.house, CUSTOMERS, "not running", "by hand")
        counts, _ = await carried_out(central, rows[CUSTOMERS], SEND, send_from=DATAVERSE)
        assert (counts, central.row(identity)["displayName"]) == ({"written": 1}, "Of Dataverse")

    await on_stage(story)


async def test_exactly_the_pairs_that_were_named_are_uncoupled() -> None:
    """bc-099 to bc-103, bc-106: by number, name or id of either side; who is free is told and is no error, the others
    stay as they are, and nothing is written in either system.
    """

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=str(at)) for at in range(3)]
        central.customer("C9", displayName="Free")
        before = (central.rows(), central.accounts())
        rows = [Given(1, "C0", ""), Given(2, "", pairs[1][1]), Given(3, "C9", ""), Given(4, "Nobody", "")]
        counts, told = await carried_out(central, rows, UNCOUPLE)
        assert counts == {"uncoupled": 2, "refused": 2}
        assert ["is not coupled" in told[2]["why"], "no record with 'Nobody'" in told[3]["why"]] == [True, True]
        assert states(central, CUSTOMERS) == ["coupled", "uncoupled", "uncoupled"]
        assert (central.rows(), central.accounts()) == before
        counts, told = await carried_out(central, rows[:1], UNCOUPLE)
        assert (counts, told[0]["why"]) == ({"uncoupled already": 1}, "uncoupled by an operator"), told
        counts, _ = await carried_out(central, (), UNCOUPLE, source="all")
        assert (counts, states(central, CUSTOMERS)) == ({"uncoupled": 1}, ["uncoupled"] * 3)

    await on_stage(story)


async def test_a_company_is_named_by_its_id_however_that_is_written() -> None:
    """What is no id is told as no company, before Business Central is asked for it."""

    async def story(central: Central) -> None:
        _, record = central.customer("C1")
        row_id = central.account()
        wanted = f"{{{central.company.upper()}}}"
        rows = [
            Given(1, "C1", row_id, "CRONUS"),
            Given(2, record, row_id, "CRONUS"),
            Given(3, f"{{{record}}}", row_id, wanted),
        ]
        _, told = await carried_out(central, rows, confirmed=False)
        assert [each["what"] for each in told] == ["refused", "refused", "coupled, equal"], told
        assert {each["why"].partition(":")[0] for each in told[:2]} == {
            "the ERP has no company CRONUS that the app's user may see"
        }

    await on_stage(story)


async def test_a_pair_that_the_job_has_set_down_is_looked_at_again_where_it_broke_off() -> None:
    """A system is away in the middle: nothing is counted twice, and the pairs that stand are no strangers to it."""

    async def story(central: Central) -> None:
        rows = [Given(at, f"C{at}", f"A{at}") for at in range(3)]
        for at in range(3):
            central.customer(f"C{at}", displayName=f"Erp {at}", postalCode="9")
            central.account(name=f"Row {at}", accountnumber=f"A{at}")
        job = await start_pairs(central.house, COUPLE, {CUSTOMERS: rows}, confirmed=True, first="erp")
        flow = central.house.flow(CUSTOMERS, job=job["id"])
        (row_id,) = [row["accountid"] for row in central.accounts() if row["accountnumber"] == "A1"]
        identity = next((central.company, row["id"]) for row in central.rows() if row["number"] == "C1")
        await join(flow, identity, row_id, "erp")
        while job["state"] == "running":
            job = await work_on(central.house, job["id"], lambda: False)
        assert job["tallies"][CUSTOMERS] == {"coupled, written": 3}
        assert {row["name"] for row in central.accounts()} == {f"Erp {at}" for at in range(3)}
        assert [each for each in central.tables.partitions if each == "given" and central.tables.partitions[each]] == []

    await on_stage(story)


@pytest.mark.parametrize("source", [ERP, DATAVERSE])
async def test_the_values_of_one_side_are_sent_whatever_was_agreed_and_whoever_edited_later(source: Any) -> None:
    """bc-107 to bc-112, bc-119 to bc-121: of those that were named, field by field, blanks too; what they replace can
    be restored and is called no accident; who has no partner is told and left alone. It is told first.
    """

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=str(at)) for at in range(3)]
        for identity, row_id in pairs:
            central.erp.update(DE, "customers", identity[1], {"displayName": "Of the ERP", "city": ""})
            central.dataverse.update("accounts", row_id, {"name": "Of Dataverse", "address1_city": "Wien"})
        await central.visit(ERP, pairs[2][0])
        central.customer("C9", displayName="Free")
        rows = [Given(1, "C0", ""), Given(2, "", pairs[1][1]), Given(3, "C9", "")]
        told, dry = await carried_out(central, rows, SEND, confirmed=False, send_from=source)
        assert told == {"written": 2, "refused": 1}
        assert {row["name"] for row in central.accounts()} == {"Of Dataverse"}
        assert {line["line"] for line in dry[0]["lines"]} > {"displayName = name", "city = address1_city"}
        counts, _ = await carried_out(central, rows, SEND, send_from=source)
        assert counts == told
        stands = ("Of the ERP", "") if source == ERP else ("Of Dataverse", "Wien")
        for identity, row_id in pairs[:2]:
            row, account = central.row(identity), central.dataverse.row("accounts", row_id) or {}
            assert (row["displayName"], row["city"]) == stands
            assert (account["name"], account["address1_city"] or "") == stands
        kept = [read_conflict(row) for row in central.kept("c~")]
        assert {each.unsure for each in kept if not each.open} == {False}
        assert {each.dataverse for each in kept if each.open} == {pairs[2][1]}
        await send(central.house.flow(CUSTOMERS), ERP, pairs[2][0], source)
        assert not [each for each in map(read_conflict, central.kept("c~")) if each.open]
        await central.compare()
        assert central.row(pairs[2][0])["displayName"] == stands[0]

    await on_stage(story)


async def test_nothing_is_sent_to_who_is_out_of_the_scope_then_or_later() -> None:
    """A word of today overwrites no edit that somebody makes before the two are back."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central, "C1", displayName="Buyer")
        central.erp.update(DE, "customers", identity[1], {"blocked": "All"})
        await central.visit(ERP, identity)
        counts, _ = await carried_out(central, [Given(1, "C1", "")], SEND, send_from=ERP)
        assert counts == {"asleep": 1}
        central.dataverse.update("accounts", row_id, {"name": "Later"})
        central.erp.update(DE, "customers", identity[1], {"blocked": " "})
        await central.visit(ERP, identity)
        assert central.row(identity)["displayName"] == "Later"
        assert central.kept("c~") == []

    await on_stage(story)


async def test_what_is_left_of_many_pairs_is_decided_at_once() -> None:
    """bc-157, bc-161: each that lost a record; one that has both is told and stays."""

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=str(at)) for at in range(3)]
        central.later(minutes=5)
        central.erp.delete(DE, "customers", pairs[0][0][1])
        central.dataverse.delete("accounts", pairs[1][1])
        rows = [Given(1, "", pairs[0][1]), Given(2, "C1", ""), Given(3, "C2", "")]
        told, _ = await carried_out(central, rows, SURVIVORS, do="restore", confirmed=False)
        assert (told, len(central.accounts())) == ({"created": 2, "refused": 1}, 2)
        counts, done = await carried_out(central, rows, SURVIVORS, do="restore")
        assert counts == told
        assert "nothing was lost" in done[2]["why"]
        assert len(central.accounts()) == len(central.rows()) == 3

    await on_stage(story)


async def test_who_is_coupled_stays_so_and_a_partner_that_is_gone_gives_way() -> None:
    """bc-065, bc-068 to bc-070, bc-073 to bc-075: a pair stands until somebody uncouples it or one of it is gone; then
    the other is free for whoever is named. Nothing is done by a list that is only told.
    """

    async def story(central: Central) -> None:
        (one, first), (two, second) = [
            await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=str(at)) for at in range(2)
        ]
        central.later(minutes=5)
        counts, told = await carried_out(central, [Given(1, "C1", first), Given(2, "C1", "No such account")])
        assert counts == {"refused": 2}
        assert "has another partner" in told[0]["why"]
        assert "no record with 'No such account'" in told[1]["why"]
        central.erp.delete(DE, "customers", one[1])
        central.dataverse.delete("accounts", second)
        await carried_out(central, [Given(1, "C1", first)], confirmed=False)
        assert states(central, CUSTOMERS) == ["coupled", "coupled"]
        counts, _ = await carried_out(central, [Given(1, "C1", first)], first="erp")
        assert counts == {"coupled, written": 1}
        assert [each.erp for each in central.couplings() if each.state == "coupled"] == [two]
        assert [row["name"] for row in central.accounts()] == ["Buyer 1"]

    await on_stage(story)


async def test_the_beginning_of_a_name_means_nobody() -> None:
    """bc-067: whoever is meant is named as a whole; a guess would couple, and then write to, somebody else."""

    async def story(central: Central) -> None:
        central.customer("C1", displayName="Erp")
        rows = {name: central.account(name=name) for name in ("CCCC", "CC", "X")}
        counts, told = await carried_out(central, [Given(1, "C1", "C")])
        assert (counts, central.couplings()) == ({"refused": 1}, [])
        assert "no record with 'C'" in told[0]["why"]
        await carried_out(central, [Given(1, "C1", "cc")], first="none")
        assert [each.dataverse for each in central.couplings()] == [rows["CC"]]

    await on_stage(story)


async def test_a_pair_that_is_only_coupled_has_agreed_on_nothing_until_it_is_looked_at() -> None:
    """bc-072: it is to be brought into agreement; then neither side has changed, and after an edit one has."""

    async def story(central: Central) -> None:
        async def told() -> tuple[str, bool, list[str]]:
            found = await explain(central.house.flow(CUSTOMERS), ERP, identity)
            line = next(each for each in found["lines"] if each["line"] == "displayName = name")
            return found["why"], line["agreed"], line["changed"]

        changed = "it changed and will be brought into agreement"
        identity, row_id = central.customer("C1", displayName="Erp"), central.account(name="Row")
        await join(central.house.flow(CUSTOMERS), identity, row_id, "erp")
        assert await told() == (changed, False, [])
        await central.visit(ERP, identity)
        assert await told() == ("in sync", True, [])
        central.later(minutes=1)
        central.dataverse.update("accounts", row_id, {"name": "Edited"})
        assert await told() == (changed, True, [DATAVERSE])

    await on_stage(story)
