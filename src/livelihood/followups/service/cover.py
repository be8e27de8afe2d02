from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, NotFound, invalid, say
from livelihood.followups.models import Cover
from livelihood.followups.schemas_care import CoverIn

# A longer absence is a change of hands: the households get another monitor.
LONGEST = timedelta(days=366)
DAY = timedelta(days=1)
STANDS_IN = (Role.MONITOR, Role.CASEWORKER, Role.SUPERVISOR)


class CoverOverlaps(DomainError):
    code = "cover-overlaps"


async def cover(uow: UnitOfWork, data: CoverIn, *, clock: Clock) -> UUID:
    """Let somebody work a monitor's households while the monitor is away; it begins and ends by itself.

    Raises `InvalidInput`, `CoverOverlaps` where one of the two is away or stands in on some of these days already.
    """
    uow.actor.require(Permission.COVER_SET, data.office_id)
    cover_id = data.id or new_id()
    if data.id is not None and not await uow.claim("cover", data.id, data):
        return cover_id
    _check_days(data, clock.today())
    if data.by_id == data.staff_id:
        raise invalid("by_id", say("Nobody covers their own leave. Choose a colleague."))
    # In one order, so that two supervisors wait for each other and never for ever.
    people = {
        one.id: one
        for one in await uow.session.scalars(
            select(Staff)
            .where(Staff.id.in_([data.staff_id, data.by_id]))
            .order_by(Staff.id)
            .with_for_update(key_share=True)
        )
    }
    await _at_work(uow, people.get(data.staff_id), (Role.MONITOR,), data.office_id, "staff_id")
    await _at_work(uow, people.get(data.by_id), STANDS_IN, data.office_id, "by_id")
    await _no_overlap(uow, data, people)
    uow.session.add(
        Cover(
            id=cover_id,
            office_id=data.office_id,
            staff_id=data.staff_id,
            by_id=data.by_id,
            from_on=data.from_on,
            until_on=data.until_on,
            set_by=uow.actor.id,
            set_at=clock.now(),
        )
    )
    await uow.session.flush()
    return cover_id


async def end_cover(uow: UnitOfWork, cover_id: UUID, *, clock: Clock) -> None:
    """The monitor is back: yesterday was the last day. A cover that has not begun is taken away."""
    found = (
        await uow.session.scalars(select(Cover).where(Cover.id == cover_id).with_for_update())
    ).one_or_none()
    if found is None:
        raise NotFound(say("There is no such cover here. It may have been ended already."))
    uow.actor.require(Permission.COVER_SET, found.office_id)
    yesterday = clock.today() - DAY
    if found.from_on > yesterday:
        await uow.session.delete(found)
    else:
        found.until_on = min(found.until_on, yesterday)
    await uow.session.flush()


def _check_days(data: CoverIn, today: date) -> None:
    """It may have begun, as that of somebody who fell ill weeks ago: whose work it is follows from today alone, so that
    nothing of the days before changes. It ends within a year of its beginning, and has not ended yet.
    """
    if data.until_on < data.from_on:
        raise invalid(
            "until_on",
            say("{day} is before the first day. Write the last day of the leave.", day=data.until_on),
        )
    if data.until_on < today:
        raise invalid("until_on", say("{day} is over. Cover is for days to come.", day=data.until_on))
    if data.from_on - today > LONGEST:
        raise invalid(
            "from_on",
            say("{day} is more than a year away. Check the year of the first day.", day=data.from_on),
        )
    if data.until_on - data.from_on > LONGEST:
        raise invalid(
            "until_on",
            say("This is longer than a year. Give the households to another monitor instead."),
        )


async def _at_work(
    uow: UnitOfWork, person: Staff | None, roles: Collection[Role], office_id: int, field: str
) -> None:
    if person is None or person.kind != StaffKind.PERSON:
        raise invalid(field, say("There is nobody with this id. Choose somebody from the list."))
    if not person.active:
        raise invalid(
            field,
            say(
                "{name} does not work here any more. Choose somebody else, or give the households to another monitor.",
                name=person.name,
            ),
        )
    held = await uow.session.scalar(
        select(StaffRole.id)
        .where(
            StaffRole.staff_id == person.id,
            StaffRole.role.in_([role.value for role in roles]),
            or_(StaffRole.office_id == office_id, StaffRole.office_id.is_(None)),
        )
        .limit(1)
    )
    if held is None:
        raise invalid(
            field,
            say(
                "{name} visits no families for this office. Choose one of its staff from the list.",
                name=person.name,
            ),
        )


async def _no_overlap(uow: UnitOfWork, data: CoverIn, people: dict[UUID, Staff]) -> None:
    """Nobody is covered twice on a day, nobody stands in while they are away themselves."""
    others = await uow.session.scalars(
        select(Cover)
        .where(
            Cover.from_on <= data.until_on,
            Cover.until_on >= data.from_on,
            or_(
                Cover.staff_id.in_([data.staff_id, data.by_id]),
                Cover.by_id == data.staff_id,
            ),
        )
        .order_by(Cover.from_on)
    )
    for other in others:
        if other.staff_id == data.staff_id:
            raise CoverOverlaps(
                say(
                    "{name} is covered from {start} to {end} already. Choose other days, or end that cover first.",
                    name=people[data.staff_id].name,
                    start=other.from_on,
                    end=other.until_on,
                )
            )
        if other.staff_id == data.by_id:
            raise CoverOverlaps(
                say(
                    "{name} is away from {start} to {end}. Choose a colleague who is there.",
                    name=people[data.by_id].name,
                    start=other.from_on,
                    end=other.until_on,
                )
            )
        raise CoverOverlaps(
            say(
                "{name} covers a colleague from {start} to {end}. Let somebody else cover that leave first.",
                name=people[data.staff_id].name,
                start=other.from_on,
                end=other.until_on,
            )
        )
