"""What can be observed of a family, and what follows from it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.errors import FieldError, say


class EducationState(StrEnum):
    FORMAL = "formal"
    NON_FORMAL = "non_formal"
    VOCATIONAL = "vocational"
    NONE = "none"
    UNKNOWN = "unknown"


IN_EDUCATION = frozenset({EducationState.FORMAL, EducationState.NON_FORMAL, EducationState.VOCATIONAL})


class LearntFrom(StrEnum):
    """Whose word it is, strongest first."""

    REGISTER = "register"
    TEACHER = "teacher"
    CAREGIVER = "caregiver"
    CHILD = "child"


class Instead(StrEnum):
    """What a young person who is in no education does instead, where that was said."""

    WORK = "work"
    NEITHER = "neither"


class BusinessState(StrEnum):
    OPERATING = "operating"
    PAUSED = "paused"
    CLOSED = "closed"
    SOLD = "sold"


class PlacementState(StrEnum):
    """Placed means working in a relevant occupation, as one's own master or another's."""

    EMPLOYED_RELEVANT = "employed_relevant"
    SELF_EMPLOYED_RELEVANT = "self_employed_relevant"
    WORKING_OTHER = "working_other"
    STUDYING = "studying"
    NOT_WORKING = "not_working"
    UNKNOWN = "unknown"


class WhereaboutsState(StrEnum):
    AT_SCHOOL = "at_school"
    AT_HOME = "at_home"
    WITH_RELATIVES = "with_relatives"
    AWAY_WITH_FAMILY = "away_with_family"
    AWAY_ALONE = "away_alone"
    UNKNOWN = "unknown"


class Hazard(StrEnum):
    """Conditions of Prakas 106/2004 that a visitor can see; part of its list of 38."""

    CHEMICALS = "chemicals"
    CONSTRUCTION = "construction"
    FIREFIGHTING = "firefighting"
    HEAVY_LOADS = "heavy_loads"
    HIGH_HEAT = "high_heat"
    KILNS = "kilns"
    OFFSHORE_FISHING = "offshore_fishing"
    PESTICIDES = "pesticides"
    UNDERGROUND = "underground"


Hours = Annotated[int, msgspec.Meta(ge=0, le=168)]
Days = Annotated[int, msgspec.Meta(ge=0, le=366)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Education(msgspec.Struct, frozen=True, tag="education", tag_field="kind", forbid_unknown_fields=True):
    """Days are of the period the source spoke of, usually the last month; holidays are not days open."""

    state: EducationState
    school_id: UUID | None = None
    grade: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    days_present: Days | None = None
    days_open: Days | None = None
    learnt_from: LearntFrom | None = None
    instead: Instead | None = None


class Work(msgspec.Struct, frozen=True, tag="work", tag_field="kind", forbid_unknown_fields=True):
    """Hours in the reference week; None where nobody asked. They are not asked by phone."""

    economic_hours: Hours | None = None
    chore_hours: Hours | None = None
    hazards: tuple[Hazard, ...] = ()


class Business(msgspec.Struct, frozen=True, tag="business", tag_field="kind", forbid_unknown_fields=True):
    """Sales and costs of the last 30 days, in the minor unit of `currency`."""

    state: BusinessState
    sales_minor: Minor | None = None
    costs_minor: Minor | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^(USD|KHR)$")] = "USD"
    assets_seen: bool | None = None


class Placement(msgspec.Struct, frozen=True, tag="placement", tag_field="kind", forbid_unknown_fields=True):
    state: PlacementState
    occupation: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Whereabouts(
    msgspec.Struct, frozen=True, tag="whereabouts", tag_field="kind", forbid_unknown_fields=True
):
    state: WhereaboutsState


Details = Education | Work | Business | Placement | Whereabouts


class Kind(StrEnum):
    """The kinds as they are stored, beside the details themselves, so that they can be searched."""

    BUSINESS = "business"
    EDUCATION = "education"
    PLACEMENT = "placement"
    WHEREABOUTS = "whereabouts"
    WORK = "work"


def kind_of(details: Details) -> Kind:
    return Kind(str(details.__struct_config__.tag))


class Observation(msgspec.Struct, frozen=True):
    """One record. `member_id` is None for what concerns the household (its business)."""

    id: UUID
    member_id: UUID | None
    visit_id: UUID | None
    happened_on: date
    recorded_at: datetime
    details: Details
    supersedes: UUID | None = None


class Standing(msgspec.Struct, frozen=True):
    """What a record says now: content and day of its last correction, identity and arrival of its first form.

    Arrival stays with the first form, so that mending a typing error today does not make last month's visit late.
    """

    root_id: UUID
    id: UUID
    member_id: UUID | None
    visit_id: UUID | None
    happened_on: date
    recorded_at: datetime
    details: Details


def standing(observations: Iterable[Observation]) -> tuple[Standing, ...]:
    """Every record as it stands after its corrections, in the order in which the records arrived."""
    by_id = {observation.id: observation for observation in observations}
    latest: dict[UUID, Observation] = {}
    for observation in sorted(by_id.values(), key=_arrival):
        latest[_root(observation, by_id).id] = observation
    return tuple(
        Standing(
            root_id=root.id,
            id=last.id,
            member_id=root.member_id,
            visit_id=root.visit_id,
            happened_on=last.happened_on,
            recorded_at=root.recorded_at,
            details=last.details,
        )
        for root, last in sorted(
            ((by_id[root_id], last) for root_id, last in latest.items()), key=lambda pair: _arrival(pair[0])
        )
    )


def _arrival(observation: Observation) -> tuple[datetime, date, UUID]:
    return (observation.recorded_at, observation.happened_on, observation.id)


def _root(observation: Observation, by_id: Mapping[UUID, Observation]) -> Observation:
    while observation.supersedes and (earlier := by_id.get(observation.supersedes)):
        observation = earlier
    return observation


class KnownState(StrEnum):
    IN_SCHOOL = "in_school"
    OUT_OF_SCHOOL = "out_of_school"
    UNKNOWN = "unknown"
    CONTESTED = "contested"


class Known(msgspec.Struct, frozen=True):
    """What is known of a child's education, since when and from whom. Contested: one day, two words."""

    state: KnownState
    education: Education | None = None
    happened_on: date | None = None
    observation_id: UUID | None = None

    @property
    def learnt_from(self) -> LearntFrom | None:
        return self.education.learnt_from if self.education else None


NOTHING_KNOWN = Known(KnownState.UNKNOWN)


def in_education(education: Education) -> bool | None:
    """None where it was not learnt: a child who was not met is neither in school nor out of it."""
    if education.state is EducationState.UNKNOWN:
        return None
    return education.state in IN_EDUCATION


def known_of(observations: Iterable[Observation]) -> Known:
    """What one member's observations say of their education today.

    The newest day observed decides, whenever its record arrived; visits that learnt nothing change nothing.
    """
    return known_from(standing(observations))


def known_from(records: Iterable[Standing]) -> Known:
    said = [
        (record, record.details)
        for record in records
        if isinstance(record.details, Education) and in_education(record.details) is not None
    ]
    if not said:
        return NOTHING_KNOWN
    day = max(record.happened_on for record, _ in said)
    of_day = [(record, education) for record, education in said if record.happened_on == day]
    last, education = of_day[-1]
    answers = {in_education(education) for _, education in of_day}
    if len(answers) > 1:
        state = KnownState.CONTESTED
    else:
        state = KnownState.IN_SCHOOL if in_education(education) else KnownState.OUT_OF_SCHOOL
    return Known(state, education, day, last.id)


class LabourClass(StrEnum):
    """`unknown`: too little was asked to say; it never means "none"."""

    NONE = "none"
    CHILD_LABOUR = "child_labour"
    HAZARDOUS = "hazardous"
    UNKNOWN = "unknown"


class LabourStandard(msgspec.Struct, frozen=True):
    """From how many hours a week work is child labour, by age from–to; None where hours alone never are."""

    key: str
    source: str
    economic: tuple[tuple[int, int, int], ...]
    chores: tuple[tuple[int, int, int], ...]


ICLS = LabourStandard(
    key="icls",
    source="ICLS resolutions of 2008 and 2018; SDG indicator 8.7.1",
    economic=((5, 11, 1), (12, 14, 14), (15, 17, 43)),
    chores=((5, 14, 21),),
)
KH2012 = LabourStandard(
    key="kh2012",
    source="Cambodia Labour Force and Child Labour Survey 2012",
    economic=((5, 11, 1), (12, 14, 13), (15, 17, 49)),
    chores=(),
)


class ChildLabour(msgspec.Struct, frozen=True):
    icls: LabourClass
    kh2012: LabourClass


def child_labour(work: Work, age: int) -> ChildLabour:
    """By both standards; `age` in completed years on the day observed. Adults are in no child labour."""
    return ChildLabour(icls=_classify(work, age, ICLS), kh2012=_classify(work, age, KH2012))


def _classify(work: Work, age: int, standard: LabourStandard) -> LabourClass:
    if age >= 18:
        return LabourClass.NONE
    if work.hazards:
        return LabourClass.HAZARDOUS
    answers = [
        _reached(work.economic_hours, age, standard.economic),
        _reached(work.chore_hours, age, standard.chores),
    ]
    if True in answers:
        return LabourClass.CHILD_LABOUR
    return LabourClass.UNKNOWN if None in answers else LabourClass.NONE


def _reached(hours: int | None, age: int, bars: tuple[tuple[int, int, int], ...]) -> bool | None:
    bar = next((least for youngest, oldest, least in bars if youngest <= age <= oldest), None)
    if bar is None:
        return False
    return None if hours is None else hours >= bar


class AttendanceBar(msgspec.Struct, frozen=True):
    key: str
    percent: int
    source: str


NATIONAL_BAR = AttendanceBar("national", 80, "National scholarship rule of the Ministry of Education")
ILAB_BAR = AttendanceBar("ilab", 75, "ILAB common indicators")


class Attendance(msgspec.Struct, frozen=True):
    present: int
    open: int
    national: bool
    ilab: bool


def attendance(education: Education) -> Attendance | None:
    """None where the days were not counted, or the school was not open on any."""
    present, opened = education.days_present, education.days_open
    if present is None or not opened:
        return None
    return Attendance(
        present,
        opened,
        national=present * 100 >= NATIONAL_BAR.percent * opened,
        ilab=present * 100 >= ILAB_BAR.percent * opened,
    )


def finding_faults(
    details: Details,
    born_on: date | None,
    *,
    happened_on: date,
    path: str,
    names_member: bool,
) -> list[FieldError]:
    """What is wrong with one finding; `born_on` is None where the member is none of the household's."""
    prefix = f"{path}." if path else ""
    faults: list[FieldError] = []
    of_household = isinstance(details, Business)
    if of_household and names_member:
        faults.append(
            FieldError(
                f"{prefix}member_id",
                say("A business belongs to the household, not to one member. Leave the member out."),
            )
        )
    elif not of_household and not names_member:
        faults.append(
            FieldError(f"{prefix}member_id", say("This is about one person. Say which member it is."))
        )
    elif names_member and born_on is None:
        faults.append(
            FieldError(
                f"{prefix}member_id",
                say("This person is no member of the household. Choose somebody who is, or add them first."),
            )
        )
    elif born_on is not None and happened_on < born_on:
        faults.append(
            FieldError(
                "happened_on",
                say(
                    "{day} is before this person was born ({born}). Check the day, or the date of birth.",
                    day=happened_on,
                    born=born_on,
                ),
            )
        )
    if isinstance(details, Education):
        present, opened = details.days_present, details.days_open
        if present is not None and opened is not None and present > opened:
            faults.append(
                FieldError(
                    f"{prefix}details.days_present",
                    say(
                        "{present} days present of {open} days open: no one is there more days than the school "
                        "is open. Check both.",
                        present=present,
                        open=opened,
                    ),
                )
            )
    return faults


def day_faults(happened_on: date, *, intake_on: date, today: date) -> list[FieldError]:
    """What is seen is seen between the household's intake and today."""
    if happened_on > today:
        message = say(
            "{day} is in the future. Write the day on which it was seen, today at the latest.",
            day=happened_on,
        )
    elif happened_on < intake_on:
        message = say(
            "{day} is before the household's intake on {intake}. Check the day.",
            day=happened_on,
            intake=intake_on,
        )
    else:
        return []
    return [FieldError("happened_on", message)]
