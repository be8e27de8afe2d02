"""The extra check: of a child found out of school, and of one of working age who left it, of whom nobody knows what they
do instead.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.followups.rules.alerts import Alert, AlertClosed
from livelihood.followups.rules.facts import Anchor, AnchorKind
from livelihood.followups.rules.placing import Placed
from livelihood.followups.rules.protocols import EXTRA_CHECK, Purpose, asking
from livelihood.followups.rules.state import FollowUp
from livelihood.observations.rules import Standing


def of_alerts(alerts: Iterable[Alert], local_day: Callable[[datetime], date]) -> Iterator[Anchor]:
    for alert in alerts:
        if alert.kind.value == AnchorKind.OUT_OF_SCHOOL and alert.closed_because is not AlertClosed.CORRECTED:
            yield Anchor(
                id=alert.id,
                kind=AnchorKind.OUT_OF_SCHOOL,
                on=alert.opened_on,
                recorded_on=local_day(alert.opened_at),
                member_id=alert.member_id,
            )


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
    return Placed(found, placed.answers_from, placed.changes)
