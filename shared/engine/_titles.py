"""What the causes are called that parked and waiting records are grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TITLES: Final[Mapping[str, str]] = {
    # a value that a system, or the map, does not let through
    "required": "it must be filled in",
    "not-found": "the value does not exist in the table that it refers to",
    "too-long": "the text is too long",
    "member": "the value is not in the list of values",
    "value-map": "the value map does not list the value",
    "function": "a function of the map fails for the value",
    "together": "what it only makes sense with cannot be written",
    "range": "the number is outside the range",
    "type": "the value is of another type",
    "read-only": "it cannot be changed",
    "exists": "the value is taken by another record",
    "joins": "a number that was typed would join the record to another one",
    "plug-in": "a plug-in or workflow stopped it",
    "not-taken": "the system took the write and left the old value",
    "refused": "the system refuses it",
    "shortened": "one side has no room for all of it: it is rounded or cut off there, and both keep theirs",
    "coerced": "the system stores something else",
    "undone": "something turns it back each time it is written",
    "several": "several rows have the code that it refers to",
    "another-table": "it refers to a record of another kind than it may",
    "missing": "it refers to a record that is not there",
    "blanked": "it reads blank in more records than people would clear",
    "key-changed": "the number was changed on one side",
    "no-authority": "the two differ, and neither side may change the other",
    "locked": "the record is in use or locked: it is tried again",
    "numbers": "a number sequence has run out: it is tried again",
    "approval": "it waits for an approval: it is tried again",
    "withheld": "the app's user lacks a right on this record or column",
    # a record as a whole
    "unanswered": "the system does not answer for this record, or fails",
    "not-the-service": "what answers is not the service: a gateway, or a page about maintenance",
    "unsettled": "the visit to it comes to no end",
    "throttled": "the system asks to wait",
    "later": "it cannot be done now: it is tried again",
    "internal": "a mistake of Koppel's: see the log",
    "ambiguous": "several records match",
    "stranger": "only the number matches, and the names do not",
    "look-alike": "two numbers look alike",
    "taken": "the match belongs to another record",
    "ended": "the match was uncoupled or deleted before",
    "erased": "it, or its match, was uncoupled or deleted before, and erased",
    "claimed": "the match may have been created for another record",
    "owner": "another flow has the record",
    "scope": "the match is outside the scope",
    "company": "the company was changed or cleared",
    "moved": "it was moved to another record in Dataverse",
    "merged": "it was merged into another row",
    "deleted": "it was deleted on one side",
    "hidden": "it was deleted on one side, or left the scope, and a column of it cannot be seen",
    "held": "it was deleted on one side, and there were more deletes than the flow may carry over",
    "deleted-edited": "it was deleted on one side and changed on the other",
    "depends": "it was deleted on one side, and records on the other still name it",
    "undecided": "a record that its key is made of is gone, too, and nobody has decided about that",
    "went-along": "it was deleted together with the record that it belonged to",
    "left": "it left the scope on one side",
    "left-edited": "it left the scope on one side and was changed on the other",
    "reborn": "it was deleted and is back",
    "revived": "it was created late, after it had been deleted",
    "renamed": "it seems to have a new number",
    "rename": "the new number cannot be followed",
    "used-again": "its number was given to another company",
    "maybe-created": "it may have been created before",
}

CAUSES: Final = frozenset(TITLES)
"""What stands before the colon in a cause that is known: systems may have more."""


def title(cause: str) -> str:
    """A cause in plain words, with the line that it is about; one without words of its own is called by its code."""
    code, _, line = cause.partition(":")
    words = TITLES.get(code, code)
    return f"{line}: {words}" if line else words
