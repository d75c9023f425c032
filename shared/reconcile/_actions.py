"""Actions: what is done for a record beside its lines, once these are written. Pure.

An action compares what stands with what should, so that doing it twice does no more than doing it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.mapping import Printer, Values

_BETWEEN: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Change:
    """A column of one row: canonical values. told: the new one, for people, where they call it something else."""

    column: str
    old: str
    new: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One request. what: in words. row, version: the row as it was read. Without a version it is to be made: under the
    id that is named, where several may make it at once, else under one of its own.
    """

    what: str
    table: str
    changes: tuple[Change, ...]
    row: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done now; nothing is if all is as it should be. waits: what it cannot be done without yet. parks:
    what a person has to see to first. row: of another table, that the action keeps right from now on.
    """

    steps: tuple[Step, ...] = ()
    waits: str = ""
    parks: str = ""
    row: str = ""

    def attempt(self, action: str, printer: Printer) -> str:
        """Stands for these very steps: a system that refused them would refuse them again."""
        parts = [[each.table, each.row, *(text for one in each.changes for text in (one.column, one.new))]
                 for each in self.steps]  # fmt: skip
        return printer.fingerprint(_BETWEEN.join([action, *(text for part in parts for text in part)])).hex()


def stands_for(values: Values, printer: Printer) -> str:
    """Stands for what an action was carried out for: it is due again when one of these values has changed."""
    return printer.fingerprint(_BETWEEN.join(values)).hex()
