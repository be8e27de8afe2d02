"""What is missing and what the rules find is told in one round, and nothing of it stands."""

from typing import Any

import pytest

from tests.followups.policies import typed
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.families import members_of
from tests.support.world import World
from tests.web.test_summaries import told


async def kept(world: World) -> dict[str, int]:
    tables = await world.owner_rows(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'sessions'"
    )
    return {
        one["name"]: (await world.owner_rows(f'SELECT count(*) AS n FROM "{one["name"]}"'))[0]["n"]
        for one in tables
    }


@pytest.mark.parametrize(
    ("path", "wrong", "fields"),
    [
        ("/policy-numbers/spot_check_visits/change", {"value": "7", "source": ""}, ["source"]),
        (
            "/policy-numbers/spot_check_visits/change",
            {"value": "101", "effective_from": "2020-01-01", "source": ""},
            ["value", "effective_from", "source"],
        ),
        (
            "/protocols/school_retention/change",
            {"slots-0-before": "400", "slots-1-after": "many", "to_age": "19", "source": ""},
            ["slots-0-before", "slots-1-after", "to_age", "source"],
        ),
        (
            "/calendar/years/2029",
            {"starts_on": "2029-11-05", "ends_on": "2029-10-05", "source": ""},
            ["ends_on", "source"],
        ),
        (
            "/calendar/closures/new",
            {"name": "", "starts_on": "2026-02-06", "ends_on": "2026-02-02", "source": ""},
            ["name", "ends_on", "source"],
        ),
    ],
)
async def test_a_manager_is_told_all_of_it_at_once(
    world: World, path: str, wrong: dict[str, str], fields: list[str]
) -> None:
    world.clock = clock_on(MONTH_1)
    async with world.browser(await world.person("manager")) as browser:
        shown = typed((await browser.get(path)).text) if path.endswith("/change") else {}
        data: dict[str, Any] = shown | wrong
        before = await kept(world)
        refused = await browser.post(path, data=data)
        assert refused.status_code == 422
        assert [line.at for line in told(refused.text)] == [f"f-{name}" for name in fields]
        assert await kept(world) == before


async def test_so_is_who_writes_of_a_family(world: World) -> None:
    household, _ = await paid_family(world)
    home = f"/households/{household.id}"
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        before = await kept(world)
        for path, wrong, fields in (
            (
                f"{home}/close",
                {"because": "moved", "closed_on": "2099-01-01", "note": "x" * 5000},
                ["partner", "note", "closed_on"],
            ),
            (
                f"{home}/members/{people['Bopha']}/leave",
                {"because": "moved", "left_on": "2020-01-01", "new_head_id": "nobody"},
                ["left_on", "note"],
            ),
            (
                f"{home}/consents/new",
                {
                    "member_id": str(people["Dara"]),
                    "purposes": "services",
                    "method": "thumbprint",
                    "given_on": "2099-01-01",
                },
                ["witness", "given_on"],
            ),
        ):
            refused = await browser.post(path, data=wrong)
            assert refused.status_code == 422, path
            at = [line.at.removeprefix("f-") for line in told(refused.text)]
            assert set(fields) <= set(at), (path, at)
        row = {
            "member_id": str(people["Bopha"]),
            "school": "in_school",
            "days_present": "9",
            "days_open": "8",
        }
        refused = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": "2099-01-01",
                "outcome": "met",
                "note": "x" * 3000,
                **{f"people-0-{name}": value for name, value in row.items()},
                "people-0-grade": "13",
            },
        )
        at = [line.at.removeprefix("f-") for line in told(refused.text)]
        # Of Piseth and the business, which are due too, the form says nothing; the page draws him first.
        assert at == [
            "people-1-school",
            "people-0-grade",
            "people-0-days_present",
            "business-state",
            "happened_on",
            "note",
        ]
        assert await kept(world) == before
