"""Functions and actions that belong to no table: who calls, totals, privileges, publishing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.emulator.dataverse import options
from tests.emulator.dataverse.addresses import Address
from tests.emulator.dataverse.behaviour import ColumnRight
from tests.emulator.dataverse.columns import ALLOWED, NOT_ALLOWED
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.refusal import Refusal, bad_request, no_arguments, no_row, wrong_method
from tests.emulator.dataverse.schema import stable_id
from tests.emulator.dataverse.security import Security
from tests.emulator.dataverse.setup import Setup
from tests.emulator.dataverse.values import GUID
from tests.emulator.wire import Answer, json_answer

PREFIX = "Microsoft.Dynamics.CRM."
_NAMES = re.compile(r"""EntityNames=\[((?:(?:'[^']*'|"[^"]*"),?)+)\]""")
_RIGHTS: Mapping[str, ColumnRight] = {"CanRead": "read", "CanCreate": "create", "CanUpdate": "update"}
_ROLE = re.compile(rf"RoleId=({GUID.pattern})")


class Functions:
    """Answers unbound functions and actions, and functions of users."""

    def __init__(self, environment: Environment, setup: Setup, security: Security) -> None:
        self.environment = environment
        self.security = security
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
        """Everything a user may do by his roles; applications lack what was taken away from them."""
        _only(exchange, "GET")
        user = address.find()
        if user is None:
            raise address.absent()
        missing = {name.lower() for name in self.environment.behaviour.missing_privileges}
        lacking = missing if user.values["applicationid"] is not None else set()
        held = {name: depth for name, depth in self.security.held(user.row_id).items() if name not in lacking}
        context = exchange.context(f"{PREFIX}RetrieveUserPrivilegesResponse")
        return json_answer(200, {"@odata.context": context, "RolePrivileges": self._told(held)})

    def role_privileges(self, exchange: Exchange, predicate: str) -> Answer:
        """What a role holds, with depths."""
        _only(exchange, "GET")
        self.environment.require(exchange.actor, "prvReadRole")
        match = _ROLE.fullmatch(predicate)
        if match is None:
            raise bad_request("RetrieveRolePrivilegesRole takes RoleId=<id>.")
        role_id = match[1].lower()
        if role_id not in self.environment.tables["roles"].rows:
            raise no_row("role", role_id)
        context = exchange.context(f"{PREFIX}RetrieveRolePrivilegesRoleResponse")
        found = self._told(self.security.of_role(role_id))
        return json_answer(200, {"@odata.context": context, "RolePrivileges": found})

    def add_privileges(self, exchange: Exchange, address: Address) -> Answer:
        """A role gets more privileges; those that it has stay, with the depth that was given last."""
        _only(exchange, "POST")
        role = address.find()
        if role is None:
            raise address.absent()
        with self.environment.transaction():
            self.security.add_privileges(role, exchange.body.get("Privileges"), exchange.actor)
        return empty_answer()

    def _told(self, held: Mapping[str, str]) -> list[dict[str, str]]:
        """Privileges with depths as a RolePrivilege each."""
        unit, names = self.environment.business_unit_id, self.security.names
        found = ((names[name], depth) for name, depth in held.items())
        return [
            {"Depth": depth, "PrivilegeId": stable_id(name), "BusinessUnitId": unit, "PrivilegeName": name}
            for name, depth in found
        ]

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


def _only(exchange: Exchange, method: str) -> None:
    options.check(exchange.options, frozenset())
    if exchange.method != method:
        raise wrong_method(exchange.method)
