"""Who has to approve a grant, and who may: bands by amount, steps frozen at submission, separation of duties."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from livelihood.accounts.permissions import Role
from livelihood.errors import say
from livelihood.grants.rules.errors import AlreadyDecided, NoStepToComplete, PreparerMayNotApprove
from livelihood.grants.rules.money import Currency


class Decision(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Band:
    """A policy row: up to this amount, inclusive (None: without limit), one approval of each of `steps`.

    A step is the roles of which any one completes it. Rows of one currency and `effective_from` are one version
    of the policy; the newest version in force replaces all older ones.
    """

    currency: Currency
    up_to_minor: int | None
    steps: tuple[frozenset[Role], ...]
    effective_from: date


@dataclass(frozen=True, slots=True)
class Approver:
    """Someone who approved or is about to, with the roles they hold for the grant's office."""

    id: UUID
    roles: frozenset[Role]


class NoBand(LookupError):
    """The policy has no row for an amount of that currency on that day: a gap that its keeper has to close."""


def steps_for(
    bands: Iterable[Band], amount_minor: int, currency: Currency, on: date
) -> tuple[frozenset[Role], ...]:
    """The approvals that the policy in force on that day asks for. Raises NoBand."""
    known = [band for band in bands if band.currency == currency and band.effective_from <= on]
    newest = max((band.effective_from for band in known), default=None)
    fitting = [
        band
        for band in known
        if band.effective_from == newest and (band.up_to_minor is None or amount_minor <= band.up_to_minor)
    ]
    if not fitting:
        raise NoBand(currency, on)
    return min(fitting, key=lambda band: (band.up_to_minor is None, band.up_to_minor or 0)).steps


def completed(steps: Sequence[frozenset[Role]], approvers: Sequence[Approver]) -> dict[int, UUID]:
    """Which step (by its place) each approver completes, so that as many steps as possible are complete.

    Nobody completes two. The order of approving does not matter: someone who is both caseworker and supervisor
    leaves the caseworker's step to a colleague who is only that, even when that colleague comes later.
    """
    taken: dict[int, Approver] = {}

    def place(approver: Approver, tried: set[int]) -> bool:
        for number, roles in enumerate(steps):
            if number in tried or not roles & approver.roles:
                continue
            tried.add(number)
            if number not in taken or place(taken[number], tried):
                taken[number] = approver
                return True
        return False

    for approver in approvers:
        if all(approver.id != other.id for other in taken.values()):
            place(approver, set())
    return {number: approver.id for number, approver in sorted(taken.items())}


def require_may_decide(person: UUID, preparers: Collection[UUID], decided: Mapping[UUID, Decision]) -> None:
    """`decided`: who has decided on this submission. Raises PreparerMayNotApprove or AlreadyDecided."""
    if person in preparers:
        raise PreparerMayNotApprove(
            say("You prepared this application, so a colleague has to decide on it. It waits in their list.")
        )
    if person in decided:
        raise AlreadyDecided(
            say("You have already decided on this application. Each approval needs another person.")
        )


def approve(steps: Sequence[frozenset[Role]], approvers: Sequence[Approver], person: Approver) -> bool:
    """Whether the person's approval, after those of `approvers`, is the last one needed.

    Raises NoStepToComplete where it would complete nothing.
    """
    before = completed(steps, approvers)
    now = completed(steps, [*approvers, person])
    if len(now) == len(before):
        raise NoStepToComplete(
            say(
                "The approvals still needed here are for other roles than yours. The page shows who can give them."
            )
        )
    return len(now) == len(steps)
