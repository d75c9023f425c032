"""Lists of pairs as people have them: CSV, or the same as JSON. Every row that names nothing is told with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from functions.bodies import unknown
from functions.http import BadRequest, told
from shared.engine import Given
from shared.errors import Refused
from shared.mapping import DATAVERSE, ERP, SIDES, Side, fold

COLUMNS: Final = ("flow", "erp", "dataverse", "company")
DELIMITERS: Final = ",;\t"
REFUSED: Final = "refused"
LONGEST: Final = 400
"""Characters of a number, a name or an id."""


@dataclass(slots=True)
class Pairs:
    """What a list names, by flow, and what of it names nothing. row: what one of them is called in messages."""

    row: str = "line"
    rows: dict[str, list[Given]] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    _seen: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, at: int, words: Mapping[str, str], flow_of: Callable[[str], str]) -> None:
        """Takes up a row. at: its line, or its place. flow_of: the flow that a word means; raises Refused."""
        try:
            flow = flow_of(words.get("flow", ""))
            row = self._row(at, flow, words)
            self.rows.setdefault(flow, []).append(row)
        except Refused as problem:
            given = {name: word[:LONGEST] for name, word in words.items() if name and word}
            self.refused.append({"at": at, "given": given, "record": {}, "what": REFUSED, "why": str(problem)})

    def _row(self, at: int, flow: str, words: Mapping[str, str]) -> Given:
        if words.get(""):
            raise Refused(f"it has more cells than columns ({told(words[''])}): quote what holds the delimiter")
        row = Given(at, words.get("erp", ""), words.get("dataverse", ""), words.get("company", ""))
        if not (row.erp or row.dataverse):
            raise Refused("it names no record: erp and dataverse are both empty")
        if max(map(len, (row.erp, row.dataverse, row.company))) > LONGEST:
            raise Refused(f"no record has a number, name or id of more than {LONGEST} characters")
        ends = {(flow, side, *_end(side, row)): side for side in SIDES if getattr(row, side)}
        for end, side in ends.items():
            if (before := self._seen.get(end)) is not None:
                called = f"{row.company} {row.erp}".strip() if side == ERP else row.dataverse
                raise Refused(f"{called} stands in {self.row} {before} already: a record has one partner")
        self._seen.update(dict.fromkeys(ends, at))
        return row

    def demand_some(self) -> None:
        """Raises BadRequest, with what was wrong, if no row is left."""
        if not any(self.rows.values()):
            shown = "; ".join(f"{self.row} {each['at']}: {each['why']}" for each in self.refused[:10])
            raise BadRequest(f"no row names a pair{': ' + shown if shown else ''}")


def _end(side: Side, row: Given) -> tuple[str, str]:
    """What tells a record from any other that a list names: its company and what it is called there. An id of Dataverse
    says all by itself.
    """
    word = row.erp if side == ERP else row.dataverse
    try:
        word, of_one = str(UUID(word)), side == DATAVERSE
    except ValueError:
        of_one = False
    return "" if of_one else fold(row.company), fold(word)


def rows_of(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV text with a line of names, each with its line in the text. Commas, semicolons or tabs part
    them. Raises BadRequest.
    """
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [each.strip().lower() for each in next(reader, [])]
        while names and not names[-1]:  # a delimiter at the end of each line
            names.pop()
        _demand_names(names)
        for cells in reader:
            if any(each.strip() for each in cells):
                yield reader.line_num, _row(names, cells)
    except csv.Error as problem:
        raise BadRequest(f"line {reader.line_num} is no CSV: {problem}") from problem


def _demand_names(names: Sequence[str]) -> None:
    wanted = f"the first line names the columns: {', '.join(COLUMNS)} (flow and company may be left out)"
    if strange := [each for each in names if each not in COLUMNS]:
        raise BadRequest(f"{unknown(strange[0], dict.fromkeys(COLUMNS))}; {wanted}")
    if len({*names}) < len(names):
        raise BadRequest(f"a column is named twice; {wanted}")
    if not {"erp", "dataverse"} & {*names}:
        raise BadRequest(wanted)


def _row(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """More cells than names are kept under a name of their own, so that the row is refused and not cut."""
    row = dict(zip(names, (each.strip() for each in cells), strict=False))
    return row if len(cells) <= len(names) else {**row, "": " ".join(cells[len(names) :]).strip()}
