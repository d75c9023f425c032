"""The law of scopes: our evaluation of a filter is that of an independent reading of it, on any record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import compile_scope, entity

ACCOUNTS: Final = entity("dataverse", "accounts")

Tree = tuple[Any, ...]
"""(word, field, literal), ("not", tree), ("and" or "or", tree, tree)."""

WORDS: Final = ("eq", "ne", "gt", "ge", "lt", "le")
TEXTS: Final = ("", "a", "A ", "b", "it's", "and", "null")
NUMBERS: Final = ("-1", "0", "1.50", "1e3", "7")

LITERALS: Final[dict[str, st.SearchStrategy[str]]] = {
    "name": st.sampled_from(TEXTS).map(lambda text: "'" + text.replace("'", "''") + "'"),
    "accountnumber": st.sampled_from(["'10'", "'010'", "'x'"]),
    "customertypecode": st.sampled_from(["1", "3", "12"]),
    "creditlimit": st.sampled_from(NUMBERS),
}
VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "name": st.sampled_from([None, *TEXTS]),
    "accountnumber": st.sampled_from([None, "10", "010", "X"]),
    "customertypecode": st.sampled_from([None, 1, 3, 12]),
    "creditlimit": st.sampled_from([None, "-1.0", 0, "0.00", "1.5", 1000, 7]),
}


def comparisons(field: str) -> st.SearchStrategy[Tree]:
    by_value = st.tuples(st.sampled_from(WORDS), st.just(field), LITERALS[field])
    by_list = st.tuples(st.just("in"), st.just(field), st.lists(LITERALS[field], min_size=1, max_size=3).map(tuple))
    return by_value | by_list | st.tuples(st.sampled_from(["eq", "ne"]), st.just(field), st.just("null"))


TREES: Final[st.SearchStrategy[Tree]] = st.recursive(
    st.sampled_from(sorted(LITERALS)).flatmap(comparisons),
    lambda inner: st.tuples(st.just("not"), inner) | st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=6,
)
ROWS: Final = st.fixed_dictionaries({}, optional=VALUES)

# -- an independent reading


def text_of(tree: Tree, around: int = 0) -> str:
    """The filter as text, with no bracket that the precedence of not, and, or does not need."""
    if tree[0] == "not":
        return f"not ({text_of(tree[1])})"
    if tree[0] in {"and", "or"}:
        own = 2 if tree[0] == "and" else 1
        text = f"{text_of(tree[1], own)} {tree[0]} {text_of(tree[2], own)}"
        return f"({text})" if own < around else text
    word, field, literal = tree
    return f"{field} in ({', '.join(literal)})" if word == "in" else f"{field} {word} {literal}"


def truth(tree: Tree, row: dict[str, Any]) -> float:
    """Zero for false, one for true, a half for unknown: `and` is the least, `or` the most, `not` the rest to one."""
    if tree[0] == "not":
        return 1 - truth(tree[1], row)
    if tree[0] in {"and", "or"}:
        return (min if tree[0] == "and" else max)(truth(tree[1], row), truth(tree[2], row))
    word, field, literal = tree
    if word == "in":
        return max(truth(("eq", field, each), row) for each in literal)
    if field not in row:
        return 0.5
    left, right = _comparable(row[field], literal)
    if left == "" != right:
        return float(word == "ne")
    return float(_holds(word, left, right))


def _comparable(value: Any, literal: str) -> tuple[Any, Any]:
    if literal == "null":
        return ("" if value in {None, ""} else "not blank"), ""
    if literal.startswith("'"):
        return (value or "").rstrip().upper(), literal[1:-1].replace("''", "'").rstrip().upper()
    return ("" if value is None else Decimal(value)), Decimal(literal)


def _holds(word: str, left: Any, right: Any) -> bool:
    order = (left > right) - (left < right)
    return order in {"eq": {0}, "ne": {-1, 1}, "gt": {1}, "ge": {0, 1}, "lt": {-1}, "le": {-1, 0}}[word]


# -- the laws


@given(TREES, ROWS)
def test_evaluation(tree: Tree, row: dict[str, Any]) -> None:
    """A record is inside exactly where the independent reading is true."""
    assert compile_scope(text_of(tree), ACCOUNTS).includes(row) is (truth(tree, row) == 1)


@given(TREES, ROWS)
def test_pushed(tree: Tree, row: dict[str, Any]) -> None:
    """What is pushed means what was written."""
    written = compile_scope(text_of(tree), ACCOUNTS)
    pushed = compile_scope(written.pushed, ACCOUNTS)
    assert pushed.includes(row) is written.includes(row)
    assert pushed.pushed == written.pushed
    assert set(written.fields) == set(pushed.fields)


@given(TREES, ROWS)
def test_nothing_unread(tree: Tree, row: dict[str, Any]) -> None:
    """Fields that a filter does not name do not matter to it, and it names all that do."""
    scope = compile_scope(text_of(tree), ACCOUNTS)
    needed = {name: value for name, value in row.items() if name in scope.fields}
    assert scope.includes(needed) is scope.includes({**row, "fax": "x"})
