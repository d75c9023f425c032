"""Business Central is busy, answers late or in part, was restored, lost a company: nothing is lost or written twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from shared.engine import confirm_side, start_job, work_on
from shared.errors import Denied, TryLater
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage
from tests.simulation.central_contacts import buyer
from tests.simulation.test_central_bad_input import runs_unchanged, words

# -- the wire


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("answer", {"status": 429}),
        ("answer", {"status": 503, "retry_after": "7"}),
        ("answer", {"status": 504}),
        ("answer_after", {"status": 504}),
        ("drop_after", {}),
    ],
    ids=["429 without a word", "503 with a pause", "504 before the write", "504 after the write", "no answer"],
)
async def test_a_write_that_is_not_answered_is_made_once(kind: str, options: dict[str, Any]) -> None:
    """However long Business Central is busy: the edit arrives, nobody is told anything, and a second look is quiet."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        central.dataverse.update("accounts", row_id, {"telephone1": "77"})
        order = central.gates[ERP].order(kind, method="PATCH", times=100, **options)
        with suppress(TryLater):
            await central.visit(DATAVERSE, (row_id,))
        assert order.times < 100
        central.gates[ERP].orders.clear()
        central.later(hours=1)
        central.house = central.new_house()
        await central.visit(DATAVERSE, (row_id,))
        sent = [each for each in central.erp.history if each.set == "customers" and "phoneNumber" in each.sent]
        assert (central.row(identity)["phoneNumber"], len(sent), words(central)) == ("77", 1, [])
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("kind", ["truncate", "drop", "drop_after", "answer_after"])
async def test_a_batch_that_stops_in_the_middle_loses_none_of_its_records(kind: str) -> None:
    """What was not answered is looked at again, what was refused parks alone, and nothing is written twice."""

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=f"{at}") for at in range(6)]
        await central.compare()
        for at, (_, row_id) in enumerate(pairs):
            central.dataverse.update("accounts", row_id, {"telephone1": "9" * 40 if at == 2 else f"7{at}"})
        order = central.gates[ERP].order(kind, method="POST", path=r"\$batch", times=2)
        for _ in range(3):
            with suppress(TryLater):
                await central.compare()
            central.later(hours=1)
            central.house = central.new_house()
        assert order.times == 0
        assert [central.row(identity)["phoneNumber"] for identity, _ in pairs] == ["70", "71", "", "73", "74", "75"]
        sent = [each for each in central.erp.history if each.set == "customers" and "phoneNumber" in each.sent]
        assert (len(sent), words(central)) == (5, ["the text has 40 characters, phoneNumber takes 30"])
        assert await runs_unchanged(central)

    await on_stage(story)


# -- environments and companies


async def carried_out(central: Central, **how: Any) -> Any:
    """A compare pass, as it ends."""
    job: Any = await start_job(central.house, "compare", [CUSTOMERS], **how)
    while job["state"] == "running":
        job = await work_on(central.house, job["id"], lambda: False)
    return job


async def test_a_restored_environment_stops_the_flow_and_takes_nothing_back_by_itself() -> None:
    """It reads as it did before: a person says which side is right, and then the later edits stand there again."""

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=f"{at}") for at in range(12)]
        backup = central.erp.back_up()
        central.later(hours=1)
        for _, row_id in pairs:
            central.dataverse.update("accounts", row_id, {"telephone1": "77"})
            await central.visit(DATAVERSE, (row_id,))
        central.erp.restore(backup)
        central.house = central.new_house()
        central.later(hours=1)
        job = await carried_out(central)
        assert "look turned back in the ERP (they read as before)" in job["errors"][CUSTOMERS]
        assert "If the ERP was restored, confirm that dataverse is right" in job["errors"][CUSTOMERS]
        assert {row["telephone1"] for row in central.accounts()} == {"77"}
        await confirm_side(central.house, CUSTOMERS, DATAVERSE)
        assert not (await carried_out(central, begin="resuming"))["errors"]
        assert {row["phoneNumber"] for row in central.rows()} == {"77"}
        assert await runs_unchanged(central)

    await on_stage(story)


async def test_customers_of_a_company_that_is_gone_are_not_taken_for_deleted() -> None:
    """Whoever renames it changes nothing; when it is gone the pass says which setting names it, and no pair ends."""

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=f"{at}") for at in range(3)]
        central.erp.rename_company(DE, "CRONUS Neu")
        central.dataverse.update("accounts", pairs[0][1], {"telephone1": "77"})
        await central.compare()
        assert (central.row(pairs[0][0])["phoneNumber"], words(central)) == ("77", [])
        central.later(minutes=30)
        central.erp.close("CRONUS Neu")
        with pytest.raises(
            Denied, match="see that the company is there, and that BUSINESS_CENTRAL_COMPANIES has its id"
        ):
            await central.catch_up()
        with pytest.raises(Denied, match="BUSINESS_CENTRAL_COMPANIES"):
            await central.visit(DATAVERSE, (pairs[0][1],))
        assert ([each.state for each in central.couplings()], words(central)) == (["coupled"] * 3, [])
        assert len(central.accounts()) == 3

    await on_stage(story)
