"""Creates ask the target's scope: nothing is created that would fall asleep at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.engine import explain
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, maps_with, on_stage

ONLY_GERMANS = "dataverse: {scope: customertypecode eq 3 and address1_country eq 'DE'}\n"
NOT_ON_HOLD = "erp: {scope: PartyType eq 'Organization' and OnHoldStatus eq 'No'}\n"


@pytest.mark.parametrize("looked", ["event", "pass"])
def test_what_would_be_outside_is_not_created(tmp_path: Path, looked: str) -> None:
    """The scope is Dataverse's alone, by an overlay; a second pass writes nothing, and explain says why."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        if looked == "event":
            assert (await rig.visit(ERP, identity)).kind == "ignored"
        else:
            await rig.compare()
        assert (rig.accounts(), rig.couplings(), rig.counts()["parked"]) == ([], [], 0)
        assert "outside the flow's scope in Dataverse" in (await explain(rig.flow(), ERP, identity))["why"]
        rows = [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~", "h~")]
        await rig.compare()
        assert [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~", "h~")] == rows

    on_stage(story, maps_with(tmp_path, ONLY_GERMANS))


def test_what_comes_into_the_targets_scope_is_created(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        rig.edit(DeliveryAddressCountryRegionISOCode="DE")
        await rig.compare()
        assert [each.state for each in rig.couplings()] == ["coupled"]
        assert rig.dataverse() is not None

    on_stage(story, maps_with(tmp_path, ONLY_GERMANS))


@pytest.mark.parametrize(("column", "is_created"), [("paymentterm", True), ("paymentschedule", False)])
def test_a_scope_may_ask_about_a_lookup(tmp_path: Path, column: str, *, is_created: bool) -> None:
    """Only accounts with a payment term, or a schedule, are of interest: a customer that has one becomes an account."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer(PaymentTerms="Net30"))
        assert len(rig.accounts()) == is_created
        await rig.compare()
        assert [each.state for each in rig.couplings()] == ["coupled"] * is_created

    on_stage(story, maps_with(tmp_path, f"dataverse: {{scope: customertypecode eq 3 and msdyn_{column} ne null}}\n"))


def test_a_match_outside_is_a_match_all_the_same(tmp_path: Path) -> None:
    """The account of that number is there: it is not created twice, and a person is told."""

    async def story(rig: Rig) -> None:
        rig.account()
        outcome = await rig.visit(ERP, rig.customer())
        assert (outcome.kind, outcome.codes, len(rig.accounts())) == ("parked", ("scope",), 1)

    on_stage(story, maps_with(tmp_path, ONLY_GERMANS))


def test_what_the_erp_fills_in_by_itself_is_not_guessed(tmp_path: Path) -> None:
    """Nobody sends a hold; a new customer has none."""

    async def story(rig: Rig) -> None:
        await rig.visit(DATAVERSE, (rig.account(),))
        assert rig.erp() is not None

    on_stage(story, maps_with(tmp_path, NOT_ON_HOLD))


def test_what_the_map_itself_supplies_counts() -> None:
    """The shipped map makes every new account a customer, which is what its scope asks for."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        assert rig.dataverse(ACCOUNT) is not None

    on_stage(story)
