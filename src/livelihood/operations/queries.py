from datetime import UTC, date, datetime

import msgspec
from sqlalchemy import select

from livelihood.clock import Clock
from livelihood.db import migrate
from livelihood.db.reader import Connection, Read, Reading
from livelihood.operations import rules
from livelihood.operations.models import WorkerRun
from livelihood.operations.rules import Backlog, Check, Run

RUNS = Read(
    select(*(getattr(WorkerRun, name) for name in Run.__struct_fields__)).order_by(WorkerRun.job), Run
)


async def backlog(connection: Connection, today: date) -> Backlog:
    found = await connection.fetchval("SELECT app.backlog($1)::text", today)
    return msgspec.json.decode(found, type=Backlog)


async def checks(reading: Reading, *, clock: Clock, sends: bool) -> list[Check]:
    """Everything that the database can say of how the installation does. `sends`: some way to send messages is set up."""
    waits = await backlog(await reading.connection(), clock.today())
    return [
        rules.migrated(waits.revision, migrate.head()),
        rules.clocks(waits.now, datetime.now(UTC)),
        *rules.jobs(await RUNS.all(reading), waits.now),
        *rules.backlog(waits, clock.today(), sends=sends),
    ]
