"""Options of a choice column as records, read and written over metadata (reference: dataverse-web-api 13, suites 2).

An option has no version: its label stands for one, and is read again right before it is written. What is changed counts
once it is published, which is done once for all that is changed at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from shared.errors import Exists, Gone, KoppelError, Rejected, Stale
from shared.mapping import LABEL, VALUE, Entity, look
from shared.systems._batching import Batcher
from shared.systems._client import grouped
from shared.systems._metadata import SOLUTION, base_language, label, published_body
from shared.systems._odata import encoded
from shared.systems._port import Body, Condition, Observation

Get = Callable[[str], Awaitable[Mapping[str, Any]]]
Put = Callable[[str, str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]

_AT_ONCE: Final = 1000
_CHOICE: Final = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
_OPTIONS: Final = f"{_CHOICE}?$select=LogicalName&$expand=OptionSet($select=Options)"


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of an option. label: None for one that is deleted. version: empty for one that is added."""

    entity: Entity
    value: int
    label: str | None
    version: str


class ChoiceOptions:
    """The options of an environment's choice columns."""

    def __init__(self, get: Get, put: Put) -> None:
        self._get, self._put = get, put
        self._reads: Batcher[Entity, list[Observation]] = Batcher(self._read_all, _AT_ONCE)
        self._changes: Batcher[_Change, None] = Batcher(self._change_all, _AT_ONCE)
        self._language = 0
        self._solution: dict[str, str] | None = None

    async def rows(self, entity: Entity) -> list[Observation]:
        """All options of the column."""
        return await self._reads.ask(entity)

    async def read(self, entity: Entity, value: str) -> Observation | None:
        found = (each for each in await self.rows(entity) if str(each.row[VALUE]) == value)
        return next(found, None)

    async def find(self, entity: Entity, conditions: Sequence[Condition]) -> list[Observation]:
        """Those that hold what is asked for, compared as Dataverse compares texts."""
        wanted = [(field.name, look(value)) for field, value in conditions]
        return [
            each
            for each in await self.rows(entity)
            if all(look(str(each.row[name])) == value for name, value in wanted)
        ]

    async def create(self, entity: Entity, body: Body) -> Observation:
        """Adds an option. Raises Exists if its number is in use."""
        sent = _sent(body)
        await self._changes.ask(_Change(entity, int(sent[VALUE]), str(sent[LABEL]), ""))
        return _observed(int(sent[VALUE]), str(sent[LABEL]))

    async def update(self, entity: Entity, value: str, body: Body, version: str) -> Observation:
        """Gives an option another label. Raises Stale, Gone."""
        label = str(_sent(body)[LABEL])
        await self._changes.ask(_Change(entity, int(value), label, version))
        return _observed(int(value), label)

    async def delete(self, entity: Entity, value: str, version: str) -> None:
        """Takes an option away; rows that hold its number keep it. Raises Stale, Gone."""
        await self._changes.ask(_Change(entity, int(value), None, version))

    # -- reading

    async def _read_all(self, asked: Sequence[Entity]) -> Sequence[list[Observation] | Exception]:
        """One request a column."""
        found = {each.name: await self._options(each) for each in {each.name: each for each in asked}.values()}
        return [found[each.name] for each in asked]

    async def _options(self, entity: Entity) -> list[Observation]:
        language = await self._base_language()
        body = await self._get(f"{_column(entity)}/{_OPTIONS}")
        return [_observed(int(each["Value"]), _text(each["Label"], language)) for each in body["OptionSet"]["Options"]]

    async def _base_language(self) -> int:
        """The language of the labels that everybody sees who has none of his own."""
        self._language = self._language or await base_language(self._get)
        return self._language

    # -- writing

    async def _change_all(self, asked: Sequence[_Change]) -> Sequence[Exception | None]:
        """Each succeeds or fails alone; what did not fail is published together."""
        replies: list[Exception | None] = [None] * len(asked)
        for places in grouped(each.entity.name for each in asked):
            answers = await self._change_column([asked[place] for place in places])
            for place, reply in zip(places, answers, strict=True):
                replies[place] = reply
        return replies

    async def _change_column(self, asked: Sequence[_Change]) -> list[Exception | None]:
        entity = asked[0].entity
        there = {int(each.row[VALUE]): each for each in await self._options(entity)}
        replies = [await self._attempt(each, there) for each in asked]
        if None in replies:
            await self._publish(entity)
        return [await self._after(each, reply) for each, reply in zip(asked, replies, strict=True)]

    async def _attempt(self, change: _Change, there: dict[int, Observation]) -> Exception | None:
        try:
            await (self._change(change, there) if change.version else self._add(change, there))
        except KoppelError as problem:
            return problem
        there.pop(change.value, None)
        if change.label is not None:
            there[change.value] = _observed(change.value, change.label)
        return None

    async def _add(self, change: _Change, there: Mapping[int, Observation]) -> None:
        """Nothing but its label tells people an option from another: there is no second one of that label."""
        assert change.label is not None
        if change.value in there or look(change.label) in {look(str(each.row[LABEL])) for each in there.values()}:
            raise Exists(f"{change.entity.name} has an option {change.label!r}")
        body = {
            **_named(change.entity),
            "Value": change.value,
            "Label": label(change.label, await self._base_language()),
            **await self._in_solution(),
        }
        await self._put("POST", "InsertOptionValue", body)

    async def _change(self, change: _Change, there: Mapping[int, Observation]) -> None:
        body: dict[str, Any] = {**_named(change.entity), "Value": change.value}
        found = there.get(change.value)
        if found is None:
            raise Gone(f"{change.entity.name} has no option {change.value}")
        if found.version != change.version:
            raise Stale(f"the label of option {change.value} of {change.entity.name} has changed")
        if change.label is None:
            await self._put("POST", "DeleteOptionValue", body)
            return
        body |= {"Label": label(change.label, await self._base_language()), "MergeLabels": True}
        await self._put("POST", "UpdateOptionValue", body)

    async def _after(self, change: _Change, reply: Exception | None) -> Exception | None:
        """A number that is refused as used, and is not to be seen, belongs to an option that nobody has published."""
        if change.version or not isinstance(reply, Rejected):
            return reply
        await self._publish(change.entity)
        there = {int(each.row[VALUE]) for each in await self._options(change.entity)}
        return Exists(f"{change.entity.name} has an option {change.value}") if change.value in there else reply

    async def _publish(self, entity: Entity) -> None:
        await self._put("POST", "PublishXml", published_body([_table(entity)]))

    async def _in_solution(self) -> Mapping[str, str]:
        if self._solution is None:
            named = encoded(f"uniquename eq '{SOLUTION}'")
            found = await self._get(f"solutions?$select=uniquename&$filter={named}")
            self._solution = {"SolutionUniqueName": SOLUTION} if found["value"] else {}
        return self._solution


def _named(entity: Entity) -> Mapping[str, str]:
    return {"EntityLogicalName": _table(entity), "AttributeLogicalName": entity.choice}


def _table(entity: Entity) -> str:
    """The logical name of the table whose column it is."""
    return entity.type.partition(".")[0]


def _column(entity: Entity) -> str:
    return f"EntityDefinitions(LogicalName='{_table(entity)}')/Attributes(LogicalName='{entity.choice}')"


def _sent(body: Body) -> Mapping[str, Any]:
    return {name: json.loads(text) for name, text in body.items()}


def _observed(value: int, text: str) -> Observation:
    return Observation({VALUE: value, LABEL: text}, blake2b(text.encode(), digest_size=8).hexdigest())


def _text(found: Mapping[str, Any], language: int) -> str:
    """A label in the base language; the first there is where it has none in that."""
    texts = {int(each["LanguageCode"]): str(each["Label"]) for each in found["LocalizedLabels"]}
    return texts.get(language, next(iter(texts.values()), ""))
