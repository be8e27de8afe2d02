"""`livelihood households import`: an office's intake list."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import click
from sqlalchemy import select

from livelihood.accounts import service as accounts
from livelihood.accounts.actor import decode_actor
from livelihood.accounts.models import Staff, StaffKind
from livelihood.cli.database import setup
from livelihood.cli.reachable import reachable
from livelihood.db.actor import Token
from livelihood.db.work import Database, UnitOfWork
from livelihood.errors import DomainError, say
from livelihood.observations.imports import service
from livelihood.observations.imports.schemas import ImportRow, Upload
from livelihood.settings import DATABASE_URL, OWNER_DATABASE_URL, Settings


class NobodyOfThatName(DomainError):
    code = "nobody-of-that-name"
    status = 422


@click.group()
def households() -> None:
    """The families that are served."""


@households.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as", "username", required=True, help="Who imports: their offices, and their name on the record."
)
@click.option("--dry-run", is_flag=True, help="Only say what is wrong, and what would come in.")
def import_file(file: Path, username: str, *, dry_run: bool) -> None:
    """Register the households of FILE, an intake list as an .xlsx workbook.

    Every fault is listed by row and column. Errors keep their household out; so does looking like a household that
    is there already. Safe to run again: what came in before stays as it is. Needs LIVELIHOOD_DATABASE_URL, and
    LIVELIHOOD_OWNER_DATABASE_URL to act for somebody.
    """
    settings = Settings.from_environment(os.environ).require(DATABASE_URL, OWNER_DATABASE_URL)
    upload = Upload(file.name, file.read_bytes())
    report(asyncio.run(bring_in(settings, username, upload, dry_run=dry_run)))


async def bring_in(settings: Settings, username: str, upload: Upload, *, dry_run: bool) -> ImportRow:
    async with acting_for(settings, username) as uow:
        return await service.import_list(uow, upload, clock=settings.clock, dry_run=dry_run)


@asynccontextmanager
async def acting_for(settings: Settings, username: str) -> AsyncGenerator[UnitOfWork]:
    """A transaction with this person's rights and no more, by a sign-in that ends with it."""
    async with setup(settings) as uow:
        staff_id = await uow.session.scalar(
            select(Staff.id).where(
                Staff.username == username.strip().lower(), Staff.kind == StaffKind.PERSON, Staff.active
            )
        )
        if staff_id is None:
            raise NobodyOfThatName(
                say("Nobody signs in as {username}. Check the name, or add them.", username=username)
            )
        token = Token.of((await accounts.open_session(uow, staff_id)).token)
    database = Database(settings.database_url, decode_actor=decode_actor, pool_size=1)
    try:
        with reachable():
            async with database.work(token) as uow:
                yield uow
    finally:
        await database.stop()
        async with setup(settings) as uow:
            await accounts.sign_out(uow, token.digest)


def report(kept: ImportRow) -> None:
    for fault in kept.faults or []:
        click.echo(f"Row {fault.row}, {fault.column} ({fault.severity}): {fault.message}", err=True)
    if kept.outcome is None:
        click.echo(
            f"{kept.ready} households with {kept.people} people can come in, {kept.refused} stay out. "
            "Nothing was registered."
        )
        return
    for one in kept.outcome:
        if one.reason is not None:
            click.echo(f"Row {one.row}, not registered: {one.reason}", err=True)
    added = [one for one in kept.outcome if one.added]
    people = sum(one.people for one in added)
    click.echo(f"{len(added)} households with {people} people were registered, {kept.refused} stay out.")
