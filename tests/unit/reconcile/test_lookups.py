"""Lookups: both sides hold ids, the ERP takes codes. A missing partner is waited for, refused, cleared or kept."""

from __future__ import annotations

from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, KeyPath, Side, Unresolved
from shared.reconcile import Context, Missing, Plan
from tests.unit.reconcile.records import known, record, writes

TERM: Final = "PaymentTerms = msdyn_paymentterm.msdyn_name"
PATH: Final = KeyPath("msdyn_paymentterms", "msdyn_name")
CODES: Final = known({"id1": "10D", "id2": "30D", "long": "x" * 11})
NOWHERE: Final = Unresolved("90D")


def missing(side: Side, code: str, *, deferred: bool = False) -> Missing:
    return Missing(1, side, PATH, "", "usmf", code, deferred)


# -- without a partner


@pytest.mark.parametrize(
    ("erp", "dataverse", "expected"),
    [
        (NOWHERE, "id1", missing(ERP, "90D")),
        ("id1", "strange", missing(DATAVERSE, "strange")),
        (NOWHERE, "", missing(ERP, "90D")),
    ],
)
@pytest.mark.parametrize("deferred", [False, True])
def test_wait(erp: str, dataverse: str, expected: Missing, deferred: bool) -> None:
    """By default the line waits; what it waits for is named by its table, key, company and code."""
    base = ("id1", "id1") if dataverse else ("", "")
    plan = record(f"{TERM} ; deferred" if deferred else TERM, erp, dataverse, base).planned(CODES)
    assert plan == Plan(missing=(missing(expected.side, expected.code, deferred=deferred),))
    assert plan.empty


@pytest.mark.parametrize(
    ("erp", "dataverse", "side", "code"), [(NOWHERE, "id1", DATAVERSE, "90D"), ("id1", "strange", ERP, "strange")]
)
def test_error(erp: str, dataverse: str, side: Side, code: str) -> None:
    """With `missing error` the line is a problem that names the code."""
    plan = record(f"{TERM} ; missing error", erp, dataverse, ("id1", "id1")).planned(CODES)
    (problem,) = plan.problems
    assert (problem.index, problem.side, problem.code, problem.value) == (1, side, "missing", code)
    assert repr(code) in problem.message
    assert plan.empty


@pytest.mark.parametrize(("erp", "dataverse", "side"), [(NOWHERE, "id1", DATAVERSE), ("id1", "strange", ERP)])
def test_clear(erp: str, dataverse: str, side: Side) -> None:
    """With `missing clear` the other side is cleared, once."""
    changed = record(f"{TERM} ; missing clear", erp, dataverse, ("id1", "id1"))
    plan = changed.planned(CODES)
    assert writes(plan) == [(side, "", "edit")]
    changed.carry_out(plan)
    assert changed.planned(CODES) == Plan()


@pytest.mark.parametrize(("erp", "dataverse"), [(NOWHERE, "id1"), ("id1", "strange")])
def test_keep(erp: str, dataverse: str) -> None:
    """With `missing keep` the other side is left as it is; that is agreed."""
    changed = record(f"{TERM} ; missing keep", erp, dataverse, ("id1", "id1"))
    plan = changed.planned(CODES)
    assert (plan.agree, plan.writes) == ((1,), ())
    changed.carry_out(plan)
    assert changed.planned(CODES) == Plan()


@pytest.mark.parametrize("missing", ["clear", "keep"])
def test_left_out_until_it_means_something(missing: str) -> None:
    """A reference of Dataverse that was left out is written once it has a code, and then agreed."""
    changed = record(f"{TERM} ; missing {missing}", "id1", "strange", ("id1", "id1"))
    changed.carry_out(changed.planned(CODES))
    plan = changed.planned(known({"id1": "10D", "strange": "20D"}))
    assert writes(plan) == [(ERP, "strange", "edit")]
    changed.carry_out(plan)
    assert changed.planned(known({"id1": "10D", "strange": "20D"})) == Plan()


def test_via() -> None:
    """A lookup by coupling names the flow it waits for."""
    text = "PaymentTerms = msdyn_paymentterm via dual_write.terms"
    plan = record(text, NOWHERE, "id1", ("id1", "id1")).planned(CODES)
    assert plan.missing == (Missing(1, ERP, None, "dual_write.terms", "usmf", "90D"),)


def test_code_too_long() -> None:
    """A code that the ERP's field cannot hold is a problem; the value shown is the code."""
    plan = record(TERM, "id1", "long", ("id1", "id1")).planned(CODES)
    assert [(problem.side, problem.code, problem.value) for problem in plan.problems] == [(ERP, "too-long", "x" * 11)]
    assert plan.empty


@pytest.mark.parametrize("master", [ERP, DATAVERSE])
def test_without_base(master: Side) -> None:
    """On a first match a missing partner is waited for like any other."""
    erp, dataverse = (NOWHERE, "id1") if master == ERP else ("id1", "strange")
    found = record(TERM, erp, dataverse)
    plan = found.planned(known({"id1": "10D"}, master=master))
    assert (plan.writes, plan.kept, len(plan.missing)) == ((), (), 1)


# -- with a partner


@pytest.mark.parametrize(
    ("erp", "dataverse", "expected"),
    [
        ("id2", "id1", (DATAVERSE, "id2", "edit")),
        ("id1", "id2", (ERP, "id2", "edit")),
        ("", "id1", (DATAVERSE, "", "edit")),
        ("id1", "", (ERP, "", "edit")),
    ],
)
def test_flows(erp: str, dataverse: str, expected: tuple[Side, str, str]) -> None:
    """A reference flows as the id it means, and blank clears it."""
    changed = record(TERM, erp, dataverse, ("id1", "id1"))
    plan = changed.planned(CODES)
    assert writes(plan) == [expected]
    changed.carry_out(plan)
    assert changed.planned(CODES) == Plan()


def test_towards_dataverse_without_a_code() -> None:
    """Towards Dataverse nobody asks for the code of an id: it came from a code."""
    assert writes(record(TERM, "new", "id1", ("id1", "id1")).planned(known({}))) == [(DATAVERSE, "new", "edit")]


@pytest.mark.parametrize(("erp", "dataverse"), [("", "id1"), ("id1", "")])
def test_blank_keep(erp: str, dataverse: str) -> None:
    """With `blank keep` an emptied reference is not passed on."""
    plan = record(f"{TERM} ; blank keep", erp, dataverse, ("id1", "id1")).planned(CODES)
    assert plan == Plan(agree=(1,))


def test_renamed() -> None:
    """A term that got another code is still the same term: nothing happens to the records that use it."""
    assert record(TERM, "id1", "id1", ("id1", "id1")).planned(known({"id1": "renamed"})) == Plan()


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "expected"),
    [
        ("PaymentTerms > msdyn_paymentterm.msdyn_name", "id1", "id2", (DATAVERSE, "id1", "put_back")),
        ("PaymentTerms < msdyn_paymentterm.msdyn_name", "id2", "id1", (ERP, "id1", "put_back")),
    ],
)
def test_put_back(text: str, erp: str, dataverse: str, expected: tuple[Side, str, str]) -> None:
    """A one-way reference is put back like any value."""
    assert writes(record(text, erp, dataverse, ("id1", "id1")).planned(CODES)) == [expected]


def test_arrival() -> None:
    """What waited flows as soon as its partner is there, and then all is quiet."""
    waiting = record(TERM, NOWHERE, "id1", ("id1", "id1"))
    waiting.carry_out(waiting.planned(CODES))
    waiting.erp[1] = "id3"
    assert writes(waiting.planned(CODES)) == [(DATAVERSE, "id3", "edit")]
    waiting.carry_out(waiting.planned(CODES))
    assert waiting.planned(CODES) == Plan()


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
def test_deferred(master: Side | None) -> None:
    """A deferred line has a mark instead of a base: when its partner is there, its source fills the blank."""
    deferred = record(f"{TERM} ; deferred", NOWHERE, "", mark="erp")
    context = Context(master, code_of=CODES.code_of)
    assert [each.deferred for each in deferred.planned(context).missing] == [True]
    deferred.erp[1] = "id1"
    assert writes(deferred.planned(context)) == [(DATAVERSE, "id1", "mark")]
    deferred.carry_out(deferred.planned(context))
    assert (deferred.planned(context), deferred.agreed.marks) == (Plan(), {})


def test_waiting_is_remembered_by_nothing() -> None:
    """Waiting agrees nothing: the base stays what it was."""
    waiting = record(TERM, NOWHERE, "id1", ("id1", "id1"))
    before = waiting.agreed
    settlement = waiting.carry_out(waiting.planned(CODES))
    assert settlement.agreed == before
