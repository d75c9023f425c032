"""References that are cleared: whatever the server answers, a line agrees only when the answer shows it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from shared.engine import explain, restore
from shared.errors import Refused
from shared.ledger import JOURNAL, PARKED, read_journal, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

ANSWERS = ("clear", "ignore", "refuse")


def parked(rig: Rig) -> list[dict[str, Any]]:
    return [dict(item) for row in rig.rows(PARKED) for item in read_trouble(row).items]


def journaled(rig: Rig, row_id: str) -> list[str]:
    """Names of the lines that the journal says were written."""
    entries = [read_journal(row) for row in rig.rows(JOURNAL)]
    return [line["line"] for entry in entries if entry["record"] == row_id for line in entry["lines"]]


def server(rig: Rig, bind: str = "refuse", navigation: str = "clear") -> None:
    rig.world.dataverse.behaviour.bind_null = bind  # type: ignore[assignment] # one of ANSWERS
    rig.world.dataverse.behaviour.navigation_null = navigation  # type: ignore[assignment] # one of ANSWERS


async def is_quiet(rig: Rig) -> None:
    """Two further passes write nothing at all."""
    await rig.compare()
    before, rows = rig.writes(), [rig.rows(prefix) for prefix in ("d~", "c~", "j~", "p~", "w~")]
    await rig.compare()
    assert (rig.writes(), [rig.rows(prefix) for prefix in ("d~", "c~", "j~", "p~", "w~")]) == (before, rows)


@pytest.mark.parametrize(("bind", "navigation"), list(product(ANSWERS, ANSWERS)))
def test_a_cleared_reference_is_never_put_back(bind: str, navigation: str) -> None:
    """It is cleared in Dataverse, or one parked line says that it is not; in the ERP it stays cleared."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="Net30")
        written = len(journaled(rig, row_id))
        server(rig, bind, navigation)
        rig.edit(PaymentTerms="", SalesMemo="cleared")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        await is_quiet(rig)
        erp, dataverse = rig.both("PaymentTerms", "_msdyn_paymentterm_value")
        assert erp == ""
        assert (dataverse is None) == (navigation == "clear")
        assert len(parked(rig)) == (navigation != "clear")
        told = journaled(rig, row_id)[: len(journaled(rig, row_id)) - written]
        assert ("PaymentTerms = msdyn_paymentterm.msdyn_name" in told) == (navigation == "clear")
        assert "SalesMemo = description" in told

    on_stage(story)


def test_what_a_server_ignores_is_shown_with_its_line_and_a_way_out() -> None:
    """The row names field and value; done by hand on either side, or taken by the server at last, it goes."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="Net30")
        server(rig, navigation="ignore")
        rig.edit(PaymentTerms="")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        (item,) = parked(rig)
        assert (item["code"], item["line"]) == ("not-taken", "PaymentTerms = msdyn_paymentterm.msdyn_name")
        assert item["message"] == (
            "Dataverse took the write and left msdyn_paymentterm at 'Net30', instead of '': set it there by hand"
        )
        assert (await explain(rig.flow(), ERP, ("usmf", ACCOUNT)))["why"] == "lines are set aside: see what is open"
        rig.change(row_id, msdyn_paymentterm=None)
        await rig.visit(DATAVERSE, (row_id,))
        assert parked(rig) == []
        await is_quiet(rig)

    on_stage(story)


def test_an_edit_meets_what_a_server_ignored() -> None:
    """Nothing was agreed: what a person sets in Dataverse afterwards is a conflict, and the cleared value is kept."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "COD"})
        await rig.compare("dual_write.terms_of_payment")
        row_id = await coupled(rig, PaymentTerms="Net30")
        server(rig, navigation="ignore")
        rig.edit(PaymentTerms="")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        rows = rig.world.dataverse.rows("msdyn_paymentterms")
        terms = {row["msdyn_name"]: row["msdyn_paymenttermid"] for row in rows}
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({terms['COD']})"})
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("PaymentTerms", "_msdyn_paymentterm_value") == ("COD", terms["COD"])
        (lost,) = rig.conflicts()
        assert (lost.loser, lost.value) == (ERP, "")
        assert parked(rig) == []

    on_stage(story)


def test_a_lost_answer_to_a_clearing_is_recovered_to_the_same() -> None:
    """A recovery that repeats the write believes its answer, not what was sent."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="Net30")
        server(rig, navigation="ignore")
        rig.edit(PaymentTerms="")
        rig.world.weather.orders["dataverse update"] = "lost"
        await rig.visit(ERP, ("usmf", ACCOUNT))
        await is_quiet(rig)
        assert rig.both("PaymentTerms", "msdyn_onholdstatus")[0] == ""
        assert [item["code"] for item in parked(rig)] == ["not-taken"]

    on_stage(story)


def test_a_blank_that_is_not_taken_back_is_not_called_restored(tmp_path: Path) -> None:
    """A losing blank reference that the server ignores stays in the conflict list."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "COD"})
        await rig.compare("dual_write.terms_of_payment")
        row_id = await coupled(rig, PaymentTerms="Net30")
        rig.change(row_id, msdyn_paymentterm=None)
        rig.edit(PaymentTerms="COD")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        (lost,) = rig.conflicts()
        server(rig, navigation="ignore")
        with pytest.raises(Refused, match="as it was"):
            await restore(rig.flow(), lost.key)
        assert rig.conflicts() == [lost]

    on_stage(story, maps_with(tmp_path, "policy: {conflict: erp_wins}"))
