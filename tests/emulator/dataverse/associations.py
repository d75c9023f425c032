"""Relationships of many rows to many: which roles a user has, and which privileges a role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.emulator.dataverse import options
from tests.emulator.dataverse.addresses import Address, Segment, bound
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.reading import CollectionReader
from tests.emulator.dataverse.refusal import bad_request, left_out, wrong_method
from tests.emulator.dataverse.schema import Definition, stable_id
from tests.emulator.dataverse.security import Security
from tests.emulator.dataverse.store import Row
from tests.emulator.wire import Answer

NOBODY: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Many:
    """A relationship: its name on both sides, the table between, and the two that it joins, by set and id."""

    name: str
    between: str
    sides: tuple[tuple[str, str], tuple[str, str]]

    def other(self, entity_set: str) -> tuple[str, str, str] | None:
        """From a set: its own id, and the set and id on the other side."""
        (one, one_id), (two, two_id) = self.sides
        if entity_set == one:
            return one_id, two, two_id
        return (two_id, one, one_id) if entity_set == two else None


USER_ROLES: Final = "systemuserroles_association"
ALL: Final = (
    Many(USER_ROLES, "systemuserrolescollection", (("systemusers", "systemuserid"), ("roles", "roleid"))),
    Many(
        "roleprivileges_association",
        "roleprivilegescollection",
        (("roles", "roleid"), ("privileges", "privilegeid")),
    ),
)


def between(entity_set: str, name: str) -> Many | None:
    """The relationship of that name, seen from a set."""
    return next((each for each in ALL if each.name == name and each.other(entity_set)), None)


def of(entity_set: str) -> Iterator[tuple[Many, str]]:
    """The relationships of a set, each with the set on the other side."""
    for each in ALL:
        if (other := each.other(entity_set)) is not None:
            yield each, other[1]


def described(environment: Environment, definition: Definition) -> Iterator[dict[str, Any]]:
    """The relationships of a table as its metadata has them."""
    for each, _ in of(definition.name):
        (one, one_id), (two, two_id) = each.sides
        yield {
            "MetadataId": stable_id(f"relationship {each.name}"),
            "SchemaName": each.name,
            "RelationshipType": "ManyToManyRelationship",
            "IntersectEntityName": environment.tables[each.between].definition.logical,
            "Entity1LogicalName": environment.tables[one].definition.logical,
            "Entity1IntersectAttribute": one_id,
            "Entity1NavigationPropertyName": each.name,
            "Entity2LogicalName": environment.tables[two].definition.logical,
            "Entity2IntersectAttribute": two_id,
            "Entity2NavigationPropertyName": each.name,
        }


class Associations:
    """Answers requests on the lists of such a relationship, and on its `$ref`."""

    def __init__(self, security: Security, reader: CollectionReader) -> None:
        self.security = security
        self.environment = security.environment
        self.reader = reader

    def handle(self, exchange: Exchange, address: Address, many: Many, rest: Sequence[Segment]) -> Answer:
        row = self.environment.visible(address.find())
        if row is None:
            raise address.absent()
        if len(rest) == 2 and rest[1].name == "$ref":
            return self._reference(exchange, many, row, rest[0], address.table.definition.name)
        if len(rest) > 1 or rest[0].predicate is not None or exchange.method != "GET":
            raise left_out(f"{exchange.method} of {'/'.join(each.raw for each in rest)}")
        return self._list(exchange, many, row, address.table.definition.name)

    def _list(self, exchange: Exchange, many: Many, row: Row, entity_set: str) -> Answer:
        """The rows on the other side, as if they were asked for with a filter."""
        other = many.other(entity_set)
        assert other is not None
        own_id, name, other_id = other
        for each in (entity_set, name):
            self.environment.require(exchange.actor, f"prvRead{self.environment.tables[each].definition.privilege}")
        _ = self.security.names
        joined = self.environment.tables[many.between]
        ids = sorted(str(joined.rows[each].values[other_id]) for each in joined.index(own_id).get(row.row_id, ()))
        mine = " or ".join(f"{other_id} eq {each}" for each in ids or [NOBODY])
        whole = f"({exchange.options['$filter']}) and ({mine})" if "$filter" in exchange.options else mine
        asked = replace(exchange, options={**exchange.options, "$filter": whole})
        return self.reader.read(asked, self.environment.tables[name])

    def _reference(self, exchange: Exchange, many: Many, row: Row, segment: Segment, entity_set: str) -> Answer:
        """A role is given to a user, or taken from one. Privileges of roles have messages of their own."""
        if many.name != USER_ROLES or entity_set != "systemusers":
            raise left_out(f"$ref of {many.name} from {entity_set}")
        if exchange.method not in ("POST", "DELETE"):
            raise wrong_method(exchange.method)
        options.check(exchange.options, frozenset({"$id"}) if exchange.method == "DELETE" else frozenset())
        role = self._named(exchange, segment)
        with self.environment.transaction():
            change = self.security.assign if exchange.method == "POST" else self.security.take_away
            change(row, role, exchange.actor)
        return empty_answer()

    def _named(self, exchange: Exchange, segment: Segment) -> Row:
        if segment.predicate is not None:
            link: Any = f"/roles({segment.predicate})"
        else:
            link = exchange.body.get("@odata.id") if exchange.method == "POST" else exchange.options.get("$id")
        if not isinstance(link, str):
            raise bad_request("A reference needs '@odata.id'.")
        target, _ = bound(self.environment, ("roles",), link)
        found = target.find()
        if found is None:
            raise target.absent()
        return found
