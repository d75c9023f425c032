"""Codes that go: what becomes of the references to them, on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.engine import Wake, blanked, clear, explain, set_state, uncouple, visit
from shared.ledger import PARKED, WAITING, read_trouble
from tests.simulation.rig import (
    ACCOUNT,
    CUSTOMERS,
    DATAVERSE,
    ERP,
    GROUPS,
    TERMS,
    Rig,
    at_first,
    coupled,
    maps_with,
    on_stage,
)

NET30 = {"dataAreaId": "usmf", "Name": "Net30"}
TABLE = "msdyn_paymentterms"


def term(rig: Rig, name: str = "Net30") -> Mapping[str, Any] | None:
    """The term of that name in Dataverse."""
    found = [row for row in rig.world.dataverse.rows(TABLE) if row["msdyn_name"] == name]
    return found[0] if found else None


def held(rig: Rig, account: str = ACCOUNT) -> tuple[str, str]:
    """The term of a customer, and the name of that of its account."""
    customer, row = rig.erp(account), rig.dataverse(account)
    assert customer is not None and row is not None  # noqa: PT018 - one fact
    target = rig.world.dataverse.row(TABLE, str(row["_msdyn_paymentterm_value"]))
    return str(customer["PaymentTerms"]), str(target["msdyn_name"]) if target else ""


def waits(rig: Rig) -> list[str]:
    """What the customers wait for."""
    return [item["message"] for row in rig.rows(WAITING) for item in read_trouble(row).items]


def lose_the_term(rig: Rig) -> None:
    """Somebody deletes Net30 in Dataverse, which empties every lookup that points to it."""
    row = term(rig)
    assert row is not None
    rig.world.dataverse.delete(TABLE, row["msdyn_paymenttermid"])


async def everything(rig: Rig) -> None:
    for _ in range(2):
        await rig.compare(TERMS, GROUPS, CUSTOMERS)


def test_a_term_that_is_deleted_by_mistake_takes_no_reference_with_it() -> None:
    """Dataverse empties the accounts' lookups; that is nobody's edit, and each customer keeps its term."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="Net30")
        lose_the_term(rig)
        await everything(rig)
        assert held(rig) == ("Net30", "")
        assert len(waits(rig)) == 1
        (stays,) = rig.rows(PARKED, TERMS)
        assert read_trouble(stays).items[0]["code"] == "depends"

    on_stage(story)


def test_a_look_at_a_term_is_not_asked_for_again_by_what_it_looks_at_itself() -> None:
    """What hangs on a term is visited before it goes, and misses it: no news while somebody is about to look."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="")
        rig.edit(PaymentTerms="Net30")
        row, flow = term(rig), rig.flow(TERMS)
        assert row is not None
        identity = (str(row["msdyn_paymenttermid"]),)
        lose_the_term(rig)
        hint = await flow.ledger.store_hint(DATAVERSE, identity, "delete")
        steps: list[str] = []

        def heard(step: str, *_: object) -> bool:
            steps.append(step)
            return False

        rig.world.weather.heard = heard
        outcome = await visit(flow, Wake(DATAVERSE, identity, hint))
        assert len(waits(rig)) == 1
        assert (outcome.codes, rig.rows("h~", TERMS)) == (("depends",), [])
        assert "ledger settle" in steps
        assert "ledger hint" not in steps

    on_stage(story)


@pytest.mark.parametrize("first", [True, False])
def test_a_reference_that_was_emptied_is_put_back_with_the_term(*, first: bool) -> None:
    """first: somebody has looked at the customer before the term was created again."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="Net30")
        lose_the_term(rig)
        if first:
            await everything(rig)
        await uncouple(rig.flow(TERMS), ERP, ("usmf", "Net30"))
        await clear(rig.flow(TERMS), ERP, ("usmf", "Net30"))
        await everything(rig)
        assert (held(rig), rig.counts()["waiting"]) == (("Net30", "Net30"), 0)
        writes = rig.writes()
        await everything(rig)
        assert rig.writes() == writes

    on_stage(story)


def test_a_reference_comes_back_with_a_term_that_the_policy_restores(tmp_path: Path) -> None:
    """The term has another row by then, and the account points to that."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="Net30")
        lose_the_term(rig)
        await everything(rig)
        assert (held(rig), rig.counts()["waiting"]) == (("Net30", "Net30"), 0)

    on_stage(story, maps_with(tmp_path, "policy: {delete: restore}\n", TERMS))


async def new_term(rig: Rig, name: str) -> None:
    """A term that somebody enters on both sides, one after the other, while its flow is not run."""
    await set_state(rig.house, TERMS, "not running")
    rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": name, "Description": name})
    of = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
    rig.world.dataverse.create(TABLE, {"msdyn_name": name, "msdyn_description": name, **of})


@pytest.mark.parametrize("by", [ERP, DATAVERSE])
def test_a_term_that_was_never_coupled_takes_no_reference_with_it(by: str) -> None:
    """Its flow has not looked yet when it goes, and makes it anew: whoever clears nothing keeps what they have."""

    async def story(rig: Rig) -> None:
        await new_term(rig, "Net60")
        row = term(rig, "Net60")
        assert row is not None
        if by == ERP:
            await coupled(rig, PaymentTerms="Net60")
        else:
            row_id = rig.account(**{"msdyn_paymentterm@odata.bind": f"/{TABLE}({row['msdyn_paymenttermid']})"})
            await rig.visit(DATAVERSE, (row_id,))
        await set_state(rig.house, TERMS, "running")
        assert held(rig) == ("Net60", "Net60")
        rig.world.dataverse.delete(TABLE, row["msdyn_paymenttermid"])
        await everything(rig)
        assert (held(rig), rig.counts()["conflicts"]) == (("Net60", "Net60"), 0)

    on_stage(story)


def test_a_customer_whose_term_was_never_coupled_and_is_gone_was_not_edited() -> None:
    """It is deleted in the ERP, and so is its account, whose lookup Dataverse has emptied."""

    async def story(rig: Rig) -> None:
        await new_term(rig, "Net60")
        await coupled(rig, PaymentTerms="Net60")
        await set_state(rig.house, TERMS, "running")
        row = term(rig, "Net60")
        assert row is not None
        rig.world.dataverse.delete(TABLE, row["msdyn_paymenttermid"])
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.compare()
        assert (rig.dataverse(), rig.counts()["parked"]) == (None, 0)

    on_stage(story)


def test_a_person_may_still_clear_a_reference_to_a_term_that_was_never_coupled() -> None:
    """Its row is there, whatever anybody knows of it: whoever empties the lookup means it."""

    async def story(rig: Rig) -> None:
        await new_term(rig, "Net60")
        row_id = await coupled(rig, PaymentTerms="Net60")
        await set_state(rig.house, TERMS, "running")
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": None})
        await rig.visit(DATAVERSE, (row_id,))
        assert held(rig) == ("", "")

    on_stage(story)


def test_a_reference_that_a_person_has_cleared_is_in_conflict_with_another_term() -> None:
    """The term that both had is there: two people have decided, and Dataverse is master."""

    async def story(rig: Rig) -> None:
        await new_term(rig, "Net60")
        row_id = await coupled(rig, PaymentTerms="Net60")
        await set_state(rig.house, TERMS, "running")
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": None})
        rig.edit(PaymentTerms="Net30")
        await rig.visit(DATAVERSE, (row_id,))
        assert (held(rig), rig.counts()["conflicts"]) == (("", ""), 1)

    on_stage(story)


def test_a_row_that_no_flow_keeps_takes_no_reference_with_it(tmp_path: Path) -> None:
    """A sales tax group is deleted, and made anew under the same code: the account points to the new row."""

    async def story(rig: Rig) -> None:
        of = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        group = {"msdyn_name": "FULL", **of}
        rig.world.finops.create("TaxGroups", {"dataAreaId": "usmf", "TaxGroupCode": "FULL"})
        former = rig.world.dataverse.create("msdyn_taxgroups", group)
        row_id = await coupled(rig, SalesTaxGroup="FULL")
        rig.world.dataverse.delete("msdyn_taxgroups", former)
        anew = rig.world.dataverse.create("msdyn_taxgroups", group)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesTaxGroup", "_msdyn_salestaxgroup_value") == ("FULL", anew)

    line = "fields: |\n  SalesTaxGroup = msdyn_salestaxgroup.msdyn_name\n"
    on_stage(story, maps_with(tmp_path, line))


def test_an_event_about_an_account_whose_term_has_gone_clears_nothing() -> None:
    """Also before anybody has looked at the term."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="Net30")
        lose_the_term(rig)
        rig.change(row_id, description="edited")
        await rig.visit(DATAVERSE, (row_id,))
        assert (held(rig), rig.both("SalesMemo", "description")) == (("Net30", ""), ("edited", "edited"))

    on_stage(story)


def test_a_person_may_still_clear_a_reference() -> None:
    """The term is there: whoever empties the lookup means it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="Net30")
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": None})
        await rig.visit(DATAVERSE, (row_id,))
        assert held(rig) == ("", "")

    on_stage(story)


def test_a_person_may_choose_another_term_where_one_was_emptied() -> None:
    """That is an edit like any other, and it flows."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net60", "Description": "60 days"})
        row_id = await coupled(rig, PaymentTerms="Net30")
        await rig.compare(TERMS)
        lose_the_term(rig)
        await everything(rig)
        other = term(rig, "Net60")
        assert other is not None
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/{TABLE}({other['msdyn_paymenttermid']})"})
        await rig.visit(DATAVERSE, (row_id,))
        assert held(rig) == ("Net60", "Net60")

    on_stage(story)


def test_a_renamed_term_empties_no_customer() -> None:
    """Renaming follows at every customer in the ERP; whatever becomes of the row, none of them loses its term."""

    async def story(rig: Rig) -> None:
        for number in range(3):
            await coupled(rig, f"C-{number}", PaymentTerms="Net30")
        rig.world.finops.rename("PaymentTerms", NET30, {"Name": "N30"})
        for names in ((CUSTOMERS,), (TERMS,), (GROUPS, CUSTOMERS), (TERMS, GROUPS, CUSTOMERS)):
            await rig.compare(*names)
            assert {held(rig, f"C-{number}")[0] for number in range(3)} == {"N30"}

    on_stage(story)


def test_a_coupling_with_one_end_gone_serves_no_lookups() -> None:
    """A new customer with that term waits for it, instead of being refused; and has it when it is back."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="Net30")
        lose_the_term(rig)
        await rig.compare(TERMS)
        sent = list[str]()
        rig.world.weather.strike = at_first("dataverse create", lambda: sent.append("a reference to nobody"))
        outcome = await rig.visit(ERP, rig.customer("C-2", PaymentTerms="Net30"))
        assert (outcome.kind, rig.dataverse("C-2"), sent) == ("waiting", None, [])
        rig.world.weather.strike = None
        await uncouple(rig.flow(TERMS), ERP, ("usmf", "Net30"))
        await clear(rig.flow(TERMS), ERP, ("usmf", "Net30"))
        await everything(rig)
        assert (held(rig, "C-2"), rig.counts()["waiting"], rig.counts()["parked"]) == (("Net30", "Net30"), 0, 0)

    on_stage(story)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_reference_to_a_row_that_nobody_has_missed_yet_waits(*, is_new: bool) -> None:
    """The system refuses it: what it points to is gone. Its own flow is told, and the customer waits for it."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "C-1", PaymentTerms="Net30")
        if not is_new:
            await coupled(rig, "C-2", PaymentTerms="")
        lose_the_term(rig)
        if is_new:
            rig.customer("C-2", PaymentTerms="Net30")
        else:
            rig.edit("C-2", PaymentTerms="Net30", SalesMemo="flows")
        outcome = await rig.visit(ERP, ("usmf", "C-2"))
        assert (outcome.kind, rig.counts()["parked"]) == ("waiting", 0)
        assert is_new or rig.both("SalesMemo", "description", "C-2") == ("flows", "flows")
        await rig.pump()
        assert len(rig.rows(PARKED, TERMS)) == 1

    on_stage(story)


def test_references_that_were_emptied_do_not_read_as_if_somebody_hid_them() -> None:
    """Twelve accounts have lost the same term: no line is held for that, and nobody is to confirm anything."""

    async def story(rig: Rig) -> None:
        for number in range(12):
            rig.customer(f"C-{number}", PaymentTerms="Net30")
        await rig.compare()
        lose_the_term(rig)
        for names in ((CUSTOMERS,), (TERMS, GROUPS, CUSTOMERS)):
            await rig.compare(*names)
            assert await blanked(rig.house, CUSTOMERS) == []
            assert {held(rig, f"C-{number}") for number in range(12)} == {("Net30", "")}

    on_stage(story)


def test_explain_says_of_an_emptied_reference_what_a_visit_does() -> None:
    """It does not announce a clearing that never comes."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="Net30")
        lose_the_term(rig)
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = (each for each in told["lines"] if each["line"].startswith("PaymentTerms "))
        assert not line["flows"].startswith("to erp")

    on_stage(story)
