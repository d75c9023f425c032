"""Records by what people call them, a number or a name, in place of the identity that couplings keep."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from shared.engine._flow import Flow
from shared.engine.record._merged import is_merged
from shared.engine.record._observe import company_of
from shared.engine.record._troubles import called, place
from shared.errors import KoppelError, NotFound, Refused
from shared.ledger import Coupling, end_of, erp_end
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Field, FlowMap, Line, Row, Side, fold, other, reader
from shared.systems import Condition, Observation, exactly

SHOWN: Final = 5
"""So many records of one name are told apart in a refusal."""
_TEXTS: Final = frozenset({"code", "text"})

Identity = tuple[str, ...]


def numbers_of(found: FlowMap, side: Side) -> list[Field]:
    """The fields of a side whose numbers or codes tell its records apart: what matches them by itself, but for lookups.
    Of several texts that match together none says anything alone, such as a post code beside a name.
    """
    groups = (_texts(group, side) for group in found.match)
    return [field for group in groups for field in group if len(group) == 1]


def names_of(found: FlowMap, side: Side) -> list[Field]:
    """The fields of a side that say, together, what a record is called."""
    return _texts(found.called, side)


async def record_named(flow: Flow, side: Side, key: str, company: str, companies: Sequence[str]) -> Identity:
    """The identity of the one record of a side that has this number, or else this name. Scopes do not apply.

    company: the only one that is meant; empty: any. companies: in these a record that is gone is looked for, under the
    number that it was coupled with. Raises NotFound, or Refused with their identities if there are several.
    """
    found = await _found(flow, side, [[(field, key)] for field in numbers_of(flow.map, side)], company)
    found = found or await _found(flow, side, list(_namings(flow.map, side, key)), company)
    if len(found) == 1:
        return next(iter(found))
    if found:
        told = [f"{' '.join(each)} ({called_in(flow.map, side, row.row)})" for each, row in found.items()]
        more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        raise Refused(
            f"{len(found)} records in {place(side)} are {key!r}: {', '.join(told[:SHOWN])}{more}; name one by its "
            "identity, or say its company"
        )
    if side == ERP and (gone := await _gone(flow, key, [company] if company else companies)):
        return gone
    within = f" in {company}" if company else ""
    raise NotFound(f"{place(side)} has no record{within} with {key!r} as its {known_by(flow.map, side)}")


def known_by(found: FlowMap, side: Side) -> str:
    """What a record of a side can be asked for by, for a message."""
    names = [each.name for each in names_of(found, side)]
    return " or ".join([*(each.name for each in numbers_of(found, side)), *([" ".join(names)] if names else [])])


async def called_now(flow: Flow, side: Side, identity: Identity) -> str:
    """What people call a record as it stands: its number and its name. Empty if it is not there, or cannot be read."""
    try:
        found = await flow.read(side, identity)
    except KoppelError:
        return ""
    return called_in(flow.map, side, found.row) if found else ""


async def called_still(flow: Flow, side: Side, identity: Identity) -> str:
    """The same, or what its partner is called where the record itself is gone."""
    if name := await called_now(flow, side, identity):
        return name
    pair = await flow.ledger.coupling(end_of(side, identity))
    return await called_now(flow, other(side), pair.identity(other(side))) if pair and pair.is_pair else ""


def called_in(found: FlowMap, side: Side, row: Row) -> str:
    """The same of a row."""
    return _joined([*numbers_of(found, side), *names_of(found, side)], row)


# -- in messages that are kept: names stand in quotes, as JOURNAL_VALUES wants them


def told_as(found: FlowMap, side: Side, identity: Identity, row: Row | None) -> str:
    """What a message calls a record: its key in the ERP, or, where that is an id, its number and its name."""
    is_key = side == ERP and not found.has_given_id
    name = "" if is_key or row is None else called_in(found, side, row)
    return repr(name) if name else " ".join(identity)


async def told_now(flow: Flow, side: Side, identity: Identity) -> str:
    """The same of a record of a pair as it stands. Where the ERP has keys, the key says it, and nothing is read."""
    return await told_anew(flow, side, identity) if flow.map.has_given_id else " ".join(identity)


async def told_anew(flow: Flow, side: Side, identity: Identity) -> str:
    """The same of a record that nothing else is known of: it is read whatever its key is."""
    name = await called_now(flow, side, identity)
    return repr(name) if name else " ".join(identity)


def unread(found: FlowMap, side: Side, identity: Identity) -> str:
    """What a message calls a record that cannot be read: its key in the ERP, or what it is and its id."""
    if side == ERP and not found.has_given_id:
        return " ".join(identity)
    return f"the record {identity[-1]} of {found.side(side).entity.name}"


async def gone_told_as(flow: Flow, coupling: Coupling) -> str:
    """What a message calls a pair whose ERP record is gone: by its key, or, where that is an id, by its row."""
    row = (coupling.dataverse,)
    return await told_now(flow, DATAVERSE, row) if flow.map.has_given_id else called(coupling)


def number_in(found: FlowMap, side: Side, row: Row) -> str:
    """The number or code that a row shows."""
    return _joined(numbers_of(found, side), row)


def pair_told_as(found: FlowMap, coupling: Coupling, rows: Mapping[Side, Row]) -> str:
    """What a message calls a pair: by its key in the ERP, or, where that is an id, by what either row says."""
    names = [called_in(found, side, rows[side]) for side in SIDES if side in rows] if found.has_given_id else []
    return next((repr(each) for each in names if each), called(coupling))


def pair_on(found: FlowMap, coupling: Coupling, side: Side, rows: Mapping[Side, Row]) -> str:
    """The same, and on which side."""
    return f"{pair_told_as(found, coupling, rows)} in {place(side)}"


def _joined(fields: Sequence[Field], row: Row) -> str:
    texts = [reader(each)(row.get(each.wire_name)) for each in fields]
    return " ".join(dict.fromkeys(each for each in texts if each and each is not ABSENT))


def _texts(lines: Sequence[Line], side: Side) -> list[Field]:
    fields = [line.erp if side == ERP else line.dataverse for line in lines if line.lookup is None]
    return [each for each in fields if each.type in _TEXTS]


def _namings(found: FlowMap, side: Side, key: str) -> Iterator[list[Condition]]:
    """Every way in which a name may stand in its fields: the words of a person's are divided among them."""
    fields, words = names_of(found, side), key.split()
    for number in range(1, len(fields) + 1):
        for chosen in combinations(fields, number):
            for cuts in combinations(range(1, len(words)), number - 1):
                ends = (0, *cuts, len(words))
                yield [(each, " ".join(words[a:b])) for each, a, b in zip(chosen, ends, ends[1:], strict=False)]


async def _found(
    flow: Flow, side: Side, searches: Sequence[Sequence[Condition]], company: str
) -> dict[Identity, Observation]:
    """What any of these searches finds; rows that were merged into others only where nothing else is found."""
    part = flow.map.side(side)
    answers = await asyncio.gather(*(flow.system(side).find(part.entity, each, part.columns) for each in searches))
    rows = [row for each, rows in zip(searches, answers, strict=True) for row in exactly(rows, each)]
    found = {flow.map.identity_of(side, row.row): row for row in rows}
    if company:
        of = {key: await company_of(flow, side, row.row) for key, row in found.items()}
        found = {key: row for key, row in found.items() if fold(of[key] or "") == fold(company)}
    return {key: row for key, row in found.items() if not is_merged(row)} or found


async def _gone(flow: Flow, key: str, companies: Sequence[str]) -> Identity | None:
    """The identity under which a record is known that is not there any more."""
    own = [name for name in flow.map.identity if flow.map.company is None or name != flow.map.company.erp.name]
    if len(own) != 1:
        return None
    for company in companies if len(flow.map.identity) > 1 else [""]:
        identity = tuple(key if name == own[0] else company for name in flow.map.identity)
        if await flow.ledger.coupling(erp_end(identity)) is not None:
            return identity
    return None
