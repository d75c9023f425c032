"""Who wins a first match, line by line: in the run, and in the report that a person approves before it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.engine import approve, pump, report, start_job, work_on
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, maps_with, on_stage
from tests.simulation.test_one_way import own_flow

OWN = "fields: |\n  CreditLimit = creditlimit ; master erp\n"
DECLARED = "fields: |\n  CreditLimitIsMandatory >< msdyn_creditlimitismandatory yes_no ; blank No\n"


async def carried_out(rig: Rig, kind: Any, master: Side | None) -> None:
    job = await start_job(rig.house, kind, (CUSTOMERS,), master=master)
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    assert not job["errors"]


async def planned(rig: Rig, master: Side | None) -> Mapping[str, Any]:
    """What the report of a dry run shows, by what would happen to a record."""
    await carried_out(rig, "plan", master)
    samples: Mapping[str, Any] = (await report(rig.house, CUSTOMERS))["samples"]
    return samples


def shown(samples: Mapping[str, Any], what: str, field: str) -> dict[str, Any]:
    (line,) = [line for each in samples[what] for line in each["lines"] if line["line"].startswith(f"{field} ")]
    return {part: line[part] for part in ("side", "old", "new", "reason")}


@pytest.mark.parametrize("named", [None, ERP, DATAVERSE])
def test_a_line_with_a_master_of_its_own(tmp_path: Path, named: Side | None) -> None:
    """Credit limits are the ERP's, whoever is master of the map and of the run; names go by these."""

    async def story(rig: Rig) -> None:
        rig.customer(CreditLimit=5000, OrganizationName="Contoso Ltd")
        rig.account(creditlimit=7000, name="Contoso GmbH")
        samples = await planned(rig, named)
        written = {"side": DATAVERSE, "old": "7000", "new": "5000"}
        assert shown(samples, f"updated {'dataverse' if named == ERP else 'erp and dataverse'}", "CreditLimit") == {
            **written, "reason": "master"}  # fmt: skip
        assert shown(samples, "overruled", "CreditLimit") == {**written, "reason": "conflict"}
        await approve(rig.house, CUSTOMERS)
        await carried_out(rig, "sync", named)
        name = "Contoso Ltd" if named == ERP else "Contoso GmbH"
        assert rig.both("OrganizationName", "name") == (name, name)
        assert rig.both("CreditLimit", "creditlimit") == (5000, 5000)
        assert ("CreditLimit = creditlimit", DATAVERSE, "7000") in [
            (each.line, each.loser, each.value) for each in rig.conflicts()]  # fmt: skip

    on_stage(story, maps_with(tmp_path, OWN))


def test_a_line_with_a_master_where_the_map_has_none(tmp_path: Path) -> None:
    """It parks nothing, while the other lines wait for a person."""

    async def story(rig: Rig) -> None:
        rig.account(creditlimit=7000, name="Contoso GmbH")
        await rig.visit(ERP, rig.customer(CreditLimit=5000, OrganizationName="Contoso Ltd"))
        assert rig.both("CreditLimit", "creditlimit") == (5000, 5000)
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso GmbH")
        assert [each.line for each in rig.conflicts() if each.open] == ["OrganizationName = name"]

    lines = ("CustomerAccount = accountnumber", "OrganizationName = name", "CustomerGroupId << - default 10",
             "CreditLimit = creditlimit ; master erp")  # fmt: skip
    on_stage(story, own_flow(tmp_path, lines, "conflict: park"))


def test_it_decides_no_conflict(tmp_path: Path) -> None:
    """Once both have agreed, the policy for conflicts says who wins."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(creditlimit=5000)
        await rig.visit(ERP, rig.customer(CreditLimit=5000))
        rig.edit(CreditLimit=6000)
        rig.change(row_id, creditlimit=7000)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("CreditLimit", "creditlimit") == (7000, 7000)

    on_stage(story, maps_with(tmp_path, OWN))


@pytest.mark.parametrize("named", [None, DATAVERSE])
def test_who_names_the_master_of_the_map_says_nothing_new(tmp_path: Path, named: Side | None) -> None:
    """An approval covers a run with either: a No that says nothing gives way in both, and in what is visited then."""

    async def story(rig: Rig) -> None:
        rig.customer(CreditLimitIsMandatory="Yes")
        rig.account(msdyn_creditlimitismandatory=False)
        later = rig.customer("US-002", CreditLimitIsMandatory="Yes")
        rig.account("US-002", msdyn_creditlimitismandatory=False)
        await start_job(rig.house, "sync", (CUSTOMERS,), master=named, begin="initializing")
        await rig.hint(ERP, later)
        await pump(rig.house, lambda: False, lambda: True)  # it has time for hints, and none for jobs
        assert rig.both("CreditLimitIsMandatory", "msdyn_creditlimitismandatory", "US-002") == ("Yes", True)
        await rig.pump()
        assert rig.both("CreditLimitIsMandatory", "msdyn_creditlimitismandatory") == ("Yes", True)

    on_stage(story, maps_with(tmp_path, DECLARED))


def test_what_gives_way_because_the_map_calls_it_nothing_is_shown_and_kept(tmp_path: Path) -> None:
    """A No that says nothing is filled with Dataverse's Yes: the report shows it, and the No can be restored."""

    async def story(rig: Rig) -> None:
        rig.customer(CreditLimitIsMandatory="No")
        rig.account(msdyn_creditlimitismandatory=True)
        samples = await planned(rig, None)
        filled = {"side": ERP, "old": "No", "new": "Yes"}
        assert shown(samples, "updated erp and dataverse", "CreditLimitIsMandatory") == {**filled, "reason": "fill"}
        overruled = {"side": ERP, "old": "No", "new": "true", "reason": "conflict"}
        assert shown(samples, "overruled", "CreditLimitIsMandatory") == overruled
        await approve(rig.house, CUSTOMERS)
        await carried_out(rig, "sync", None)
        assert rig.both("CreditLimitIsMandatory", "msdyn_creditlimitismandatory") == ("Yes", True)
        assert [(each.loser, each.value) for each in rig.conflicts()] == [(ERP, "No")]

    on_stage(story, maps_with(tmp_path, DECLARED))
