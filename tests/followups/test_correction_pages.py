"""Putting a visit right on its own page, as a browser without JavaScript does it."""

import re
from datetime import timedelta

from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY, alerts
from tests.followups.test_pages import rows_of
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" (?:id="[^"]+" )?value="([^"]*)"', html)
    assert found, name
    return found[1]


async def test_a_finding_is_corrected_from_the_visits_page(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    findings = [
        education(people["Bopha"], grade=3, learnt_from="teacher"),
        education(people["Piseth"], "none"),
    ]
    visit = (await recorded(world, household.id, findings=findings))["visit"]
    wrong = next(one for one in visit["findings"] if one["member_id"] == str(people["Piseth"]))
    path = f"/visits/{visit['id']}/findings/{wrong['id']}"
    async with world.browser(await monitor(world)) as browser:
        assert f'href="{path}"' in (await browser.get(f"/visits/{visit['id']}")).text
        form = (await browser.get(path)).text
        assert 'value="out_of_school" checked' in re.sub(r"\s+", " ", form)
        same = {"id": hidden(form, "id"), "school": "out_of_school", "reason": WHY}
        refused = await browser.post(path, data=same)
        assert refused.status_code == 422
        assert "This is what was recorded." in refused.text
        assert WHY in refused.text
        right = same | {"school": "in_school", "grade": "7"}
        for _ in range(2):
            done = await browser.post(path, data=right)
            assert done.headers["location"] == f"/visits/{visit['id']}?done=corrected"
        shown = (await browser.get(done.headers["location"])).text
        old = await browser.get(path)
        assert old.status_code == 404
        assert f'href="/visits/{visit["id"]}"' in old.text
    for words in ("The answer is corrected.", "In school, grade 7", "Not in school", WHY, "Monitor.Kpt"):
        assert words in shown, words
    assert await alerts(world) == [("out_of_school", "corrected")]


async def test_what_the_form_does_not_ask_about_stays_as_it_was(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    work = {"kind": "work", "economic_hours": 20, "chore_hours": 3, "hazards": ["kilns"]}
    sales = {"kind": "business", "state": "operating", "sales_minor": 12050, "costs_minor": 4000}
    left = education(people["Bopha"], "none", grade=9)
    findings = [{"member_id": str(people["Piseth"]), "details": work}, {"details": sales}, left]
    visit = (await recorded(world, household.id, findings=findings))["visit"]
    by_kind = {one["details"]["kind"]: one for one in visit["findings"]}
    typed = {
        "work": {"economic_hours": "2", "chore_hours": "3"},
        "business": {"business-state": "paused", "business-sales_minor": "120.50", "currency": "USD"},
        "education": {"school": "out_of_school", "learnt_from": "teacher"},
    }
    async with world.browser(await monitor(world)) as browser:
        for kind, answers in typed.items():
            path = f"/visits/{visit['id']}/findings/{by_kind[kind]['id']}"
            form = (await browser.get(path)).text
            sent = answers | {"id": hidden(form, "id"), "reason": WHY}
            assert (await browser.post(path, data=sent)).status_code == 303
            assert kind != "business" or 'value="120.50"' in form
        async with world.client(await monitor(world)) as client:
            after = (await client.get(f"/visits/{visit['id']}")).json()["visit"]["findings"]
    said = {one["details"]["kind"]: one["details"] for one in after}
    assert said["work"] == work | {"economic_hours": 2}
    assert (said["education"]["grade"], said["education"]["learnt_from"]) == (9, "teacher")
    assert (said["business"]["state"], said["business"]["sales_minor"]) == ("paused", 12050)
    assert said["business"]["costs_minor"] is None


async def test_a_visit_is_withdrawn_and_recorded_again_where_it_belongs(world: World) -> None:
    household, _ = await paid_family(world)
    other = await registered(world, await world.person("caseworker@KPT"))
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    body = {
        "findings": [education(people["Bopha"], "none"), education(people["Piseth"], grade=6)],
        "present": [str(people["Bopha"])],
        "note": "They were planting rice",
    }
    visit = (await recorded(world, household.id, **body))["visit"]
    page = f"/visits/{visit['id']}"
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        assert "The visit itself is wrong" not in (await browser.get(page)).text
        refused = await browser.get(f"{page}/withdraw")
        assert refused.status_code == 403
        assert "A visit is corrected or withdrawn by who recorded it (Monitor.Kpt)" in refused.text
        assert f'href="{page}"' in refused.text
    async with world.browser(await monitor(world)) as browser:
        assert f'href="{page}/withdraw"' in (await browser.get(page)).text
        asked = (await browser.get(f"{page}/withdraw")).text
        assert "1 check that it answered is open again" not in asked
        assert "2 checks that it answered are open again" in asked
        assert "is closed as corrected" in asked
        for words in ("Sok Piseth", "In school, grade 6", "Not in school", "They were planting rice"):
            assert words in asked, "what would be lost stands there"
        assert (await browser.post(f"{page}/withdraw", data={"reason": " "})).status_code == 422
        done = await browser.post(f"{page}/withdraw", data={"reason": WHY})
        assert done.headers["location"] == f"{page}?done=withdrawn"
        shown = (await browser.get(page)).text
        for words in ("This visit was withdrawn.", WHY, "<s>", "Record it again"):
            assert words in shown, words
        for words in (f"{page}/findings/", f"{page}/withdraw"):
            assert words not in shown, words
        assert WHY in (await browser.get(f"/households/{household.id}")).text
        form = (await browser.get(f"/visits/new?household={household.id}&replaces={visit['id']}")).text
        flat = re.sub(r"\s+", " ", form)
        rows = rows_of(form)
        for row, value in (
            (rows[str(people["Bopha"])], "out_of_school"),
            (rows[str(people["Piseth"])], "in_school"),
        ):
            assert re.search(rf'name="people-{row}-school" value="{value}" checked', flat)
        assert "They were planting rice" in form
        elsewhere = await browser.get(f"{page}/replace?code={other.code.lower()}")
        assert elsewhere.headers["location"] == f"/visits/new?household={other.id}&replaces={visit['id']}"
        assert 'value="out_of_school" checked' not in (await browser.get(elsewhere.headers["location"])).text
        answers = {
            "id": hidden(form, "id"),
            "replaces": visit["id"],
            "household_id": str(household.id),
            "outcome": "met",
            "happened_on": (MONTH_1 - timedelta(days=2)).isoformat(),
            f"people-{rows[str(people['Bopha'])]}-member_id": str(people["Bopha"]),
            f"people-{rows[str(people['Bopha'])]}-school": "in_school",
            "nothing_learnt": f"{people['Piseth']} {household.id}",
        }
        made = await browser.post("/visits/new", data=answers)
        assert made.status_code == 303, made.text
        again = made.headers["location"].split("?")[0]
        assert f'href="{again}"' in (await browser.get(page)).text
        assert f'href="{page}"' in (await browser.get(again)).text
