"""The connector's AL source: written out from the schema files of its pages, and checked in.

    python -m infra.business_central.write

A page of the connector is a schema file with a `route`. What is written goes to `connector/`, the app that is compiled
and published. `app.json` is not written: its version is a person's to raise. `versions.json` keeps what each version is
made of, and a version that is recorded is never recorded anew: Business Central installs a new one only.

A page keeps the id that it is given (`Record.Insert` with `InsertWithSystemId`), which most pages of API v2.0 do not;
then the company's templates are applied, as there (reference: business-central-connector, clientSuppliedId).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any, Final

HERE: Final = Path(__file__).parent
CONNECTOR: Final = HERE / "connector"
TEMPLATES: Final = HERE / "templates"
SCHEMAS: Final = HERE.parents[1] / "shared" / "mapping" / "schemas" / "business_central"
VERSIONS: Final = HERE / "versions.json"
PERMISSION_SET: Final = 58300
OPERATIONS: Final = {
    "insert": ("InsertAllowed", "I"),
    "modify": ("ModifyAllowed", "M"),
    "delete": ("DeleteAllowed", "D"),
}
"""What a page refuses unless its schema names it, and the letter of the permission."""
BESIDES: Final = ("Config. Template Header", "General Ledger Setup", "Unit of Measure")
"""Tables that the code behind properties reads."""
EXPRESSIONS: Final = {
    "ownershipModel": "Format(Rec.\"Ownership Model\", 0, '<Number>')",
    "record": 'Format(Rec."Record ID")',
    "writeInProductType": "Format(Rec.\"Write-in Product Type\", 0, '<Number>')",
}
"""What the wire has no type for: the address of a record; members of an option, which are numbers from 0 here."""
Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A property that its page holds in a variable, with code of its own in `templates/`.

    fields: those that it sets. variables: what the code keeps. late: set after an insert. beside: the property whose
    code is this one's, too.
    """

    variable: str
    fields: tuple[str, ...]
    variables: tuple[str, ...]
    late: bool = False
    beside: str = ""


HELD: Final = {
    "baseUnitOfMeasureId": Held(
        "UnitId", ("Base Unit of Measure", "Unit of Measure Id"), ("UnitId: Guid", "UnitSent: Boolean"), late=True
    ),
    "currencyCode": Held("CurrencyCode", ("Currency Code",), ("CurrencyCode: Code[10]", "LocalCurrency: Code[10]")),
    "customerOrVendorId": Held("CustomerOrVendorId", ("Company No.",), ("CustomerOrVendorId: Guid",)),
    "templateCode": Held("TemplateCode", (), ("TemplateCode: Code[10]",)),
    "vendorOrCustomerId": Held(
        "VendorOrCustomerId", ("Company No.",), ("VendorOrCustomerId: Guid",), beside="customerOrVendorId"
    ),
}


def pages() -> list[Page]:
    """The connector's pages in the order of their numbers."""
    found = (json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json"))
    return sorted((each for each in found if "route" in each), key=lambda page: int(page["page"]))


def sources() -> dict[str, str]:
    """All that is written, by its path in the connector."""
    found = pages()
    written = {f"pages/{page['name'][0].upper()}{page['name'][1:]}.Page.al": page_of(page) for page in found}
    permissions = ",\n        ".join(_permissions(found))
    written["KoppelSync.PermissionSet.al"] = _filled("permissions", number=PERMISSION_SET, permissions=permissions)
    return written


def page_of(page: Page) -> str:
    """The source of a page."""
    publisher, group, version = page["route"].split("/")
    shown = (name for name in page["fields"] if name != page["company"])
    return _filled(
        "page",
        **{part: page[part] for part in ("name", "type")},
        number=page["page"],
        publisher=publisher,
        group=group,
        version=version,
        table=identifier(page["table"]),
        refused="".join(
            f"    {refusal} = false;\n"
            for operation, (refusal, _) in OPERATIONS.items()
            if operation not in page.get("operations", ())
        ),
        fields="".join(_field(page, name) for name in shown),
        code=_writes(page) if page.get("operations") else "",
    )


def identifier(name: str) -> str:
    """A name of the application as AL writes it."""
    return name if re.fullmatch(r"[A-Za-z]\w*", name) and name != "Code" else f'"{name}"'


def _filled(template: str, **values: object) -> str:
    return Template((TEMPLATES / f"{template}.al").read_text("utf-8")).substitute(values)


def _field(page: Page, name: str) -> str:
    """The control of a property."""
    held = HELD.get(name)
    shown = f"Rec.{identifier(page['from'][name])}" if name in page["from"] else EXPRESSIONS.get(name, "")
    lines = [f"field({name}; {held.variable if held else shown})", "{", f"    Caption = '{name}', Locked = true;"]
    if page.get("read_only") or (page["fields"][name].get("read_only") and name != "id"):
        lines += ["    Editable = false;"]
    elif name != "id":
        lines += ["", "    trigger OnValidate()", "    begin", *_validated(page, name), "    end;"]
    return "".join(f"                {line}\n" if line else "\n" for line in [*lines, "}"])


def _validated(page: Page, name: str) -> Iterator[str]:
    """What is done when a property is sent: it is noted, so that no template replaces it."""
    held = HELD.get(name)
    if held:
        yield f"        Put{held.variable}();"
    for field in held.fields if held else (page["from"][name],):
        yield f"        MarkSent(Rec.FieldNo({identifier(field)}));"


def _writes(page: Page) -> str:
    """Insert and modify of a page, and the code of what it holds in a variable."""
    held = {name: HELD[name] for name in page["fields"] if name in HELD}
    needed = [name for name, options in page["fields"].items() if options.get("required")]
    templates = [name for name, each in held.items() if not each.beside]
    code = _filled(
        "writes",
        table=identifier(page["table"]),
        key=identifier(page["from"]["number" if "number" in page["from"] else "code"]),
        required="".join(f"        Rec.TestField({identifier(page['from'][name])});\n" for name in needed),
        after=_filled("after", shows="".join(f"        Show{held[name].variable}();\n" for name in templates))
        if held
        else "",
        shown="        ShowHeld();\n" if held else "",
        put="        PutLate();\n" if any(each.late for each in held.values()) else "",
        unless="        if not IsGivenByTemplate(Inserted) then\n    " if "templateCode" in held else "",
        variables="".join(f"        {each};\n" for found in held.values() for each in found.variables),
    )
    return code + "".join(_filled(name) for name in templates)


def _permissions(found: Sequence[Page]) -> Iterator[str]:
    """The tables and pages of the connector. What the product does behind a write is for its own permission sets."""
    rights = dict.fromkeys(BESIDES, "R")
    for page in found:
        letters = "".join(OPERATIONS[each][1] for each in page.get("operations", ()))
        rights[page["table"]] = f"R{letters}"
    yield from (f"tabledata {identifier(table)} = {right}" for table, right in sorted(rights.items()))
    yield from (f'page "Koppel {page["name"]}" = X' for page in found)


def write(folder: Path) -> None:
    """Writes all files into a folder, and takes away those that are written no more."""
    written = sources()
    for path in folder.rglob("*.al"):
        if path.relative_to(folder).as_posix() not in written:
            path.unlink()
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def digest() -> str:
    """What tells one state of the source from another."""
    text = "".join(f"{name}\n{source}\n" for name, source in sorted(sources().items()))
    return sha256(text.encode()).hexdigest()


def record(version: str, path: Path) -> None:
    """Records what a version is made of. Raises ValueError if that is something else than is recorded."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if known.setdefault(version, digest()) != digest():
        raise ValueError(f"the source of {version} has changed: raise the version in app.json, and run this again")
    path.write_text(json.dumps(known, indent=2) + "\n", "utf-8")


def version_now() -> str:
    """The version of the app as it stands."""
    return str(json.loads((CONNECTOR / "app.json").read_text("utf-8"))["version"])


if __name__ == "__main__":
    write(CONNECTOR)
    record(version_now(), VERSIONS)
