"""OData on the wire: literals, keys, filters. What both systems share, and where they differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Final
from urllib.parse import quote

from shared.errors import Rejected
from shared.mapping import NO_ID, Entity, Field
from shared.systems._port import Condition

URL_BUDGET: Final = 6000
"""Characters of an encoded filter: well below every limit known for either system."""

QUOTED: Final = frozenset({"text", "memo", "code"})
_QUOTE: Final = "'"
_VERSION: Final = re.compile(r"[!-~]+")
"""An entity tag: visible ASCII (RFC 9110, 8.8.3)."""


def if_match(version: str) -> dict[str, str]:
    """The header that makes a write conditional on a version. Raises Rejected for what no header can hold.

    In a batch headers are lines of the body: a version with a line end would write headers of its own.
    """
    if not _VERSION.fullmatch(version):
        raise Rejected(
            f"its version {version[:40]!r} is none that can be sent back: look at the record", code="version"
        )
    return {"If-Match": version}


def literal(value: str, field: Field) -> str:
    """A canonical value as an OData literal of the field's type."""
    if field.type in QUOTED:
        return "'" + value.replace("'", "''") + "'"
    if field.type == "enum":
        return f"{field.qualified}'{value or ' '}'"
    if field.type == "guid":
        return value or NO_ID
    return value or "0"


def encoded(text: str) -> str:
    """Percent-encoded for a query or a key: quotes and blanks included."""
    return _quoted(text, "()$,;=@/:'")


def key_segment(entity: Entity, identity: Sequence[str], times: int = 1) -> str:
    """`(Key='value',...)` of a record with a named, typed key, percent-encoded once or more."""
    parts = []
    for name, value in zip(entity.key, identity, strict=True):
        text = _quoted(literal(value, entity.fields[name]), _QUOTE)
        for _ in range(times - 1):
            text = _quoted(text, _QUOTE)
        parts.append(f"{name}={text}")
    return f"({','.join(parts)})"


def _quoted(text: str, safe: str) -> str:
    """Half of a surrogate pair goes out as it is: the server refuses it or finds nothing, and only its record parks."""
    return quote(text, safe=safe, errors="surrogatepass")


def one_of(
    searches: Sequence[Sequence[Condition]],
    condition: Callable[[Condition], str] | None = None,
    *,
    by_first: bool = True,
) -> Iterator[tuple[str, list[int]]]:
    """Filters that together find the records of many searches, and which searches each filter serves.

    Searches over the same fields with the same first condition, such as the company, share a filter, as long as the URL
    allows: what they have in common, and the values of the field that tells most of them apart. What else they ask for
    is left out, so that a filter may find more than it serves. condition: how one is written. by_first: False where the
    first condition is no company.
    """
    told = condition or equals
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, search in enumerate(searches):
        groups[tuple(field.name for field, _ in search)].append(place)
    for places in (each for group in groups.values() for each in _by_first(searches, group, told, split=by_first)):
        columns = [[searches[place][column] for place in places] for column in range(len(searches[places[0]]))]
        different = [len({value for _, value in column}) for column in columns]
        varying = max(enumerate(different), key=itemgetter(1, 0))[0]
        same = [told(column[0]) for at, column in enumerate(columns) if different[at] == 1 and at != varying]
        yield from _chunks(" and ".join(same), list(zip(places, map(told, columns[varying]), strict=True)))


def _by_first(
    searches: Sequence[Sequence[Condition]], places: list[int], told: Callable[[Condition], str], *, split: bool
) -> list[list[int]]:
    """Searches over the same fields by their first condition: all together where that hardly repeats, for then it is no
    company, and each would be a request of its own.
    """
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place in places:
        found[told(searches[place][0])].append(place)
    shared = split and len(searches[places[0]]) > 1 and len(found) <= 1 + len(places) // 2
    return list(found.values()) if shared else [places]


def _chunks(head: str, members: Sequence[tuple[int, str]]) -> Iterator[tuple[str, list[int]]]:
    terms: list[str] = []
    served: list[int] = []
    length = 0
    for index, term in members:
        if terms and length + len(encoded(term)) > URL_BUDGET:
            yield _joined(head, terms), served
            terms, served, length = [], [], 0
        terms.append(term)
        served.append(index)
        length += len(encoded(term)) + 10
    yield _joined(head, terms), served


def _joined(head: str, terms: Sequence[str]) -> str:
    either = " or ".join(dict.fromkeys(terms))
    either = f"({either})" if head and len(terms) > 1 else either
    return f"{head} and {either}" if head else either


def equals(condition: Condition) -> str:
    """`name eq literal`."""
    field, value = condition
    return f"{field.wire_name} eq {literal(value, field)}"


def after(key: Sequence[Field], values: Sequence[str]) -> str:
    """What comes behind a key, in the order of its parts: a filter that needs no place in a list."""
    alternatives = []
    for place, (field, value) in enumerate(zip(key, values, strict=True)):
        same = [equals(condition) for condition in zip(key[:place], values, strict=False)]
        alternatives.append(" and ".join([*same, f"{field.wire_name} gt {literal(value, field)}"]))
    return "(" + " or ".join(f"({each})" for each in alternatives) + ")" if len(key) > 1 else alternatives[0]
