"""`$batch`: reads one by one, changesets as transactions. What fails does not stop what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.emulator import mime_parts
from tests.emulator.finops.environment import Actor, Environment
from tests.emulator.finops.refusal import WRITE, Refusal, bad_request, refused
from tests.emulator.mime_parts import ChangeSet, Item, Operation
from tests.emulator.wire import Answer, Request

Dispatch = Callable[[Request, Actor], Answer]


class Batch:
    """Carries out batches. The outer answer is always 200: each part says how it went."""

    def __init__(self, environment: Environment, dispatch: Dispatch) -> None:
        self.environment = environment
        self.dispatch = dispatch

    def handle(self, items: Sequence[Item], actor: Actor) -> Answer:
        parts = [
            self._change_set(item, actor) if isinstance(item, ChangeSet) else self._single(item, actor)
            for item in items
        ]
        boundary = f"batchresponse_{self.environment.trace_id()}"
        body = mime_parts.write(boundary, parts)
        return Answer(200, {"content-type": f"multipart/mixed; boundary={boundary}"}, body)

    def _single(self, operation: Operation, actor: Actor) -> bytes:
        try:
            answer = self.dispatch(self._request(operation), actor)
        except Refusal as refusal:
            answer = refused(refusal)
        return mime_parts.answer_part(_versioned(answer), operation.content_id)

    def _change_set(self, item: ChangeSet, actor: Actor) -> bytes:
        """The answers of a changeset as one part, or the one error that stands for all of it, by its Content-ID."""
        answers: list[bytes] = []
        current = item.operations[0]
        try:
            with self.environment.transaction():
                for current in item.operations:
                    answer = _versioned(self.dispatch(self._request(current), actor))
                    answers.append(mime_parts.answer_part(answer, current.content_id))
        except Refusal as refusal:
            error = _versioned(refused(self._of_the_set(refusal)))
            if self.environment.behaviour.changeset_error == "single":
                return mime_parts.answer_part(error, current.content_id)
            answers = [mime_parts.answer_part(error, current.content_id)]
        return mime_parts.nested_part(f"changesetresponse_{self.environment.trace_id()}", answers)

    def _of_the_set(self, refusal: Refusal) -> Refusal:
        """A changeset is saved as a whole: what business logic refuses of it is answered otherwise, as captured."""
        if refusal.kind != WRITE:
            return refusal
        return Refusal(self.environment.behaviour.changeset_failure_status, refusal.message, refusal.kind)

    def _request(self, operation: Operation) -> Request:
        """The request of a part: absolute, from the root of the host, or relative to the service."""
        url, root = operation.url, f"{self.environment.url}/"
        if "://" in url:
            if not url.startswith(root):
                raise bad_request(f"The address '{url}' of a part of a batch is on another host.")
            url = url[len(root) - 1 :]
        elif not url.startswith("/"):
            url = f"/data/{url}"
        path, _, query = url.partition("?")
        if path.rstrip("/") == "/data/$batch":
            raise bad_request("A batch cannot be part of a batch.")
        return Request(operation.method, path, query, operation.headers, operation.body)


def _versioned(answer: Answer) -> Answer:
    return replace(answer, headers={"odata-version": "4.0", **answer.headers})
