"""What a map supplies in place of a blank, in the form of the field that is written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shared.errors import FieldError
from shared.mapping._fold import fold
from shared.mapping._grammar import ParsedLine
from shared.mapping._lines import Convert, typed
from shared.mapping._model import Side
from shared.mapping._schema import NUMBERS, Field
from shared.mapping._values import BLANK


def where_zero_counts(column: Field) -> Field:
    """A column of Dataverse whose 0 is a value beside null, as it is where the map supplies one for a blank."""
    return replace(column, zero_counts=True) if column.type in NUMBERS else column


def fills(
    parsed: ParsedLine, constants: Mapping[str, Mapping[str, str]], erp: Field, dataverse: Field, forward: Convert
) -> Mapping[Side, Mapping[str, str]]:
    """What either side is given by company; also the code that a lookup is given, in every company."""
    is_meant = parsed.default is not None and (parsed.constant or dataverse.type == "lookup")
    named = parsed.given(constants) if is_meant else {}
    if dataverse.type == "lookup":
        codes = {fold(company): typed(code, erp) or BLANK for company, code in named.items()}
        return {"erp": codes, "dataverse": codes} if codes else {}
    return _by_company(parsed, named, erp, dataverse, forward)


def begins(
    parsed: ParsedLine, constants: Mapping[str, Mapping[str, str]], erp: Field, dataverse: Field, forward: Convert
) -> Mapping[Side, Mapping[str, str]]:
    """What a new record of either side is given in place of a blank, by company."""
    named = parsed.given(constants) if parsed.default is None else {}
    return _by_company(parsed, named, erp, dataverse, forward)


def _by_company(
    parsed: ParsedLine, named: Mapping[str, str], erp: Field, dataverse: Field, forward: Convert
) -> Mapping[Side, Mapping[str, str]]:
    result: dict[Side, dict[str, str]] = {}
    for company, value in named.items():
        for side, given in both_sides(parsed, value, erp, dataverse, forward).items():
            result.setdefault(side, {})[fold(company)] = given
    return result


def both_sides(
    parsed: ParsedLine, text: str | None, erp: Field, dataverse: Field, forward: Convert
) -> Mapping[Side, str]:
    """What either side is given in place of a blank.

    A line of one way has a value of the field that it writes. One that goes both ways has a value of the ERP, and
    Dataverse is given what the line makes of that.
    """
    if not text:
        return {"erp": BLANK, "dataverse": BLANK}
    value = typed(text, erp) or BLANK
    if not parsed.to_erp:
        return {"erp": BLANK, "dataverse": typed(text, dataverse) or BLANK}
    if not parsed.to_dataverse:
        return {"erp": value, "dataverse": BLANK}
    return {"erp": value, "dataverse": _carried(value, forward) or typed(text, dataverse) or BLANK}


def _carried(value: str, forward: Convert) -> str:
    """What a line makes of a value; nothing where only the target itself has it."""
    try:
        return forward(value)
    except FieldError:
        return BLANK
