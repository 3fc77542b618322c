"""`suyuan serve` and `suyuan api`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from library.errors import InputError
from ui.commands.common import open_services


@click.command()
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="Another address needs SUYUAN_PASSWORD.")
def serve(port: int, address: str) -> None:
    """Serve the chat page."""
    if address not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("SUYUAN_PASSWORD"):
        raise InputError(
            f"The page is not served at {address}", "anybody who reaches it could read the library",
            "Set SUYUAN_PASSWORD, or leave the address out.",
        )  # fmt: skip
    app = Path(__file__).resolve().parents[2] / "app.py"
    click.echo(f"http://{address}:{port}", err=True)
    os.environ["DO_NOT_TRACK"] = "1"
    os.chdir(app.parent)  # Streamlit reads .streamlit/config.toml from here
    os.execv(
        sys.executable,
        [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), "--server.address", address,
         "--server.headless", "true", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"],
    )  # fmt: skip


@click.command()
@click.option("--port", default=8502, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="Another address needs SUYUAN_API_KEY.")
def api(port: int, address: str) -> None:
    """Serve an OpenAI-compatible API."""
    key = os.environ.get("SUYUAN_API_KEY", "")
    if address not in ("127.0.0.1", "localhost", "::1") and not key:
        raise InputError(
            f"The API is not served at {address}", "anybody who reaches it could read the library",
            "Set SUYUAN_API_KEY, or leave the address out.",
        )  # fmt: skip
    import uvicorn

    from ui.api import Api

    with open_services() as services:
        click.echo(f"http://{address}:{port}/v1", err=True)
        uvicorn.run(Api(services, key=key).app(), host=address, port=port, log_level="warning")
