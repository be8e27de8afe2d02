"""Whether a drafted version of a protocol holds together: every fault, as a sentence beside its field."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from livelihood.errors import FieldError, Message, say
from livelihood.followups.rules.ages import add_months
from livelihood.followups.rules.protocols import Protocol, Since, Slot

LONGEST_MONTHS = 120
LONGEST_WINDOW = 366
MOST_TIMES = 120
MOST_AHEAD = 12
MOST_CHECKS = 150
OLDEST = 17
LATEST_START = timedelta(days=5 * 366)

# Offsets are compared on an ordinary anchor: what runs into each other there does so everywhere, give or take days.
ON = date(2026, 1, 1)


class SlotDraft(msgspec.Struct, frozen=True):
    """One row as it was filled in. `every_days` 0: it does not recur; `times` none: nobody said how often."""

    months: int = 0
    days: int = 0
    before: int = 0
    after: int = 0
    since: Since = Since.ANCHOR
    every_days: int = 0
    times: int | None = None
    ahead: int = 2

    @property
    def due_on(self) -> date:
        return add_months(ON, self.months) + timedelta(days=self.days)

    @property
    def recurs(self) -> bool:
        return self.every_days > 0


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
        )
        for slot in protocol.slots
    )


def next_version(before: Protocol, draft: Draft) -> Protocol:
    """The version that the draft would be; ask `faults` first. It checks the same people for the same purpose."""
    pattern = before.slots[0]
    return msgspec.structs.replace(
        before,
        version=before.version + 1,
        effective_from=draft.effective_from,
        source=draft.source,
        slots=tuple(
            Slot(
                key=_key(one, before),
                purpose=pattern.purpose,
                per=pattern.per,
                before=one.before,
                after=one.after,
                months=one.months,
                days=one.days,
                since=one.since,
                every_days=one.every_days,
                times=one.times or 1,
                ahead=one.ahead,
            )
            for one in draft.slots
        ),
        from_age=draft.from_age,
        to_age=draft.to_age,
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
    found = [*_start(before, draft, today), *_ages(draft)]
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
    of_rows = [fault for row, one in enumerate(draft.slots) for fault in _slot(row, one)]
    found += of_rows
    if not of_rows:
        found += [*_alike(draft.slots), *_windows(draft.slots), *_how_many(draft.slots)]
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


def _same(before: Protocol, draft: Draft) -> bool:
    after = next_version(before, draft)
    return (set(after.slots), after.from_age, after.to_age) == (
        set(before.slots),
        before.from_age,
        before.to_age,
    )


def _start(before: Protocol, draft: Draft, today: date) -> Iterator[FieldError]:
    day = draft.effective_from
    if day < today:
        yield FieldError(
            "effective_from",
            say("{day} is past, and what was planned then stays. Choose today or a later day.", day=day),
        )
    elif day < before.effective_from:
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
    for field, age in (("from_age", draft.from_age), ("to_age", draft.to_age)):
        if not 0 <= age <= OLDEST:
            yield FieldError(
                field,
                say(
                    "Children are followed until they turn 18. Choose an age from 0 to {oldest}.",
                    oldest=OLDEST,
                ),
            )
            return
    if draft.to_age < draft.from_age:
        yield FieldError(
            "to_age",
            say(
                "The oldest age, {oldest}, is below the youngest, {youngest}. Turn them round.",
                oldest=draft.to_age,
                youngest=draft.from_age,
            ),
        )


def _slot(row: int, one: SlotDraft) -> Iterator[FieldError]:
    for field, message in _of_slot(one):
        yield FieldError(f"slots.{row}.{field}", message)


def _of_slot(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    for field, days in (("before", one.before), ("after", one.after)):
        if days > LONGEST_WINDOW:
            yield (
                field,
                say(
                    "A window of {days} days is too long. Write at most {most}.",
                    days=days,
                    most=LONGEST_WINDOW,
                ),
            )
    if one.months > LONGEST_MONTHS or one.days > 31 * LONGEST_MONTHS:
        yield (
            "months" if one.months > LONGEST_MONTHS else "days",
            say("This is more than ten years after the beginning. Choose ten years (120 months) or less."),
        )
        return
    if one.since is Since.SCHOOL_YEAR:
        yield from _in_school_year(one)
    elif one.recurs or one.times is not None:
        yield from _recurring(one)
    elif one.due_on == ON:
        yield "months", say("Say after how many months or days this check is due.")
    elif one.due_on > add_months(ON, LONGEST_MONTHS):
        yield (
            "days",
            say("This is more than ten years after the beginning. Choose ten years (120 months) or less."),
        )
    elif one.before > (offset := (one.due_on - ON).days):
        yield (
            "before",
            say(
                "The window would open before the plan begins. Open it at most {days} days before.",
                days=offset,
            ),
        )


def _in_school_year(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    if one.months or not 0 < one.days <= 300:
        yield (
            "days",
            say("Count from the first day of the school year in days alone, from 1 to 300, with no months."),
        )
    elif one.before > one.days:
        yield (
            "before",
            say(
                "The window would open before the school year does. Open it at most {days} days before.",
                days=one.days,
            ),
        )
    if one.recurs or one.times is not None:
        yield (
            "every_days",
            say("This check comes once every school year by itself. Leave the repetition empty."),
        )


def _recurring(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    if not one.recurs:
        yield "every_days", say("Say every how many days this check repeats, or leave “times” empty.")
    elif one.times is None:
        yield (
            "times",
            say(
                "This check would never end. Say how many times it repeats, at most {most}.", most=MOST_TIMES
            ),
        )
    elif not 1 <= one.times <= MOST_TIMES:
        yield (
            "times",
            say(
                "{times} times is too often. Repeat a check from 1 to {most} times.",
                times=one.times,
                most=MOST_TIMES,
            ),
        )
    elif one.every_days > LONGEST_WINDOW or one.due_on + timedelta(
        days=one.every_days * one.times
    ) > add_months(ON, LONGEST_MONTHS):
        yield (
            "times",
            say(
                "The last of these checks would come more than ten years after the first. Repeat it less often, or sooner."
            ),
        )
    elif one.before + one.after >= one.every_days:
        yield (
            "after",
            say(
                "Every {every} days, windows of {days} days run into each other. Open later or close earlier.",
                every=one.every_days,
                days=one.before + one.after + 1,
            ),
        )
    if not 1 <= one.ahead <= MOST_AHEAD:
        yield (
            "ahead",
            say("Plan from 1 to {most} of these checks ahead.", most=MOST_AHEAD),
        )


def _alike(slots: Sequence[SlotDraft]) -> Iterator[FieldError]:
    seen: dict[tuple[object, ...], int] = {}
    for row, one in enumerate(slots):
        if one.since is Since.SCHOOL_YEAR:
            day: tuple[object, ...] = ("school year",)
            message = say("Another check counts from the school year already. Change that one, or remove it.")
            field = "since"
        elif one.recurs:
            day = ("recurs", one.every_days)
            message = say("Another check repeats every {days} days already.", days=one.every_days)
            field = "every_days"
        else:
            day = (one.due_on,)
            message = say("Another check is due on the same day. Remove one, or choose another day.")
            field = "months"
        if day in seen:
            yield FieldError(f"slots.{row}.{field}", message)
        seen.setdefault(day, row)


def _windows(slots: Sequence[SlotDraft]) -> Iterator[FieldError]:
    """A window holds its own check alone: it neither reaches the next one's day nor the one before."""
    ordinary = sorted(
        (
            (one.due_on, row, one)
            for row, one in enumerate(slots)
            if one.since is Since.ANCHOR and not one.recurs
        ),
        key=lambda found: found[:2],
    )
    for (due, row, one), (next_due, next_row, following) in pairwise(ordinary):
        between = (next_due - due).days
        if one.after >= between > 0:
            yield FieldError(
                f"slots.{row}.after",
                say(
                    "The window would still be open when the next check is due. Close it at most {days} days after.",
                    days=between - 1,
                ),
            )
        if following.before >= between > 0:
            yield FieldError(
                f"slots.{next_row}.before",
                say(
                    "The window would open before the check before it is due. Open it at most {days} days before.",
                    days=between - 1,
                ),
            )


def _how_many(slots: Sequence[SlotDraft]) -> Iterator[FieldError]:
    checks = sum(one.times or 1 for one in slots)
    if checks > MOST_CHECKS:
        yield FieldError(
            "slots",
            say(
                "These are {checks} checks of one child, more than anybody can make. Plan at most {most}.",
                checks=checks,
                most=MOST_CHECKS,
            ),
        )
