"""Lines that only make sense with each other: where one of them is in conflict, one side wins for all of them."""

from __future__ import annotations

from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, Side, Unresolved
from shared.reconcile import Kept, Plan
from tests.unit.mapping.maps import customers
from tests.unit.reconcile.records import Record, agreement

STATE, COUNTRY = 1, 2
LINES: Final = """
  InvoiceAddressState                 =  address2_stateorprovince  ; together address
  InvoiceAddressCountryRegionISOCode  =  address2_country          ; together address
"""


def address(erp: tuple[str, str], dataverse: tuple[str, str], policy: str = "{}", lines: str = LINES) -> Record:
    """A customer's state and country on both sides, agreed before as WA, US."""
    flow = customers(lines, policy=policy)
    agreed = agreement(flow, ["C1", "WA", "US"], ["C1", "WA", "US"])
    return Record(flow, ["C1", *erp], ["C1", *dataverse], agreed)


def held(record: Record) -> list[tuple[str, ...]]:
    return [tuple(record.side(side)[1:]) for side in (ERP, DATAVERSE)]


@pytest.mark.parametrize(("policy", "winner"), [("erp_wins", ("BY", "DE")), ("dataverse_wins", ("WA", "CA"))])
def test_one_side_wins_for_all(policy: str, winner: tuple[str, str]) -> None:
    """Both have changed the country, and only the ERP the state with it: nobody gets Bavaria in Canada."""
    record = address(("BY", "DE"), ("WA", "CA"), f"{{conflict: {policy}}}")
    record.carry_out(record.planned())
    assert held(record) == [winner, winner]
    assert record.planned() == Plan()


def test_what_the_rest_gives_way_with_is_kept() -> None:
    """The state that only the ERP has changed loses with its country, and can be restored."""
    plan = address(("BY", "DE"), ("WA", "CA"), "{conflict: dataverse_wins}").planned()
    assert plan.kept == (Kept(STATE, ERP, "BY", "WA"), Kept(COUNTRY, ERP, "DE", "CA"))


def test_what_wins_with_the_rest_takes_nobodys_place() -> None:
    """Dataverse has not touched the state: nothing of it is to be restored."""
    plan = address(("BY", "DE"), ("WA", "CA"), "{conflict: erp_wins}").planned()
    assert plan.kept == (Kept(COUNTRY, DATAVERSE, "CA", "DE"),)
    assert [(write.index, write.reason) for write in plan.writes] == [(STATE, "edit"), (COUNTRY, "conflict")]


@pytest.mark.parametrize("changed", [ERP, DATAVERSE])
def test_all_of_them_wait_for_the_decision(changed: Side) -> None:
    """Without a winner nothing of the address moves, until the line that both have changed is none any more."""
    sides = {ERP: ("WA", "DE"), DATAVERSE: ("WA", "CA")} | {changed: ("BY", "DE" if changed == ERP else "CA")}
    record = address(sides[ERP], sides[DATAVERSE], "{conflict: park}")
    plan = record.planned()
    assert (plan.writes, [each.index for each in plan.kept if each.open]) == ((), [STATE, COUNTRY])
    record.carry_out(plan)
    assert record.planned() == Plan()
    record.side(ERP)[COUNTRY] = record.side(DATAVERSE)[COUNTRY] = "DE"
    record.carry_out(record.planned())
    assert held(record) == [("BY", "DE"), ("BY", "DE")]
    assert record.agreed.parked == {}


def test_different_lines_of_one_group_are_both_kept() -> None:
    """Law 4: nobody has contradicted the other."""
    record = address(("BY", "US"), ("WA", "DE"), "{conflict: erp_wins}")
    record.carry_out(record.planned())
    assert held(record) == [("BY", "DE"), ("BY", "DE")]


def test_lines_that_are_not_together_are_decided_one_by_one() -> None:
    apart = "\n".join(line.partition(";")[0] for line in LINES.splitlines())
    record = address(("BY", "DE"), ("WA", "CA"), "{conflict: dataverse_wins}", apart)
    record.carry_out(record.planned())
    assert held(record) == [("BY", "CA"), ("BY", "CA")]


LISTED: Final = """
  OnHoldStatus  ><  msdyn_onholdstatus  hold  ; together hold
  SalesMemo     =   description               ; together hold
"""
REFERS: Final = """
  PaymentTerms  =   msdyn_paymentterm.msdyn_name  ; together terms
  SalesMemo     =   description                   ; together terms
"""


@pytest.mark.parametrize("policy", ["erp_wins", "dataverse_wins"])
def test_what_goes_with_a_parked_line_is_parked_with_it(policy: str) -> None:
    """A status that the list does not have takes its memo along: neither is written, nothing is overruled."""
    flow = customers(LISTED, policy=f"{{conflict: {policy}}}", values="{hold: {No: 806380000, Invoice: 806380001}}")
    agreed = agreement(flow, ["C1", "No", "a"], ["C1", "806380000", "a"])
    record = Record(flow, ["C1", "No", "a"], ["C1", "806380005", "b"], agreed)
    plan = record.planned()
    assert (plan.writes, plan.kept) == ((), ())
    assert [(each.index, each.side, each.code) for each in plan.problems] == [
        (1, ERP, "value-map"), (2, ERP, "together")]  # fmt: skip
    assert plan.problems[1].message == (
        "it only makes sense together with OnHoldStatus >< msdyn_onholdstatus, which cannot be written"
    )
    record.side(DATAVERSE)[1] = "806380001"
    record.carry_out(record.planned())
    assert held(record) == [("Invoice", "b"), ("806380001", "b")]


def test_what_goes_with_a_line_that_waits_waits_with_it() -> None:
    """The term is not there yet: its memo stays as well, and the record waits for one thing."""
    flow = customers(REFERS)
    agreed = agreement(flow, ["C1", "t1", "a"], ["C1", "t1", "a"])
    plan = Record(flow, ["C1", Unresolved("Net99"), "b"], ["C1", "t1", "a"], agreed).planned()
    assert (plan.writes, plan.problems, [each.code for each in plan.missing]) == ((), (), ["Net99"])


def test_the_other_direction_is_not_held_back() -> None:
    """What goes to the side that takes it all goes there."""
    flow = customers(LISTED, values="{hold: {No: 806380000, Invoice: 806380001}}")
    agreed = agreement(flow, ["C1", "No", "a"], ["C1", "806380000", "a"])
    plan = Record(flow, ["C1", "No", "b"], ["C1", "806380005", "a"], agreed).planned()
    assert [(each.index, each.side) for each in plan.writes] == [(2, DATAVERSE)]
