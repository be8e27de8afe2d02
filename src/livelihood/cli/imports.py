"""`livelihood gazetteer import`: the country's places."""

import asyncio
import os
from pathlib import Path

import click

from livelihood.cli.database import setup
from livelihood.households import gazetteer as places
from livelihood.settings import OWNER_DATABASE_URL, Settings


@click.group()
def gazetteer() -> None:
    """The country's provinces, districts, communes and villages."""


@gazetteer.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--shipped", is_flag=True, help="Bring in the places that come with the software instead of FILE."
)
def import_file(file: Path | None, *, shipped: bool) -> None:
    """Bring the places of FILE in; what is there already is kept up to date, and nothing is removed.

    FILE is a CSV with the columns code, level, name_km and name_latin, or the National Committee's own. Lines that
    contradict themselves are listed and left out. Needs LIVELIHOOD_OWNER_DATABASE_URL.
    """
    if (file is None) is not shipped:
        raise click.UsageError("Name a FILE, or say --shipped.")
    settings = Settings.from_environment(os.environ).require(OWNER_DATABASE_URL)
    report = asyncio.run(write(settings, file.read_bytes() if file else None))
    for fault in report.faults:
        click.echo(f"Line {fault.line}: {fault.message}", err=True)
    click.echo(f"{report.inserted} places added, {report.changed} changed, {report.unchanged} as they were.")


async def write(settings: Settings, content: bytes | None) -> places.GazetteerReport:
    async with setup(settings) as uow:
        if content is None:
            return await places.import_shipped(uow)
        return await places.import_places(uow, content)
