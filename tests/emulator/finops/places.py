"""States, counties and languages that addresses and people may name: reference rows of which no set is published.

An address is checked within its country, which it names by ISO code or by the product's own. One that names none would
get that of its company, so that its state has to be known in some country: deduced.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tests.emulator.finops.values import fold

_PART: Final = re.compile(r"(\w*Address|Party)(CountryRegionISOCode|CountryRegionId|Country|State|County)(?:Id)?")
_LANGUAGE: Final = "LanguageId"
_TABLES: Final = {"State": "States/provinces", "County": "Counties", _LANGUAGE: "Languages"}
Problem = tuple[str, str]


@dataclass(frozen=True)
class Places:
    """What there is, as folded codes. states: (country, state); counties: (country, state, county)."""

    states: frozenset[tuple[str, str]]
    counties: frozenset[tuple[str, str, str]]
    languages: frozenset[str]

    @classmethod
    def of(cls, counties: Iterable[tuple[str, str, str]], languages: Iterable[str]) -> Places:
        """counties: country, state and county of every place, blank where it has none."""
        found = frozenset((fold(country), fold(state), fold(county)) for country, state, county in counties)
        return cls(frozenset(each[:2] for each in found), found, frozenset(fold(each) for each in languages))

    def problems(self, values: Mapping[str, Any], names: Collection[str], iso: Mapping[str, str]) -> Iterator[Problem]:
        """What of the fields in `names` is not found. iso: folded ISO code to the folded code of a country."""
        for parts in _addresses(tuple(values)).values():
            codes = {part: fold(values[name]) for part, name in parts.items()}
            codes |= {"Country": _country(codes, iso)}
            for part in ("State", "County"):
                if parts.get(part) in names and codes[part] and not self._has(codes, part):
                    yield parts[part], _missing(part)
        if _LANGUAGE in names and values[_LANGUAGE] and fold(values[_LANGUAGE]) not in self.languages:
            yield _LANGUAGE, _missing(_LANGUAGE)

    def _has(self, codes: Mapping[str, str], part: str) -> bool:
        country, state = codes["Country"], codes.get("State", "")
        if part == "State":
            return any(each[1] == state and country in ("", each[0]) for each in self.states)
        return any(each[1:] == (state, codes[part]) and country in ("", each[0]) for each in self.counties)


@lru_cache
def _addresses(names: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
    """The fields of each address among the fields of an entity: what its names begin with, to part and name."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        if match := _PART.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = name
    return found


def _country(codes: Mapping[str, str], iso: Mapping[str, str]) -> str:
    """The country of an address, folded; empty if it names none that is known."""
    code = codes.get("CountryRegionISOCode", "")
    return iso.get(code, "") if code else codes.get("CountryRegionId") or codes.get("Country", "")


def _missing(part: str) -> str:
    return f"is not found in the related table '{_TABLES[part]}'"
