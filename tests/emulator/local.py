"""Fixed local addresses, keys and settings: what `koppel up`, the tests and the README agree on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

HOST: Final = "127.0.0.1"
IDENTITY_HEADER: Final = "local-identity-header"
"""What a managed identity proves itself with to the sign-in that the twins imitate."""
KEYS: Final = {"_master": "local-master-key", "default": "local-default-key", "dataverse": "local-dataverse-key",
               "finops": "local-finops-key"}  # fmt: skip
"""Named keys, one per caller, as on the real host."""
OPERATOR_KEY: Final = "local-operator-key"
"""What operators send; no function key."""
NOTIFICATION_KEY: Final = "local-notification-key-of-32-or-more"
"""What notifications of Business Central are proved with."""

SUITES: Final = ("dual_write",)
"""What runs if nobody says it."""
BUSINESS_CENTRAL: Final = "business_central"
_ITS_PORT: Final = "business-central"
CENTRAL_COMPANIES: Final = ("CRONUS DE", "CRONUS US")
"""Companies of the twin of Business Central, whose ids follow from their names."""
OF_SUITES: Final[Mapping[str, Mapping[str, str]]] = {
    BUSINESS_CENTRAL: {
        "BUSINESS_CENTRAL_COMPANIES": ",".join(str(uuid5(NAMESPACE_URL, f"0 {each}")) for each in CENTRAL_COMPANIES),
        "BUSINESS_CENTRAL_CONNECTOR": "true",
        "BUSINESS_CENTRAL_NOTIFICATION_KEY": NOTIFICATION_KEY,
    },
    "prospect_to_cash": {"PROSPECT_TO_CASH_COMPANY": "usmf", "PROSPECT_TO_CASH_PREFIX": "msdynce"},
}
"""Settings of suites beside their schedules. Microsoft's solution for prospect to cash is installed in the twin of
Dataverse, and our connector in that of Business Central.
"""

ELSEWHERE: Final = (
    "ENTRA_TENANT_ID", "ENTRA_CLIENT_ID", "ENTRA_CLIENT_SECRET", "LEDGER_ENDPOINT", "LEDGER_CLIENT_ID", "SIGN_IN_GROUP",
)  # fmt: skip
"""Settings that would lead out of the local house: empty in it, whatever the machine says."""

AZURITE_ACCOUNT: Final = "devstoreaccount1"
AZURITE_KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The well-known account and key of the storage emulator: published, and good for nothing else."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens."""

    host: int = 7071
    tables: int = 10002
    dataverse: int = 7081
    finops: int = 7082
    business_central: int = 7083

    def by_word(self) -> dict[str, int]:
        """Each by the word of its option."""
        systems = {"dataverse": self.dataverse, "finops": self.finops, _ITS_PORT: self.business_central}
        return {"host": self.host, "azurite": self.tables, **systems}

    def serving(self, suites: Collection[str]) -> dict[str, int]:
        """Those that the systems of these suites listen on; Business Central's twin is not served without its suite."""
        return {word: port for word, port in self.by_word().items() if word != _ITS_PORT or BUSINESS_CENTRAL in suites}

    @property
    def dataverse_url(self) -> str:
        return f"http://{HOST}:{self.dataverse}"

    @property
    def finops_url(self) -> str:
        return f"http://{HOST}:{self.finops}"

    @property
    def business_central_url(self) -> str:
        return f"http://{HOST}:{self.business_central}"

    @property
    def host_url(self) -> str:
        return f"http://{HOST}:{self.host}"

    @property
    def ledger_connection(self) -> str:
        endpoint = f"http://{HOST}:{self.tables}/{AZURITE_ACCOUNT}"
        return (
            f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
            f"TableEndpoint={endpoint};"
        )

    def app_settings(self, suites: Sequence[str] = SUITES) -> dict[str, str]:
        """The app's settings against the local house. Sign-in is by managed identity, which the twins imitate."""
        settings = {
            **dict.fromkeys(ELSEWHERE, ""),
            "SUITES": ",".join(suites),
            "DATAVERSE_URL": self.dataverse_url,
            "FINOPS_URL": self.finops_url,
            "BUSINESS_CENTRAL_URL": f"{self.business_central_url}/v2.0/Sandbox",
            "LEDGER_CONNECTION": self.ledger_connection,
            "APP_URL": self.host_url,
            "DATAVERSE_WEBHOOK_KEY": KEYS["dataverse"],
            "OPERATOR_KEY": OPERATOR_KEY,
            "IDENTITY_ENDPOINT": f"{self.dataverse_url}/msi/token",
            "IDENTITY_HEADER": IDENTITY_HEADER,
            "PUMP_SCHEDULE": "0 * * * * *",
            "LEDGER_COPY_SCHEDULE": "0 0 1 * * *",
        }
        for suite in suites:
            settings[f"{suite.upper()}_SCHEDULE"] = "0 */5 * * * *"
            settings[f"{suite.upper()}_COMPARE_SCHEDULE"] = "0 0 2 * * *"
            settings |= OF_SUITES.get(suite, {})
        return settings
