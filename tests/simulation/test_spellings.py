"""Identities as the system spells them: what it does not ignore is not stripped, and zero is a value of a key."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from functions.events import finops_event
from shared.engine import Wake, set_state, visit
from shared.ledger import PARKED
from shared.mapping import DATAVERSE, ERP
from tests.simulation.rig import TERMS, Rig, coupled, on_stage
from tests.simulation.world import shipped_maps

SCHEDULES: Final = "dual_write.payment_schedules"
LINES: Final = "dual_write.payment_schedule_lines"
CODES: Final = ["N60\u00a0", "N60\t", "\u00a0N60", "N60\u2003", "N60 "]


def terms(rig: Rig) -> set[str]:
    return {row["msdyn_name"].rstrip(" ") for row in rig.world.dataverse.rows("msdyn_paymentterms")}


def spelt(rig: Rig, account: str) -> tuple[str, str]:
    """A customer's term in the ERP, and that of its account."""
    found, row = rig.erp(account), rig.dataverse(account)
    assert found is not None and row is not None  # noqa: PT018 - one fact
    term = rig.world.dataverse.row("msdyn_paymentterms", str(row["_msdyn_paymentterm_value"]))
    return str(found["PaymentTerms"]).rstrip(" "), str(term["msdyn_name"]).rstrip(" ") if term else ""


@pytest.mark.parametrize(("code", "other"), [("N60\u00a0", "N60"), ("N60", "N60\u00a0"), ("N60\u2003", "N60")])
def test_less_of_a_code_is_another_code(code: str, other: str) -> None:
    """A term gains or loses a blank that is none in Dataverse: the ERP calls it as before, and a person is told."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": code})
        await rig.compare(TERMS)
        (row,) = [each for each in rig.world.dataverse.rows("msdyn_paymentterms") if each["msdyn_name"] == code]
        rig.world.dataverse.update("msdyn_paymentterms", row["msdyn_paymenttermid"], {"msdyn_name": other})
        await rig.compare(TERMS)
        assert (terms(rig), len(rig.rows(PARKED, TERMS))) == ({"Net30", other}, 1)

    on_stage(story)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("first", [ERP, DATAVERSE])
def test_a_code_is_what_the_system_calls_it(code: str, first: str) -> None:
    """A blank that is no blank to the system belongs to the code: nobody loses his term, whoever had it first."""

    async def story(rig: Rig) -> None:
        world, kept = rig.world, code.rstrip(" ")
        if first == ERP:
            world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": code, "Description": "60 days"})
        else:
            bind = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
            world.dataverse.create("msdyn_paymentterms", {"msdyn_name": code, "msdyn_description": "60 days", **bind})
        await rig.compare(TERMS)
        for account in ("T-1", "T-2"):
            await coupled(rig, account, PaymentTerms=code)
        world.finops.update("PaymentTerms", {"dataAreaId": "usmf", "Name": kept}, {"Description": "sixty days"})
        flow = rig.flow(TERMS)
        hint = await flow.ledger.store_hint(ERP, ("usmf", kept), "update")
        await visit(flow, Wake(ERP, ("usmf", kept), hint))
        for _ in range(2):
            await rig.compare(TERMS)
            await rig.compare()
        assert terms(rig) == {"Net30", kept}
        assert {spelt(rig, account) for account in ("T-1", "T-2")} == {(kept, kept)}
        (row,) = [each for each in world.dataverse.rows("msdyn_paymentterms") if each["msdyn_name"].rstrip(" ") == kept]
        assert row["msdyn_description"] == "sixty days"

    on_stage(story)


@pytest.mark.parametrize("code", CODES[:4])
def test_two_codes_that_differ_in_such_a_blank_are_two(code: str) -> None:
    """N60 stands beside it, and neither takes the other's place."""

    async def story(rig: Rig) -> None:
        for name in ("N60", code):
            rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": name, "Description": repr(name)})
        await rig.compare(TERMS)
        assert terms(rig) == {"Net30", "N60", code}

    on_stage(story)


def test_a_blank_that_is_none_travels_with_a_name() -> None:
    """What people enter is carried over as they entered it; only blanks at its end say nothing."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OrganizationName="Contoso")
        rig.change(row_id, name="Contoso\u00a0")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Contoso\u00a0", "Contoso\u00a0")
        rig.change(row_id, name="Contoso\u00a0  ")
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        rig.change(row_id, name="Contoso")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")

    on_stage(story)


# -- zero


async def schedule(rig: Rig) -> None:
    rig.world.finops.create("PaymentSchedules", {"dataAreaId": "usmf", "Name": "S1", "Description": "by halves"})
    for name in (SCHEDULES, LINES):
        await set_state(rig.house, name, "running")
    await rig.compare(SCHEDULES)


def line(number: int) -> dict[str, Any]:
    return {"dataAreaId": "usmf", "PaymentScheduleName": "S1", "LineNumber": number, "PercentOrAmountValue": 50}


def lines(rig: Rig) -> tuple[list[float], list[float | None]]:
    """The numbers of the lines on both sides."""
    erp = sorted(float(row["LineNumber"]) for row in rig.world.finops.rows("PaymentScheduleLines"))
    rows = rig.world.dataverse.rows("msdyn_paymentschedulelines")
    return erp, sorted(row["msdyn_linenumber"] for row in rows)


@pytest.mark.parametrize("first", [ERP, DATAVERSE])
def test_a_line_numbered_zero_is_a_line_like_any_other(first: str) -> None:
    """It is created once, edited, and deleted, from either side."""

    async def story(rig: Rig) -> None:
        await schedule(rig)
        (parent,) = rig.world.dataverse.rows("msdyn_paymentschedules")
        for number in (0, 1):
            if first == ERP:
                rig.world.finops.create("PaymentScheduleLines", line(number))
                continue
            row = {"msdyn_linenumber": number, "msdyn_percentoramountvalue": 50, "msdyn_name": "S1",
                   "msdyn_paymentschedule@odata.bind": f"/msdyn_paymentschedules({parent['msdyn_paymentscheduleid']})",
                   "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}  # fmt: skip
            rig.world.dataverse.create("msdyn_paymentschedulelines", row)
        for _ in range(2):
            await rig.compare(LINES)
        assert lines(rig) == ([0, 1], [0, 1])
        key = {"dataAreaId": "usmf", "PaymentScheduleName": "S1", "LineNumber": 0}
        rig.world.finops.update("PaymentScheduleLines", key, {"PercentOrAmountValue": 70})
        await rig.compare(LINES)
        (zero,) = [
            each for each in rig.world.dataverse.rows("msdyn_paymentschedulelines") if not each["msdyn_linenumber"]
        ]
        assert zero["msdyn_percentoramountvalue"] == 70
        rig.world.dataverse.delete("msdyn_paymentschedulelines", str(zero["msdyn_paymentschedulelineid"]))
        for _ in range(2):
            await rig.compare(LINES)
        assert lines(rig) == ([1], [1])

    on_stage(story)


def test_a_line_without_a_number_is_not_line_zero() -> None:
    """In Dataverse null is no number: the row is parked, or numbered by nobody, but never taken for the line."""

    async def story(rig: Rig) -> None:
        await schedule(rig)
        rig.world.finops.create("PaymentScheduleLines", line(0))
        (parent,) = rig.world.dataverse.rows("msdyn_paymentschedules")
        rig.world.dataverse.create(
            "msdyn_paymentschedulelines",
            {"msdyn_percentoramountvalue": 10, "msdyn_name": "S1",
             "msdyn_paymentschedule@odata.bind": f"/msdyn_paymentschedules({parent['msdyn_paymentscheduleid']})",
             "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"},
        )  # fmt: skip
        await rig.compare_and_note(LINES)
        values = {row["msdyn_linenumber"]: row["msdyn_percentoramountvalue"]
                  for row in rig.world.dataverse.rows("msdyn_paymentschedulelines")}  # fmt: skip
        assert values == {0: 50, None: 10}
        assert [row["PercentOrAmountValue"] for row in rig.world.finops.rows("PaymentScheduleLines")] == [50]

    on_stage(story)


@pytest.mark.parametrize("value", [0, 0.0, "0", "0.0000"])
def test_an_event_about_line_zero_is_understood(value: Any) -> None:
    """However it writes the number; one without any is still refused."""
    found = shipped_maps().map(LINES)
    attributes = [{"key": name, "value": each} for name, each in {**line(0), "LineNumber": value}.items()]
    target = {"key": "Target", "value": {"Attributes": attributes}}
    body = {"BusinessEventId": f"{found.erp.entity.xpp}_DataEvent_Update", "InputParameters": [target]}
    (event,) = finops_event(json.loads(json.dumps(body)), found)
    assert event.identity == ("usmf", "S1", "0")
