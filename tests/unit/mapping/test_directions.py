"""Directions: which sides a map writes, where it makes records, and what deletes against its direction come to."""

from __future__ import annotations

import pytest

from shared.mapping import FlowMap
from tests.unit.mapping.maps import GROUP, built, customers, map_text, problems

SAID = (
    "'erp' is not one of propagate, uncouple, restore, park; a word for each side is written "
    "{erp: park, dataverse: restore}"
)
TO_DATAVERSE = ("CustomerAccount > accountnumber", "OrganizationName > name")
TO_ERP = ("CustomerAccount < accountnumber", "OrganizationName < name", "CustomerGroupId < description")


def one_way(*lines: str, policy: str = "{}") -> FlowMap:
    return built(map_text(*lines, policy=policy))


@pytest.mark.parametrize(
    ("flow", "targets"),
    [
        (customers("OrganizationName = name"), {"erp", "dataverse"}),
        (one_way(*TO_DATAVERSE, GROUP), {"dataverse"}),
        (one_way(*TO_DATAVERSE, "CustomerGroupId << - initial 10"), {"dataverse"}),
        (one_way(*TO_ERP, "- >> customertypecode default 3"), {"erp"}),
    ],
)
def test_targets(flow: FlowMap, targets: set[str]) -> None:
    """Lines with a source make a side a target; constants and `initial` do not. Records are made at targets."""
    assert flow.targets == flow.creates == targets


def test_nothing_is_made_in_the_erp_that_lacks_what_it_demands() -> None:
    """So a map that only runs to Dataverse may give the ERP a constant, and not all that a customer needs."""
    assert one_way(*TO_DATAVERSE, "SalesMemo << - default x").creates == {"dataverse"}


@pytest.mark.parametrize(
    ("policy", "erp", "dataverse"),
    [
        ("{}", "park", "restore"),
        ("{delete: propagate}", "propagate", "restore"),
        ("{delete: restore}", "park", "restore"),
        ("{delete: uncouple}", "uncouple", "uncouple"),
        ("{delete: park}", "park", "park"),
        ("{delete: {dataverse: propagate}}", "park", "propagate"),
        ("{delete: {erp: propagate}}", "propagate", "restore"),
        ("{delete: propagate, creates: none}", "propagate", "park"),
    ],
)
def test_deletes_of_a_one_way_map(policy: str, erp: str, dataverse: str) -> None:
    """By the side where a record was deleted: a source takes its target along, a target is made again."""
    flow = one_way(*TO_DATAVERSE, policy=policy)
    assert (flow.on_delete("erp"), flow.on_delete("dataverse")) == (erp, dataverse)


@pytest.mark.parametrize(
    ("policy", "field", "what"),
    [
        ("{creates: both}", "policy.creates", "no line writes the ERP: what is created there would be empty"),
        ("{creates: all}", "policy.creates", ""),
        (
            "{delete: {erp: restore}}",
            "policy.delete.erp",
            "restore creates again in the ERP, where the map creates nothing",
        ),
        ("{delete: {erp: gone}}", "policy.delete.erp", ""),
        ("{delete: {finops: park}}", "policy.delete.finops", ""),
        (
            "{delete: erp}",
            "policy.delete",
            SAID,
        ),
    ],
)
def test_what_makes_no_sense_is_refused(policy: str, field: str, what: str) -> None:
    (problem,) = problems(map_text(*TO_DATAVERSE, policy=policy))
    assert problem.field == field
    assert what in {"", problem.what, f"{problem.what}; {problem.remedy}"}


def test_a_key_that_does_not_flow_where_records_are_made_is_refused() -> None:
    """Though no line runs both ways: a customer cannot be made without its number."""
    (problem,) = problems(map_text("CustomerAccount > accountnumber", "OrganizationName < name", GROUP))
    assert problem.what == "identity field CustomerAccount does not flow to the ERP, other lines do"


def test_creates_is_a_term_of_the_approval() -> None:
    """A report that was approved speaks of the map with its `creates`."""
    prints = {customers(policy=policy).fingerprint for policy in ("{}", "{creates: erp}", "{creates: none}")}
    assert len(prints) == 3
