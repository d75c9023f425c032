"""Main forms: what they show, and columns put into one of their sections. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from shared.setup._declared import Access

CONTROLS: Final[Mapping[str, str]] = {
    "String": "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}",
    "Boolean": "{67FAC785-CD58-4f9f-ABB3-4B7DDC6ED5ED}",
    "Picklist": "{3EF39988-22BB-4f0b-BBBE-64B5A3748AEE}",
    "DateTime": "{5B773807-9FB2-42db-97C3-7A91EFF8ADFF}",
    "Integer": "{C6D124CA-7EDA-4a60-AEA9-7FB8D318B68F}",
    "Money": "{533B9E00-756B-4312-95A0-DC888637AC78}",
}
"""Class of the control that shows an attribute, by the attribute's type."""
_OURS: Final = UUID("5d1a5a0e-6f0b-4f0c-9d3f-3b6a6a4b7c11")


@dataclass(frozen=True, slots=True)
class LiveForm:
    """A main form. shown: its XML as it is published. latest: with changes that are not."""

    id: str
    shown: str
    latest: str

    def shows(self, column: str) -> bool:
        return column in _columns(self.shown)

    def will_show(self, column: str) -> bool:
        return column in _columns(self.latest)

    def has(self, section: str) -> bool:
        return _section(_parsed(self.latest), section) is not None


@dataclass(frozen=True, slots=True)
class Cell:
    """A column on a form. kind: the type of its attribute. labels: what it is called, in every language."""

    column: str
    kind: str
    labels: Sequence[Mapping[str, Any]]
    access: Access

    def row(self, form: str) -> ET.Element:
        """The row that holds it. Its id follows from form and column, so that two who put it there do the same."""
        row = ET.Element("row")
        cell = ET.SubElement(row, "cell", id=f"{{{uuid5(_OURS, f'{form} {self.column}')}}}", showlabel="true")
        labels = ET.SubElement(cell, "labels")
        for each in self.labels:
            ET.SubElement(labels, "label", description=str(each["Label"]), languagecode=str(each["LanguageCode"]))
        locked = "true" if self.access == "read_only" else "false"
        named = {"id": self.column, "classid": CONTROLS[self.kind], "datafieldname": self.column, "disabled": locked}
        ET.SubElement(cell, "control", named)
        return row


def with_cell(form: LiveForm, section: str, cell: Cell) -> str | None:
    """The XML of a form with a cell at the end of a section. None if it has no such section, or the column already."""
    root = _parsed(form.latest)
    found = _section(root, section)
    if found is None or form.will_show(cell.column):
        return None
    rows = found.find("rows")
    (ET.SubElement(found, "rows") if rows is None else rows).append(cell.row(form.id))
    return ET.tostring(root, encoding="unicode")


def _parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - Dataverse has parsed it before it took it


def _section(root: ET.Element, name: str) -> ET.Element | None:
    return next((each for each in root.iter("section") if each.get("name", "").lower() == name.lower()), None)


def _columns(xml: str) -> frozenset[str]:
    """The columns that a form shows."""
    return frozenset(name for each in _parsed(xml).iter("control") if (name := each.get("datafieldname")))
