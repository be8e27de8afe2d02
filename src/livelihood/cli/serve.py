"""`livelihood serve`: pages and API."""

import asyncio
import os
from dataclasses import replace

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from livelihood.cli.reachable import connect_once, reachable
from livelihood.parent import end_with_parent
from livelihood.ports import require_usable
from livelihood.settings import DATABASE_URL, HOST, Settings, trusted_proxies

STOP_TIMEOUT = 15


@click.command()
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen on."
)
@click.option(
    "--trusted-proxy",
    "proxies",
    metavar="ADDRESS",
    multiple=True,
    help="A proxy in front, or its network: X-Forwarded-For is believed from these alone. May be repeated.",
)
def serve(host: str, port: int, proxies: tuple[str, ...]) -> None:
    """Serve pages and API.

    Needs LIVELIHOOD_DATABASE_URL, with the role livelihood_app. With LIVELIHOOD_REDIS_URL the workers begin at
    once after a change; without it they find the work by themselves a little later.
    """
    settings = Settings.from_environment(os.environ).require(DATABASE_URL)
    if proxies:
        settings = replace(settings, trusted_proxies=trusted_proxies(proxies))
    end_with_parent()
    require_usable(host, port)
    with reachable():
        asyncio.run(connect_once(settings.database_url))
    # LIVELIHOOD_NOW is an offset from here on: the process that serves, and one that replaces it, agree.
    os.environ.update(settings.environment())
    Granian(
        "livelihood.asgi:app",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT,
    ).serve()
