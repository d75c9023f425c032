"""A record that is on one side only: what is written to the other, and what both agree on afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from shared.mapping import ABSENT, DATAVERSE, ERP, KeyPath, Side, Unresolved, other
from shared.reconcile import Context, LineWrite, Missing, Plan, created, creation, found_created
from tests.unit.mapping.maps import GROUP, HOLD, built, customers, map_text
from tests.unit.reconcile.records import ASK, Record, known, writes

NAME: Final = "OrganizationName = name"
LIMIT: Final = "CreditLimit = creditlimit"
RATING: Final = "CreditRating = msdyn_creditrating"
STATUS: Final = "OnHoldStatus >< msdyn_onholdstatus hold"
TERM: Final = "PaymentTerms = msdyn_paymentterm.msdyn_name"
LATITUDE: Final = "InvoiceAddressLatitude > address2_latitude"
CODES: Final = known({"id1": "10D", "long": "x" * 11})
ALL: Final = "806380002"


def new(text: str, side: Side, value: str, context: Context = CODES) -> Plan:
    """The plan for a new customer with one more line, whose value stands on `side`. The key is left out."""
    plan = creation(customers(text, values=HOLD), side, ["", value], context)
    assert (plan.agree, plan.kept, plan.confirm) == ((), (), False)
    return plan


def born(side: Side, value: str, text: str, stored: Sequence[str] | None) -> Record:
    """A customer just created from `side`, as the other side stored it; key and value."""
    flow = customers(text, values=HOLD)
    values = ["C1", value]
    plan = creation(flow, side, values, CODES)
    agreed = created(flow, side, values, plan, stored)
    there = list(stored) if stored is not None else ["C1", *(write.new for write in plan.writes[1:])]
    pair = (values, there) if side == ERP else (there, values)
    return Record(flow, list(pair[0]), list(pair[1]), agreed)


# -- what cannot be written


@pytest.mark.parametrize(
    ("text", "side", "value", "code"),
    [
        (RATING, DATAVERSE, "x" * 11, "too-long"),
        (LIMIT, ERP, "-1", "range"),
        (STATUS, ERP, "Never", "value-map"),
        (TERM, DATAVERSE, "long", "too-long"),
        (f"{TERM} ; missing error", ERP, Unresolved("90D"), "missing"),
        (f"{TERM} ; missing error", DATAVERSE, "strange", "missing"),
    ],
)
def test_problems(text: str, side: Side, value: str, code: str) -> None:
    """A value that cannot be carried over is a problem of its line on the target."""
    plan = new(text, side, value)
    (problem,) = plan.problems
    assert (problem.index, problem.side, problem.code) == (1, other(side), code)
    assert problem.message
    assert (plan.writes, plan.missing) == ((), ())


@pytest.mark.parametrize("deferred", [True, False])
@pytest.mark.parametrize(
    ("side", "value", "code"), [(ERP, Unresolved("90D"), "90D"), (DATAVERSE, "strange", "strange")]
)
def test_missing(side: Side, value: str, code: str, deferred: bool) -> None:
    """A partner that is not there yet is named; a deferred one is waited for after the create."""
    plan = new(f"{TERM} ; deferred" if deferred else TERM, side, value)
    path = KeyPath("msdyn_paymentterms", "msdyn_name")
    assert plan == Plan(missing=(Missing(1, side, path, "", "usmf", code, deferred),))


@pytest.mark.parametrize("option", ["missing clear", "missing keep"])
@pytest.mark.parametrize(("side", "value"), [(ERP, Unresolved("90D")), (DATAVERSE, "strange")])
def test_missing_and_left_out(option: str, side: Side, value: str) -> None:
    """Where a missing partner is cleared or kept, the new record has none."""
    assert new(f"{TERM} ; {option}", side, value) == Plan()


# -- what is left out


@pytest.mark.parametrize(
    ("text", "side", "value"),
    [
        (NAME, ERP, ""),
        (NAME, DATAVERSE, ""),
        (NAME, ERP, ABSENT),
        (LIMIT, ERP, ""),
        (f"{NAME} ; update", ERP, "a"),
        ("OrganizationName < name", ERP, "a"),
        ("OrganizationName > name", DATAVERSE, "a"),
        (f"{NAME} initial x", ERP, ABSENT),
        (TERM, DATAVERSE, ""),
    ],
)
def test_left_out(text: str, side: Side, value: str) -> None:
    """Blanks are left to the target's own defaults; lines of the other direction or for updates are not written."""
    assert new(text, side, value) == Plan()


def test_rounded_to_nothing() -> None:
    """What rounds to nothing is blank, and left out."""
    assert new("DeliveryAddressLatitude = address1_latitude", ERP, "0.000001") == Plan()


# -- what is written


@pytest.mark.parametrize(
    ("text", "side", "value", "expected"),
    [
        (NAME, ERP, "a", "a"),
        (NAME, DATAVERSE, "a", "a"),
        (LIMIT, ERP, "1.005", "1.005"),
        (STATUS, ERP, "All", ALL),
        (STATUS, DATAVERSE, ALL, "All"),
        (LATITUDE, ERP, "52.123456", "52.12346"),
        ("OrganizationName < name", DATAVERSE, "a", "a"),
        (f"{NAME} ; create", ERP, "a", "a"),
        (f"{NAME} initial x", ERP, "", "x"),
        (f"{NAME} initial x", DATAVERSE, "", "x"),
        (f"{NAME} initial x", ERP, "a", "a"),
        (TERM, ERP, "id1", "id1"),
        (TERM, ERP, "without code", "without code"),
        (TERM, DATAVERSE, "id1", "id1"),
        (f"{NAME} default x", ERP, "", "x"),
        (f"{NAME} default x", DATAVERSE, "", "x"),
        ("PartyCountry >< msdyn_partycountry us", ERP, "", "US"),
    ],
)
def test_written(text: str, side: Side, value: str, expected: str) -> None:
    """Values go through the map; a default, an initial value or a listed blank stands in for a blank."""
    flow = customers(text, values="{us: {'': US, DE: DE}, " + HOLD[1:])
    plan = creation(flow, side, ["C1", value], CODES)
    key, write = plan.writes
    assert (key.side, key.new, key.reason) == (other(side), "C1", "create")
    assert (write.index, write.side, write.new, write.old, write.reason) == (1, other(side), expected, "", "create")


def test_every_line_at_once() -> None:
    """Problems and missing partners of some lines do not hide the values of the others."""
    flow = customers(NAME, RATING, TERM, LIMIT)
    plan = creation(flow, DATAVERSE, ["C1", "a", "x" * 11, "strange", "5"], CODES)
    assert plan.writes == (
        LineWrite(0, ERP, "", "C1", "C1", "create"),
        LineWrite(1, ERP, "", "a", "a", "create"),
        LineWrite(4, ERP, "", "5", "5", "create"),
    )
    assert [problem.index for problem in plan.problems] == [2]
    assert [missing.index for missing in plan.missing] == [3]


# -- afterwards


@pytest.mark.parametrize("stored", [["C1", "a"], ["c1", "a"], None])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_agreed(side: Side, stored: Sequence[str] | None) -> None:
    """What is stored as it was sent is agreed, also if the answer did not show it."""
    assert born(side, "a", NAME, stored).planned() == Plan()


@pytest.mark.parametrize(
    ("side", "value", "stored"),
    [(ERP, "a", "A."), (DATAVERSE, "a", "A."), (ERP, "", "given"), (DATAVERSE, "", "given"), (ERP, "a", "")],
)
def test_otherwise(side: Side, value: str, stored: str) -> None:
    """What the server made of a value, or filled by itself, flows back as its edit."""
    found = born(side, value, NAME, ["C1", stored])
    assert writes(found.planned()) == [(side, stored, "edit")]
    found.carry_out(found.planned())
    assert found.planned() == Plan()


@pytest.mark.parametrize(("side", "text"), [(DATAVERSE, "OrganizationName < name"), (ERP, "OrganizationName > name")])
def test_what_the_target_fills_in_for_a_source_that_says_nothing(side: Side, text: str) -> None:
    """Nobody's word is put back for a blank: it stands until the source says something, and so it is where the create
    is found carried out.
    """
    found = born(side, "", text, ["C1", "given"])
    assert found.planned() == Plan()
    again = found_created(found.flow, side, ["C1", ""], ["C1", "given"])
    assert again.base(found.flow.lines[1]) == found.agreed.base(found.flow.lines[1])
    found.side(side)[1] = "said"
    assert [(write.side, write.new) for write in found.planned().writes] == [(other(side), "said")]


def test_number() -> None:
    """A number that the ERP gave flows back to the record it was created for."""
    flow = customers("PartyNumber = msdyn_partynumber ; assigned erp")
    values = ["C1", ""]
    plan = creation(flow, DATAVERSE, values, CODES)
    agreed = created(flow, DATAVERSE, values, plan, ["C1", "P-7"])
    assert writes(Record(flow, ["C1", "P-7"], values, agreed).planned()) == [(DATAVERSE, "P-7", "edit")]


@pytest.mark.parametrize(("side", "value"), [(ERP, Unresolved("90D")), (DATAVERSE, "strange")])
def test_deferred(side: Side, value: str) -> None:
    """A deferred line has no base but a mark: its source fills the blank when the partner is there."""
    found = born(side, value, f"{TERM} ; deferred", ["C1", ""])
    line = found.flow.lines[1]
    assert (line.definition in found.agreed.bases, dict(found.agreed.marks)) == (False, {line.definition: side})
    assert len(found.planned(CODES).missing) == 1
    found.side(side)[1] = "id1"
    assert writes(found.planned(CODES)) == [(other(side), "id1", "mark")]


@pytest.mark.parametrize(("text", "value"), [(f"{NAME} initial x", ""), (f"{TERM} ; missing keep", Unresolved("9"))])
def test_difference_that_is_meant(text: str, value: str) -> None:
    """An initial value, and a reference that is left out on purpose, are agreed as they stand."""
    assert born(ERP, value, text, ["C1", "x" if "initial" in text else ""]).planned(CODES) == Plan()


@pytest.mark.parametrize(
    ("side", "text", "edited"),
    [(DATAVERSE, LATITUDE, (DATAVERSE, "6")), (ERP, "OrganizationName < name", (ERP, "6"))],
)
def test_created_from_the_target(side: Side, text: str, edited: tuple[Side, str]) -> None:
    """What was just created says nothing against the record that it was made of, until somebody edits it."""
    found = born(side, "5", text, ["C1", ""])
    assert found.planned() == Plan()
    found.side(other(side))[1] = "6"
    assert [(write.side, write.new) for write in found.planned().writes] == [edited]


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_update_only(side: Side) -> None:
    """What a new record holds on a line for updates only is no edit; the first edit flows, from either side."""
    for edited in (side, other(side)):
        found = born(side, "a", f"{NAME} ; update", ["C1", "default"])
        assert found.planned() == Plan()
        found.side(edited)[1] = "b"
        assert [(write.side, write.new) for write in found.planned().writes] == [(other(edited), "b")]


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_update_only_without_an_answer(side: Side) -> None:
    """Where nobody knows what a new record holds, the record that it was made of wins, and no default."""
    found = born(side, "a", f"{NAME} ; update", None)
    found.side(other(side)).append("default")
    assert [(write.side, write.new) for write in found.planned().writes] == [(other(side), "a")]


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_update_only_of_a_create_that_is_found(side: Side) -> None:
    """The same where an earlier create is found carried out."""
    flow = customers(f"{NAME} ; update")
    assert found_created(flow, side, ["C1", "a"], ["C1", "default"]).mark(flow.lines[1]) == side


@pytest.mark.parametrize(("side", "text"), [(DATAVERSE, "OrganizationName < name"), (ERP, "OrganizationName > name")])
def test_what_a_create_sent_before_its_source_was_emptied_is_not_what_the_target_fills_in(
    side: Side, text: str
) -> None:
    """The source has spoken, and is the truth from then on."""
    flow = customers(text)
    assert found_created(flow, side, ["C1", ""], ["C1", "sent"], {1}).mark(flow.lines[1]) == side


@pytest.mark.parametrize("stored", ["a", ""])
def test_absent(stored: str) -> None:
    """Nothing is agreed about a field that the source did not show."""
    found = born(ERP, ABSENT, NAME, ["C1", stored])
    assert found.flow.lines[1].definition not in found.agreed.bases


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_create_only(side: Side) -> None:
    """A line for create only is of no concern afterwards, whatever the server made of it."""
    assert born(side, "a", f"{NAME} ; create", ["C1", "b"]).planned(ASK) == Plan()


@pytest.mark.parametrize("key", ["", "C1"])
def test_a_key_that_dataverse_alone_gives_has_to_be_there(key: str) -> None:
    """Without it nothing is created: a number of the ERP's own would never come back. Two ways it may."""
    flow = built(map_text("CustomerAccount < accountnumber", GROUP, "OrganizationName < name"))
    plan = creation(flow, DATAVERSE, [key, "Contoso"], CODES)
    assert [(each.code, each.value) for each in plan.problems] == ([] if key else [("required", "")])
    assert not creation(customers(NAME), DATAVERSE, [key, "Contoso"], CODES).problems
