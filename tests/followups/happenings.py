"""What happens to families, by the verbs of those whose work it is; each is remembered as a bystander would."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from livelihood.followups import service
from livelihood.followups.rules.facts import AnchorKind, Mode, Outcome
from livelihood.followups.rules.out_of_school import GROWN
from livelihood.followups.schemas import CorrectionIn, OnRegister, PupilIn, RollCallIn, VisitIn
from livelihood.observations.rules import (
    GONE,
    Education,
    EducationState,
    LearntFrom,
    Whereabouts,
    kind_of,
)
from livelihood.observations.schemas import Finding
from tests.followups import arrivals, decisions, departures
from tests.followups.alert_model import Alerts
from tests.followups.findings import AT_WORK, findings_of, instead_of, is_nonsense, of_a_neighbour
from tests.followups.lives import Bars, Found, Life, Visited
from tests.followups.silence_model import Row
from tests.followups.stories import PAID
from tests.support.places import KMP
from tests.support.world import Person, World

# From when on the first family is handed over to another office.
MOVES_ON = date(2026, 12, 1)
# From when on what has not happened by chance is what happens next; each with what is counted of it.
LATE = date(2027, 6, 1)
EVERY_LIFE = {
    "leave": "left",
    "come back": "left: came_back",
    "close": "closed",
    "lose": "lost",
    "withdraw": "withdrawn",
    "away": "a check on the return",
    "meet": "met after leaving",
}
EVENTS = Counter(
    {
        "visit": 16,
        "fail": 5,
        "roll": 6,
        "correct": 6,
        "risk": 4,
        "grant": 2,
        "reverse": 2,
        "join": 2,
        "leave": 5,
        "come back": 3,
        "away": 3,
        "back": 2,
        "lose": 4,
        "close": 4,
        "withdraw": 6,
    }
)


@dataclass
class Happenings:
    """`recorder` is a monitor of all these offices; `named` is which school was named of a child, in order of arrival."""

    world: World
    random: Random
    recorder: Person
    schools: Sequence[UUID]
    bars: Bars
    lives: list[Life] = field(default_factory=list)
    named: list[tuple[Found, UUID]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    async def one(
        self,
        life: Life,
        today: date,
        board: dict[UUID, Row],
        alerts: Alerts,
        sought_in: Callable[[Life, date], Awaitable[Collection[UUID]]],
    ) -> list[Life]:
        """One thing a day to a family at most; says which families were worked out in the same breath. `sought_in`: who of
        a family was not confirmed when due, or has an open alert.
        """
        (what,) = self.random.sample(list(EVENTS), 1, counts=EVENTS.values())
        child = self.random.choice(list(life.children))
        gone = [one for one, who in life.children.items() if who.leaving]
        # What was closed is open again before long, or nothing more would happen.
        if life.closing and self.random.random() < 0.4:
            what = "reopen"
        elif life is self.lives[0] and not life.came_from and today >= MOVES_ON:
            what = "hand over"
        elif life.came_from and (
            self.random.random() < 0.2 or (today >= LATE and not self.met["HandedOver"])
        ):
            await departures.by_the_old_office(self.world, life, child, today, self.met)
        elif today >= LATE and (idle := alerts.out_of_school_at_15(life, today)):
            return await self.begins_to_work(life, idle, today)
        elif today >= LATE:
            silent = [one for one, row in board.items() if one in life.children and row.unconfirmed_since]
            missing = [one for one, counted in EVERY_LIFE.items() if not self.met[counted]]
            needed = {"come back": gone, "meet": gone, "lose": silent}
            possible = [one for one in missing if needed.get(one, True)]
            if possible:
                what = self.random.choice(possible)
                child = self.random.choice(silent) if what == "lose" else child
        match what:
            case "visit":
                return await self.visit(life, today)
            case "fail":
                return await self.fail(life, today)
            case "roll":
                return await self.roll_call(today)
            case "correct":
                return await self.correct(life, today, alerts)
            case "grant" if len(life.grants) < 2:
                await arrivals.grant(self.world, life, self.random_id(), today)
            case "reverse" if life.grants:
                grant = self.random.choice(list(life.grants))
                life.grants.pop(grant)
                async with self.world.work(self.recorder) as uow:
                    await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grant)
            case "join" if len(life.children) < 5:
                await arrivals.join(self.world, life, self.random, today, self.met)
            case "leave":
                new, missing = self.random_id(), alerts.is_missing(child)
                sought = child in await sought_in(life, today)
                return await departures.leave(
                    self.world, life, child, missing, sought, self.random, today, new, self.bars, self.met
                )
            case "come back" if gone:
                child = self.random.choice(gone)
                return await departures.come_back(self.world, life, child, self.random, today, self.met)
            case "meet" if gone:
                return await self.meet(life, self.random.choice(gone), today)
            case "close":
                new, missing = self.random_id(), alerts.is_looked_for(life)
                sought = bool(await sought_in(life, today))
                return await departures.close(
                    self.world, life, missing, sought, self.random, today, new, self.bars, self.met
                )
            case "reopen":
                return await departures.reopen(self.world, life, self.random, today, self.met)
            case "hand over":
                await departures.hand_over(self.world, life, KMP, "KMP", self.random, self.met)
            case "withdraw":
                return await self.withdraw(life, alerts)
            case "risk":
                return await decisions.risk(self.world, life, self.random, today, self.met)
            case "away":
                row = board.get(child)
                return await decisions.away(self.world, life, child, self.random, today, row, self.met)
            case "back" if life.absences:
                return await decisions.back(self.world, life, self.random, today, self.met)
            case "lose":
                row, missing = board.get(child), alerts.is_missing(child)
                return await decisions.lose(
                    self.world, life, child, self.random, today, row, missing, self.met
                )
            case _:
                pass
        return []

    async def born(self, office: str, monitor: Person) -> None:
        life = await arrivals.born(self.world, office, monitor, self.random)
        self.lives.append(life)
        await arrivals.grant(self.world, life, self.random_id(), PAID)

    async def visit(self, life: Life, today: date) -> list[Life]:
        """On the day, or recorded days or months later; sometimes by telephone; sometimes by two, who each record it."""
        day = max(today - timedelta(days=self.random.choice([0, 0, 0, 0, 3, 20, 40, 120])), PAID)
        mode = self.random.choice([Mode.IN_PERSON, Mode.IN_PERSON, Mode.PHONE])
        findings = findings_of(life.children, day, mode, self.random)
        there = [child for child, who in life.children.items() if who.born_by <= day]
        noted = mode is Mode.IN_PERSON and self.random.random() < 0.6
        # Whoever is said to be gone was not seen there.
        gone = {
            one.member_id
            for one in findings
            if isinstance(one.details, Whereabouts) and one.details.state in GONE
        }
        present = frozenset(one for one in there if noted and self.random.random() < 0.6 and one not in gone)
        body = VisitIn(
            household_id=life.id,
            happened_on=day,
            outcome=Outcome.MET,
            mode=mode,
            present=tuple(sorted(present)),
            findings=tuple(findings),
        )
        self.met["present"] += len(present)
        self.met["phoned"] += mode is Mode.PHONE
        for _ in range(self.random.choice([1, 1, 1, 2])):
            async with self.world.work(self.recorder) as uow:
                visit_id = await service.record_visit(uow, body, clock=self.world.clock)
            self.remember(life, Visited(visit_id, day, Outcome.MET, mode, present), findings)
        return [life]

    async def begins_to_work(self, life: Life, child: UUID, today: date) -> list[Life]:
        """Somebody of 15 or more is met at decent work."""
        return await self._is_met(life, today, findings=(Finding(AT_WORK[0], child),))

    async def meet(self, life: Life, child: UUID, today: date) -> list[Life]:
        """Who had left is at home."""
        return await self._is_met(life, today, present=frozenset({child}))

    async def _is_met(
        self,
        life: Life,
        today: date,
        *,
        findings: tuple[Finding, ...] = (),
        present: frozenset[UUID] = frozenset(),
    ) -> list[Life]:
        body = VisitIn(
            household_id=life.id,
            happened_on=today,
            outcome=Outcome.MET,
            present=tuple(present),
            findings=findings,
        )
        async with self.world.work(self.recorder) as uow:
            visit_id = await service.record_visit(uow, body, clock=self.world.clock)
        self.remember(life, Visited(visit_id, today, Outcome.MET, Mode.IN_PERSON, present), findings)
        return [life]

    async def fail(self, life: Life, today: date) -> list[Life]:
        """Nobody was met; a neighbour may have said something."""
        outcome = self.random.choice([one for one in Outcome if one is not Outcome.MET])
        mode = self.random.choice([Mode.IN_PERSON, Mode.IN_PERSON, Mode.PHONE])
        # Nobody is kept by the way from telephoning.
        mode = Mode.IN_PERSON if outcome is Outcome.NO_ACCESS else mode
        day = max(today - timedelta(days=self.random.choice([0, 0, 9])), PAID)
        findings = of_a_neighbour(life.children, day, self.random)
        body = VisitIn(
            household_id=life.id,
            happened_on=day,
            outcome=outcome,
            mode=mode,
            findings=tuple(findings),
            note="Not known" if outcome is Outcome.MOVED else None,
        )
        async with self.world.work(self.recorder) as uow:
            visit_id = await service.record_visit(uow, body, clock=self.world.clock)
        self.remember(life, Visited(visit_id, day, outcome, mode), findings)
        return [life]

    async def roll_call(self, today: date) -> list[Life]:
        """One trip to a school for children of all families: who is on its register, and how often they came."""
        day = max(today - timedelta(days=self.random.choice([0, 0, 5, 30])), PAID)
        school = self.random.choice(self.schools)
        days_open = self.random.choice([20, 20, 8])
        marked: list[tuple[Life, PupilIn]] = []
        for life in self.lives:
            for child, who in life.children.items():
                register = self.random.choice([*OnRegister, OnRegister.ON, OnRegister.ON])
                if who.born_by <= day and who.age(day) < GROWN and self.random.random() < 0.6:
                    on = register is OnRegister.ON
                    present = (
                        self.random.choice([None, 0, days_open // 2, days_open - 5, days_open - 1])
                        if on
                        else None
                    )
                    away = self.random.choice([None, None, None, 0, 2, 4, 30, 30]) if on else None
                    if present and away is not None:
                        away = min(away, days_open - present)
                    one = PupilIn(member_id=child, register=register, days_present=present, days_away=away)
                    marked.append((life, one))
        learnt = [(life, one) for life, one in marked if one.register is not OnRegister.NOT_LEARNT]
        if not learnt:
            return []
        body = RollCallIn(
            school_id=school, happened_on=day, days_open=days_open, children=tuple(one for _, one in marked)
        )
        async with self.world.work(self.recorder) as uow:
            made = await service.call_the_roll(uow, body, clock=self.world.clock)
        families = list({life.id: life for life, _ in learnt}.values())
        for life, visit_id in zip(families, made.visits, strict=True):
            findings = [
                Finding(_read(one, school, days_open), one.member_id) for its, one in learnt if its is life
            ]
            self.remember(life, Visited(visit_id, day, Outcome.MET, Mode.REGISTER), findings)
        self.met["roll calls"] += 1
        self.met["families of a roll call"] += len(families)
        return families

    def remember(self, life: Life, visit: Visited, findings: Sequence[Finding]) -> None:
        life.log.append(visit)
        for one in findings:
            if one.member_id:
                gone = self.bars.has_gone(one.details, visit.day)
                found = Found(visit, one.member_id, visit.day, one.details, gone)
                life.log.append(found)
                self.name(found)

    def name(self, found: Found) -> None:
        """A correction takes the place of what it corrects."""
        self.named = [one for one in self.named if one[0] is not found]
        if isinstance(found.details, Education) and found.details.school_id:
            self.named.append((found, found.details.school_id))

    async def correct(self, life: Life, today: date, alerts: Alerts) -> list[Life]:
        """What was found of a child was wrong: nothing was learnt, or something else, or on another day."""
        if not life.found:
            return []
        wrong = self.random.choice(life.found[-8:])
        (row,) = await self.world.owner_rows(
            "WITH RECURSIVE form AS (SELECT id FROM observations WHERE visit_id = $1 AND member_id = $2 "
            "AND kind = $3 UNION SELECT o.id FROM observations o JOIN form ON o.supersedes = form.id) "
            "SELECT id FROM form WHERE NOT EXISTS (SELECT FROM observations o WHERE o.supersedes = form.id)",
            wrong.visit.id,
            wrong.child,
            kind_of(wrong.details).value,
        )
        details = instead_of(wrong, self.random)
        day = max(wrong.day - timedelta(days=self.random.choice([0, 0, 2, 9, -3])), PAID)
        day = max(day, life.children[wrong.child].born_by)
        if (details, day) == (wrong.details, wrong.day):
            self.met["corrected to the same"] += 1
            return []
        body = CorrectionIn(finding_id=row["id"], happened_on=day, details=details, reason="Another child")
        missing = alerts.is_missing(wrong.child)
        rest = [
            one for one in life.found if one is not wrong and (one.visit.id, one.day) == (wrong.visit.id, day)
        ]
        stand = [Finding(details, wrong.child), *(Finding(one.details, one.child) for one in rest)]
        nonsense = any(
            is_nonsense(one, stand, wrong.visit.mode) for one in stand if one.member_id == wrong.child
        )
        # Nor does a visit find what comes later.
        nonsense = nonsense or day > wrong.visit.day
        if not await decisions.correct(
            self.world, life, wrong.visit.id, body, missing, nonsense, self.recorder, self.random, self.met
        ):
            return []
        life.correct(wrong, day, details, self.bars.has_gone(details, day), today)
        self.name(wrong)
        return [life]

    async def withdraw(self, life: Life, alerts: Alerts) -> list[Life]:
        missing = alerts.is_looked_for(life)
        looked_at = await decisions.withdraw(self.world, life, missing, self.recorder, self.random, self.met)
        gone = {visit.id for visit in life.withdrawn}
        self.named = [one for one in self.named if one[0].visit.id not in gone]
        return looked_at

    def random_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def _read(one: PupilIn, school: UUID, days_open: int) -> Education:
    """What a line of the roll call says of schooling."""
    if one.register is OnRegister.OFF:
        return Education(EducationState.NONE, school_id=school, learnt_from=LearntFrom.REGISTER)
    return Education(
        EducationState.FORMAL,
        school_id=school,
        days_present=one.days_present,
        days_open=None if one.days_present is None else days_open,
        learnt_from=LearntFrom.REGISTER,
        days_away=one.days_away,
    )
