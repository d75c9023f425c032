"""`$filter` and `$top` on the lists below `/metadata`: what clients ask of them, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.emulator.finops import options
from tests.emulator.finops.grammar import Binary, Chain, Name, Node, Value, parse
from tests.emulator.finops.refusal import Refusal, bad_request

Document = Mapping[str, Any]
TAKEN = frozenset({"$filter", "$top"})


def chosen(found: Sequence[Document], given: Mapping[str, str]) -> list[Document]:
    """The documents that a request asks for."""
    test = _test(parse(given["$filter"])) if "$filter" in given else lambda _document: True
    return [each for each in found if test(each)][: options.number(given, "$top")]


def _test(node: Node) -> Callable[[Document], bool]:
    """Properties are compared with eq and ne only, joined by and and or."""
    if isinstance(node, Chain):
        tests, whole = [_test(term) for term in node.terms], all if node.operator == "and" else any
        return lambda document: whole(test(document) for test in tests)
    if not isinstance(node, Binary) or node.operator not in ("eq", "ne"):
        raise Refusal(501, "The twin compares metadata with eq and ne only.")
    name, value = node.left, node.right
    if not isinstance(name, Name) or not isinstance(value, Value) or value.kind not in ("text", "boolean"):
        raise Refusal(501, "The twin compares metadata with texts, true and false only.")
    wanted = value.text if value.kind == "text" else value.text == "true"
    return lambda document: (_member(document, name.name) == wanted) is (node.operator == "eq")


def _member(document: Document, name: str) -> Any:
    if name not in document:
        raise bad_request(f"Could not find a property named '{name}' on this metadata type.")
    return document[name]
