"""The demo data of business_central: customers, vendors, their people and items, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Final

from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.demo.build import Demo
from tests.emulator.demo.countries import countries
from tests.emulator.demo.kinds import Expected, Kind
from tests.emulator.demo.trading_cast import Cast
from tests.emulator.demo.trading_catalogue import DE, LOCAL, trading_catalogue
from tests.emulator.demo.trading_traps import TRAPS

SUITE: Final = "business_central"
_PARTNERS: Final[Sequence[tuple[Kind, int]]] = (
    ("only_erp", 60), ("only_dataverse", 12), ("equal", 14), ("different", 8), ("outside", 6),
)  # fmt: skip
_PEOPLE: Final[Sequence[tuple[Kind, int]]] = (("only_erp", 60), ("only_dataverse", 20), ("equal", 20))
_ITEMS: Final[Sequence[tuple[Kind, int]]] = (("only_erp", 70), ("equal", 14), ("different", 8), ("outside", 8))


def trading_demo(customers: int = 2000, seed: int = 2026) -> Demo:
    """Demo data with so many customers, a fifth as many vendors, as many contact persons, and items for a tenth. Most
    stand in the first company. Beside them stands one record for each trap. The same arguments give the same data.
    """
    random = Random(f"{seed} trading")
    cast = Cast(random, countries(seed), trading_catalogue(Random(f"{seed} trading catalogue")))
    for number, shares, make in (
        (customers, _PARTNERS, cast.customer),
        (customers // 5, _PARTNERS, cast.vendor),
        (customers // 10, _ITEMS, cast.item),
    ):
        for kind in _dealt(shares, number, random):
            make(kind, _company(random))
    broken: dict[str, dict[str, list[str]]] = {}
    for name, trap in TRAPS.items():
        flow, numbers = trap(cast)
        broken.setdefault(f"{SUITE}.{flow}", {})[name] = list(numbers)
    for kind in _dealt(_PEOPLE, customers, random):
        cast.person(kind)
    return Demo({}, cast.in_dataverse(), _expected(cast), broken, cast.in_business_central())


def _company(random: Random) -> str:
    return DE if random.random() < 0.7 else next(name for name in LOCAL if name != DE)


def _dealt(shares: Sequence[tuple[Kind, int]], number: int, random: Random) -> list[Kind]:
    """So many cards of all kinds, by their shares of a hundred; what is left over is of the first."""
    cards = [kind for kind, share in shares for _ in range(number * share // 100)]
    cards += [shares[0][0]] * (number - len(cards))
    random.shuffle(cards)
    return cards


def _expected(cast: Cast) -> Mapping[str, Expected]:
    return {f"{SUITE}.{flow}": Expected.of(kinds) for flow, kinds in cast.kinds.items()}


def load(demo: Demo, twin: BusinessCentralTwin, without: Collection[str] = ()) -> None:
    """Puts the data into a twin whose companies are there. without: sets that are left empty."""
    for company, rows in demo.business_central.items():
        for name, found in rows.items():
            twin.load(company, name, [] if name in without else found)
