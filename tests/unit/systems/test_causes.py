"""What kind of refusal an error tells of, whichever system says it; and what it quotes."""

from __future__ import annotations

import json

import pytest

from shared.errors import Rejected
from shared.systems import _dataverse_errors, _finops_errors

LOG = "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: "


def finops(message: str) -> Rejected:
    body = {"error": {"innererror": {"message": message}}}
    error = _finops_errors.error_of(400, json.dumps(body).encode())
    assert isinstance(error, Rejected)
    return error


def dataverse(code: str, message: str) -> Rejected:
    error = _dataverse_errors.error_of(400, json.dumps({"error": {"code": code, "message": message}}).encode())
    assert isinstance(error, Rejected)
    return error


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("Field 'Customer group' must be filled in.", "required"),
        ("The value '10' in field 'Customer group' is not found in the related table 'Customer groups'.", "not-found"),
        ("The text in field 'Credit rating' is longer than the 10 characters that it can hold.", "too-long"),
        ("The value 'X' in field 'Sales memo' is not valid.", "member"),
        ("The value in field 'Credit limit' is too large.", "range"),
        ("Field 'Party type' cannot be changed after the record was created.", "read-only"),
        ("Contact information already exists for this party.", "exists"),
        ("Der Wert ist nicht erlaubt.", "refused"),
    ],
)
def test_causes_of_the_erp(reason: str, cause: str) -> None:
    """The ERP has one status for everything: its words tell what kind of refusal it is."""
    error = finops(f"{LOG}Warning: {reason}; Warning: validateField failed on data source 'X (X)'.")
    assert (error.cause, error.code) == (cause, "400")


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        ("0x80044331", "The length of the 'name' attribute exceeded the maximum allowed length of '160'.", "too-long"),
        ("0x8004431a", "The value 7 of 'x' is outside the valid range. Accepted Values: 1,2", "member"),
        ("0x80044330", "The value 7 of 'x' is outside the valid range.", "range"),
        ("0x80040203", "Attribute 'name' cannot be NULL", "required"),
        ("0x80040203", "The property 'x' of 'account' is read-only.", "read-only"),
        ("0x80040265", "Field 'x' must be filled in, says our own policy.", "plug-in"),
        ("0x80048d19", "Cannot convert the literal 'x' to the expected type 'Edm.Int32'.", "type"),
        ("0x80040299", "Whatever else.", "refused"),
    ],
)
def test_causes_of_dataverse(code: str, message: str, cause: str) -> None:
    """Dataverse tells it by its codes; where one stands for many things, by its words."""
    error = dataverse(code, message)
    assert (error.cause, error.code) == (cause, code)


def test_the_field_at_which_a_check_failed() -> None:
    """It is named even where the cause itself does not name it, and is no part of the cause."""
    error = finops(f"{LOG}Warning: Not allowed; Warning: validateField failed on field 'CustCustomerV3Entity.FaxNo'.")
    assert (str(error), error.field) == ("Not allowed", "CustCustomerV3Entity.FaxNo")


@pytest.mark.parametrize(
    ("message", "quoted"),
    [
        ("The value '10' in field 'Customer group' is not valid", ("10", "Customer group")),
        ("You cannot update a party's type from 'Person' here", ("Person",)),
        ('The column "name" is too long', ("name",)),
        ("O'Neil's credit", ()),
        ("Nothing", ()),
    ],
)
def test_what_is_quoted(message: str, quoted: tuple[str, ...]) -> None:
    """Names and values stand in quotes; an apostrophe quotes nothing."""
    assert dataverse("0x80040299", message).quoted == quoted
