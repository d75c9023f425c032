"""Functions that a map may name after `fn`: pure, and annotated, so that a line can be held against the schemas."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from shared.mapping._kinds import KINDS, Kind
from shared.mapping._problems import Fault

Pure = Callable[..., Any]
AnyPure = TypeVar("AnyPure", bound=Pure)
_DECLARED: Final = "__koppel_function__"


def function(*, version: int = 0, inverse: Pure | Literal["itself", ""] = "") -> Callable[[AnyPure], AnyPure]:
    """Says more of a function than its annotations do.

    version: raise it when the function means something else from now on, and its lines are looked at anew; 0: any
    change of its file does. inverse: what goes the other way on a line with `><`, given the same literals; `itself` if
    the function only tidies what it is given.
    """

    def declared(call: AnyPure) -> AnyPure:
        setattr(call, _DECLARED, (version, call if inverse == "itself" else inverse or None))
        return call

    return declared


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function. optional: it need not be given. none: it takes None for a blank."""

    name: str
    kind: Kind
    optional: bool = False
    none: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives. more: what any number of further arguments are; None if there may be none."""

    call: Pure
    parameters: tuple[Parameter, ...]
    more: Parameter | None
    result: Kind

    def __str__(self) -> str:
        names = [f"[{each.name}]" if each.optional else each.name for each in self.parameters]
        return ", ".join([*names, *([f"{self.more.name}..."] if self.more else [])]) or "nothing"

    def at(self, place: int) -> Parameter | None:
        """The parameter of an argument; None if there is no room for it."""
        return self.parameters[place] if place < len(self.parameters) else self.more

    def fits(self, number: int) -> bool:
        """True if so many arguments can be given."""
        least = sum(not each.optional for each in self.parameters)
        return least <= number and (self.more is not None or number <= len(self.parameters))


@dataclass(frozen=True)
class Function:
    """A function of a map. version: what its lines mean changes with it. inverse: what goes the other way, if any."""

    name: str
    call: Pure
    version: str = ""
    inverse: Pure | None = None

    @classmethod
    def of(cls, call: Pure, version: str) -> Function:
        """A function as it declares itself. version: what stands for one that it does not declare."""
        number, inverse = getattr(call, _DECLARED, (0, None))
        return cls(call.__name__, call, str(number) if number else version, inverse)

    @cached_property
    def there(self) -> Signature:
        """What it takes and gives. Raises Fault if its annotations do not tell."""
        return signature_of(self.call)

    @cached_property
    def back(self) -> Signature | None:
        """The same of its inverse; None if it has none."""
        return signature_of(self.inverse) if self.inverse else None


_KNOWN: Final = "str, int, Decimal, bool, date or datetime"


def signature_of(call: Pure) -> Signature:
    """What a function takes and gives, by its annotations. Raises Fault if they do not tell."""
    try:
        hints = get_type_hints(call)
    except (NameError, TypeError) as problem:
        raise Fault(
            f"the annotations of {call.__name__} cannot be read: {problem}", f"annotate with {_KNOWN}"
        ) from None
    parameters: list[Parameter] = []
    more: Parameter | None = None
    for name, each in inspect.signature(call).parameters.items():
        kind, none = _kind(call, hints, name, f"its parameter {name!r}")
        if each.kind is each.VAR_POSITIONAL:
            more = Parameter(name.strip("_"), kind, optional=True, none=none)
        elif each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}:
            parameters.append(Parameter(name.strip("_"), kind, each.default is not each.empty, none))
        elif each.kind is each.VAR_KEYWORD or each.default is each.empty:
            raise Fault(f"{call.__name__} takes {name!r} by name", "let it take every argument by its place")
    result, _ = _kind(call, hints, "return", "its result")
    return Signature(call, tuple(parameters), more, result)


def _kind(call: Pure, hints: Mapping[str, Any], name: str, what: str) -> tuple[Kind, bool]:
    hint = hints.get(name)
    choices: Sequence[Any] = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    named = [each for each in choices if each is not NoneType]
    if len(named) != 1 or named[0] not in KINDS:
        raise Fault(f"{call.__name__} does not say what {what} is", f"annotate it with {_KNOWN}")
    return KINDS[named[0]], len(named) < len(choices)
