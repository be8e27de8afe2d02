"""The extra check: of a child found out of school, and of one of working age who left it, of whom nobody knows what they
do instead; and when the next one is called for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.followups.rules.alerts import Alert, AlertClosed
from livelihood.followups.rules.discharge import Check
from livelihood.followups.rules.facts import Anchor, AnchorKind
from livelihood.followups.rules.out_of_school import FoundOut
from livelihood.followups.rules.placing import Placed
from livelihood.followups.rules.protocols import EXTRA_CHECK, Purpose, asking
from livelihood.followups.rules.state import FollowUp
from livelihood.observations.rules import Standing


def of_alerts(
    alerts: Iterable[Alert], found: Iterable[FoundOut], local_day: Callable[[datetime], date]
) -> Iterator[Anchor]:
    """The finding that raised the alert, and each later one that found the child out of school again while it was open."""
    again = {one.alert.id: one.again for one in found}
    for alert in alerts:
        if alert.kind.value == AnchorKind.OUT_OF_SCHOOL and alert.closed_because is not AlertClosed.CORRECTED:
            anchor = Anchor(
                id=alert.id,
                kind=AnchorKind.OUT_OF_SCHOOL,
                on=alert.opened_on,
                recorded_on=local_day(alert.opened_at),
                member_id=alert.member_id,
            )
            yield anchor
            for day, recorded_at in again.get(alert.id, {}).items():
                yield msgspec.structs.replace(anchor, on=day, recorded_on=local_day(recorded_at), again=True)


def of_questions(unasked: Iterable[Standing], local_day: Callable[[datetime], date]) -> Iterator[Anchor]:
    """Anchored by the finding itself: it is no alert, and needs no answer but the one that the check asks for."""
    for finding in unasked:
        yield Anchor(
            id=finding.root_id,
            kind=AnchorKind.OUT_OF_SCHOOL,
            on=finding.happened_on,
            recorded_on=local_day(finding.recorded_at),
            member_id=finding.member_id,
            asks=True,
        )


def one_at_a_time(
    called_for: Iterable[Anchor], checks_of: Callable[[Anchor, date], Placed], answers: Sequence[Check]
) -> list[Anchor]:
    """Of all that call for an extra check of one child, those that get one: a check always stands ahead of the newest
    finding, and never two.

    While one stands, open or still to come, it is the next one. Only an alert has one of its own in any case: what stands
    then gives way to it. Whether one stands on a day follows from what is known of the days until then, so that several
    records of one day call for one check, and what arrives later moves none.
    """
    found: list[Anchor] = []
    for anchor in sorted(called_for, key=lambda one: (one.on, not one.asks, one.again)):
        stands = bool(found) and _stands(checks_of(found[-1], anchor.on), anchor, answers)
        if anchor.asks or anchor.again:
            if stands:
                continue
        elif stands:
            found.pop()
        found.append(anchor)
    return found


def _stands(placed: Placed, then: Anchor, answers: Sequence[Check]) -> bool:
    """On the day of that other finding the check is not about to close, and nothing of a day until then answers it. The
    first of its plan counts: what a later version of the protocol adds to it changes nothing that had opened before.
    """
    mine = (one for one in placed.follow_ups if one.member_id == then.member_id)
    check = min(mine, key=lambda one: (one.opens_on, one.closes_on, one.id), default=None)
    if check is None or check.closes_on <= then.on:
        return False
    first = placed.answers_from.get(check.id, check.opens_on)
    return not any(one.answers(check) and first <= one.happened_on <= then.on for one in answers)


def as_questions(placed: Placed, anchors: Iterable[Anchor]) -> Placed:
    """A question is asked at home, because no register can answer it, and once for each finding; what is learnt on the day
    of the finding or later answers it.
    """
    asked: dict[UUID, Anchor] = {anchor.id: anchor for anchor in anchors if anchor.asks}
    if not asked:
        return placed
    found: list[FollowUp] = []
    for one in placed.follow_ups:
        anchor = asked.get(one.anchor_id)
        if anchor is None:
            found.append(one)
        elif one.protocol == EXTRA_CHECK:
            placed.answers_from[one.id] = anchor.on
            found.append(msgspec.structs.replace(one, slot=asking(one.slot), purpose=Purpose.HOME))
    return Placed(found, placed.answers_from, placed.changes, placed.begun)
