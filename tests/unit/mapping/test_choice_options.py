"""Options of a choice as the Dataverse side of a map, and lines that name them by their coupling."""

from __future__ import annotations

import pytest

from shared.errors import MapError, Refused
from shared.mapping import DATAVERSE, FlowMap, build_map, entity, parse_document
from tests.unit.mapping.maps import GROUP, KEY, customers, map_text

TERMS = {
    "erp": "{system: finops, entity: PaymentTerms, identity: [dataAreaId, Name]}",
    "match": "[[Name]]",
    "company": "{erp: dataAreaId}",
}
FLOWS = {"suite.terms", "suite.accounts"}


def terms(dataverse: str = "{choice: accounts.paymenttermscode}", *lines: str) -> FlowMap:
    text = map_text(*(lines or ("Name > label",)), dataverse=dataverse, **TERMS)
    return build_map("suite.terms", [parse_document(text, "terms.yaml")])


def test_an_option_has_a_number_and_a_label() -> None:
    """The number tells it apart and is nobody's to write; nothing tracks its changes."""
    found = terms()
    options = found.dataverse.entity
    assert (options.key, [*options.fields], options.change_tracking) == (("value",), ["value", "label"], False)
    assert found.dataverse_identity({"value": 100000001, "label": "N30"}) == "100000001"
    assert entity(DATAVERSE, "accounts.paymenttermscode") is options


@pytest.mark.parametrize(
    ("dataverse", "said"),
    [
        ("{choice: accounts.name}", "'accounts.name' is no choice column; write a table and its column"),
        ("{choice: paymenttermscode}", "'paymenttermscode' is no choice column"),
        ("{choice: nothing.paymenttermscode}", "'nothing.paymenttermscode' is no choice column"),
        ("{choice: accounts.paymenttermscode, table: accounts}", "needs a table or a choice"),
        ("{}", "needs a table or a choice; write dataverse: {table: accounts}"),
        ("{choice: accounts.paymenttermscode, scope: value eq 1}", "options of a choice have no scope; drop scope"),
    ],
)
def test_what_is_no_choice_is_refused(dataverse: str, said: str) -> None:
    with pytest.raises(MapError) as refused:
        terms(dataverse)
    assert said in str(refused.value)


def test_the_number_of_an_option_is_not_written() -> None:
    with pytest.raises(MapError, match="value is read-only"):
        terms("{choice: accounts.paymenttermscode}", "Name > label", "NumberOfDays > value")


def test_a_schema_file_of_that_name_is_not_looked_for() -> None:
    """A column that is no choice has no options."""
    with pytest.raises(Refused, match=r"no schema for dataverse entity 'accounts.name'"):
        entity(DATAVERSE, "accounts.name")


def line_of(text: str) -> FlowMap:
    return build_map("suite.accounts", [parse_document(map_text(KEY, GROUP, text), "accounts.yaml")], flows=FLOWS)


def test_a_line_names_an_option_by_its_coupling() -> None:
    line = line_of("PaymentTerms = paymenttermscode via terms").lines[1]
    assert line.lookup is not None
    assert (line.lookup.via, line.waits) == (("suite.terms",), True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("PaymentTerms = paymenttermscode", "PaymentTerms is"),
        ("PaymentTerms = paymenttermscode.name via terms", "is not a lookup"),
        ("PaymentTerms = name via terms", "is not a lookup"),
        ("PaymentTerms = paymenttermscode via terms default N30", "takes no default"),
        ("CreditLimit = paymenttermscode via terms", "CreditLimit is"),
    ],
)
def test_a_line_that_cannot_name_an_option_is_refused(line: str, said: str) -> None:
    with pytest.raises(MapError) as refused:
        line_of(line)
    assert said in str(refused.value)


def test_a_map_of_a_table_keeps_its_fingerprint() -> None:
    """That heads may name a choice asks nobody for a new match report."""
    assert customers().fingerprint == "66df84d1764ee9f5"
