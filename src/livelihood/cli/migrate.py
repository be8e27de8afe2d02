"""`livelihood migrate`."""

import os

import click

from livelihood.cli.reachable import reachable
from livelihood.db import migrate as migrations
from livelihood.settings import OWNER_DATABASE_URL, Settings


@click.command()
def migrate() -> None:
    """Bring the database to this version's tables.

    Needs LIVELIHOOD_OWNER_DATABASE_URL, with the role that owns the tables. Safe to run again, and while the
    previous version is still serving.
    """
    settings = Settings.from_environment(os.environ).require(OWNER_DATABASE_URL)
    with reachable():
        migrations.upgrade(settings.owner_database_url)
    click.echo("The database is up to date.")
