"""A coupling's row under keys: read as this process compares it, whichever keys it was written with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger import SUMMARY, Answered, Commits, Coupling, FlowLedger, Former, OtherKey, after, is_outdated
from shared.mapping import Pair, Parked, Printer, Side
from tests.emulator.tables import MemoryTables
from tests.unit.ledger.test_rows import COUPLINGS, PRINT, SIDES

FLOW: Final = "flow"
KEYS: Final = (b"first" * 8, b"second" * 8)
OTHER: Final = Printer([b"lost" * 8])
FORMERS = st.builds(Former, PRINT, PRINT, PRINT, st.integers(0, 2**32 - 1))
ANSWERS = st.builds(Answered, SIDES, PRINT, st.lists(st.integers(0, 2**32 - 1), max_size=3).map(tuple))
FULL = st.builds(
    lambda coupling, first, former, answered, acted: replace(
        coupling, agreed=replace(coupling.agreed, first=first), earlier=former, answered=answered, acted=acted
    ),
    COUPLINGS.filter(lambda coupling: coupling.erp is not None),
    st.dictionaries(PRINT, st.tuples(PRINT, PRINT), max_size=2),
    st.lists(FORMERS, max_size=2).map(tuple),
    st.dictionaries(PRINT, ANSWERS, max_size=2),
    st.dictionaries(st.text(max_size=5), st.tuples(PRINT.map(bytes.hex), st.text(max_size=5)), max_size=2),
)


def ledger(tables: MemoryTables, printer: Printer, lost: Sequence[str] = ()) -> FlowLedger:
    commits = Commits(tables, lambda: "op", printer)
    commits.lost = frozenset(lost)
    return FlowLedger(commits, FLOW, lambda: datetime(2026, 1, 1, tzinfo=UTC))


def written(coupling: Coupling, printer: Printer) -> MemoryTables:
    tables = MemoryTables()
    asyncio.run(ledger(tables, printer).commit(coupling.insert()))
    return tables


def read(tables: MemoryTables, printer: Printer, coupling: Coupling, lost: Sequence[str] = ()) -> Coupling:
    found = asyncio.run(ledger(tables, printer, lost).coupling(coupling.key))
    assert found is not None
    return replace(found, etag="")


def under(printer: Printer, number: int, coupling: Coupling) -> Coupling:
    """The coupling with everything carried over that was made with so many of the keys."""

    def one(made: bytes) -> bytes:
        return printer.carried(made, number)

    def pairs(found: Mapping[bytes, Pair]) -> dict[bytes, Pair]:
        return {key: (one(erp), one(dataverse)) for key, (erp, dataverse) in found.items()}

    def digits(made: str) -> str:
        return one(bytes.fromhex(made)).hex()

    agreed, intent = coupling.agreed, coupling.intent
    parked = {key: Parked(one(pair.erp), one(pair.dataverse)) for key, pair in agreed.parked.items()}
    digests: dict[Side, bytes] = {side: one(made) for side, made in coupling.digests.items()}
    return replace(
        coupling,
        agreed=replace(agreed, bases=pairs(agreed.bases), first=pairs(agreed.first), parked=parked),
        digests=digests,
        earlier=tuple(each._replace(erp=one(each.erp), dataverse=one(each.dataverse)) for each in coupling.earlier),
        answered={key: each._replace(before=one(each.before)) for key, each in coupling.answered.items()},
        acted={name: (digits(values), kept) for name, (values, kept) in coupling.acted.items()},
        intent=intent
        and intent.model_copy(
            update={"agree": {key: (digits(erp), digits(there)) for key, (erp, there) in intent.agree.items()}}
        ),
    )


@given(coupling=FULL, older=st.integers(0, 2), newer=st.integers(0, 2))
def test_every_fingerprint_of_a_row_is_carried_over(coupling: Coupling, older: int, newer: int) -> None:
    """Bases, digests, parked pairs, what was agreed before, what came back, actions, and what an intent agrees."""
    number = min(older, newer)
    now = Printer(KEYS[: max(older, newer)])
    tables = written(coupling, Printer(KEYS[:number]))
    assert read(tables, now, coupling) == under(now, number, coupling)


@given(coupling=FULL)
def test_a_row_that_is_stored_again_is_under_the_new_key(coupling: Coupling) -> None:
    now, tables = Printer(KEYS), written(coupling, Printer())
    again = asyncio.run(ledger(tables, now).coupling(coupling.key))
    assert again is not None
    asyncio.run(ledger(tables, now).commit([again.replace()]))
    assert tables.partitions[FLOW][coupling.key].cells["key"] == now.stamp
    assert read(tables, now, coupling) == under(now, 0, coupling)


@given(coupling=FULL)
def test_a_summary_is_carried_over_as_the_row_is(coupling: Coupling) -> None:
    now, tables = Printer(KEYS), written(coupling, Printer(KEYS[:1]))
    whole = read(tables, now, coupling)

    async def summaries() -> list[Any]:
        pages = ledger(tables, now).commits.range(FLOW, "d~", after("d~"), SUMMARY)
        return [row async for page in pages for row in page]

    (row,) = asyncio.run(summaries())
    assert {name: row.cells.get(name, b"") for name in ("ke", "kd")} == {
        "ke": whole.digests.get("erp", b""),
        "kd": whole.digests.get("dataverse", b""),
    }
    assert is_outdated(row, now) == (coupling.intent is None)


@given(coupling=FULL)
def test_nothing_is_read_without_its_key(coupling: Coupling) -> None:
    """Neither with another key, nor with a newer one missing, nor with none."""
    tables = written(coupling, Printer(KEYS))
    for known in (OTHER, Printer(KEYS[:1]), Printer()):
        with pytest.raises(OtherKey, match="which this instance does not have"):
            read(tables, known, coupling)


@given(coupling=FULL)
def test_under_a_lost_key_nothing_was_agreed(coupling: Coupling) -> None:
    """The identities stand; each line that had a base waits for a person where the two differ."""
    tables, now = written(coupling, OTHER), Printer(KEYS)
    found = read(tables, now, coupling, [OTHER.stamp])
    agreed = coupling.agreed
    assert (found.dataverse, found.erp, found.state) == (coupling.dataverse, coupling.erp, coupling.state)
    assert found.agreed.marks == {**agreed.marks, **dict.fromkeys(agreed.bases, "person")}
    agreements = (found.agreed.bases, found.agreed.first, found.agreed.parked, found.intent and found.intent.agree)
    assert not any((*agreements, found.digests, found.earlier, found.answered, found.acted))
