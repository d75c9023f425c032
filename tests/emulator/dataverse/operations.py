"""Functions and actions that the twin serves, as `$metadata` declares them.

Names, parameters and what they answer are those of the product's reference pages for the Web API.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

NAMESPACE: Final = "Microsoft.Dynamics.CRM"
BASE: Final = f"{NAMESPACE}.crmbaseentity"
"""What every row is."""
Members = Mapping[str, str]
"""Name to type; a question mark after the type says that it may be null."""


@dataclass(frozen=True, slots=True)
class Operation:
    """bound: the type that it is called on; answers: what it gives, nothing if empty."""

    name: str
    parameters: Members
    answers: str = ""
    bound: str = ""
    is_action: bool = True

    def lines(self) -> Iterator[str]:
        kind = "Action" if self.is_action else "Function"
        bound = ' IsBound="true"' if self.bound else ""
        yield f'<{kind} Name="{self.name}"{bound}>'
        own = {"entityset" if self.bound.startswith("Collection") else "entity": self.bound} if self.bound else {}
        yield from _members("Parameter", {**own, **self.parameters})
        if self.answers:
            yield f'<ReturnType Type="{self.answers}" Nullable="false"/>'
        yield f"</{kind}>"

    def imported(self) -> str:
        """The line by which one that is called on no row stands in the container."""
        kind = "Action" if self.is_action else "Function"
        return f'<{kind}Import Name="{self.name}" {kind}="{NAMESPACE}.{self.name}"/>'


def declarations() -> Iterator[str]:
    """The types of answers, and every operation."""
    yield f'<EnumType Name="PrivilegeDepth">{"".join(_depths())}</EnumType>'
    for name, members in _TYPES.items():
        yield f'<ComplexType Name="{name}">'
        yield from _members("Property", members)
        yield "</ComplexType>"
    for operation in (*UNBOUND, *BOUND, *_QUERIES):
        yield from operation.lines()


def imports() -> Iterator[str]:
    return (operation.imported() for operation in UNBOUND)


def _depths() -> Iterable[str]:
    names = ("Basic", "Local", "Deep", "Global", "RecordFilter")
    return (f'<Member Name="{name}" Value="{value}"/>' for value, name in enumerate(names))


def _members(tag: str, members: Members) -> Iterator[str]:
    for name, kind in members.items():
        nullable = "" if kind.endswith("?") else ' Nullable="false"'
        yield f'<{tag} Name="{name}" Type="{kind.rstrip("?")}"{nullable}/>'


def _own(name: str) -> str:
    return f"{NAMESPACE}.{name}"


_TYPES: Final[Mapping[str, Members]] = {
    "LocalizedLabel": {"Label": "Edm.String?", "LanguageCode": "Edm.Int32"},
    "Label": {
        "LocalizedLabels": f"Collection({_own('LocalizedLabel')})",
        "UserLocalizedLabel": f"{_own('LocalizedLabel')}?",
    },
    "WhoAmIResponse": {"BusinessUnitId": "Edm.Guid", "UserId": "Edm.Guid", "OrganizationId": "Edm.Guid"},
    "EntityRecordCountCollection": {
        "Count": "Edm.Int32",
        "IsReadOnly": "Edm.Boolean",
        "Keys": "Collection(Edm.String)",
        "Values": "Collection(Edm.Int64)",
    },
    "RetrieveTotalRecordCountResponse": {
        "EntityRecordCountCollection": f"{_own('EntityRecordCountCollection')}?",
    },
    "RolePrivilege": {
        "Depth": _own("PrivilegeDepth"),
        "PrivilegeId": "Edm.Guid",
        "BusinessUnitId": "Edm.Guid",
        "PrivilegeName": "Edm.String?",
    },
    "RetrieveRolePrivilegesRoleResponse": {"RolePrivileges": f"Collection({_own('RolePrivilege')})"},
    "RetrieveUserPrivilegesResponse": {"RolePrivileges": f"Collection({_own('RolePrivilege')})"},
    "AttributePrivilege": {
        "AttributeId": "Edm.Guid",
        "CanRead": "Edm.Int32",
        "CanCreate": "Edm.Int32",
        "CanUpdate": "Edm.Int32",
    },
    "RetrievePrincipalAttributePrivilegesResponse": {
        "AttributePrivileges": f"Collection({_own('AttributePrivilege')})",
    },
    "CreateMultipleResponse": {"Ids": "Collection(Edm.Guid)"},
    "GetAutoNumberSeedResponse": {"AutoNumberSeedValue": "Edm.Int64"},
    "GetNextAutoNumberValueResponse": {"NextAutoNumberValue": "Edm.Int64"},
    "InsertOptionValueResponse": {"NewOptionValue": "Edm.Int32"},
    "AddSolutionComponentResponse": {"id": "Edm.Guid"},
}
_COLUMN: Final = {"EntityName": "Edm.String", "AttributeName": "Edm.String"}
_OPTION: Final = {
    "OptionSetName": "Edm.String?",
    "AttributeLogicalName": "Edm.String?",
    "EntityLogicalName": "Edm.String?",
}
_LABELS: Final = {"Label": f"{_own('Label')}?", "Description": f"{_own('Label')}?"}
_SOLUTION: Final = {"SolutionUniqueName": "Edm.String?"}

UNBOUND: Final = (
    Operation("WhoAmI", {}, _own("WhoAmIResponse"), is_action=False),
    Operation(
        "RetrieveRolePrivilegesRole",
        {"RoleId": "Edm.Guid"},
        _own("RetrieveRolePrivilegesRoleResponse"),
        is_action=False,
    ),
    Operation(
        "RetrieveTotalRecordCount",
        {"EntityNames": "Collection(Edm.String)"},
        _own("RetrieveTotalRecordCountResponse"),
        is_action=False,
    ),
    Operation(
        "Merge",
        {
            "Target": BASE,
            "Subordinate": BASE,
            "UpdateContent": f"{BASE}?",
            "PerformParentingChecks": "Edm.Boolean",
        },
    ),
    Operation("PublishXml", {"ParameterXml": "Edm.String"}),
    Operation("PublishAllXml", {}),
    Operation("SetAutoNumberSeed", {**_COLUMN, "Value": "Edm.Int64"}),
    Operation("GetAutoNumberSeed", _COLUMN, _own("GetAutoNumberSeedResponse")),
    Operation("GetNextAutoNumberValue", _COLUMN, _own("GetNextAutoNumberValueResponse")),
    Operation(
        "InsertOptionValue",
        {**_OPTION, "Value": "Edm.Int32?", **_LABELS, **_SOLUTION},
        _own("InsertOptionValueResponse"),
    ),
    Operation(
        "UpdateOptionValue", {**_OPTION, "Value": "Edm.Int32", **_LABELS, "MergeLabels": "Edm.Boolean", **_SOLUTION}
    ),
    Operation("DeleteOptionValue", {**_OPTION, "Value": "Edm.Int32", **_SOLUTION}),
    Operation(
        "AddSolutionComponent",
        {
            "ComponentId": "Edm.Guid",
            "ComponentType": "Edm.Int32",
            "SolutionUniqueName": "Edm.String",
            "AddRequiredComponents": "Edm.Boolean",
            "DoNotIncludeSubcomponents": "Edm.Boolean?",
        },
        _own("AddSolutionComponentResponse"),
    ),
    Operation("ReactivateEntityKey", {"EntityLogicalName": "Edm.String", "EntityKeyLogicalName": "Edm.String"}),
)
BOUND: Final = (
    *(
        Operation(name, {"Targets": f"Collection({BASE})"}, answers, f"Collection({BASE})")
        for name, answers in (
            ("CreateMultiple", _own("CreateMultipleResponse")),
            ("UpdateMultiple", ""),
            ("UpsertMultiple", ""),
        )
    ),
    *(
        Operation(name, {}, _own(f"{name}Response"), _own("systemuser"), is_action=False)
        for name in ("RetrieveUserPrivileges", "RetrievePrincipalAttributePrivileges")
    ),
    Operation("AddPrivilegesRole", {"Privileges": f"Collection({_own('RolePrivilege')})"}, "", _own("role")),
    Operation("RetrieveUnpublished", {}, _own("systemform"), _own("systemform"), is_action=False),
)
QUERY_FUNCTIONS: Final = ("In", "NotIn", "Between", "NotBetween")
_QUERIES: Final = tuple(
    Operation(
        name, {"PropertyName": "Edm.String", "PropertyValues": "Collection(Edm.String)"}, "Edm.Boolean", is_action=False
    )
    for name in QUERY_FUNCTIONS
)
