"""What people do about an alert: the checklist, the support plan, the word that a child is lost."""

import re
from contextlib import nullcontext
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest

from livelihood.errors import DomainError
from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.care import NEEDED, Barrier, Step, agreement, still_to_do
from livelihood.followups.schemas_care import LossIn, SupportPlanIn
from livelihood.followups.service.care import FamilyNotMet
from livelihood.notices.rules import Count
from tests.desk.office import SEEN_ON, TODAY, at_work
from tests.notices.test_digest import counted, of_today
from tests.support.world import World

ALERT = "SELECT id, opened_on FROM alerts WHERE kind = 'out_of_school'"


# What a page's first action is drawn as.
PRIMARY = re.compile(
    r'<(?:a role="button"|button type="submit")(?! class)[^>]*>(.*?)</(?:a|button)>', re.DOTALL
)


def plan(days: int = 14) -> SupportPlanIn:
    due = date.fromisoformat(TODAY) + timedelta(days=days)
    return SupportPlanIn(barrier=Barrier.COST, action="Uniform and a bicycle", who="The uncle", due_on=due)


@pytest.mark.parametrize("logged", [set(), {Step.POLICE}, {Step.SOCIAL_AFFAIRS, Step.POLICE}, set(Step)])
def test_a_line_is_done_by_any_of_its_steps(logged: set[Step]):
    left = still_to_do(logged)
    assert all(not logged.intersection(line) for line in left)
    assert len(left) == sum(1 for line in NEEDED if not logged.intersection(line))


def test_what_could_not_be_checked_says_nothing_of_the_visits():
    assert agreement({"could_not_check": 4}) is None
    assert agreement({"agrees": 2, "differs": 1, "could_not_check": 7}) == 66


async def test_only_who_met_the_family_in_person_since_makes_a_plan(world: World):
    """Every combination of who went, how, what came of it and when: only one of them will do."""
    office = await at_work(world)
    (alert,) = await world.owner_rows(ALERT)
    caseworker = await world.person("caseworker@KPT", name="colleague")
    monitor = await world.person("monitor@KPT")
    before = alert["opened_on"] - timedelta(days=1)
    made = 0
    for person, mode, outcome, day in product(
        (caseworker, monitor),
        ("in_person", "phone"),
        ("met", "not_found"),
        (before, date.fromisoformat(SEEN_ON)),
    ):
        await world.owner_rows("DELETE FROM support_plans")
        await world.owner_rows("DELETE FROM visits WHERE id <> $1", office.visit)
        await world.owner_rows(
            "INSERT INTO visits SELECT (jsonb_populate_record(v, jsonb_build_object('id', uuidv7(), 'mode', $2::text, "
            "'outcome', $3::text, 'happened_on', $4::date, 'recorded_by', $5::uuid))).* FROM visits v WHERE id = $1",
            office.visit, mode, outcome, day, person.id,
        )  # fmt: skip
        will_do = (person, mode, outcome, day) == (
            caseworker,
            "in_person",
            "met",
            date.fromisoformat(SEEN_ON),
        )
        refused = nullcontext() if will_do else pytest.raises(FamilyNotMet, match="have not met this family")
        with refused:
            async with world.work(caseworker) as uow:
                await service.make_plan(uow, alert["id"], plan(), clock=world.clock)
        made += will_do
    assert made == 1
    async with world.client(monitor) as client:
        body = {"barrier": "cost", "action": "x", "who": "y", "due_on": TODAY}
        assert (await client.post(f"/alerts/{alert['id']}/support-plans", json=body)).status_code == 403


async def test_a_plan_is_finished_once_and_says_why_it_was_not_done(world: World):
    await at_work(world)
    (alert,) = await world.owner_rows(ALERT)
    caseworker = await world.person("caseworker@KPT", name="colleague")
    await world.owner_rows("UPDATE visits SET recorded_by = $1", caseworker.id)
    async with world.client(caseworker) as client:
        body = {"barrier": "cost", "action": "Uniform", "who": "The uncle", "due_on": "2026-04-20"}
        care = (await client.post(f"/alerts/{alert['id']}/support-plans", json=body)).json()
        (made,) = care["plans"]
        path = f"/support-plans/{made['id']}/outcome"
        assert (await client.post(path, json={"outcome": "not_done"})).status_code == 422
        for _ in range(2):
            done = await client.post(path, json={"outcome": "done"})
            assert done.json()["plans"][0]["outcome"] == "done"
        again = await client.post(path, json={"outcome": "not_done", "note": "No money"})
        assert (again.status_code, again.json()["code"]) == (409, "plan-is-finished")
        late = await client.post(
            f"/alerts/{alert['id']}/support-plans", json={**body, "due_on": "2026-04-01"}
        )
        assert late.status_code == 422
    async with world.client(await world.person("caseworker@KMP")) as client:
        assert (await client.get(f"/alerts/{alert['id']}/care")).status_code == 404
        assert (await client.post(path, json={"outcome": "done"})).status_code == 404


async def test_a_plan_for_an_alert_that_is_closed_waits_for_nobody(world: World):
    await at_work(world)
    (alert,) = await world.owner_rows(ALERT)
    caseworker = await world.person("caseworker@KPT", name="colleague")
    await world.owner_rows("UPDATE visits SET recorded_by = $1", caseworker.id)
    async with world.work(caseworker) as uow:
        await service.make_plan(uow, alert["id"], plan(0), clock=world.clock)
    assert (await counted(world, caseworker))[Count.SUPPORT_PLANS] == 1
    assert (await of_today(world, caseworker))[Count.SUPPORT_PLANS] == 1
    await world.owner_rows(
        "UPDATE alerts SET closed_on = $2, closed_because = 'closed' WHERE id = $1",
        alert["id"],
        date.fromisoformat(TODAY),
    )
    assert Count.SUPPORT_PLANS not in await counted(world, caseworker)
    assert Count.SUPPORT_PLANS not in await of_today(world, caseworker)


async def missing(world: World, member: UUID) -> UUID:
    (row,) = await world.owner_rows(
        "INSERT INTO alerts SELECT (jsonb_populate_record(a, jsonb_build_object('id', uuidv7(), 'kind', "
        "'missing_child', 'member_id', $1::uuid))).* FROM alerts a LIMIT 1 RETURNING id",
        member,
    )
    return row["id"]


async def test_the_checklist_of_a_missing_child_is_logged(world: World):
    office = await at_work(world)
    alert = await missing(world, office.children["Bopha"])
    (other,) = await world.owner_rows(ALERT)
    step = {"step": "village_chief", "happened_on": TODAY, "note": "Left for Thailand with an aunt"}
    async with world.client(await world.person("focal_point@KPT")) as client:
        care = (await client.post(f"/alerts/{alert}/steps", json=step)).json()
        assert [(one["step"], one["by"]) for one in care["steps"]] == [("village_chief", "Focal_Point.Kpt")]
        for day, words in (("2026-02-01", "before the alert"), ("2027-01-01", "in the future")):
            refused = await client.post(f"/alerts/{alert}/steps", json={**step, "happened_on": day})
            assert words in refused.text
        assert "no checklist" in (await client.post(f"/alerts/{other['id']}/steps", json=step)).text
    async with world.client(await world.person("manager")) as client:
        assert (await client.post(f"/alerts/{alert}/steps", json=step)).status_code == 403
    entries = await world.owner_rows("SELECT changed FROM audit.entries WHERE table_name = 'alert_steps'")
    assert entries
    assert not any("Thailand" in entry["changed"] for entry in entries), "what was said is no audit entry"


async def test_a_loss_is_a_supervisors_word_and_leaves_the_missing_child_open(world: World):
    office = await at_work(world)
    child = office.children["Piseth"]
    async with world.client(await world.person("monitor@KPT")) as client:
        gone = {"kind": "whereabouts", "state": "unknown"}
        visit = await client.post(
            "/visits",
            json={
                "household_id": str(office.followed.id),
                "happened_on": world.clock.today().isoformat(),
                "outcome": "met",
                "findings": [{"member_id": str(child), "details": gone}],
            },
        )
    assert visit.status_code == 201, visit.text
    caseworker, supervisor = await world.person("caseworker@KPT"), await world.person("supervisor@KPT")
    with pytest.raises(DomainError, match="needs the role of"):
        async with world.work(caseworker) as uow:
            await service.declare_lost(uow, child, LossIn(reason="Gone"), clock=world.clock)
    before = await world.owner_rows("SELECT id, kind, closed_on FROM alerts ORDER BY id")
    told = {person: await counted(world, person) for person in (caseworker, supervisor)}
    assert all(Count.ALERTS in counts for counts in told.values())
    async with world.client(supervisor) as client:
        declared = await client.post(f"/children/{child}/losses", json={"reason": "Gone without a word"})
        assert declared.status_code == 201, declared.text
        await tick(world.worker, world.clock)
        listed = (await client.get("/alerts")).json()["items"]
        (on_board,) = [
            row for row in (await client.get("/silence")).json()["items"] if row["member_id"] == str(child)
        ]
    kinds = {row["kind"] for row in listed if row["member_id"] == str(child)}
    assert "missing_child" in kinds
    assert on_board["lost_on"] == TODAY
    # What the morning's message and the page of today count has not become less by it.
    for person, counts in told.items():
        now = await counted(world, person)
        assert now[Count.ALERTS] == counts[Count.ALERTS]
        assert (await of_today(world, person))[Count.ALERTS] == now[Count.ALERTS]
    (loss,) = await world.owner_rows("SELECT member_id, decided_by FROM losses")
    assert (loss["member_id"], loss["decided_by"]) == (child, supervisor.id)
    (missing,) = [row for row in before if row["kind"] == "missing_child"]
    (after,) = await world.owner_rows("SELECT closed_on FROM alerts WHERE id = $1", missing["id"])
    assert after["closed_on"] is None
    async with world.client(await world.person("supervisor@KMP")) as client:
        assert (await client.post(f"/children/{child}/losses", json={"reason": "x"})).status_code == 404


async def test_who_has_not_met_the_family_is_told_before_the_plan_is_written(world: World):
    await at_work(world)
    (alert,) = await world.owner_rows(ALERT)
    caseworker = await world.person("caseworker@KPT", name="colleague")
    async with world.browser(caseworker) as browser:
        before = (await browser.get(f"/alerts/{alert['id']}")).text
        assert "You have not met this family in person since" in before
        assert 'name="barrier"' not in before
        await world.owner_rows("UPDATE visits SET recorded_by = $1", caseworker.id)
        after = (await browser.get(f"/alerts/{alert['id']}")).text
    assert 'name="barrier"' in after
    assert "You have not met this family" not in after
    # To visit the family comes first, and once they were met, to make the plan with them.
    for html, first in ((before, "Record visit"), (after, "Make the plan")):
        main = html.split("<main")[1]
        assert main.count("Record visit") == 1
        assert [re.sub(r"<[^>]+>", "", words) for words in PRIMARY.findall(main)] == [first]


async def test_a_closed_alert_asks_for_no_support_plan(world: World):
    await at_work(world)
    (alert,) = await world.owner_rows(ALERT)
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        assert "No support plan yet." in (await browser.get(f"/alerts/{alert['id']}")).text
        await world.owner_rows(
            "UPDATE alerts SET closed_on = opened_on, closed_because = 'back_in_school' WHERE id = $1",
            alert["id"],
        )
        closed = (await browser.get(f"/alerts/{alert['id']}")).text
    assert "No support plan was made." in closed
    assert "No support plan yet." not in closed
