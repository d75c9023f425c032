"""The grammar of a line: what may stand where, and what is said when it does not."""

from __future__ import annotations

import pytest

from shared.mapping._grammar import OPTIONS, RESERVED, SEVERAL, SYMBOLS, ParsedLine, parse_fields


def parsed(content: str) -> ParsedLine:
    """The only line, which is sound."""
    lines, problems = parse_fields(content, "map.yaml", 7)
    assert problems == []
    (line,) = lines
    return line


def refusal(content: str) -> str:
    """What is wrong with the only line."""
    lines, problems = parse_fields(content, "map.yaml", 7)
    assert lines == []
    (problem,) = problems
    assert (problem.file, problem.line) == ("map.yaml", 7)
    assert problem.remedy
    return problem.what


# -- what is refused


@pytest.mark.parametrize("content", ["CreditLimit", "CreditLimit =", "= creditlimit", "; off"])
def test_three_tokens(content: str) -> None:
    """A line without an ERP field, a symbol and a column is refused."""
    assert "needs an ERP field, a symbol and a Dataverse column" in refusal(content)


@pytest.mark.parametrize("symbol", ["==", "<>", "<=>", "=>", "->", ">>>", "~", "equals", "'='", "-"])
def test_unknown_symbol(symbol: str) -> None:
    """Only the six published symbols are symbols."""
    assert "is not a symbol" in refusal(f"CreditLimit {symbol} creditlimit")


@pytest.mark.parametrize(
    "content",
    [
        "A = b 'yes_no",
        "A = b default 'it",
        "A = b default it's",
        "A = b default 'a''",
        "A = b '",
        "A = b ; if 'x",
    ],
)
def test_unclosed_quote(content: str) -> None:
    """A quote that is opened is closed on the same line."""
    assert "a quote is not closed" in refusal(content)


@pytest.mark.parametrize("content", ['A << - default "20"', 'A << - initial "" ; create', '- >> b ; if "pilot"'])
def test_double_quotes(content: str) -> None:
    """They would be sent as part of the value: single ones quote."""
    assert "stands in double quotes, which would be part of it" in refusal(content)
    assert parsed(content.replace('"', "'").replace("pilot", "x")).file
    assert parsed("A << - default '\"20\"'").default == '"20"'


@pytest.mark.parametrize("word", ["default", "initial", "via"])
def test_word_without_value(word: str) -> None:
    """A transform word is followed by its value, also when an option follows."""
    assert f"{word!r} needs a word after it" in refusal(f"A = b {word}")
    assert f"{word!r} needs a word after it" in refusal(f"A = b {word} ; deferred")


@pytest.mark.parametrize("word", RESERVED)
def test_reserved(word: str) -> None:
    """Words that later suites need are kept free, as a transform and as an option; the remedy says what to do."""
    assert f"{word!r} is reserved" in refusal(f"A >< b {word} something")
    _, (problem,) = parse_fields(f"A = b ; {word} something", "map.yaml", 1)
    assert (problem.what, problem.remedy) == (f"{word!r} is reserved", RESERVED[word])


@pytest.mark.parametrize("content", ["A >< b yes_no more", "A >< b yes_no 'more'", "A = b 'why' so"])
def test_too_many_words(content: str) -> None:
    """What is neither a transform nor behind a semicolon does not belong on the line."""
    assert "does not belong here" in refusal(content)


def test_default_and_initial() -> None:
    """A line has a default or an initial value, not both."""
    assert "both default and initial" in refusal("A << - default 1 initial 2")


@pytest.mark.parametrize("word", ["default", "initial", "via"])
def test_word_twice(word: str) -> None:
    """A transform word stands once, as an option does."""
    assert "stands twice" in refusal(f"A = b {word} x {word} y")


@pytest.mark.parametrize(
    "option", ["latest", "DEFERRED", "missing_wait", "'deferred'", "", "default", "1", "keep", "wait"]
)
def test_unknown_option(option: str) -> None:
    """Only the options of the grammar are options, in their own spelling."""
    assert f"{option!r} is not an option" in refusal(f"A = b ; {option} , off")


@pytest.mark.parametrize("option", sorted(word for word, takes in OPTIONS.items() if takes is None))
def test_option_without_argument(option: str) -> None:
    """An option that takes no argument is given none."""
    assert "takes no argument" in refusal(f"A = b ; {option} yes")


@pytest.mark.parametrize("option", sorted(OPTIONS.keys() & SEVERAL))
def test_option_with_several_arguments(option: str) -> None:
    assert parsed(f"A = b ; {option} one two").options == {option: "one two"}


@pytest.mark.parametrize(
    "option", sorted(word for word, takes in OPTIONS.items() if takes is not None and word not in SEVERAL)
)
@pytest.mark.parametrize("arguments", ["", " one two"])
def test_option_with_one_argument(option: str, arguments: str) -> None:
    """An option that takes an argument is given exactly one."""
    assert "needs one argument" in refusal(f"A = b ; {option}{arguments}")


@pytest.mark.parametrize("option", sorted(word for word, takes in OPTIONS.items() if takes))
def test_option_with_foreign_argument(option: str) -> None:
    """An option with listed arguments takes no other, and the remedy lists them."""
    _, (problem,) = parse_fields(f"A = b ; {option} perhaps", "map.yaml", 1)
    takes = OPTIONS[option]
    assert takes is not None
    assert problem.what == f"{option!r} cannot be 'perhaps'"
    assert all(each in problem.remedy for each in takes)


@pytest.mark.parametrize(
    "again", ["deferred, deferred", "missing keep, missing clear", "missing clear, missing keep", "off, deferred, off"]
)
def test_option_twice(again: str) -> None:
    """An option stands once, so what is never emptied is not emptied on failure either (bc-040)."""
    assert "stands twice" in refusal(f"A = b ; {again}")


def test_all_problems_at_once() -> None:
    """Every bad line is reported with its own number, and the good lines between them are kept."""
    text = "A = a\n\n  # a comment\nB ~ b\nC = c ; off\nD = d 'x\n\tE = e ; nothing\nF"
    lines, problems = parse_fields(text, "map.yaml", 10)
    assert [(line.erp, line.number) for line in lines] == [("A", 10), ("C", 14)]
    assert [(problem.field, problem.line) for problem in problems] == [("B", 13), ("D", 15), ("E", 16), ("F", 17)]


# -- what is read


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_directions(symbol: str) -> None:
    """`=` and `><` flow both ways, `>` and `>>` to Dataverse, `<` and `<<` to the ERP."""
    line = parsed(f"CreditLimit   {symbol}\tcreditlimit")
    assert (line.erp, line.symbol, line.dataverse) == ("CreditLimit", symbol, "creditlimit")
    assert line.to_dataverse is (symbol in {"=", ">", "><", ">>"})
    assert line.to_erp is (symbol in {"=", "<", "><", "<<"})


def test_no_field() -> None:
    """A dash stands for no field, and messages show it again."""
    line, other = parsed("- >> customertypecode default 3"), parsed("LanguageId << - default en-us")
    assert (line.erp, line.dataverse, line.name) == ("", "customertypecode", "- >> customertypecode")
    assert (other.erp, other.dataverse, other.name) == ("LanguageId", "", "LanguageId << -")


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("msdyn_paymentterm.msdyn_name", ""),
        ("msdyn_model.msdyn_manufacturer.msdyn_manufacturer_id", ""),
        ("customerid.Account(accountnumber).Contact(msdyn_contactpersonid)", ""),
        ("msdyn_paymentterm via dual_write.terms_of_payment", "dual_write.terms_of_payment"),
        ("parentcustomerid via customers or business_central.vendors", "customers or business_central.vendors"),
    ],
)
def test_lookups(column: str, word: str) -> None:
    """A column may be dotted, and may name the flow that keeps its target."""
    line = parsed(f"PaymentTerms = {column}")
    assert (line.dataverse, line.via) == (column.split(maxsplit=1)[0], word)
    assert line.flows == tuple(word.split(" or ") if word else ())


def test_one_flow_or_another() -> None:
    """After `or` stands one more flow; a transform and options may follow."""
    assert "'or' needs a flow after it" in refusal("A = b via customers or")
    line = parsed("A = b via customers or vendors default 1 ; missing keep")
    assert (line.flows, line.default, line.options) == (("customers", "vendors"), "1", {"missing": "keep"})


@pytest.mark.parametrize(
    ("transform", "values", "default", "initial"),
    [
        ("", "", None, None),
        ("yes_no", "yes_no", None, None),
        ("default 3", "", "3", None),
        ("initial 3", "", None, "3"),
        ("yes_no default No", "yes_no", "No", None),
        ("default No yes_no", "yes_no", "No", None),
        ("default $language", "", "$language", None),
        ("default default", "", "default", None),
        ("default -", "", "-", None),
        ("default ''", "", "", None),
        ("default 'a b'", "", "a b", None),
        ("default 'O''Brien'", "", "O'Brien", None),
        ("default ''''", "", "'", None),
        ("default 'a;b, c'", "", "a;b, c", None),
        ("default 'off ; x'", "", "off ; x", None),
        ("default '# no comment'", "", "# no comment", None),
        ("initial ' padded '", "", None, " padded "),
    ],
)
def test_transforms(transform: str, values: str, default: str | None, initial: str | None) -> None:
    """Values are bare words or quoted; inside quotes everything is text and a doubled quote is one."""
    line = parsed(f"A >> b {transform}")
    assert (line.values, line.default, line.initial) == (values, default, initial)


def test_options() -> None:
    """Options stand after a semicolon, apart by commas; blanks around them do not matter."""
    line = parsed("A = b;missing keep ,blank clear,deferred,   create, if pilot, conflict park, assigned erp")
    assert line.options == {
        "missing": "keep",
        "blank": "clear",
        "deferred": "yes",
        "create": "yes",
        "if": "pilot",
        "conflict": "park",
        "assigned": "erp",
    }


@pytest.mark.parametrize("content", ["A = b", "A = b ;", "A = b ; ", "A = b ;\t"])
def test_no_options(content: str) -> None:
    """A semicolon with nothing behind it says nothing."""
    assert parsed(content).options == {}


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("CreditLimit = creditlimit", "CREDITLIMIT > CreditLimit", True),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", "PaymentTerms < msdyn_paymentterm.other", True),
        ("LanguageId << - default a", "LanguageId << - default b", True),
        ("A = b", "A = c", False),
        ("A = b", "- >> b default 1", False),
    ],
)
def test_places(left: str, right: str, same: bool) -> None:
    """Two lines are the same line if they join the same field and column, however spelt, keyed or directed."""
    assert (parsed(left).place == parsed(right).place) is same
