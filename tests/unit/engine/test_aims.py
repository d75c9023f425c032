"""Which side a record does not get to that is set aside."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from shared.engine import aims
from shared.ledger import Trouble
from shared.mapping import DATAVERSE, ERP

WHOLE = {"line": "", "code": "ambiguous"}


@pytest.mark.parametrize(
    ("kind", "items", "wanted"),
    [
        ("parked", [WHOLE], {DATAVERSE}),
        ("parked", [{"line": "name", "side": ERP}], {ERP}),
        ("parked", [{"line": "name", "side": ERP}, {"line": "fax", "side": DATAVERSE}], {ERP, DATAVERSE}),
        ("waiting", [{"line": "term", "side": ERP}], {DATAVERSE}),
    ],
)
def test_where_it_does_not_get_to(kind: Literal["parked", "waiting"], items: Any, wanted: set[str]) -> None:
    """A record of the ERP as a whole: across. A line: to the side that refuses it. A reference that waits: away from
    the side that names it.
    """
    assert aims(Trouble(kind, "e~1", ERP, ("1",), tuple(items), "")) == wanted
