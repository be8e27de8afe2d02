"""Recording a visit, beside the very statements it takes, sent by bare asyncpg with nothing in between."""

import asyncio
import contextlib
import time
from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.prepared_stmt import PreparedStatement

from benchmarks import data
from benchmarks.rounds import Ratio, ratio
from livelihood.db.actor import Token
from livelihood.db.models import new_id
from livelihood.db.work import Database
from livelihood.followups import service
from livelihood.followups.queries import effects, visits
from livelihood.followups.schemas import VisitIn


class Statement(msgspec.Struct):
    """`many`: the arguments are those of many rows."""

    sql: str
    arguments: Sequence[Any]
    many: bool = False


class Undone(Exception):
    """No error: it takes back what was only done to be written down."""


async def families(conn: Any, office_id: int, count: int) -> list[tuple[UUID, list[UUID]]]:
    """Households of the office that have children, and these."""
    rows = await conn.fetch(
        "SELECT h.id, array_agg(m.id) FROM households h JOIN members m ON m.household_id = h.id "
        "WHERE h.office_id = $1 AND m.relationship <> 'head' AND m.left_on IS NULL GROUP BY h.id, h.code "
        "ORDER BY h.code DESC LIMIT $2",
        office_id,
        count,
    )
    if len(rows) < count:
        raise RuntimeError(f"there are {len(rows)} families to visit, not {count}")
    return [(row[0], row[1]) for row in rows]


def body(household_id: UUID, children: Sequence[UUID]) -> bytes:
    education = {"kind": "education", "state": "formal", "learnt_from": "register"}
    findings: list[object] = [{"member_id": str(child), "details": education} for child in children]
    findings.append({"details": {"kind": "business", "state": "operating"}})
    return msgspec.json.encode(
        {
            "id": new_id(),
            "household_id": household_id,
            "happened_on": data.TODAY - timedelta(days=1),
            "outcome": "met",
            "findings": findings,
        }
    )


async def compare(
    conn: Any,
    port: int,
    who: data.Someone,
    office_id: int,
    app_url: str,
    decode_actor: Any,
    rounds: int,
    each: int,
) -> Ratio:
    """Visits a second, one after the other; every household is visited once."""
    found = await families(conn, office_id, 2 * (rounds + 1) * each)
    database = Database(app_url, decode_actor=decode_actor, pool_size=1)
    bare: Any = await asyncpg.connect(app_url)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        mine, other = found[:each], found[each : 2 * each]
        del found[: 2 * each]
        requests = [post(body(*one), who.token) for one in mine]
        # A connection of each round's own: the server closes one that has been idle while the others were replayed.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = time.perf_counter()
        for request in requests:
            await sent(reader, writer, request)
        took = time.perf_counter() - began
        writer.close()
        written = [await statements(database, who, body(*one)) for one in other]
        began = time.perf_counter()
        for one in written:
            async with bare.transaction():
                for statement in one:
                    if statement.many:
                        await bare.executemany(statement.sql, statement.arguments)
                    else:
                        await bare.fetch(statement.sql, *statement.arguments)
        replayed = time.perf_counter() - began
        if number:  # the first prepares what both prepare once
            ours.append(each / took)
            theirs.append(each / replayed)
    await bare.close()
    await database.stop()
    return ratio(
        "POST /visits, against the same statements through bare asyncpg", ours, theirs, unit="visits/s"
    )


def post(content: bytes, token: str) -> bytes:
    head = (
        "POST /api/v1/visits HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def sent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    answer = await reader.readexactly(
        int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    )
    if not head.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(f"a visit was answered {head[:60]!r} {answer[:300]!r}")


async def statements(database: Database, who: data.Someone, content: bytes) -> list[Statement]:
    """What is sent to PostgreSQL when this visit is recorded and answered; it is then taken back."""
    visit = msgspec.json.decode(content, type=VisitIn)
    clock = data.clock()
    with written_down() as found, contextlib.suppress(Undone):
        async with database.work(Token.of(who.token)) as uow:
            visit_id = await service.record_visit(uow, visit, clock=clock)
            await effects.of_visit(uow, await visits.one(uow, visit_id), clock.today())
            raise Undone
    begins = ("BEGIN", "ROLLBACK", "COMMIT")
    return [one for one in found if not one.sql.startswith(begins)]


@contextlib.contextmanager
def written_down() -> Generator[list[Statement]]:
    """Every statement that this process sends, in order, with its arguments."""
    found: list[Statement] = []
    prepared, direct = PreparedStatement.fetch, asyncpg.Connection._do_execute  # noqa: SLF001

    async def fetch(self: Any, *arguments: Any, timeout: Any = None) -> Any:  # noqa: ASYNC109  # asyncpg's
        found.append(Statement(self.get_query(), arguments))
        return await prepared(self, *arguments, timeout=timeout)

    async def execute(self: Any, query: str, executor: Any, *rest: Any, **more: Any) -> Any:
        cells = dict(zip(executor.__code__.co_freevars, executor.__closure__ or (), strict=True))
        found.append(
            Statement(query, list(cells["args"].cell_contents), "_executemany" in executor.__qualname__)
        )
        return await direct(self, query, executor, *rest, **more)

    PreparedStatement.fetch, asyncpg.Connection._do_execute = fetch, execute  # noqa: SLF001
    try:
        yield found
    finally:
        PreparedStatement.fetch, asyncpg.Connection._do_execute = prepared, direct  # noqa: SLF001
