"""`livelihood doctor`."""

import asyncio
import os
import sys

import asyncpg
import click
import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from livelihood.accounts.actor import decode_actor
from livelihood.db.actor import Named
from livelihood.db.work import Database
from livelihood.errors import Message, say
from livelihood.notices.offered import offered
from livelihood.operations import queries
from livelihood.operations.rules import Check, State, worst
from livelihood.runner import FOLDERS, reached
from livelihood.settings import (
    DATABASE_URL,
    EXAMPLES,
    REDIS_URL,
    WORKER_DATABASE_URL,
    Settings,
    SettingsError,
)

UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
NOT_MIGRATED = (asyncpg.UndefinedFunctionError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
COLOURS = {State.OK: "green", State.OFF: "dim", State.LATE: "yellow", State.WRONG: "bold red"}

RIGHTS = """
SELECT rolname::text, rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class c
  WHERE relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, relowner, 'MEMBER'))
FROM pg_roles r WHERE rolname = current_user
"""
MIGRATE = say("Run “livelihood migrate” with this version of the software.")


@click.command()
@click.argument("of", required=False, type=click.Choice(list(FOLDERS)))
@click.option("--json", "as_json", is_flag=True, help="For programs: the same lines as JSON.")
def doctor(of: str | None, *, as_json: bool) -> None:
    """Say whether everything runs, how far behind the workers are, and what to do.

    Looks at the database, its migrations and roles, at Redis, at each job of the workers and at what waits for them.
    Where LIVELIHOOD_DATABASE_URL is set, at that installation, with LIVELIHOOD_WORKER_DATABASE_URL and
    LIVELIHOOD_REDIS_URL where they are set. Otherwise at what `livelihood demo` or `livelihood up` runs in this folder;
    name the one that is meant where both do. Exit code 1 where something is late or wrong.
    """
    settings, title = installation(Settings.from_environment(os.environ), of)
    checks = asyncio.run(examine(settings))
    if as_json:
        lines = [
            {
                "name": check.name,
                "title": str(check.title),
                "state": check.state,
                "detail": str(check.detail),
                "advice": str(check.advice) if check.advice else None,
            }
            for check in checks
        ]
        click.echo(msgspec.json.encode({"state": worst(checks), "checks": lines}))
    else:
        Console().print(table(checks, title))
    sys.exit(0 if worst(checks) is State.OK else 1)


def installation(settings: Settings, of: str | None) -> tuple[Settings, str]:
    """What is to be looked at, and its name. Raises SettingsError."""
    if settings.database_url and of is None:
        return settings, "Livelihood"
    here = settings.data_dir.resolve()
    running = {
        command: found
        for command in (FOLDERS if of is None else (of,))
        if (found := reached(here / FOLDERS[command]))
    }
    match list(running.items()):
        case [(command, found)]:
            return found, f"Livelihood, as `livelihood {command}` runs it"
        case []:
            which = "neither `livelihood demo` nor `livelihood up`" if of is None else f"no `livelihood {of}`"
            unset = f"{DATABASE_URL} is not set, and " if of is None else ""
            raise SettingsError(
                f"{unset}{which} runs with its data in {here}. Call `livelihood doctor` in the folder where it was "
                f"started, or set the address as in {DATABASE_URL}={EXAMPLES[DATABASE_URL]}."
            )
        case _:
            raise SettingsError(
                f"More than one installation runs with its data in {here}. "
                "Say `livelihood doctor demo` or `livelihood doctor up`."
            )


def table(checks: list[Check], title: str) -> Table:
    made = Table(title=title, title_justify="left")
    for heading in ("", "What", "How it is", "What to do"):
        made.add_column(heading)
    for check in checks:
        advice = str(check.advice) if check.advice else ""
        made.add_row(f"[{COLOURS[check.state]}]{check.state}[/]", str(check.title), str(check.detail), advice)
    return made


async def examine(settings: Settings) -> list[Check]:
    checks = [
        *await database(settings),
        await role(settings.database_url, DATABASE_URL, past_policies=False),
    ]
    if settings.worker_database_url:
        checks.append(await role(settings.worker_database_url, WORKER_DATABASE_URL, past_policies=True))
    if settings.redis_url:
        checks.append(await redis(settings.redis_url))
    return checks


async def database(settings: Settings) -> list[Check]:
    title = say("Database")
    used = Database(settings.database_url, decode_actor=decode_actor, pool_size=1)
    try:
        await used.start()
        async with asyncio.timeout(30), used.read(Named("public")) as reads:
            checks = await queries.checks(reads, clock=settings.clock, sends=bool(offered(settings)))
    except NOT_MIGRATED:
        return [Check("migrations", say("Tables"), State.WRONG, say("older than this version"), MIGRATE)]
    except UNREACHABLE as error:
        return [unreachable("database", title, DATABASE_URL, error)]
    else:
        return [Check("database", title, State.OK, say("answers")), *checks]
    finally:
        await used.stop()


async def role(url: str, variable: str, *, past_policies: bool) -> Check:
    """The rows of other offices are kept back by policies, which bind neither a superuser nor who owns the tables."""
    title = say("Role of {variable}", variable=variable)
    try:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            name, superuser, past, owns = await connection.fetchrow(RIGHTS)
        finally:
            await connection.close()
    except UNREACHABLE as error:
        return unreachable(variable, title, variable, error)
    if superuser or owns or past is not past_policies:
        wanted = "livelihood_worker" if past_policies else "livelihood_app"
        return Check(
            variable,
            title,
            State.WRONG,
            say("{name} has other rights than its work needs", name=name),
            say("Set {variable} to an address with the role {wanted}, as “livelihood migrate” makes it.",
                variable=variable, wanted=wanted),
        )  # fmt: skip
    return Check(variable, title, State.OK, Message("{name}", {"name": name}))


async def redis(url: str) -> Check:
    """The pages do without it; the workers wait for it."""
    title = say("Redis")
    try:
        async with asyncio.timeout(5), Redis.from_url(url) as client:
            await client.ping()
    except (RedisError, OSError, TimeoutError) as error:
        return unreachable("redis", title, REDIS_URL, error)
    return Check("redis", title, State.OK, say("answers"))


def unreachable(name: str, title: Message, variable: str, error: BaseException) -> Check:
    """By the kind of error: its text may hold the address, and that a password."""
    return Check(
        name,
        title,
        State.WRONG,
        say("does not let us in ({error})", error=type(error).__name__),
        say("See that the server runs, and that {variable} is its address.", variable=variable),
    )
