from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.rules.facts import AbsenceReason, Met, Mode, Outcome
from livelihood.observations.rules import Days, Details
from livelihood.observations.schemas import Finding
from livelihood.written import written

Note = Annotated[str, written(2000)]


class VisitIn(Input, kw_only=True):
    """What happened on one day with one household, however long ago.

    Who was not met has no finding, or one whose state is `unknown`: neither answers a follow-up. Where a child is may
    be told where nobody of the family was met too: `away_alone` and `unknown` raise the alert. Of a family that moved
    the `note` says where to, or that nobody knows, unless `findings` tell where its people are. `id` may be made
    by the client (a UUIDv7); sending the same body again then answers the same. `met` is who spoke; `present` the
    members who were there and were seen, which confirms them and answers a home check; without it a finding confirms a
    child only where a register or a teacher who knows them, or in person the child, is what it was `learnt_from`.
    `school_id` is the school of a visit of mode `register`, which holds nothing but what the
    register says. `replaces` is a withdrawn visit that this one puts right.
    """

    id: UUID | None = None
    household_id: UUID
    happened_on: date
    outcome: Outcome
    mode: Mode = Mode.IN_PERSON
    met: Met | None = None
    present: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=100)] = ()
    school_id: UUID | None = None
    findings: Annotated[tuple[Finding, ...], msgspec.Meta(max_length=100)] = ()
    note: Note | None = None
    replaces: UUID | None = None


class WithdrawalIn(Input, kw_only=True):
    reason: Annotated[str, written(1000)]


class CorrectionIn(Input, kw_only=True):
    """The finding that is wrong, as it stands, and what it should say; `id` as in a visit. `happened_on`: the day on
    which it was so, where that was wrong.
    """

    id: UUID | None = None
    finding_id: UUID
    details: Details
    happened_on: date | None = None
    reason: Annotated[str, written(1000)]


class OnRegister(StrEnum):
    """What the register says of a child; `not_learnt` records nothing."""

    ON = "on"
    OFF = "off"
    NOT_LEARNT = "not_learnt"


class PupilIn(Input, kw_only=True):
    member_id: UUID
    register: OnRegister
    days_present: Days | None = None
    days_away: Days | None = None
    grade: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None


# What is said of a child who is on the register, and of nobody else.
ON_REGISTER = ("days_present", "days_away", "grade")


class RollCallIn(Input, kw_only=True):
    """What a school's register says of children of any number of families, on one day; saved whole or not at all.

    `days_open` is of the last month, in which the days present are counted, the same for all; `days_away` are school days
    missed in a row without excuse, up to this day.
    """

    id: UUID | None = None
    school_id: UUID
    happened_on: date
    days_open: Days | None = None
    children: Annotated[tuple[PupilIn, ...], msgspec.Meta(max_length=500)] = ()


class RollCallOut(msgspec.Struct):
    """One visit of mode `register` a household, in the order of the children sent."""

    school_id: UUID
    happened_on: date
    visits: list[UUID]


class RollRow(msgspec.Struct):
    """`grade_told_on`: what was learnt since of the child at this school says nothing of a grade."""

    member_id: UUID
    household_id: UUID
    household_code: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    grade: int | None
    grade_told_on: date | None
    due: bool
    away_until: date | None
    missing_since: date | None
    lost_on: date | None


class RollOut(msgspec.Struct):
    """By grade and family name; `due` where a school check waits."""

    school_id: UUID
    children: list[RollRow]


class AcknowledgementIn(Input, kw_only=True):
    """What will be done about it, if it is known already."""

    id: UUID | None = None
    note: Note | None = None


class AbsenceIn(Input, kw_only=True):
    """`away_until` is the day of the return, the first on which they can be checked."""

    id: UUID | None = None
    member_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=40)]
    reason: AbsenceReason
    away_from: date
    away_until: date


class AbsenceEndIn(Input, kw_only=True):
    """Back on the day of leaving, or before it: they did not go."""

    back_on: date


class AbsenceOut(msgspec.Struct):
    """`away_until`: as it was said; `ended_on`: the day before that on which they were seen, which ended it."""

    id: UUID
    household_id: UUID
    member_id: UUID
    away_from: date
    away_until: date
    reason: str
    ended_on: date | None


class FollowUpOut(msgspec.Struct):
    """`state` is that of today; `purpose` is `home` for a school check that fell into a vacation.

    `protocol_en` and `protocol_km` are what people called a protocol of their own; the others have no names here.
    """

    id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    village_code: str
    member_id: UUID | None
    protocol: str
    slot: str
    purpose: str
    opens_on: date
    due_on: date
    closes_on: date
    lapses_on: date
    reminds: bool
    provisional: bool
    settled_on: date | None
    because: str | None
    state: str
    protocol_en: str = ""
    protocol_km: str = ""


class Away(msgspec.Struct):
    """Somebody who is away for a season; `until` is the day of the return."""

    household_id: UUID
    member_id: UUID
    until: date


class MissingChild(msgspec.Struct):
    """Somebody to look for; the alert's checklist says what was done about it."""

    alert_id: UUID
    member_id: UUID
    missing_since: date


class FindingOut(msgspec.Struct):
    id: UUID
    member_id: UUID | None
    details: Details


class WithdrawalOut(msgspec.Struct):
    """Why a visit counts as one that never was."""

    reason: str
    by: str
    at: datetime


class CorrectionOut(msgspec.Struct):
    """A finding before and after it was corrected; `corrects` is the record that stands no longer."""

    id: UUID
    corrects: UUID
    member_id: UUID | None
    before: Details
    after: Details
    before_on: date
    after_on: date
    reason: str
    by: str
    at: datetime


class VisitOut(msgspec.Struct):
    """`findings` as they stand after their corrections; of a visit that was withdrawn, as they were."""

    id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    happened_on: date
    mode: str
    outcome: str
    met: str | None
    school_id: UUID | None
    note: str | None
    recorded_by: str
    recorder_id: UUID
    recorded_at: datetime
    replaces: UUID | None
    replaced_by: list[UUID]
    withdrawn: WithdrawalOut | None
    present: list[UUID]
    findings: list[FindingOut]


class AcknowledgementOut(msgspec.Struct):
    """`answers`: by one of those who are to do something about it."""

    id: UUID
    note: str | None
    by: str
    at: datetime
    answers: bool


class AlertOut(msgspec.Struct):
    """`visit_id`: the visit that raised it, or the last attempt that did; `closed_at_visit`: the one that closed it, if
    one did. `reopened_at`: when the end of it was taken back, as where the visit that found the child is withdrawn.
    """

    id: UUID
    kind: str
    office_id: int
    household_id: UUID
    household_code: str
    village_km: str
    village_latin: str
    phone: str | None
    member_id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    visit_id: UUID | None
    opened_on: date
    opened_at: datetime
    closed_on: date | None
    closed_because: str | None
    acknowledgements: list[AcknowledgementOut]
    reason: str | None
    reopened_at: datetime | None
    closed_at_visit: UUID | None

    @property
    def answered(self) -> bool:
        return any(one.answers for one in self.acknowledgements)


class SameDay(msgspec.Struct):
    """Another record of the same household and day by somebody else, who met the family too."""

    id: UUID
    recorded_by: str


class UnderReview(msgspec.Struct):
    """Why the records of a day wait for somebody's look: several records say that the family was met, or of so many
    children they contradict each other: whether in school, where, or whether at work; or they met so many who had left by
    then.
    """

    twice: bool
    contested: int
    departed: int


class VisitEffect(msgspec.Struct):
    """A visit, what it settled and raised, and what comes next in the household.

    `still_overdue` are the household's checks whose window has closed and which this visit has not answered either;
    `next_follow_up` is one whose window has not closed. `unseen`: the children whose check it answers though nobody saw
    them, then or since, so that their silence goes on. `attempts`: how many days in a row nobody was met, this one
    included; 0 where somebody was.
    """

    visit: VisitOut
    settled: list[FollowUpOut]
    unseen: list[UUID]
    alerts_opened: list[AlertOut]
    alerts_closed: list[AlertOut]
    extra_checks: list[FollowUpOut]
    still_overdue: list[FollowUpOut]
    next_follow_up: FollowUpOut | None
    recorded_twice: list[SameDay]
    review: UnderReview | None
    corrections: list[CorrectionOut]
    attempts: int
