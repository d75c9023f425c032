"""What a `$batch` may hold here, and how one that cannot be read is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.emulator import mime_parts
from tests.emulator.dataverse.refusal import bad_request, unreadable
from tests.emulator.mime_parts import ChangeSet, Item, Malformed, Operation, Part, Undeclared

MOST_OPERATIONS = 1000
_WRITES = ("POST", "PATCH", "PUT", "DELETE")


def read(content_type: str, body: bytes) -> list[Item]:
    """The parts of a batch in order. A batch that cannot be read is refused before anything is done."""
    try:
        items = [_item(part) for part in mime_parts.parts(content_type, body)]
    except Undeclared as problem:
        raise unreadable(str(problem)) from problem
    except Malformed as problem:
        raise unreadable("Stream was not readable.") from problem
    if len(mime_parts.operations(items)) > MOST_OPERATIONS:
        raise unreadable(
            "The current batch message contains too many parts. Only batch messages with a maximum number of "
            f"'{MOST_OPERATIONS}' query operations and changesets are allowed."
        )
    return items


def _item(part: Part) -> Item:
    headers, content = part
    if not mime_parts.nests(headers):
        return _operation(part)
    return _change_set(mime_parts.parts(headers["content-type"], content))


def _change_set(parts: Sequence[Part]) -> ChangeSet:
    found = tuple(_operation(part) for part in parts)
    ids = [operation.content_id for operation in found]
    if None in ids:
        raise bad_request("The Content-ID header is required for every request of a change set.")
    if len(set(ids)) != len(ids):
        raise unreadable("A Content-ID appears more than once in a change set.")
    for operation in found:
        if operation.method not in _WRITES:
            raise unreadable(f"An invalid HTTP method '{operation.method}' was detected for a request in a change set.")
    return ChangeSet(found)


def _operation(part: Part) -> Operation:
    """The request of a part; a body of nothing but white space is none."""
    found = mime_parts.operation(part)
    return found if found.body.strip() else replace(found, body=b"")
