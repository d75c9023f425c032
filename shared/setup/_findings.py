"""Findings of the preflight, worded for the person who sets Koppel up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

Severity = Literal["error", "warning", "note"]
ORDER: Final[tuple[Severity, ...]] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: how bad it is, what was found, what to do, and the flows it concerns (none: all of them).

    error: the flow cannot work, or would do harm. warning: some records will be parked, late or less safe. note: good
    to know. code: the documented DIPV code, where one exists.
    """

    severity: Severity
    what: str
    remedy: str
    flows: tuple[str, ...] = ()
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, with every flow it concerns; the worst first."""
    found: dict[Finding, set[str]] = {}
    for finding in findings:
        found.setdefault(replace(finding, flows=()), set()).update(finding.flows)
    result = [replace(finding, flows=tuple(sorted(flows))) for finding, flows in found.items()]
    return sorted(result, key=lambda finding: ORDER.index(finding.severity))
