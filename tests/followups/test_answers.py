"""What one visit says of one child is true together, or it is asked which of it is."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from livelihood.followups.pages.answers import answers
from livelihood.observations.rules import Details
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_entry import filled, told, two_families
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import education, recorded
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
        ({"state": "formal", "learnt_from": "register"}, "away_alone", {}, True),
        # Whoever spoke with the child, whatever was said, knows that they are not gone.
        ({"state": "formal", "learnt_from": "child"}, "away_alone", {}, True),
        ({"state": "none", "learnt_from": "child"}, "unknown", {}, True),
        ({"state": "none", "learnt_from": "child"}, "away_alone", {"mode": "phone"}, False),
        ({"state": "vocational", "learnt_from": "teacher"}, "unknown", {}, True),
        # Of whom nobody said who told of them nobody knows whether they were seen.
        ({"state": "formal"}, "away_alone", {}, False),
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


AT_HOME, ALONE, LOST = ({"kind": "whereabouts", "state": one} for one in ("at_home", "away_alone", "unknown"))
AT_SCHOOL = {"kind": "whereabouts", "state": "at_school"}
BY_REGISTER, TOLD = (SCHOOL | {"state": "formal", "learnt_from": one} for one in ("register", "caregiver"))
OUT = SCHOOL | {"state": "none"}
WITHDRAW = "withdraw the visit and record it again"


@pytest.mark.parametrize(
    ("found", "there", "steps"),
    [
        # Each step: which finding is corrected to what, and whether that is refused.
        ([BY_REGISTER, AT_HOME], False, [(1, LOST, True), (0, TOLD, False), (1, LOST, False)]),
        ([BY_REGISTER, AT_SCHOOL], False, [(0, OUT, True), (1, AT_HOME, False), (0, OUT, False)]),
        ([AT_HOME], True, [(0, ALONE, True), (0, AT_SCHOOL, False)]),
        # Neither of the two can be the first: what is left is to withdraw the visit.
        ([OUT, ALONE], False, [(0, BY_REGISTER, True), (1, AT_SCHOOL, True)]),
    ],
)
async def test_a_correction_makes_nothing_that_a_visit_refuses(
    world: World, found: list[Any], there: bool, steps: list[tuple[int, Any, bool]]
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    findings = [{"member_id": str(people["Bopha"]), "details": one} for one in found]
    # What was found of a sister is no part of it.
    sister = [{"member_id": str(people["Piseth"]), "details": one} for one in (OUT, ALONE)]
    present = [str(people["Bopha"])] if there else []
    visit = await recorded(world, household.id, findings=[*findings, *sister], present=present)
    path = f"/visits/{visit['visit']['id']}"
    for which, details, is_refused in steps:
        async with world.client(await world.person("supervisor@KPT")) as client:
            stand = (await client.get(path)).json()["visit"]["findings"]
            (wrong,) = [
                one["id"]
                for one in stand
                if (one["member_id"], one["details"]["kind"]) == (str(people["Bopha"]), found[which]["kind"])
            ]
            body = {"id": str(uuid4()), "finding_id": wrong, "details": details, "reason": "Mistaken"}
            done = [await client.post(f"{path}/corrections", json=body) for _ in range(2)]
        if is_refused:
            (fault,) = done[0].json()["errors"]
            assert fault["field"] == "details"
            assert WITHDRAW in fault["message"]
            field = "school" if details["kind"] == "education" else "whereabouts"
            typed = {"id": str(uuid4()), "reason": "Mistaken"} | answers(msgspec.convert(details, Details))
            async with world.browser(await world.person("supervisor@KPT")) as browser:
                typed = {name: value for name, value in typed.items() if value is not None}
                shown = await browser.post(f"{path}/findings/{wrong}", data=typed)
            assert f'id="f-{field}-error"' in shown.text
            assert WITHDRAW in shown.text
        # Sent twice, it is done once.
        assert [one.status_code for one in done] == [422 if is_refused else 200] * 2, done[0].text


async def test_what_was_so_on_another_day_contradicts_nothing(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    findings = [{"member_id": str(people["Bopha"]), "details": one} for one in (BY_REGISTER, AT_HOME)]
    visit = (await recorded(world, household.id, findings=findings, present=[str(people["Bopha"])]))["visit"]
    (wrong,) = [one["id"] for one in visit["findings"] if one["details"]["kind"] == "whereabouts"]
    body = {"finding_id": wrong, "details": LOST, "reason": "The day before"}
    async with world.client(await monitor(world)) as client:
        refused = await client.post(f"/visits/{visit['id']}/corrections", json=body)
        assert refused.status_code == 422, refused.text
        body["happened_on"] = (MONTH_1 - timedelta(days=1)).isoformat()
        done = await client.post(f"/visits/{visit['id']}/corrections", json=body)
        assert done.status_code == 200, done.text
