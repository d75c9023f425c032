"""Keys that F&O's front does not let through as they are: their records are kept equal like any others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, TERMS, Rig, coupled, on_stage

CODES = ["2/10N30", "N+30", "N\\30", "N&30", "N%30", "N:30", "N?30", "N#30", "N<30"]
NUMBERS = ["US/001", "A&B", "100%"]


def term(rig: Rig, code: str) -> Mapping[str, Any] | None:
    return rig.world.finops.row("PaymentTerms", {"dataAreaId": "usmf", "Name": code})


def row_of(rig: Rig, code: str) -> Mapping[str, Any] | None:
    return next((row for row in rig.world.dataverse.rows("msdyn_paymentterms") if row["msdyn_name"] == code), None)


async def with_term(rig: Rig, code: str) -> list[str]:
    """Two customers in sync that pay by this term; their accounts."""
    rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": code, "Description": "Two in ten"})
    await rig.compare(TERMS)
    return [await coupled(rig, number, PaymentTerms=code) for number in ("US-001", "US-002")]


@pytest.mark.parametrize("front", [False, True], ids=["batches as they are", "batches decoded once more"])
@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("code", CODES)
def test_a_term_is_edited_and_nobody_loses_it(code: str, heard: str, front: bool) -> None:
    """Its row is not taken for gone, edits of either side arrive, and the customers keep their reference."""

    async def story(rig: Rig) -> None:
        rig.world.finops.behaviour.front_in_batches = front
        accounts = await with_term(rig, code)
        rig.world.finops.update("PaymentTerms", {"dataAreaId": "usmf", "Name": code}, {"Description": "Edited"})
        await hear(rig, heard, ("usmf", code))
        found = row_of(rig, code)
        assert found is not None
        assert found["msdyn_description"] == "Edited"
        rig.world.dataverse.update("msdyn_paymentterms", found["msdyn_paymenttermid"], {"msdyn_description": "Back"})
        await hear(rig, heard, ("usmf", code))
        assert (term(rig, code) or {})["Description"] == "Back"
        await rig.compare(CUSTOMERS)
        rows = [rig.world.dataverse.row("accounts", row_id) or {} for row_id in accounts]
        assert {row["_msdyn_paymentterm_value"] for row in rows} == {found["msdyn_paymenttermid"]}
        assert {(rig.erp(number) or {})["PaymentTerms"] for number in ("US-001", "US-002")} == {code}

    on_stage(story)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_customer_comes_and_goes_on_either_side(number: str) -> None:
    """Created from Dataverse and deleted there, it comes and goes in the ERP as any other."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(number)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "created"
        assert rig.erp(number) is not None
        rig.change(row_id, telephone1="12345")
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.erp(number) or {})["PrimaryContactPhone"] == "12345"
        rig.world.dataverse.delete("accounts", row_id)
        assert (await rig.visit(DATAVERSE, (row_id,), source="delete")).kind == "deleted"
        assert rig.erp(number) is None

    on_stage(story)


async def hear(rig: Rig, heard: str, identity: tuple[str, ...]) -> None:
    if heard == "pass":
        await rig.compare(TERMS)
        return
    flow = rig.flow(TERMS)
    await flow.ledger.store_hint(ERP, identity, "update")
    await rig.pump()
