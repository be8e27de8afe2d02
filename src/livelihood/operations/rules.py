"""What the figures mean: pure, and the same for the page, the command and `/health/ready`."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from livelihood.errors import Message, say


class State(StrEnum):
    OK = "ok"
    LATE = "late"
    WRONG = "wrong"
    OFF = "off"
    """Not set up here, so nothing is expected of it."""


class Run(msgspec.Struct, frozen=True):
    job: str
    every_seconds: int | None
    known_since: datetime
    last_started_at: datetime | None
    last_succeeded_at: datetime | None
    last_failed_at: datetime | None
    error: str | None
    seconds: float | None
    handled: int | None
    successes: int
    failures: int
    seconds_total: float
    handled_total: int


class Backlog(msgspec.Struct, frozen=True):
    """What waits, over all offices. Counts stop at 100,000; `now` is the database's clock."""

    now: datetime
    revision: str
    dirty: int
    dirty_since: datetime | None
    due: int
    due_since: date | None
    unsent: int
    unsent_since: datetime | None
    given_up: int
    previews: int
    previews_since: datetime | None


class Check(msgspec.Struct, frozen=True):
    """One line: what was looked at, how it is, and, where it is not well, what to do. `about`: what it is for, and what
    it means when it is late.
    """

    name: str
    title: Message
    state: State
    detail: Message
    advice: Message | None = None
    about: Message | None = None


def late_after(every: timedelta) -> timedelta:
    """A job is late when it should have run and a minute, or a twelfth of its interval, has passed since."""
    return every + max(timedelta(minutes=1), every / 12)


def is_late(run: Run, now: datetime) -> bool:
    """Of a job that no worker knows any more, nothing is expected."""
    if run.every_seconds is None:
        return False
    since = run.last_succeeded_at or run.known_since
    return now - since > late_after(timedelta(seconds=run.every_seconds))


def workers_late(runs: Iterable[Run], now: datetime) -> bool:
    """Whether any job is late; so it is where no worker ever started."""
    known = [run for run in runs if run.every_seconds is not None]
    return not known or any(is_late(run, now) for run in known)


# What each job is called for those who do not keep the servers, what it does, and what it means when it is late.
JOBS: dict[str, tuple[Message, Message]] = {
    "reconcile": (
        say("Planning of checks and alerts"),
        say(
            "Brings every family's follow-ups and alerts up to date after something was recorded, and when a day has "
            "come. While it is late, lists lack what is new; nothing that was recorded is lost."
        ),
    ),
    "policy:preview": (
        say("Previews of changes"),
        say(
            "Works out what a change of a protocol, a number or the calendar would do. While it is late, whoever asked "
            "for a preview waits, and the change cannot be put into force."
        ),
    ),
    "imports:forget": (
        say("Deleting old intake lists"),
        say(
            "Deletes intake lists 30 days after they were uploaded. While it is late, what they say of families is kept "
            "longer than it should be."
        ),
    ),
    "accounts:forget": (
        say("Deleting ended sign-ins"),
        say("Deletes sign-ins that have ended. While it is late, they stay listed; nobody can use them."),
    ),
    "notices:digest": (
        say("Writing the summaries of the day"),
        say(
            "Writes for each person, at their hour, how much waits for them today. While it is late, nobody gets the "
            "summary; Today shows the same."
        ),
    ),
    "notices:deliver": (
        say("Sending messages"),
        say(
            "Sends what is to be told by e-mail or Telegram. While it is late, people learn of alerts only when they open "
            "Livelihood: tell them by telephone."
        ),
    ),
    "notices:link": (
        say("Connecting Telegram"),
        say(
            "Connects the telephones of people who ask for notices by Telegram. While it is late, they wait for it; who "
            "is connected already gets theirs."
        ),
    ),
    "notices:forget": (
        say("Deleting old messages"),
        say(
            "Deletes messages 30 days after they were sent. While it is late, they are kept longer than they should be."
        ),
    ),
}

START_WORKERS = say("See that “livelihood worker” runs, and read its log.")

WAITING = timedelta(minutes=2)
"""What the workers take up within seconds is late after this."""
CLOCKS = timedelta(seconds=5)
"""Machines that set their clocks by the network differ by far less."""


def ago(passed: timedelta) -> Message:
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 120:
        return say("{number} s ago", number=seconds)
    if seconds < 7200:
        return say("{number} min ago", number=seconds // 60)
    if seconds < 172_800:
        return say("{number} h ago", number=seconds // 3600)
    return say("{number} days ago", number=seconds // 86_400)


def jobs(runs: Iterable[Run], now: datetime) -> list[Check]:
    known = [run for run in runs if run.every_seconds is not None]
    if not known:
        return [
            Check("workers", say("Workers"), State.WRONG, say("No worker has ever started."), START_WORKERS)
        ]
    return [job(run, now) for run in known]


def job(run: Run, now: datetime) -> Check:
    title, about = JOBS.get(run.job, (say("Job {job}", job=run.job), None))
    late = is_late(run, now)
    last = run.last_succeeded_at
    if run.last_failed_at is not None and (last is None or run.last_failed_at > last):
        detail = say(
            "last run failed {ago}: {error}", ago=ago(now - run.last_failed_at), error=run.error or "?"
        )
        advice = say("Look for it in the worker's log. The job is tried again by itself.")
        return Check(run.job, title, State.WRONG if late else State.LATE, detail, advice, about)
    detail = (
        say("has not succeeded yet") if last is None else say("last succeeded {ago}", ago=ago(now - last))
    )
    advice = START_WORKERS if late else None
    return Check(run.job, title, State.LATE if late else State.OK, detail, advice, about)


def backlog(waits: Backlog, today: date, *, sends: bool) -> list[Check]:
    """`today` is the domain's: a household's day has passed by it, whatever the database's clock shows. `sends`: some
    way to send messages is set up.
    """
    return [
        waiting("dirty", say("Changes to work out"), waits.dirty, waits.dirty_since, waits.now),
        Check(
            "days",
            say("Households whose day has come"),
            State.LATE if waits.due else State.OK,
            say("{number} since {day}", number=waits.due, day=waits.due_since)
            if waits.due
            else say("none left"),
            START_WORKERS if waits.due and waits.due_since and waits.due_since < today else None,
        ),
        *(messages(waits) if sends else [OFF]),
        waiting("previews", say("Previews asked for"), waits.previews, waits.previews_since, waits.now),
    ]


OFF = Check("outbox", say("Messages to send"), State.OFF, say("no way to send messages is set up"))


def messages(waits: Backlog) -> list[Check]:
    return [
        waiting("outbox", say("Messages to send"), waits.unsent, waits.unsent_since, waits.now),
        Check(
            "given_up",
            say("Messages given up"),
            State.LATE if waits.given_up else State.OK,
            say("{number} in all", number=waits.given_up) if waits.given_up else say("none"),
            say(
                "See under Notifications whom they were for, and correct the address or the server's settings."
            )
            if waits.given_up
            else None,
        ),
    ]


def waiting(name: str, title: Message, number: int, since: datetime | None, now: datetime) -> Check:
    if not number or since is None:
        return Check(name, title, State.OK, say("none waits"))
    late = now - since > WAITING
    detail = say("{number}, the oldest from {ago}", number=number, ago=ago(now - since))
    return Check(name, title, State.LATE if late else State.OK, detail, START_WORKERS if late else None)


def clocks(theirs: datetime, ours: datetime) -> Check:
    apart = abs(theirs - ours)
    wrong = apart > CLOCKS
    return Check(
        "clocks",
        say("Clocks"),
        State.WRONG if wrong else State.OK,
        say("this machine and the database differ by {seconds} s", seconds=f"{apart.total_seconds():.1f}"),
        say("Let both machines set their clocks by the network (NTP).") if wrong else None,
    )


def migrated(revision: str, head: str) -> Check:
    same = revision == head
    return Check(
        "migrations",
        say("Tables"),
        State.OK if same else State.WRONG,
        say("at {revision}", revision=revision)
        if same
        else say("at {revision}, this version needs {head}", revision=revision, head=head),
        None if same else say("Run “livelihood migrate” with this version of the software."),
    )


def worst(checks: Iterable[Check]) -> State:
    found = {check.state for check in checks}
    return next((state for state in (State.WRONG, State.LATE) if state in found), State.OK)


def worst_first(checks: Iterable[Check]) -> list[Check]:
    """What needs a look stands on top; the rest as it was."""
    return sorted(checks, key=lambda check: [State.WRONG, State.LATE, State.OK, State.OFF].index(check.state))
