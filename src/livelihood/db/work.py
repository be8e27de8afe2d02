"""One transaction per request or job. Only this module commits."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction, create_async_engine

from livelihood.db.actor import WORKER, Actor, Identity, Token
from livelihood.db.models import Creation, Dirty
from livelihood.db.read_pool import PATIENCE, ReadPool
from livelihood.db.reader import Connection
from livelihood.errors import Conflict, DomainError, say

log = logging.getLogger(__name__)


class SignInEnded(DomainError):
    """No such token, or it expired, or it was signed out elsewhere."""

    code = "sign-in-ended"
    status = 401


class Reads:
    """A connection of the read pool that has stated who asks."""

    def __init__(self, conn: Connection, actor: Actor) -> None:
        self.conn = conn
        self.actor = actor

    async def connection(self) -> Connection:
        return self.conn


class UnitOfWork:
    """The transaction of one request or job, and who it is for.

    `past_policies`: no row policy holds here. Only then PostgreSQL takes COPY FROM.
    """

    def __init__(
        self, session: AsyncSession, conn: Connection, actor: Actor, *, past_policies: bool = False
    ) -> None:
        self.session = session
        self.conn = conn
        self.actor = actor
        self.past_policies = past_policies
        self.wakes = False

    async def connection(self) -> Connection:
        """The transaction's own driver connection; what the session holds back is written first, so reads see it."""
        await self.session.flush()
        return self.conn

    def savepoint(self) -> AsyncSessionTransaction:
        """`async with uow.savepoint():` undoes its body when it raises, and leaves the transaction usable."""
        return self.session.begin_nested()

    async def mark_dirty(self, household_id: UUID, office_id: int, cause: str) -> None:
        """Have the workers look at this household again once the transaction is committed."""
        await self.session.execute(
            # inline: the application may write these rows but not read them, so nothing is returned
            insert(Dirty).values(household_id=household_id, office_id=office_id, cause=cause).inline()
        )
        self.wake()

    def wake(self) -> None:
        """Ping the workers after the commit: a matter of promptness, nothing depends on it."""
        self.wakes = True

    async def claim(self, kind: str, record_id: UUID, body: msgspec.Struct) -> bool:
        """True when this creating request is carried out for the first time, False when it is repeated.

        `kind` says what is created, and for which record where the address of the request says so and not its body.

        A second transaction with the same id waits here until the first has ended.
        Raises `Conflict` where the id was used for something else.
        """
        digest = hashlib.sha256(msgspec.json.encode(body, order="sorted")).digest()
        created = await self.session.execute(
            upsert(Creation)
            .values(id=record_id, kind=kind, body_hash=digest)
            .on_conflict_do_nothing(index_elements=[Creation.id])
            .returning(Creation.id)
        )
        if created.scalar_one_or_none() is not None:
            return True
        before = (
            await self.session.execute(
                select(Creation.kind, Creation.body_hash).where(Creation.id == record_id)
            )
        ).one()
        if (before.kind, before.body_hash) != (kind, digest):
            raise Conflict(
                say(
                    "The id {id} was already used for another record. Send the same body again, or use a new id.",
                    id=record_id,
                )
            )
        return False


class ReadBlock:
    """The block of `Database.read`: a connection of the read pool, taken in somebody's name, and given back.

    Written out and no generator, because every read of every page enters one.
    """

    def __init__(
        self,
        database: "Database",
        identity: Identity,
        request_id: str,
        recognise: Callable[[Actor], None] | None,
    ) -> None:
        self.database = database
        self.identity = identity
        self.request_id = request_id
        self.recognise = recognise

    async def __aenter__(self) -> Reads:
        try:
            self.conn = await self.database.pool.take()
        except TimeoutError as error:
            raise PoolTimeout from error
        try:
            found = await self.conn.fetchval(*_enter(self.identity, self.request_id, local=False))
            actor = self.database.known(found)
            if self.recognise is not None:
                self.recognise(actor)
        except BaseException as error:
            self.database.pool.give_back(self.conn, error)
            raise
        return Reads(self.conn, actor)

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.database.pool.give_back(self.conn, error)


class Database:
    """The engine for writing, the pool for reading, and the one way to either: stating who asks."""

    def __init__(
        self,
        url: str,
        *,
        decode_actor: Callable[[str], Actor],
        wake: Callable[[], Awaitable[None]] | None = None,
        pool_size: int = 10,
    ) -> None:
        self.url = url
        self.decode_actor = decode_actor
        self.on_commit = wake
        self.pool_size = pool_size
        self.engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=PATIENCE,
            hide_parameters=True,  # what a family told us is nothing for a log
            json_deserializer=msgspec.json.decode,
        )
        self.pool = ReadPool(url, pool_size)
        self.pings: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises what asyncpg raises where PostgreSQL does not answer."""
        self.pool.give_back(await self.pool.take())

    async def stop(self) -> None:
        for ping in list(self.pings):
            ping.cancel()
        await self.pool.close()
        await self.engine.dispose()

    def read(
        self, identity: Identity, request_id: str = "", recognise: Callable[[Actor], None] | None = None
    ) -> ReadBlock:
        """`recognise` is told who it is. Raises `SignInEnded` when the token is not known any more, and SQLAlchemy's
        `TimeoutError`, as the engine does, where no connection comes free.
        """
        return ReadBlock(self, identity, request_id, recognise)

    @asynccontextmanager
    async def work(self, identity: Identity, request_id: str = "") -> AsyncGenerator[UnitOfWork]:
        """Commits when the block ends, rolls back when it raises. Raises `SignInEnded` as `read` does."""
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=True) as session:
            sql, key, local, request = _enter(identity, request_id, local=True)
            entered = await session.execute(
                text(sql.replace("$1", ":key").replace("$2", ":local").replace("$3", ":request")),
                {"key": key, "local": local, "request": request},
            )
            connection = await (await session.connection()).get_raw_connection()
            driver = cast("Connection", connection.driver_connection)
            uow = UnitOfWork(
                session, driver, self.known(entered.scalar_one()), past_policies=identity == WORKER
            )
            yield uow
            await session.commit()
        if uow.wakes and self.on_commit is not None:
            ping = asyncio.create_task(self._ping(self.on_commit))
            self.pings.add(ping)
            ping.add_done_callback(self.pings.discard)

    async def answers(self) -> bool:
        """Whether PostgreSQL answers now; for health checks, which act for nobody and read nothing."""
        try:
            async with asyncio.timeout(2), self.pool.held() as conn:
                return await conn.fetchval("SELECT true") is True
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    async def _ping(self, wake: Callable[[], Awaitable[None]]) -> None:
        try:
            await wake()
        except Exception as error:  # noqa: BLE001  # the workers find the work by themselves at their next tick
            log.warning("workers not pinged: %s", type(error).__name__)

    def known(self, entered: str | None) -> Actor:
        if entered is None:
            raise SignInEnded(say("Your sign-in has ended. Sign in again to go on."))
        return self.decode_actor(entered)


def _enter(identity: Identity, request_id: str, *, local: bool) -> tuple[str, bytes | str, bool, str]:
    if isinstance(identity, Token):
        return "SELECT app.enter($1, $2, $3)::text", identity.digest, local, request_id
    return "SELECT app.enter_as($1, $2, $3)::text", identity.name, local, request_id
