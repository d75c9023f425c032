"""The twin as tests, demos and benches use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.emulator.finops.behaviour import Behaviour
from tests.emulator.finops.environment import Actor, Change, Environment, user_id
from tests.emulator.finops.events import Activation, DataEvents, Delivery
from tests.emulator.finops.numbers import NumberSequences
from tests.emulator.finops.refusal import not_found_for_update
from tests.emulator.finops.restores import Backup, back_up, put_back
from tests.emulator.finops.service import Service
from tests.emulator.finops.store import Row, Table
from tests.emulator.finops.writer import Writer
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request

MESSAGES = ("Create", "Update", "Delete")
_CURRENCIES = (
    {"CurrencyCode": "EUR", "Name": "Euro", "Symbol": "€"},
    {"CurrencyCode": "USD", "Name": "US Dollar", "Symbol": "$"},
)


class FinopsTwin:
    """An environment of finance and operations in this process.

    A fresh one has its companies, the currencies EUR and USD, and one service user for the app of the identity twin.
    `outbox` holds event calls to make, in order; `history` every committed change; `behaviour` the switches; `numbers`
    the formats of number sequences. `url` is both the address of the host and the audience of tokens.

    Values of rows are as stored: text, enumeration members, ids and times as text, whole numbers as int, decimals as
    Decimal. Methods that stand for people in the product raise Refusal as the wire would answer.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        identity: Identity,
        url: str = "http://127.0.0.1:7082",
        seed: int = 0,
        companies: Sequence[str] = ("usmf", "demf"),
    ) -> None:
        self.environment = Environment(clock, url.rstrip("/"), seed, companies)
        self.outbox: list[Delivery] = []
        self._writer = Writer(self.environment)
        self._events = DataEvents(self.environment, self.outbox)
        self._service = Service(self.environment, identity, self._writer)
        self._seed()

    @property
    def behaviour(self) -> Behaviour:
        return self.environment.behaviour

    @property
    def history(self) -> list[Change]:
        return self.environment.history

    @property
    def numbers(self) -> NumberSequences:
        return self._writer.rules.numbers

    def handle(self, request: Request) -> Answer:
        """Answers one request."""
        return self._service.handle(request)

    def create(self, entity: str, values: Mapping[str, Any], *, user: str = "erik") -> Mapping[str, Any]:
        """A person creates a row; the row as stored, with generated numbers."""
        with self.environment.transaction():
            return self._writer.create(self.environment.table(entity), values, Actor(user)).values

    def update(self, entity: str, key: Mapping[str, Any], values: Mapping[str, Any], *, user: str = "erik") -> None:
        """A person changes a row."""
        with self.environment.transaction():
            self._writer.update(*self._required(entity, key), values, Actor(user))

    def delete(self, entity: str, key: Mapping[str, Any], *, user: str = "erik") -> None:
        """A person deletes a row."""
        with self.environment.transaction():
            self._writer.delete(*self._required(entity, key), Actor(user))

    def rename(self, entity: str, key: Mapping[str, Any], new_key: Mapping[str, Any], *, user: str = "erik") -> None:
        """A person renames a code: the record stays the same, and every record that names it follows.

        `new_key` holds the parts of the key that change.
        """
        with self.environment.transaction():
            self._writer.rename(*self._required(entity, key), new_key, Actor(user))

    def row(self, entity: str, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A row as it is stored now. The key is matched without letter case."""
        row = self.environment.table(entity).row_at(key)
        return row.values if row is not None else None

    def etag(self, entity: str, key: Mapping[str, Any]) -> str | None:
        """The version of a row as the wire shows it."""
        row = self.environment.table(entity).row_at(key)
        return row.etag if row is not None else None

    def rows(self, entity: str) -> Iterator[Mapping[str, Any]]:
        """All rows in the order of their keys."""
        table = self.environment.table(entity)
        found = (table.rows.get(key) for key in list(table.keys))
        return (row.values for row in found if row is not None)

    def load(self, entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that are simply there: checked and completed like creates, but without events and history.

        References are checked at the end, so rows of one call may name each other. A row with a known key replaces it.
        """
        with self.environment.transaction():
            self._writer.load(self.environment.table(entity), rows)

    def back_up(self) -> Backup:
        """What `put_back` may go back to later."""
        return back_up(self.environment)

    def put_back(self, backup: Backup, *, new_versions: bool = False) -> int:
        """Restores every row as it was, in place and without a word to anybody; how many were another before."""
        return put_back(self.environment, backup, new_versions=new_versions)

    def activate(
        self,
        entity: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        legal_entity: str | None = None,
        messages: Sequence[str] = MESSAGES,
    ) -> None:
        """Activates data events of an entity for an endpoint, of all companies or of one."""
        company = legal_entity.lower() if legal_entity is not None else None
        self._events.activate(Activation(entity, url, dict(headers or {}), company, frozenset(messages)))

    def user_id(self, user: str) -> str:
        """The object id of a user in Microsoft Entra ID, as events name it."""
        return user_id(user)

    def _required(self, entity: str, key: Mapping[str, Any]) -> tuple[Table, Row]:
        table = self.environment.table(entity)
        row = table.row_at(key)
        if row is None:
            raise not_found_for_update()
        return table, row

    def _seed(self) -> None:
        names = {company: self.environment.company_name(company) for company in self.environment.companies}
        self.load("Currencies", _CURRENCIES)
        self.load("LegalEntities", [{"LegalEntityId": company, "Name": name} for company, name in names.items()])
        self.load("Companies", [{"DataArea": company, "Name": name} for company, name in names.items()])
