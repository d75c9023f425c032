"""Makes single things that a suite needs in Dataverse. Each of them may be made again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from shared.errors import Gone
from shared.setup._dataverse_reader import read_keys
from shared.setup._declared import Declared
from shared.setup._definitions import (
    CRM,
    column_body,
    key_body,
    option_body,
    publisher_body,
    solution_body,
)
from shared.setup._form_xml import Cell, with_cell
from shared.setup._steps import PUBLISHER, Kind, Step, key_over
from shared.setup._suite_reader import read_forms, read_home
from shared.systems import SOLUTION, Dataverse, base_language, published_body

_OURS: Final = {"MSCRM.SolutionUniqueName": SOLUTION}
_THERE: Final = {**_OURS, "If-Match": "*"}
_WHOLE: Final = {**_OURS, "MSCRM.MergeLabels": "true"}


class Maker:
    """Sends what makes a step."""

    def __init__(self, dataverse: Dataverse, declared: Declared) -> None:
        self.dataverse = dataverse
        self.declared = declared
        self._language = 0
        self._by_kind: Mapping[Kind, Callable[[Step], Awaitable[None]]] = {
            "publisher": self._publisher,
            "solution": self._solution,
            "column": self._column,
            "option": self._option,
            "numbers": self._numbers,
            "key": self._key,
            "form": self._form,
        }

    async def make(self, step: Step) -> None:
        """Raises what Dataverse refuses it for."""
        await self._by_kind[step.kind](step)

    async def publish(self, tables: Sequence[str]) -> None:
        """What was changed in these tables takes effect."""
        await self.dataverse.put("POST", "PublishXml", published_body(tables))

    async def _publisher(self, _step: Step) -> None:
        await self.dataverse.put("POST", "publishers", publisher_body(PUBLISHER, self.declared.prefix))

    async def _solution(self, _step: Step) -> None:
        publisher = (await read_home(self.dataverse, self.declared.prefix)).publisher
        if publisher is None:
            raise Gone(f"there is no publisher {PUBLISHER}")
        await self.dataverse.put("POST", "solutions", solution_body(SOLUTION, str(publisher["publisherid"])))

    async def _column(self, step: Step) -> None:
        body = column_body(self.declared, step.table, step.name, await self._labels())
        await self.dataverse.put("POST", f"{_table(step)}/Attributes", body, _OURS)

    async def _option(self, step: Step) -> None:
        body = option_body(self.declared, step.table, step.name, int(step.value), SOLUTION, await self._labels())
        await self.dataverse.put("POST", "InsertOptionValue", body)

    async def _numbers(self, step: Step) -> None:
        """A column's definition is replaced as a whole."""
        url, kind = f"{_table(step)}/Attributes(LogicalName='{step.name}')", f"{CRM}StringAttributeMetadata"
        whole = await self.dataverse.get(f"{url}/{kind}")
        kept = {name: value for name, value in whole.items() if name != "@odata.context"}
        format_ = self.declared.tables[step.table].numbers[step.name]
        body = {**kept, "@odata.type": kind, "AutoNumberFormat": format_}
        await self.dataverse.put("PUT", url, body, _WHOLE)

    async def _key(self, step: Step) -> None:
        """A key that is there is one whose index failed."""
        there = key_over((await read_keys(self.dataverse, [step.table]))[step.table], step.needs)
        if there is not None:
            body: Mapping[str, Any] = {"EntityLogicalName": step.table, "EntityKeyLogicalName": there.name}
            await self.dataverse.put("POST", "ReactivateEntityKey", body)
            return
        body = key_body(self.declared, step.table, step.name, await self._labels())
        await self.dataverse.put("POST", f"{_table(step)}/Keys", body, _OURS)

    async def _form(self, step: Step) -> None:
        """On every main form that has the section. It is read right before: others may be at work on it."""
        placed = self.declared.tables[step.table].placed()
        section, access = next((section, access) for section, name, access in placed if name == step.name)
        found = await self.dataverse.get(f"{_table(step)}/Attributes(LogicalName='{step.name}')")
        cell = Cell(step.name, str(found["AttributeType"]), found["DisplayName"]["LocalizedLabels"], access)
        for form in (await read_forms(self.dataverse, [step.table])).get(step.table, ()):
            xml = with_cell(form, section, cell)
            if xml is not None:
                await self.dataverse.put("PATCH", f"systemforms({form.id})", {"formxml": xml}, _THERE)

    async def _labels(self) -> int:
        """The base language, asked for once."""
        self._language = self._language or await base_language(self.dataverse.get)
        return self._language


def _table(step: Step) -> str:
    return f"EntityDefinitions(LogicalName='{step.table}')"
