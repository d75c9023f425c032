"""Records as a list names them: by an id, a number or a name, each in one word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from shared.engine._flow import Flow
from shared.engine._named import Identity, record_named
from shared.errors import Refused
from shared.mapping import DATAVERSE, ERP


async def erp_called(flow: Flow, word: str, company: str, companies: Sequence[str]) -> Identity:
    """The identity of the ERP's record that is called so: by its id, its number, its name, or its whole identity as a
    JSON list. companies: those that are synchronised. Raises NotFound or Refused.
    """
    company = _company_called(flow, company)
    if word.startswith("["):
        return _whole(flow, word)
    if flow.map.has_given_id and is_id(word):
        return _by_id(flow, str(UUID(word)), company, companies)
    return await record_named(flow, ERP, word, company, companies)


async def row_called(flow: Flow, word: str, company: str) -> str:
    """The id of the row in Dataverse that is called so. Raises NotFound or Refused."""
    if is_id(word):
        return str(UUID(word))
    if flow.map.dataverse.entity.choice and word.isdecimal():
        return word
    (row_id,) = await record_named(flow, DATAVERSE, word, _company_called(flow, company), [])
    return row_id


def is_id(word: str) -> bool:
    """Whether it is the id of a row, and no number or name."""
    try:
        return bool(UUID(word))
    except ValueError:
        return False


def _company_called(flow: Flow, word: str) -> str:
    """A company as identities have it. Raises Refused for what is no id where the ERP tells companies apart by ids."""
    if not word or flow.map.company is None or flow.map.company.erp.type != "guid":
        return word
    if not is_id(word):
        raise Refused(f"the ERP has no company {word} that the app's user may see: write its name as there, or its id")
    return str(UUID(word))


def _whole(flow: Flow, word: str) -> Identity:
    names = flow.map.identity
    try:
        parts = json.loads(word)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or len(parts) != len(names) or not all(isinstance(each, str) for each in parts):
        raise Refused(f"{word} is no identity in the ERP: a list of {len(names)} texts is needed, {', '.join(names)}")
    return tuple(parts)


def _by_id(flow: Flow, record_id: str, company: str, companies: Sequence[str]) -> Identity:
    columns = flow.map.company
    if columns is None:
        return (record_id,)
    if not company and len(companies) != 1:
        raise Refused(f"{record_id} may be of any company: say which one, in the column company")
    own = {columns.erp.name: company or companies[0]}
    return tuple(own.get(name, record_id) for name in flow.map.identity)
