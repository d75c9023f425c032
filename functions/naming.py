"""The one way to name a record: its side, and its identity or a key that people know it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from functions.bodies import Sent, read_as
from functions.http import BadRequest, check_key, told
from shared.engine import House, known_by, record_named
from shared.mapping import DATAVERSE, ERP, Side

ID: Final = "the id of the row"
MAX_KEY: Final = 200
"""So many characters may a number or a name have that a record is asked for by."""

Identity = tuple[str, ...]


class Record(Sent):
    """A record: {"side": ..., "identity": [...]}, or {"side": ..., "key": ...} with its number or its name.

    company: of several with that key, the one of this company.
    """

    side: Side | None = None
    identity: Any = None
    key: str | None = None
    company: str | None = None

    @property
    def names(self) -> bool:
        """Whether any record is named."""
        return self.side is not None or self.identity is not None or self.key is not None


async def record_of(here: House, name: str, given: Record) -> tuple[Side, Identity]:
    """The side and the identity of the record that a request names. Raises BadRequest, NotFound or Refused."""
    if given.side is None:
        raise BadRequest(f"side is missing; use erp or dataverse: {ways(here, name, ERP)}")
    return given.side, await identity_of(here, name, given.side, given)


async def identity_of(here: House, name: str, side: Side, given: Record) -> Identity:
    """The identity of a flow's record on a side. Raises BadRequest, NotFound or Refused."""
    if given.key is None:
        if given.company is not None:
            raise BadRequest("company goes with key: an identity says its company itself")
        return _identity(here, name, side, given.identity)
    if given.identity is not None:
        raise BadRequest("name the record by its identity or by its key, and not by both")
    if not given.key.strip() or len(given.key) > MAX_KEY:
        raise BadRequest(f"key is {told(given.key)}; it has to be a text of 1 to {MAX_KEY} characters")
    found = here.flow(name)
    companies = await here.synced_companies(name) if found.map.company else []
    return await record_named(found, side, given.key.strip(), given.company or "", companies)


def read_record(given: Mapping[str, Any]) -> Record:
    """A record that is named inside a body. Raises BadRequest."""
    return read_as(Record, given)


def ways(here: House, name: str, side: Side) -> str:
    """How a record of a flow is named on a side, for a message."""
    parts = [ID] if side == DATAVERSE else here.catalogue.map(name).identity
    known = known_by(here.catalogue.map(name), side)
    by_key = f', or {{"side": "{side}", "key": ...}} with its {known}' if known else ""
    return f'name it by {{"side": "{side}", "identity": [{", ".join(parts)}]}}{by_key}'


def with_name(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row about a record, or a pair of records, with what names it in a request beside what it holds."""
    ends = row.get("record", row)
    if ends.get(ERP):
        return {"side": ERP, "identity": list(ends[ERP]), **row}
    given = ends.get(DATAVERSE) or []
    return {"side": DATAVERSE, "identity": [given] if isinstance(given, str) else list(given), **row}


def _identity(here: House, name: str, side: Side, given: Any) -> Identity:
    parts = [ID] if side == DATAVERSE else here.catalogue.map(name).identity
    texts = isinstance(given, list) and all(isinstance(part, str) and part for part in given)
    if not isinstance(given, list) or not texts or len(given) != len(parts):
        is_said = f"in {side} is {'missing' if given is None else told(given)}"
        wanted = f"a list of {len(parts)} texts is needed, none of them empty"
        raise BadRequest(f"the identity {is_said}; {wanted}: {ways(here, name, side)}")
    if side == ERP:
        check_key(side, given)
        return tuple(given)
    try:
        return (str(UUID(given[0])),)
    except ValueError as problem:
        what = f"{told(given[0])} is not the id of a row in Dataverse"
        raise BadRequest(f"{what}: {ways(here, name, side)}") from problem
