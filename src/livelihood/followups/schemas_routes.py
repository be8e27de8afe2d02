"""The monitor's list as a day's route: by place, and by school."""

from datetime import date
from uuid import UUID

import msgspec

from livelihood.followups.schemas import Away, FollowUpOut, MissingChild, RollRow


class LastTried(msgspec.Struct, frozen=True):
    """The last visit or call that met nobody of a family, where nobody has met them since."""

    household_id: UUID
    visit_id: UUID
    happened_on: date
    outcome: str
    mode: str


class RouteHousehold(msgspec.Struct):
    """`away`: who of the household is away today, whether something of theirs is due or not. `missing`: for whom to look
    there first, likewise; nobody for who may not read alerts. `monitored`: a monitor who is at work goes there; where none
    does and a child is missing, the family is on every monitor's own list. `last_tried`: null where the family was met
    since, or nobody went, and for who may not read visits.
    """

    id: UUID
    code: str
    phone: str | None
    follow_ups: list[FollowUpOut]
    away: list[Away]
    missing: list[MissingChild]
    monitored: bool
    last_tried: LastTried | None


class RouteVillage(msgspec.Struct):
    """`km` is the distance from the village one sets out from, as the crow flies; null where it is not known."""

    code: str
    name_km: str
    name_latin: str
    commune_code: str
    km: float | None
    households: list[RouteHousehold]


class RouteOut(msgspec.Struct):
    """Villages in visiting order, before all others where a child is missing: the other families of such a village come
    in their turn. `next_start` is the `start` of the next page.
    """

    villages: list[RouteVillage]
    next_start: int | None


class RouteSchool(msgspec.Struct):
    """`children`: of all families, by grade, whose check waits there; `closes_on` the first day on which one closes."""

    id: UUID
    name_km: str
    name_latin: str | None
    village_code: str
    closes_on: date
    children: list[RollRow]


class SchoolRouteOut(msgspec.Struct):
    """What has waited longest first. `unknown`: households with a child to check whose school nobody knows, after
    the last school; `elsewhere`: how many other households have something to be done that no register answers.
    `looked_for`: families whose child is missing, all of them with the first page.
    """

    looked_for: list[RouteHousehold]
    schools: list[RouteSchool]
    unknown: list[RouteHousehold]
    elsewhere: int
    next_start: int | None
