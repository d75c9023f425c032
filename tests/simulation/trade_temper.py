"""What kind of history of business_central a seed tells: with the connector or without, of one company or of two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from random import Random
from typing import Any, Final, Self

from functions.runtime import actions_of, pairs_of
from shared.engine import SuiteOptions
from shared.mapping import Catalogue
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.simulation.book import Book
from tests.simulation.central import with_words
from tests.simulation.central_erp import CentralErp
from tests.simulation.central_nature import CentralNature
from tests.simulation.choice_rows import WithChoices
from tests.simulation.kinds import Kind
from tests.simulation.news import URL, Ears, News
from tests.simulation.overlays import with_overlays
from tests.simulation.people import People
from tests.simulation.stewards import STEWARDS
from tests.simulation.temper import Temper
from tests.simulation.trace import Trace
from tests.simulation.trade_kinds import CHOICES, CONTACTS, CUSTOMERS, DE, ITEMS, SUITE, US, VENDORS, kinds_of
from tests.simulation.tradespeople import ACTIONS, DOUBLING, Tradespeople
from tests.simulation.world import World

POLICIES: Final[Mapping[str, str]] = {
    "both": "policy: {creates: both}",
    "erp_wins": "policy: {creates: both, conflict: erp_wins, master: erp, delete: propagate}",
    "dataverse_wins": "policy: {creates: both, conflict: dataverse_wins, master: dataverse, delete: propagate}",
    "uncouple": "policy: {creates: both, master: erp, delete: uncouple, leaves: uncouple}",
    "restore": "policy: {creates: both, master: dataverse, delete: restore, reborn: park}",
}
"""What the overlays of a history say about partners, contacts and items, in place of what is shipped."""
ABOUT: Final = (CUSTOMERS, VENDORS, CONTACTS, ITEMS)
OFFERED: Final = 0.3
"""How many histories are of an installation that makes products from items, and offers them."""
STRIPES: Final = {DE: 5, US: 2}


@dataclass(slots=True)
class Trading(Temper):
    """connector: its pages are used. several: both companies stand in one Dataverse. stops: how often the app is
    stopped for a while, so that nobody tells it anything. forgets: how often subscriptions go without a word. unheard:
    how often a call is lost. offers: products are made from items, put on a price list and set active. steered: what
    happens to the installation.
    """

    connector: bool = field(default=False, repr=False)
    several: bool = field(default=False, repr=False)
    stops: float = field(default=0.0, repr=False)
    forgets: float = field(default=0.0, repr=False)
    unheard: float = field(default=0.0, repr=False)
    offers: bool = field(default=False, repr=False)
    steered: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, drawn: Temper, own: Random) -> Self:
        """The same weather over Business Central."""
        said: dict[str, Any] = {each.name: getattr(drawn, each.name) for each in fields(Temper)}
        said |= {
            "policy": own.choice(("", *POLICIES)), "contacts": "", "changing": False, "narrow": False, "cards": False,
            "reworks": (), "oddities": (), "connector": own.random() < 0.6, "several": own.random() < 0.4,
            "unheard": own.choice((0.0, 0.0, drawn.lost_events)),
            "stops": own.choice((0.0, 0.0, 0.1)), "forgets": own.choice((0.0, 0.0, 0.1)),
        }  # fmt: skip
        drawn_so = cls(**said)
        late = Random(f"{drawn_so} {drawn_so.more} stewards")
        offers, steered = (
            late.random() < OFFERED,
            tuple(name for name, often in STEWARDS.items() if late.random() < often),
        )
        return replace(drawn_so, offers=offers, steered=steered)

    @property
    def happens(self) -> tuple[str, ...]:
        return self.steered

    @property
    def more(self) -> str:
        said = [super(Trading, self).more, "connector" if self.connector else "no connector"]
        said += ["two companies"] if self.several else []
        said += ["products are made"] if self.offers else []
        said += self.steered
        return ", ".join((*said, f"stops {self.stops}", f"forgets {self.forgets}"))

    def news(self, world: World, trace: Trace, reaches: Callable[[], tuple[int, Ears] | None]) -> News | None:
        own = Random(f"{self} {self.more}")
        return News(world, own, trace, reaches, self.unheard, self.stops, self.forgets)

    @property
    def is_told_in_time(self) -> bool:
        return self.is_calm and not self.unheard and not self.steered

    @property
    def flows(self) -> tuple[str, ...]:
        return tuple(kinds_of(connector=self.connector))

    @property
    def kinds(self) -> list[Kind]:
        return [*kinds_of(connector=self.connector).values()]

    def people(self, world: World, random: Random, tell: Callable[[str], None]) -> People:
        kinds = kinds_of(connector=self.connector)
        people = Tradespeople(
            world, random, tell, self.flows, DOUBLING if self.doubling else ACTIONS,
            hot=self.hot, kinds=kinds, stripes=STRIPES,
        )  # fmt: skip
        people.several = self.several
        return people

    def nature(self, world: World, random: Random, trace: Trace) -> CentralNature:
        return CentralNature(world, random, trace)

    def rules(self, world: World, books: Sequence[Book]) -> Iterable[str]:
        return ()

    def set_up(self, world: World) -> None:
        clock, identity = world.loop.clock, world.identity
        twin = BusinessCentralTwin(clock=clock, identity=identity, seed=1)
        world.dataverse = WithChoices([*CHOICES.values()], clock=clock, identity=identity, seed=1)
        world.dataverse.behaviour.request_limit = twin.behaviour.request_limit = 10**9
        world.dataverse.behaviour.execution_limit = 1e12
        twin.behaviour.connector = self.connector
        world.pairs = pairs_of
        if self.offers:
            world.actions = actions_of
        world.central = CentralErp(twin, {kind.entity for kind in self.kinds}, URL, world.dataverse)
        tables = {kind.table for kind in self.kinds} - {*CHOICES.values()}
        world.loaded = {table: [*world.dataverse.rows(table)] for table in sorted(tables)}
        names = (DE, US) if self.several else (DE,)
        if self.several:
            world.dataverse.set_up()
        companies = tuple(twin.company(name).id for name in names)
        world.companies, world.suites = (), {SUITE: SuiteOptions(companies=companies, writer=companies[0])}

    def maps(self, *, earlier: bool = False) -> Catalogue:
        return trade_maps(self.policy, connector=self.connector, several=self.several, offers=self.offers)


def trading(random: Random) -> Trading:
    """What kind of history comes of these draws."""
    drawn = Temper.drawn(random)
    return Trading.of(drawn, Random(f"{drawn} trades"))


@cache
def trade_maps(policy: str, *, connector: bool, several: bool, offers: bool = False) -> Catalogue:
    """The shipped maps of the suite, with the policies that a history wants. offers: products are made from items."""
    said = {"connector": connector, "companies": several, "person": True}
    shipped = with_words(*(word for word, holds in said.items() if holds))
    flows = kinds_of(connector=connector)
    about: Collection[str] = ABOUT if policy else ()
    return with_overlays(
        shipped, {name: [_said(policy, name, offers=offers)] if name in about else [] for name in flows}
    )


def _said(policy: str, name: str, *, offers: bool) -> str:
    """A new product is a draft, which is outside the scope until it is set active."""
    items = "creates: both" if offers else "creates: none"
    return POLICIES[policy].replace("creates: both", items if name == ITEMS else "creates: both")
