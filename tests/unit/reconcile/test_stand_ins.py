"""What the map gives a side in place of the other's blank: by company, or a reference by its code."""

from __future__ import annotations

from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, Agreed, FlowMap, Side, Unresolved
from shared.reconcile import Context, Plan, reconcile, settled
from tests.unit.mapping.maps import customers
from tests.unit.reconcile.records import Record, agreement

CONSTANTS: Final = "{fax: {usmf: '1', '*': '2'}}"
TERM: Final = "8f2f2b1c-5c0e-4a69-9d1a-0f6c1c1c1c1c"


def by_company(symbol: str) -> FlowMap:
    return customers(f"PrimaryContactFax {symbol} fax default $fax", constants=CONSTANTS)


def by_code(symbol: str) -> FlowMap:
    return customers(f"PaymentTerms {symbol} msdyn_paymentterm.msdyn_name default Net30")


def planned(flow: FlowMap, erp: str, dataverse: str, company: str = "usmf", stand_in: str = TERM) -> Plan:
    """The plan of a record that nothing was agreed about."""
    context = Context(None, company, stand_ins={1: stand_in}, code_of=lambda _line, _id: "Net30")
    return reconcile(flow, Agreed(), ["A", erp], ["A", dataverse], context)


def written(plan: Plan) -> list[tuple[Side, str, str]]:
    return [(each.side, each.new, each.source) for each in plan.writes if each.index == 1]


@pytest.mark.parametrize(
    ("symbol", "company", "expected"),
    [("=", "usmf", (ERP, "1", "")), (">", "USMF", (DATAVERSE, "1", "")), (">", "demf", (DATAVERSE, "2", "")),
     ("<", "demf", (ERP, "2", ""))],
)  # fmt: skip
def test_both_are_blank(symbol: str, company: str, expected: tuple[Side, str, str]) -> None:
    """The side that the line writes is given its company's value; of a line that goes both ways it is the ERP."""
    assert written(planned(by_company(symbol), "", "", company=company)) == [expected]


@pytest.mark.parametrize(
    ("symbol", "erp", "dataverse"), [("=", "", "1"), ("=", "1", ""), (">", "", "1"), ("<", "1", "")]
)
def test_what_is_filled_in_already(symbol: str, erp: str, dataverse: str) -> None:
    """The two agree as they stand."""
    plan = planned(by_company(symbol), erp, dataverse)
    assert (written(plan), 1 in plan.agree) == ([], True)


@pytest.mark.parametrize(
    ("symbol", "expected"), [("=", (ERP, TERM, "")), (">", (DATAVERSE, TERM, "")), ("<", (ERP, TERM, ""))]
)
def test_a_reference(symbol: str, expected: tuple[Side, str, str]) -> None:
    """A lookup is given the row that the code means, and the source stays blank."""
    assert written(planned(by_code(symbol), "", "")) == [expected]


@pytest.mark.parametrize(("symbol", "erp", "dataverse"), [("=", "", TERM), ("<", TERM, "")])
def test_a_reference_that_is_filled_in_already(symbol: str, erp: str, dataverse: str) -> None:
    """The two agree as they stand."""
    plan = planned(by_code(symbol), erp, dataverse)
    assert (written(plan), 1 in plan.agree) == ([], True)


def test_a_code_that_nothing_has() -> None:
    """It is waited for like any other."""
    plan = planned(by_code(">"), "", "", stand_in=Unresolved("Net30"))
    assert [(each.code, each.side) for each in plan.missing] == [("Net30", ERP)]


@pytest.mark.parametrize(("old", "kept"), [("", True), ("9", False)])
@pytest.mark.parametrize(("symbol", "side"), [(">", DATAVERSE), ("<", ERP)])
def test_what_a_server_leaves_blank_is_planned_again(symbol: str, side: Side, old: str, kept: bool) -> None:
    """It took the write and is blank all the same, as the source is: that is not what it was given."""
    flow = by_company(symbol)
    agreed = agreement(flow, ["A", "9"], ["A", "9"])
    found, context = Record(flow, ["A", ""], ["A", ""], agreed), Context(None, "usmf")
    found.side(side)[1] = old
    plan = found.planned(context)
    found.side(side)[1] = ""
    result = settled(flow, agreed, plan, found.seen, (found.erp, found.dataverse), (side,))
    assert (result.kept_old, result.coerced) == ((1,), ()) if kept else ((), (1,))
    found.agreed = result.agreed
    assert written(found.planned(context)) == [(side, "1", "")]
