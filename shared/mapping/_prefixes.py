"""Columns that a suite brings along: maps name them as published, an installation has them under its own prefix.

Where the vendor's solution is installed the two are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.mapping._document import Document


def under(prefixes: Mapping[str, str], text: str) -> str:
    """A text in which every name that begins with a published prefix begins with that of the installation."""
    for published, ours in prefixes.items():
        text = re.sub(rf"\b{re.escape(published)}(?=\w)", ours, text)
    return text


def document_under(prefixes: Mapping[str, str], written: Document) -> Document:
    """A map file with the names that columns have in the installation."""
    if not prefixes:
        return written

    def renamed(entry: Any) -> Any:
        if isinstance(entry, str):
            return under(prefixes, entry)
        if isinstance(entry, Mapping):
            return {under(prefixes, name): renamed(each) for name, each in entry.items()}
        return [renamed(each) for each in entry]

    lines = {tuple(under(prefixes, part) for part in place): line for place, line in written.lines.items()}
    return Document(written.file, renamed(written.data), lines)
