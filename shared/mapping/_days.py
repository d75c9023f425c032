"""Days that a column holds as a moment: midnight in the time zone of whoever entered them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from shared.errors import FieldError
from shared.mapping._schema import Field

NOON = "T12:00:00Z"
"""When the ERP lets a day be that it holds as a moment."""


def time_zone(name: str) -> ZoneInfo | None:
    """A zone of the time zone database; None if it has none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, no name at all, or the name of a folder
        return None


def local_days(zone: ZoneInfo, source: Field, target: Field, line: str) -> Callable[[str], str]:
    """The conversion of a day between a column that holds midnights of a zone, and one of the other side."""

    def convert(value: str) -> str:
        if not value:
            return value
        try:
            return _midnight(value, zone) if target.local_day else _day(value, zone, target)
        except (ValueError, OverflowError):
            raise FieldError(f"{value!r} is not a {source.type}", field=line, value=value, code="type") from None

    return convert


def _midnight(value: str, zone: ZoneInfo) -> str:
    start = datetime.combine(date.fromisoformat(value[:10]), time(), zone).astimezone(UTC)
    return start.replace(tzinfo=None).isoformat() + "Z"


def _day(value: str, zone: ZoneInfo, target: Field) -> str:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    day = moment.astimezone(zone).date().isoformat()
    return day + NOON if target.type == "datetime" else day
