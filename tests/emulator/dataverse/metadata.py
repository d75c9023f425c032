"""Requests on metadata: tables, columns, keys, relationships, and the few changes a set-up makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from odata_query import ast

from tests.emulator.dataverse import associations, documents, options
from tests.emulator.dataverse.addresses import Segment
from tests.emulator.dataverse.columns import secured
from tests.emulator.dataverse.documents import Document
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.grammar import parse
from tests.emulator.dataverse.refusal import Refusal, bad_request, left_out, no_segment, wrong_method
from tests.emulator.dataverse.schema import Column, Definition
from tests.emulator.dataverse.setup import Setup
from tests.emulator.dataverse.writer import Writer
from tests.emulator.wire import Answer, json_answer

PREFIX = "Microsoft.Dynamics.CRM."
_READ = frozenset({"$select", "$expand", "$filter"})
DEFINITIONS = ("EntityDefinitions", "RelationshipDefinitions", "GlobalOptionSetDefinitions")
_RELATIONSHIPS = ("OneToManyRelationshipMetadata", "ManyToManyRelationshipMetadata")
Nested = Mapping[str, Callable[[], Any]]


class Metadata:
    """Answers requests on definitions of tables, relationships and choices that are shared."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.setup = Setup(environment, writer)
        self.columns: dict[tuple[str, str, bool], tuple[Column, Document]] = {}
        self.attributes: dict[str, tuple[int, frozenset[str], list[_Item]]] = {}
        self.tables: dict[tuple[str, bool, bool], Document] = {}

    def handle(self, exchange: Exchange, segments: Sequence[Segment]) -> Answer:
        if segments[0].name == "GlobalOptionSetDefinitions":
            return self._global_choices(exchange, segments)
        if segments[0].name == "RelationshipDefinitions":
            return self._relationships(exchange, segments)
        if segments[0].predicate is None:
            self._only_get(exchange)
            found = [self._table(table.definition) for table in self.environment.tables.values()]
            return self._list(exchange, "EntityDefinitions", found)
        definition = self._definition(segments[0].predicate)
        if len(segments) == 1:
            return self._one(exchange, definition)
        return self._below(exchange, definition, segments[1:])

    def _global_choices(self, exchange: Exchange, segments: Sequence[Segment]) -> Answer:
        """No table of the twin has a choice that is shared."""
        self._only_get(exchange)
        if segments[0].predicate is not None:
            raise Refusal(404, "0x80060888", "Could not find an optionset with the specified name.")
        return self._list(exchange, "GlobalOptionSetDefinitions", [])

    def _relationships(self, exchange: Exchange, segments: Sequence[Segment]) -> Answer:
        """All relationships, or one by its schema name or id; there are none of many rows to many."""
        self._only_get(exchange)
        cast = segments[1].name.removeprefix(PREFIX) if len(segments) == 2 else None
        if len(segments) > 2 or cast not in (None, *_RELATIONSHIPS):
            raise no_segment(segments[-1].name)
        tables = self.environment.tables.values() if cast != _RELATIONSHIPS[1] else ()
        kind = {"@odata.type": f"#{PREFIX}{_RELATIONSHIPS[0]}"} if cast is None else {}
        found = [
            _Item({**kind, **document})
            for table in tables
            for document in documents.relationships(self.environment, table.definition)
        ]
        if segments[0].predicate is None:
            return self._list(exchange, "RelationshipDefinitions", found)
        return self._single(exchange, "RelationshipDefinitions", _named(segments[0].predicate, found, "SchemaName"))

    def _one(self, exchange: Exchange, definition: Definition) -> Answer:
        if exchange.method == "PUT":
            self.setup.replace_table(definition, exchange.body, documents.table(definition))
            return empty_answer(self._located(exchange, definition))
        self._only_get(exchange)
        return self._single(exchange, "EntityDefinitions", self._table(definition))

    def _below(self, exchange: Exchange, definition: Definition, rest: Sequence[Segment]) -> Answer:
        if rest[0].name == "Keys":
            return self._keys(exchange, definition, rest)
        if rest[0].name == "Attributes":
            return self._attributes(exchange, definition, rest)
        self._only_get(exchange)
        if rest[0].name == "ManyToOneRelationships" and len(rest) == 1:
            found = [_Item(document) for document in documents.relationships(self.environment, definition)]
            return self._list(exchange, self._context(definition, "ManyToOneRelationships"), found)
        if rest[0].name == "OneToManyRelationships" and len(rest) == 1:
            found = [_Item(document) for document in documents.pointing_at(self.environment, definition)]
            return self._list(exchange, self._context(definition, "OneToManyRelationships"), found)
        if rest[0].name == "ManyToManyRelationships" and len(rest) == 1:
            joined = [_Item(each) for each in associations.described(self.environment, definition)]
            return self._list(exchange, self._context(definition, "ManyToManyRelationships"), joined)
        raise no_segment(rest[0].name)

    def _attributes(self, exchange: Exchange, definition: Definition, rest: Sequence[Segment]) -> Answer:
        if len(rest) == 1 and exchange.method == "POST" and rest[0].predicate is None:
            made = self.setup.create_column(definition, exchange.body, exchange.actor, solution(exchange))
            return empty_answer(self._located(exchange, definition, f"/Attributes({made})"))
        if len(rest) == 1 and exchange.method == "PUT" and rest[0].predicate is not None:
            return self._replace(exchange, definition, rest[0].predicate)
        self._only_get(exchange)
        cast = rest[1].name.removeprefix(PREFIX) if len(rest) == 2 else None
        if len(rest) > 2 or (cast is not None and cast not in documents.CASTS):
            raise no_segment(rest[-1].name)
        context = self._context(definition, "Attributes") + (f"/{PREFIX}{cast}" if cast else "")
        found = [
            self._attribute(definition, name, cast)
            for name, column in definition.columns.items()
            if cast in (None, documents.kind(column)[2])
        ]
        if rest[0].predicate is None:
            return self._list(exchange, context, found)
        return self._single(exchange, context, _named(rest[0].predicate, found))

    def _replace(self, exchange: Exchange, definition: Definition, predicate: str) -> Answer:
        """A definition is replaced as a whole, as it was read."""
        found = _named(predicate, [self._attribute(definition, name, None) for name in definition.columns]).document
        missing = sorted(found.keys() - exchange.body.keys())
        if missing:
            raise bad_request(f"A definition is replaced as a whole; the body lacks {', '.join(missing)}.")
        self.setup.replace_column(definition, found["LogicalName"], exchange.body, exchange.actor)
        return empty_answer(self._located(exchange, definition, f"/Attributes({found['MetadataId']})"))

    def _keys(self, exchange: Exchange, definition: Definition, rest: Sequence[Segment]) -> Answer:
        if len(rest) > 1:
            raise no_segment(rest[1].name)
        found = [_Item(documents.key(self.environment, definition, key)) for key in definition.keys.values()]
        context = self._context(definition, "Keys")
        if exchange.method == "POST" and rest[0].predicate is None:
            key = self.setup.make_key(definition, exchange.body, exchange.actor, solution(exchange))
            return empty_answer(self._located(exchange, definition, f"/Keys({key.metadata_id})"))
        if exchange.method == "DELETE" and rest[0].predicate is not None:
            self.setup.delete_key(definition, _named(rest[0].predicate, found).document["SchemaName"])
            return empty_answer()
        self._only_get(exchange)
        if rest[0].predicate is None:
            return self._list(exchange, context, found)
        return self._single(exchange, context, _named(rest[0].predicate, found))

    def _table(self, definition: Definition) -> _Item:
        environment = self.environment
        nested: Nested = {
            "Keys": lambda: [_Item(documents.key(environment, definition, key)) for key in definition.keys.values()],
            "Attributes": lambda: self._every_attribute(definition),
            "ManyToOneRelationships": lambda: [
                _Item(document) for document in documents.relationships(environment, definition)
            ],
        }
        facts = definition.logical, definition.change_tracking, definition.optimistic
        if facts not in self.tables:
            self.tables[facts] = documents.table(definition)
        return _Item(self.tables[facts], nested)

    def _every_attribute(self, definition: Definition) -> list[_Item]:
        """Those of every column, made anew when a column has changed, or which of them are secured."""
        hidden = frozenset(
            each for table, each in self.environment.behaviour.secured_columns if table == definition.name
        )
        known = self.attributes.get(definition.logical)
        if known is None or known[:2] != (definition.revision, hidden):
            items = [self._attribute(definition, name, None) for name in definition.columns]
            known = self.attributes[definition.logical] = definition.revision, hidden, items
        return known[2]

    def _attribute(self, definition: Definition, name: str, cast: str | None) -> _Item:
        column = definition.columns[name]
        hidden = secured(self.environment.behaviour, definition.name, name)
        document = self._told(definition, column, hidden=hidden)
        if cast is not None:
            document = {name: value for name, value in document.items() if name != "@odata.type"}
        nested: Nested = (
            {
                "OptionSet": lambda: _Item(documents.option_set(column) or {}),
                "GlobalOptionSet": lambda: None,
            }
            if column.type in ("choice", "choices") and cast is not None
            else {}
        )
        return _Item(document, nested)

    def _told(self, definition: Definition, column: Column, *, hidden: bool) -> Document:
        """A column's document, which nobody changes: the same columns are asked about with every slice."""
        known = self.columns.get((definition.logical, column.name, hidden))
        if known is None or known[0] is not column:
            kind = {"@odata.type": f"#{PREFIX}{documents.kind(column)[2]}"}
            said = {**kind, **documents.attribute(self.environment, definition, column), "IsSecured": hidden}
            known = self.columns[definition.logical, column.name, hidden] = column, said
        return known[1]

    def _definition(self, predicate: str) -> Definition:
        tables = self.environment.tables.values()
        name, _, value = predicate.partition("=")
        for table in tables:
            definition = table.definition
            if (name.strip(), value.strip()) == ("LogicalName", f"'{definition.logical}'"):
                return definition
            if definition.metadata_id in (predicate.lower(), value.lower()):
                return definition
        text = f"The entity with a name = {value or predicate} was not found in the MetadataCache."
        raise Refusal(404, "0x80041102", text)

    def _list(self, exchange: Exchange, context: str, items: list[_Item]) -> Answer:
        options.check(exchange.options, _READ)
        given = exchange.options
        if "$filter" in given:
            test = _metadata_filter(parse(given["$filter"]))
            items = [item for item in items if test(item.document)]
        found = [item.shown(given.get("$select"), given.get("$expand")) for item in items]
        return json_answer(200, {"@odata.context": exchange.context(_chosen(context, given)), "value": found})

    def _single(self, exchange: Exchange, context: str, item: _Item) -> Answer:
        options.check(exchange.options, options.ROW)
        given = exchange.options
        shown = item.shown(given.get("$select"), given.get("$expand"))
        return json_answer(200, {"@odata.context": exchange.context(f"{_chosen(context, given)}/$entity"), **shown})

    def _only_get(self, exchange: Exchange) -> None:
        if exchange.method in ("POST", "PATCH", "PUT", "DELETE"):
            raise left_out(f"{exchange.method} of {exchange.path}: of metadata, columns, keys and tracking are made")
        if exchange.method != "GET":
            raise wrong_method(exchange.method)

    def _context(self, definition: Definition, rest: str) -> str:
        return f"EntityDefinitions('{definition.logical}')/{rest}"

    def _located(self, exchange: Exchange, definition: Definition, rest: str = "") -> dict[str, str]:
        return {"odata-entityid": f"{exchange.base}/EntityDefinitions({definition.metadata_id}){rest}"}


def solution(exchange: Exchange) -> str:
    """The unmanaged solution that a request names for what it makes."""
    return exchange.request.headers.get("mscrm.solutionuniquename", "").strip()


class _Item:
    """A document and what may be expanded in it."""

    def __init__(self, document: Document, nested: Nested | None = None) -> None:
        self.document = document
        self.nested = nested or {}

    def shown(self, select: str | None, expand: str | None) -> Document:
        found = self._selected(select)
        for name, inner in _expansions(expand):
            if name not in self.nested:
                raise bad_request(f"Could not find a property named '{name}' to expand.")
            value, chosen = self.nested[name](), inner.get("$select")
            if isinstance(value, list):
                test = _metadata_filter(parse(inner["$filter"])) if "$filter" in inner else lambda _document: True
                found[name] = [each.shown(chosen, None) for each in value if test(each.document)]
            else:
                found[name] = value.shown(chosen, None) if isinstance(value, _Item) else value
        return found

    def _selected(self, select: str | None) -> Document:
        if select is None:
            return dict(self.document)
        names = options.names(select)
        unknown = [name for name in names if name not in self.document]
        if unknown:
            raise bad_request(f"Could not find a property named '{unknown[0]}' on this metadata type.")
        kept = {"@odata.type", "MetadataId", *names}
        return {name: value for name, value in self.document.items() if name in kept}


def _expansions(expand: str | None) -> list[tuple[str, Mapping[str, str]]]:
    """Names to expand, each with its `$select` and `$filter`."""
    found: list[tuple[str, Mapping[str, str]]] = []
    rest = expand or ""
    while rest:
        name, opened, after = rest.partition("(")
        if opened and "," not in name:
            inner, _, rest = after.partition(")")
            given = {option.strip(): value for option, _, value in (each.partition("=") for each in inner.split(";"))}
            if wrong := sorted(given.keys() - {"$select", "$filter"}):
                raise bad_request(f"The query option '{wrong[0]}' is not supported in this $expand.")
            found.append((name.strip(), given))
            rest = rest.lstrip(",")
        else:
            name, _, rest = rest.partition(",")
            found.append((name.strip(), {}))
    return found


def _named(predicate: str, items: list[_Item], key: str = "LogicalName") -> _Item:
    name, _, value = predicate.partition("=")
    for item in items:
        if (name, value) == (key, f"'{item.document[key]}'"):
            return item
        if predicate.lower() == item.document["MetadataId"]:
            return item
    raise Refusal(404, "0x80060888", f"Could not find a metadata item with {predicate}.")


def _chosen(context: str, given: Mapping[str, str]) -> str:
    return f"{context}({given['$select']})" if "$select" in given else context


def _metadata_filter(node: ast._Node) -> Callable[[Document], bool]:
    """Metadata is compared with eq and ne only, joined by and and or."""
    if isinstance(node, ast.BoolOp):
        left, right = _metadata_filter(node.left), _metadata_filter(node.right)
        if isinstance(node.op, ast.And):
            return lambda document: left(document) and right(document)
        return lambda document: left(document) or right(document)
    if (
        isinstance(node, ast.Compare)
        and isinstance(node.comparator, ast.Eq | ast.NotEq)
        and isinstance(node.left, ast.Identifier)
        and isinstance(node.right, ast.String | ast.Boolean | ast.Integer | ast.Null | ast.GUID)
    ):
        name, equal = node.left.name, isinstance(node.comparator, ast.Eq)
        wanted = node.right.val if isinstance(node.right, ast.GUID) else node.right.py_val
        return lambda document: (_member(document, name) == wanted) is equal
    raise Refusal(501, "0x8006088a", "The query expression on metadata is not implemented.")


def _member(document: Document, name: str) -> Any:
    if name not in document:
        raise bad_request(f"Could not find a property named '{name}' on this metadata type.")
    return document[name]
