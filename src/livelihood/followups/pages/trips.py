from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.followups import labels
from livelihood.followups.queries.people import children
from livelihood.followups.queries.trips import DAYS_SHOWN, TripVisit, trip, trips
from livelihood.followups.schemas import FindingOut, FollowUpOut
from livelihood.web.pages import Html, page


class TripPages(Controller):
    path = "/trips"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        before: Annotated[date | None, QueryParameter(description="Trips before this day")] = None,
    ) -> Html:
        found = await trips(reads, reads.actor.id, before=before or date.max)
        return page(
            "followups/trips.html",
            reads,
            trips=found,
            older=found[-1].happened_on if len(found) == DAYS_SHOWN else None,
            first=before is None,
        )

    @get("/{day:date}/{place:str}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        day: FromPath[date],
        place: FromPath[str],
        by: Annotated[UUID | None, QueryParameter(description="Whose trip; one's own without it")] = None,
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        found = await trip(reads, by or reads.actor.id, day, place, today=clock.today())
        families = await children(reads, [one.visit.household_id for one in found.visits], clock.today())
        return page(
            "followups/trip.html",
            reads,
            found=found,
            people={person.id: person for family in families.values() for person in family},
            heads={
                key: next((person for person in family if person.relationship == "head"), None)
                for key, family in families.items()
            },
            done=done,
            labels=labels,
            by_person=by_person,
        )


def by_person(one: TripVisit) -> list[tuple[UUID | None, list[FindingOut], list[FollowUpOut]]]:
    """What the visit found of each, and which of their checks it has done; `None` is the business."""
    findings, checks = one.visit.findings, one.settled
    ids = [finding.member_id for finding in findings] + [check.member_id for check in checks]
    return [
        (
            who,
            [finding for finding in findings if finding.member_id == who],
            [check for check in checks if check.member_id == who],
        )
        for who in dict.fromkeys(ids)
    ]
