"""Who may do what: security roles, their privileges, and who has them.

Ids of the role templates, the privileges that every new role has, and what the messages take are the product's
reference pages: Role, Privilege, AddPrivilegesRole message privileges, Verifying access in code. A System Administrator
may do everything; all others what their roles say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from tests.emulator.dataverse.environment import Actor, Environment, Event, Operation
from tests.emulator.dataverse.refusal import Refusal, already_there, bad_payload, invalid_argument
from tests.emulator.dataverse.schema import SECURED_AS, stable_id
from tests.emulator.dataverse.store import NO_TARGETS, Row, Table

ADMINISTRATOR: Final = "627090ff-40a3-4053-8790-584edc5be201"
CUSTOMIZER: Final = "119f245c-3cc8-4b62-b31c-d1a046ced15d"
TEMPLATES: Final = {ADMINISTRATOR: "System Administrator", CUSTOMIZER: "System Customizer"}
DEPTHS: Final[Mapping[str, int]] = {"Basic": 1, "Local": 2, "Deep": 4, "Global": 8}
READ_ONLY: Final = frozenset({"privileges", "roletemplates", "roleprivilegescollection", "systemuserrolescollection"})
"""Sets that have messages for reading alone."""
_OPERATIONS: Final = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Share", "Assign")
_METADATA: Final = ("prvReadEntity", "prvReadAttribute", "prvReadRelationship")
_CUSTOMIZING: Final = ("prvCreateAttribute", "prvWriteAttribute", "prvWriteEntity", "prvPublishCustomization")
_GENERAL: Final = (
    "prvActOnBehalfOfAnotherUser",
    "prvBypassCustomPlugins",
    "prvBypassCustomBusinessLogic",
    "prvMerge",
    *_METADATA,
    *_CUSTOMIZING,
)
_OF_EVERY_ROLE: Final = (
    *(f"prv{operation}SharePointData" for operation in ("Read", "Create", "Write")),
    "prvReadSharePointDocument",
    *(f"prvReadsdkmessage{rest}" for rest in ("", "processingstep", "processingstepimage")),
    "prvReadPluginType",
    "prvReadPluginAssembly",
)
_OWN: Final = ("publisher", "solution", "solutioncomponent", "systemform", "serviceendpoint",
               "sdkmessageprocessingstep", "sdkmessageprocessingstepimage")  # fmt: skip
"""What a System Customizer may do with rows of these tables: everything."""


@cache
def role_of(template: str) -> str:
    """The id of a role that is there from the beginning."""
    return stable_id(f"role {template}")


class Security:
    """The roles of one environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._all: dict[str, str] = {}

    def seed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Rows of a fresh environment, with their sets."""
        for template, name in TEMPLATES.items():
            role, unit = role_of(template), self.environment.business_unit_id
            yield "roletemplates", {"roletemplateid": template, "name": name}
            yield "roles", {"roleid": role, "name": name, "_businessunitid_value": unit, "ismanaged": True,
                            "_parentrootroleid_value": role, "_roletemplateid_value": template}  # fmt: skip

    @property
    def names(self) -> Mapping[str, str]:
        """Every privilege: its name in lower case to how it is written. Rows of them stand when first asked for."""
        if not self._all:
            self._all = {name.lower(): name for name in self._written()}
            table = self.environment.tables["privileges"]
            for name in self._all.values():
                values = table.definition.template | {"privilegeid": stable_id(name), "name": name}
                self._store(table, values, bulk=True)
            for name in _customizers():
                self._grant(role_of(CUSTOMIZER), stable_id(self._all[name.lower()]), "Global")
        return self._all

    def _written(self) -> Iterator[str]:
        yield from _GENERAL
        logical = dict.fromkeys(SECURED_AS.get(name, name) for name in self.environment.by_logical)
        made = [f"prv{operation}{name}" for name in logical for operation in _OPERATIONS]
        yield from made
        known = {name.lower() for name in made}
        yield from (name for name in _OF_EVERY_ROLE if name.lower() not in known)

    # -- what somebody may do

    def is_administrator(self, user_id: str) -> bool:
        return role_of(ADMINISTRATOR) in self._roles(user_id)

    def held(self, user_id: str) -> Mapping[str, str]:
        """What a user may do: names of privileges in lower case to the largest depth."""
        if self.is_administrator(user_id):
            return dict.fromkeys(self.names, "Global")
        found: dict[str, str] = {}
        for role in self._roots(user_id):
            for name, depth in self.of_role(role).items():
                if DEPTHS[depth] > DEPTHS.get(found.get(name, ""), 0):
                    found[name] = depth
        return found

    def holds(self, user_id: str, privilege: str) -> bool:
        return self.is_administrator(user_id) or privilege.lower() in self.held(user_id)

    def of_role(self, role: str) -> dict[str, str]:
        """The privileges of a role, by name in lower case, with their depths."""
        names = {stable_id(written): name for name, written in self.names.items()}
        depths = {mask: depth for depth, mask in DEPTHS.items()}
        rows = self._among("roleprivilegescollection", "roleid", self._root(role))
        return {names[row["privilegeid"]]: depths[row["privilegedepthmask"]] for row in rows}

    def _roles(self, user_id: str) -> set[str]:
        return {row["roleid"] for row in self._among("systemuserrolescollection", "systemuserid", user_id)}

    def _roots(self, user_id: str) -> set[str]:
        return {self._root(role) for role in self._roles(user_id)}

    def _root(self, role: str) -> str:
        """The role that a copy in another business unit follows."""
        row = self.environment.tables["roles"].rows.get(role)
        return str(row.values["_parentrootroleid_value"]) if row is not None else role

    # -- what is changed

    def made(self, _before: Row | None, values: dict[str, Any]) -> None:
        """A role belongs to a business unit, and has privileges that nobody asked for."""
        if not values["name"] or not values["_businessunitid_value"]:
            raise invalid_argument("A role needs a name and a business unit.")
        values["_parentrootroleid_value"] = values["_parentrootroleid_value"] or values["roleid"]

    def inherited(self, event: Event) -> None:
        """Every other business unit gets a copy of a new role."""
        if event.operation != "create" or event.after is None:
            return
        values, table = event.after.values, event.table
        self._every_role_has(event.row_id, event.actor)
        for unit in self.environment.tables["businessunits"].rows:
            if unit != values["_businessunitid_value"]:
                copy = {**values, "roleid": self.environment.new_id(), "_businessunitid_value": unit}
                self._store(table, copy, event.actor)

    def add_privileges(self, role: Row, privileges: object, actor: Actor) -> None:
        """AddPrivilegesRole. Nobody gives what he does not have."""
        for privilege in ("prvReadUser", "prvReadOrganization", "prvWriteRole", "prvReadRole"):
            self.environment.require(actor, privilege)
        if not isinstance(privileges, list) or not privileges:
            raise bad_payload("roles", "AddPrivilegesRole needs Privileges.")
        held, by_id = self.held(actor.user_id), {stable_id(written): name for name, written in self.names.items()}
        given = [_privilege(each) for each in privileges]
        for privilege_id, _ in given:
            if privilege_id not in by_id:
                raise Refusal(404, "0x80040217", f"privilege With Id = {privilege_id} Does Not Exist")
            if by_id[privilege_id] not in held:
                self.environment.require(actor, self.names[by_id[privilege_id]])
        for privilege_id, depth in given:
            self._grant(self._root(role.row_id), privilege_id, depth, actor)
        self._every_role_has(self._root(role.row_id), actor)

    def assign(self, user: Row, role: Row, actor: Actor) -> None:
        """A role is given to a user of its business unit."""
        for privilege in ("prvAssignRole", "prvReadRole"):
            self.environment.require(actor, privilege)
        own = user.values["_businessunitid_value"] or self.environment.business_unit_id
        if role.values["_businessunitid_value"] != own:
            raise invalid_argument("The role belongs to another business unit than the user.")
        if set(self.of_role(role.row_id)) - set(self.held(actor.user_id)) or (
            role.row_id == role_of(ADMINISTRATOR) and not self.is_administrator(actor.user_id)
        ):
            text = f"Principal user (Id={actor.user_id}, type=8) may not give a role with more privileges than his own"
            raise Refusal(403, "0x80040220", text)
        if role.row_id in self._roles(user.row_id):
            raise already_there()
        self.give(user.row_id, role.row_id, actor)

    def take_away(self, user: Row, role: Row, actor: Actor) -> None:
        for privilege in ("prvAssignRole", "prvReadRole"):
            self.environment.require(actor, privilege)
        self.take(user.row_id, role.row_id, actor)

    def give(self, user_id: str, role: str, actor: Actor | None = None) -> None:
        values = {"systemuserroleid": stable_id(f"{user_id} {role}"), "systemuserid": user_id, "roleid": role}
        self._store(self.environment.tables["systemuserrolescollection"], values, actor)

    def take(self, user_id: str, role: str, actor: Actor | None = None) -> None:
        table = self.environment.tables["systemuserrolescollection"]
        row = table.rows.get(stable_id(f"{user_id} {role}"))
        if row is None:
            raise Refusal(404, "0x80040217", f"{role} is not in systemuserroles_association of {user_id}.")
        table.remove(row.row_id, self.environment.next_version())
        if actor is not None:
            self.environment.record(Event(table, row.row_id, "delete", row, None, actor))

    def _every_role_has(self, role: str, actor: Actor) -> None:
        for name in _OF_EVERY_ROLE:
            self._grant(role, stable_id(self.names[name.lower()]), "Global", actor)

    def _grant(self, role: str, privilege_id: str, depth: str, actor: Actor | None = None) -> None:
        values = {"roleprivilegeid": stable_id(f"{role} {privilege_id}"), "roleid": role,
                  "privilegeid": privilege_id, "privilegedepthmask": DEPTHS[depth]}  # fmt: skip
        self._store(self.environment.tables["roleprivilegescollection"], values, actor)

    def _store(self, table: Table, given: Mapping[str, Any], actor: Actor | None = None, *, bulk: bool = False) -> None:
        values = {**table.definition.template, **given}
        version = values["versionnumber"] = self.environment.next_version()
        row = Row(values[table.definition.id], values, NO_TARGETS, version)
        before = table.put(row, bulk=bulk)
        if actor is not None:
            kind: Operation = "create" if before is None else "update"
            self.environment.record(Event(table, row.row_id, kind, before, row, actor))

    def _among(self, name: str, wire: str, value: str) -> list[Mapping[str, Any]]:
        table = self.environment.tables[name]
        return [table.rows[each].values for each in table.index(wire).get(value, ())]


def _customizers() -> Iterator[str]:
    """A System Customizer customizes, and sees roles, users and the organisation; roles are not his to change."""
    yield from (*_METADATA, *_CUSTOMIZING)
    yield from (f"prv{operation}{name}" for name in _OWN for operation in _OPERATIONS)
    yield from ("prvReadrole", "prvReaduser", "prvReadorganization", "prvReadprivilege", "prvReadbusinessunit")


def _privilege(given: object) -> tuple[str, str]:
    """Id and depth of a privilege in a request. The depth is a member's name, never its number."""
    if not isinstance(given, dict) or not isinstance(given.get("PrivilegeId"), str):
        raise bad_payload("roles", "a RolePrivilege needs a PrivilegeId.")
    if not isinstance(depth := given.get("Depth"), str):
        raise bad_payload("roles", f"Cannot read the value '{depth}' as a quoted JSON string value.")
    if depth not in DEPTHS:
        raise bad_payload("roles", f"Requested value '{depth}' was not found.")
    return given["PrivilegeId"].lower(), depth
