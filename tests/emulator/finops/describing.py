"""`$filter` and `$top` on the lists below `/metadata`: what clients ask of them, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.emulator.finops import options
from tests.emulator.finops.grammar import Binary, Call, Chain, Name, Node, Value, parse
from tests.emulator.finops.refusal import bad_request, left_out

Document = Mapping[str, Any]
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
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
    if isinstance(node, Call) and node.function in _TEXTS and len(node.arguments) == 2:
        return _text_test(_TEXTS[node.function], *node.arguments)
    if not isinstance(node, Binary) or node.operator not in ("eq", "ne"):
        raise left_out("filters on metadata but eq, ne, contains, startswith and endswith")
    name, value = node.left, node.right
    if not isinstance(name, Name) or not isinstance(value, Value) or value.kind not in ("text", "boolean"):
        raise left_out("filters on metadata by anything but texts, true and false")
    wanted = value.text if value.kind == "text" else value.text == "true"
    return lambda document: (_member(document, name.name) == wanted) is (node.operator == "eq")


def _text_test(has: Callable[[str, str], bool], where: Node, what: Node) -> Callable[[Document], bool]:
    """Whether a property has a part; clients that mean any letter case ask for it in small letters."""
    lowers = isinstance(where, Call) and where.function == "tolower" and len(where.arguments) == 1
    name = where.arguments[0] if isinstance(where, Call) and lowers else where
    if not isinstance(name, Name) or not isinstance(what, Value) or what.kind != "text":
        raise left_out("filters on metadata by anything but parts of texts")

    def test(document: Document) -> bool:
        text = str(_member(document, name.name))
        return has(text.lower() if lowers else text, what.text)

    return test


def _member(document: Document, name: str) -> Any:
    if name not in document:
        raise bad_request(f"Could not find a property named '{name}' on this metadata type.")
    return document[name]
