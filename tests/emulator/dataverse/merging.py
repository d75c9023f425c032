"""Merge: two rows turn out to be the same. What pointed to the loser points to the winner; the loser stays, inactive.

Parameters, answer and errors are those of the product's pages and its list of error codes; the status of a refusal, and
that rows which are moved along tell no webhook, are deduced (`moved_rows_tell` of the behaviour has them tell).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.emulator.dataverse import options
from tests.emulator.dataverse.derived import stamp_modified
from tests.emulator.dataverse.environment import Actor, Environment, Event
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.payload import Payload
from tests.emulator.dataverse.refusal import Refusal, invalid_argument, left_out, no_arguments, no_row, wrong_method
from tests.emulator.dataverse.schema import Column
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.writer import Writer
from tests.emulator.wire import Answer

TABLES: Final = frozenset({"accounts", "contacts"})
_OF_SALES: Final = frozenset({"lead", "incident"})
"""What merges in the service, too, and is no table of the twin."""
_PARENTS: Final = {"contacts": "_parentcustomerid_value"}
_TYPE: Final = "Microsoft.Dynamics.CRM."
_NEEDED: Final = frozenset({"Target", "Subordinate", "PerformParentingChecks"})
_ACTIVE_QUOTE: Final = 1


class Merger:
    """Merges rows inside the environment's transaction."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.writer = writer

    def handle(self, exchange: Exchange, predicate: str) -> Answer:
        """The unbound action."""
        no_arguments("Merge", predicate)
        options.check(exchange.options, options.TAG)
        if exchange.method != "POST":
            raise wrong_method(exchange.method)
        body = exchange.body
        if missing := sorted(_NEEDED - body.keys()):
            raise invalid_argument(f"Required field '{missing[0]}' is missing.")
        if unknown := sorted(body.keys() - _NEEDED - {"UpdateContent"}):
            raise invalid_argument(f"The parameter '{unknown[0]}' in the request payload is not a valid parameter.")
        if not isinstance(body["PerformParentingChecks"], bool):
            raise invalid_argument("PerformParentingChecks is true or false.")
        (table, winner), (other, loser) = self._named(body["Target"]), self._named(body["Subordinate"])
        if other is not table:
            raise invalid_argument("Target and Subordinate are rows of one table.")
        with self.environment.transaction():
            given = self._content(table, body.get("UpdateContent"))
            self.merge(table, winner, loser, exchange.actor, given, checks_parents=body["PerformParentingChecks"])
        return empty_answer()

    def merge(
        self,
        table: Table,
        winner: Row,
        loser: Row,
        actor: Actor,
        given: Mapping[str, Any] | None = None,
        *,
        checks_parents: bool = False,
    ) -> None:
        """given: what the winner takes over."""
        self._permit(table, actor)
        self._check(table, winner, loser, checks_parents=checks_parents)
        if given:
            self.writer.update(table, winner, given, actor)
        self._move(table, winner, loser, actor)
        values = {"statecode": 1, "statuscode": 2, "merged": True, "_masterid_value": winner.row_id}
        payload = Payload(values, {}, ["statecode", "statuscode", "merged", "masterid"])
        self.writer.apply(table, table.rows[loser.row_id], payload, actor)

    def _named(self, given: object) -> tuple[Table, Row]:
        """The row that an entity parameter means, by its type and its id."""
        kind = given.get("@odata.type") if isinstance(given, Mapping) else None
        if not isinstance(given, Mapping) or not isinstance(kind, str):
            raise invalid_argument("Target and Subordinate are rows, with '@odata.type' and their id.")
        table = self._table(kind)
        name = table.definition.id
        if given.get(name) is None:
            raise invalid_argument(f"The row has no value for its primary key '{name}'.")
        row_id = str(table.readers[name](given[name]))
        if row_id not in table.rows:
            raise no_row(table.definition.logical, row_id)
        return table, table.rows[row_id]

    def _table(self, kind: str) -> Table:
        logical = kind.lstrip("#").removeprefix(_TYPE)
        table = self.environment.by_logical.get(logical)
        if table is None and logical in _OF_SALES:
            raise left_out(f"the table {logical}")
        if table is None or table.definition.name not in TABLES:
            raise invalid_argument(f"This type: {logical} is not supported with merge operation")
        return table

    def _content(self, table: Table, given: object) -> Mapping[str, Any] | None:
        if given is None:
            return None
        if not isinstance(given, Mapping) or not isinstance(given.get("@odata.type"), str):
            raise invalid_argument("UpdateContent is a row, with '@odata.type'.")
        return given

    def _permit(self, table: Table, actor: Actor) -> None:
        """The action needs rights on the two rows; what moves along is moved by the system itself."""
        name = table.definition.privilege
        try:
            for privilege in ("Merge", *(f"{right}{name}" for right in ("Read", "Write", "Share", "AppendTo"))):
                self.environment.require(actor, f"prv{privilege}")
        except Refusal as refusal:
            text = "Merge is not allowed: caller does not have the privilege or access."
            raise Refusal(403, "0x80045301", text) from refusal

    def _check(self, table: Table, winner: Row, loser: Row, *, checks_parents: bool) -> None:
        if winner.row_id == loser.row_id:
            text = "Merge cannot be performed on master and sub-entities that are identical."
            raise Refusal(400, "0x80045305", text)
        for part, row in (("master ", winner), ("sub-", loser)):
            if row.values["statecode"] != 0:
                text = f"{part}entity:{table.definition.logical}-{row.row_id} is deactive"
                raise Refusal(400, "0x80045304", text)
        if self._has_active_quote(loser):
            raise Refusal(400, "0x80045302", "Merge cannot be performed on sub-entity that has active quote.")
        wire = _PARENTS.get(table.definition.name)
        if wire is not None:
            self._check_parents(table, winner, loser, wire, checks=checks_parents)

    def _has_active_quote(self, loser: Row) -> bool:
        quotes = self.environment.tables["quotes"]
        found = quotes.index("_customerid_value").get(loser.row_id, ())
        return any(quotes.rows[row_id].values["statecode"] == _ACTIVE_QUOTE for row_id in found)

    def _check_parents(self, table: Table, winner: Row, loser: Row, wire: str, *, checks: bool) -> None:
        """A winner below its loser would come to stand above itself; other parents are asked about on request."""
        above, seen = winner.values[wire], set[str]()
        while above in table.rows and above not in seen:
            if above == loser.row_id:
                raise Refusal(400, "0x80045300", "Merge could create cyclical parenting.")
            seen.add(above)
            above = table.rows[above].values[wire]
        own, lost = winner.values[wire], loser.values[wire]
        if not checks or lost in (None, own):
            return
        if own is None:
            raise Refusal(400, "0x80045317", "Merge warning: sub-entity might lose parenting")
        raise Refusal(400, "0x80045316", "Merge warning: sub-entity will be differently parented.")

    def _move(self, table: Table, winner: Row, loser: Row, actor: Actor) -> None:
        """Whatever points to the loser points to the winner; who was merged into it before keeps it as its master."""
        for child, column in self._pointing_at(table):
            for row_id in sorted(child.index(column.wire).get(loser.row_id, ())):
                self._point(child, column, child.rows[row_id], winner.row_id, actor)

    def _pointing_at(self, table: Table) -> Iterator[tuple[Table, Column]]:
        for child in self.environment.tables.values():
            for column in child.definition.columns.values():
                if table.definition.name in column.targets and not column.read_only:
                    yield child, column

    def _point(self, child: Table, column: Column, row: Row, target: str, actor: Actor) -> None:
        values = row.values | {column.wire: target}
        stamp_modified(self.environment, values, actor)
        version = values["versionnumber"] = self.environment.next_version()
        after = Row(row.row_id, values, row.targets, version)
        child.put(after)
        silent = not self.environment.behaviour.moved_rows_tell
        sent = (column.name,)
        self.environment.record(Event(child, row.row_id, "update", row, after, actor, sent, silent=silent))
