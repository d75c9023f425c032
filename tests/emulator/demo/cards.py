"""Loyalty cards of customers that are persons: the same in all companies, and known by the card's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.mapping import entity
from tests.emulator.demo.customers import Customer, Maker
from tests.emulator.demo.kinds import Kind, allotted
from tests.emulator.demo.pairs import CARDS, Row
from tests.emulator.demo.references import IN_DATAVERSE, IN_FINOPS, guid
from tests.emulator.demo.rows import blank

SHARE: Final = 0.3
"""So many cards there are for each consumer."""

_BLANK: Final = blank(entity("finops", CARDS.entity))
_TENDERS: Final = ("AsCardTender", "AsContactTender", "NoTender", "Blocked")
_TAKEN_BY_NOBODY: Final = "000000000"


@dataclass(frozen=True, slots=True)
class Card:
    """A card, on one side or both. A broken one names a party that F&O does not know."""

    kind: Kind
    row_id: str
    here: Row | None
    there: Row | None

    @property
    def number(self) -> str:
        row = self.here or self.there
        assert row is not None
        return str(row["CardNumber"])


def cards(maker: Maker, consumers: Sequence[Customer]) -> list[Card]:
    """Cards of these consumers, of every kind but one: a card has no scope to be outside of."""
    here = [each.here for each in consumers if each.here]
    there = [each.there for each in consumers if each.there and each.company and each.there["PartyNumber"]]
    kinds = allotted(int(len(consumers) * SHARE)) if here and there else {}
    mixed = [kind for kind, number in kinds.items() for _ in range(number) if kind != "outside"]
    maker.random.shuffle(mixed)
    return [_card(maker, kind, there if kind == "only_dataverse" else here) for kind in mixed]


def _card(maker: Maker, kind: Kind, owners: Sequence[Mapping[str, Any]]) -> Card:
    random = maker.random
    row = {**_BLANK, "CardNumber": maker.numbers.of_card(), "CardTenderType": random.choice(_TENDERS)}
    row["PartyNumber"] = random.choice(owners)["PartyNumber"] if kind != "broken" else _TAKEN_BY_NOBODY
    row["OmOperatingUnitNumber"] = f"{random.randrange(1, 60):03d}"
    row["LoyaltyEnrollmentDate"] = f"20{random.randrange(15, 26)}-{random.randrange(1, 13):02d}-15T12:00:00Z"
    there = dict(row)
    if kind == "different":
        there["CardTenderType"] = next(each for each in _TENDERS if each != row["CardTenderType"])
    in_finops, in_dataverse = kind in IN_FINOPS, kind in {*IN_DATAVERSE, "broken"}
    return Card(kind, guid(random), row if in_finops else None, there if in_dataverse else None)
