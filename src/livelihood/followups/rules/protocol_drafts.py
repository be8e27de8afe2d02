"""Whether a drafted version of a protocol holds together: every fault, as a sentence beside its field."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from livelihood.errors import FieldError, say
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.protocols import PER, Protocol, Purpose, Since, Slot
from livelihood.followups.rules.slot_drafts import SlotDraft, faults_together, slot_faults

OLDEST = 17
LATEST_START = timedelta(days=5 * 366)


class Draft(msgspec.Struct, frozen=True):
    effective_from: date
    source: str
    slots: tuple[SlotDraft, ...]
    from_age: int
    to_age: int


def drafts_of(protocol: Protocol) -> tuple[SlotDraft, ...]:
    """The rows of a version, for a form to begin with."""
    return tuple(
        SlotDraft(
            slot.months,
            slot.days,
            slot.before,
            slot.after,
            slot.since,
            slot.every_days,
            slot.times if slot.every_days else None,
            slot.ahead,
            slot.purpose,
        )
        for slot in protocol.slots
    )


def next_version(before: Protocol, draft: Draft) -> Protocol:
    """The version that the draft would be; ask `faults` first."""
    return msgspec.structs.replace(
        before,
        version=before.version + 1,
        effective_from=draft.effective_from,
        source=draft.source,
        slots=slots_of(before, draft.slots),
        from_age=draft.from_age,
        to_age=draft.to_age,
    )


def slots_of(before: Protocol, drafted: Sequence[SlotDraft]) -> tuple[Slot, ...]:
    usual = before.slots[0].purpose if before.slots else Purpose.SCHOOL
    return tuple(
        Slot(
            key=_key(one, before),
            purpose=one.purpose or usual,
            per=PER[one.purpose or usual],
            before=one.before,
            after=one.after,
            months=one.months,
            days=one.days,
            since=one.since,
            every_days=one.every_days,
            times=one.times or 1,
            ahead=one.ahead,
        )
        for one in drafted
    )


def _key(draft: SlotDraft, before: Protocol) -> str:
    """A check is known by its day, so that the same day stays the same check through every version."""
    if draft.since is Since.SCHOOL_YEAR:
        return next((slot.key for slot in before.slots if slot.since is Since.SCHOOL_YEAR), "re_enrolment")
    if draft.recurs:
        same = (slot.key for slot in before.slots if slot.every_days == draft.every_days)
        return next(same, f"every_{draft.every_days}_days")
    parts = [f"month_{draft.months}"] if draft.months else []
    parts += [f"day_{draft.days}"] if draft.days or not draft.months else []
    return "_".join(parts)


def faults(before: Protocol, draft: Draft, today: date) -> list[FieldError]:
    found = [*start_faults(before, draft.effective_from, today), *check_faults(before.anchors, draft)]
    if not found and _same(before, draft):
        found.append(
            FieldError(
                "slots",
                say(
                    "Nothing differs from version {version}. Change a check or the ages first.",
                    version=before.version,
                ),
            )
        )
    return found


def check_faults(anchors: Collection[AnchorKind], draft: Draft) -> list[FieldError]:
    """Faults of the checks and ages, whatever came before."""
    found = list(_ages(draft))
    if not draft.slots:
        found.append(
            FieldError("slots", say("A protocol without checks looks for nobody. Add at least one."))
        )
    elif all(one.since is Since.SCHOOL_YEAR for one in draft.slots):
        found.append(
            FieldError(
                "slots",
                say(
                    "A check of every school year comes as long as the plan lasts, and nothing says how long. Add a check "
                    "that counts from the beginning of the plan."
                ),
            )
        )
    of_rows = [fault for row, one in enumerate(draft.slots) for fault in slot_faults(row, one, anchors)]
    found += of_rows
    if not of_rows:
        found += faults_together(draft.slots)
    return found


def _same(before: Protocol, draft: Draft) -> bool:
    after = next_version(before, draft)
    return (set(after.slots), after.from_age, after.to_age) == (
        set(before.slots),
        before.from_age,
        before.to_age,
    )


def start_faults(before: Protocol | None, day: date, today: date) -> Iterator[FieldError]:
    """`before` is the version that it would follow, none for the first."""
    if day < today:
        yield FieldError(
            "effective_from",
            say("{day} is past, and what was planned then stays. Choose today or a later day.", day=day),
        )
    elif before and day < before.effective_from:
        yield FieldError(
            "effective_from",
            say(
                "Version {version} takes force on {day}. Choose that day or a later one.",
                version=before.version,
                day=before.effective_from,
            ),
        )
    elif day > today + LATEST_START:
        yield FieldError(
            "effective_from", say("{day} is more than five years away. Choose an earlier day.", day=day)
        )


def _ages(draft: Draft) -> Iterator[FieldError]:
    wrong = [
        field
        for field, age in (("from_age", draft.from_age), ("to_age", draft.to_age))
        if not 0 <= age <= OLDEST
    ]
    for field in wrong:
        yield FieldError(
            field,
            say(
                "Children are followed until they turn 18. Choose an age from 0 to {oldest}.",
                oldest=OLDEST,
            ),
        )
    if not wrong and draft.to_age < draft.from_age:
        yield FieldError(
            "to_age",
            say(
                "The oldest age, {oldest}, is below the youngest, {youngest}. Turn them round.",
                oldest=draft.to_age,
                youngest=draft.from_age,
            ),
        )
