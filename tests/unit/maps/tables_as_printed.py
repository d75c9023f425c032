"""The field tables of prospect to cash as the vendor printed them: order, spelling and slips included.

`printed/<map>.txt` holds a row of the table in each line: source, `=` (copied) or `Fn` (transform), target; `-` where a
default has no source. `constants.txt` and `values.txt` hold what the vendor's text says of such rows, `countries.txt`
its pairs of country code and name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "printed"
FROM_FINOPS: Final = frozenset({"products", "orders_back", "order_lines_back", "invoices", "invoice_lines"})
"""Maps whose source is F&O; the source of all others is Sales."""

_BESIDE: Final = frozenset({"constants", "values", "countries"})


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row of a printed table; `column` is Sales' side of it, with the lookups that lead there."""

    field: str
    column: str
    to_sales: bool
    transformed: bool

    @property
    def line(self) -> str:
        """The row as a line of a map begins: ERP field, symbol, Dataverse column."""
        return f"{self.field} {('<' if not self.to_sales else '>') * (1 + self.transformed)} {self.column}"


def rows_of(name: str) -> list[PrintedRow]:
    """The rows of one printed table, in its order."""
    return [_row(name, *line.split()) for line in _lines(name)]


def printed_maps() -> list[str]:
    """The maps that have a printed table."""
    return sorted({path.stem for path in FOLDER.glob("*.txt")} - _BESIDE)


def constants() -> Mapping[str, str]:
    """Map and target of a default to its documented value."""
    return dict(map(_pair, _lines("constants")))


def values() -> Mapping[str, Mapping[str, str]]:
    """Map and source of a transform to its documented pairs."""
    found = (line.split(": ") for line in _lines("values"))
    return {name: dict(pair.split("=") for pair in pairs.split()) for name, pairs in found}


def countries() -> Mapping[str, str]:
    """Country code to the name that the vendor's value map gives it."""
    return dict(map(_pair, _lines("countries")))


def _lines(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()


def _pair(line: str) -> tuple[str, str]:
    name, value = line.split(maxsplit=1)
    return name, value


def _row(name: str, source: str, kind: str, target: str) -> PrintedRow:
    to_sales = name in FROM_FINOPS
    field, column = (source, target) if to_sales else (target, source)
    return PrintedRow(field, column, to_sales, kind == "Fn")
