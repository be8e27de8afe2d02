"""The acts of the staff: register, grant, visit, teach."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select

from livelihood.clock import Clock
from livelihood.courses import service as courses
from livelihood.courses.schemas import CompletionIn, CourseIn, EnrolmentIn
from livelihood.db.actor import Token
from livelihood.db.models import new_id
from livelihood.db.work import Database, UnitOfWork
from livelihood.demo.people import FAMILY_NAMES, MEN, OFFICES, SCHOOLS, TWO_MONITORS, WOMEN
from livelihood.demo.stories import BUSINESSES, COURSES, Call, Story
from livelihood.followups import service as followups
from livelihood.followups.models import Alert
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.schemas import AcknowledgementIn, VisitIn
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.followups.schemas_leaving import CloseIn, LeaveIn
from livelihood.grants import service as grants
from livelihood.grants.rules.approvals import Decision
from livelihood.grants.rules.money import Currency
from livelihood.grants.rules.payment import Acknowledgement, Method
from livelihood.grants.schemas import ApplicationIn, DecisionIn, DisbursementIn, FundIn, ItemIn, TrancheIn
from livelihood.households import service as households
from livelihood.households.rules import (
    BirthPrecision,
    CaseClosed,
    ConsentMethod,
    ConsentPurpose,
    IDPoor,
    MemberLeft,
    Relationship,
    Risk,
    Sex,
)
from livelihood.households.schemas import ConsentIn, HouseholdIn, MemberIn
from livelihood.households.schools import school_named
from livelihood.observations import service as observations
from livelihood.observations.rules import (
    Business,
    BusinessState,
    Education,
    EducationState,
    LearntFrom,
    Placement,
    PlacementState,
    Work,
)
from livelihood.observations.schemas import Finding, ObservationIn
from livelihood.settings import Settings


def known(made: UUID | None) -> UUID:
    assert made is not None
    return made


@dataclass
class Family:
    """A registered household, with the people its story needs."""

    number: int
    office: str
    id: UUID
    head: UUID
    pupils: list[tuple[UUID, int]]
    youth: UUID
    joined: str = ""


def monitor_of(number: int, office: str) -> str:
    """Whose hands a family is in: where there are two monitors, the second has every third."""
    return f"monitor2.{office}" if office == TWO_MONITORS.lower() and number % 3 == 2 else f"monitor.{office}"


@dataclass
class Demo:
    """Staff who are signed in, and what they have done so far."""

    settings: Settings
    app: Database
    tokens: dict[str, Token]
    ids: dict[str, UUID]
    villages: dict[str, Sequence[str]]
    funds: list[UUID] = field(default_factory=list[UUID])
    receipts: Iterator[int] = field(default_factory=lambda: count(1001))

    def clock(self, ago: int) -> Clock:
        clock = self.settings.clock
        return replace(clock, offset=clock.offset - timedelta(days=ago))

    def day(self, ago: int) -> date:
        return self.clock(ago).today()

    def acting(self, username: str) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.app.work(self.tokens[username])

    async def open_funds(self) -> None:
        offices = sorted(key for key, _ in OFFICES.values())
        for name, donor, budget in (
            ("Families First", "A foundation", 1_500_000),
            ("School and Trade", "An embassy", 400_000),
        ):
            data = FundIn(
                name=name,
                donor=donor,
                currency=Currency.USD,
                budget_minor=budget,
                starts_on=self.day(400),
                ends_on=self.day(-365),
                office_ids=offices,
            )
            async with self.acting("finance") as uow:
                self.funds.append(await grants.create_fund(uow, data))

    async def register(self, number: int, prefix: str, story: Story) -> Family:
        """The household with its members, consent, and what intake learnt of each child."""
        office = prefix.lower()
        family_name = FAMILY_NAMES[number * 3 % len(FAMILY_NAMES)]

        def person(relationship: Relationship, sex: Sex, age: int, place: int) -> MemberIn:
            names = WOMEN if sex is Sex.FEMALE else MEN
            given = names[(number * 2 + place) % len(names)]
            born = self.day(age * 365 + (number * 37 + place * 91) % 300 + 20)
            return MemberIn(
                id=new_id(),
                family_name_km=family_name[0],
                given_name_km=given[0],
                family_name_latin=family_name[1],
                given_name_latin=given[1],
                sex=sex,
                born_on=born if age < 30 else born.replace(month=1, day=1),
                born_precision=BirthPrecision.DAY if age < 30 else BirthPrecision.YEAR,
                relationship=relationship,
            )

        mother, father = (
            (Relationship.SPOUSE, Relationship.HEAD)
            if number % 3
            else (Relationship.HEAD, Relationship.PARENT)
        )
        ages = (7 + number % 3, 11 + number % 3)
        members = [
            person(mother, Sex.FEMALE, 34 + number % 9, 0),
            person(father, Sex.MALE, 38 + number % 11 + (0 if number % 3 else 25), 1),
            person(
                Relationship.SON if number % 2 else Relationship.DAUGHTER,
                Sex.MALE if number % 2 else Sex.FEMALE,
                19,
                2,
            ),
            person(Relationship.DAUGHTER, Sex.FEMALE, ages[0], 3),
            person(Relationship.SON, Sex.MALE, ages[1], 4),
        ]
        villages = self.villages[prefix]
        village = villages[number // 3 * 7 % len(villages)]  # a few families to a village
        data = HouseholdIn(
            id=new_id(),
            village_code=village,
            phone=f"012 {300 + number:03d} {(number * 379) % 1000:03d}" if number % 4 else None,
            idpoor_level=(IDPoor.LEVEL_1, IDPoor.LEVEL_2, IDPoor.NONE)[number % 3],
            risk=story.risk,
            risk_reason="The oldest son was offered work at a brick kiln"
            if story.risk is Risk.HIGH
            else None,
            monitor_id=self.ids[monitor_of(number, office)],
            referral_source=("Commune council", "School director", "Health centre")[number % 3],
            intake_on=self.day(story.intake),
            members=members,
        )
        by_relation = {member.relationship: member for member in members}
        family = Family(
            number=number,
            office=office,
            id=known(data.id),
            head=known(by_relation[Relationship.HEAD].id),
            pupils=[(known(member.id), age) for member, age in zip(members[3:], ages, strict=True)],
            youth=known(members[2].id),
        )
        clock = self.clock(story.intake)
        async with self.acting(f"caseworker.{office}") as uow:
            await households.register(uow, data, clock=clock)
            if story.consent:
                consent = ConsentIn(
                    member_id=family.head,
                    purposes=[ConsentPurpose.SERVICES, ConsentPurpose.FOLLOW_UP_VISITS],
                    method=ConsentMethod.THUMBPRINT,
                    witness="Village chief",
                    given_on=clock.today(),
                )
                await households.record_consent(uow, family.id, consent, clock=clock)
            # Of some children nobody said at intake which school they go to.
            school = None
            if number % 4:
                school = await school_named(uow, village, SCHOOLS[number // 3 % len(SCHOOLS)])
            for finding in self.at_school(family, school=school):
                learnt = ObservationIn(
                    happened_on=clock.today(), details=finding.details, member_id=finding.member_id
                )
                await observations.record(uow, family.id, learnt, clock=clock)
        return family

    def at_school(self, family: Family, *, out: bool = False, school: UUID | None = None) -> list[Finding]:
        """What is learnt of both pupils; `out` finds the older one at work."""
        (younger, age), (older, older_age) = family.pupils
        went = Education(
            EducationState.FORMAL,
            school_id=school,
            grade=age - 5,
            days_present=19,
            days_open=21,
            learnt_from=LearntFrom.REGISTER,
        )
        findings = [Finding(went, younger)]
        if out:
            return [
                *findings,
                Finding(Education(EducationState.NONE, learnt_from=LearntFrom.CAREGIVER), older),
                Finding(Work(economic_hours=30, chore_hours=6), older),
            ]
        went = Education(
            EducationState.FORMAL,
            school_id=school,
            grade=older_age - 5,
            days_present=17,
            days_open=21,
            learnt_from=LearntFrom.REGISTER,
        )
        return [*findings, Finding(went, older)]

    async def grant(self, family: Family, story: Story) -> None:
        """Prepared, decided and paid by different people, as far as the story goes."""
        cents = story.dollars * 100
        office, clock = family.office, self.clock(story.prepared)
        other = "caseworker2" if story.preparer == "caseworker" else "caseworker"
        async with self.acting(f"{story.preparer}.{office}") as uow:
            application = ApplicationIn(
                household_id=family.id,
                fund_id=self.funds[family.number % 4 == 0],
                currency=Currency.USD,
                business=BUSINESSES[family.number % len(BUSINESSES)],
                items=[
                    ItemIn("Stock to begin with", cents * 2 // 3),
                    ItemIn("Tools and a place", cents - cents * 2 // 3),
                ],
                monthly_income_minor=9_000,
                tranches=[TrancheIn(cents * 6 // 10), TrancheIn(cents - cents * 6 // 10)],
            )
            grant_id = (await grants.apply(uow, application, clock=clock)).id
            if story.reach != "draft":
                await grants.submit(uow, grant_id, clock=clock)
        decisions = {
            "half approved": [(other, Decision.APPROVE, "")],
            "returned": [
                (other, Decision.RETURN, "Please add the price of the cage and who will feed the ducks.")
            ],
            "rejected": [(other, Decision.REJECT, "The family moves to Phnom Penh next month.")],
            "approved": [(other, Decision.APPROVE, ""), ("supervisor", Decision.APPROVE, "")],
            "paid": [(other, Decision.APPROVE, ""), ("supervisor", Decision.APPROVE, "")],
        }.get(story.reach, [])
        for who, decision, note in decisions if story.dollars > 200 else decisions[:1]:
            async with self.acting(f"{who}.{office}") as uow:
                await grants.decide(
                    uow,
                    grant_id,
                    DecisionIn(decision=decision, note=note),
                    clock=self.clock(max(story.prepared - 1, 0)),
                )
        if story.reach == "paid":
            payment = DisbursementIn(
                amount_minor=cents * 6 // 10,
                currency=Currency.USD,
                method=Method.CASH,
                recipient_member_id=family.head,
                acknowledgement=Acknowledgement.THUMBPRINT,
                receipt_number=f"{office.upper()}-{next(self.receipts)}",
                paid_on=self.day(story.paid),
                witness="Village chief",
            )
            async with self.acting("finance") as uow:
                await grants.disburse(uow, grant_id, 1, payment, clock=self.clock(story.paid))

    async def visit(self, family: Family, call: Call) -> None:
        findings: list[Finding] = []
        if call.outcome is Outcome.MET:
            business = Business(
                BusinessState.OPERATING, sales_minor=14_000, costs_minor=8_500, assets_seen=True
            )
            findings = [*self.at_school(family, out=call.out), Finding(business)]
        if call.placed:
            findings.append(
                Finding(Placement(PlacementState.SELF_EMPLOYED_RELEVANT, "Sewing at home"), family.youth)
            )
        data = VisitIn(
            household_id=family.id,
            happened_on=self.day(call.ago),
            outcome=call.outcome,
            mode=Mode.IN_PERSON,
            findings=tuple(findings),
            note=None
            if call.outcome is Outcome.MET
            else "Nobody at home; the neighbour says they are harvesting.",
        )
        async with self.acting(monitor_of(family.number, family.office)) as uow:
            await followups.record_visit(uow, data, clock=self.clock(call.ago - call.late))

    async def teach(self, prefix: str, trainees: dict[str, list[Family]]) -> None:
        """A course that is over, one that runs, and one that is full before it begins."""
        trainer = f"trainer.{prefix.lower()}"
        for trade, (seats, began, ended) in COURSES.items():
            clock = self.clock(max(began + 10, 1))
            course = CourseIn(
                office_id=OFFICES[prefix][0],
                trade=trade,
                trainer_id=self.ids[trainer],
                place="Training centre" if began > 0 else "Under the pagoda's hall",
                starts_on=self.day(began),
                ends_on=self.day(ended),
                seats=seats,
            )
            async with self.acting(trainer) as uow:
                course_id = (await courses.create_course(uow, course, clock=clock)).id
                for family in trainees.get(trade, []):
                    asked = EnrolmentIn(member_id=family.youth)
                    enrolment = (await courses.enrol(uow, course_id, asked, clock=clock)).enrolment
                    if ended > 0:
                        done = CompletionIn(completed_on=self.day(ended))
                        await courses.complete(uow, enrolment.id, done, clock=self.clock(ended))

    async def leave(self, family: Family, story: Story) -> None:
        """Whoever goes: a child to relatives, a family that needs no help any more, one that moves to the next office."""
        if story.left is not None:
            older, _ = family.pupils[1]
            gone = LeaveIn(
                left_on=self.day(story.left), because=MemberLeft.MOVED, note="With an aunt in Phnom Penh"
            )
            async with self.acting(f"caseworker.{family.office}") as uow:
                await followups.leave(uow, family.id, older, gone, clock=self.clock(story.left))
        if story.closed is not None:
            end = CloseIn(
                closed_on=self.day(story.closed),
                because=CaseClosed.FINISHED,
                note="The stall feeds the family now.",
            )
            async with self.acting(f"caseworker.{family.office}") as uow:
                await followups.close(uow, family.id, end, clock=self.clock(story.closed))
        if story.handed is not None:
            offices = list(OFFICES)
            following = offices[(offices.index(family.office.upper()) + 1) % len(offices)]
            moved = HandoverIn(
                village_code=self.villages[following][0], reason="They live with the father's brother now."
            )
            async with self.acting(f"supervisor.{family.office}") as uow:
                await followups.hand_over(uow, family.id, moved, clock=self.clock(story.handed))

    async def acknowledge(self, family: Family) -> None:
        async with self.acting(f"caseworker.{family.office}") as uow:
            note = AcknowledgementIn(note="We spoke with the mother and the school director.")
            for alert_id in await uow.session.scalars(
                select(Alert.id).where(Alert.household_id == family.id)
            ):
                await followups.acknowledge(uow, alert_id, note, clock=self.clock(0))
