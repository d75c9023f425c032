"""What requests carry: bodies and parameters, each checked by a model that knows every member and refuses any other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, TypeVar, get_args

import azure.functions as func
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from functions.http import BadRequest, json_body, told
from shared.mapping import alike

DIGITS: Final = 9
"""Digits that a number in an address may have."""


class Sent(BaseModel):
    """What a body, or the part of an address after `?`, may hold. null is as good as left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class Nothing(Sent):
    """A request that says all by its address."""


class Confirmed(Sent):
    """An action that is only told about unless it is confirmed."""

    confirm: bool = False


Model = TypeVar("Model", bound=Sent)


def body_of(req: func.HttpRequest, model: type[Model]) -> Model:
    """The body; none is as good as an empty object. Raises BadRequest, with everything that is wrong."""
    return read_as(model, json_body(req) if req.get_body() else {})


def parameters_of(req: func.HttpRequest, model: type[Model]) -> Model:
    """What stands in the address after `?`; a blank is as good as left out. Raises BadRequest."""
    return read_as(model, {name: text for name, text in req.params.items() if text})


def read_as(model: type[Model], given: Mapping[str, Any]) -> Model:
    """What was given, checked. Raises BadRequest."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as problem:
        raise BadRequest("; ".join(_said(model, each) for each in problem.errors())) from problem


_KINDS: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}
"""What a value has to be, by the kind of pydantic's error."""


def _said(model: type[Sent], problem: ErrorDetails) -> str:
    """One mistake in words, with what would be right."""
    name, given = ".".join(map(str, problem["loc"])), told(problem["input"])
    members = _members(_holder(model, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return unknown(str(problem["loc"][-1]), members)
    if problem["type"] == "literal_error":
        return f"{name} is {given}; use {problem['ctx']['expected'].replace(chr(39), '')}{_near(problem)}"
    if problem["type"] == "missing":
        return f"{name} is missing: {members[str(problem['loc'][-1])].description}"
    if problem["type"] == "value_error":
        return f"{name} is {given}; {problem['ctx']['error']}"
    return f"{name} is {given}; it has to be {_KINDS.get(problem['type'], problem['msg'])}"


def _members(model: type[Sent]) -> dict[str, FieldInfo]:
    """What a model may hold, by the names that stand in requests."""
    return {each.alias or name: each for name, each in model.model_fields.items()}


def _holder(model: type[Sent], place: tuple[int | str, ...]) -> type[Sent]:
    """The model of the object that a mistake at a place stands in, which may be one of a list."""
    for part in place[:-1]:
        if isinstance(part, str):
            model = _model_in(_members(model)[part].annotation) or model
    return model


def _model_in(annotation: object) -> type[Sent] | None:
    if isinstance(annotation, type) and issubclass(annotation, Sent):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)


def _near(problem: ErrorDetails) -> str:
    words = problem["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    near = alike(problem["input"], words) if isinstance(problem["input"], str) else ""
    return f": {near}, if that is meant" if near else ""


def meant(name: str, known: Collection[str]) -> str:
    """What a list of the known follows: the one that is most like a name, if any is."""
    near = alike(name, known)
    return f"; did you mean {near}?" if near else ";"


def demand_cause(given: str | None, known: Collection[str]) -> None:
    """Raises BadRequest for a cause that nothing is grouped by. known: what stands before the colon in causes."""
    code, colon, _ = (given or ":").partition(":")
    if given and (not colon or code not in known):
        near = meant(code, known) if code not in known else ";"
        raise BadRequest(
            f"cause is {told(given)}; give one as the list has it{near} the part before the colon is one of: "
            f"{', '.join(sorted(known))}"
        )


def unknown(name: str, known: Mapping[str, object]) -> str:
    """What is said of a member that is not known: the one that is most like it, and all that are."""
    return f"{told(name)} is not known here{meant(name, known)} known: {', '.join(known) or 'nothing'}"


def _number(text: object) -> int:
    if not isinstance(text, str) or not text.isdecimal() or len(text) > DIGITS:
        raise ValueError(f"it has to be a number of {DIGITS} digits at most")
    return int(text)


Number = Annotated[int, BeforeValidator(_number)]
"""A number in an address."""


Action = TypeVar("Action", bound=str)


def action_of(req: func.HttpRequest, known: Mapping[Action, object]) -> Action:
    """The action that an address names. Raises BadRequest."""
    given = req.route_params.get("action", "")
    for each in known:
        if given == each:
            return each
    raise BadRequest(f"{given!r} is not an action{meant(given, known)} actions: {', '.join(known)}")
