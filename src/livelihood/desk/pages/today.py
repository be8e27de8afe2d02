from datetime import date, timedelta
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.concerns import queries as concerns
from livelihood.db.work import Reads
from livelihood.desk.queries import today as queries
from livelihood.errors import Message, say
from livelihood.followups import labels
from livelihood.followups.queries import left_alone, moved, reviews
from livelihood.followups.queries.board import silence, silent_in_hands, silent_in_no_hands
from livelihood.followups.queries.care import PLANS_DUE, PlanDue, plans_of
from livelihood.followups.queries.handover import waiting
from livelihood.followups.queries.left_alone import LeftAlone
from livelihood.followups.queries.looked_for import alert_offices
from livelihood.followups.queries.narrowed import Narrowed, worked_by
from livelihood.followups.queries.summary import Summary, summary
from livelihood.followups.queries.whose import Covering, covering, nobodys
from livelihood.followups.schemas_handover import HandoverOut, MovedOut
from livelihood.notices.offered import offered
from livelihood.notices.queries import reachable
from livelihood.notices.rules import SAFEGUARDING_ROLES
from livelihood.settings import Settings
from livelihood.web.pages import Html, page

PLANS_SHOWN_BEFORE = timedelta(days=7)
# They have no list of their own behind these.
MOST_PLANS = 30

# Roles whose work has no list of its own yet, and what they can do meanwhile.
WITHOUT_A_DESK: dict[Role, tuple[Message, Message]] = {
    Role.ADMIN: (
        say("Staff accounts"),
        say(
            "You look after who may sign in, and with which roles. Accounts are made on the server with the command "
            "“livelihood user add”. You see no family's records: that is meant to be so."
        ),
    ),
    Role.ANALYST: (
        say("Numbers without names"),
        say(
            "You work with aggregates that name nobody. Indicators and exports are not part of this version; when they "
            "come, they stand here."
        ),
    ),
    Role.AUDITOR: (
        say("Who did what, and when"),
        say(
            "Every change is written to the audit trail by the database itself. It can be read over the database today; "
            "its page is not part of this version."
        ),
    ),
}


class TodayPages(Controller):
    """Signing in lands here: on the person's own work, in numbers that are links."""

    path = "/"

    @get("/")
    async def today(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], state: State) -> Html:
        return page(
            "desk/today.html",
            reads,
            work=await work_of(reads, clock.today()),
            unreached=await unreached(reads, state.settings),
            labels=labels,
        )


class Silence(msgspec.Struct, frozen=True):
    """One office's children who were not confirmed when due, and the longest silence among them."""

    office_id: int
    name_en: str
    name_km: str
    children: int
    days: int
    escalated: int = 0
    level: str = ""

    @property
    def quiet(self) -> bool:
        return not (self.children or self.escalated)


class InHands(msgspec.Struct, frozen=True):
    """The silent children of the reader's own households, of those of a colleague for whom they cover, or of those in no
    hands that are theirs to give (without a `monitor_id`).
    """

    monitor_id: UUID | None
    covered: str
    children: int


class Work(msgspec.Struct):
    """What waits for one person. A section that none of their roles calls for is None, and is not shown."""

    missing: list[queries.OpenAlert] = []
    silence: list[Silence] | None = None
    in_hands: list[InHands] = []
    covering: list[Covering] = []
    handovers: list[HandoverOut] = []
    moved: list[MovedOut] = []
    left_alone: list[LeftAlone] = []
    reviews: int = 0
    plans: list[PlanDue] = []
    checks: Summary | None = None
    villages: list[queries.Village] | None = None
    alerts: list[queries.OpenAlert] | None = None
    open_alerts: int = 0
    to_decide: list[queries.Application] | None = None
    in_hand: list[queries.Unfinished] | None = None
    left_applications: list[queries.LeftApplication] = []
    to_pay: list[queries.Payment] | None = None
    totals: list[queries.Total] = []
    courses: list[queries.RunningCourse] | None = None
    left_courses: list[queries.LeftCourse] = []
    offices: list[queries.Office] | None = None
    concerns: int | None = None
    without_a_desk: list[tuple[Message, Message]] = []


async def work_of(reads: Reads, today: date) -> Work:
    actor = reads.actor
    assert isinstance(actor, Actor), "people sign in with their roles"
    work = Work(without_a_desk=[text for role, text in WITHOUT_A_DESK.items() if actor.has(role)])
    work.covering = await covering(reads, actor.id, today)
    work.handovers = await waiting(reads)
    work.moved = await moved.waiting(reads, limit=queries.SHOWN)
    work.left_alone = await left_alone.waiting(reads, limit=queries.SHOWN)
    if actor.may(Permission.VISITS_REVIEW):
        work.reviews = await reviews.number_waiting(reads)
    work.silence = await silence_of(reads, today)
    if actor.has(Role.MONITOR):
        work.in_hands = await in_hands_of(reads, actor, work.covering, today)
    await visits(reads, actor, work, today)
    await money(reads, actor, work)
    if offices := actor.offices_for(Permission.ALERTS_READ):
        work.missing = await queries.MISSING.all(reads, offices=list(offices))
        work.open_alerts = await queries.open_alerts(reads, actor)
    if offices := actor.offices_for(Permission.ALERTS_ACKNOWLEDGE):
        work.alerts = await queries.ALERTS.all(reads, offices=list(offices))
        soon = today + PLANS_SHOWN_BEFORE
        work.plans = await PLANS_DUE.all(reads, **plans_of(actor), today=today, until=soon, limit=MOST_PLANS)
    if actor.may(Permission.COURSES_MANAGE):
        work.courses = await queries.COURSES.all(reads, person=actor.id, today=today)
    await left(reads, actor, work, today)
    if actor.has(Role.FOCAL_POINT):
        work.concerns = await concerns.waiting(reads)
    if actor.has(Role.MANAGER):
        work.offices = await queries.offices(
            reads, today, {one.office_id: one.children for one in work.silence or []}
        )
    return work


async def unreached(reads: Reads, settings: Settings) -> bool:
    """Whether safeguarding notices are meant for this person, could be sent, and have nowhere to go."""
    actor = reads.actor
    assert isinstance(actor, Actor), "people sign in with their roles"
    meant = any(actor.has(role) for role in SAFEGUARDING_ROLES)
    return meant and bool(offered(settings)) and not await reachable(reads)


async def silence_of(reads: Reads, today: date) -> list[Silence] | None:
    """One number an office, for whoever reads what visits find; None for the others."""
    offices = reads.actor.offices_for(Permission.VISITS_READ)
    if not offices:
        return None
    found = await silence(reads, offices)
    actor = reads.actor
    assert isinstance(actor, Actor), "people sign in with their roles"
    mine = "manager" if actor.has(Role.MANAGER) else "supervisor" if actor.has(Role.SUPERVISOR) else ""
    return [
        Silence(
            office.id,
            office.name_en,
            office.name_km,
            found[office.id].children if office.id in found else 0,
            (today - found[office.id].since).days if office.id in found else 0,
            getattr(found[office.id], mine) if mine and office.id in found else 0,
            f"escalated_{mine}" if mine else "",
        )
        for office in reads.actor.offices
        if office.id in offices
    ]


async def in_hands_of(reads: Reads, actor: Actor, covers: list[Covering], today: date) -> list[InHands]:
    """One's own first; of colleagues and of nobody only where somebody is silent."""
    whose = {actor.id: ""} | {one.staff_id: one.staff for one in covers if one.by_id == actor.id}
    offices = actor.offices_for(Permission.VISITS_READ)
    found = await silent_in_hands(reads, offices, list(whose))
    of_nobody = offices & set(nobodys(actor))
    alone = await silent_in_no_hands(reads, of_nobody, list(whose), today) if of_nobody else 0
    return [
        InHands(monitor_id, covered, found.get(monitor_id, 0))
        for monitor_id, covered in whose.items()
        if not covered or monitor_id in found
    ] + ([InHands(None, "", alone)] if alone else [])


async def visits(reads: Reads, actor: Actor, work: Work, today: date) -> None:
    """Villages for whoever travels; the numbers alone for whoever answers for what is found."""
    travels = actor.has(Role.MONITOR) or actor.has(Role.SUPERVISOR)
    if travels or actor.has(Role.CASEWORKER):
        # The households that a monitor works, as the list behind shows them first.
        asked = await worked_by(reads, actor, today) if actor.has(Role.MONITOR) else Narrowed()
        work.checks = await summary(reads, actor, asked, today=today)
        if travels:
            offices = list(actor.offices_for(Permission.VISITS_RECORD))
            work.villages = await queries.VILLAGES.all(
                reads,
                offices=offices,
                alert_offices=alert_offices(actor, None),
                today=today,
                monitors=None if asked.monitors is None else list(asked.monitors),
                nobodys=list(asked.nobodys),
            )


async def money(reads: Reads, actor: Actor, work: Work) -> None:
    if deciding := list(actor.offices_for(Permission.GRANTS_DECIDE)):
        work.to_decide = await queries.TO_DECIDE.all(reads, offices=deciding, person=actor.id)
    if preparing := list(actor.offices_for(Permission.GRANTS_PREPARE)):
        work.in_hand = await queries.IN_HAND.all(reads, offices=preparing, person=actor.id)
    if paying := list(actor.offices_for(Permission.GRANTS_PAY)):
        work.to_pay = await queries.TO_PAY.all(reads, offices=paying, person=actor.id)
        work.totals = await queries.TO_PAY_TOTALS.all(reads, offices=paying, person=actor.id)


async def left(reads: Reads, actor: Actor, work: Work, today: date) -> None:
    """What somebody had in hand who works there no more, for who can go on with it or has to see that somebody does."""
    behind = await queries.stood_behind(reads, actor)
    work.left_applications = await queries.left_applications(reads, actor, behind)
    if offices := sorted(behind | actor.offices_for(Permission.COURSES_MANAGE)):
        work.left_courses = await queries.LEFT_COURSES.all(reads, offices=offices, today=today)
