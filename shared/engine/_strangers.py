"""Strangers: pairs that carry the same number, and whose names have nothing in common.

A number alone is no proof: whoever numbers a new record may take one that was free on his side only. Such a pair is
coupled by a person, or by a run whose approved report lists it. A dry run couples them all, and lists them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.ledger import Documents, dataverse_end, erp_end

REPORTS: Final = "reports"
LISTED: Final = 100
"""So many pairs stand in one row of the ledger: their names may be long."""

End = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Strangers:
    """Two records with one number. names: what they are called, the ERP's first."""

    erp: tuple[str, ...]
    dataverse: str
    names: tuple[str, str]

    @property
    def ends(self) -> End:
        return erp_end(self.erp), dataverse_end(self.dataverse)

    def as_json(self) -> dict[str, Any]:
        return {"erp": list(self.erp), "dataverse": self.dataverse, "names": list(self.names)}


@dataclass(slots=True)
class Approved:
    """The strangers that a flow may couple: those that the approved report lists. Read once, when one is met.

    lists: true in a dry run, which may couple them all, and keeps whom it has coupled. names: whether also what they
    are called.
    """

    documents: Documents
    flow: str
    lists: bool = False
    names: bool = True
    _ends: set[End] | None = field(default=None)

    async def may_couple(self, pair: Strangers) -> bool:
        if self.lists:
            return True
        if self._ends is None:
            found = (await self.documents.get(REPORTS, self.flow)).value.get("approved", {})
            self._ends = {each async for each in _ends_of(self.documents, self.flow, found.get("job", ""))}
        return pair.ends in self._ends

    async def note(self, pair: Strangers) -> None:
        """A pair is about to be coupled: a dry run keeps it for its report."""
        if self.lists:
            key = f"{_met(self.flow)}{dataverse_end(pair.dataverse)}"
            told = pair.as_json() | ({} if self.names else {"names": ["", ""]})
            await self.documents.change(REPORTS, key, lambda _value: told)

    async def listed(self) -> list[Mapping[str, Any]]:
        """Whom a dry run has coupled."""
        return [each.value async for each in self.documents.all(REPORTS, _met(self.flow))]


async def store_strangers(documents: Documents, flow: str, job: str, pairs: Sequence[Mapping[str, Any]]) -> None:
    """Keeps the strangers of a report, in as many rows as it takes."""
    for at in range(0, len(pairs), LISTED):
        key = f"{_rows(flow, job)}{at // LISTED:06d}"
        part = {"pairs": list(pairs[at : at + LISTED])}
        await documents.change(REPORTS, key, lambda _value, part=part: part)  # type: ignore[misc] # bound at once


async def strangers_of(documents: Documents, flow: str, job: str) -> list[Mapping[str, Any]]:
    """The strangers that the report of a job lists."""
    if not job:
        return []
    return [pair async for row in documents.all(REPORTS, _rows(flow, job)) for pair in row.value["pairs"]]


async def forget_strangers(documents: Documents, flow: str, keep: Sequence[str]) -> None:
    """Takes away the strangers of all reports of a flow but those of these jobs."""
    kept = tuple(_rows(flow, job) for job in keep if job)
    for row in [row async for row in documents.all(REPORTS, f"{flow}~strangers~")]:
        if not row.key.startswith(kept or " "):
            await documents.drop(row)


async def erase_names(documents: Documents, flow: str, ends: Collection[str] | None, *, confirmed: bool) -> int:
    """Erases what strangers in reports are called, if one of them is at these ends, or of all. In how many pairs."""
    gone = 0
    for row in [row async for row in documents.all(REPORTS, f"{flow}~strangers~")]:
        about = [
            any(pair["names"]) and (ends is None or bool({*_ends(pair)}.intersection(ends)))
            for pair in row.value["pairs"]
        ]
        gone += sum(about)
        if confirmed and any(about):
            pairs = zip(row.value["pairs"], about, strict=True)
            told = {"pairs": [{**pair, "names": ["", ""]} if mine else pair for pair, mine in pairs]}
            await documents.change(REPORTS, row.key, lambda _value, told=told: told)  # type: ignore[misc] # bound at once
    return gone


async def _ends_of(documents: Documents, flow: str, job: str) -> AsyncIterator[End]:
    for pair in await strangers_of(documents, flow, job):
        yield _ends(pair)


def _ends(pair: Mapping[str, Any]) -> End:
    return erp_end(pair["erp"]), dataverse_end(pair["dataverse"])


def _rows(flow: str, job: str) -> str:
    return f"{flow}~strangers~{job}~"


def _met(flow: str) -> str:
    return f"{flow}~met~"
