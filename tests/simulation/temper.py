"""What kind of history it is, all of it drawn from its seed: how things go wrong, and which rules the maps have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from typing import Final, Literal

from shared.engine import Options
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from tests.simulation import sales_histories as sales
from tests.simulation import salespeople
from tests.simulation.book import Book
from tests.simulation.kinds import CARDS, CONTACTS, CUSTOMERS, GROUPS, KINDS, PERSONS, TERMS, Kind
from tests.simulation.nature import LONG_TEXTS, REWORKS, WHOLE_AMOUNTS, Nature
from tests.simulation.network import LATEST
from tests.simulation.news import Ears, News
from tests.simulation.oddities import LAPTOP, ODDITIES
from tests.simulation.people import ACTIONS, DOUBLING, People
from tests.simulation.prospects import NAME
from tests.simulation.sales_kinds import SALES_KINDS
from tests.simulation.sales_rules import unruly
from tests.simulation.salespeople import Salespeople
from tests.simulation.trace import Trace
from tests.simulation.world import World, shipped_maps
from tests.unit.maps.once import like, overlaid
from tests.unit.maps.prospects import prospects

FLOWS: Final = (TERMS, GROUPS, CUSTOMERS)
OVER_CONTACTS: Final = (CONTACTS, PERSONS)
"""Two flows over one table of Dataverse: what becomes sellable goes from the first to the second."""
LONG_DEAD: Final = timedelta(seconds=2 * LATEST + 300)
"""A request that long ago has ended, whatever the clocks of two instances say."""
WIDER: Final = "dataverse: {scope: {instead: msdyn_contactforvendor eq false}}"
"""The scope of contact persons, sellable or not."""
NARROWER: Final = "erp: {scope: PartyType eq 'Organization' and OnHoldStatus ne 'All'}"
"""A scope of customers that people leave, and come back into, in the ERP."""
BOTH: Final = ("usmf", "demf")
Contacts = Literal["", "apart", "overlapping"]
DATED: Final = 0.12
"""How many histories have loyalty cards, which have dates."""
HOT: Final = 0.4
"""How many histories are about a few records that everybody is after."""
REWORKED: Final = 0.2
"""How many histories have logic of their own that rounds or cuts what is written, or sets something else with it."""
CALMING: Final = frozenset(name for name, each in REWORKS.items() if each.noted)
"""What half of the histories see in calm weather, for only then it is known when a visit has to be over."""
SOLD: Final = 0.2
"""How many histories are about prospect to cash."""
DOUBLED: Final = 0.2
"""How many histories have people who make doubles."""
ODD: Final = 0.15
"""How many histories have machines that answer each other, columns that go, or another version on the same ledger."""
ORDERED: Final = 0.2
"""How many histories with operators have some who give every order that there is."""
MAKES: Final = (WHOLE_AMOUNTS, LONG_TEXTS, *REWORKS)
POLICIES: Final = {
    "erp_wins": "policy: {conflict: erp_wins, master: erp}",
    "park": "policy: {conflict: park, delete: park}",
    "restore": "policy: {delete: restore, reborn: park}",
    "rename": "policy: {key_change: rename, leaves: uncouple}",
    "uncouple": "policy: {delete: uncouple, leaves: delete, key_change: put_back, strangers: couple}",
    "by line": "policy: {conflict: park}",
    "enforced": "policy: {master: erp}",
}
"""What the overlays of a history say about every flow."""
LINES: Final = {
    TERMS: "  Description = msdyn_description ; conflict erp_wins",
    GROUPS: "  Description = msdyn_description ; conflict dataverse_wins",
    CUSTOMERS: "  OrganizationName = name ; conflict erp_wins\n  SalesMemo = description ; conflict dataverse_wins",
    CONTACTS: "  FirstName = firstname ; conflict erp_wins\n  Notes = description ; conflict erp_wins",
    PERSONS: "  PersonLastName = lastname ; conflict erp_wins",
    CARDS: "  LoyaltyEnrollmentDate = msdyn_enrollmentdate ; conflict erp_wins",
}
"""Lines that have a policy of their own, where policies go by line."""
LINES_OF_CARDS: Final = "  LoyaltyEnrollmentDateLocal  =   msdyn_effectivedate"
"""A moment on one side and a day on the other, as the map of the party model has it."""
ENFORCED: Final = {
    CUSTOMERS: "  LanguageId << - default en-us ; enforced\n  - >> address1_addresstypecode default 2 ; enforced",
    PERSONS: "  LanguageId << - default en-us ; enforced",
}
"""Constants that are kept, where that is the policy."""
EARLIER: Final = """fields: |
  SalesMemo = description ; off
  PrimaryContactEmail = emailaddress1 ; blank keep
  OnHoldStatus >< msdyn_onholdstatus on_hold_before
values:
  on_hold_before: {No: 806380000, Invoice: 806380001}
"""
"""What the map of customers said before it changed: a line less, one that means less, and fewer values."""


@dataclass(slots=True)
class Temper:
    """What kind of history it is.

    even: every request takes as long as any other, so that what is asked for together travels together.
    loads: its flows begin with a match report and a first synchronisation. changing: the map of customers changes while
    it goes on. moody: how often the systems themselves are awkward. rivals: how often somebody gets in between while
    Koppel is at work on a record. careless: a side on which entities do not enforce `If-Match`, and
    Koppel knows; which: a bit for each of its flows. companies: those to sync, both or one.
    narrow: customers can leave the scope in the ERP, too. cards: whether there are loyalty cards, with dates.
    reworks: what the installation's own logic makes of what is written. doubling: people enter again what is there, or
    was.
    contacts: whether people work on contacts, too, and whether what becomes sellable leaves the one flow for the
    other, or is in the scopes of both. sells: it is about prospect to cash. orders: its operators, often two at once,
    give every order that there is. oddities: what else is odd.
    """

    faults: float
    policy: str
    edits: int
    pace: float
    instances: int
    deaths: float
    lost_events: float
    operator: float
    skew: float
    latency: float
    even: bool
    page: int
    hot: bool
    loads: bool
    changing: bool
    moody: float
    rivals: float
    careless: Side | None
    contacts: Contacts
    which: int = 0
    companies: tuple[str, ...] = BOTH
    narrow: bool = False
    cards: bool = field(default=False, repr=False)
    reworks: tuple[str, ...] = field(default=(), repr=False)
    doubling: bool = field(default=False, repr=False)
    sells: bool = field(default=False, repr=False)
    oddities: tuple[str, ...] = field(default=(), repr=False)
    orders: bool = field(default=False, repr=False)

    @classmethod
    def drawn(cls, random: Random) -> Temper:
        drawn = cls(
            faults=random.choice((0.0, 0.02, 0.05, 0.15)),
            policy=random.choice(("", "", *POLICIES)),
            edits=random.choice((10, 20, 30)),
            pace=random.choice((0.5, 5.0, 30.0)),
            instances=random.choice((1, 2, 2)),
            deaths=random.choice((0.0, 0.0, 0.05, 0.15)),
            lost_events=random.choice((0.0, 0.1, 0.5, 1.0)),
            operator=random.choice((0.0, 0.1, 0.2)),
            skew=random.choice((0.0, 0.0, 30.0, 100.0)),
            latency=random.choice((0.05, 1.0)),
            even=random.random() < 0.4,
            page=random.choice((2, 1000)),
            hot=random.random() < HOT,
            loads=random.random() < 0.25,
            changing=random.random() < 0.15,
            moody=random.choice((0.0, 0.0, 0.1, 0.3)),
            rivals=random.choice((0.0, 0.2, 0.5)),
            careless=random.choice((*[None] * 8, ERP, DATAVERSE)),
            contacts=random.choice(("", "", "", "", "apart", "apart", "overlapping")),
        )
        drawn = replace(drawn, which=random.getrandbits(8)) if drawn.careless else drawn
        drawn = replace(
            drawn,
            companies=random.choice((BOTH, BOTH, BOTH, BOTH, BOTH[:1])),
            narrow=random.random() < 0.15,
        )
        own = Random(f"{drawn} reworks")
        reworks = tuple(own.sample(MAKES, own.choice((1, 1, 2)))) if own.random() < REWORKED else ()
        if CALMING & {*reworks} and own.random() < 0.5:
            drawn = replace(drawn, faults=0.0, deaths=0.0, operator=0.0, moody=0.0, changing=False)
        doubling = Random(f"{drawn} doubles").random() < DOUBLED
        orders = drawn.operator > 0 and Random(f"{drawn} orders").random() < ORDERED
        return replace(
            drawn,
            orders=orders,
            cards=Random(str(drawn)).random() < DATED,
            reworks=reworks,
            doubling=doubling,
            oddities=drawn.odd(),
        )

    def odd(self) -> tuple[str, ...]:
        """What is odd in one of seven histories. Another version shows in those whose flows were approved."""
        own = Random(f"{self} odd")
        if self.is_calm or own.random() >= ODD:
            return ()
        fitting = [name for name in ODDITIES if name != LAPTOP or (self.loads and not self.changing)]
        return tuple(own.sample(fitting, own.randint(1, len(fitting))))

    def selling(self) -> Temper:
        """The same weather over prospect to cash."""
        own = Random(f"{self} sells")
        return replace(
            self,
            sells=True,
            oddities=(),
            policy=own.choice(("", "", "", *sales.POLICIES)),
            contacts="",
            changing=False,
            narrow=False,
            cards=False,
        )

    @property
    def happens(self) -> tuple[str, ...]:
        """What happens to the installation while people are at work."""
        return ()

    @property
    def is_calm(self) -> bool:
        """Nothing fails, nobody dies, and nothing pauses: a visit that has begun is soon over."""
        return not (self.faults or self.deaths or self.operator or self.moody or self.changing)

    @property
    def is_told_in_time(self) -> bool:
        """Nothing has gone wrong of which its ERP would not know that it has to be told again."""
        return False

    @property
    def more(self) -> str:
        """What else is told of it."""
        said = [
            *self.reworks,
            *self.oddities,
            *(["doubles"] if self.doubling else []),
            *(["every order"] if self.orders else []),
            *(["prospect to cash"] if self.sells else []),
        ]
        return ", ".join(said) or "nothing else"

    @property
    def flows(self) -> tuple[str, ...]:
        return tuple(SALES_KINDS) if self.sells else flows_of(self.contacts, cards=self.cards)

    @property
    def kinds(self) -> list[Kind]:
        """What people know of its flows."""
        return [(SALES_KINDS if self.sells else KINDS)[flow] for flow in self.flows]

    def people(self, world: World, random: Random, tell: Callable[[str], None]) -> People:
        """Who works on its flows."""
        if self.sells:
            actions = salespeople.DOUBLING if self.doubling else salespeople.ACTIONS
            return Salespeople(world, random, tell, self.flows, actions, hot=self.hot)
        return People(world, random, tell, self.flows, DOUBLING if self.doubling else ACTIONS, hot=self.hot)

    def nature(self, world: World, random: Random, trace: Trace) -> Nature:
        """What its systems are like."""
        return Nature(world, random, trace)

    def news(self, world: World, trace: Trace, reaches: Callable[[], tuple[int, Ears] | None]) -> News | None:
        """What its ERP tells whoever has subscribed; None for one that has events instead."""
        return None

    def rules(self, world: World, books: Sequence[Book]) -> Iterable[str]:
        """What else has to be so when all is quiet."""
        return unruly(world, books) if self.sells else ()

    def set_up(self, world: World) -> None:
        """What the settings say, and what set-up has made."""
        if self.sells:
            sales.set_up(world)
        else:
            world.companies = self.companies

    def maps(self, *, earlier: bool = False) -> Catalogue:
        """The maps of its flows. earlier: before one of them changed."""
        if self.sells:
            return sales_maps(self.policy)
        return maps_of(self.contacts, self.policy, earlier=earlier, narrow=self.narrow, cards=self.cards)

    def change_at(self, number: int) -> bool | None:
        """Whether, and to which, the map of customers changes after so many edits: True for the earlier one.

        In half of the histories it is rolled back once, before it stays changed.
        """
        if not self.changing:
            return None
        wavers = Random(f"{self} wavers").random() < 0.5
        turns = {0.25: False, 0.5: True, 0.75: False} if wavers else {0.5: False}
        return {int(part * self.edits): earlier for part, earlier in turns.items()}.get(number)

    @property
    def options(self) -> Options:
        """What Koppel is told."""
        return Options(long_dead=LONG_DEAD, unversioned=self.unversioned)

    @property
    def unversioned(self) -> frozenset[tuple[Side, str]]:
        """The entities that do not enforce `If-Match`: those of the careless side that the draw names, or else all."""
        if self.careless is None:
            return frozenset()
        named = [kind for place, kind in enumerate(self.kinds) if self.which >> place & 1] or self.kinds
        return frozenset((self.careless, kind.entity if self.careless == ERP else kind.table) for kind in named)


def flows_of(contacts: Contacts, *, cards: bool = False) -> tuple[str, ...]:
    """What people work on."""
    return (*FLOWS, *(OVER_CONTACTS if contacts else ()), *((CARDS,) if cards else ()))


@cache
def maps_of(
    contacts: Contacts, policy: str, *, earlier: bool = False, narrow: bool = False, cards: bool = False
) -> Catalogue:
    """The shipped maps of some flows, with the policies that a history wants. earlier: before the map changed.

    narrow: customers can leave the scope in the ERP.
    """
    shipped, flows = shipped_maps(), flows_of(contacts, cards=cards)
    said = dict[str, list[str]]()
    for name in flows:
        texts = [POLICIES[policy]] if policy else []
        texts += [f"fields: |\n{LINES[name]}"] if policy == "by line" else []
        texts += [f"fields: |\n{ENFORCED[name]}"] if policy == "enforced" and name in ENFORCED else []
        texts += [EARLIER] if earlier and name == CUSTOMERS else []
        texts += [f"fields: |\n{LINES_OF_CARDS}"] if name == CARDS else []
        texts += ["after: [customers_v3_accounts]"] if name == CARDS and not contacts else []
        texts += [WIDER] if contacts == "overlapping" and name == CONTACTS else []
        texts += [NARROWER] if narrow and name == CUSTOMERS else []
        said[name] = texts
    return _with_overlays(like(shipped, files={name: shipped.files[name] for name in flows}), said)


@cache
def sales_maps(policy: str) -> Catalogue:
    """The shipped maps of prospect to cash, with the policies that a history wants."""
    shipped = prospects()
    return _with_overlays(shipped, {name: [sales.POLICIES[policy]] if policy else [] for name in SALES_KINDS})


def _with_overlays(shipped: Catalogue, said: Mapping[str, Sequence[str]]) -> Catalogue:
    """Maps with the overlays that say this of each flow."""
    folder, overlays = Path(mkdtemp(prefix="koppel-maps-")), dict[str, list[Path]]()
    for name, texts in said.items():
        overlays[name] = [folder / f"{name}.{number}.yaml" for number in range(len(texts))]
        for path, text in zip(overlays[name], texts, strict=True):
            path.write_text(f"extends: {name.partition('.')[2]}\n{text}\n", "utf-8")
    catalogue = overlaid(shipped, overlays)
    catalogue.sound()
    rmtree(folder)
    for name in said:
        catalogue.map(name)
    return catalogue


def temper_of(seed: int, random: Random) -> Temper:
    """What kind of history a seed tells, and of which suite."""
    drawn = Temper.drawn(random)
    return drawn.selling() if suite_of(seed) == NAME else drawn


def suite_of(seed: int) -> str:
    """The suite that a seed's history is about."""
    return NAME if Random(f"suite {seed}").random() < SOLD else "dual_write"
