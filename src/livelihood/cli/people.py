"""`livelihood user`: the people who sign in."""

import asyncio
import os
import sys

import click

from livelihood.accounts import service
from livelihood.accounts.models import Language
from livelihood.accounts.permissions import Role
from livelihood.accounts.schemas import NewStaff
from livelihood.cli.database import setup
from livelihood.settings import OWNER_DATABASE_URL, Settings


@click.group()
def user() -> None:
    """The people who sign in."""


def holdings(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> list[tuple[Role, str | None]]:
    """Each role with its office's prefix, or None for all offices."""
    held: list[tuple[Role, str | None]] = []
    for value in values:
        role, _, office = value.partition("@")
        if role not in set(Role):
            raise click.BadParameter(
                f"{role!r} is no role. Roles are {', '.join(Role)}; an office follows as in monitor@KPT."
            )
        held.append((Role(role), office.upper() or None))
    return held


@user.command()
@click.argument("username")
@click.option("--name", required=True, help="The name that colleagues see.")
@click.option(
    "--role",
    "roles",
    metavar="ROLE[@OFFICE]",
    callback=holdings,
    multiple=True,
    required=True,
    help=f"One of {', '.join(Role)}: for all offices, or for one as in monitor@KPT. May be repeated.",
)
@click.option(
    "--language", type=click.Choice([each.value for each in Language]), default="km", show_default=True
)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)
def add(
    username: str, name: str, roles: list[tuple[Role, str | None]], language: str, *, password_stdin: bool
) -> None:
    """Give USERNAME an account with a password and roles.

    Needs LIVELIHOOD_OWNER_DATABASE_URL: whoever may act as the owner of the tables may make the first accounts.
    """
    settings = Settings.from_environment(os.environ).require(OWNER_DATABASE_URL)
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    asyncio.run(write(settings, NewStaff(username, name, password, roles, language)))
    click.echo(f"{name} can sign in as {username.strip().lower()}.")


async def write(settings: Settings, data: NewStaff) -> None:
    async with setup(settings) as uow:
        await service.add_staff(uow, data)
