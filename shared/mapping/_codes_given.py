"""References whose code is no field of the ERP as it is: the map alone names it, or a value map gives another for it.

Either is a computed value in place of the line's source, so that the rest of the line is that of any reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from shared.mapping._calls import Argument, Call
from shared.mapping._computed import Bound
from shared.mapping._fold import fold
from shared.mapping._functions import Function, Pure
from shared.mapping._grammar import ParsedLine
from shared.mapping._schema import Entity, Field
from shared.mapping._value_lists import OTHERS, ValueList


def by_default(parsed: ParsedLine, erp: Entity) -> tuple[ParsedLine, Bound]:
    """A code that the map alone gives, on create: the source is always blank, and the line's default is not."""
    options = parsed.options if "update" in parsed.options else {**parsed.options, "create": "yes"}
    return replace(parsed, options=options), _bound(parsed, _NOTHING, erp.fields[erp.key[0]])


def by_list(parsed: ParsedLine, source: Field, written: ValueList) -> tuple[ParsedLine, Bound]:
    """A code that a value map gives for the ERP's, in any letter case.

    What it does not list becomes what it says of others, but for a blank; where it says nothing, the code itself.
    """
    first = [*reversed(written.to_dataverse)]
    codes = {fold(each.value): each.becomes for each in first if each.value != OTHERS}
    others = {each.value: each.becomes for each in first if each.value == OTHERS}
    version = blake2b(repr(sorted({**codes, **others}.items())).encode(), digest_size=8).hexdigest()
    listed = _listed(codes, others.get(OTHERS))
    return replace(parsed, values=""), _bound(parsed, Function(parsed.values, listed, version), source)


def _listed(codes: Mapping[str, str], others: str | None) -> Pure:
    """A value map as a function of codes."""

    def code_of(code: str) -> str:
        return codes.get(fold(code), code if others is None or not code else others)

    return code_of


def _nothing(_key: str) -> str:
    return ""


_NOTHING: Final = Function("nothing", _nothing, "1")


def _bound(parsed: ParsedLine, function: Function, source: Field) -> Bound:
    return Bound(parsed.name, Call(function.name, (Argument(source.name, is_field=True),)), function, (source,))
