"""What a review advises, by the rows that both sides hold (reference: business-central 4.12)."""

from __future__ import annotations

import pytest

from shared.engine._review import advised
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import shipped


@pytest.mark.parametrize(
    ("flow", "erp", "dataverse", "wanted"),
    [
        ("customers", 0, 0, "nothing"),
        ("customers", 5, 0, "full"),
        ("customers", 0, 5, "full"),
        ("customers", 5, 5, "couple"),
        ("currencies", 5, 1, "full"),
        ("currencies", 5, 2, "couple"),
        ("units_of_measure", 0, 1, "nothing"),
        ("units_of_measure", 5, 1, "full"),
        ("units_of_measure", 0, 2, "full"),
        ("units_of_measure", 5, 2, "couple"),
        ("payment_terms", 0, 4, "nothing"),
        ("payment_terms", 5, 0, "couple"),
        ("payment_terms", 5, 4, "couple"),
        ("salespeople", 5, 5, "couple"),
        ("salespeople", 0, 5, "nothing"),
    ],
)
def test_advice(flow: str, erp: int, dataverse: int, wanted: str) -> None:
    """Rows on one side: a full synchronisation. On both: coupling. What Dataverse comes with is no data, the options of
    a choice are always there, and nobody is advised to create what only people can make.
    """
    assert advised(shipped().map(f"business_central.{flow}"), {ERP: erp, DATAVERSE: dataverse}) == wanted
