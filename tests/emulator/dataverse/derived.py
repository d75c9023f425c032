"""Columns that the platform fills: owners, states, money in the base currency, names, who and when."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.schema import Definition
from tests.emulator.dataverse.values import moment, rounded

_CURRENCY = "_transactioncurrencyid_value"


def stamp_created(environment: Environment, definition: Definition, values: dict[str, Any], actor: Actor) -> None:
    """Who made a row, when, and who owns it; what is already there stays."""
    now = moment(environment.clock())
    found = {
        "createdon": now,
        "_createdby_value": actor.user_id,
        "_createdonbehalfby_value": actor.behalf_of,
        "modifiedon": now,
        "_modifiedby_value": actor.user_id,
        "_modifiedonbehalfby_value": actor.behalf_of,
    }
    if definition.owned:
        found |= {"_ownerid_value": actor.user_id, "_owningbusinessunit_value": environment.business_unit_id}
    for name, value in found.items():
        if values[name] is None:
            values[name] = value


def stamp_modified(environment: Environment, values: dict[str, Any], actor: Actor) -> None:
    values["modifiedon"] = moment(environment.clock())
    values["_modifiedby_value"] = actor.user_id
    values["_modifiedonbehalfby_value"] = actor.behalf_of


def derive(
    environment: Environment, definition: Definition, values: dict[str, Any], owner_set: str, sent: Collection[str]
) -> None:
    """Fills what follows from the columns that were set."""
    if definition.owned:
        values["_owninguser_value"] = values["_ownerid_value"] if owner_set == "systemusers" else None
    if "statecode" in sent or "statuscode" in sent:
        _state(definition, values, sent)
    if definition.money and not sent_money(definition).isdisjoint(sent):
        _money(environment, definition, values, sent)
    if definition.logical == "contact":
        values["fullname"] = " ".join(filter(None, (values["firstname"], values["lastname"]))) or None


def sent_money(definition: Definition) -> set[str]:
    """The columns whose setting makes money be computed again."""
    return {"transactioncurrencyid", *(column.name for column in definition.money)}


def _state(definition: Definition, values: dict[str, Any], sent: Collection[str]) -> None:
    states = definition.columns["statuscode"].states
    state, status = values["statecode"], values["statuscode"]
    if states.get(status) == state:
        return
    fitting = [candidate for candidate, belongs in states.items() if belongs == state]
    if "statuscode" not in sent and fitting:
        values["statuscode"] = fitting[0]
        return
    name = definition.columns["statecode"].options[state]
    text = f"{status} is not a valid status code for state code {definition.label}State.{name}"
    raise Refusal(400, "0x80048408", text)


def _money(environment: Environment, definition: Definition, values: dict[str, Any], sent: Collection[str]) -> None:
    if values[_CURRENCY] is None and any(values[column.wire] is not None for column in definition.money):
        values[_CURRENCY] = environment.base_currency()
    currency = environment.target("transactioncurrencies", values[_CURRENCY]) if values[_CURRENCY] else None
    rate = currency.values["exchangerate"] if currency is not None else None
    values["exchangerate"] = (rate or 1.0) if values[_CURRENCY] else None
    places = currency.values["currencyprecision"] if currency is not None else None
    for column in definition.money:
        value = values[column.wire]
        if column.by_currency and column.name in sent and value is not None and places is not None:
            value = values[column.wire] = rounded(value, places)
        values[f"{column.name}_base"] = None if value is None else rounded(value / (rate or 1.0), column.scale)
