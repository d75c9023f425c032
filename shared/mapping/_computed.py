"""Computed values: what a function makes of the fields of one side.

On a line with two fields the function is the line's conversion, as a value map is. A line with `-` in place of its
source has a computed field there: one of type and name like any other, that is read by reading the fields it is made
of. So its value is compared, agreed and carried over like that of any field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from shared.errors import FieldError
from shared.mapping._bounds import shown
from shared.mapping._calls import Call
from shared.mapping._functions import Function, Signature
from shared.mapping._lines import Convert, conversion, then
from shared.mapping._schema import TEXTS, Field
from shared.mapping._values import ABSENT, Reader, reader

Evaluate = Callable[[Sequence[str]], str]
"""Canonical values of the fields to that of the result. Raises FieldError if the function fails."""

MOST: Final = 200
"""Characters of a value that a reason quotes."""


class Failed(str):
    """The value of a computed field whose function failed: the same as long as what that was given is.

    given: that, as a person reads it. why: the reason.
    """

    __slots__ = ("given", "why")
    given: str
    why: str

    def __new__(cls, given: Sequence[str], why: str) -> Self:
        failed = super().__new__(cls, "\x00".join(["", *given]))
        failed.given, failed.why = ", ".join(given), why
        return failed

    @staticmethod
    def told(value: str) -> str:
        """A value as a person reads it: of a failure what the function was given."""
        return value.given if isinstance(value, Failed) else value


@dataclass(frozen=True, slots=True)
class Bound:
    """A function of one line, with what it is given. fields: those it reads, on the source's side."""

    line: str
    call: Call
    function: Function
    fields: tuple[Field, ...]

    @property
    def field(self) -> Field:
        """The computed field, in place of a source."""
        return Field(str(self.call), self.function.there.result.field, inputs=self.fields)

    def evaluate(self) -> Evaluate:
        """The function of the values of its fields."""
        return evaluation(self.function.there, self.call, self.fields, self.line)

    def convert(self, source: Field, target: Field, *, back: bool) -> Convert:
        """The line's conversion from its source, or back to it: where that does not flow it only limits."""
        signature = self.function.back if back else self.function.there
        if signature is None or target.inputs:
            return conversion(None, target, self.line)
        fit = fitted(signature, target, self.line)
        if source.inputs:
            return unless_failed(fit, self.line)
        evaluate = evaluation(signature, self.call, (source,), self.line)
        return then(lambda value: evaluate((value,)), fit)


def fitted(signature: Signature, target: Field, line: str) -> Convert:
    """A result as its target spells and limits it."""
    result = Field("", signature.result.field)
    limited = conversion(result, target, line)
    return then(reader(target), limited) if result.type in TEXTS else limited


def filled_up(convert: Convert, default: str) -> Convert:
    """The conversion, with a value in place of a blank result, whatever that is made of."""
    return then(convert, lambda result: result or default) if default else convert


def evaluation(signature: Signature, call: Call, fields: Sequence[Field], line: str) -> Evaluate:
    """The call as a function of canonical values. A line's own field is its first argument."""
    slots = [*([None] if not call.fields else []), *(None if each.is_field else each for each in call.arguments)]
    takes = [signature.at(place) for place in range(len(slots))]
    steps = [(None if each is None else parameter.kind.read(each.text), parameter)
             for each, parameter in zip(slots, takes, strict=True) if parameter]  # fmt: skip

    def evaluate(values: Sequence[str]) -> str:
        left = iter(values)
        given: list[Any] = []
        try:
            for (literal, parameter), slot in zip(steps, slots, strict=True):
                value = parameter.kind.read(next(left)) if slot is None else literal
                if value is None and not parameter.none:
                    return ""
                given.append(value)
            return signature.result.told(signature.call(*given))
        except Exception as problem:
            told = ", ".join(
                f"{field.name} {shown(value, MOST)!r}" for field, value in zip(fields, values, strict=True)
            )
            why = f"{call.name} fails for {told}: {_reason(problem)}"
            raise FieldError(why, field=line, value=", ".join(values), code="function") from problem

    return evaluate


def _reason(problem: Exception) -> str:
    """What a function says of a value that it refuses; of any other failure also what it was."""
    return str(problem) if type(problem) is ValueError else f"{type(problem).__name__}: {problem}"


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed field as it is read from a record: its place among the lines, its fields, its function."""

    index: int
    fields: tuple[tuple[str, Reader], ...]
    evaluate: Evaluate

    @classmethod
    def of(cls, index: int, bound: Bound) -> Computed:
        return cls(index, tuple((each.wire_name, reader(each)) for each in bound.fields), bound.evaluate())

    def read(self, row: Mapping[str, Any]) -> str:
        """The value in a raw record; absent where one of its fields is."""
        values = [read(row.get(name, ABSENT)) for name, read in self.fields]
        if any(value is ABSENT for value in values):
            return ABSENT
        try:
            return self.evaluate(values)
        except FieldError as problem:
            return Failed(values, str(problem))


def unless_failed(convert: Convert, line: str) -> Convert:
    """The conversion of a computed field: why its function failed comes out where a value would."""

    def converted(value: str) -> str:
        if isinstance(value, Failed):
            raise FieldError(value.why, field=line, value=value.given, code="function")
        return convert(value)

    return converted
