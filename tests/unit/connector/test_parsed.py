"""The connector's AL source can be read: it cannot be compiled here, so a grammar of the language reads it.

The grammar is for Python 3.12 and later: with 3.11 these tests are skipped, and `.ci/run` plays them with another one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from infra.business_central.write import sources

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="the grammar of AL needs Python 3.12 or later")


def trouble(text: str) -> list[str]:
    """What the grammar cannot read, by line."""
    tree_sitter, grammar = import_module("tree_sitter"), import_module("tree_sitter_al")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    return [f"{node.start_point.row + 1}: {node.text!r}" for node in wrong(parser.parse(text.encode()).root_node)]


def wrong(node: Any) -> Iterator[Any]:
    """The nodes that do not belong there, or are missing."""
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        yield from wrong(child)


@pytest.mark.parametrize("name", sources())
def test_the_source_is_al(name: str) -> None:
    """Nothing in it is out of place."""
    assert trouble(sources()[name]) == []


@pytest.mark.parametrize("sign", ["}", "begin", ")"])
def test_the_grammar_notices(sign: str) -> None:
    """Source that lacks a word or a sign is not AL."""
    head, _, tail = sources()["pages/ItemCards.Page.al"].rpartition(sign)
    assert trouble(head + tail) != []
