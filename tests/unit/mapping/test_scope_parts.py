"""An overlay adds to a scope, or says that it takes its place."""

from __future__ import annotations

import pytest

from shared.mapping import Problem
from tests.unit.mapping.maps import GROUP, KEY, built, map_text, number_of, problems

BASE = map_text(
    KEY,
    GROUP,
    erp="{system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount]}",
    dataverse="{table: accounts, scope: customertypecode eq 3 and statecode eq 0}",
)
DROPS = "drops a condition of the scope that it replaces: "
ADD_OR_REPLACE = "write scope: {and: ...} to add to the scope, or scope: {instead: ...} if more is to come in"


def overlay(scope: str, side: str = "dataverse", *more: str) -> str:
    return "\n".join(["extends: customers", f"{side}:", f"  scope: {scope}", *more]) + "\n"


def only(*overlays: str) -> Problem:
    (problem,) = problems(BASE, *overlays)
    return problem


@pytest.mark.parametrize(
    ("overlays", "scope", "pushed"),
    [
        (
            ["{and: creditlimit gt 5}"],
            "(customertypecode eq 3 and statecode eq 0) and (creditlimit gt 5)",
            "((customertypecode eq 3 and statecode eq 0) and creditlimit gt 5)",
        ),
        (
            ["{and: creditlimit gt 5 or fax ne ''}", "{and: name ne 'x'}"],
            "(customertypecode eq 3 and statecode eq 0) and (creditlimit gt 5 or fax ne '') and (name ne 'x')",
            "(((customertypecode eq 3 and statecode eq 0) and (creditlimit gt 5 or fax ne '')) and name ne 'x')",
        ),
        (["{instead: customertypecode eq 8}"], "customertypecode eq 8", "customertypecode eq 8"),
        (["{instead: ''}"], "", ""),
        (
            ["{instead: customertypecode eq 8, and: name ne 'x'}"],
            "(customertypecode eq 8) and (name ne 'x')",
            "(customertypecode eq 8 and name ne 'x')",
        ),
        (["{and: name ne 'x'}", "{instead: statecode eq 0}"], "statecode eq 0", "statecode eq 0"),
        (
            ["statecode eq 0 and fax ne '' and CustomerTypeCode in (3)"],
            "statecode eq 0 and fax ne '' and CustomerTypeCode in (3)",
            "((statecode eq 0 and fax ne '') and customertypecode eq 3)",
        ),
    ],
)
def test_the_scope_as_it_holds(overlays: list[str], scope: str, pushed: str) -> None:
    """What overlays add holds beside the shipped conditions, whatever `or` it has; what keeps them all may be written
    as a whole.
    """
    found = built(BASE, *map(overlay, overlays)).dataverse.scope
    assert (found.text, found.pushed) == (scope, pushed)


def test_a_side_without_a_scope() -> None:
    """What is added to no filter is the filter."""
    assert built(BASE, overlay("{and: PartyType eq 'Person'}", "erp")).erp.scope.text == "PartyType eq 'Person'"
    assert built(BASE, overlay("PartyType eq 'Person'", "erp")).erp.scope.text == "PartyType eq 'Person'"


def test_more_of_a_scope_is_another_map() -> None:
    """It is planned and approved anew."""
    assert built(BASE, overlay("{and: creditlimit gt 5}")).fingerprint != built(BASE).fingerprint


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        ("customertypecode eq 3 and creditlimit gt 5", f"{DROPS}statecode eq 0"),
        ("creditlimit gt 5", f"{DROPS}customertypecode eq 3, statecode eq 0"),
        ("customertypecode eq 3 or statecode eq 0", f"{DROPS}customertypecode eq 3, statecode eq 0"),
        ("''", f"{DROPS}customertypecode eq 3, statecode eq 0"),
    ],
)
def test_a_condition_is_not_dropped_unsaid(scope: str, what: str) -> None:
    """Nobody makes customers of prospects by a filter for something else."""
    problem = only(overlay(scope))
    assert (problem.file, problem.field, problem.line) == ("overlay1.yaml", "dataverse.scope", 3)
    assert (problem.what, problem.remedy) == (what, ADD_OR_REPLACE)


def test_a_condition_of_another_overlay_is_not_dropped_unsaid() -> None:
    text = "customertypecode eq 3 and statecode eq 0"
    problem = only(overlay("{and: creditlimit gt 5}"), overlay(text))
    assert (problem.file, problem.what) == ("overlay2.yaml", f"{DROPS}creditlimit gt 5")


def test_each_filter_is_answered_where_it_stands() -> None:
    """A mistake in what one overlay adds is not looked for in another, nor in the shipped map."""
    overlays = overlay("{and: creditlimi gt 5}"), overlay("{and: name ne 'x'}")
    problem = only(*overlays)
    assert (problem.file, problem.line) == ("overlay1.yaml", number_of(overlays[0], "scope:"))
    assert problem.what == "creditlimi is not a field of accounts"


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        ("{plus: creditlimit gt 5}", "'plus' says nothing of a scope"),
        ("{}", "a map of its own has nothing to add to"),
        ("{and: [creditlimit gt 5]}", "'and' says nothing of a scope"),
        ("{and: customertypecode in (1, 3)}", "the filter is cut off at a comma"),
    ],
)
def test_what_is_no_scope(scope: str, what: str) -> None:
    problem = only(overlay(scope))
    assert (problem.file, problem.field) == ("overlay1.yaml", "dataverse.scope")
    assert problem.what == what


def test_a_shipped_map_adds_to_nothing() -> None:
    (problem,) = problems(map_text(KEY, GROUP, dataverse="{table: accounts, scope: {and: statecode eq 0}}"))
    assert problem.what == "a map of its own has nothing to add to"
    assert problem.remedy == "write the filter itself: scope: field eq 1"


def test_a_filter_that_is_cut_off() -> None:
    """YAML takes what follows the comma of a list for an entry of its own."""
    (problem,) = problems(map_text(KEY, GROUP, dataverse="{table: accounts, scope: customertypecode in (1, 3)}"))
    assert (problem.what, problem.remedy) == (
        "the filter is cut off at a comma",
        'put it in double quotes: scope: "field in (1, 3)"',
    )
