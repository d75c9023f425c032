"""Histories of business_central by seed: one company or two, with the connector or without; the laws hold."""

from __future__ import annotations

import pytest

from shared.ledger import Coupling
from shared.mapping import DATAVERSE, ERP, SIDES, Side
from tests.simulation.book import Book
from tests.simulation.records import Moment, Timeline
from tests.simulation.story import play
from tests.simulation.trade_kinds import CONTACTS, SUITE
from tests.simulation.trade_temper import trade_maps

TERMS = "business_central.payment_terms"
SEEDS = (1, 3, 4, 70053, 70056)
"""Among them a review, an environment that is restored, pairs that are taken over, and products that are made."""
MORE = range(100, 1100, 50)
"""Seeds of the long form, in slices of 50."""


@pytest.mark.parametrize("seed", SEEDS)
def test_every_law_holds(seed: int) -> None:
    """`./koppel simulate --suite business_central --seed N --trace` replays one that breaks a law."""
    _played(seed)


def test_a_seed_is_the_same_history_each_time() -> None:
    """A failing one can be looked at again."""
    assert _played(6) == _played(6)


@pytest.mark.parametrize("given", [True, False])
def test_nobody_can_say_of_a_record_that_was_created_under_our_id_that_its_side_had_numbered_it(*, given: bool) -> None:
    """A contact has no number that a line holds: only an id that the service gives leaves it to its texts."""
    flow = trade_maps("", connector=True, several=False).map(CONTACTS)
    timeline, ours = Timeline(flow, ERP), Moment(1.0, 1, "", "koppel")
    timeline.born(("c", "1"), {"id": "1", "firstName": "Anna"}, ours, {"firstName", *(["id"] if given else [])}, {})
    (record,) = timeline.records
    assert Book(flow, {ERP: timeline}, {}, {}, {}, {}, {}, {}).was_numbered(record) is not given


@pytest.mark.long
@pytest.mark.parametrize("first", MORE)
def test_every_law_holds_in_many_more_histories(first: int) -> None:
    """Once each."""
    for seed in range(first, first + MORE.step):
        _played(seed)


def _played(seed: int) -> list[str]:
    """The story of a history in which no law is broken."""
    played = play(seed, SUITE)
    assert not played.broken, f"seed {seed}: {played.broken}"
    return played.lines


@pytest.mark.parametrize("gone", [None, *SIDES])
def test_a_pair_of_which_one_record_is_gone_is_nothing_that_others_could_refer_to(gone: Side | None) -> None:
    """Payment terms without their option, or the other way round: what names them stays, until somebody decides."""
    maps = trade_maps("", connector=True, several=False)
    terms, customers = maps.map(TERMS), maps.map("business_central.customers")
    pair = Coupling("7", ("c", "1"), "coupled")
    times = {side: Timeline(terms, side) for side in SIDES}
    names: dict[Side, tuple[str, ...]] = {ERP: ("c", "1"), DATAVERSE: ("7",)}
    for side, name in names.items():
        times[side].born(name, {"id": "1", "code": "30 DAYS"}, Moment(1.0, 1, "", "people"), set(), {})
    if gone:
        times[gone].alive.clear()
    there = Book(terms, times, {}, {}, {}, {}, {}, {}, couplings=[pair])
    book = Book(customers, {}, {}, {}, {}, {}, {}, {}, [there])
    (line,) = (each for each in customers.lines if each.erp.name == "paymentTermsCode")
    assert book.stands_for_nothing(line, "", "7") is (gone is not None)
    assert book.stands_for_nothing(line, "30 DAYS", "") is (gone is not None)
