"""What kind of refusal an error tells of, by its words: the same few causes for every system."""

from __future__ import annotations

import re
from typing import Final

from shared.errors import NoField

OTHER: Final = "refused"
AWAY: Final = frozenset({502, 503, 504})
"""Statuses that tell of the service as a whole, and of no request to it."""
PASSES: Final = frozenset({"locked", "numbers", "approval", "later", "withheld"})
"""Causes that pass by themselves: what was refused for one of them is tried again without anybody."""
_WORDS: Final = (
    ("locked", "(is|are|was|been) locked", "in use by", "being (used|edited|modified) by", "record is in use"),
    ("numbers", "number sequence .*(exhausted|used up|run out|no more|not available|exceed)", "ran out of numbers"),
    ("approval", "(pending|awaiting|waiting for|await|under) (an? )?(approval|review)", "proposed change",
     "submitted to (the )?workflow"),
    ("later", "(try|retry) (it )?(again )?(later|in a (moment|while|few minutes))", "please try again",
     "temporarily (unavailable|not available)"),
    ("exists", "already exists", "duplicate (record|of)", "matching key values"),
    ("required", "must be (filled|specified|entered|provided)", "is (mandatory|required)",
     "cannot be (null|blank|empty|zero or empty)", "must have a value", "does not allow null"),
    ("read-only", "read-?only", "(cannot|can't|may not) be (changed|edited|modified|updated)",
     "cannot (update|change|edit)", "not allowed to (change|edit)"),
    ("too-long", "longer than", "too long", "maximum (allowed )?length", "more characters"),
    ("range", "valid range", "too (large|small|big|high|low)", "out of range", "(less|greater|more) than",
     "minimum value"),
    ("not-found", "not found", "(do|does) not exist", "doesn't exist"),
    ("member", "not (a )?valid", "is invalid", "not (one of|in the list)"),
    ("type", "cannot convert"),
)  # fmt: skip
_CAUSES: Final = tuple((cause, re.compile("|".join(words), re.IGNORECASE)) for cause, *words in _WORDS)
_NO_FIELD: Final = re.compile(r"Could not find a property named '([^']+)'(?: on type '([^']+)')?")
_QUOTED: Final = re.compile(r"(?<!\w)'([^']{1,400})'(?!\w)|(?<!\w)\"([^\"]{1,400})\"(?!\w)")


def cause_of(message: str) -> str:
    """The kind of refusal that a message tells of."""
    return next((cause for cause, words in _CAUSES if words.search(message)), OTHER)


def no_field(status: int, message: str, system: str) -> NoField | None:
    """A read that is refused for a field that is not there (reference: dataverse-web-api 12): no record is at fault."""
    found = _NO_FIELD.search(message) if status == 400 else None
    if found is None:
        return None
    name, kind = found.groups()
    there = f" in {kind.rpartition('.')[2]}" if kind else ""
    return NoField(
        f"{system} has no field {name}{there}: put it back, or take what the map says of it out with an overlay; then "
        "resume"
    )


def quoted(message: str) -> tuple[str, ...]:
    """Everything that a message puts in quotes: fields, labels, values."""
    return tuple(dict.fromkeys(next(filter(None, found)) for found in _QUOTED.findall(message)))
