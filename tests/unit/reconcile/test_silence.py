"""What a side says at a first match, and where it says nothing: as each system spells it, or as the map declares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from shared.mapping import DATAVERSE, ERP, Agreed, Row, Side, holder, speaker
from shared.reconcile import Context, Plan, coerced, creation, reconcile
from tests.unit.mapping.maps import GROUP, KEY, customers, map_text, problems
from tests.unit.reconcile.records import Record, writes

LIMIT: Final = "CreditLimit = creditlimit"
MANDATORY: Final = "CreditLimitIsMandatory >< msdyn_creditlimitismandatory yes_no"
LATITUDE: Final = "DeliveryAddressLatitude > address1_latitude"
ONE_WAY: Final = "SalesMemo > description"
MASTERS: Final = (None, ERP, DATAVERSE)


def met(text: str, erp: Any, dataverse: Any, master: Side | None, named: Side | None = None) -> tuple[Record, Context]:
    """Two rows that have just met, with these raw values on one line, and what they say."""
    flow = customers(text)
    line = flow.lines[1]
    left = {"CustomerAccount": "C1", line.erp.wire_name: erp}
    right = {"accountnumber": "C1", line.dataverse.wire_name: dataverse}
    rows: dict[Side, Row] = {ERP: left, DATAVERSE: right}
    return Record(flow, flow.erp.read(left), flow.dataverse.read(right)), Context(
        master, says=speaker(rows, named), holds=holder(rows)
    )


def outcome(found: tuple[Record, Context]) -> tuple[list[tuple[str, str, str]], list[tuple[Side, str]]]:
    """What is written, and which losers are kept."""
    plan = found[0].planned(found[1])
    return writes(plan), [(kept.side, kept.value) for kept in plan.kept]


# -- two ways


@pytest.mark.parametrize("master", MASTERS)
@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "written", "lost"),
    [
        (MANDATORY, "Yes", None, (DATAVERSE, "true", "fill"), []),
        (LIMIT, 5000, None, (DATAVERSE, "5000", "fill"), []),
        (f"{LIMIT} ; blank 0", 0, 5000, (ERP, "5000", "fill"), [(ERP, "")]),
        (f"{MANDATORY} ; blank No", "No", True, (ERP, "Yes", "fill"), [(ERP, "No")]),
        (f"{MANDATORY} ; blank Yes", "No", False, None, []),
        ("SalesMemo = description", "", "a", (ERP, "a", "fill"), []),
    ],
)
def test_blank_never_wins(master: Side | None, text: str, erp: Any, dataverse: Any, written: Any, lost: Any) -> None:
    """Whoever is master: null, an empty text, and what the map declares to say nothing are filled; a value that only
    the map declares to be nothing is kept all the same.
    """
    assert outcome(met(text, erp, dataverse, master)) == ([written] if written else [], lost)


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "master", "written", "lost"),
    [
        (LIMIT, 5000, 0, DATAVERSE, (ERP, "", "master"), (ERP, "5000")),
        (LIMIT, 5000, 0, ERP, (DATAVERSE, "5000", "master"), (DATAVERSE, "")),
        (LIMIT, 0, 5000, ERP, (DATAVERSE, "", "master"), (DATAVERSE, "5000")),
        (LIMIT, 0, 5000, DATAVERSE, (ERP, "5000", "master"), (ERP, "")),
        (MANDATORY, "Yes", False, DATAVERSE, (ERP, "No", "master"), (ERP, "Yes")),
        (MANDATORY, "No", True, ERP, (DATAVERSE, "false", "master"), (DATAVERSE, "true")),
    ],
)
def test_zero_is_said(text: str, erp: Any, dataverse: Any, master: Side, written: Any, lost: Any) -> None:
    """A zero, a false and a No are values: the master wins, and the loser is kept."""
    assert outcome(met(text, erp, dataverse, master)) == ([written], [lost])


@pytest.mark.parametrize(("text", "erp", "dataverse"), [(LIMIT, 5000, 0), (LIMIT, 0, 5000), (MANDATORY, "Yes", False)])
def test_zero_without_a_master(text: str, erp: Any, dataverse: Any) -> None:
    """Where nobody is master, a zero against a value waits for a person."""
    record, context = met(text, erp, dataverse, None)
    assert [kept.open for kept in record.planned(context).kept] == [True]


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "lost", "filled"),
    [
        (f"{LIMIT} ; blank 0", 0, 5000, "5000", [(ERP, "")]),
        (f"{MANDATORY} ; blank No", "No", True, "true", [(ERP, "No")]),
    ],
)
def test_named_master(text: str, erp: Any, dataverse: Any, lost: str, filled: list[tuple[Side, str]]) -> None:
    """What is only declared to say nothing counts where a person named its side the master of the run."""
    assert outcome(met(text, erp, dataverse, ERP, named=ERP))[1] == [(DATAVERSE, lost)]
    assert outcome(met(text, erp, dataverse, DATAVERSE, named=DATAVERSE))[1] == filled


@pytest.mark.parametrize("named", [ERP, DATAVERSE])
def test_null_against_a_named_master(named: Side) -> None:
    """A null says nothing whoever was named."""
    written = [(DATAVERSE, "true", "fill")]
    assert outcome(met(MANDATORY, "Yes", None, named, named=named)) == (written, [])


@pytest.mark.parametrize("dataverse", [None, False])
def test_equal(dataverse: Any) -> None:
    """A null that stands beside a No is no difference."""
    record, context = met(MANDATORY, "No", dataverse, ERP)
    assert record.planned(context) == Plan(agree=(0, 1), confirm=True)


# -- one way


@pytest.mark.parametrize("master", MASTERS)
@pytest.mark.parametrize(("text", "erp", "dataverse"), [(ONE_WAY, "", "a"), (f"{LATITUDE} ; blank 0", 0, 48.2)])
def test_source_that_says_nothing(master: Side | None, text: str, erp: Any, dataverse: Any) -> None:
    """Both keep what they hold, for good, and an edit of the target stays; it is no difference that a server made."""
    record, context = met(text, erp, dataverse, master)
    record.carry_out(record.planned(context))
    assert record.dataverse[1] == str(dataverse)
    assert record.planned(context) == Plan()
    assert coerced(record.flow, record.agreed, (record.erp, record.dataverse), context) == []
    record.dataverse[1] = "7"
    assert writes(record.planned(context)) == []


@pytest.mark.parametrize(("text", "erp", "dataverse"), [(ONE_WAY, "", "a"), (f"{LATITUDE} ; blank 0", 0, 48.2)])
def test_first_word_of_a_source(text: str, erp: Any, dataverse: Any) -> None:
    """From the source's first edit on it is the truth: an edit of the target is put back, also to nothing."""
    record, context = met(text, erp, dataverse, None)
    record.carry_out(record.planned(context))
    record.erp[1] = "5"
    spoken = replace(context, says=None)
    assert writes(record.planned(spoken)) == [(DATAVERSE, "5", "edit")]
    record.carry_out(record.planned(spoken))
    record.erp[1] = ""
    record.carry_out(record.planned(context))
    record.dataverse[1] = "7"
    assert writes(record.planned(context)) == [(DATAVERSE, "", "put_back")]


def test_zero_of_a_source() -> None:
    """Where the map does not declare it, the zero of a source is its value."""
    record, context = met(LATITUDE, 0, 48.2, None)
    plan = record.planned(context)
    assert writes(plan) == [(DATAVERSE, "", "master")]
    assert [kept.value for kept in plan.kept] == ["48.2"]


def test_default_fills_a_blank_only() -> None:
    """What the map gives in place of a blank is no reason to overwrite what stands in the target."""
    text = "PartyCountry > msdyn_partycountry default US"
    assert outcome(met(text, "", None, ERP)) == ([(DATAVERSE, "US", "fill")], [])
    assert outcome(met(text, "", "DE", ERP)) == ([], [])


# -- new records


@pytest.mark.parametrize(("raw", "sent"), [(None, []), (False, ["No"]), (True, ["Yes"])])
def test_new_record(raw: Any, sent: list[str]) -> None:
    """A null is not told to a new record as a No: what the target gives it by itself stands."""
    flow = customers(MANDATORY)
    row = {"accountnumber": "C1", "msdyn_creditlimitismandatory": raw}
    context = Context(None, says=speaker({DATAVERSE: row}))
    plan = creation(flow, DATAVERSE, flow.dataverse.read(row), context)
    assert [write.new for write in plan.on(ERP) if write.index == 1] == sent


# -- the grammar


def test_unfit_declaration() -> None:
    """What is declared to say nothing is a value of the ERP's field."""
    found = problems(map_text(KEY, GROUP, f"{MANDATORY} ; blank Maybe"))
    assert ["'Maybe' is not a value of" in each.what for each in found] == [True]


def test_declaration_keeps_bases() -> None:
    """To declare what says nothing redefines no line: what was agreed holds."""
    plain, declared = (customers(f"{MANDATORY}{option}") for option in ("", " ; blank No"))
    agreed = Agreed({})
    assert plain.lines[1].definition == declared.lines[1].definition
    assert reconcile(declared, agreed, ["C1", "No"], ["C1", "false"], Context(None)).writes == ()
