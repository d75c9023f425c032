"""Defaults of lines with a source: the code of a lookup, and a value for each company."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Wake, visit
from shared.ledger import WAITING, read_journal
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, maps_with, on_stage
from tests.simulation.test_clearing import parked
from tests.simulation.test_constants import is_quiet

TERM = ("PaymentTerms", "_msdyn_paymentterm_value")
FAX = ("PrimaryContactFax", "fax")


def with_line(folder: Path, line: str, head: str = "") -> Catalogue:
    return maps_with(folder, f"{head}fields: |\n  {line}\n")


def term(rig: Rig, name: str = "Net30") -> str:
    """The id of a term of payment."""
    found = [row for row in rig.world.dataverse.rows("msdyn_paymentterms") if row["msdyn_name"] == name]
    return str(found[0]["msdyn_paymenttermid"])


async def more_terms(rig: Rig, name: str = "Net10") -> None:
    """Another term, and a customer group that fills in none."""
    rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": name, "Description": name})
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
    await rig.compare(TERMS, GROUPS)


def bound(row_id: str) -> Mapping[str, Any]:
    return {"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({row_id})"}


@pytest.mark.parametrize("symbol", ["=", ">"])
def test_a_lookup_is_given_a_code(tmp_path: Path, symbol: str) -> None:
    """On create and where the ERP's field is emptied; the ERP keeps its blank, and nothing is written twice."""

    async def story(rig: Rig) -> None:
        await more_terms(rig)
        await coupled(rig, CustomerGroupId="20")
        assert rig.both(*TERM) == ("", term(rig))
        await is_quiet(rig)
        rig.edit(PaymentTerms="Net10")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*TERM) == ("Net10", term(rig, "Net10"))
        rig.edit(PaymentTerms="")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*TERM) == ("", term(rig))
        await is_quiet(rig)

    on_stage(story, with_line(tmp_path, f"PaymentTerms {symbol} msdyn_paymentterm.msdyn_name default Net30"))


@pytest.mark.parametrize("symbol", ["=", "<"])
def test_the_erp_is_given_a_code(tmp_path: Path, symbol: str) -> None:
    """A new customer, and one whose account is emptied of its term."""

    async def story(rig: Rig) -> None:
        await more_terms(rig)
        row_id = rig.account()
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*TERM) == ("Net10", None)
        await is_quiet(rig)
        rig.change(row_id, **bound(term(rig)))
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*TERM) == ("Net30", term(rig))
        rig.change(row_id, msdyn_paymentterm=None)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*TERM) == ("Net10", None)
        await is_quiet(rig)

    on_stage(story, with_line(tmp_path, f"PaymentTerms {symbol} msdyn_paymentterm.msdyn_name default Net10"))


def test_a_code_that_is_not_there_yet(tmp_path: Path) -> None:
    """The record waits for it, as for any other code."""

    async def story(rig: Rig) -> None:
        await more_terms(rig)
        await rig.visit(ERP, rig.customer(CustomerGroupId="20"))
        assert rig.dataverse() is None
        assert rig.rows(WAITING)
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Late", "Description": "late"})
        await rig.compare(TERMS)
        await rig.compare()
        assert rig.both(*TERM) == ("", term(rig, "Late"))

    on_stage(story, with_line(tmp_path, "PaymentTerms = msdyn_paymentterm.msdyn_name default Late"))


@pytest.mark.parametrize("step", ["after", "before"])
def test_whoever_dies_over_a_default_writes_it_once(tmp_path: Path, step: str) -> None:
    """What stands in for a blank is known again by whoever comes after."""

    async def story(rig: Rig) -> None:
        await more_terms(rig)
        row_id = await coupled(rig, CustomerGroupId="20", PaymentTerms="Net10")
        rig.edit(PaymentTerms="")
        await rig.dies(ERP, ("usmf", ACCOUNT), **{step: "dataverse update"})
        rig.world.loop.pass_time(1200)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*TERM) == ("", term(rig))
        assert not rig.conflicts()
        await is_quiet(rig)

    on_stage(story, with_line(tmp_path, "PaymentTerms > msdyn_paymentterm.msdyn_name default Net30"))


@pytest.mark.parametrize(("symbol", "erp", "dataverse"), [("=", "", "111"), (">", "", "111")])
def test_each_company_has_its_own(tmp_path: Path, symbol: str, erp: str, dataverse: str) -> None:
    """The value of the record's company fills the blank, where the company has one."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        assert rig.both(*FAX) == (erp, dataverse)
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        await rig.compare(GROUPS)
        rig.world.finops.create("CustomersV3", {
            "dataAreaId": "demf", "CustomerAccount": "D-1", "OrganizationName": "Fabrikam", "CustomerGroupId": "10",
            "PartyType": "Organization", "SalesCurrencyCode": "USD"})  # fmt: skip
        await visit(rig.flow(), Wake(ERP, ("demf", "D-1")))
        found = rig.dataverse("D-1")
        assert found is not None
        assert found["fax"] == "222"
        await is_quiet(rig)
        rig.edit(PrimaryContactFax="5")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*FAX) == ("5", "5")
        rig.edit(PrimaryContactFax="")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*FAX) == (erp, dataverse)
        await is_quiet(rig)

    head = "constants: {fax: {USMF: '111', '*': '222'}}\n"
    on_stage(story, with_line(tmp_path, f"PrimaryContactFax {symbol} fax default $fax", head))


def test_what_an_edit_of_the_target_comes_to(tmp_path: Path) -> None:
    """A line of one way: the value of the company is put back, as any other value of the source is."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, fax="9")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FAX) == ("", "111")
        await is_quiet(rig)

    head = "constants: {fax: {'*': '111'}}\n"
    on_stage(story, with_line(tmp_path, "PrimaryContactFax > fax default $fax", head))


TO_FAX: Final = "PrimaryContactFax > fax default $fax"
ONE_FAX: Final = "constants: {fax: {'*': '111'}}\n"

STOOD_BEFORE: Final = "recovered: what stood there before stands there"


async def both_emptied(rig: Rig) -> str:
    """The fax of a coupled customer is emptied on either side, and nobody has looked yet; the account's id."""
    row_id = await coupled(rig, PrimaryContactFax="5")
    rig.edit(PrimaryContactFax="")
    rig.change(row_id, fax=None)
    return row_id


def empties(rig: Rig, **columns: int) -> None:
    """From now on a plug-in empties these columns of accounts, whatever is written there."""
    rig.world.dataverse.behaviour.cut = {"accounts": columns}


def told_of_the_fax(rig: Rig) -> list[tuple[str, str]]:
    """What the journal says came of each write of the fax, the latest first."""
    lines = [line for row in rig.rows("j~") for line in read_journal(row)["lines"]]
    return [(line["new"], line["reason"]) for line in lines if line["line"].endswith("> fax")]


@pytest.mark.parametrize("fault", ["", "lost", "unanswered"])
@pytest.mark.parametrize("new", [True, False])
def test_a_default_that_a_server_leaves_out_is_listed_and_given_later(tmp_path: Path, new: bool, fault: str) -> None:
    """Two blanks are no agreement about it: the journal tells of no write, and once the server takes it, it stands."""

    async def story(rig: Rig) -> None:
        if not new:
            await both_emptied(rig)
        empties(rig, fax=0)
        rig.world.weather.orders["dataverse create" if new else "dataverse update"] = fault
        await rig.visit(ERP, rig.customer() if new else ("usmf", ACCOUNT))
        await asyncio.sleep(1200)
        await rig.pump()
        await rig.compare()
        assert rig.both(*FAX) == ("", "")
        assert [item["code"] for item in parked(rig)] == ["not-taken"]
        assert {reason for _, reason in told_of_the_fax(rig)[:-1]} <= {STOOD_BEFORE}
        await is_quiet(rig)
        empties(rig)
        await rig.visit(ERP, ("usmf", ACCOUNT), source="retry")
        assert rig.both(*FAX) == ("", "111")
        assert parked(rig) == []
        await is_quiet(rig)

    on_stage(story, with_line(tmp_path, TO_FAX, ONE_FAX))


def test_a_default_that_never_arrived_is_not_told_as_written(tmp_path: Path) -> None:
    """Who was to write it dies before, and a person edits another column: what stood there before stands there."""

    async def story(rig: Rig) -> None:
        row_id = await both_emptied(rig)
        await rig.dies(ERP, ("usmf", ACCOUNT), before="dataverse update")
        rig.change(row_id, description="meanwhile")
        rig.world.loop.pass_time(1200)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FAX) == ("", "111")
        written, recovered = told_of_the_fax(rig)[:2]
        assert written == ("111", "mark")
        assert recovered == ("111", STOOD_BEFORE)

    on_stage(story, with_line(tmp_path, TO_FAX, ONE_FAX))
