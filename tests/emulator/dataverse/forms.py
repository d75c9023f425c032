"""Main forms: their XML can be changed, and what was changed is shown once it is published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final
from xml.etree import ElementTree as ET

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import Refusal, invalid_argument
from tests.emulator.dataverse.schema import stable_id
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.writer import Writer

MAIN: Final = 2
_TEXT: Final = "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}"
_SECTIONS: Final = {
    "account": ("SUMMARY_TAB", {"ACCOUNT_INFORMATION": "name"}),
    "contact": ("SUMMARY_TAB", {"CONTACT_INFORMATION": "fullname"}),
    "product": ("product_details", {"costs": "currentcost"}),
    "quote": ("Summary_tab", {"totals": "totalamount"}),
    "quotedetail": ("general", {"pricing": "priceperunit"}),
    "salesorder": ("summary_tab", {"order information": "name", "totals": "totalamount"}),
    "salesorderdetail": ("general", {"pricing": "priceperunit"}),
    "invoice": ("summary_tab", {"totals": "totalamount"}),
    "invoicedetail": ("general", {"invoice detail information": "priceperunit"}),
}
"""Table to a tab of its main form, and sections of that tab, each with a column in it."""


def seeded() -> Iterator[dict[str, Any]]:
    """The main forms of a fresh environment."""
    for table, (tab, sections) in _SECTIONS.items():
        xml = (
            f'<form><tabs><tab name="{tab}" id="{{{stable_id(f"tab {table}")}}}"><columns><column width="100%">'
            f"<sections>{''.join(_section(table, *each) for each in sections.items())}</sections>"
            "</column></columns></tab></tabs></form>"
        )
        yield {
            "formid": stable_id(f"form {table}"),
            "name": "Information" if table.endswith("detail") else table.title(),
            "objecttypecode": table,
            "type": MAIN,
            "formxml": xml,
        }


def _section(table: str, name: str, column: str) -> str:
    section, cell = stable_id(f"section {table} {name}"), stable_id(f"cell {table} {column}")
    control = f'<control id="{column}" classid="{_TEXT}" datafieldname="{column}" />'
    rows = f'<rows><row><cell id="{{{cell}}}">{control}</cell></row></rows>'
    return f'<section name="{name}" id="{{{section}}}">{rows}</section>'


class Forms:
    """Checks forms, and keeps what is not published yet."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.unpublished: dict[str, str] = {}
        writer.checks["systemforms"] = self._form

    def publish(self, tables: Collection[str] | None) -> None:
        """Shows what was changed in the forms of these tables, or of all."""
        table = self.environment.tables["systemforms"]
        for row_id in [each for each in self.unpublished if self._among(each, tables)]:
            row = table.rows[row_id]
            values = row.values | {"formxml": self.unpublished.pop(row_id)}
            version = values["versionnumber"] = self.environment.next_version()
            table.put(Row(row_id, values, row.targets, version))

    def _among(self, row_id: str, tables: Collection[str] | None) -> bool:
        row = self.environment.tables["systemforms"].rows[row_id]
        return tables is None or row.values["objecttypecode"] in tables

    def _form(self, before: Row | None, values: dict[str, Any]) -> None:
        table = self.environment.by_logical.get(values["objecttypecode"] or "")
        if table is None or values["formxml"] is None:
            raise invalid_argument("A form needs the logical name of its table and formxml.")
        _check_xml(values["formxml"], table.definition.columns)
        if before is not None and values["formxml"] != before.values["formxml"]:
            self.unpublished[before.row_id] = values["formxml"]
            values["formxml"] = before.values["formxml"]


def _check_xml(text: str, columns: Collection[str]) -> None:
    """Refuses XML that is none, ids that stand twice, and controls of columns that are not there."""
    try:
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as error:
        raise Refusal(400, "0x8004701e", f"The form XML is not valid: {error}.") from error
    if root.tag != "form" or root.find("tabs") is None:
        raise Refusal(400, "0x8004701e", "The form XML has no form with tabs.")
    ids = [each.get("id", "").lower() for kind in ("tab", "section", "cell") for each in root.iter(kind)]
    if "" in ids or len(set(ids)) != len(ids):
        raise Refusal(400, "0x8004701e", "Every tab, section and cell of a form needs an id of its own.")
    unknown = [name for each in root.iter("control") if (name := each.get("datafieldname")) and name not in columns]
    if unknown:
        raise Refusal(400, "0x8004701e", f"The form has a control for {unknown[0]}, which is no column.")
