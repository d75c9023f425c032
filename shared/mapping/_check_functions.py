"""Holds the function of a line against its annotations, the schemas and what else the map says of the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import InvalidOperation
from itertools import chain

from shared.mapping._calls import Argument, Call
from shared.mapping._computed import Bound
from shared.mapping._functions import Function, Signature
from shared.mapping._grammar import BLANKS, ParsedLine
from shared.mapping._kinds import Kind
from shared.mapping._model import Head
from shared.mapping._own_functions import Functions
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import Entity, Field
from shared.mapping._wording import KINDS, correction

UNLIKE = "DIPV1030"


def bound(
    parsed: ParsedLine, tables: tuple[Entity, Entity], left: Field | None, right: Field | None, functions: Functions
) -> Bound:
    """The function of a line with the fields that it reads. tables: of the ERP and of Dataverse.

    Raises Fault with what is wrong first.
    """
    call = parsed.call
    assert call is not None, "is asked of lines with a function"
    _place(parsed, call, left, right)
    function = functions.find(call.name)
    source, other = tables if parsed.to_dataverse else tables[::-1]
    fields = tuple(_field(name, source, other) for name in call.fields)
    own = (left if parsed.to_dataverse else right) if left and right else None
    _given(function.there, call, [own] if own else fields, own)
    _result(function.there, call, (right if parsed.to_dataverse else left))
    if own is not None and parsed.to_erp and parsed.to_dataverse:
        _way_back(function, call, left, right)
    return Bound(parsed.name, call, function, fields)


def _place(parsed: ParsedLine, call: Call, left: Field | None, right: Field | None) -> None:
    """What stands beside the function on its line."""
    whole = left is not None and right is not None
    if parsed.values:
        raise Fault(f"has the value map {parsed.values} and the function {call.name}", "keep the one that is meant")
    if parsed.symbol not in {">>", "<<", "><"}:
        way = {">": ">>", "<": "<<"}.get(parsed.symbol, "><")
        remedy = f"write {parsed.erp or '-'} {way} {parsed.dataverse or '-'} fn {call}"
        raise Fault(f"{parsed.symbol} copies a value as it is", remedy)
    if parsed.symbol == "><" and not whole:
        raise Fault("only a line with two fields goes both ways", "write >> or <<")
    if whole and call.fields:
        own, rest = (parsed.erp, parsed.dataverse) if parsed.to_dataverse else (parsed.dataverse, parsed.erp)
        line = f"- >> {rest}" if parsed.to_dataverse else f"{rest} << -"
        remedy = f"write {line} fn {call.name}(...) with {own} among what it is given"
        raise Fault(f"{call.name} is given fields, and the line has a source of its own", remedy)
    if not whole and not call.fields:
        raise Fault(f"{call.name} is given no field", "name the fields it reads; a fixed value is written default X")
    for field in (left, right):
        if field is not None and field.type == "lookup":
            what = f"{field.name} is a lookup, which no function reads or writes"
            raise Fault(what, "drop the function: the code is that of the row it points to")
        if field is not None and (field.local_day or "zone" in parsed.options):
            remedy = "map the day itself, with the option zone"
            raise Fault(f"{field.name} holds a day in the time of its users, which no function computes", remedy)
    if not whole and parsed.options.get("blank", "clear") not in BLANKS:
        raise Fault("a computed value has no value that says nothing", "write blank keep, or drop the option")


def _field(name: str, source: Entity, other: Entity) -> Field:
    """A field that a function reads."""
    found = source.find(name)
    if found is None and "." in name:
        raise Fault(f"{name} leads to another table", f"a function reads {source.name}'s own fields only")
    if found is None and other.find(name):
        remedy = f"name fields of {source.name}: a function reads one side, and its result goes to the other"
        raise Fault(f"{name} is a field of {other.name}", remedy)
    if found is None:
        code = "DIPV1022" if source.system != "dataverse" else "DIPV1025"
        raise Fault(
            f"{source.name} has no field {name!r}", f"{correction(name, source.fields)}; a text stands in quotes", code
        )
    if found.local_day:
        raise Fault(f"{name} holds a day in the time of its users, which no function reads", "map the day itself")
    if found.type == "lookup":
        raise Fault(f"{name} is a lookup, which no function reads", "name a field that holds the value itself")
    return found


def _given(signature: Signature, call: Call, fields: Sequence[Field], own: Field | None) -> None:
    """Number and types of the arguments. A line's own field is the first."""
    left = iter(fields)
    given: list[Field | Argument] = [*([next(left)] if own else [])]
    given += [next(left) if each.is_field else each for each in call.arguments]
    if not signature.fits(len(given)):
        names = ", ".join(each.name if isinstance(each, Field) else str(each) for each in given)
        wanted = str(signature).split(", ")[1 if own else 0 :]
        remedy = f"write fn {call.name}({', '.join(wanted)})" if wanted else f"write fn {call.name}"
        raise Fault(f"{call.name} takes {signature}, and is given {names}", remedy)
    for place, each in enumerate(given):
        parameter = signature.at(place)
        assert parameter is not None, "as many were counted"
        if isinstance(each, Field):
            if each.type not in parameter.kind.takes:
                what = f"{each.name} is {KINDS[each.type]}"
                what = f"{what}, and {call.name} takes {parameter.kind.name} as {parameter.name}"
                raise Fault(what, f"name {parameter.kind.name}, or write a function of your own", UNLIKE)
        elif not _is_literal(parameter.kind, each.text):
            what = f"{each} is not {parameter.kind.name}, which {call.name} takes as {parameter.name}"
            raise Fault(what, f"write {parameter.kind.name} in its place", UNLIKE)


def _is_literal(kind: Kind, text: str) -> bool:
    try:
        kind.read(text)
    except (ValueError, InvalidOperation):
        return False
    return True


def _result(signature: Signature, call: Call, target: Field | None) -> None:
    if target is not None and target.type not in signature.result.gives:
        what = f"{call.name} gives {signature.result.name}, {target.name} is {KINDS[target.type]}"
        raise Fault(what, f"let it write {signature.result.name}, or write a function of your own", UNLIKE)


def _way_back(function: Function, call: Call, left: Field | None, right: Field | None) -> None:
    """What a line for both ways needs of the inverse."""
    if function.back is None:
        raise Fault(f"{call.name} has no way back", "let the line flow one way, with >> or <<")
    name = function.back.call.__name__
    if not function.back.fits(len(call.arguments) + 1):
        wanted = ", ".join(str(function.back).split(", ")[1:])
        what = f"the way back of {call.name} is {name}, which takes {function.back}"
        raise Fault(what, f"write fn {call.name}({wanted}), or let the line flow one way")
    back = Call(name, call.arguments)
    assert right is not None, "a line for both ways has two fields"
    _given(function.back, back, [right], right)
    _result(function.back, back, left)


def is_put_together(line: ParsedLine) -> bool:
    """True if a line's value is computed from fields that no partner can be looked for by."""
    return line.call is not None and not (line.erp and line.dataverse)


def keys(line: ParsedLine, erp: Field | None, head: Head) -> Iterator[Problem]:
    """What tells records apart is mapped as it is: other flows look a record up by it."""
    if line.call is not None and erp is not None and erp.name in {*head.erp.identity, head.erp.second}:
        yield line.problem(f"{erp.name} tells records apart: it is mapped as it is", "map it without a function")
    apart = {*head.erp.identity, head.erp.second, *chain.from_iterable(head.match)}
    if "as" in line.options and erp is not None and erp.name in apart:
        yield line.problem(f"{erp.name} tells records apart: it is compared as it is", "drop the option as")
