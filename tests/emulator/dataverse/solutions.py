"""Publishers and solutions: unmanaged containers for what a set-up makes."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.products import required
from tests.emulator.dataverse.refusal import Refusal, invalid_argument
from tests.emulator.dataverse.schema import stable_id
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.values import fold
from tests.emulator.dataverse.writer import Writer

COLUMN, KEY, FORM = 2, 14, 60
DEFAULT_PUBLISHER: Final = {
    "publisherid": stable_id("default publisher"),
    "uniquename": "DefaultPublisherContoso",
    "friendlyname": "Default Publisher for Contoso",
    "customizationprefix": "new",
    "customizationoptionvalueprefix": 10_000,
}
_DEFAULT_ID: Final = stable_id("default publisher")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_PREFIX: Final = re.compile(r"[a-z][a-z0-9]{1,7}")
_VERSION: Final = re.compile(r"\d+(\.\d+){1,3}")
_OPTIONS: Final = range(10_000, 100_000)
Values = dict[str, Any]


class Solutions:
    """Checks publishers and solutions, and remembers what was made for which."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.writer = writer
        writer.checks |= {"publishers": self._publisher, "solutions": self._solution}

    def prefixes(self) -> frozenset[str]:
        """How names of customizations may begin."""
        return frozenset(row.values["customizationprefix"] for row in self._rows("publishers"))

    def option_prefix(self, solution: str) -> int:
        """The first digits of option values that the publisher of a solution gives."""
        row = self.named(solution) if solution else None
        publisher = row.values["_publisherid_value"] if row is not None else _DEFAULT_ID
        return int(self.environment.tables["publishers"].rows[publisher].values["customizationoptionvalueprefix"])

    def named(self, name: str) -> Row:
        """The unmanaged solution of that name."""
        found = next((row for row in self._rows("solutions") if fold(row.values["uniquename"]) == fold(name)), None)
        if found is None:
            raise Refusal(400, "0x80048d21", f"The solution with the unique name {name} does not exist.")
        if found.values["ismanaged"]:
            raise invalid_argument(f"The solution {name} is managed: nothing can be added to it.")
        return found

    def add(self, solution: str, component: str, kind: int, actor: Actor) -> None:
        """Puts a component into a solution; what is in it already stays there."""
        row = self.named(solution)
        known = self.environment.tables["solutioncomponents"].index("objectid").get(component, set())
        rows = self.environment.tables["solutioncomponents"].rows
        if any(rows[each].values["_solutionid_value"] == row.row_id for each in known):
            return
        body = {"objectid": component, "componenttype": kind, "solutionid@odata.bind": f"/solutions({row.row_id})"}
        with self.environment.transaction():
            self.writer.create(self.environment.table("solutioncomponents"), body, actor)

    def _rows(self, name: str) -> list[Row]:
        return list(self.environment.tables[name].rows.values())

    def _publisher(self, _before: Row | None, values: Values) -> None:
        required("publisher", values, "uniquename", "friendlyname", "customizationprefix")
        if not _NAME.fullmatch(values["uniquename"]):
            raise invalid_argument("The unique name of a publisher has letters, digits and underscores only.")
        if not _PREFIX.fullmatch(values["customizationprefix"]) or values["customizationprefix"].startswith("mscrm"):
            raise invalid_argument("A customization prefix has 2 to 8 letters and digits, and is not mscrm.")
        if values["customizationoptionvalueprefix"] not in _OPTIONS:
            raise invalid_argument("A customization option value prefix is a number from 10000 to 99999.")
        self._unused("publishers", "publisherid", values)

    def _solution(self, _before: Row | None, values: Values) -> None:
        required("solution", values, "uniquename", "friendlyname", "version", "_publisherid_value")
        if not _NAME.fullmatch(values["uniquename"]):
            raise invalid_argument("The unique name of a solution has letters, digits and underscores only.")
        if not _VERSION.fullmatch(values["version"]):
            raise invalid_argument("The version of a solution is major.minor.build.revision.")
        self._unused("solutions", "solutionid", values)

    def _unused(self, table: str, key: str, values: Values) -> None:
        named = self.environment.tables[table].index("uniquename").get(fold(values["uniquename"]), set())
        if named - {values[key]}:
            raise Refusal(412, "0x80040237", f"There is another row with the unique name {values['uniquename']}.")
