"""The call after `fn`: what is a field in it, what a literal, and where it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping._calls import Argument, Call
from shared.mapping._grammar import ParsedLine, parse_fields
from tests.unit.mapping.maps import one


def parsed(text: str) -> ParsedLine:
    (line,), problems = parse_fields(f"A >> b {text}", "map.yaml", 1)
    assert problems == []
    return line


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("fn digits", Call("digits")),
        ("fn digits()", Call("digits")),
        ("fn left(10)", Call("left", (Argument("10", is_field=False),))),
        ("fn left (10)", Call("left", (Argument("10", is_field=False),))),
        ("fn left( -1.5 )", Call("left", (Argument("-1.5", is_field=False),))),
        ("fn replace('(0)', '')", Call("replace", (Argument("(0)", is_field=False), Argument("", is_field=False)))),
        ("fn after('it''s, ; #')", Call("after", (Argument("it's, ; #", is_field=False),))),
        ("fn join(A,b)", Call("join", (Argument("A", is_field=True), Argument("b", is_field=True)))),
    ],
)
def test_calls(text: str, call: Call) -> None:
    """A number or a quoted text is a literal, another word a field; blanks do not matter."""
    assert parsed(text).call == call


@given(st.lists(st.builds(Argument, st.text("ab '(),;#", max_size=4), is_field=st.just(False)), max_size=3))
def test_a_call_as_it_is_told_is_the_call(arguments: list[Argument]) -> None:
    """What a message shows can be written into the map."""
    call = Call("join", tuple(arguments))
    assert parsed(f"fn {call}").call == call


def test_what_stands_beside_it() -> None:
    """A default, options and an overlay's `off` stand where they always do."""
    line = parsed("fn left(10) default 'a b' ; update, blank keep")
    assert (line.call, line.default) == (Call("left", (Argument("10", is_field=False),)), "a b")
    assert line.options == {"update": "yes", "blank": "keep"}
    assert parsed("default x fn digits").default == "x"


def test_a_default_fills_a_blank_result() -> None:
    """Whatever the function was given."""
    line = one("- >> telephone1 fn join(' ', AddressCity, AddressState) default unknown")
    assert (line.forward(""), line.forward("Vienna")) == ("unknown", "Vienna")
    assert one("PrimaryContactPhone >> telephone1 fn digits default none").forward("ask") == "none"
