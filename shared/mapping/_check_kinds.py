"""Kinds of columns that not every line can have: files, images, and choices of which several may be selected."""

from __future__ import annotations

from collections.abc import Iterator

from shared.mapping._grammar import ParsedLine
from shared.mapping._problems import Problem
from shared.mapping._schema import TEXTS, Field
from shared.mapping._wording import KINDS


def kind_findings(parsed: ParsedLine, erp: Field | None, dataverse: Field | None) -> list[Problem]:
    """What is wrong with the kinds of a line's fields."""
    return [*_files(parsed, erp, dataverse), *_several(parsed, erp, dataverse)]


def _files(parsed: ParsedLine, *fields: Field | None) -> Iterator[Problem]:
    for field in fields:
        if field and field.type in {"file", "image"}:
            what = f"{field.name} is {KINDS[field.type]}, which has requests of its own and no value to compare"
            yield parsed.problem(what, "take the line out: files and images are not synchronised")


def _several(parsed: ParsedLine, erp: Field | None, dataverse: Field | None) -> Iterator[Problem]:
    column = dataverse if dataverse and dataverse.type == "choices" else None
    if column and erp and erp.type not in TEXTS:
        what = f"{column.name} holds several values, and {erp.name} is {KINDS[erp.type]}"
        yield parsed.problem(what, "map it to a text, which lists what is selected", "DIPV1030")
    if "separator" in parsed.options and dataverse and column is None:
        yield parsed.problem(f"{dataverse.name} holds one value", "drop the separator")
    elif column and "separator" in parsed.options and not parsed.options["separator"].strip():
        yield parsed.problem("a blank separates nothing", "write a separator in single quotes, such as: separator ';'")
