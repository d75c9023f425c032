"""What is in conflict, what fails, and what is left of a pair, in Business Central (scenarios 11 to 13)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import (
    SEND,
    Given,
    Outcome,
    Wake,
    called_still,
    demand_approval,
    explain,
    start_pairs,
    sync_now,
    visit,
    work_on,
)
from shared.engine.record._troubles import place
from shared.errors import Refused
from shared.ledger import CONFLICT, PARKED, read_trouble
from shared.mapping import DATAVERSE, ERP, Side, other
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage, shipped
from tests.simulation.central_contacts import SUITE, buyer
from tests.simulation.central_items import ITEMS, Shelf, with_shelf
from tests.simulation.test_central_flows import salesperson
from tests.simulation.test_pairs import carried_out
from tests.unit.maps.once import overlaid

SALESPEOPLE: Final = f"{SUITE}.salespeople"
TOO_LONG: Final = "1" * 40
"""A telephone number for which Dataverse has room, and Business Central has not."""


async def buyers(central: Central, number: int = 3) -> list[tuple[tuple[str, str], str]]:
    """Customers and their accounts, coupled."""
    return [await buyer(central, f"C{at}", displayName=f"Buyer {at}") for at in range(number)]


async def explained(central: Central, side: Side, identity: tuple[str, ...]) -> Any:
    return await explain(central.house.flow(CUSTOMERS), side, identity)


def words(told: Any) -> list[str]:
    """What an explanation says is open."""
    return [item["message"] for row in told["open"] for item in row["items"]]


# -- conflicts


async def test_only_lines_that_run_both_ways_can_be_in_conflict() -> None:
    """bc-146 to bc-148: what no line names stays on either side; what runs one way is what its source says."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        jim, user = salesperson(central)
        await central.visit(DATAVERSE, (user,), name=SALESPEOPLE)
        central.erp.update(DE, "customers", identity[1], {"taxRegistrationNumber": "DE1", "creditLimit": 500})
        central.dataverse.update("accounts", row_id, {"fax": "2", "creditlimit": 7})
        central.erp.update(DE, "salespeoplePurchasers", jim[1], {"phoneNo": "1"})
        central.dataverse.update("systemusers", user, {"mobilephone": "2"})
        for name in (CUSTOMERS, SALESPEOPLE):
            before = central.kept(CONFLICT, name)
            assert (await central.compare(name)).counts["updated"] == 1
            assert (central.kept(CONFLICT, name), central.troubles(name)) == (before, [])
        (account,) = central.accounts()
        assert (central.row(identity)["creditLimit"], account["creditlimit"], account["fax"]) == (500, 500, "2")
        assert central.row(identity)["taxRegistrationNumber"] == "DE1"
        found = central.erp.row(DE, "salespeoplePurchasers", jim[1]) or {}
        assert found["phoneNo"] == "2"

    await on_stage(story)


async def test_a_customer_in_conflict_holds_back_no_other_and_is_told_once() -> None:
    """bc-152: both values stay until a person decides, and the next pass leaves the two as they are."""

    async def story(central: Central) -> None:
        (first, account), (second, other) = await buyers(central, 2)
        central.erp.update(DE, "customers", first[1], {"city": "Graz"})
        central.dataverse.update("accounts", account, {"address1_city": "Wien"})
        central.dataverse.update("accounts", other, {"address1_city": "Linz"})
        counts = (await central.compare()).counts
        assert (counts["conflict"], counts["updated"]) == (1, 1)
        rows = central.kept(CONFLICT)
        before = len(central.dataverse.history), len(central.erp.history)
        await central.compare()
        assert (len(central.dataverse.history), len(central.erp.history)) == before
        assert (len(rows), central.kept(CONFLICT)) == (1, rows)
        assert [central.row(each)["city"] for each in (first, second)] == ["Graz", "Linz"]

    await on_stage(story)


async def test_a_name_that_changed_at_the_item_and_at_the_product_is_a_conflict() -> None:
    """bc-151: neither is overwritten."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        row_id = str((await shelf.created(item))["productid"])
        shelf.edits(item, displayName="Armchair")
        shelf.central.dataverse.update("products", row_id, {"name": "Stool"})
        assert (await shelf.hears(ERP, item)).kind == "conflict"
        assert (shelf.items()[0]["displayName"], shelf.made()["name"]) == ("Armchair", "Stool")
        (row,) = (await shelf.explained(ERP, item))["conflicts"]
        assert ({row["value"], row["winner"]}, row["open"]) == ({"Armchair", "Stool"}, True)

    await with_shelf(story)


# -- what is left of a pair


async def test_a_deleted_customer_is_made_again_where_the_map_restores(tmp_path: Path) -> None:
    """bc-153: with the name of the account, and coupled again; the account is not written."""
    overlay = tmp_path / "restores.yaml"
    overlay.write_text("extends: customers\npolicy: {delete: restore, creates: both}\n", "utf-8")

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        (account,) = central.accounts()
        central.later(minutes=5)
        central.erp.delete(DE, "customers", identity[1])
        for _ in range(2):
            await central.compare()
        (row,), (pair,) = central.rows(), [each for each in central.couplings() if each.state == "coupled"]
        assert (row["displayName"], row["id"] != identity[1]) == ("Adatum", True)
        assert (pair.erp, pair.dataverse) == ((central.company, row["id"]), row_id)
        assert central.accounts() == [account]

    await on_stage(story, overlaid(shipped(), {CUSTOMERS: [overlay]}))


@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
async def test_a_record_that_was_deleted_in_silence_is_found_by_a_pass(gone: Side) -> None:
    """bc-164: the pair is set aside then, and not before. A pass after it finds nothing else."""

    async def story(central: Central) -> None:
        (identity, row_id), _ = await buyers(central, 2)
        central.later(minutes=5)
        central.erp.delete(DE, "customers", identity[1]) if gone == ERP else central.dataverse.delete(
            "accounts", row_id
        )
        assert central.troubles() == []
        for _ in range(2):
            await central.compare()
            assert [code for code, _ in central.troubles()] == ["deleted"]
        assert (len(central.rows()), len(central.accounts())) == ((1, 2) if gone == ERP else (2, 1))

    await on_stage(story)


@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
async def test_what_is_left_of_a_pair_is_listed_by_number_and_name(gone: Side) -> None:
    """bc-155: in place of ids, which nobody finds again; the side where it is gone is told with it."""

    async def story(central: Central) -> None:
        (identity, row_id), _ = await buyers(central, 2)
        central.dataverse.update("accounts", row_id, {"accountnumber": "C0"})
        await central.compare()
        central.later(minutes=5)
        central.erp.delete(DE, "customers", identity[1]) if gone == ERP else central.dataverse.delete(
            "accounts", row_id
        )
        await central.compare()
        ((_, message),) = central.troubles()
        assert message.startswith(f"'C0 Buyer 0' in {place(gone)} was deleted"), message
        (row,) = (read_trouble(each) for each in central.kept(PARKED))
        assert await called_still(central.house.flow(CUSTOMERS), row.side, row.identity) == "C0 Buyer 0"
        assert [item["gone"] for item in row.items] == [gone]

    await on_stage(story)


async def test_who_is_in_the_way_of_a_customer_is_called_by_number_and_name() -> None:
    """His match may be one of several, have another partner, or be out of the scope: no message names an id of his."""

    async def story(central: Central) -> None:
        (identity, _), *_ = await buyers(central, 2)
        rows = central.rows()
        twice = {key: rows[0][key] for key in ("displayName", "postalCode")}
        same = central.customer("C7", **twice)
        assert (await central.visit(ERP, same, creates="both")).kind == "parked"
        blocked = central.customer("C8", displayName="Blocked", blocked="All", postalCode="8")
        central.account(name="Blocked", address1_postalcode="8")
        for number in ("C9", "C10"):
            central.customer(number, displayName="Twin", postalCode="9")
        for row in central.accounts():
            if row["name"] == "Blocked":
                await central.visit(DATAVERSE, (str(row["accountid"]),), creates="both")
        twins = central.account(name="Twin", address1_postalcode="9")
        await central.visit(DATAVERSE, (twins,), creates="both")
        said = [message for _, message in central.troubles()]
        assert len(said) == 3, said
        for name in ("'C0 Buyer 0'", "'C8 Blocked'", "'C9 Twin'"):
            assert [name in message for message in said].count(True) == 1, (name, said)
        for each in (identity, same, blocked):
            assert not any(each[1] in message for message in said), said

    await on_stage(story)


# -- what fails


async def test_a_customer_whose_salesperson_is_missing_is_set_aside_until_he_is_coupled() -> None:
    """bc-167, bc-170, bc-175, bc-178: once, however often it fails; its cause is told though it has no partner yet."""

    async def story(central: Central) -> None:
        _, user = salesperson(central)
        identity = central.customer(salespersonCode="JO")
        for _ in range(2):
            assert (await central.visit(ERP, identity, creates="both")).kind == "parked"
            ((_, cause),) = central.troubles()
            assert "JO" in cause
            assert words(await explained(central, ERP, identity)) == [cause]
        await central.visit(DATAVERSE, (user,), name=SALESPEOPLE)
        assert (await retried(central, ERP, identity)).kind == "created"
        assert (central.troubles(), len(central.accounts())) == ([], 1)

    await on_stage(story)


async def retried(central: Central, side: Side, identity: tuple[str, ...]) -> Outcome:
    """A person sends a record of a flow that creates on both sides again."""
    flow = central.house.flow(CUSTOMERS, creates="both")
    return await visit(flow, Wake(side, identity, await flow.ledger.ask(side, identity)))


async def test_what_fails_in_both_directions_says_both_and_is_counted_in_every_pass() -> None:
    """bc-168, bc-176, bc-177, bc-181, bc-182: also where it went over before; another record tells its own cause."""

    async def story(central: Central) -> None:
        (first, account), (second, other) = await buyers(central, 2)
        central.coded("currencies", "DKK")
        central.dataverse.update("accounts", account, {"telephone1": TOO_LONG})
        assert (await central.compare()).counts["parked"] == 1
        central.erp.update(DE, "customers", first[1], {"currencyCode": "DKK"})
        central.dataverse.update("accounts", other, {"address1_country": "Atlantis"})
        for _ in range(2):
            counts = (await central.compare()).counts
            assert counts.get("parked", 0) + counts.get("waiting", 0) == 2, counts
        both = words(await explained(central, ERP, first))
        assert {part for part in ("phoneNumber", "DKK", "ATLANTIS") if part in "".join(both)} == {"phoneNumber", "DKK"}
        assert words(await explained(central, DATAVERSE, (account,))) == both
        (own,) = words(await explained(central, ERP, second))
        assert "ATLANTIS" in own

    await on_stage(story)


async def test_one_of_several_that_failed_is_synchronised_alone() -> None:
    """bc-171, bc-174, bc-179: it leaves the list, the others stay; each tells what befell itself, and no more."""

    async def story(central: Central) -> None:
        pairs = await buyers(central)
        for _, row_id in pairs:
            central.dataverse.update("accounts", row_id, {"telephone1": TOO_LONG})
        await central.compare()
        for _, row_id in pairs:
            central.dataverse.update("accounts", row_id, {"telephone1": "7"})
        assert await sync_now(central.house.flow(CUSTOMERS), DATAVERSE, (pairs[0][1],)) == "updated"
        assert len(central.troubles()) == 2
        assert [central.row(identity)["phoneNumber"] for identity, _ in pairs] == ["7", "", ""]
        told = [await explained(central, ERP, identity) for identity, _ in pairs]
        assert [len(each["open"]) for each in told] == [0, 1, 1]
        assert [sum("updated" in entry["what"] for entry in each["journal"]) for each in told] == [1, 0, 0]

    await on_stage(story)


async def test_who_was_deleted_is_left_out_of_what_is_synchronised() -> None:
    """bc-173: of three that were named two are written; the third is told."""

    async def story(central: Central) -> None:
        pairs = await buyers(central)
        for _, row_id in pairs:
            central.dataverse.update("accounts", row_id, {"address1_city": "Wien"})
        central.later(minutes=5)
        central.erp.delete(DE, "customers", pairs[2][0][1])
        rows = [Given(at, "", row_id) for at, (_, row_id) in enumerate(pairs)]
        counts, told = await carried_out(central, rows, SEND, send_from=DATAVERSE)
        assert counts["written"] == 2, told
        assert [row["city"] for row in central.rows()] == ["Wien", "Wien"]

    await on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
async def test_an_item_or_product_whose_write_is_refused_stays_as_it_is(side: Side) -> None:
    """bc-183: the record is set aside in the words of the system that refused it."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        row_id = str((await shelf.created(item))["productid"])
        if side == ERP:
            shelf.central.dataverse.update("products", row_id, {"name": "Stool"})
        else:
            shelf.edits(item, displayName="Stool")
        body = json.dumps({"error": {"code": "0x80040265", "message": "A plug-in says no."}}).encode()
        shelf.central.gates[side].order("answer", method="PATCH", status=400, body=body, times=9)
        tally = await shelf.central.compare(ITEMS)
        assert +tally.counts == {"parked": 1}
        assert ["A plug-in says no." in words for words in shelf.said()] == [True]
        assert {shelf.items()[0]["displayName"], shelf.made()["name"]} == {"Chair", "Stool"}

    await with_shelf(story)


async def test_a_customer_that_is_set_aside_is_tried_again_by_whoever_synchronises_it() -> None:
    """bc-114: nothing is skipped here. What is wrong is told again, and nothing is written while it stands."""

    async def story(central: Central) -> None:
        ((identity, row_id),) = await buyers(central, 1)
        central.dataverse.update("accounts", row_id, {"telephone1": TOO_LONG})
        await central.compare()
        before = central.row(identity)
        assert await sync_now(central.house.flow(CUSTOMERS), DATAVERSE, (row_id,)) == "parked"
        assert (central.row(identity), len(central.troubles())) == (before, 1)
        central.dataverse.update("accounts", row_id, {"telephone1": "7"})
        assert await sync_now(central.house.flow(CUSTOMERS), DATAVERSE, (row_id,)) == "updated"
        assert central.troubles() == []

    await on_stage(story)


async def test_a_flow_of_one_way_is_never_made_to_create_the_other_way() -> None:
    """bc-133: whoever asks for it is told so before anything is begun."""

    async def story(central: Central) -> None:
        ways: dict[str, Side] = {f"{SUITE}.units_of_measure": ERP, SALESPEOPLE: DATAVERSE}
        for name, way in ways.items():
            with pytest.raises(Refused, match=f"no line writes {way}"):
                await demand_approval(central.house, name, None, way)
            assert central.house.catalogue.map(name).targets == {other(way)}
        assert central.kept("", f"{SUITE}.units_of_measure") == []

    await on_stage(story)


async def test_several_that_failed_go_over_each_in_its_own_direction() -> None:
    """bc-172: two customers as their account says, a salesperson as his user says, in one list."""

    async def story(central: Central) -> None:
        jim, user = salesperson(central)
        await central.visit(DATAVERSE, (user,), name=SALESPEOPLE)
        pairs = await buyers(central, 2)
        for _, row_id in pairs:
            central.dataverse.update("accounts", row_id, {"telephone1": TOO_LONG})
        central.dataverse.update("systemusers", user, {"mobilephone": TOO_LONG})
        for name in (CUSTOMERS, SALESPEOPLE):
            await central.compare(name)
        assert [len(central.troubles(name)) for name in (CUSTOMERS, SALESPEOPLE)] == [2, 1]
        for _, row_id in pairs:
            central.dataverse.update("accounts", row_id, {"telephone1": "7"})
        central.dataverse.update("systemusers", user, {"mobilephone": "8"})
        rows = [Given(at, "", row_id) for at, (_, row_id) in enumerate(pairs)]
        given = {CUSTOMERS: rows, SALESPEOPLE: [Given(2, "", user)]}
        job = await start_pairs(central.house, SEND, given, confirmed=True, send_from=DATAVERSE)
        while job["state"] == "running":
            job = await work_on(central.house, job["id"], lambda: True)
        assert not job["errors"], job["errors"]
        assert [central.troubles(name) for name in (CUSTOMERS, SALESPEOPLE)] == [[], []]
        assert [row["phoneNumber"] for row in central.rows()] == ["7", "7"]
        assert (central.erp.row(DE, "salespeoplePurchasers", jim[1]) or {})["phoneNo"] == "8"

    await on_stage(story)
