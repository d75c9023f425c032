"""A long value or answer costs as much more as it is longer: measured is growth, never how fast a machine is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from time import process_time
from typing import Final

import pytest

from shared.errors import KoppelError
from shared.mapping import Field, fold, look, shown, strangers
from shared.mapping._functions import Function
from shared.mapping._shipped_functions import SHIPPED
from shared.mapping._values import reader
from shared.systems import _dataverse_errors, _finops_errors
from shared.systems._multipart import read_batch

TEXTS: Final[Mapping[str, str]] = {
    "carriage returns": "\r",
    "line ends": "\r\r\n",
    "blanks": " ",
    "letters": "a",
    "digits": "0",
    "words": "Contoso ",
    "odd words": "Abcdefg Tuvwxyz ",
    "parentheses": "( ",
    "open zeros": "(0",
    "quotes": "'",
    "open quotes": " 'a",
    "accents": "\u0316\u0301",
    "accented letters": "a\u0323\u0302",
    "wide letters": "\uff21\u00df",
    "commas": ",1",
    "fields": "Field '",
    "log": "Infolog: Info: ;",
    "failures": "write failed on ",
    "rows": "Entity 'account",
}
SHORT, TIMES, SLACK = 4_000, 8, 3
NOTICED: Final = 0.03
"""Seconds of the machine below which growth tells nothing."""
PLAIN: Final = ("text", "memo", "code", "decimal", "choices", "guid", "datetime", "date")


def refusal(text: str) -> bytes:
    return json.dumps({"error": {"code": "0x80040217", "message": text, "innererror": {"message": text}}}).encode()


def refused(error: Callable[[int, bytes], KoppelError], text: str) -> None:
    for status in (400, 404, 500):
        error(status, refusal(text))


def called(function: Function, text: str) -> None:
    """A shipped function, with what else it takes."""
    more = {
        "join": (text,),
        "before": (" ",),
        "after": (" ",),
        "left": (5,),
        "right": (5,),
        "replace": ("a", "b"),
        "pad": (9,),
    }
    try:
        function.call(text, *more.get(function.name, ()))
    except ValueError:
        return  # what is no number says so


def batch(text: str) -> None:
    """An answer to a batch whose only part holds the text, and lines that begin like a boundary."""
    lines = "\r\n--batch_12\r\n".join(text.split(" "))
    read_batch(
        f"--batch_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{lines}\r\n--batch_1--".encode(),
        "multipart/mixed; boundary=batch_1",
    )


WAYS: Final[Mapping[str, Callable[[str], object]]] = {
    **{f"reading a {kind}": reader(Field("x", kind)) for kind in PLAIN},
    "fold": fold,
    "look": look,
    "shown": shown,
    "names": lambda text: strangers(text, f"Xyz{text[::-1]}"),
    "a refusal of Dataverse": partial(refused, _dataverse_errors.error_of),
    "a refusal of F&O": partial(refused, _finops_errors.error_of),
    "a missing row": lambda text: _dataverse_errors.names_another(refusal(text), "account", "1"),
    "a batch": batch,
    **{f"fn {name}": partial(called, function) for name, function in SHIPPED.items() if "from_" not in name},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_read_takes_as_much_longer_as_it_is_long(way: str) -> None:
    """Whatever a system holds or answers: no text makes us slower than its length."""
    slow = {name: costs for name, piece in TEXTS.items() if (costs := grown(WAYS[way], piece))}
    assert not slow


def grown(read: Callable[[str], object], piece: str) -> tuple[float, float] | None:
    """What a short and a long text cost, if the long one costs more than it is longer, at a second look, too."""
    costs = (0.0, 0.0)
    for _ in range(2):
        costs = cost(read, piece, SHORT), cost(read, piece, SHORT * TIMES)
        if costs[1] < max(NOTICED, costs[0] * TIMES * SLACK):
            return None
    return costs


def cost(read: Callable[[str], object], piece: str, length: int) -> float:
    text = (piece * length)[:length]
    began = process_time()
    read(text)
    return process_time() - began
