"""A database of its own for one test, the application on it, and people to act in it."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from litestar import Litestar

from livelihood.accounts.actor import decode_actor
from livelihood.accounts.models import Staff, StaffRole
from livelihood.accounts.permissions import Role
from livelihood.accounts.service import HASHER, open_session
from livelihood.app import create_app
from livelihood.clock import Clock
from livelihood.concerns.vault import make_keys
from livelihood.db.actor import Named, Token
from livelihood.db.work import Database, Reads, UnitOfWork
from livelihood.embedded import Postgres
from livelihood.settings import Settings

CONCERN_KEYS = dict(
    zip(("LIVELIHOOD_CONCERN_PUBLIC_KEY", "LIVELIHOOD_CONCERN_PRIVATE_KEY"), make_keys(), strict=True)
)
ZONE = ZoneInfo("Asia/Phnom_Penh")
OFFICES = {"KPT": 1, "KMP": 2, "SVR": 3, "PNP": 4, "BTB": 5, "SRP": 6}


@dataclass(frozen=True)
class Person:
    """Somebody on the staff who is signed in."""

    id: UUID
    username: str
    token: str

    @property
    def identity(self) -> Token:
        return Token.of(self.token)


def clock_at(day: str, hour: int = 9) -> Clock:
    """A clock that shows this day now, and goes on."""
    then = datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=ZONE)
    return Clock(ZONE, then - datetime.now(ZONE))


@dataclass
class World:
    """`database` is what the application uses; `worker` and `owner` have those roles' rights."""

    server: Postgres
    name: str
    settings: Settings
    database: Database
    worker: Database
    owner: Database
    clock: Clock = field(default_factory=lambda: Clock(ZONE))
    people: dict[str, Person] = field(default_factory=dict)

    async def person(self, *roles: str, name: str | None = None) -> Person:
        """Somebody with these roles, as in `monitor@KPT`, or `manager` for all offices; made once each."""
        username = name or "-".join(roles).replace("@", ".").lower()
        if username in self.people:
            return self.people[username]
        async with self.owner.work(Named("setup")) as uow:
            staff = Staff(username=username, name=username.title(), language="en")
            uow.session.add(staff)
            await uow.session.flush()
            for role in roles:
                held, _, office = role.partition("@")
                uow.session.add(
                    StaffRole(
                        staff_id=staff.id, role=Role(held), office_id=OFFICES[office] if office else None
                    )
                )
            await uow.session.flush()
            signed_in = await open_session(uow, staff.id, lasts=timedelta(hours=1))
        self.people[username] = Person(staff.id, username, signed_in.token)
        return self.people[username]

    async def password(self, person: Person, password: str) -> None:
        """Let this person sign in with a password, as well as by the token the tests use."""
        async with self.owner.work(Named("setup")) as uow:
            staff = await uow.session.get_one(Staff, person.id)
            staff.password_hash = HASHER.hash(password)

    def work(self, person: Person) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.database.work(person.identity)

    def read(self, person: Person) -> AbstractAsyncContextManager[Reads]:
        return self.database.read(person.identity)

    def client(self, person: Person | None = None) -> httpx.AsyncClient:
        """A JSON client of the application, signed in by token."""
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        return httpx.AsyncClient(transport=self.transport(), base_url="http://test/api/v1", headers=headers)

    def browser(self, person: Person | None = None) -> "Browser":
        """A client of the pages, signed in by cookie; it says where it comes from, as a browser does."""
        return Browser(self.transport(), person)

    async def owner_rows(self, sql: str, *args: object) -> list[Any]:
        """Rows as the owner of the tables sees them, past every policy."""
        async with self.owner.read(Named("setup")) as reads:
            return await reads.conn.fetch(sql, *args)

    def transport(self) -> httpx.ASGITransport:
        app = app_of(self)
        return httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 1))  # type: ignore[arg-type]


APPS: dict[Settings, Litestar] = {}


def app_of(world: World) -> Litestar:
    """The application on this world's database and clock. Made once: that takes longer than most tests."""
    kind = replace(world.settings, database_url="", worker_database_url="", owner_database_url="")
    if kind not in APPS:
        APPS[kind] = create_app(world.settings, database=world.database, clock=world.clock)
    APPS[kind].state.update({"database": world.database, "clock": world.clock, "settings": world.settings})
    return APPS[kind]


class Browser(httpx.AsyncClient):
    def __init__(self, transport: httpx.ASGITransport, person: Person | None) -> None:
        super().__init__(
            transport=transport,
            base_url="http://test",
            cookies={"session": person.token} if person else {},
            headers={"Origin": "http://test"},
        )


@asynccontextmanager
async def made_world(server: Postgres, name: str) -> AsyncGenerator[World]:
    databases = {
        role: Database(
            server.url(user=f"livelihood_{role}", database=name), decode_actor=decode_actor, pool_size=4
        )
        for role in ("app", "worker", "owner")
    }
    for database in databases.values():
        await database.start()
    settings = Settings.from_environment(
        {
            "LIVELIHOOD_DATABASE_URL": databases["app"].url,
            "LIVELIHOOD_WORKER_DATABASE_URL": databases["worker"].url,
            "LIVELIHOOD_OWNER_DATABASE_URL": databases["owner"].url,
            "LIVELIHOOD_SECURE_COOKIES": "false",
            **CONCERN_KEYS,
        }
    )
    yield World(server, name, settings, databases["app"], databases["worker"], databases["owner"])
    for database in databases.values():
        await database.stop()
