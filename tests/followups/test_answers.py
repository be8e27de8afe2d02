"""What one visit says of one child is true together, or it is asked which of it is."""

from typing import Any

import pytest

from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_entry import filled, told, two_families
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import education
from tests.support.families import members_of
from tests.support.world import World

SCHOOL = {"kind": "education", "state": "formal"}


@pytest.mark.parametrize(
    ("said", "where", "more", "asked"),
    [
        ({"state": "none"}, "at_school", {}, True),
        ({"state": "none", "learnt_from": "caregiver"}, "at_school", {"mode": "phone"}, True),
        ({"state": "none"}, "away_alone", {}, False),
        ({"state": "none"}, "at_home", {}, False),
        ({"state": "formal"}, "at_school", {}, False),
        ({"state": "formal"}, "with_relatives", {}, False),
        ({"state": "formal"}, "away_alone", {}, True),
        ({"state": "vocational", "learnt_from": "teacher"}, "unknown", {}, True),
        # Enrolled is no place to be: the family may tell of both, and so may a teacher who counts days away.
        ({"state": "formal", "learnt_from": "caregiver"}, "away_alone", {}, False),
        ({"state": "formal"}, "away_alone", {"mode": "phone"}, False),
        ({"state": "formal", "learnt_from": "teacher", "days_away": 4}, "away_alone", {}, False),
        ({"state": "unknown"}, "away_alone", {}, False),
    ],
)
async def test_what_cannot_both_be_true_of_a_child_is_asked(
    world: World, said: dict[str, Any], where: str, more: dict[str, Any], asked: bool
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    # What is said of a sister contradicts nothing.
    findings = [
        {"member_id": str(people["Bopha"]), "details": SCHOOL | said},
        whereabouts(people["Bopha"], where),
        education(people["Piseth"], "formal" if said["state"] == "none" else "none"),
    ]
    body = {
        "household_id": str(household.id),
        "happened_on": MONTH_1.isoformat(),
        "outcome": "met",
        "findings": findings,
    } | more
    async with world.client(await monitor(world)) as client:
        made = await client.post("/visits", json=body)
    if asked:
        assert [fault["field"] for fault in made.json()["errors"]] == ["findings.1"]
        assert "Which is true?" in made.json()["errors"][0]["message"]
    assert made.status_code == (422 if asked else 201), made.text


async def test_a_line_of_a_sheet_and_the_form_ask_it_at_the_childs_own_field(world: World) -> None:
    sheet, families, people = await two_families(world)
    nonsense = {"people-0-school": "out_of_school", "people-0-whereabouts": "at_school"}
    line = filled(people) | nonsense
    form = line | {"household_id": str(families[0].id), "nothing_learnt": str(people["Piseth"])}
    async with world.browser(await monitor(world)) as browser:
        for path, typed in ((f"/sheets/{sheet}/lines/1", line), ("/visits/new", form)):
            refused = await browser.post(path, data=typed)
            assert refused.status_code == 422, path
            assert "people-0-whereabouts-error" in refused.text, path
            assert "not in school, and also at school. Which is true?" in refused.text
    assert await world.owner_rows("SELECT FROM visits") == []


@pytest.mark.parametrize("where", ["away_alone", "unknown"])
@pytest.mark.parametrize("from_whom", ["register", "caregiver"])
async def test_that_a_child_is_gone_is_never_let_go_beside_in_school(
    world: World, where: str, from_whom: str
) -> None:
    """It is asked which is true, or, where both can be, somebody looks for the child."""
    sheet, families, people = await two_families(world)
    child = {"school": "in_school", "whereabouts": where, "learnt_from": from_whom}
    line = filled(people) | {f"people-0-{name}": value for name, value in child.items()}
    form = line | {"household_id": str(families[0].id), "nothing_learnt": str(families[0].id)}
    body: Any = told(people)
    body["people"][0] |= child
    async with world.browser(await monitor(world)) as browser, world.client(await monitor(world)) as api:
        sent = await api.post(f"/sheets/{sheet}/lines/1", json=body)
        pages = [
            await browser.post(path, data=typed)
            for path, typed in ((f"/sheets/{sheet}/lines/1", line), ("/visits/new", form))
        ]
    if from_whom == "register":
        assert [fault["field"] for fault in sent.json()["errors"]] == ["people.0.whereabouts"]
        assert "and also away alone or nowhere known" in sent.json()["errors"][0]["message"]
        for page in pages:
            assert page.status_code == 422
            assert "people-0-whereabouts-error" in page.text
        assert await world.owner_rows("SELECT FROM visits") == []
    else:
        assert sent.status_code == 201, sent.text
        assert pages[1].status_code == 303, pages[1].text
        found = await world.owner_rows(
            "SELECT details->>'state' AS state FROM observations WHERE kind = 'whereabouts'"
        )
        assert [one["state"] for one in found] == [where] * 2
        alerts = await world.owner_rows("SELECT kind FROM alerts WHERE member_id = $1", people["Bopha"])
        assert [one["kind"] for one in alerts] == ["missing_child"]
