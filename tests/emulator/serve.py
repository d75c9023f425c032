"""The local Functions host in a process of its own: `python -m tests.emulator.serve --port 7071`."""

from __future__ import annotations

import argparse
import logging

import uvicorn

from tests.emulator.host import LocalHost
from tests.emulator.local import HOST, KEYS, Ports


def main() -> None:
    """Serves the app of this checkout. Settings come from the environment, as on the real host."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=Ports().host)
    port = parser.parse_args().port
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    from function_app import app  # noqa: PLC0415 - indexing needs the logging set up above
    from functions.runtime import runtime  # noqa: PLC0415 - the same

    async def close() -> None:
        await runtime().close()

    host = LocalHost(app, KEYS, closing=close)
    uvicorn.run(host.asgi(), host=HOST, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
