"""Whom an answer is about: compared with the question before anything in it is believed.

Answers of a batch are told apart by their place alone, unless the service repeats the content ids. So where one of them
is missing, or names another record, nobody knows whose the others are: none of them counts as an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.errors import Unanswered
from shared.mapping import Entity, Field, fold, reader
from shared.systems._multipart import Part, PartAnswer
from shared.systems._port import Body

_STORED: Final = frozenset({200, 201})
_LAST_KEY: Final = re.compile(r"\(([^()]*)\)$")
_CONTEXT: Final = re.compile(r"#(?:companies\([^()]*\)/)?(\w+)")
"""The entity set of an answer; Business Central names the company before it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A record by its entity and those fields of its key that are known beforehand."""

    entity: Entity
    key: Mapping[str, str]

    def denied_by(self, answer: PartAnswer) -> bool:
        """True if the answer holds another record than this one, or one of another entity."""
        told = _LAST_KEY.search(answer.headers.get("odata-entityid", ""))
        if told is not None and "=" not in told[1] and fold(told[1]) not in map(fold, self.key.values()):
            return True
        if answer.status not in _STORED or not answer.content.lstrip().startswith(b"{"):
            return False
        return is_of_another(self.entity, answer.row) or any(
            self._differs(self.entity.fields[name], answer.row, value) for name, value in self.key.items()
        )

    def _differs(self, field: Field, row: Mapping[str, Any], value: str) -> bool:
        read = reader(field)
        return field.wire_name in row and fold(read(row[field.wire_name])) != fold(read(value))


def named(entity: Entity, identity: Sequence[str]) -> Named:
    """A record by its whole key."""
    return Named(entity, dict(zip(entity.key, identity, strict=True)))


def to_be(entity: Entity, body: Body) -> Named:
    """A new record, by what its body says of its key: the rest of it is numbered by the system."""
    given = {name: json.loads(body[name], parse_float=str) for name in entity.key if name in body}
    return Named(entity, {name: str(value) for name, value in given.items() if value not in {None, ""}})


def is_of_another(entity: Entity, body: Mapping[str, Any]) -> bool:
    """True if an answer says that it comes from another entity set than was asked."""
    found = _CONTEXT.search(str(body.get("@odata.context", "")))
    return found is not None and found[1] != entity.name


def own(parts: Sequence[Part], answers: Sequence[PartAnswer]) -> Sequence[PartAnswer]:
    """The answers, if they are those to these requests, as far as anybody can tell. Raises Unanswered."""
    if len(answers) != len(parts):
        raise Unanswered(f"{len(parts)} requests of a batch got {len(answers)} answers: nobody can tell whose they are")
    for number, (part, answer) in enumerate(zip(parts, answers, strict=True), 1):
        another = answer.content_id not in {"", str(number)}
        if another or (part.about is not None and part.about.denied_by(answer)):
            raise Unanswered(f"the answer to {part.method} {part.url[:200]} is about another record")
    return answers
