"""The day's digest: what waits for each person who wants to hear of it, left in the outbox once a day."""

from sqlalchemy import or_, select

from livelihood.accounts.models import Staff
from livelihood.accounts.queries import actor_of
from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.work import Database, UnitOfWork
from livelihood.desk.queries.digest import waiting
from livelihood.notices.models import StaffChannel
from livelihood.notices.rules import Kind
from livelihood.notices.service import digest_hour_has_come, tell

BATCH = 20


async def make_digests(database: Database, *, clock: Clock) -> int:
    """By state and not by the hour: whoever has not had today's gets it, from seven o'clock on; says how many did.

    A person's day is done in the transaction that leaves the message, so two workers, or one that is killed, tell
    nobody twice. Where nothing waits nothing is said, and the day is done as well.
    """
    if not digest_hour_has_come(clock):
        return 0
    made = 0
    while True:
        async with database.work(WORKER) as uow:
            people, told = await _batch(uow, clock)
        if not people:
            return made
        made += told


async def _batch(uow: UnitOfWork, clock: Clock) -> tuple[int, int]:
    today = clock.today()
    channels = (
        await uow.session.scalars(
            select(StaffChannel)
            .join(Staff, Staff.id == StaffChannel.staff_id)
            .where(
                StaffChannel.digest,
                Staff.active,
                or_(StaffChannel.digested_on.is_(None), StaffChannel.digested_on < today),
            )
            .order_by(StaffChannel.staff_id)
            .limit(BATCH)
            .with_for_update(of=StaffChannel, skip_locked=True)
        )
    ).all()
    told = 0
    for channel in channels:
        channel.digested_on = today
        person = await actor_of(uow, channel.staff_id)
        counts = await waiting(uow, person, today) if person else {}
        if counts:
            await tell(
                uow,
                [channel.staff_id],
                kind=Kind.DIGEST,
                key=f"digest:{today}",
                path="/",
                clock=clock,
                counts=counts,
            )
            told += 1
    return len(channels), told
