"""Policy as it stands, a change to it, and policy with the change in it: what a preview and the real thing share."""

from datetime import date
from typing import Union
from uuid import UUID

import msgspec

from livelihood.followups.rules.calendar import SchoolYear, Vacation
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.numbers import OF_LISTS, Numbers, PolicyNumber
from livelihood.followups.rules.protocols import Protocol


class Holiday(msgspec.Struct, frozen=True):
    """A day that differs from the published list of public holidays; `province` none: everywhere."""

    id: UUID
    day: date
    is_holiday: bool
    province: str | None = None


class Closure(msgspec.Struct, frozen=True):
    """Schools are shut from the one day to the other; `province` none: everywhere."""

    id: UUID
    starts_on: date
    ends_on: date
    province: str | None = None

    @property
    def vacation(self) -> Vacation:
        return Vacation(self.starts_on, self.ends_on)


class Policy(msgspec.Struct, frozen=True):
    """All that follow-ups are worked out by, other than the facts of a family."""

    protocols: tuple[Protocol, ...]
    years: tuple[SchoolYear, ...]
    closures: tuple[Closure, ...]
    holidays: tuple[Holiday, ...]
    numbers: tuple[PolicyNumber, ...] = ()


class NewVersion(msgspec.Struct, frozen=True, tag_field="kind", tag="protocol"):
    """The next version of a protocol; its number was free when the change was drafted."""

    protocol: Protocol


class NewProtocol(msgspec.Struct, frozen=True, tag_field="kind", tag="new_protocol"):
    """A protocol that was not there; its key was free when it was drafted."""

    protocol: Protocol


class NumberSet(msgspec.Struct, frozen=True, tag_field="kind", tag="number"):
    """Another value of a number from a day on; what was before that day stays judged as it was."""

    number: PolicyNumber


class YearSaid(msgspec.Struct, frozen=True):
    """What the calendar says of a school year; `assumed` where nobody has confirmed its days."""

    year: SchoolYear
    assumed: bool
    source: str


class ClosureSaid(msgspec.Struct, frozen=True):
    closure: Closure
    name: str
    assumed: bool
    source: str


class HolidaySaid(msgspec.Struct, frozen=True):
    holiday: Holiday
    name: str
    assumed: bool
    source: str


# One entry of the calendar, in full.
Said = YearSaid | ClosureSaid | HolidaySaid


class YearSet(YearSaid, frozen=True, tag_field="kind", tag="year"):
    """A school year added or corrected. `before` is, here and below, what the calendar said of the entry when the change
    was drafted; none where it was not there.
    """

    before: YearSaid | None = None


class ClosureSet(ClosureSaid, frozen=True, tag_field="kind", tag="closure"):
    before: ClosureSaid | None = None


class ClosureGone(msgspec.Struct, frozen=True, tag_field="kind", tag="closure_gone"):
    closure: Closure
    name: str
    before: ClosureSaid | None = None


class HolidaySet(HolidaySaid, frozen=True, tag_field="kind", tag="holiday"):
    before: HolidaySaid | None = None


class HolidayGone(msgspec.Struct, frozen=True, tag_field="kind", tag="holiday_gone"):
    holiday: Holiday
    name: str
    before: HolidaySaid | None = None


Change = Union[NewVersion, NewProtocol, NumberSet, YearSet, ClosureSet, ClosureGone, HolidaySet, HolidayGone]  # noqa: UP007


class Concerned(msgspec.Struct, frozen=True):
    """Whom a change can touch: families of a province, or with a plan of one of these kinds; none: with any plan.

    `unplanned`: also those without a plan, because findings raise alerts there too.
    """

    province: str | None = None
    anchors: tuple[AnchorKind, ...] | None = None
    unplanned: bool = False


NOBODY = Concerned(anchors=())


def changed(policy: Policy, change: Change) -> Policy:
    """The policy with the change in it."""
    match change:
        case NewVersion(protocol=protocol) | NewProtocol(protocol=protocol):
            return msgspec.structs.replace(policy, protocols=(*policy.protocols, protocol))
        case NumberSet(number=number):
            return msgspec.structs.replace(policy, numbers=(*policy.numbers, number))
        case YearSet(year=year):
            others = tuple(one for one in policy.years if one.key != year.key)
            return msgspec.structs.replace(policy, years=(*others, year))
        case ClosureSet(closure=closure):
            shut = tuple(one for one in policy.closures if one.id != closure.id)
            return msgspec.structs.replace(policy, closures=(*shut, closure))
        case ClosureGone(closure=closure):
            shut = tuple(one for one in policy.closures if one.id != closure.id)
            return msgspec.structs.replace(policy, closures=shut)
        case HolidaySet(holiday=holiday):
            days = tuple(one for one in policy.holidays if one.id != holiday.id)
            return msgspec.structs.replace(policy, holidays=(*days, holiday))
        case HolidayGone(holiday=holiday):
            days = tuple(one for one in policy.holidays if one.id != holiday.id)
            return msgspec.structs.replace(policy, holidays=days)


def value_before(policy: Policy, number: PolicyNumber) -> int:
    """What would hold on its day without it; the same whether it is in the policy already or not."""
    return Numbers(one for one in policy.numbers if one != number).on(number.key, number.effective_from)


def concerned(policy: Policy, change: Change) -> Concerned:
    """Moved from one province to another, a closure or holiday concerns both, and so everybody is looked at."""
    match change:
        case NewVersion(protocol=protocol) | NewProtocol(protocol=protocol):
            return Concerned(anchors=protocol.anchors)
        case NumberSet(number=number):
            return NOBODY if number.key in OF_LISTS else Concerned(unplanned=True)
        case YearSet():
            return Concerned()
        case ClosureSet(closure=closure) | ClosureGone(closure=closure):
            before = {one.province for one in policy.closures if one.id == closure.id}
            return Concerned(province=_only(before | {closure.province}))
        case HolidaySet(holiday=holiday) | HolidayGone(holiday=holiday):
            before = {one.province for one in policy.holidays if one.id == holiday.id}
            return Concerned(province=_only(before | {holiday.province}))


def _only(provinces: set[str | None]) -> str | None:
    return next(iter(provinces)) if len(provinces) == 1 else None
