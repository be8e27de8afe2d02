from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from livelihood.accounts.permissions import Role
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.notices.models import Outbox
from livelihood.notices.queries import recipients
from livelihood.notices.rules import ChannelKind, Count, Kind

NOTHING: Mapping[Count, int] = {}


async def tell(
    uow: UnitOfWork,
    staff_ids: Iterable[UUID],
    *,
    kind: Kind,
    key: str,
    path: str,
    clock: Clock,
    counts: Mapping[Count, int] = NOTHING,
    channel: ChannelKind | None = None,
) -> None:
    """Leave a message for these people, to be sent once the transaction is committed; by which channel is theirs to
    say, unless the message is about the channel itself.

    `key` names what it is about: whoever was told already under it is not told again. `path` is a page of ours that
    shows the reader what they may see, as in `/alerts/…`; ids alone, never a code or a name.
    """
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "staff_id": staff_id,
            "kind": kind.value,
            "key": key,
            "counts": {count.value: number for count, number in counts.items()},
            "path": path,
            "created_at": now,
            "channel": channel,
            "send_after": now,
        }
        for staff_id in sorted(set(staff_ids))
    ]
    if rows:
        # Nothing is returned: whoever tells somebody may not read what others are told.
        await uow.session.execute(insert(Outbox).values(rows).on_conflict_do_nothing().inline())


async def tell_safeguarding(
    uow: UnitOfWork,
    *,
    office_id: int | None,
    key: str,
    path: str,
    clock: Clock,
    also: Iterable[UUID] = (),
) -> None:
    """Tell the focal points, the office's and the national ones, and the office's supervisors at once.

    `also` are those who look after the household, where it is about one, as far as they are at work. Where all of these
    are nobody, whoever is a manager there hears of it. Without an office it passes the offices by and reaches only those
    who hold these roles for all of them.
    """
    people = await recipients(uow, office_id) | set(also)
    people = people or await recipients(uow, office_id, [Role.MANAGER])
    await tell(uow, people, kind=Kind.SAFEGUARDING, key=key, path=path, clock=clock)
