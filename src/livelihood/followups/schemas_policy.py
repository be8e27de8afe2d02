"""What requests about policy bring and get: drafts of protocols and of the calendar, and their previews."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.rules.calendar import SchoolYear, Term
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.policy import Change, Closure, ClosureSaid, Holiday, HolidaySaid, YearSaid
from livelihood.followups.rules.previews import Counts, Example, PreviewState, Staleness
from livelihood.followups.rules.protocols import Per, Protocol, Purpose, Since
from livelihood.followups.rules.slot_drafts import SlotDraft
from livelihood.written import written

Text = Annotated[str, written(200)]
Source = Annotated[str, written(500)]
Mark = Annotated[str, written(16)]
Province = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}$")]


class SlotIn(Input, kw_only=True):
    """A check due `months` and `days` after the plan begins, or `days` after each school year does.

    Its window opens `before` and closes `after` so many days. With `every_days` it repeats, `times` times, of which
    `ahead` are planned at a time. Which numbers make sense together the rules say. `purpose` none: that of the first check of the version before. Checks of a school or
    a home are of each child, those of a business of the household, those of a placement of the trainee.

    The checks of a version that was read can be sent as they are: `key` and `per` follow from the rest, and may be there.
    """

    since: Since = Since.ANCHOR
    months: int = 0
    days: int = 0
    before: int = 0
    after: int = 0
    every_days: int = 0
    times: int | None = None
    ahead: int = 2
    purpose: Purpose | None = None
    key: str | None = None
    per: Per | None = None

    def draft(self) -> SlotDraft:
        return SlotDraft(*(getattr(self, name) for name in SlotDraft.__struct_fields__))


class NumberIn(Input, kw_only=True):
    """Another value of a number, from a day on."""

    id: UUID | None = None
    value: int
    effective_from: date
    source: Source


class VersionIn(Input, kw_only=True):
    """The next version of a protocol, drafted upon `based_on`, the newest one that was read."""

    id: UUID | None = None
    based_on: int
    effective_from: date
    source: Source
    from_age: int
    to_age: int
    slots: Annotated[tuple[SlotIn, ...], msgspec.Meta(max_length=50)] = ()


class NewProtocolIn(Input, kw_only=True):
    """A protocol of one's own: what it is called, what its plans count from (a completed course stands alone)."""

    id: UUID | None = None
    name_en: Text
    name_km: Text
    anchors: Annotated[tuple[AnchorKind, ...], msgspec.Meta(max_length=5)] = ()
    effective_from: date
    source: Source
    from_age: int = 6
    to_age: int = 17
    slots: Annotated[tuple[SlotIn, ...], msgspec.Meta(max_length=50)] = ()


class EndIn(Input, kw_only=True):
    """The end of a protocol, drafted upon `based_on`: from the day on nothing more is planned by it."""

    id: UUID | None = None
    based_on: int
    effective_from: date
    source: Source


class TermIn(Input, kw_only=True):
    starts_on: date
    ends_on: date


class YearIn(Input, kw_only=True):
    """From the first to the last day of school. `assumed`: nobody has confirmed these days yet.

    `based_on` is the `mark` of the entry that was read (`new`: it was not there); left out, as it stands now.
    """

    id: UUID | None = None
    based_on: Mark | None = None
    starts_on: date
    ends_on: date
    terms: Annotated[tuple[TermIn, ...], msgspec.Meta(max_length=6)] = ()
    assumed: bool = False
    source: Source


class ClosureIn(Input, kw_only=True):
    """Schools are shut. `closure_id` names one that is to be changed; `province` none: everywhere.

    `based_on` is the `mark` of the entry that was read (`new`: it was not there); left out, as it stands now.
    """

    id: UUID | None = None
    based_on: Mark | None = None
    closure_id: UUID | None = None
    name: Text
    starts_on: date
    ends_on: date
    province: Province | None = None
    assumed: bool = False
    source: Source


class HolidayIn(Input, kw_only=True):
    """A day that differs from the published list: a holiday more, or one on which schools are open.

    `based_on` is the `mark` of the entry that was read (`new`: it was not there); left out, as it stands now.
    """

    id: UUID | None = None
    based_on: Mark | None = None
    holiday_id: UUID | None = None
    name: Text
    day: date
    is_holiday: bool
    province: Province | None = None
    assumed: bool = False
    source: Source


class AgainIn(Input, kw_only=True):
    id: UUID | None = None


class ConfirmationIn(Input, kw_only=True):
    """Assumed days are confirmed as they are; `source` says by what."""

    source: Source


class VersionOut(msgspec.Struct):
    """One version with who added it; nobody where it came with the software."""

    protocol: Protocol
    added_by: str | None
    added_at: datetime | None


class ProtocolOut(msgspec.Struct):
    """`in_force` is the version that counts for windows that open today; later ones wait for their day."""

    key: str
    in_force: int
    versions: list[VersionOut]


class ValueOut(msgspec.Struct):
    """A value with who added it; nobody where it came with the software."""

    value: int
    effective_from: date
    source: str
    added_by: str | None = None
    added_at: datetime | None = None


class NumberOut(msgspec.Struct):
    """`value` is the one in force today; `values` are all it has had and is to have, the newest first."""

    key: NumberKey
    value: int
    since: date
    values: list[ValueOut]

    @property
    def to_come(self) -> list[ValueOut]:
        """Announced for later, the next first."""
        return [one for one in reversed(self.values) if one.effective_from > self.since]


class YearOut(msgspec.Struct):
    key: str
    starts_on: date
    ends_on: date
    terms: tuple[Term, ...]
    assumed: bool
    source: str
    mark: str = ""

    @property
    def said(self) -> YearSaid:
        return YearSaid(
            SchoolYear(self.key, self.starts_on, self.ends_on, self.terms), self.assumed, self.source
        )


class ClosureOut(msgspec.Struct):
    id: UUID
    name: str
    starts_on: date
    ends_on: date
    province: str | None
    assumed: bool
    source: str
    mark: str = ""

    @property
    def said(self) -> ClosureSaid:
        closure = Closure(self.id, self.starts_on, self.ends_on, self.province)
        return ClosureSaid(closure, self.name, self.assumed, self.source)


class HolidayOut(msgspec.Struct):
    id: UUID
    name: str
    day: date
    is_holiday: bool
    province: str | None
    assumed: bool
    source: str
    mark: str = ""

    @property
    def said(self) -> HolidaySaid:
        holiday = Holiday(self.id, self.day, self.is_holiday, self.province)
        return HolidaySaid(holiday, self.name, self.assumed, self.source)


class PublicHoliday(msgspec.Struct):
    day: date
    name: str


class CalendarOut(msgspec.Struct):
    """`public_holidays` are published ones over the school years; the others are what is said here.

    The `mark` of an entry changes with everything that is said of it: a draft names it as `based_on`.
    """

    years: list[YearOut]
    closures: list[ClosureOut]
    holidays: list[HolidayOut]
    public_holidays: list[PublicHoliday]


class PreviewOut(msgspec.Struct):
    """What a change would do. `counts` are by office, complete once `state` is `done`.

    `left_out` families could not be worked out and are not counted. `stale` says why it may not take effect any more.
    """

    id: UUID
    asked_at: datetime
    asked_on: date
    what: Change
    state: PreviewState
    total: int | None
    looked_at: int
    left_out: int
    counts: list[Counts]
    examples: list[Example]
    done_at: datetime | None
    in_force_at: datetime | None
    stale: Staleness | None
