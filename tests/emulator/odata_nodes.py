"""What filters of the twins do with the nodes that a filter was read into."""

from __future__ import annotations

from odata_query import ast


def terms_of(node: ast.BoolOp) -> list[ast._Node]:
    """The members of a chain of the same operator, however long, in order."""
    found: list[ast._Node] = []
    stack: list[ast._Node] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, ast.BoolOp) and type(each.op) is type(node.op):
            stack += [each.right, each.left]
        else:
            found.append(each)
    return found
