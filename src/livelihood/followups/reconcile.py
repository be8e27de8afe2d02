"""Write down what `desired()` says: load a batch's facts, compare with what is stored, apply the difference.

The workers run this for every household whose facts changed; a recorded visit runs it for its own household, so
that its effect shows at once. Running it twice, or in two places, changes nothing.
"""

import logging
import math
import time
from collections.abc import Sequence
from datetime import date
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Uuid,
    all_,
    any_,
    bindparam,
    case,
    delete,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.models import Dirty
from livelihood.db.reader import Read
from livelihood.db.work import Database, UnitOfWork
from livelihood.db.writer import Write, arrays, given
from livelihood.followups import models
from livelihood.followups.queries import facts
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries.visits import MET, TO_THE_FAMILY
from livelihood.followups.rules.alerts import Alert, AlertClosed
from livelihood.followups.rules.consequences import Consequence
from livelihood.followups.rules.desired import desired
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.release import RULES
from livelihood.followups.rules.reviews import DayToReview
from livelihood.followups.rules.silence import Followed
from livelihood.followups.rules.state import FollowUp
from livelihood.followups.telling import tell_of_missing_children
from livelihood.followups.writing import Derived, Place
from livelihood.households.models import Household
from livelihood.observations.models import Withdrawal
from livelihood.observations.queries import withdrawn

log = logging.getLogger(__name__)

BATCH = 100


class Taken(msgspec.Struct, frozen=True):
    household_id: UUID


IDS = bindparam("ids", type_=ARRAY(Uuid))

FOLLOW_UPS = Derived(models.FollowUp, FollowUp)
# An alert is never taken away, because somebody may have acted on it. What closes goes first: a child has one open
# alert of a kind at any moment.
ALERTS = Derived(models.Alert, Alert, keeps=True, last=lambda alert: alert.closed_on is None)
# What was told stays as it was told; that it is over is written beside it.
CONSEQUENCES = Derived(models.Consequence, Consequence, keeps=True, changes=("ended_on", "ended_because"))
FOLLOWED = Derived(models.FollowedChild, Followed, key="member_id")
TO_REVIEW = Derived(models.DayToReview, DayToReview)
# An alert without a finding was raised by all the attempts until then, of which `visit_id` is only the last.
ATTEMPT_WITHDRAWN = (
    models.Alert.observation_id.is_(None)
    & select(Withdrawal.visit_id)
    .join(models.Visit, models.Visit.id == Withdrawal.visit_id)
    .where(
        Withdrawal.household_id == models.Alert.household_id,
        Withdrawal.withdrawn_at >= models.Alert.opened_at,
        models.Visit.recorded_at <= models.Alert.opened_at,
        TO_THE_FAMILY,
        ~MET,
    )
    .correlate(models.Alert)
    .exists()
)
CLOSE_UNCALLED = Write(
    update(models.Alert)
    .values(
        closed_on=bindparam("today", type_=Date),
        closed_because=case(
            (
                withdrawn(models.Alert.__table__.c.visit_id) | ATTEMPT_WITHDRAWN,
                AlertClosed.CORRECTED.value,
            ),
            else_=AlertClosed.FACTS_CHANGED.value,
        ),
    )
    .where(
        models.Alert.household_id == any_(IDS),
        models.Alert.closed_on.is_(None),
        models.Alert.id != all_(bindparam("called_for", type_=ARRAY(Uuid))),
    )
)
# What closed it is taken back. Whoever read of the end has to hear that it was none.
REOPENED = Write(
    update(models.Alert)
    .values(reopened_at=bindparam("now", type_=DateTime(timezone=True)))
    .where(models.Alert.id == any_(bindparam("keys", type_=ARRAY(Uuid))))
)
WORKED_OUT = ("id", "next_change_on", "rules")
CHANGES = given(Household, WORKED_OUT)
NOTE = Write(
    update(Household)
    .values(next_change_on=CHANGES.c.next_change_on, rules=CHANGES.c.rules)
    .where(Household.id == CHANGES.c.id)
)


FORGET = Read(delete(Dirty).where(Dirty.household_id == any_(IDS)).returning(Dirty.household_id), Taken)


@cache
def oldest(size: int) -> Read[Taken]:
    """Households with the oldest marks that nobody has locked, which locks them.

    In the order of the marks, and not of the households: whatever the backlog, it is a few steps along an index (and
    the size is no parameter, for PostgreSQL to know). The limit comes after the lock, or workers would all wait for
    the same oldest few.
    """
    return Read(
        select(Dirty.household_id)
        .join(Household, Household.id == Dirty.household_id)
        .where(Household.id != all_(bindparam("broken", type_=ARRAY(Uuid))))
        .order_by(Dirty.id)
        .limit(literal_column(str(size)))
        .with_for_update(skip_locked=True, key_share=True, of=Household),
        Taken,
    )


@cache
def of_older_rules(size: int) -> Read[Taken]:
    """Households that only a release before this one has worked out, and that nobody has locked, which locks them.

    None of newer rules: while the workers of two releases run, the newer one has the last word, because what the older
    one writes has its own number.
    """
    return Read(
        select(Household.id.label("household_id"))
        .where(
            Household.rules < literal_column(str(RULES)),
            Household.id != all_(bindparam("broken", type_=ARRAY(Uuid))),
        )
        .order_by(Household.rules)
        .limit(literal_column(str(size)))
        .with_for_update(skip_locked=True, key_share=True),
        Taken,
    )


async def reconcile(uow: UnitOfWork, household_ids: Sequence[UUID], *, clock: Clock) -> None:
    """Bring these households' follow-ups and alerts up to date. Their rows must be locked by the caller."""
    today = clock.today()

    ids = list(household_ids)
    policy = await policies.in_full(uow)
    numbers = Numbers(policy.numbers)
    now = clock.now()
    follow_ups: dict[UUID, tuple[Place, FollowUp]] = {}
    alerts: dict[UUID, tuple[Place, Alert]] = {}
    consequences: dict[UUID, tuple[Place, Consequence]] = {}
    followed: dict[UUID, tuple[Place, Followed]] = {}
    to_review: dict[UUID, tuple[Place, DayToReview]] = {}
    changes: list[tuple[UUID, date | None, int]] = []
    for loaded in await facts.load(uow, ids, clock.local_day):
        calendar = policies.calendar_for(policy, loaded.household)
        plan = desired(loaded.household, policy.protocols, calendar, today, clock.local_day, numbers)
        place = Place(loaded.household.id, loaded.office_id)
        follow_ups |= {one.id: (place, one) for one in plan.follow_ups}
        alerts |= {one.id: (place, one) for one in plan.alerts}
        consequences |= {
            one.id: (place, one if one.recorded_at else msgspec.structs.replace(one, recorded_at=now))
            for one in plan.consequences
        }
        followed |= {one.member_id: (place, one) for one in plan.followed}
        to_review |= {one.id: (place, one) for one in plan.to_review}
        if (plan.next_change_on, RULES) != (loaded.next_change_on, loaded.rules):
            changes.append((loaded.household.id, plan.next_change_on, RULES))
    await FOLLOW_UPS.write(uow, ids, follow_ups)
    await CLOSE_UNCALLED.run(uow, ids=ids, called_for=list(alerts), today=today)
    before = await ALERTS.write(uow, ids, alerts)
    opened = {key: alerts[key] for key, was in before.items() if was is None}
    reopened = {
        key: alerts[key]
        for key, was in before.items()
        if was is not None and was.closed_on and alerts[key][1].closed_on is None
    }
    if reopened:
        await REOPENED.run(uow, keys=list(reopened), now=now)
    await tell_of_missing_children(uow, opened.values(), clock=clock)
    await tell_of_missing_children(uow, reopened.values(), clock=clock, again=True)
    await CONSEQUENCES.write(uow, ids, consequences)
    await FOLLOWED.write(uow, ids, followed)
    await TO_REVIEW.write(uow, ids, to_review)
    if changes:
        await NOTE.run(uow, **arrays(WORKED_OUT, changes))


async def tick(database: Database, clock: Clock, *, batch: int = BATCH, seconds: float = math.inf) -> int:
    """Work off everything that is dirty, then what older rules have left, one transaction a batch; says how many
    households were looked at.

    After so many seconds it begins no other batch: a backlog of hours is no run that failed. What is dirty stays so until its batch is committed, so a kill at any moment loses nothing. A household that
    cannot be worked out is left dirty, logged, and does not hold up the others.
    """
    until = time.monotonic() + seconds
    async with database.work(WORKER) as uow:
        await _mark_those_whose_day_has_come(uow, clock)
    looked_at, size = 0, batch
    broken: list[UUID] = []
    while True:
        taken: list[UUID] = []
        try:
            async with database.work(WORKER) as uow:
                taken += await _take(uow, size, broken)
                if taken:
                    await reconcile(uow, taken, clock=clock)
        except Exception:
            if not taken:
                raise
            if len(taken) > 1:
                # Once a run, however long that took: or the next one would begin with the same batch, and end with it.
                size = 1
                continue
            log.exception("household %s could not be worked out; it stays dirty", taken[0])
            broken += taken
        else:
            looked_at += len(taken)
        # Also where nothing can be worked out: a run that is killed for its length counts as one that failed.
        if not taken or time.monotonic() > until:
            return looked_at


async def _take(uow: UnitOfWork, size: int, broken: list[UUID]) -> list[UUID]:
    """Lock some dirty households that nobody else has, and take their marks away; where none is, some of older rules.

    The lock lets rows of the household be written meanwhile; who writes facts leaves a new mark.
    """
    while found := await oldest(size).all(uow, broken=broken):
        # What another worker has just done is unlocked again, and its marks are gone.
        marks = await FORGET.all(uow, ids=list({one.household_id for one in found}))
        if marks:
            return list({one.household_id for one in marks})
    return [one.household_id for one in await of_older_rules(size).all(uow, broken=broken)]


async def _mark_those_whose_day_has_come(uow: UnitOfWork, clock: Clock) -> None:
    """By state and not by the hour: a day on which no worker ran is caught up by the next tick."""
    due = select(Household.id, Household.office_id, literal("a day has come")).where(
        Household.next_change_on <= clock.today(),
        ~select(Dirty.id).where(Dirty.household_id == Household.id).exists(),
    )
    await uow.session.execute(insert(Dirty).from_select(["household_id", "office_id", "cause"], due))
