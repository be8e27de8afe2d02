"""`livelihood demo` and `livelihood up`: everything on this machine."""

import asyncio
import os
import shlex
from collections.abc import Callable
from dataclasses import replace

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from livelihood.cli.imports import write
from livelihood.demo.people import PASSWORD, staff
from livelihood.embedded import EmbeddedError
from livelihood.runner import FOLDERS, Installation, RunnerError, Stopped, stoppable, watch
from livelihood.settings import DATABASE_URL, OWNER_DATABASE_URL, Settings

LANGUAGES = {"en": "English", "km": "Khmer"}

port_option = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Where the pages are served.",
)


@click.command()
@port_option
@click.option("--reset-only", is_flag=True, help="Delete the demo's data and do nothing else.")
def demo(port: int, *, reset_only: bool) -> None:
    """Run everything on this machine with demonstration data.

    Starts PostgreSQL, Valkey, pages, API and workers, fills an empty database with families of three offices, and
    prints the address and the sign-ins. Data is kept in .livelihood/demo for the next time. Ctrl-C stops
    everything.
    """
    settings = local_settings()
    installation = Installation(
        settings, settings.data_dir / FOLDERS["demo"], port, tell=click.echo, load=fill
    )
    if reset_only:
        try:
            installation.remove()
        except EmbeddedError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"The demo's data in {installation.folder} is deleted.")
        return
    run(installation, lambda console, _settings: console.print(sign_ins()))


def fill(settings: Settings) -> None:
    """Load the demonstration data, showing how far it is."""
    from livelihood.demo.loading import PARTS, load  # noqa: PLC0415 - every area, for the first start alone

    columns = (
        TextColumn("Filling it with staff and families"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task("", total=PARTS)
        asyncio.run(load(settings, lambda: progress.advance(task)))


def sign_ins() -> Table:
    table = Table(title=f"Sign in with any of these names; the password is {PASSWORD}", title_justify="left")
    for heading in ("Name to sign in with", "Role", "Office", "Person", "Language"):
        table.add_column(heading)
    for person in staff():
        role = person.role.value.replace("_", " ")
        table.add_row(person.username, role, person.office or "all", person.name, LANGUAGES[person.language])
    return table


@click.command()
@port_option
def up(port: int) -> None:
    """Run everything on this machine for a small office, with no demonstration data.

    Like `demo`, with data of its own in .livelihood/office. Back that folder up while `up` is stopped. The printed
    variables let `livelihood user add` and the imports reach it.
    """
    settings = local_settings(messages=True)
    installation = Installation(
        settings, settings.data_dir / FOLDERS["up"], port, tell=click.echo, load=with_places
    )

    def explain(console: Console, running: Settings) -> None:
        console.print("For `livelihood user add` and the imports, in another terminal:")
        environment = running.environment()
        for name in (DATABASE_URL, OWNER_DATABASE_URL):
            console.print(
                f"  export {name}={shlex.quote(environment[name])}", soft_wrap=True, highlight=False
            )

    run(installation, explain)


def with_places(settings: Settings) -> None:
    asyncio.run(write(settings, None))


def local_settings(*, messages: bool = False) -> Settings:
    """What `demo` and `up` use: databases elsewhere are not for them, and no TLS is spoken.

    `messages`: they are sent if the environment names their servers. Those of the demo are of people who are made up.
    """
    settings = Settings.from_environment(os.environ)
    local = Settings(
        zone=settings.zone,
        clock_offset=settings.clock_offset,
        secure_cookies=False,
        data_dir=settings.data_dir.resolve(),
    )
    if not messages:
        return local
    return replace(
        local,
        public_url=settings.public_url,
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        telegram_token=settings.telegram_token,
        telegram_url=settings.telegram_url,
    )


def run(installation: Installation, explain: Callable[[Console, Settings], None]) -> None:
    console = Console()
    with stoppable():
        try:
            with installation.running() as (settings, parts):
                console.print()
                explain(console, settings)
                console.print(f"\nLivelihood runs at [bold]{installation.address}[/bold]. Ctrl-C stops it.")
                watch(parts)
        except Stopped:
            click.echo("Stopped; the data is kept.")
        except (EmbeddedError, RunnerError) as error:
            raise click.ClickException(str(error)) from error
