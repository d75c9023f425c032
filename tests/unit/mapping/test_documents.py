"""Map files as text: what is written arrives as written, with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import MapError
from shared.mapping import Document, Problem, parse_document, read_document


def refused(text: str) -> Problem:
    """The only finding about a text that cannot be read."""
    with pytest.raises(MapError) as error:
        parse_document(text, "map.yaml")
    (problem,) = error.value.problems
    assert problem.file == "map.yaml"
    assert problem.remedy
    assert isinstance(problem, Problem)
    return problem


# -- what is refused


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("erp: {system: finops", 1),
        ("a: 1\nb: [1, 2\nc: 3\n", 3),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 'open\n\n", 3),
        ("a: 1\n--- \nb: 2\n", 2),
        ("a: *nowhere\n", 1),
        ("a: b: c\n", 1),
    ],
)
def test_broken_yaml(text: str, line: int) -> None:
    """What is not YAML is refused with the file and the line of the fault."""
    problem = refused(text)
    assert "is not YAML" in problem.what
    assert problem.line == line
    assert str(problem).startswith(f"map.yaml:{line}: ")


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment\n", "just text", "- a\n- list\n", "[]", "3", "--- \n..."]
)
def test_not_a_map(text: str) -> None:
    """A file without entries at the top is no map."""
    assert "is not a map" in refused(text).what


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "a", 3),
        ("values:\n  x: {No: 1, Yes: 2,\n    No: 3}\n", "No", 3),
        ("a: {'b': 1, b: 2}\n", "b", 1),
        ("list:\n  - {a: 1}\n  - {a: 1,\n     a: 2}\n", "a", 4),
    ],
)
def test_duplicate_keys(text: str, name: str, line: int) -> None:
    """An entry stands once, at every depth, however it is quoted."""
    problem = refused(text)
    assert (problem.what, problem.line) == (f"{name!r} stands twice", line)


def test_deep_nesting() -> None:
    """What nests deeper than any map is not read to its end."""
    assert "nest more than" in refused("a: " + "[" * 50_000).what


def test_aliases_of_aliases() -> None:
    """Aliases may save writing, but a file that unfolds to more entries than any map has is refused."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than 20000 entries" in refused("\n".join(["a0: &a0 [x]", *levels])).what
    assert parse_document("a: &a {No: 1}\nb: *a\n", "map.yaml").data == {"a": {"No": "1"}, "b": {"No": "1"}}


def test_huge_files(tmp_path: Path) -> None:
    """A file that is no map by its size alone is not read."""
    path = tmp_path / "map.yaml"
    path.write_text("#" * (1024 * 1024 + 1))
    with pytest.raises(MapError, match="has more than 1048576 bytes"):
        read_document(path)


@pytest.mark.parametrize("text", ["? [a, b]\n: c\n", "? {a: b}\n: c\n", "a: &x [*x]\n", "a: &x {b: *x}\n"])
def test_hostile_yaml(text: str) -> None:
    """What YAML allows and a map does not is refused like any other fault."""
    assert refused(text).what


@pytest.mark.parametrize(
    "content", [b"a: \xff\xfe\n", b"caf\xe9: 1\n", "a: ü".encode("latin-1"), "a: 1".encode("utf-16")]
)
def test_not_utf8(tmp_path: Path, content: bytes) -> None:
    """A file in another encoding is refused by its name, not misread."""
    path = tmp_path / "group.yaml"
    path.write_bytes(content)
    with pytest.raises(MapError, match=r"^group\.yaml: .*cannot be read.*UTF-8"):
        read_document(path)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(MapError, match=r"nowhere\.yaml: cannot be read: .*No such file"):
        read_document(tmp_path / "nowhere.yaml")


def test_directory(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(MapError, match="cannot be read"):
        read_document(tmp_path)


# -- what is read


@pytest.mark.parametrize(
    "scalar",
    [
        *(
            "No",
            "no",
            "YES",
            "on",
            "Off",
            "true",
            "False",
            "null",
            "~",
            "010",
            "0x1F",
            "1.10",
            "1e3",
            "1_000",
            "+5",
            "-0",
        ),
        *("2024-01-01", "2024-01-01T10:00:00Z", "12:30:00", ".inf", ".nan", "=", "!", "<<", "=>"),
    ],
)
def test_scalars(scalar: str) -> None:
    """No scalar is a boolean, number, date or null before the schema says so: each arrives as written."""
    text = f"plain: {scalar}\nlist: [{scalar}, x]\nmap: {{{scalar}: y}}\nquoted: '{scalar}'\n"
    if scalar in {"!", "=>"}:
        text = f"quoted: '{scalar}'\n"
    data = parse_document(text, "map.yaml").data
    assert data["quoted"] == scalar
    assert data.get("plain", scalar) == scalar
    assert data.get("list", [scalar, "x"]) == [scalar, "x"]
    assert data.get("map", {scalar: "y"}) == {scalar: "y"}


@pytest.mark.parametrize(("text", "value"), [("a:", ""), ("a: ''", ""), ("a: ' '", " "), ('a: "\\u00e9\\n"', "é\n")])
def test_empty_and_escaped(text: str, value: str) -> None:
    """An entry without a value is the empty text; quoting keeps blanks and escapes."""
    assert parse_document(text, "map.yaml").data == {"a": value}


def test_file(tmp_path: Path) -> None:
    """A file is read as UTF-8 and called by its name, without its folder."""
    path = tmp_path / "groups.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + "name: Gr\u00fc\u00dfe \U0001f600\n".encode())
    document = read_document(path)
    assert (document.file, document.data) == ("groups.yaml", {"name": "Gr\u00fc\u00dfe \U0001f600"})


TEXT = """\
# comment
erp:
  system: finops

  identity: [dataAreaId,
             CustomerAccount]
values:
  hold: {No: 1,
         Yes: 2}
fields: |
  A = b
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("erp",), 2),
        (("values",), 7),
        (("erp", "system"), 3),
        (("erp", "identity", "1"), 6),
        (("values", "hold", "Yes"), 9),
        (("fields",), 10),
        (("erp", "identity", "7"), 5),
        (("policy", "conflict"), 2),
        ((), 2),
    ],
)
def test_lines(place: tuple[str, ...], line: int) -> None:
    """Every entry knows its line; an entry that is not there has the line of the nearest one around it."""
    assert parse_document(TEXT, "map.yaml").line(*place) == line


NESTED: st.SearchStrategy[Any] = st.recursive(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc", "Cs", "Zl", "Zp"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcNo01.", min_size=1), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["erp", "No", "010", "~"]), NESTED, min_size=1))
def test_as_written(data: dict[str, Any]) -> None:
    """Whatever nesting of texts is written comes back the same."""
    assert parse_document(_flow(data), "map.yaml") == Document("map.yaml", data, parse_document(_flow(data), "").lines)


def _flow(value: Any) -> str:
    """YAML in flow style, every scalar in single quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"
