"""Protocols are data: what is checked, for whom, how long after what."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from livelihood.followups.rules.absences import TO_BE_SEEN
from livelihood.followups.rules.facts import AnchorKind


class Purpose(StrEnum):
    """`home`: whether the child is there and well. A school check that falls into a vacation becomes one."""

    SCHOOL = "school"
    HOME = "home"
    BUSINESS = "business"
    PLACEMENT = "placement"


class Per(StrEnum):
    CHILD = "child"
    HOUSEHOLD = "household"
    TRAINEE = "trainee"


# Whom a check of each purpose is of: what is recorded of others does not answer it.
PER: dict[Purpose, Per] = {
    Purpose.SCHOOL: Per.CHILD,
    Purpose.HOME: Per.CHILD,
    Purpose.BUSINESS: Per.HOUSEHOLD,
    Purpose.PLACEMENT: Per.TRAINEE,
}


class Since(StrEnum):
    """From where the days of a slot count. School years recur: one slot for each that starts in the plan."""

    ANCHOR = "anchor"
    SCHOOL_YEAR = "school_year"


Span = Annotated[int, msgspec.Meta(ge=0, le=366)]


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Due `months` and `days` after its start; open from `before` days before to `after` days after that.

    With `every_days` it recurs, `times` times; so far ahead that `ahead` of them are still to come.
    """

    key: str
    purpose: Purpose
    per: Per
    before: Span
    after: Span
    months: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    days: Span = 0
    since: Since = Since.ANCHOR
    every_days: Span = 0
    times: Annotated[int, msgspec.Meta(ge=1, le=120)] = 1
    ahead: Annotated[int, msgspec.Meta(ge=1, le=12)] = 2


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version. Children are those aged `from_age` to `to_age` on the day of the slot.

    Without slots it plans nothing more: the protocol has ended. Those that people made have names of their own.
    """

    key: str
    version: int
    effective_from: date
    source: str
    anchors: tuple[AnchorKind, ...]
    slots: tuple[Slot, ...]
    from_age: int = 6
    to_age: int = 17
    name_en: str = ""
    name_km: str = ""

    @property
    def own(self) -> bool:
        """Made by people, where the others came with the software."""
        return bool(self.name_en)


# What asks whether a child is there; a trainee's placement is another matter.
OF_A_CHILD = frozenset({Purpose.SCHOOL, Purpose.HOME})


def asks_for_things(protocol: str, slot: str) -> bool:
    """Of the business checks, the one that is there to see what was bought."""
    return protocol == "business_support" and slot == "day_14"


# The check after a child was found out of school.
EXTRA_CHECK = "extra_check"
ASKING = "instead_"


def asking(slot: str) -> str:
    """The slot of the extra check where it asks what a young person does instead of school."""
    return ASKING + slot


def asks_what_instead(slot: str) -> bool:
    return slot.startswith(ASKING)


AGAIN = "_on_"


def begun_anew(slot: str, day: date) -> str:
    """The key of a check whose plan has begun again on that day: each such day has its own, once."""
    return f"{slot}{AGAIN}{day:%Y%m%d}"


def in_protocol(slot: str) -> str:
    """As the protocol calls the slot, whichever beginning it counts from."""
    return slot.partition(AGAIN)[0]


def asks_who_came_back(slot: str) -> bool:
    """Of the school checks, the one at the beginning of each school year."""
    return slot.startswith("re_enrolment_")


def in_force(protocols: Iterable[Protocol], kind: AnchorKind, day: date) -> list[Protocol]:
    """Of each protocol for this kind of anchor, the version in force on the anchor's day.

    An anchor older than every version gets the first, unless people made it: then it begins on its day.
    """
    versions: dict[str, list[Protocol]] = {}
    for protocol in protocols:
        if kind in protocol.anchors:
            versions.setdefault(protocol.key, []).append(protocol)
    chosen: list[Protocol] = []
    for _, known in sorted(versions.items()):
        in_order = sorted(known, key=lambda one: (one.effective_from, one.version))
        begun = [one for one in in_order if one.effective_from <= day]
        if begun or not in_order[0].own:
            chosen.append(begun[-1] if begun else in_order[0])
    return chosen


def _monthly(
    months: Iterable[int], purpose: Purpose, per: Per, early: int, late: tuple[int, int]
) -> list[Slot]:
    """Slots at these months, ±`early` days up to month 3 and −late[0]/+late[1] after."""
    return [
        Slot(
            key=f"month_{month}",
            purpose=purpose,
            per=per,
            months=month,
            before=early if month <= 3 else late[0],
            after=early if month <= 3 else late[1],
        )
        for month in months
    ]


PROPOSAL = "Proposal of this project, to be confirmed by the programme manager"
FROM = date(2024, 1, 1)

SHIPPED = (
    Protocol(
        key="school_retention",
        version=1,
        effective_from=FROM,
        source=PROPOSAL,
        anchors=(AnchorKind.GRANT, AnchorKind.SCHOOLING),
        slots=(
            *_monthly((1, 2, 3, 6, 9, 12, 18, 24), Purpose.SCHOOL, Per.CHILD, 14, (14, 30)),
            # School weeks 2 to 4, due at the beginning of the third: children are lost between two years.
            Slot(
                key="re_enrolment",
                purpose=Purpose.SCHOOL,
                per=Per.CHILD,
                since=Since.SCHOOL_YEAR,
                days=14,
                before=7,
                after=13,
            ),
        ),
    ),
    Protocol(
        key="business_support",
        version=1,
        effective_from=FROM,
        source=PROPOSAL,
        anchors=(AnchorKind.GRANT,),
        slots=(
            Slot(key="day_14", purpose=Purpose.BUSINESS, per=Per.HOUSEHOLD, days=14, before=4, after=7),
            *_monthly((1, 3, 6, 12), Purpose.BUSINESS, Per.HOUSEHOLD, 14, (14, 14)),
        ),
    ),
    Protocol(
        key="placement_tracer",
        version=1,
        effective_from=FROM,
        source=PROPOSAL,
        anchors=(AnchorKind.COURSE,),
        slots=tuple(_monthly((1, 3, 6, 12), Purpose.PLACEMENT, Per.TRAINEE, 14, (14, 14))),
    ),
    Protocol(
        key=EXTRA_CHECK,
        version=1,
        effective_from=FROM,
        source=PROPOSAL,
        anchors=(AnchorKind.OUT_OF_SCHOOL,),
        slots=(Slot(key="day_14", purpose=Purpose.SCHOOL, per=Per.CHILD, days=14, before=4, after=7),),
    ),
    Protocol(
        key="high_risk",
        version=1,
        effective_from=FROM,
        source=PROPOSAL,
        anchors=(AnchorKind.HIGH_RISK,),
        slots=(
            Slot(
                key="fortnight",
                purpose=Purpose.HOME,
                per=Per.CHILD,
                before=4,
                after=7,
                every_days=14,
                times=26,
                ahead=2,
            ),
        ),
    ),
)

# Of whoever is followed at whatever age. No policy: its days are those within which nobody leaves again unseen.
ON_RETURN = Protocol(
    key="on_return",
    version=1,
    effective_from=FROM,
    source=PROPOSAL,
    anchors=(AnchorKind.RETURN,),
    slots=(Slot(key="return", purpose=Purpose.SCHOOL, per=Per.CHILD, before=0, after=TO_BE_SEEN.days),),
    from_age=0,
)
