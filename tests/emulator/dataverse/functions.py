"""Functions and actions that belong to no table: who calls, totals, privileges, publishing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.emulator.dataverse import options
from tests.emulator.dataverse.addresses import Address
from tests.emulator.dataverse.behaviour import ColumnRight
from tests.emulator.dataverse.columns import ALLOWED, NOT_ALLOWED
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.refusal import Refusal, bad_request, no_arguments, wrong_method
from tests.emulator.dataverse.schema import SECURED_AS, stable_id
from tests.emulator.dataverse.setup import Setup
from tests.emulator.wire import Answer, json_answer

PREFIX = "Microsoft.Dynamics.CRM."
_NAMES = re.compile(r"""EntityNames=\[((?:(?:'[^']*'|"[^"]*"),?)+)\]""")
_RIGHTS: Mapping[str, ColumnRight] = {"CanRead": "read", "CanCreate": "create", "CanUpdate": "update"}
_OPERATIONS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Share")
_GENERAL = (
    "prvActOnBehalfOfAnotherUser",
    "prvBypassCustomPlugins",
    "prvBypassCustomBusinessLogic",
    "prvCreateAttribute",
    "prvWriteAttribute",
    "prvWriteEntity",
    "prvPublishCustomization",
    "prvMerge",
)


class Functions:
    """Answers unbound functions and actions, and functions of users."""

    def __init__(self, environment: Environment, setup: Setup) -> None:
        self.environment = environment
        self.setup = setup

    def who_am_i(self, exchange: Exchange, predicate: str) -> Answer:
        no_arguments("WhoAmI", predicate)
        _only(exchange, "GET")
        found = {
            "BusinessUnitId": self.environment.business_unit_id,
            "UserId": exchange.actor.user_id,
            "OrganizationId": self.environment.organization_id,
        }
        return json_answer(200, {"@odata.context": exchange.context(f"{PREFIX}WhoAmIResponse"), **found})

    def publish(self, exchange: Exchange, predicate: str, *, everything: bool) -> Answer:
        """PublishXml names what to publish, PublishAllXml does not."""
        no_arguments("Publish", predicate)
        _only(exchange, "POST")
        self.environment.require(exchange.actor, "prvPublishCustomization")
        xml = None if everything else exchange.body.get("ParameterXml")
        if not everything and not isinstance(xml, str):
            raise bad_request("PublishXml needs ParameterXml.")
        self.setup.publish(str(xml) if xml is not None else None)
        return empty_answer()

    def unpublished_form(self, exchange: Exchange, address: Address) -> Answer:
        """A form as it will be once it is published."""
        _only(exchange, "GET")
        row = address.find()
        if row is None:
            raise address.absent()
        found = row.values | {"formxml": self.setup.forms.unpublished.get(row.row_id, row.values["formxml"])}
        return json_answer(200, {"@odata.context": exchange.context("systemforms/$entity"), **found})

    def total_record_count(self, exchange: Exchange, predicate: str) -> Answer:
        """Totals of tables by logical name."""
        _only(exchange, "GET")
        match = _NAMES.fullmatch(predicate)
        if match is None:
            raise bad_request("RetrieveTotalRecordCount takes EntityNames=['account'].")
        names = [name.strip("'\"") for name in match[1].split(",") if name]
        unknown = [name for name in names if name not in self.environment.by_logical]
        if unknown:
            raise Refusal(400, "0x80041102", f"The entity with a name = '{unknown[0]}' was not found.")
        counts = [len(self.environment.by_logical[name].rows) for name in names]
        found = {"Count": len(names), "IsReadOnly": False, "Keys": names, "Values": counts}
        context = exchange.context(f"{PREFIX}RetrieveTotalRecordCountResponse")
        return json_answer(200, {"@odata.context": context, "EntityRecordCountCollection": found})

    def user_privileges(self, exchange: Exchange, address: Address) -> Answer:
        """Everything a user may do; applications lack what was taken away from them."""
        _only(exchange, "GET")
        user = address.find()
        if user is None:
            raise address.absent()
        missing = {name.lower() for name in self.environment.behaviour.missing_privileges}
        lacking = missing if user.values["applicationid"] is not None else set()
        found = [
            {
                "Depth": "Global",
                "PrivilegeId": stable_id(name),
                "BusinessUnitId": self.environment.business_unit_id,
                "PrivilegeName": name,
            }
            for name in self._privileges()
            if name.lower() not in lacking
        ]
        context = exchange.context(f"{PREFIX}RetrieveUserPrivilegesResponse")
        return json_answer(200, {"@odata.context": context, "RolePrivileges": found})

    def attribute_privileges(self, exchange: Exchange, address: Address) -> Answer:
        """What a user may do with secured columns; of those that no profile of his names there is nothing."""
        _only(exchange, "GET")
        user = address.find()
        if user is None:
            raise address.absent()
        is_app, held = user.values["applicationid"] is not None, self.environment.behaviour.secured_columns
        found = [
            self._column_privilege(table, column, rights if is_app else frozenset(_RIGHTS.values()))
            for (table, column), rights in held.items()
            if rights or not is_app
        ]
        context = exchange.context(f"{PREFIX}RetrievePrincipalAttributePrivilegesResponse")
        return json_answer(200, {"@odata.context": context, "AttributePrivileges": found})

    def _column_privilege(self, table: str, column: str, rights: frozenset[ColumnRight]) -> dict[str, Any]:
        logical = self.environment.table(table).definition.logical
        allowed = {name: ALLOWED if right in rights else NOT_ALLOWED for name, right in _RIGHTS.items()}
        return {"AttributeId": stable_id(f"column {logical} {column}"), **allowed}

    def _privileges(self) -> Iterator[str]:
        yield from _GENERAL
        for name in dict.fromkeys(SECURED_AS.get(logical, logical) for logical in self.environment.by_logical):
            for operation in _OPERATIONS:
                yield f"prv{operation}{name}"


def _only(exchange: Exchange, method: str) -> None:
    options.check(exchange.options, frozenset())
    if exchange.method != method:
        raise wrong_method(exchange.method)
