"""What one process shares: settings, clients and the house, made inside the running event loop, on first use."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from random import SystemRandom
from socket import gethostname
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import azure.functions as func
import httpx
from azure.data.tables.aio import TableServiceClient

from functions.credentials import of_ledger, of_systems
from functions.suites import (
    ROOT,
    Configured,
    column_modules,
    configured,
    flow_names,
    receiver_modules,
    shipped,
    suite,
    timers,
)
from shared.columns import Columns, Keeper, Upgrades
from shared.engine import Given, House, Options, RecordAction
from shared.errors import Refused, SettingError, in_one
from shared.ledger import AzureTables, Commits, Copies
from shared.mapping import Catalogue, Function, Printer, alike, all_functions, functions_in, functions_of, know_more
from shared.settings import Settings, SuiteSettings, function_files, is_here, overlay_files, schema_folders
from shared.systems import (
    AT_ONCE,
    COMPANY_PING,
    IN_A_WHILE,
    PING,
    RESOURCE,
    WHO,
    BusinessCentral,
    Connection,
    Dataverse,
    Finops,
    IdentityTokens,
    KeyTokens,
    Limiter,
    System,
    worked_out,
)

if TYPE_CHECKING:
    from functions.business_central.subscriptions import Keeper as Subscriptions

DATAVERSE_API: Final = "/api/data/v9.2"
FINOPS_API: Final = "/data"
BUSINESS_CENTRAL_API: Final = "/api"
PATIENCE: Final[Mapping[str, Any]] = {"connection_timeout": 5, "read_timeout": 15, "retry_total": 2}
"""With the ledger, in seconds and repeats: Dataverse gives up on a webhook after 60 s, and repeats it only on 503."""


QUIET: Final = ("azure", "httpx", "stamina")
"""Their lines name every address that is asked, with the keys of records in it: they stay out of the app's log."""


class Runtime:
    """The house of this process and the means to close it."""

    def __init__(self, found: Configured, house: House | None = None) -> None:
        self.configured = found
        self.keepers: dict[str, Keeper] = {}
        self.subscriptions: Subscriptions | None = None
        self.traffic = Counter[tuple[str, str]]()
        self._house = house
        self._tables: TableServiceClient | None = None
        self._copies: TableServiceClient | None = None
        self._http: httpx.AsyncClient | None = None
        self._tokens: list[IdentityTokens] = []
        self._making = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        """The settings of the house, without those of its suites."""
        return self.configured.house

    async def house(self) -> House:
        """The house, made once. Raises SettingError for a wrong setting, TryLater if the ledger is away."""
        async with self._making:
            if self._house is None:
                try:
                    self._house = await self._make()
                except BaseException:
                    await self.close()
                    raise
        return self._house

    async def close(self) -> None:
        """Closes every client."""
        tokens, self._tokens = self._tokens, []
        for each in tokens:
            await each.close()
        if self._http is not None:
            await self._http.aclose()
        for service in (self._tables, self._copies):
            if service is not None:
                await service.close()

    async def _make(self) -> House:
        chosen = self.settings
        for noisy in QUIET:
            logging.getLogger(noisy).setLevel(logging.WARNING)
        random = SystemRandom()

        def boundary() -> str:
            return f"{random.getrandbits(64):016x}"

        commits = await self._ledger(boundary)
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(120, connect=10))
        dataverse = Dataverse(self._connection(chosen.dataverse_url, DATAVERSE_API, WHO), boundary)
        house = House(
            catalogue=catalogue(chosen, prefixes=self.configured.prefixes(), words=self.configured.words()),
            erps={name: self._erp(name, boundary, dataverse) for name in self.systems()},
            dataverse=dataverse,
            commits=commits,
            clock=_now,
            random=random,
            options=_options(chosen),
            companies=tuple(code.lower() for code in chosen.companies),
            suites=self.configured.options(),
            deletes=chosen.delete_budget,
            older=chosen.older_budget,
            actions=partial(actions_of, suites=self.configured.suites),
            pairs=pairs_of,
            copies=self._store_of_copies(boundary),
            upgrade=Upgrades(kept(self.configured)),
            version=f"the app on {os.environ.get('WEBSITE_HOSTNAME') or gethostname()}",
            marked=not is_here(urlsplit(chosen.dataverse_url).hostname or ""),
        )
        await house.learn()
        gc.freeze()  # what is loaded lives as long as the process: no collection has to walk through it again
        return house

    async def _ledger(self, boundary: Callable[[], str]) -> Commits:
        """The ledger, whose table is there from now on."""
        self._tables = _table_service(self.settings)
        tables = AzureTables(self._tables.get_table_client(self.settings.ledger_table))
        await tables.ensure()
        return Commits(tables, boundary, Printer(self.settings.printer_keys()))

    def _store_of_copies(self, boundary: Callable[[], str]) -> Copies | None:
        """The table of the copies, in the other account; whether that can be reached is seen when it is used."""
        chosen = self.settings
        if not chosen.ledger_copy:
            return None
        options = {**PATIENCE, "use_env_settings": bool(getproxies())}
        self._copies = TableServiceClient(endpoint=chosen.ledger_copy, credential=of_ledger(chosen), **options)
        tables = AzureTables(self._copies.get_table_client(f"{chosen.ledger_table}copies"), "LEDGER_COPY")
        return Copies(Commits(tables, boundary), tables.ensure, chosen.ledger_copies)

    def systems(self) -> list[str]:
        """The ERP systems that stand behind the suites that are on."""
        return sorted({suite(name).system for name in self.configured.suites})

    def _erp(self, name: str, boundary: Callable[[], str], dataverse: Dataverse) -> System:
        chosen, elsewhere = self.settings, worked_out(dataverse.base_currency, _now)
        makers: Mapping[str, Callable[[], System]] = {
            "finops": lambda: Finops(self._connection(chosen.finops_url, FINOPS_API, PING), boundary),
            "business_central": lambda: BusinessCentral(self._to_business_central(), boundary, overlap, elsewhere),
        }
        overlap = timedelta(minutes=chosen.business_central_overlap_minutes)
        return makers[name]()

    def _to_business_central(self) -> Connection:
        """By the app's own sign-in, or on premises by a user and key. One user may ask for so much at once, and in a
        while: its sign-in counts as one.
        """
        assert self._http is not None
        chosen, limiter = self.settings, Limiter(ceiling=AT_ONCE, per=IN_A_WHILE)
        base = chosen.business_central_url.rstrip("/") + BUSINESS_CENTRAL_API
        if user := chosen.business_central_user:
            keys = KeyTokens(user, chosen.business_central_key.get_secret_value())
            return Connection(self._http, base, keys, limiter, probe=COMPANY_PING)
        tokens = IdentityTokens(lambda: of_systems(chosen), RESOURCE)
        self._tokens.append(tokens)
        return Connection(self._http, base, tokens, limiter, probe=COMPANY_PING)

    def _connection(self, url: str, path: str, probe: str) -> Connection:
        assert self._http is not None
        tokens = IdentityTokens(lambda: of_systems(self.settings), url.rstrip("/"))
        self._tokens.append(tokens)
        return Connection(self._http, url.rstrip("/") + path, tokens, Limiter(), probe=probe)


def _now() -> datetime:
    return datetime.now(UTC)


def _table_service(chosen: Settings) -> TableServiceClient:
    """Where no proxy is set the transport is told so: else it asks the environment and the home folder every time."""
    options = {**PATIENCE, "use_env_settings": bool(getproxies())}
    if connection := chosen.ledger_connection.get_secret_value():
        return TableServiceClient.from_connection_string(connection, **options)
    if not chosen.ledger_endpoint:
        raise SettingError(
            "LEDGER_ENDPOINT: the table endpoint of the storage account is needed (or LEDGER_CONNECTION)"
        )
    return TableServiceClient(endpoint=chosen.ledger_endpoint, credential=of_ledger(chosen), **options)


def catalogue(
    chosen: Settings,
    root: Path = ROOT.parent,
    prefixes: Mapping[str, Mapping[str, str]] | None = None,
    words: Mapping[str, Collection[str]] | None = None,
) -> Catalogue:
    """The maps of all suites that are turned on. root: the folder that overlays and files of functions stand below.

    prefixes: by suite, the prefix of columns as published to the one that they have in this installation. words: by
    suite, what its settings switch on in its maps: an overlay that ships under such a word stands before all others.
    """
    know_more(schema_folders(chosen.map_schemas, root))
    files, overlays = _map_files(chosen.suites), overlay_files(chosen.map_overlays, root)
    _demand_meant(chosen, overlays)
    switched_on = {
        flow: _switched_on(path, (words or {}).get(flow.partition(".")[0], ())) for flow, path in files.items()
    }
    overlays = overlays | {flow: [*found, *overlays.get(flow, ())] for flow, found in switched_on.items() if found}
    own = cache(partial(functions_in, function_files(chosen.map_functions, root)))

    def functions(flow: str) -> Mapping[str, Function]:
        """What a flow's map may name after `fn`: functions of the flow's own module, and of the files that are set."""
        return all_functions(functions_of(import_module(f"functions.{flow}")), own())

    printer = Printer(chosen.printer_keys())
    return Catalogue(files, overlays, chosen.map_switches, functions, prefixes or {}, printer, words or {})


def _switched_on(file: Path, words: Collection[str]) -> list[Path]:
    """The overlays that ship with a map under one of these words."""
    ours = (file.parent / "revisions" / f"{file.stem}.{word}.yaml" for word in sorted(words))
    return [path for path in ours if path.is_file()]


def _map_files(suites: Iterable[str]) -> dict[str, Path]:
    return {f"{suite}.{name}": ROOT / suite / f"{name}.yaml" for suite in suites for name in flow_names(suite)}


def _demand_meant(chosen: Settings, overlays: Mapping[str, Sequence[Path]]) -> None:
    """Raises SettingError for an overlay of a flow that there is not, and for a switch that no map asks for. What is
    about a suite that is off waits for it.
    """
    if not (overlays or chosen.map_switches):
        return
    files = _map_files(shipped())
    words = Catalogue(files, overlays).words() if chosen.map_switches else set[str]()
    words -= {word for name in shipped() for word in suite(name).words}
    for setting, said, known in (("MAP_OVERLAYS", overlays, files), ("MAP_SWITCHES", chosen.map_switches, words)):
        for word in said:
            if word not in known:
                near = alike(word, known)
                remedy = f"write {near}" if near else f"known: {', '.join(sorted(known)) or 'none'}"
                what = "is no flow" if known is files else "is asked for by no map"
                raise SettingError(in_one(f"{setting}: {word!r} {what}", remedy))


def pairs_of(here: House, flow: str) -> AsyncIterator[Sequence[Given]]:
    """The pairs of a flow that the ERP's own integration has made. Raises Refused where it has none."""
    read = suite(flow.partition(".")[0]).pairs
    if read is None:
        raise Refused(f"{flow}: its ERP has no integration of its own to take over from")
    return read(here, flow)


def actions_of(flow: str, suites: Mapping[str, SuiteSettings] | None = None) -> Sequence[RecordAction]:
    """The actions that a flow's module registers, or makes of what its suite is told. suites: the settings of each."""
    module = import_module(f"functions.{flow}")
    if (made := getattr(module, "actions", None)) is not None:
        by_settings: Sequence[RecordAction] = made((suites or {}).get(flow.partition(".")[0]))
        return by_settings
    found: Sequence[RecordAction] = getattr(module, "ACTIONS", ())
    return found


_at_work: Final[set[asyncio.Task[str]]] = set()


async def for_a_moment(work: Coroutine[Any, Any, str], seconds: float) -> str:
    """How far work comes in so many seconds; `later` if it does not end in them. It goes on all the same."""
    task = asyncio.create_task(work)
    _at_work.add(task)  # else nothing holds it
    task.add_done_callback(_at_work.discard)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return task.result() if done else "later"


def deadline(seconds: float) -> Callable[[], bool]:
    """True once that much time has passed on the running event loop's clock."""
    time = asyncio.get_running_loop().time
    end = time() + seconds
    return lambda: time() >= end


_runtime: Runtime | None = None


def runtime() -> Runtime:
    """The runtime of this process, made from its settings unless one was put in place. Raises SettingError."""
    global _runtime  # noqa: PLW0603 - one runtime a process, as the worker calls functions with nothing but a request
    if _runtime is None:
        _runtime = Runtime(configured())
    return _runtime


def use(other: Runtime | None) -> None:
    """Puts a runtime in place; None: the next one is made from the settings. For hosts that bring their own house."""
    global _runtime  # noqa: PLW0603 - the same
    _runtime = other


async def house() -> House:
    """The house of this process."""
    return await runtime().house()


def kept(found: Configured) -> list[Columns]:
    """The computed columns that the suites which are on keep."""
    modules = [
        import_module(f"functions.{name}.{each}") for name in found.house.suites for each in column_modules(name)
    ]
    return [module.columns(found) for module in modules]


def suite_blueprints(suites: Iterable[str]) -> list[func.Blueprint]:
    """The blueprints of every flow of these suites, of the columns that some of them keep, and of what their ERP tells
    at one address for all flows.

    The module of a map that continues another has none: the flow that is continued does its work.
    """
    names = [(suite, name) for suite in suites for name in (*timers(suite), *receiver_modules(suite))]
    modules = [import_module(f"functions.{suite}.{name}") for suite, name in names]
    return [module.blueprint for module in modules if hasattr(module, "blueprint")]


def _options(chosen: Settings) -> Options:
    """What the engine goes by in every flow."""
    return Options(
        skew=timedelta(seconds=chosen.clock_skew_seconds),
        journal=timedelta(days=chosen.journal_days),
        journal_values=chosen.journal_values,
        lately=timedelta(days=chosen.turned_back_days),
        turned_back_share=chosen.turned_back_share,
        blanked_share=chosen.turned_back_share,
    )
