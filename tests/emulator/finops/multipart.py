"""What a `$batch` may hold here, and how one that cannot be read is refused."""

from __future__ import annotations

from collections.abc import Sequence

from tests.emulator import mime_parts
from tests.emulator.finops.refusal import bad_request
from tests.emulator.mime_parts import ChangeSet, Item, Malformed, Operation, Part, Undeclared

MOST_OPERATIONS = 5000
_WRITES = ("POST", "PATCH", "PUT", "DELETE")


def read(content_type: str, body: bytes) -> list[Item]:
    """The parts of a batch in order. A batch that cannot be read is refused before anything is done."""
    try:
        items = [_item(part) for part in mime_parts.parts(content_type, body)]
    except Undeclared as problem:
        raise bad_request(str(problem)) from problem
    except Malformed as problem:
        raise bad_request("The batch is not valid: parts, boundaries or line ends are missing.") from problem
    found = mime_parts.operations(items)
    if len(found) > MOST_OPERATIONS:
        raise bad_request(f"The batch has more than {MOST_OPERATIONS} operations.")
    ids = [each.content_id for each in found if each.content_id is not None]
    if len(set(ids)) < len(ids):
        raise bad_request("A Content-ID stands more than once in the batch.")
    return items


def _item(part: Part) -> Item:
    headers, content = part
    if mime_parts.nests(headers):
        return _change_set(mime_parts.parts(headers["content-type"], content))
    operation = _operation(part)
    if operation.method in _WRITES:
        raise bad_request(f"{operation.method} must be part of a changeset.")
    return operation


def _change_set(parts: Sequence[Part]) -> ChangeSet:
    found = tuple(map(_operation, parts))
    for operation in found:
        if operation.content_id is None:
            raise bad_request("The Content-ID header is required for every request of a changeset.")
        if operation.method not in _WRITES:
            raise bad_request(f"{operation.method} must not be part of a changeset.")
    return ChangeSet(found)


def _operation(part: Part) -> Operation:
    """The request of a part. Raises Malformed for blanks in its address."""
    found = mime_parts.operation(part)
    if " " in found.url:
        raise Malformed
    return found
