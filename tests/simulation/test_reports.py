"""Dry runs and their reports: the same engine with writing switched off, looked at by a person before it is on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shared.engine import approve, demand_approval, report, start_job, state_checked, work_on
from shared.errors import NotFound, OtherVersion, Refused
from shared.ledger import JOURNAL, read_journal
from shared.mapping import Catalogue, Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, Rig, maps_with, on_stage
from tests.simulation.test_owners import CONSUMERS, PERSONS, both_flows, contact, furnish


async def planned(rig: Rig, *names: str) -> Mapping[str, Any]:
    """A dry run of these flows; the report of the last."""
    job = await start_job(rig.house, "plan", names or (CUSTOMERS,))
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    assert not job["errors"], job["errors"]
    return await report(rig.house, job["flows"][-1])


async def mixed(rig: Rig) -> None:
    """Customers on one side only, on both and equal, on both and different, too long, edited, gone."""
    for number in range(3):
        rig.customer(f"E-{number}")
        rig.account(f"D-{number}")
    rig.customer("B-1")
    rig.account("B-1", name="Contoso")
    rig.customer("B-2", OrganizationName="ERP's name")
    rig.account("B-2", name="Dataverse's name")
    rig.customer("L-1", PrimaryContactEmail="x" * 90 + "@contoso.example")
    for account in ("C-1", "C-2", "C-3"):
        await rig.visit(ERP, rig.customer(account))
    rig.edit("C-1", OrganizationName="Edited")
    row = rig.dataverse("C-2")
    assert row is not None
    rig.world.dataverse.delete("accounts", str(row["accountid"]))


def test_a_dry_run_writes_nothing_and_foretells_what_the_run_does() -> None:
    """Neither side and none of the flow's rows change; the counts are those of the run that follows."""

    async def story(rig: Rig) -> None:
        await mixed(rig)
        writes, rows = rig.writes(), deepcopy(rig.world.tables.partitions[CUSTOMERS])
        told = await planned(rig)
        assert (rig.writes(), rig.world.tables.partitions[CUSTOMERS]) == (writes, rows)
        assert told["rows"] == {ERP: 9, DATAVERSE: 7}
        tally = (await rig.compare()).as_json()
        assert (told["counts"], told["reasons"]) == (tally["counts"], tally["reasons"])

    on_stage(story)


@pytest.mark.parametrize("master", [ERP, DATAVERSE])
def test_what_a_report_says_will_be_overwritten_is_what_the_journal_says_was(master: Side) -> None:
    """Losers of a match, strangers, constants: all that gives way, and no more. A dry run after it is silent."""

    async def story(rig: Rig) -> None:
        columns: tuple[dict[str, Any], ...] = (
            {"telephone1": "2"}, {"name": "Contoso GmbH"}, {"customertypecode": 8}, {"address1_addresstypecode": 1},
        )  # fmt: skip
        for number, each in enumerate(columns):
            rig.customer(f"R-{number}", LanguageId="de", PrimaryContactPhone="1")
            rig.account(f"R-{number}", **each)
        rig.customer("S-1", OrganizationName="Northwind Traders")
        rig.account("S-1", name="Fabrikam")
        told = await under(rig, master)
        await approve(rig.house, CUSTOMERS)
        job = await start_job(rig.house, "sync", (CUSTOMERS,), master=master)
        job = await work_on(rig.house, job["id"], lambda: False)
        assert (told["counts"], told["reasons"]) == tuple(job["tallies"][CUSTOMERS].values())
        shown = [line for kind in told["samples"].values() for each in kind for line in each.get("lines", ())]
        done = [line for row in rig.rows(JOURNAL) for line in read_journal(row)["lines"]]
        assert replaced(shown) == replaced(done)
        assert len(replaced(done)) >= 4
        assert set((await under(rig, master))["counts"]) == {"equal"}

    on_stage(story)


async def under(rig: Rig, master: Side) -> Mapping[str, Any]:
    """The report of a dry run with a master."""
    job = await start_job(rig.house, "plan", (CUSTOMERS,), master=master)
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    return await report(rig.house, CUSTOMERS)


def replaced(lines: Iterable[Mapping[str, str]]) -> set[tuple[str, str, str, str]]:
    """Values that gave way to others: line, side, old and new."""
    return {(each["line"], each["side"], each["old"], each["new"]) for each in lines if each["old"]}


def test_a_report_counts_what_belongs_to_nobody(tmp_path: Path) -> None:
    """A contact whose flags are blank is in neither flow of its table; the report of either tells."""

    async def story(rig: Rig) -> None:
        account = await furnish(rig)
        flags = ("msdyn_sellable", "msdyn_contactforvendor")
        (row_id, both) = contact(rig, account), contact(rig, account, **dict.fromkeys(flags))
        consumer = contact(rig, account, msdyn_sellable=True, msdyn_contactforvendor=None)
        for flow in (PERSONS, CONSUMERS):
            told = (await planned(rig, flow))["nobody"]
            assert (told["rows"], told["examples"], told["whole"]) == (1, [both], True)
            assert told["blank"] == dict.fromkeys(flags, 1)
        assert {row_id, consumer, both} == {str(row["contactid"]) for row in rig.world.dataverse.rows("contacts")}

    on_stage(story, both_flows(tmp_path))


def test_a_record_that_is_set_aside_is_counted_once() -> None:
    """A pass looks at it again before it ends; the report counts records, not looks."""

    async def story(rig: Rig) -> None:
        await mixed(rig)
        counts = (await planned(rig))["counts"]
        assert (counts["parked"], counts.get("waiting", 0)) == (1, 0)

    on_stage(story)


def test_a_report_shows_records_with_old_and_new_values() -> None:
    """A person sees what would happen to whom, field by field, before it happens."""

    async def story(rig: Rig) -> None:
        await mixed(rig)
        samples = (await planned(rig))["samples"]
        (updated,) = [each for each in samples["updated erp and dataverse"] if each["record"]["erp"] == ["usmf", "B-2"]]
        name = {"line": "OrganizationName = name", "side": ERP, "reason": "master"}
        assert {**name, "old": "ERP's name", "new": "Dataverse's name"} in updated["lines"]
        assert {each["record"]["erp"][1] for each in samples["created in dataverse"]} == {"E-0", "E-1", "E-2"}
        assert [each["items"][0]["code"] for each in samples["parked"]] == ["too-long"]
        assert [each["lines"][0]["old"] for each in samples["overruled"]] == ["ERP's name"]
        assert len(samples["deleted"]) == 1

    on_stage(story)


def test_what_one_flow_would_create_the_next_one_finds() -> None:
    """Groups and customers are planned together: a customer of a new group does not wait in the report."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "77"})
        rig.customer("N-1", CustomerGroupId="77")
        told = await planned(rig, GROUPS, CUSTOMERS)
        assert told["counts"] == {"created": 1, "created dataverse": 1, "equal": 0}
        (created,) = told["samples"]["created in dataverse"]
        assert "77" in [line["new"] for line in created["lines"]]

    on_stage(story)


def test_a_flow_does_not_run_before_its_report_is_approved_if_both_sides_hold_rows() -> None:
    """Creating doubles records that nobody has matched: somebody looks at the report first."""

    async def story(rig: Rig) -> None:
        rig.customer("E-1")
        rig.account("D-1")
        with pytest.raises(Refused, match="approve it first"):
            await demand_approval(rig.house, CUSTOMERS)
        with pytest.raises(NotFound):
            await approve(rig.house, CUSTOMERS)
        assert not (await planned(rig))["approved"]
        await approve(rig.house, CUSTOMERS)
        await demand_approval(rig.house, CUSTOMERS)
        assert (await report(rig.house, CUSTOMERS))["approved"]["why"] == "approved by an operator"

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_an_empty_side_needs_no_approval(side: str) -> None:
    """Nothing there can be matched wrongly."""

    async def story(rig: Rig) -> None:
        rig.customer("E-1") if side == DATAVERSE else rig.account("D-1")
        await demand_approval(rig.house, CUSTOMERS)

    on_stage(story)


def test_a_changed_map_stops_its_flow_until_it_is_planned_and_approved_again(tmp_path: Path) -> None:
    """Whatever may change what is written counts: a policy, an option, a scope, a line; a comment does not."""
    before = maps_with(tmp_path, "policy: {conflict: park}\n")

    async def story(rig: Rig) -> None:
        rig.customer("E-1")
        await demand_approval(rig.house, CUSTOMERS)
        rig.house.catalogue = maps_with(tmp_path, "# a comment\npolicy: {conflict: park}\n")
        await rig.pump()
        assert await rig.state() == "running"
        await planned(rig)
        rig.house.catalogue = maps_with(tmp_path, "policy: {conflict: erp_wins}\n")
        await rig.pump()
        with pytest.raises(OtherVersion, match="leaves the flow alone"):
            await state_checked(rig.house, CUSTOMERS)
        with pytest.raises(Refused, match="plan it again"):
            await approve(rig.house, CUSTOMERS)
        with pytest.raises(Refused, match="changed since it was approved"):
            await demand_approval(rig.house, CUSTOMERS)
        await planned(rig)
        await approve(rig.house, CUSTOMERS)
        assert (await state_checked(rig.house, CUSTOMERS))["state"] == "running"

    on_stage(story, before)


def test_a_line_of_an_overlay_that_a_later_version_passes_by_is_said(tmp_path: Path) -> None:
    """It took the place of a shipped line, and stands beside the new one by now: the report of the new version says so,
    and so does none before.
    """

    async def story(rig: Rig) -> None:
        found = await planned(rig)
        await approve(rig.house, CUSTOMERS)
        assert [(each["line"], each["does"]) for each in found["overlays"]] == [
            ("PrimaryContactFax > fax", "replaces"),
            ("SalesMemo = description", "switches off"),
            ("CreditRating > description", "adds"),
        ]
        assert found["beside"] == []
        rig.house.catalogue = later
        found = await planned(rig)
        has = "the map has PrimaryContactFax = msdyn_faxdescription"
        assert found["beside"] == [f"PrimaryContactFax > fax (overlay.yaml) replaces no line any more; {has}"]
        await approve(rig.house, CUSTOMERS)
        assert (await report(rig.house, CUSTOMERS))["beside"] == []

    lines = "fields: |\n  PrimaryContactFax > fax\n  SalesMemo = description ; off\n  CreditRating > description\n"
    maps, shipped = maps_with(tmp_path, lines), tmp_path / "shipped.yaml"
    text = maps.files[CUSTOMERS].read_text("utf-8")
    text = re.sub(r"PrimaryContactFaxDescription .*", "", text)
    text = re.sub(r"PrimaryContactFax +=   fax", "PrimaryContactFax = msdyn_faxdescription", text)
    shipped.write_text(text, "utf-8")
    later = Catalogue({**maps.files, CUSTOMERS: shipped}, maps.overlays, maps.switches)
    on_stage(story, maps)
