"""The twin as tests, demos and benches use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.emulator.dataverse import parties
from tests.emulator.dataverse.behaviour import Behaviour
from tests.emulator.dataverse.currencies import Currencies
from tests.emulator.dataverse.deleting import Deleter
from tests.emulator.dataverse.directory import Directory
from tests.emulator.dataverse.environment import Actor, Change, Environment
from tests.emulator.dataverse.forms import seeded
from tests.emulator.dataverse.merging import Merger
from tests.emulator.dataverse.people import PLATFORM, People
from tests.emulator.dataverse.products import Products
from tests.emulator.dataverse.refusal import no_row
from tests.emulator.dataverse.registration import HEARD, Registration, filters, messages
from tests.emulator.dataverse.sales import Sales
from tests.emulator.dataverse.schema import SOLUTION, prefixed, stable_id, under_prefix
from tests.emulator.dataverse.security import ADMINISTRATOR, Security, role_of
from tests.emulator.dataverse.service import Service
from tests.emulator.dataverse.solutions import DEFAULT_PUBLISHER
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.vendor_steps import VendorSteps
from tests.emulator.dataverse.webhooks import Delivery, Webhooks
from tests.emulator.dataverse.writer import Writer
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request

BASE_CURRENCY_ID = stable_id("currency EUR")
_BASE_CURRENCY = {
    "transactioncurrencyid": BASE_CURRENCY_ID,
    "isocurrencycode": "EUR",
    "currencyname": "Euro",
    "currencysymbol": "€",
    "exchangerate": 1.0,
    "currencyprecision": 2,
}


_VENDORS = {
    "solutionid": stable_id("the vendor's solution for prospect to cash"),
    "uniquename": "msdynce_ProspectToCashIntegration",
    "friendlyname": "Prospect to Cash",
    "version": "15.0.0.1",
    "ismanaged": True,
}


class DataverseTwin:
    """A Dataverse environment in this process.

    A fresh one has the mapped tables without rows, the base currency EUR, one application user for the app of the
    identity twin, and the message rows that webhook registration needs. `outbox` holds webhook calls to make, in
    order; `history` every committed change; `behaviour` the switches. `url` is both the address and the audience.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        identity: Identity,
        url: str = "http://127.0.0.1:7081",
        seed: int = 0,
    ) -> None:
        self.environment = Environment(clock, url.rstrip("/"), seed)
        self._people = People(self.environment, identity)
        self._writer = Writer(self.environment)
        self._deleter = Deleter(self.environment)
        Registration(self.environment, self._writer)
        Currencies(self.environment, self._writer)
        Products(self.environment, self._writer)
        Directory(self._writer)
        Sales(self.environment, self._writer, self._deleter)
        self._merger = Merger(self.environment, self._writer)
        self._webhooks = Webhooks(self.environment)
        self._security = Security(self.environment)
        self.environment.may = self._security.holds
        self._writer.checks["roles"] = self._security.made
        self._writer.effects["roles"] = self._security.inherited
        self._service = Service(
            self.environment, self._people, self._writer, self._deleter, self._merger, self._security
        )
        self._platform = Actor(stable_id(f"user {PLATFORM}"), PLATFORM)
        self._vendor: VendorSteps | None = None
        self._seed()

    @property
    def behaviour(self) -> Behaviour:
        return self.environment.behaviour

    @property
    def outbox(self) -> list[Delivery]:
        return self._webhooks.outbox

    @property
    def history(self) -> list[Change]:
        return self.environment.history

    @property
    def organization_id(self) -> str:
        return self.environment.organization_id

    def handle(self, request: Request) -> Answer:
        """Answers one request."""
        return self._service.handle(request)

    def create(self, table: str, values: Mapping[str, Any], *, user: str = "anna") -> str:
        """A person creates a row; its id."""
        with self.environment.transaction():
            return self._writer.create(self.environment.table(table), values, self._people.person(user)).row_id

    def update(self, table: str, row_id: str, values: Mapping[str, Any], *, user: str = "anna") -> None:
        """A person changes a row."""
        with self.environment.transaction():
            found, row = self._required(table, row_id)
            self._writer.update(found, row, values, self._people.person(user))

    def delete(self, table: str, row_id: str, *, user: str = "anna") -> None:
        """A person deletes a row."""
        with self.environment.transaction():
            found, row = self._required(table, row_id)
            self._deleter.delete(found, row, self._people.person(user))

    def install(self) -> None:
        """An administrator imports the vendor's solution for prospect to cash: columns, empty so far, key and steps."""
        self.add_columns(SOLUTION)
        self._put("solutions", [_VENDORS])
        self._vendor = VendorSteps(self.environment, self._writer)

    def install_parties(self) -> None:
        """An administrator imports the party solutions of release 3."""
        parties.install(self.environment, self._writer)

    def upgrade(self) -> None:
        """An administrator runs the upgrade of that solution over the rows that are there."""
        assert self._vendor is not None, "the solution is not installed"
        with self.environment.transaction():
            self._vendor.upgrade(self._platform)

    def set_up(self) -> None:
        """The columns that the app's own set-up makes, as it has made them."""
        for table in self.environment.tables.values():
            for column in table.definition.ours.values():
                table.set_column(column)

    def add_columns(self, prefix: str) -> None:
        """The columns and the key of that solution under a prefix, without anything that keeps them right."""
        for table in self.environment.tables.values():
            definition = table.definition
            for column in definition.offered.values():
                table.set_column(under_prefix(column, prefix))
            for offered in definition.offered_keys:
                key = tuple(prefixed(name, prefix) for name in offered)
                table.add_key(definition.new_key(key[-1], " and ".join(key), key))

    def merge(
        self, table: str, winner: str, loser: str, values: Mapping[str, Any] | None = None, *, user: str = "anna"
    ) -> None:
        """A person merges two rows; values: what the winner takes over from the loser."""
        with self.environment.transaction():
            (found, kept), (_, gone) = self._required(table, winner), self._required(table, loser)
            self._merger.merge(found, kept, gone, self._people.person(user), values)

    def person(self, name: str, *roles: str) -> str:
        """The object id of somebody who signs in, for the identity twin, and who has these roles, by their names."""
        user = self._people.person(name).user_id
        for each in roles:
            self._security.give(user, self._role(each))
        return str(self.environment.tables["systemusers"].rows[user].values["azureactivedirectoryobjectid"])

    def give_role(self, user_id: str, role: str) -> None:
        """Somebody gives a role to a user, by its name."""
        self._security.give(user_id, self._role(role))

    def take_role(self, user_id: str, role: str = "System Administrator") -> None:
        """Somebody takes a role from a user; the app's own user is a System Administrator at first."""
        self._security.take(user_id, self._role(role))

    def _role(self, name: str) -> str:
        rows = self.environment.tables["roles"].rows.values()
        return next(row.row_id for row in rows if row.values["name"] == name)

    def row(self, table: str, row_id: str) -> Mapping[str, Any] | None:
        """A row as it is stored now, whatever is visible to reads; lookups stand under `_x_value`."""
        row = self.environment.table(table).rows.get(row_id.lower())
        return row.values if row is not None else None

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        """All rows as they are stored now, in the order of their ids."""
        found = self.environment.table(table)
        return [found.rows[row_id].values for row_id in found.ids]

    def load(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that are simply there: checked like creates, but without events, history or a check that the rows
        exist which lookups name by id. What only the platform writes may be given. A row with a known id replaces it.
        """
        self._writer.load(self.environment.table(table), rows, self._platform)
        self._webhooks.refresh()

    def _required(self, table: str, row_id: str) -> tuple[Table, Row]:
        found = self.environment.table(table)
        row = found.rows.get(row_id.lower())
        if row is None:
            raise no_row(found.definition.logical, row_id)
        return found, row

    def _seed(self) -> None:
        environment = self.environment
        self._put("businessunits", [{"businessunitid": environment.business_unit_id, "name": "Contoso"}])
        self._put("systemusers", self._people.seed())
        for name, values in self._security.seed():
            self._put(name, [values])
        self._security.give(self._people.app_user(), role_of(ADMINISTRATOR))
        self._put("transactioncurrencies", [_BASE_CURRENCY])
        organization = {
            "organizationid": environment.organization_id,
            "name": "Contoso",
            "_basecurrencyid_value": BASE_CURRENCY_ID,
        }
        self._put("organizations", [organization])
        self._put("publishers", [DEFAULT_PUBLISHER])
        self._put("systemforms", seeded())
        self._put("sdkmessages", messages())
        for table in environment.tables.values():
            if not table.definition.system or table.definition.name in HEARD:
                self._put("sdkmessagefilters", filters(table.definition.logical))

    def _put(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        table = self.environment.table(name)
        for given in rows:
            values = {**table.definition.template, **given}
            version = values["versionnumber"] = self.environment.next_version()
            table.put(Row(values[table.definition.id], values, {}, version), bulk=True)
