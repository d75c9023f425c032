"""Where demo customers are at home: places, words and pools of names, per country."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from mimesis import Address, Person
from mimesis.locales import Locale

from tests.emulator.finops.places import Places

_FILE: Final = Path(__file__).with_name("countries.json")
_POOL: Final = 90
"""Names drawn per country and kind: drawing is slow, combining is not."""


class City(NamedTuple):
    """A city; `#` in its post code stands for any digit."""

    name: str
    state: str
    county: str
    zip_code: str
    area: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Country:
    """What a customer of a country is made of. `#` in patterns stands for any digit, `{...}` for a part by name.

    region: F&O's code of the country. desk: who answers the phone. web: Latin words for names in other alphabets.
    """

    code: str
    region: str
    language: str
    currency: str
    names: Sequence[str]
    trades: Sequence[str]
    street: str
    phone: str
    tax: str
    register: str
    desk: str
    memos: Sequence[str]
    cities: Sequence[City]
    surnames: Sequence[str]
    firsts: Sequence[str]
    streets: Sequence[str]
    web: Sequence[str] = ()


def countries(seed: int) -> Mapping[str, Country]:
    """All countries by ISO code, with names drawn by the seed."""
    return {code: _country(code, document, seed) for code, document in _documents().items()}


def regions() -> Iterator[dict[str, str]]:
    """The list of countries in F&O."""
    for code, document in _documents().items():
        yield {"CountryRegion": document["region"], "ISOcode": code}


def places() -> Places:
    """The states, counties and languages that F&O knows: those where somebody is at home."""
    known = _documents().values()
    cities = [(each["region"], City(*city)) for each in known for city in each["cities"]]
    return Places.of(
        ((region, city.state, city.county) for region, city in cities), (each["language"] for each in known)
    )


def _documents() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = json.loads(_FILE.read_text("utf-8"))
    return found


def _country(code: str, document: Mapping[str, Any], seed: int) -> Country:
    given = {name: value for name, value in document.items() if name != "locale"}
    pools = _pools(Locale(document["locale"]), f"{seed} {code}") if document["locale"] else {}
    cities = [City(*each) for each in document["cities"]]
    return Country(**{**given, **pools, "code": code, "cities": cities})


def _pools(locale: Locale, seed: str) -> dict[str, Sequence[str]]:
    person, address = Person(locale, seed=seed), Address(locale, seed=seed)
    return {
        "surnames": _drawn(person.surname),
        "firsts": _drawn(person.first_name),
        "streets": _drawn(address.street_name),
    }


def _drawn(draw: Callable[[], str]) -> Sequence[str]:
    return list(dict.fromkeys(draw().strip() for _ in range(_POOL)))
