"""`$batch`: operations one after another, change sets as one transaction each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.emulator import mime_parts
from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.headers import wants_details
from tests.emulator.dataverse.payload import NO_REFERENCES, References
from tests.emulator.dataverse.refusal import Refusal, bad_request, refused
from tests.emulator.mime_parts import ChangeSet, Item, Operation
from tests.emulator.wire import Answer, Request

_REFERENCE = re.compile(r"\$([^/?]+)(.*)", re.DOTALL)
_LONGEST_URL = 65_536
Dispatch = Callable[[Request, Actor, References], Answer]


class Batch:
    """Answers `$batch`. `dispatch` carries out one request and raises what is refused."""

    def __init__(self, environment: Environment, dispatch: Dispatch) -> None:
        self.environment = environment
        self.dispatch = dispatch

    def handle(self, items: list[Item], actor: Actor, root: str, *, continues: bool) -> Answer:
        """Carries out the parts of a batch; without `continues` the first failure ends it."""
        parts: list[bytes] = []
        for item in items:
            if isinstance(item, ChangeSet):
                part, status = self._change_set(item, actor, root)
            else:
                answer = self._single(item, actor, root)
                part, status = mime_parts.answer_part(answer), answer.status
            parts.append(part)
            if status >= 400 and not continues:
                return self._answer(status, parts)
        return self._answer(200, parts)

    def _answer(self, status: int, parts: list[bytes]) -> Answer:
        boundary = f"batchresponse_{self.environment.trace_id()}"
        return Answer(
            status, {"content-type": f"multipart/mixed; boundary={boundary}"}, mime_parts.write(boundary, parts)
        )

    def _single(self, operation: Operation, actor: Actor, root: str) -> Answer:
        try:
            return _versioned(self.dispatch(self._request(operation, operation.url, root), actor, NO_REFERENCES))
        except Refusal as refusal:
            return self._refused(operation, refusal)

    def _change_set(self, item: ChangeSet, actor: Actor, root: str) -> tuple[bytes, int]:
        """The answers of a change set as one part, or the one error that stands for all of it."""
        references: dict[str, tuple[str, str]] = {}
        answers: list[tuple[Answer, str | None]] = []
        current = item.operations[0]
        try:
            with self.environment.transaction():
                for current in item.operations:
                    url = _resolved(current.url, references)
                    answer = self.dispatch(self._request(current, url, root), actor, references)
                    answers.append((_versioned(answer), current.content_id))
                    self._remember(references, current)
        except Refusal as refusal:
            answer = self._refused(current, refusal)
            if self.environment.behaviour.changeset_error == "single":
                return mime_parts.answer_part(answer), answer.status
            return self._nested([(answer, current.content_id)]), answer.status
        return self._nested(answers), 200

    def _nested(self, answers: list[tuple[Answer, str | None]]) -> bytes:
        boundary = f"changesetresponse_{self.environment.trace_id()}"
        return mime_parts.nested_part(boundary, [mime_parts.answer_part(answer, name) for answer, name in answers])

    def _remember(self, references: dict[str, tuple[str, str]], operation: Operation) -> None:
        """A later part may point to the row that this part created or changed."""
        row = self.environment.latest()
        if operation.content_id is not None and row is not None:
            references[operation.content_id] = row

    def _refused(self, operation: Operation, refusal: Refusal) -> Answer:
        return _versioned(refused(refusal, annotated=wants_details(operation.headers)))

    def _request(self, operation: Operation, url: str, root: str) -> Request:
        """The request of a part: absolute, from the root of the host, or relative to the service."""
        host = self.environment.url
        if "://" in url.partition("?")[0]:
            if not url.startswith(f"{host}/"):
                raise bad_request(f"The URL '{url}' of a part of a batch is on another host.")
            url = url.removeprefix(host)
        elif not url.startswith("/"):
            url = f"{root}/{url}"
        if len(url) > _LONGEST_URL:
            raise bad_request(f"The URL of a part of a batch has at most {_LONGEST_URL} characters.")
        path, _, query = url.partition("?")
        if path.rstrip("/").endswith("/$batch"):
            raise bad_request("A batch cannot be part of a batch.")
        return Request(operation.method, path, query, operation.headers, operation.body)


def _versioned(answer: Answer) -> Answer:
    return replace(answer, headers={"odata-version": "4.0", **answer.headers})


def _resolved(url: str, references: Mapping[str, tuple[str, str]]) -> str:
    """The URL with `$1` replaced by the row it stands for."""
    match = _REFERENCE.fullmatch(url)
    if match is None:
        return url
    if match[1] not in references:
        raise bad_request(f"Content-ID Reference: '${match[1]}' does not exist in the batch context.")
    entity_set, row_id = references[match[1]]
    return f"{entity_set}({row_id}){match[2]}"
