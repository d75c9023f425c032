"""Dataverse whose options of choices are rows like any others, with a history of what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.mapping import LABEL, VALUE
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.dataverse.environment import Change
from tests.emulator.wire import Answer, Request

PERSON: Final = "anna"
OURS: Final = "koppel"
PUBLISHED: Final = "PublishXml"
LANGUAGE: Final = 1033
FIRST: Final = 700_000_000
"""The least number that a person gives to an option."""


class WithChoices(DataverseTwin):
    """choices: the columns that flows are about, as `table.column`."""

    def __init__(self, choices: Sequence[str], **more: Any) -> None:
        super().__init__(**more)
        self.choices = choices
        self._known: dict[str, Mapping[int, str]] = {}
        for each in choices:
            self._note(each, None)

    def handle(self, request: Request) -> Answer:
        answer = super().handle(request)
        if request.path.endswith(PUBLISHED):
            for each in self.choices:
                self._note(each, OURS)
        return answer

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        if table not in self.choices:
            return super().rows(table)
        return [{VALUE: value, LABEL: label} for value, label in self._options(table).items()]

    def row(self, table: str, row_id: str) -> Mapping[str, Any] | None:
        if table not in self.choices:
            return super().row(table, row_id)
        label = self._options(table).get(int(row_id))
        return None if label is None else {VALUE: int(row_id), LABEL: label}

    def create(self, table: str, values: Mapping[str, Any], *, user: str = PERSON) -> str:
        if table not in self.choices:
            return super().create(table, values, user=user)
        value = max((*self._options(table), FIRST)) + 1
        self._changed(table, "insert_option", {"Value": value, **_label(str(values[LABEL]))}, user)
        return str(value)

    def update(self, table: str, row_id: str, values: Mapping[str, Any], *, user: str = PERSON) -> None:
        if table not in self.choices:
            super().update(table, row_id, values, user=user)
        elif LABEL in values:
            self._changed(table, "update_option", {"Value": int(row_id), **_label(str(values[LABEL]))}, user)

    def delete(self, table: str, row_id: str, *, user: str = PERSON) -> None:
        if table not in self.choices:
            super().delete(table, row_id, user=user)
        else:
            self._changed(table, "delete_option", {"Value": int(row_id)}, user)

    def _options(self, choice: str) -> Mapping[int, str]:
        table, _, column = choice.partition(".")
        return self.environment.tables[table].definition.columns[column].options

    def _changed(self, choice: str, action: str, said: Mapping[str, Any], user: str) -> None:
        """A person changes an option, and publishes what there is to publish."""
        setup = self._service.metadata.setup
        table, _, column = choice.partition(".")
        logical = self.environment.tables[table].definition.logical
        body = {"EntityLogicalName": logical, "AttributeLogicalName": column, **said}
        getattr(setup, action)(body, self._people.person(user))
        setup.publish(None)
        for each in self.choices:
            self._note(each, None)

    def _note(self, choice: str, app: str | None) -> None:
        before, now = self._known.get(choice, {}), dict(self._options(choice))
        self._known[choice] = now
        for value in sorted(before.keys() | now.keys()):
            if before.get(value) != now.get(value):
                old = {VALUE: value, LABEL: before[value]} if value in before else {}
                new = {VALUE: value, LABEL: now[value]} if value in now else {}
                operation: Any = "update" if old and new else "create" if new else "delete"
                self.history.append(
                    Change(
                        len(self.history) + 1, self.environment.clock(), PERSON if app is None else OURS, app, choice,
                        str(value), operation, old, new, app, (LABEL,),
                    )
                )  # fmt: skip


def _label(text: str) -> Mapping[str, Any]:
    return {"Label": {"LocalizedLabels": [{"Label": text, "LanguageCode": LANGUAGE}]}, "MergeLabels": True}
