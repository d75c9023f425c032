"""Settings: one model, read from the environment once, on first use.

The sample settings file, this model and the Bicep templates list the same names; a test keeps it so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.errors import SettingError
from shared.mapping import fold

Model = TypeVar("Model", bound=BaseSettings)


def _address(value: str) -> str:
    """An address that may be logged: what it says of a secret is refused, and not repeated."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in value:
        raise ValueError("is no address such as https://contoso.example")
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password: take it out, Koppel signs in with tokens")
    if parts.query or parts.fragment:
        raise ValueError("goes on after a ? or #, where a key or SAS would stand: take that out")
    if parts.scheme == "http" and not is_here(parts.hostname):
        raise ValueError("begins with http://, which sends tokens unencrypted: write https://")
    return value


def environment_address(value: str) -> str:
    """The address of an environment of Dataverse as it was typed: without a scheme it is https, and a path is dropped
    (reference: business-central-scenarios, bc-001 to bc-004). Raises ValueError.
    """
    parts = urlsplit(_address(value if "://" in value else f"https://{value.strip()}"))
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_here(host: str) -> bool:
    """Whether a name stands for this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _address_if_any(value: str) -> str:
    return value and _address(value)


def _owner_if_any(value: str) -> str:
    if value and not _OWNER.fullmatch(value):
        raise ValueError("is neither teams(id) nor systemusers(id), with the id of the row in Dataverse")
    return value.lower()


def _resolved(value: SecretStr) -> SecretStr:
    """A secret. A reference that the platform could not follow stays as it was written, where anybody may read it
    (learn.microsoft.com, Use Key Vault references).
    """
    if value.get_secret_value().startswith(REFERENCE):
        raise ValueError(
            "the reference to the key vault could not be followed: is the secret there, and may the app read it?"
        )
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"is shorter than {SHORTEST_KEY} characters, and could be guessed: take a longer one")
    return value


def _encrypted(value: SecretStr) -> SecretStr:
    """A connection string of the ledger: what goes over the network is encrypted."""
    parts = [part.partition("=") for part in value.get_secret_value().split(";")]
    named = {name.strip().lower(): rest.strip() for name, _, rest in parts}
    endpoints = [each for name, each in named.items() if name.endswith("endpoint")]
    if named.get("defaultendpointsprotocol", "").lower() == "http" and not endpoints:
        raise ValueError("says DefaultEndpointsProtocol=http, which sends keys unencrypted: write https")
    if any(urlsplit(each).scheme == "http" and not is_here(urlsplit(each).hostname or "") for each in endpoints):
        raise ValueError("holds an endpoint that begins with http://, which sends it unencrypted: write https://")
    return value


def _keys(value: SecretStr) -> SecretStr:
    """Keys that nobody guesses who can try as many as he likes."""
    if any(len(key) < SHORTEST_SECRET for key in words_in(value.get_secret_value())):
        raise ValueError(f"holds a key of less than {SHORTEST_SECRET} characters: take random ones")
    return value


def words_in(text: str) -> tuple[str, ...]:
    """The words of a list that is written with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _split(value: object) -> object:
    return words_in(value) if isinstance(value, str) else value


SHORTEST_KEY: Final = 16
SHORTEST_SECRET: Final = 32
REFERENCE: Final = "@Microsoft.KeyVault("
Secret = Annotated[SecretStr, AfterValidator(_resolved)]
Key = Annotated[Secret, AfterValidator(_long_enough)]
"""A secret that somebody sends to us, and might guess."""
_OWNER = re.compile(r"(teams|systemusers)\([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)", re.IGNORECASE)
OwnerIfAny = Annotated[str, AfterValidator(_owner_if_any)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Words that are written with commas between them."""
Address = Annotated[str, AfterValidator(_address)]
AddressIfAny = Annotated[str, AfterValidator(_address_if_any)]


class Operators(BaseSettings):
    """Who may operate."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    operator_key: Key = Field(SecretStr(""), description="Key that operators send in x-koppel-key; empty: none is good")
    sign_in_group: str = Field(
        "", description="Object id of the Entra group whose members operate; empty: people cannot sign in"
    )


class Settings(Operators):
    """Everything that differs between installations. Secrets never show in its repr."""

    suites: Words = Field(("dual_write",), description="Suites that are turned on, separated by commas")
    dataverse_url: Annotated[str, AfterValidator(environment_address)] = Field(
        description="Environment of Dataverse, such as https://contoso.crm4.dynamics.com"
    )
    finops_url: AddressIfAny = Field(
        "", description="Environment of F&O, such as https://contoso.operations.dynamics.com"
    )
    business_central_url: AddressIfAny = Field(
        "",
        description="Environment of Business Central, such as "
        "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production",
    )
    business_central_user: str = Field(
        "", description="On premises: the user who signs in with a key; empty: the app signs in with tokens"
    )
    business_central_key: Secret = Field(SecretStr(""), description="That user's web service access key")
    business_central_notification_key: Annotated[Secret, AfterValidator(_keys)] = Field(
        SecretStr(""),
        description="Key that notifications of Business Central are proved with; empty: it is not asked to send any",
    )
    business_central_overlap_minutes: float = Field(
        10, ge=1, description="How far a look at what changed in Business Central reaches back, for long transactions"
    )
    companies: Words = Field((), description="Companies to sync, separated by commas; empty: all that Dataverse knows")

    ledger_endpoint: AddressIfAny = Field(
        "", description="Table endpoint of the storage account; signs in by managed identity"
    )
    ledger_client_id: str = Field("", description="Managed identity that signs in to the ledger; empty: the app's own")
    ledger_connection: Annotated[SecretStr, AfterValidator(_encrypted)] = Field(
        SecretStr(""), description="Connection string instead: Azurite only"
    )
    ledger_table: str = Field("koppel", description="Name of the table that holds the ledger")
    ledger_copy: AddressIfAny = Field(
        "",
        description="Table endpoint of another storage account that keeps copies of the ledger; empty: none are made",
    )
    ledger_copy_schedule: str = Field("0 0 1 * * *", description="When a copy of the ledger is made (NCRONTAB)")
    ledger_copies: int = Field(7, ge=1, description="How many copies of the ledger are kept")
    fingerprint_keys: Annotated[Secret, AfterValidator(_keys)] = Field(
        SecretStr(""),
        description="Keys that hide what the ledger's fingerprints stand for, separated by commas, the newest last; "
        "none is ever taken away. Empty: plain hashes, from which values can be guessed",
    )

    entra_tenant_id: str = Field("", description="Tenant of the app registration that signs in; empty: none does")
    entra_client_id: str = Field("", description="That registration; without a tenant the managed identity that does")
    entra_client_secret: Secret = Field(
        SecretStr(""), description="Its secret; empty: a federated credential of LEDGER_CLIENT_ID's identity"
    )

    app_url: AddressIfAny = Field(
        "", description="Address at which the systems reach this app; empty: its own name in Azure"
    )
    dataverse_webhook_key: Key = Field(SecretStr(""), description="Function key that Dataverse's events carry")

    map_overlays: Words = Field((), description="Overlays, separated by commas: suite.flow=path of a file, or revision")
    map_switches: Words = Field((), description="Words that `if` options of map lines may name, separated by commas")
    map_schemas: Words = Field((), description="Folders with schema files of fields of your own, separated by commas")
    map_functions: Words = Field(
        (), description="Python files with functions that maps name after fn, separated by commas"
    )
    delete_budget: int = Field(
        50,
        ge=0,
        description="Deletes a flow may carry over in any hour; more are held until they are released; 0: all are held",
    )
    older_budget: int = Field(
        200, ge=0, description="Records whose older values a flow may carry over in any hour; 0: none"
    )
    turned_back_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of records (ten or more) that look turned back, and pause a flow, or blank, and hold a line",
    )
    turned_back_days: float = Field(7, ge=0, le=366, description="How many days older values are known as such")
    clock_skew_seconds: float = Field(60, ge=0, description="How far the systems' clocks may differ: latest_wins parks")
    journal_days: int = Field(
        400, ge=1, description="How many days the journal, values that lost and jobs that are over are kept"
    )
    journal_values: bool = Field(True, description="Whether the journal keeps old and new values, or only field names")
    slice_seconds: float = Field(200, gt=0, description="How long a timer works before it leaves the rest to the next")
    answer_seconds: float = Field(5, gt=0, description="How long a webhook works before it answers 202")

    pump_schedule: str = Field("0 * * * * *", description="When the pump works on hints and jobs (NCRONTAB)")

    def printer_keys(self) -> list[bytes]:
        """The keys of fingerprints, the oldest first."""
        return [key.encode() for key in words_in(self.fingerprint_keys.get_secret_value())]

    @model_validator(mode="after")
    def _whole_registration(self) -> Self:
        parts = {"ENTRA_TENANT_ID": self.entra_tenant_id, "ENTRA_CLIENT_ID": self.entra_client_id}
        missing = [name for name, value in parts.items() if not value]
        given = {
            "ENTRA_CLIENT_SECRET": self.entra_client_secret.get_secret_value(),
            "ENTRA_TENANT_ID": self.entra_tenant_id,
        }
        half = [name for name, value in given.items() if value]
        if half and missing:
            raise ValueError(f"{half[0]} is half an app registration: {' and '.join(missing)} is missing")
        return self

    @model_validator(mode="after")
    def _whole_user(self) -> Self:
        if bool(self.business_central_user) != bool(self.business_central_key.get_secret_value()):
            raise ValueError("BUSINESS_CENTRAL_USER and BUSINESS_CENTRAL_KEY belong together: one of them is missing")
        return self

    @model_validator(mode="after")
    def _two_accounts(self) -> Self:
        if self.ledger_copy and self.ledger_copy.rstrip("/").lower() == self.ledger_endpoint.rstrip("/").lower():
            raise ValueError(
                "LEDGER_COPY is LEDGER_ENDPOINT: a copy in the same account is lost with it; take another account"
            )
        return self

    @model_validator(mode="after")
    def _two_keys(self) -> Self:
        key = self.operator_key.get_secret_value()
        if key and key == self.dataverse_webhook_key.get_secret_value():
            raise ValueError(
                "OPERATOR_KEY is DATAVERSE_WEBHOOK_KEY: whoever delivers events could operate; take another"
            )
        return self


class SuiteSettings(BaseSettings):
    """What differs between installations of one suite. Names begin with the suite's own; a suite may add to them."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    owner: OwnerIfAny = Field(
        "",
        description="Whose new Dataverse rows are if neither map nor company says: teams(id) or systemusers(id)",
    )
    schedule: str = Field("0 */30 * * * *", description="When the flows of the suite catch up (NCRONTAB)")
    compare_schedule: str = Field("0 0 2 * * *", description="When the flows of the suite are compared (NCRONTAB)")

    def named_companies(self) -> tuple[str, ...]:
        """The companies to sync, in lower case; empty: those of COMPANIES, or all that there are."""
        return ()

    def writer(self) -> str:
        """The company of rows that hold none, in lower case; empty: they belong to nobody."""
        return ""

    def units(self) -> Mapping[str, str]:
        """The companies of rows that hold none, by the folded names of the business units that have them."""
        return {}

    def column_prefix(self) -> str:
        """How the names of the suite's own columns begin; empty: it has none."""
        return ""

    def words(self) -> Collection[str]:
        """Words that `if` options of the suite's own maps may name, beside those of MAP_SWITCHES."""
        return ()

    def unreviewed(self) -> Mapping[str, str]:
        """Flows that are left out of the review of a full synchronisation, each with why."""
        return {}


def _companies(value: str) -> str:
    """One company for all rows, and companies of business units: each of them is said once."""
    seen: set[str] = set()
    for word in value.split(","):
        unit, _, company = (part.strip() for part in word.rpartition("="))
        if not company or ("=" in word and not unit):
            raise ValueError("is no company, nor companies of business units such as usmf,Contoso Germany=demf")
        if fold(unit) in seen:
            raise ValueError(f"says twice which company {unit or 'all rows'} belong to")
        seen.add(fold(unit))
    return value


class OneCompany(SuiteSettings):
    """A suite whose rows hold no company: a setting says which one they belong to."""

    company: Annotated[str, AfterValidator(_companies)] = Field(
        description="Company of all rows, such as usmf; of some business units another: usmf,Contoso Germany=demf"
    )

    def writer(self) -> str:
        return self._by_unit.get("", "")

    def units(self) -> Mapping[str, str]:
        return {unit: company for unit, company in self._by_unit.items() if unit}

    @cached_property
    def _by_unit(self) -> dict[str, str]:
        words = (word.rpartition("=") for word in self.company.split(","))
        return {fold(unit.strip()): company.strip().lower() for unit, _, company in words}


def _prefix(value: str) -> str:
    """How names of our columns begin: what a publisher of Dataverse may have."""
    if not _PREFIX.fullmatch(value) or value.startswith("mscrm"):
        raise ValueError("is not 2 to 8 small letters and digits, a letter first, and not mscrm")
    return value


_PREFIX = re.compile(r"[a-z][a-z0-9]{1,7}")


class OwnColumns(SuiteSettings):
    """A suite that needs columns which a setup makes: a setting says how their names begin."""

    prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "koppel",
        description="How the names of the suite's own columns begin; msdynce where Microsoft's solution is installed",
    )

    def column_prefix(self) -> str:
        return self.prefix


LOOKED: Final = "Looked in the environment (application settings in Azure, local.settings.json locally)."


def read_settings(model: type[Model], prefix: str, wrong: list[str]) -> Model | None:
    """Reads settings whose names begin with a prefix. None, and what is wrong, if they cannot be used."""
    try:
        return model(_env_prefix=prefix)
    except ValidationError as problem:  # whose text would show all that was read, secrets too
        wrong += _explained(problem, model, prefix)
        return None


def _explained(problem: ValidationError, model: type[BaseSettings], prefix: str) -> list[str]:
    lines = []
    for error in problem.errors():
        name, message = "".join(map(str, error["loc"][:1])), error["msg"].removeprefix("Value error, ")
        field = model.model_fields.get(name)
        lines.append(f"{prefix}{name.upper()}: {message}. {field.description}" if field else f"{message}.")
    return lines


def overlay_files(values: tuple[str, ...], root: Path) -> dict[str, list[Path]]:
    """MAP_OVERLAYS as flow name to files.

    An entry is `suite.flow=path` of a file below `root`, or `suite.flow=word` for an overlay that ships with the flow,
    such as a later published revision: `dual_write.customers_v3_accounts=r2`. Raises SettingError if it is neither.
    """
    result: dict[str, list[Path]] = {}
    for value in values:
        name, found, chosen = value.partition("=")
        suite, _, flow = name.partition(".")
        shipped = root / "functions" / suite / "revisions"
        candidates = (root / chosen, shipped / f"{flow}.{chosen}.yaml")
        file = next((path for path in candidates if path.is_file() and _is_below(path, root)), None)
        if not (found and suite and flow) or file is None:
            words = ", ".join(sorted(path.stem.partition(".")[2] for path in shipped.glob(f"{flow}.*.yaml"))) or "none"
            message = f"is not suite.flow=path of a file below {root}, nor a revision that ships with it: {words}"
            raise SettingError(f"MAP_OVERLAYS: {value!r} {message}")
        result.setdefault(name, []).append(file)
    return result


def schema_folders(values: tuple[str, ...], root: Path) -> list[Path]:
    """MAP_SCHEMAS as folders below `root`. Raises SettingError for what is none."""
    for value in values:
        if not ((root / value).is_dir() and _is_below(root / value, root)):
            raise SettingError(f"MAP_SCHEMAS: {value!r} is not a folder below {root}")
    return [root / value for value in values]


def function_files(values: tuple[str, ...], root: Path) -> list[Path]:
    """MAP_FUNCTIONS as files below `root`. Raises SettingError for what is none."""
    for value in values:
        if not ((root / value).is_file() and value.endswith(".py") and _is_below(root / value, root)):
            raise SettingError(f"MAP_FUNCTIONS: {value!r} is not a file below {root} whose name ends with .py")
    return [root / value for value in values]


def _is_below(path: Path, root: Path) -> bool:
    """Whether a file lies in the app's folder, wherever `..` or a link leads."""
    return path.resolve().is_relative_to(root.resolve())


def app_address(settings: Settings) -> str:
    """Where the systems reach this app; empty if nobody has said it."""
    name = os.environ.get("WEBSITE_HOSTNAME", "")
    return settings.app_url or (name and f"https://{name}")
