"""The quick projection of a record and the readers of its fields say the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import ABSENT, DATAVERSE, entity, reader
from shared.mapping._projection import _PLAIN, SURPRISES, compiled

TABLES = (("finops", "CustomersV3"), ("finops", "PaymentTerms"), (DATAVERSE, "accounts"), (DATAVERSE, "contacts"))
PLAIN = st.none() | st.booleans() | st.integers(-3, 10**9) | st.sampled_from(["", " ", "0", "1.5", "No", "no"])
ODD = st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({"a": 1})


@pytest.mark.parametrize(("system", "name"), TABLES)
@given(data=st.data())
def test_any_row(system: str, name: str, data: st.DataObject) -> None:
    """Whatever JSON a row holds, what is written in line gives the readers' values or leaves the row to them."""
    fields = list(entity(system, name).fields.values())
    fields = [each for each in fields if each.type in {*_PLAIN, "enum"}]
    project = compiled(fields)
    values = data.draw(st.lists(PLAIN | ODD, min_size=len(fields), max_size=len(fields)))
    missing = data.draw(st.booleans())
    row: dict[str, Any] = {each.wire_name: value for each, value in zip(fields, values, strict=True)}
    if missing:
        row.popitem()
    try:
        quick = project(row)
    except SURPRISES:
        return
    assert not missing
    assert quick == [reader(each)(row.get(each.wire_name, ABSENT)) for each in fields]


def test_names_are_data() -> None:
    """A field's name enters the function as a literal, whatever it is."""
    field = next(iter(entity("finops", "CustomersV3").fields.values()))
    hostile = type(field)(**{**_attributes(field), "name": "x']) or exit(1) #"})
    assert compiled([hostile])({hostile.wire_name: "kept "}) == ["kept"]


def _attributes(field: Any) -> dict[str, Any]:
    return {name: getattr(field, name) for name in field.__dataclass_fields__}
