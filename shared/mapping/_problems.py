"""Findings about a map, worded for the person who wrote it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import Refused, in_one


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: where it is, what is wrong, what to do, and the documented DIPV code where one exists."""

    file: str
    line: int
    field: str
    what: str
    remedy: str
    code: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        code = f" [{self.code}]" if self.code else ""
        return f"{where}: {self.field}: {in_one(self.what, self.remedy)}{code}"


class Fault(Refused):
    """What is wrong with a piece of a map, before it is known where it stands."""

    def __init__(self, what: str, remedy: str, code: str = "") -> None:
        super().__init__(in_one(what, remedy))
        self.what, self.remedy, self.code = what, remedy, code

    def at(self, file: str, line: int, field: str) -> Problem:
        """The same as a finding."""
        return Problem(file, line, field, self.what, self.remedy, self.code)
