"""What can be observed, kind by kind."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec


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


class ToldBy(StrEnum):
    """Who tells what becomes of a trainee. A neighbour's word answers nothing, as at a door that stays closed."""

    TRAINEE = "trainee"
    FAMILY = "family"
    EMPLOYER = "employer"


class ToldHow(StrEnum):
    IN_PERSON = "in_person"
    PHONE = "phone"


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


HOURS_IN_A_WEEK = 7 * 24
LONGEST_MONTH = 31
Hours = Annotated[int, msgspec.Meta(ge=0, le=HOURS_IN_A_WEEK)]
Days = Annotated[int, msgspec.Meta(ge=0, le=366)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Education(msgspec.Struct, frozen=True, tag="education", tag_field="kind", forbid_unknown_fields=True):
    """Days are of the last month; holidays are not days open. Records of before may speak of a longer period.

    `days_away`: school days missed in a row without excuse, up to the day on which a register or a teacher said so.
    `gone_after` is the policy of that day, kept by whoever records: from so many on, a drop-out is presumed.
    """

    state: EducationState
    school_id: UUID | None = None
    grade: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    days_present: Days | None = None
    days_open: Days | None = None
    learnt_from: LearntFrom | None = None
    instead: Instead | None = None
    days_away: Days | None = None
    gone_after: Days | None = None


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
    """`told_by`, `told_how`: of what was learnt without a visit, whose word it is, and how it was heard. With both it
    answers the placement check of who completed a course.
    """

    state: PlacementState
    occupation: Annotated[str, msgspec.Meta(max_length=200)] = ""
    told_by: ToldBy | None = None
    told_how: ToldHow | None = None


class Whereabouts(
    msgspec.Struct, frozen=True, tag="whereabouts", tag_field="kind", forbid_unknown_fields=True
):
    state: WhereaboutsState


Details = Education | Work | Business | Placement | Whereabouts


def as_typed(details: Details) -> Details:
    """Without what policy said of it on its day, which nobody types."""
    return msgspec.structs.replace(details, gone_after=None) if isinstance(details, Education) else details


class Kind(StrEnum):
    """The kinds as they are stored, beside the details themselves, so that they can be searched."""

    BUSINESS = "business"
    EDUCATION = "education"
    PLACEMENT = "placement"
    WHEREABOUTS = "whereabouts"
    WORK = "work"


def kind_of(details: Details) -> Kind:
    return Kind(str(details.__struct_config__.tag))
