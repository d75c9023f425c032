"""Keys, and fields the ERP takes on create only: never planned towards the ERP for a coupled record."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, Mark, Side, Unresolved
from shared.reconcile import Context, Kept, Plan
from tests.unit.mapping.maps import GROUP, built, map_text
from tests.unit.reconcile.records import ASK, Record, Row, agreement, known, record, writes

KEY: Final = "CustomerAccount = accountnumber"
MATCHED: Final = "VendorAccount = msdyn_partynumber"
FIXED: Final = "PartyNumber = msdyn_partynumber"
ASSIGNED: Final = "; assigned erp"
PUT_BACK: Final = "{key_change: put_back}"


def keyed(
    text: str,
    erp: str,
    dataverse: str,
    base: tuple[str, str] | None = ("C1", "C1"),
    policy: str = "{}",
    match: str = "[[CustomerAccount]]",
) -> Record:
    """A customer in which the one line of interest stands first, be it the key itself or a field like it."""
    lines = (text, GROUP) if text.startswith("CustomerAccount") else (text, KEY, GROUP)
    flow = built(map_text(*lines, policy=policy, match=match))
    rest = ["C1"] * (len(flow.lines) - 1)
    agreed = agreement(flow, ["", *rest], ["", *rest], flow.lines[1:])
    if base is not None:
        agreed = agreed.changed(flow, agreement(flow, [base[0], *rest], [base[1], *rest], flow.lines[:1]).bases)
    return Record(flow, [erp, *rest], [dataverse, *rest], agreed)


# -- changed in Dataverse


@pytest.mark.parametrize(("erp", "code"), [(Unresolved("C8"), "C8"), ("id1", "C1")])
def test_changed_key_that_is_a_reference(erp: str, code: str) -> None:
    """People read the codes, and not the ids of the rows, nor the mark of a code that means nobody."""
    plan = keyed("PartyNumber = msdyn_vendor.msdyn_vendoraccountnumber", erp, "id2", ("id1", "id1"))
    (problem,) = plan.planned(known({"id1": "C1", "id2": "C2"})).problems
    assert problem.value == "C2"
    assert f"{code!r} there, 'C2' in Dataverse; set it to {code!r}" in problem.message


@pytest.mark.parametrize("policy", ["{}", "{key_change: park}", "{key_change: rename}", "{conflict: dataverse_wins}"])
@pytest.mark.parametrize("text", [KEY, FIXED, f"{KEY} {ASSIGNED}"])
@pytest.mark.parametrize(("erp", "dataverse"), [("C1", "C2"), ("C2", "C3")])
def test_changed_key(text: str, policy: str, erp: str, dataverse: str) -> None:
    """A changed key is a problem of its own, not an edit and not a conflict; the message names both values."""
    plan = keyed(text, erp, dataverse, policy=policy).planned(Context(DATAVERSE))
    assert plan.empty
    (problem,) = plan.problems
    assert (problem.index, problem.side, problem.code, problem.value) == (0, DATAVERSE, "key-changed", dataverse)
    assert repr(erp) in problem.message
    assert repr(dataverse) in problem.message


@pytest.mark.parametrize("text", [KEY, FIXED, f"{KEY} {ASSIGNED}"])
@pytest.mark.parametrize(("erp", "dataverse"), [("C1", "C2"), ("C1", ""), ("C2", "C3")])
@pytest.mark.parametrize("base", [("C1", "C1"), None])
def test_put_back(text: str, erp: str, dataverse: str, base: tuple[str, str] | None) -> None:
    """With `put_back` the key of the ERP is written over the change."""
    changed = keyed(text, erp, dataverse, base, PUT_BACK)
    plan = changed.planned()
    assert [(write.side, write.new) for write in plan.writes] == [(DATAVERSE, erp)]
    changed.carry_out(plan)
    assert changed.planned() == Plan()


@pytest.mark.parametrize("text", [KEY, FIXED])
def test_letter_case(text: str) -> None:
    """A key in another letter case is the same key."""
    assert keyed(text, "C1", "c1").planned() == Plan()
    assert keyed(text, "C1", "c1", None).planned() == Plan(agree=(0,), confirm=True)


@pytest.mark.parametrize(
    "policy",
    [
        PUT_BACK,
        "{}",
    ],
)
def test_one_way_and_fixed(policy: str) -> None:
    """On a one-way line to Dataverse an edit of the target is put back, also where the ERP takes its field once."""
    plan = keyed("PartyNumber > msdyn_partynumber", "C1", "C2", policy=policy).planned()
    assert writes(plan) == [(DATAVERSE, "C1", "put_back")]


# -- numbers that the ERP gave


@pytest.mark.parametrize("text", [f"{KEY} {ASSIGNED}", f"{FIXED} {ASSIGNED}"])
@pytest.mark.parametrize(
    ("base", "reason"), [(("", ""), "edit"), (("C1", "C1"), "assigned"), (None, "master"), (("C0", "C1"), "assigned")]
)
def test_assigned(text: str, base: tuple[str, str] | None, reason: str) -> None:
    """A number that the ERP gave is written back to where there is none, whatever the policy."""
    plan = keyed(text, "C1", "", base, "{conflict: dataverse_wins, key_change: park}").planned(Context(DATAVERSE))
    assert writes(plan) == [(DATAVERSE, "C1", reason)]
    assert (plan.kept, plan.problems) == ((), ())


def test_not_assigned() -> None:
    """A key that the ERP did not give is not restored by itself."""
    assert [problem.code for problem in keyed(KEY, "C1", "").planned().problems] == ["key-changed"]


# -- changed in the ERP, or never agreed


@pytest.mark.parametrize("match", ["[[CustomerAccount], [VendorAccount]]", "[[VendorAccount], [CustomerAccount]]"])
@pytest.mark.parametrize(
    ("held", "expected"), [(("C2", "C1"), (DATAVERSE, "C2", "edit")), (("C1", "C2"), (ERP, "C2", "edit"))]
)
def test_changed_match_key(match: str, held: tuple[str, str], expected: Row) -> None:
    """What finds a partner, and is not the identity, is a value like any other: it may change on either side."""
    assert writes(keyed(MATCHED, *held, match=match).planned()) == [expected]


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
def test_keys_without_base(master: Side | None) -> None:
    """A match found by another field, with another key: a problem; with none: the key of the ERP is written."""
    assert [each.code for each in keyed(KEY, "C1", "C2", None).planned(Context(master)).problems] == ["key-changed"]
    assert writes(keyed(KEY, "C1", "", None).planned(Context(master))) == [(DATAVERSE, "C1", "master")]


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
def test_fixed_without_base(master: Side | None) -> None:
    """Where a fixed field was never agreed, the ERP wins, for it cannot be changed there; the loser is kept."""
    plan = keyed(FIXED, "C1", "C2", None).planned(Context(master))
    assert writes(plan) == [(DATAVERSE, "C1", "master")]
    assert plan.kept == (Kept(0, DATAVERSE, "C2", "C1"),)


# -- the rule


STATES: Final = list(product(["", "C1", "C2"], ["", "C1", "C2"], [None, ("", ""), ("C1", "C1"), ("C1", "C2")]))


@pytest.mark.parametrize("text", [KEY, FIXED, f"{KEY} {ASSIGNED}"])
@pytest.mark.parametrize("policy", ["{conflict: dataverse_wins}", "{conflict: dataverse_wins, key_change: put_back}"])
@pytest.mark.parametrize("context", [ASK, Context(DATAVERSE), Context(DATAVERSE, newer=DATAVERSE)])
def test_never_to_the_erp(text: str, policy: str, context: Context) -> None:
    """Whatever both sides hold and agreed, no key is planned towards the ERP."""
    for erp, dataverse, base in STATES:
        assert keyed(text, erp, dataverse, base, policy).planned(context).on(ERP) == ()


def test_one_way_into_a_fixed_field() -> None:
    """A field that the ERP takes on create only is not put back there either."""
    plan = record("PartyType < msdyn_partycountry", "b", "a", ("a", "a")).planned()
    assert plan.on(ERP) == ()


@pytest.mark.parametrize("mark", ["erp", "dataverse"])
def test_marked(mark: Mark) -> None:
    """A mark does not send a key to the ERP."""
    marked = record(FIXED, "C1", "C2", mark=mark)
    assert writes(marked.planned()) == [(DATAVERSE, "C1", "mark")]


@pytest.mark.parametrize("text", [KEY, FIXED])
def test_marked_for_the_policy(text: str) -> None:
    """Neither does a mark for the policy, when Dataverse wins conflicts."""
    marked = keyed(text, "C1", "C2", None, "{conflict: dataverse_wins}")
    marked.agreed = marked.agreed.changed(marked.flow, marks={marked.flow.lines[0].definition: "policy"})
    assert marked.planned().on(ERP) == ()
