"""Unbound actions of a set-up: automatic numbers, options of choices, components of solutions, keys that failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.emulator.dataverse import options
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.refusal import invalid_argument, no_arguments, wrong_method
from tests.emulator.dataverse.setup import Setup
from tests.emulator.wire import Answer, json_answer

PREFIX: Final = "Microsoft.Dynamics.CRM."
_COLUMN: Final = ("EntityName", "AttributeName")


class SetupActions:
    """Answers the actions, by name."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.sequences = setup.environment.sequences
        self.by_name: Mapping[str, Callable[[Exchange], Answer]] = {
            "SetAutoNumberSeed": self._set_seed,
            "GetAutoNumberSeed": self._seed,
            "GetNextAutoNumberValue": self._next,
            "InsertOptionValue": self._insert_option,
            "UpdateOptionValue": self._update_option,
            "DeleteOptionValue": self._delete_option,
            "AddSolutionComponent": self._add_component,
            "ReactivateEntityKey": self._reactivate_key,
        }

    def handle(self, name: str, exchange: Exchange, predicate: str) -> Answer:
        no_arguments(name, predicate)
        options.check(exchange.options, frozenset())
        if exchange.method != "POST":
            raise wrong_method(exchange.method)
        return self.by_name[name](exchange)

    def _numbered(self, exchange: Exchange) -> tuple[str, str]:
        definition, name = self.setup.named_column(exchange.body, *_COLUMN)
        if not definition.columns[name].auto_number:
            raise invalid_argument(f"The column {name} of {definition.logical} has no automatic numbers.")
        return definition.logical, name

    def _set_seed(self, exchange: Exchange) -> Answer:
        value = exchange.body.get("Value")
        if type(value) is not int or value < 0:
            raise invalid_argument("The seed of automatic numbers is a whole number.")
        self.setup.environment.require(exchange.actor, "prvWriteAttribute")
        self.sequences.set_seed(*self._numbered(exchange), value)
        return empty_answer()

    def _seed(self, exchange: Exchange) -> Answer:
        seed = self.sequences.seed(*self._numbered(exchange))
        return self._said(exchange, {"AutoNumberSeedValue": seed}, "GetAutoNumberSeed")

    def _next(self, exchange: Exchange) -> Answer:
        seed = self.sequences.seed(*self._numbered(exchange))
        return self._said(exchange, {"NextAutoNumberValue": seed}, "GetNextAutoNumberValue")

    def _insert_option(self, exchange: Exchange) -> Answer:
        value = self.setup.insert_option(exchange.body, exchange.actor)
        return self._said(exchange, {"NewOptionValue": value}, "InsertOptionValue")

    def _update_option(self, exchange: Exchange) -> Answer:
        self.setup.update_option(exchange.body, exchange.actor)
        return empty_answer()

    def _delete_option(self, exchange: Exchange) -> Answer:
        self.setup.delete_option(exchange.body, exchange.actor)
        return empty_answer()

    def _add_component(self, exchange: Exchange) -> Answer:
        body = exchange.body
        component, kind = body.get("ComponentId"), body.get("ComponentType")
        if not isinstance(component, str) or type(kind) is not int:
            raise invalid_argument("A component has a ComponentId and a ComponentType.")
        self.setup.solutions.add(str(body.get("SolutionUniqueName")), component.lower(), kind, exchange.actor)
        return self._said(exchange, {"id": component}, "AddSolutionComponent")

    def _reactivate_key(self, exchange: Exchange) -> Answer:
        self.setup.reactivate_key(exchange.body, exchange.actor)
        return empty_answer()

    def _said(self, exchange: Exchange, found: Mapping[str, Any], name: str) -> Answer:
        return json_answer(200, {"@odata.context": exchange.context(f"{PREFIX}{name}Response"), **found})
