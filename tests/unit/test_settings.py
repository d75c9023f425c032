"""Settings: what is missing or wrong names itself, what it is for and where it was looked for; secrets stay secret."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from functions.suites import configured, setting_fields
from shared.errors import SettingError
from shared.mapping import fold
from shared.settings import Settings, function_files, overlay_files

NEEDED = {"DATAVERSE_URL": "https://contoso.crm4.dynamics.com", "FINOPS_URL": "https://contoso.operations.dynamics.com"}
SECRETS = {
    "ENTRA_CLIENT_SECRET": "s3cr3t",
    "LEDGER_CONNECTION": "AccountKey=k3y",
    "DATAVERSE_WEBHOOK_KEY": "w3bh00k-w3bh00k-w3bh00k",
}


@pytest.fixture
def needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings that have no default."""
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def settings() -> Settings:
    """The settings of the house, read as the app reads them."""
    return configured().house


def told() -> str:
    """What a person is told about the settings as they are."""
    with pytest.raises(SettingError) as problem:
        settings()
    return str(problem.value)


# -- missing and wrong


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.usefixtures("needed")
def test_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A missing setting names itself, its purpose and every place that was looked at (bc-006)."""
    monkeypatch.delenv(name)
    message = told()
    assert name in message
    assert (setting_fields()[name].description or "nothing") in message
    assert "application settings in Azure" in message
    assert "local.settings.json" in message


def test_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting that is missing or wrong is named, not only the first."""
    monkeypatch.setenv("DELETE_BUDGET", "many")
    message = told()
    assert all(name in message for name in (*NEEDED, "DELETE_BUDGET"))


ID = "7a1b2c63-3b7d-ee11-8179-000d3a11aa02"
WRONG = {
    "DELETE_BUDGET": ["", "many", "-1", "1.5"],
    "CLOCK_SKEW_SECONDS": ["", "-1", "long"],
    "JOURNAL_DAYS": ["", "0", "1.5"],
    "JOURNAL_VALUES": ["", "perhaps"],
    "SLICE_SECONDS": ["", "0", "-5", "long"],
    "ANSWER_SECONDS": ["", "0", "-5", "long"],
    "DUAL_WRITE_OWNER": ["Sales", "teams(1)", f"accounts({ID})", ID, f"teams({ID}) "],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
@pytest.mark.usefixtures("needed")
def test_wrong(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A wrong setting names itself and its purpose."""
    monkeypatch.setenv(name, value)
    message = told()
    assert message.startswith(f"{name}: ")
    assert (setting_fields()[name].description or "nothing") in message


@pytest.mark.parametrize("value", ["", " ", "contoso.crm4.dynamics.com", "ftp://contoso", "https://", "not an address"])
@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.usefixtures("needed")
def test_wrong_addresses(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """An address that is empty or none is wrong, and named."""
    if (name, value) == ("DATAVERSE_URL", "contoso.crm4.dynamics.com"):
        pytest.skip("of an environment of Dataverse the scheme may be left out")
    monkeypatch.setenv(name, value)
    assert name in told()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("test.dynamics.com", "https://test.dynamics.com"),
        ("https://host/myOrg", "https://host"),
        ("https://Test.Dynamics.Com/", "https://test.dynamics.com"),
        ("http://127.0.0.1:7081", "http://127.0.0.1:7081"),
    ],
)
@pytest.mark.usefixtures("needed")
def test_an_environment_as_it_is_typed(monkeypatch: pytest.MonkeyPatch, typed: str, meant: str) -> None:
    """Without a scheme it is https, a path is dropped, and letter case does not matter (bc-001, bc-003, bc-004)."""
    monkeypatch.setenv("DATAVERSE_URL", typed)
    assert settings().dataverse_url == meant


@pytest.mark.usefixtures("needed")
def test_an_environment_that_is_not_secure(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address with http:// is refused, and the secure one is asked for (bc-002)."""
    monkeypatch.setenv("DATAVERSE_URL", "http://test.dynamics.com")
    assert "write https://" in told()


UNSAFE = {
    "https://anna:s3cr3t@contoso.example": "user name or password",
    "https://s3cr3t@contoso.example": "user name or password",
    "https://contoso.example/?sv=2022&sig=s3cr3t": "key or SAS",
    "https://contoso.example#s3cr3t": "key or SAS",
    "http://contoso.example/s3cr3t": "write https://",
    "http://localhost.contoso.example/s3cr3t": "write https://",
    "http://10.0.0.4/s3cr3t": "write https://",
}


@pytest.mark.parametrize("value", UNSAFE)
@pytest.mark.parametrize("name", [*NEEDED, "LEDGER_ENDPOINT", "APP_URL"])
@pytest.mark.usefixtures("needed")
def test_unsafe_addresses(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """An address holds no secret and takes none over the network unencrypted; what it held is not repeated."""
    monkeypatch.setenv(name, value)
    message = told()
    assert message.startswith(f"{name}: ")
    assert UNSAFE[value] in message
    assert "s3cr3t" not in message
    with pytest.raises(ValueError, match=name.lower()) as problem:
        Settings()
    assert "s3cr3t" not in "".join(traceback.format_exception(problem.value))


@pytest.mark.parametrize("value", ["http://localhost:7081", "http://127.0.0.1:7081", "http://[::1]:7081/"])
@pytest.mark.usefixtures("needed")
def test_addresses_on_this_machine(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """On this machine nothing needs to be encrypted."""
    monkeypatch.setenv("FINOPS_URL", value)
    assert settings().finops_url == value


@pytest.mark.parametrize("name", ["LEDGER_ENDPOINT", "APP_URL"])
@pytest.mark.usefixtures("needed")
def test_addresses_that_may_be_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An address that need not be given is one if it is given."""
    monkeypatch.setenv(name, "")
    assert getattr(settings(), name.lower()) == ""
    configured.cache_clear()
    monkeypatch.setenv(name, "contoso.table")
    assert name in told()


@pytest.mark.usefixtures("needed")
def test_half_an_app_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret without tenant and app is half an app registration: what is missing is named."""
    monkeypatch.setenv("ENTRA_CLIENT_SECRET", "s3cr3t")
    message = told()
    assert "ENTRA_TENANT_ID" in message
    assert "ENTRA_CLIENT_ID" in message


@pytest.mark.usefixtures("needed")
def test_a_tenant_without_a_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenant says that a registration signs in: without the registration it is half of one (bc-011)."""
    monkeypatch.setenv("ENTRA_TENANT_ID", ID)
    assert "ENTRA_CLIENT_ID is missing" in told()


@pytest.mark.parametrize("name", ["ENTRA_CLIENT_SECRET", "DATAVERSE_WEBHOOK_KEY", "OPERATOR_KEY"])
@pytest.mark.usefixtures("needed")
def test_a_reference_that_was_not_followed_is_no_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The platform leaves a reference that it cannot follow as it is: anybody could write the same."""
    monkeypatch.setenv(name, "@Microsoft.KeyVault(VaultName=kv;SecretName=key)")
    message = told()
    assert message.startswith(f"{name}: ")
    assert "key vault" in message


@pytest.mark.parametrize("value", ["x", "letmein", "x" * 15])
@pytest.mark.parametrize("name", ["DATAVERSE_WEBHOOK_KEY", "OPERATOR_KEY"])
@pytest.mark.usefixtures("needed")
def test_keys_that_could_be_guessed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A key that anybody may try has sixteen characters at least; it is not repeated."""
    monkeypatch.setenv(name, value)
    message = told()
    assert message.startswith(f"{name}: is shorter than 16 characters")
    configured.cache_clear()
    monkeypatch.setenv(name, "x" * 16)
    assert getattr(settings(), name.lower()).get_secret_value() == "x" * 16


@pytest.mark.parametrize("value", ["x", "x" * 31, f"{'x' * 40},{'y' * 31}"])
@pytest.mark.usefixtures("needed")
def test_a_fingerprint_key_that_could_be_guessed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Whoever has the ledger may try as many keys as he likes: each has 32 characters at least, and is not repeated."""
    monkeypatch.setenv("FINGERPRINT_KEYS", value)
    message = told()
    assert message.startswith("FINGERPRINT_KEYS: holds a key of less than 32 characters")
    assert value not in message


@pytest.mark.usefixtures("needed")
def test_fingerprint_keys_stand_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest is the last; without a setting there is none."""
    assert settings().printer_keys() == []
    first, second = "x" * 32, "y" * 40
    monkeypatch.setenv("FINGERPRINT_KEYS", f"{first}, {second}")
    configured.cache_clear()
    assert settings().printer_keys() == [first.encode(), second.encode()]


ACCOUNT = "AccountName=koppel;AccountKey=k3y"


@pytest.mark.parametrize(
    ("value", "is_refused"),
    [
        (f"DefaultEndpointsProtocol=http;{ACCOUNT}", True),
        (f"DefaultEndpointsProtocol=http;{ACCOUNT};EndpointSuffix=core.windows.net", True),
        (f"{ACCOUNT};TableEndpoint=http://koppel.table.core.windows.net", True),
        (f"{ACCOUNT};TableEndpoint=http://127.0.0.1.contoso.example/", True),
        (f"DefaultEndpointsProtocol=https;{ACCOUNT}", False),
        (f"DefaultEndpointsProtocol=http;{ACCOUNT};TableEndpoint=http://127.0.0.1:10002/koppel;", False),
        ("UseDevelopmentStorage=true", False),
    ],
)
@pytest.mark.usefixtures("needed")
def test_the_ledger_is_reached_unencrypted_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, value: str, is_refused: bool
) -> None:
    """A connection string holds a key, and rows hold what people entered."""
    monkeypatch.setenv("LEDGER_CONNECTION", value)
    if is_refused:
        message = told()
        assert message.startswith("LEDGER_CONNECTION: ")
        assert "k3y" not in message
    else:
        assert settings().ledger_connection.get_secret_value() == value


@pytest.mark.usefixtures("needed")
def test_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that was wrong may be mended: the error is not remembered."""
    monkeypatch.setenv("DELETE_BUDGET", "many")
    told()
    monkeypatch.setenv("DELETE_BUDGET", "7")
    assert settings().delete_budget == 7


@pytest.mark.usefixtures("needed")
def test_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are read once: a process never works with two of them."""
    first = settings()
    monkeypatch.setenv("DELETE_BUDGET", "7")
    assert settings() is first


# -- values


@pytest.mark.usefixtures("needed")
def test_defaults() -> None:
    """Everything that has a safe default needs no setting."""
    found = settings()
    assert (found.suites, found.companies, found.ledger_table) == (("dual_write",), (), "koppel")
    assert found.delete_budget == 50
    assert found.answer_seconds < found.slice_seconds


@pytest.mark.parametrize(
    "name", ["SUITES", "COMPANIES", "MAP_OVERLAYS", "MAP_SWITCHES", "MAP_SCHEMAS", "MAP_FUNCTIONS"]
)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", ()),
        (" ", ()),
        (",", ()),
        ("a", ("a",)),
        ("a,b", ("a", "b")),
        (" a , b ", ("a", "b")),
        ("a,,b,", ("a", "b")),
        ('["a"]', ('["a"]',)),
        ("a b", ("a b",)),
    ],
)
@pytest.mark.usefixtures("needed")
def test_lists(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: tuple[str, ...]) -> None:
    """Lists are words between commas; blanks around them and empty ones do not count."""
    monkeypatch.setenv(name, value)
    assert getattr(Settings(), name.lower()) == words


@pytest.mark.usefixtures("needed")
def test_letter_case_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names may be written in any letter case: Windows writes them as it likes."""
    monkeypatch.setenv("Delete_Budget", "7")
    assert settings().delete_budget == 7


@pytest.mark.usefixtures("needed")
def test_foreign_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of others in the same environment do not matter."""
    monkeypatch.setenv("FUNCTIONS_WORKER_RUNTIME", "python")
    monkeypatch.setenv("DELETE_BUDGET_OF_OTHERS", "many")
    assert settings().delete_budget == 50


@pytest.mark.usefixtures("needed")
def test_frozen() -> None:
    """Nobody changes settings on the way."""
    with pytest.raises(ValueError, match="frozen"):
        settings().delete_budget = 7  # type: ignore[misc] # it is what must not be done


def test_every_setting_has_a_purpose() -> None:
    """Each setting says what it is for."""
    assert all(field.description for field in Settings.model_fields.values())


# -- secrets


@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
@pytest.mark.usefixtures("needed")
def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch, name: str, secret: str) -> None:
    """Secrets show in no representation of the settings."""
    monkeypatch.setenv("ENTRA_TENANT_ID", "contoso")
    monkeypatch.setenv("ENTRA_CLIENT_ID", "koppel")
    monkeypatch.setenv(name, secret)
    found = settings()
    assert getattr(found, name.lower()).get_secret_value() == secret
    for shown in (repr(found), str(found), found.model_dump_json(), repr(found.model_dump())):
        assert secret not in shown


@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
def test_secrets_do_not_show_in_the_message(monkeypatch: pytest.MonkeyPatch, name: str, secret: str) -> None:
    """What is told about a missing setting tells nothing of those that are there."""
    monkeypatch.setenv(name, secret)
    assert secret not in told()


@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
def test_secrets_do_not_show_in_tracebacks(monkeypatch: pytest.MonkeyPatch, name: str, secret: str) -> None:
    """Nor does the traceback, which ends up in logs."""
    monkeypatch.setenv(name, secret)
    with pytest.raises(SettingError) as problem:
        settings()
    assert secret not in "".join(traceback.format_exception(problem.value))


# -- overlays


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two overlays."""
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / "overlays").mkdir(exist_ok=True)
        (tmp_path / "overlays" / name).write_text("fields: ''")
    return tmp_path


def test_overlays(root: Path) -> None:
    """Each flow has its overlays in the order they were given."""
    values = ("suite.a=overlays/two.yaml", "suite.b=overlays/one.yaml", "suite.a=overlays/one.yaml")
    one, two = root / "overlays" / "one.yaml", root / "overlays" / "two.yaml"
    assert overlay_files(values, root) == {"suite.a": [two, one], "suite.b": [one]}
    assert overlay_files((), root) == {}


def test_overlays_that_ship(root: Path) -> None:
    """An overlay that ships with a flow is named by one word, and a wrong word is told the right ones."""
    folder = root / "functions" / "suite" / "revisions"
    folder.mkdir(parents=True)
    for name in ("a.r2.yaml", "a.r3.yaml", "ab.r4.yaml"):
        (folder / name).write_text("fields: ''")
    assert overlay_files(("suite.a=r3", "suite.a=overlays/one.yaml"), root) == {
        "suite.a": [folder / "a.r3.yaml", root / "overlays" / "one.yaml"]
    }
    with pytest.raises(SettingError, match=r"nor a revision that ships with it: r2, r3$"):
        overlay_files(("suite.a=r4",), root)


@pytest.mark.parametrize("value", ["nonsense", "suite.a", "suite.a=", "suite.a=missing.yaml", "suite.a=overlays",
                                   "overlays/one.yaml", "suite.a:overlays/one.yaml"])  # fmt: skip
def test_wrong_overlays(root: Path, value: str) -> None:
    """An entry that is not a flow and a file names the setting, itself, the form and the folder."""
    with pytest.raises(SettingError) as problem:
        overlay_files(("suite.a=overlays/one.yaml", value), root)
    message = str(problem.value)
    assert all(part in message for part in ("MAP_OVERLAYS", repr(value), "suite.flow=path", str(root)))


@pytest.mark.parametrize("value", ["=overlays/one.yaml", "a=overlays/one.yaml", ".=overlays/one.yaml"])
def test_overlays_of_no_flow(root: Path, value: str) -> None:
    """An entry whose flow is not `suite.flow` is wrong, not silently without effect; so is one of no name (bc-043)."""
    with pytest.raises(SettingError):
        overlay_files((value,), root)


def test_functions(root: Path) -> None:
    """Files of functions are named by their path, in the order in which they are given."""
    for name in ("a.py", "b.py"):
        (root / "overlays" / name).write_text("")
    assert function_files(("overlays/b.py", "overlays/a.py"), root) == [root / "overlays" / f"{at}.py" for at in "ba"]


@pytest.mark.parametrize("value", ["nonsense", "missing.py", "overlays", "overlays/one.yaml", "../outside.py"])
def test_wrong_functions(root: Path, value: str) -> None:
    """What is no Python file below the app's folder is named, with its setting."""
    (root.parent / "outside.py").write_text("")
    with pytest.raises(
        SettingError, match=r"MAP_FUNCTIONS: .* is not a file below .* whose name ends with \.py"
    ) as problem:
        function_files((value,), root)
    assert repr(value) in str(problem.value)


@pytest.mark.parametrize("way", ["..", "absolute", "link"])
def test_overlays_elsewhere(root: Path, tmp_path_factory: pytest.TempPathFactory, way: str) -> None:
    """A file outside the app's folder is none of its overlays, whichever way leads there."""
    outside = tmp_path_factory.mktemp("outside") / "other.yaml"
    outside.write_text("fields: ''")
    (root / "overlays" / "link.yaml").symlink_to(outside)
    chosen = {"..": f"../{outside.parent.name}/other.yaml", "absolute": str(outside), "link": "overlays/link.yaml"}[way]
    assert (root / chosen).is_file()
    with pytest.raises(SettingError, match="of a file below"):
        overlay_files((f"suite.a={chosen}",), root)


# -- suites

COMPANY = "PROSPECT_TO_CASH_COMPANY"


@pytest.mark.usefixtures("needed")
def test_a_suite_that_is_off_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for the settings of a suite that is off, and a wrong one stops nobody."""
    monkeypatch.setenv("PROSPECT_TO_CASH_OWNER", "Sales")
    assert configured().suites.keys() == {"dual_write"}


@pytest.mark.usefixtures("needed")
def test_a_suite_that_is_on_needs_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a suite needs is named with its purpose once it is on, and so is the address of the system behind it."""
    monkeypatch.setenv("SUITES", "prospect_to_cash")
    monkeypatch.delenv("FINOPS_URL")
    message = told()
    assert f"{COMPANY}: " in message
    assert "Company of all rows" in message
    assert "FINOPS_URL: is needed by suite prospect_to_cash" in message


def test_without_suites_no_erp_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every suite off there is no ERP to be reached."""
    monkeypatch.setenv("DATAVERSE_URL", NEEDED["DATAVERSE_URL"])
    monkeypatch.setenv("SUITES", "")
    assert not configured().suites


@pytest.mark.usefixtures("needed")
def test_a_suite_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite that does not exist is named along with those that do."""
    monkeypatch.setenv("SUITES", "prospects")
    assert "there is no suite 'prospects'; suites: business_central, dual_write, prospect_to_cash" in told()


@pytest.mark.parametrize(
    ("value", "writer", "units"),
    [
        ("USMF", "usmf", {}),
        ("usmf,Contoso Germany=DEMF", "usmf", {"CONTOSO GERMANY": "demf"}),
        (" usmf , Contoso Germany = demf , East=West=ussi ", "usmf", {"CONTOSO GERMANY": "demf", "EAST=WEST": "ussi"}),
        ("Contoso Germany=demf", "", {"CONTOSO GERMANY": "demf"}),
    ],
)
@pytest.mark.usefixtures("needed")
def test_the_company_of_a_suite(
    monkeypatch: pytest.MonkeyPatch, value: str, writer: str, units: dict[str, str]
) -> None:
    """One company for all rows, others for those of some business units."""
    monkeypatch.setenv("SUITES", "prospect_to_cash")
    monkeypatch.setenv(COMPANY, value)
    found = configured().options()["prospect_to_cash"]
    assert (found.writer, found.units) == (writer, {fold(unit): company for unit, company in units.items()})


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("", "is no company"),
        (",", "is no company"),
        ("=usmf", "is no company"),
        ("Contoso Germany=", "is no company"),
        ("usmf,demf", "says twice which company all rows belong to"),
        ("usmf,East=demf,east=ussi", "says twice which company east belong to"),
    ],
)
@pytest.mark.usefixtures("needed")
def test_a_company_that_cannot_be(monkeypatch: pytest.MonkeyPatch, value: str, what: str) -> None:
    """What cannot be read is named by its setting."""
    monkeypatch.setenv("SUITES", "prospect_to_cash")
    monkeypatch.setenv(COMPANY, value)
    message = told()
    assert message.startswith(f"{COMPANY}: ")
    assert what in message


@pytest.mark.usefixtures("needed")
def test_the_prefix_of_own_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of our columns begin with koppel, or as the setting says; a suite without such columns has none."""
    monkeypatch.setenv("SUITES", "dual_write,prospect_to_cash")
    monkeypatch.setenv(COMPANY, "usmf")
    assert [each.column_prefix() for each in configured().suites.values()] == ["", "koppel"]
    configured.cache_clear()
    monkeypatch.setenv("PROSPECT_TO_CASH_PREFIX", "msdynce")
    assert configured().suites["prospect_to_cash"].column_prefix() == "msdynce"


@pytest.mark.usefixtures("needed")
def test_maps_name_columns_as_they_were_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a suite's maps have under the published prefix is there under the one of the setting."""
    monkeypatch.setenv("SUITES", "dual_write,prospect_to_cash")
    monkeypatch.setenv(COMPANY, "usmf")
    assert configured().prefixes() == {"dual_write": {}, "prospect_to_cash": {"msdynce_": "koppel_"}}


@pytest.mark.parametrize("value", ["", "k", "toolongname", "9lives", "Koppel", "kop_pel", "mscrmk"])
@pytest.mark.usefixtures("needed")
def test_a_prefix_that_no_publisher_may_have(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Dataverse takes two to eight letters and digits, a letter first, and not mscrm."""
    monkeypatch.setenv("SUITES", "prospect_to_cash")
    monkeypatch.setenv(COMPANY, "usmf")
    monkeypatch.setenv("PROSPECT_TO_CASH_PREFIX", value)
    assert told().startswith("PROSPECT_TO_CASH_PREFIX: is not 2 to 8 small letters")
