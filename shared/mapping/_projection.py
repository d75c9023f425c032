"""The quick way from a record to its canonical values: one function per side, written out field by field.

A pass projects every row of both systems, and a call for each of sixty fields costs twice what the fields themselves
do. So the common shapes of a value are written in line, as a person would write them; whatever else a row holds raises,
and the readers of `_values` say what it means. Both ways give the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from shared.mapping._schema import Field
from shared.mapping._values import reader
from shared.mapping._wire_names import wire_of

SURPRISES: Final = (KeyError, TypeError, AttributeError)
"""What the quick function raises about a row that is not plain: a field missing, or of another type."""

_PLAIN: Final[Mapping[str, str]] = {
    "text": "'' if (value := row[{name!r}]) is None else value.rstrip(' ')",
    "code": "'' if (value := row[{name!r}]) is None else value.rstrip(' ')",
    "choice": "'' if (value := row[{name!r}]) is None else str(value)",
    "lookup": "'' if (value := row[{name!r}]) is None else value.lower().strip('{{}}')",
    "bool": "'true' if (value := row[{name!r}]) is True else 'false' if value is False else read{at}(value)",
}


def compiled(fields: Sequence[Field]) -> Callable[[Mapping[str, Any]], list[str]]:
    """A function from a raw record to the canonical values of these fields. It raises one of SURPRISES, or is right."""
    names: dict[str, Any] = {}
    terms = [_term(at, field, names) for at, field in enumerate(fields)]
    source = "def project(row):\n    return [" + ",\n            ".join(terms) + "]"
    exec(source, names)  # noqa: S102 - built from checked schemas; names of fields enter as literals only
    project: Callable[[Mapping[str, Any]], list[str]] = names["project"]
    return project


def _term(at: int, field: Field, names: dict[str, Any]) -> str:
    if field.inputs:
        return "''"  # computed afterwards, from other fields than these
    if field.type == "enum":
        names[f"members{at}"] = {name: member for member in field.members for name in (member, wire_of(member))}
        return f"members{at}[row[{field.wire_name!r}]]"
    names[f"read{at}"] = reader(field)
    return _PLAIN.get(field.type, "read{at}(row[{name!r}])").format(at=at, name=field.wire_name)
