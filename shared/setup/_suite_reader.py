"""Reads what there is of what a suite needs in Dataverse. No judgement here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from shared.errors import Denied
from shared.mapping import Field
from shared.setup._dataverse_reader import CRM, read_tables
from shared.setup._declared import Declared
from shared.setup._duplicates import SHOWN, repeated
from shared.setup._form_xml import LiveForm
from shared.setup._live import LiveTable
from shared.setup._reading import rows
from shared.setup._steps import FAILED, PUBLISHER, Found, Home, Kind, key_over, vendor_column
from shared.systems import SOLUTION, Dataverse

MAIN: Final = 2


async def read_found(dataverse: Dataverse, declared: Declared) -> Found:
    """What is there. What the app's user may not look at is told; forms and solution of a vendor are not looked at."""
    tables = await read_live(dataverse, declared)
    doubles = await _doubles(dataverse, declared, tables)
    if declared.vendors:
        return Found(tables, doubles=doubles)
    denied: dict[Kind, str] = {}
    forms: Mapping[str, Sequence[LiveForm]] = {}
    home: Home | None = None
    try:
        forms = await read_forms(dataverse, [name for name, table in declared.tables.items() if table.form])
    except Denied as problem:
        denied["form"] = str(problem)
    try:
        home = await read_home(dataverse, declared.prefix)
    except Denied as problem:
        denied["solution"] = str(problem)
    return Found(tables, forms, home, doubles, denied)


async def read_live(
    dataverse: Dataverse, declared: Declared, tables: Collection[str] = ()
) -> dict[str, LiveTable | None]:
    """The tables, or some of them, with the columns that are needed, under our names and the vendor's."""
    needed = {
        logical: {*named, *(vendor_column(declared, name) for name in named)}
        for logical, table in declared.tables.items()
        for named in [{*table.named(), *table.numbers}]
        if logical in tables or not tables
    }
    return await read_tables(dataverse, needed)


async def read_forms(dataverse: Dataverse, tables: Sequence[str]) -> dict[str, list[LiveForm]]:
    """The main forms of these tables."""
    found: dict[str, list[LiveForm]] = {}
    about = " or ".join(f"objecttypecode eq '{name}'" for name in tables)
    wanted = _quoted(f"type eq {MAIN} and ({about})")
    url = f"systemforms?$select=formid,objecttypecode,formxml&$filter={wanted}"
    shown = [row async for row in rows(dataverse, url)] if tables else []
    latest = await asyncio.gather(*(_latest(dataverse, row) for row in shown))
    for row, xml in zip(shown, latest, strict=True):
        form = LiveForm(str(row["formid"]), str(row["formxml"]), xml)
        found.setdefault(str(row["objecttypecode"]), []).append(form)
    return found


async def _latest(dataverse: Dataverse, row: Mapping[str, Any]) -> str:
    """The XML of a form with what is not published yet."""
    return str((await dataverse.get(f"systemforms({row['formid']})/{CRM}RetrieveUnpublished()"))["formxml"])


async def read_home(dataverse: Dataverse, prefix: str) -> Home:
    """Publishers with our name or this prefix, and our solution."""
    ours = _quoted(f"uniquename eq '{PUBLISHER}' or customizationprefix eq '{prefix}'")
    select = "publisherid,uniquename,friendlyname,customizationprefix"
    publishers = [row async for row in rows(dataverse, f"publishers?$select={select}&$filter={ours}")]
    named = _quoted(f"uniquename eq '{SOLUTION}'")
    select = "solutionid,ismanaged,_publisherid_value"
    solutions = [row async for row in rows(dataverse, f"solutions?$select={select}&$filter={named}")]
    return Home(publishers, solutions[0] if solutions else None)


async def _doubles(
    dataverse: Dataverse, declared: Declared, tables: Mapping[str, LiveTable | None]
) -> dict[tuple[str, frozenset[str]], list[str]]:
    """Of every key whose index failed some values that occur more than once."""
    found: dict[tuple[str, frozenset[str]], list[str]] = {}
    for logical, table in declared.tables.items():
        live = tables.get(logical)
        for columns in table.keys.values() if live else ():
            key = key_over(live.keys, columns) if live else None
            if live and key and key.status == FAILED:
                found[logical, key.columns] = [each async for each in _some(_repeated(dataverse, live, columns))]
    return found


def _repeated(dataverse: Dataverse, live: LiveTable, columns: Sequence[str]) -> AsyncIterator[tuple[str, ...]]:
    first = columns[0]
    url = f"{live.name}?$select={','.join(columns)}&$filter={_quoted(f'{first} ne null')}&$orderby={first}"
    return repeated(rows(dataverse, url), [Field(name, "text") for name in columns])


async def _some(keys: AsyncIterator[tuple[str, ...]]) -> AsyncIterator[str]:
    count = 0
    async for key in keys:
        yield " ".join(key)
        count += 1
        if count == SHOWN:
            return


def _quoted(text: str) -> str:
    return quote(text, safe="")
