"""The twin as tests, demos and benches use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from tests.emulator.business_central import views
from tests.emulator.business_central.behaviour import Behaviour
from tests.emulator.business_central.environment import Actor, Change, Company, Environment
from tests.emulator.business_central.notifications import Delivery, Notifications
from tests.emulator.business_central.refusal import no_row
from tests.emulator.business_central.restores import Backup, back_up, put_back
from tests.emulator.business_central.schema import Page, every_page, pages
from tests.emulator.business_central.service import Service
from tests.emulator.business_central.store import Row
from tests.emulator.business_central.subscriptions import Handshake, Subscriptions
from tests.emulator.business_central.values import moment
from tests.emulator.business_central.writer import Writer
from tests.emulator.identity import TENANT, Identity
from tests.emulator.wire import Answer, Request

ACCESS_KEYS: Final[Mapping[str, str]] = {"KOPPEL": "local-web-service-key"}
"""Web service access keys by user, for the sign-in on premises."""


@dataclass(frozen=True, slots=True)
class Founding:
    """A company to begin with: its name, its local currency with the symbol, its country."""

    name: str
    currency: str
    symbol: str
    country: str


COMPANIES: Final = (Founding("CRONUS DE", "EUR", "€", "DE"), Founding("CRONUS US", "USD", "$", "US"))


class BusinessCentralTwin:
    """An environment of Business Central in this process.

    A fresh one has its companies with their set-up, number series and countries, and one service user for the app of
    the identity twin. `outbox` holds notifications to send; `history` every committed change; `behaviour` the switches.
    Companies are named by id or by name; rows by the set that shows them and their id.

    Values of rows are as stored: text, enumeration members, ids, dates and times as text, decimals as Decimal. Methods
    that stand for people in the product raise Refusal as the wire would answer.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        identity: Identity,
        url: str = "http://127.0.0.1:7083",
        seed: int = 0,
        name: str = "Sandbox",
        companies: Sequence[Founding] = COMPANIES,
    ) -> None:
        self.environment = Environment(clock, url.rstrip("/"), name, TENANT, seed)
        self.outbox: list[Delivery] = []
        self.subscriptions = Subscriptions(self.environment)
        self.notifications = Notifications(self.environment, self.subscriptions, self.outbox)
        self._writer = Writer(self.environment)
        self._service = Service(self.environment, identity, self._writer, self.subscriptions, ACCESS_KEYS)
        for each in companies:
            self.found(each)

    @property
    def behaviour(self) -> Behaviour:
        return self.environment.behaviour

    @property
    def history(self) -> list[Change]:
        return self.environment.history

    @property
    def base(self) -> str:
        """The address of the API."""
        gateway = "/v2.0" if self.behaviour.sign_in == "entra" else ""
        return f"{self.environment.url}{gateway}/{self.environment.name}/api/v2.0"

    def handle(self, request: Request) -> Answer:
        """Answers one request."""
        return self._service.handle(request)

    def asks(self, request: Request) -> str:
        """The address at which a request needs a handshake first; empty for all others."""
        return self._service.asks(request)

    def shaken(self, url: str, handshake: Handshake) -> None:
        """What the receiver there answered when it was asked: good for one request that makes or renews."""
        self.subscriptions.shaken(url, handshake)

    def company(self, name: str) -> Company:
        """A company by its id or name: its set-up, series, templates and what hangs on its records."""
        return self.environment.company(name)

    def found(self, founding: Founding) -> Company:
        """A new company, with the least of set-up."""
        company_id = str(uuid5(NAMESPACE_URL, f"{self.environment.seed} {founding.name}"))
        created = moment(self.environment.clock())
        company = Company(
            company_id, founding.name, founding.currency, founding.symbol, founding.country, created=created
        )
        self.environment.companies[company_id] = company
        self.load(company_id, "countriesRegions", [{"code": founding.country, "displayName": founding.country}])
        setup = {"localCurrencyCode": founding.currency, "localCurrencySymbol": founding.symbol}
        self.load(company_id, "generalLedgerSetup", [setup])
        self.load(company_id, "companyInformation", [{"displayName": founding.name, "country": founding.country}])
        return company

    def close(self, name: str) -> None:
        """Somebody deletes a company with everything in it."""
        company = self.company(name)
        del self.environment.companies[company.id]
        for each in self.subscriptions.alive():
            if each.company == company.id:
                self.subscriptions.drop(each.id)

    def rename_company(self, name: str, new_name: str) -> None:
        """A company gets another name under the same id."""
        self.company(name).name = new_name

    def create(
        self, company: str, set_name: str, values: Mapping[str, Any], *, user: str = "ANNA"
    ) -> Mapping[str, Any]:
        """A person creates a row; the row as stored."""
        at, page = self._at(company, set_name)
        with self.environment.transaction():
            row = self._writer.create(at, page, values, Actor(user))
        return views.shown(at, page, row)

    def update(
        self, company: str, set_name: str, row_id: str, values: Mapping[str, Any], *, user: str = "ANNA"
    ) -> Mapping[str, Any]:
        """A person changes a row, or renames it by its number or code; the row as stored."""
        at, page = self._at(company, set_name)
        with self.environment.transaction():
            row = self._writer.update(at, page, self._required(at, page, row_id), values, Actor(user))
        return views.shown(at, page, row)

    def delete(self, company: str, set_name: str, row_id: str, *, user: str = "ANNA") -> None:
        """A person deletes a row."""
        at, page = self._at(company, set_name)
        with self.environment.transaction():
            self._writer.delete(at, self._required(at, page, row_id), Actor(user))

    def calculate(self, company: str, set_name: str, row_id: str, name: str, value: Any) -> None:
        """A calculated value of a row becomes another, without a write to the row."""
        at, page = self._at(company, set_name)
        row = self._required(at, page, row_id)
        views.calculate(at, page, row, name, value)

    def link(self, company: str, contact: str, set_name: str, row_id: str, *, user: str = "ANNA") -> None:
        """A person says that a company contact stands for a customer or vendor, too."""
        at, page = self._at(company, set_name)
        with self.environment.transaction():
            row = self._required(at, pages()["contacts"], contact)
            self._writer.following.link(at, row, self._required(at, page, row_id), Actor(user))

    def row(self, company: str, set_name: str, row_id: str) -> Mapping[str, Any] | None:
        """A row as it is stored now."""
        at, page = self._at(company, set_name)
        found = at.tables[page.table].rows.get(row_id.lower())
        return views.shown(at, page, found) if found is not None else None

    def rows(self, company: str, set_name: str) -> Iterator[Mapping[str, Any]]:
        """All rows in the order of their keys."""
        at, page = self._at(company, set_name)
        return (views.shown(at, page, row) for row in at.tables[page.table].in_order())

    def id_of(self, company: str, set_name: str, code: str) -> str:
        """The id of the row with a number or code."""
        at, page = self._at(company, set_name)
        found = at.tables[page.table].with_code(code)
        if found is None:
            raise no_row(page.type, code)
        return found.id

    def etag(self, company: str, set_name: str, row_id: str) -> str | None:
        """The version of a row as the wire shows it."""
        at, page = self._at(company, set_name)
        found = at.tables[page.table].rows.get(row_id.lower())
        return views.etag(at, page, found) if found is not None else None

    def load(self, company: str, set_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that are simply there: checked and completed like creates, but nobody is told."""
        at, page = self._at(company, set_name)
        with self.environment.transaction():
            self._writer.load(at, page, rows)

    def back_up(self) -> Backup:
        """What `restore` may go back to later."""
        return back_up(self.environment)

    def restore(self, backup: Backup) -> int:
        """The environment is what it was: subscriptions are gone; how many rows were another before."""
        self.forget_subscribers()
        return put_back(self.environment, backup)

    def copy(self, name: str) -> None:
        """This is a copy from now on: the same rows under another name, and nobody subscribes to anything."""
        self.environment.name = name
        self.forget_subscribers()

    def forget_subscribers(self) -> None:
        """All subscriptions are gone, with what was pending for them."""
        self.subscriptions.found.clear()
        self.notifications.clear()

    def _at(self, company: str, set_name: str) -> tuple[Company, Page]:
        return self.environment.company(company), every_page()[set_name]

    def _required(self, company: Company, page: Page, row_id: str) -> Row:
        found = company.tables[page.table].rows.get(row_id.lower())
        if found is None:
            raise no_row(page.type, row_id)
        return found
