"""Two records of one day: both are kept, and a supervisor says what becomes of them; nobody's arrival decides."""

import re
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from livelihood.followups.queries import reviews
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import Outcome
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World

DAY = MONTH_1.isoformat()
PLACES = {"away_alone", "at_home"}


async def waiting(world: World) -> list[tuple[str, bool, int]]:
    async with world.client(await world.person("supervisor@KPT")) as client:
        rows = (await client.get("/reviews")).json()["items"]
    return [(row["happened_on"], row["twice"], row["contested"]) for row in rows]


async def decided(world: World, household_id: UUID, who: str = "supervisor@KPT", **body: Any) -> Any:
    async with world.client(await world.person(who)) as client:
        sent = {"household_id": str(household_id), "happened_on": DAY, "note": WHY} | body
        return await client.post("/reviews", json=sent)


async def test_a_visit_recorded_by_two_waits_for_a_supervisor_until_decided(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    ours = await recorded(world, household.id, findings=[education(people["Bopha"])])
    assert await waiting(world) == []
    await recorded(world, household.id, "caseworker@KPT", findings=[education(people["Bopha"])])
    assert await waiting(world) == [(DAY, True, 0)]
    for who, status in (("monitor@KPT", 403), ("caseworker@KPT", 403), ("supervisor@KMP", 404)):
        refused = await decided(world, household.id, who, decision="kept_both")
        assert refused.status_code == status, who
        async with world.client(await world.person(who)) as client:
            assert (await client.get(f"/reviews/{household.id}/{DAY}")).status_code == status
            listed = await client.get("/reviews")
            assert listed.status_code == 403 or listed.json()["items"] == []
    for body, field in (
        ({"decision": "withdrawn"}, "visit_id"),
        ({"decision": "withdrawn", "visit_id": str(uuid4())}, "visit_id"),
        ({"decision": "kept_both", "visit_id": ours["visit"]["id"]}, "visit_id"),
        ({"decision": "kept_both", "note": ""}, "note"),
    ):
        refused = await decided(world, household.id, **body)
        assert [fault["field"] for fault in refused.json()["errors"]] == [field]
    review_id = str(uuid4())
    for _ in range(2):
        kept = await decided(world, household.id, id=review_id, decision="kept_both")
        assert kept.status_code == 201, kept.text
    (decision,) = kept.json()["decisions"]
    assert (decision["decision"], decision["note"], decision["by"]) == ("kept_both", WHY, "Supervisor.Kpt")
    assert await waiting(world) == []
    again = await decided(world, household.id, decision="kept_both")
    assert again.json()["code"] == "nothing-to-review"
    await recorded(world, household.id, "supervisor@KPT", findings=[education(people["Bopha"])])
    assert await waiting(world) == [(DAY, True, 0)]


async def test_records_that_contradict_wait_until_corrected_or_withdrawn(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    both = [
        await recorded(world, household.id, findings=[education(people["Bopha"], state)])
        for state in ("formal", "none")
    ]
    assert await waiting(world) == [(DAY, True, 1)]
    early = await decided(world, household.id, decision="corrected")
    assert [fault["field"] for fault in early.json()["errors"]] == ["decision"]
    wrong = both[1]["visit"]
    async with world.client(await world.person("supervisor@KPT")) as client:
        body = {
            "finding_id": wrong["findings"][0]["id"],
            "details": {"kind": "education", "state": "formal"},
            "reason": WHY,
        }
        assert (await client.post(f"/visits/{wrong['id']}/corrections", json=body)).status_code == 200
    assert await waiting(world) == [(DAY, True, 0)]
    other = await recorded(
        world, household.id, "caseworker@KPT", findings=[education(people["Bopha"], "none")]
    )
    assert await waiting(world) == [(DAY, True, 1)]
    gone = await decided(world, household.id, decision="withdrawn", visit_id=other["visit"]["id"])
    assert gone.status_code == 201, gone.text
    assert gone.json()["contested"] == []
    assert await waiting(world) == [(DAY, True, 0)]
    (row,) = await world.owner_rows("SELECT reason, withdrawn_by FROM visit_withdrawals")
    assert row["reason"] == WHY


async def test_attempts_of_one_day_that_ended_differently_do_not_wait(world: World) -> None:
    """Whoever made them; a family that is said to have moved waits where something is done about it."""
    family, _ = await paid_family(world)
    others = [await registered(world, await world.person("caseworker@KPT")) for _ in range(2)]
    world.clock = clock_on(MONTH_1)
    failed = [one.value for one in Outcome if one is not Outcome.MET]
    for household, ended in zip(
        [family, *others], (failed, ["not_found", "met"], ["met", "moved"]), strict=True
    ):
        for again, who in enumerate(("monitor@KPT", "monitor@KPT", "caseworker@KPT")):
            for outcome in set(ended) - {"met"} if again else ended:
                await recorded(
                    world, household.id, who, outcome=outcome, note="To Siem Reap, a neighbour says"
                )
    assert await waiting(world) == []
    supervisor = await world.person("supervisor@KPT")
    async with world.client(supervisor) as client:
        moved = (await client.get("/households/moved")).json()["items"]
    async with world.browser(supervisor) as browser:
        page = seen((await browser.get("/reviews")).text)
    assert {one["household_id"] for one in moved} == {str(family.id), str(others[1].id)}
    assert "a family that is said to have moved waits on Today" in page


async def test_a_withdrawal_leaves_waiting_what_the_other_records_contradict(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    first, second, _third = [
        await recorded(world, household.id, findings=[education(people["Bopha"], state)])
        for state in ("formal", "none", "formal")
    ]
    gone = await decided(world, household.id, decision="withdrawn", visit_id=first["visit"]["id"])
    assert gone.json()["waits"]
    assert await waiting(world) == [(DAY, True, 1)]
    await decided(world, household.id, decision="withdrawn", visit_id=second["visit"]["id"])
    assert await waiting(world) == []


def whereabouts(child: UUID, state: str) -> dict[str, Any]:
    return {"member_id": str(child), "details": {"kind": "whereabouts", "state": state}}


@pytest.mark.parametrize("first", ["gone", "seen"])
@pytest.mark.parametrize("withdrawn", ["gone", "seen", ""])
async def test_gone_by_one_and_seen_by_another_waits_and_the_alert_says_so(
    world: World, first: str, withdrawn: str
) -> None:
    household, _ = await paid_family(world)
    child = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)

    async def record(what: str) -> str:
        if what == "gone":
            away = [whereabouts(child, "away_alone")]
            made = await recorded(
                world, household.id, "caseworker@KPT", outcome="not_found", met="neighbour", findings=away
            )
        else:
            made = await recorded(world, household.id, findings=[education(child)], present=[str(child)])
        return made["visit"]["id"]

    visits = {first: await record(first)}
    assert await waiting(world) == []
    second = "seen" if first == "gone" else "gone"
    visits[second] = await record(second)
    assert await waiting(world) == [(DAY, False, 1)]
    missing = "SELECT id, closed_because FROM alerts WHERE kind = 'missing_child'"
    (alert,) = await world.owner_rows(missing)
    assert alert["closed_because"] is None
    sides = f'href="/reviews/{household.id}/{DAY}"'
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        shown = (await browser.get(f"/alerts/{alert['id']}")).text
        assert "by Monitor.Kpt, on the same day" in seen(shown)
        assert "until a supervisor decides" in seen(shown)
        assert sides in shown
        for visit in visits.values():
            told = seen((await browser.get(f"/visits/{visit}")).text)
            assert "stays open until a supervisor decides" in told
        beside = seen((await browser.get(f"/reviews/{household.id}/{DAY}")).text)
        assert "contradict each other about where a child is" in beside
    body = (
        {"decision": "withdrawn", "visit_id": visits[withdrawn]} if withdrawn else {"decision": "kept_both"}
    )
    answer = await decided(world, household.id, **body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["contested"] == ([] if withdrawn else [str(child)])
    assert await waiting(world) == []
    (alert,) = await world.owner_rows(missing)
    assert alert["closed_because"] == ("corrected" if withdrawn == "gone" else None)
    async with world.browser(await monitor(world)) as browser:
        shown = (await browser.get(f"/alerts/{alert['id']}")).text
    assert ("both stand: the alert stays open" in seen(shown)) is (not withdrawn)
    assert "until a supervisor decides" not in seen(shown)


async def test_the_days_that_wait_are_those_that_a_bystander_would_count(world: World) -> None:
    """Many records at random, counted once more from what was sent."""
    random = Random(7)
    household, _ = await paid_family(world)
    other = await registered(world, await world.person("caseworker@KPT"))
    world.clock = clock_on(MONTH_1)
    families = [(one, await members_of(world, one)) for one in (household, other)]
    staff = ["monitor@KPT", "caseworker@KPT"]
    sent: dict[tuple[UUID, date], list[tuple[str, bool, dict[str, str], list[str]]]] = {}
    for _ in range(30):
        family, people = random.choice(families)
        day = MONTH_1 - timedelta(days=random.randrange(6))
        who, met = random.choice(staff), random.random() < 0.8
        answers = (
            {
                name: random.choice(["formal", "none", "unknown", "vocational", "away_alone", "at_home"])
                for name in ("Bopha", "Piseth")
                if random.random() < 0.5
            }
            if met
            else {}
        )
        if day < family.intake_on:
            continue
        there = [
            name
            for name in ("Bopha", "Piseth")
            if met and answers.get(name) != "away_alone" and random.random() < 0.2
        ]
        await recorded(
            world,
            family.id,
            who,
            happened_on=day.isoformat(),
            outcome="met" if met else "refused",
            findings=[
                whereabouts(people[name], state) if state in PLACES else education(people[name], state)
                for name, state in answers.items()
            ],
            present=[str(people[name]) for name in there],
        )
        sent.setdefault((family.id, day), []).append((who, met, answers, there))
    expected: dict[tuple[UUID, date], tuple[bool, int]] = {}
    for key, records in sent.items():
        twice = sum(met for _, met, *_ in records) > 1
        contested = 0
        for name in ("Bopha", "Piseth"):
            states = {answers[name] for *_, answers, _there in records if name in answers} - {"unknown"}
            schooling = states - PLACES
            alone = any(answers.get(name) == "away_alone" for *_, answers, _there in records)
            # Whoever the monitor met learnt of it from somebody who may know: a child's own word is as good as being there.
            there_too = any(
                answers.get(name) != "away_alone"
                and (name in there or answers.get(name) in {"at_home", "formal", "none", "vocational"})
                for *_, answers, there in records
            )
            contested += ("none" in schooling and len(schooling) > 1) or (alone and there_too)
        if twice or contested:
            expected[key] = (twice, contested)
    async with world.read(await world.person("supervisor@KPT")) as reads:
        found = {
            (row.household_id, row.happened_on): (row.twice, row.contested)
            for row in await reviews.waiting(reads)
        }
    assert found == expected
    assert len(set(expected.values())) > 2


async def test_a_supervisor_decides_on_a_page_with_the_records_side_by_side(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    ours = await recorded(world, household.id, findings=[education(people["Bopha"])])
    theirs = await recorded(
        world, household.id, "caseworker@KPT", findings=[education(people["Bopha"], "none")]
    )
    path = f"/reviews/{household.id}/{DAY}"
    async with world.browser(await monitor(world)) as browser:
        assert path not in (await browser.get(f"/visits/{ours['visit']['id']}")).text
        assert (await browser.get("/reviews")).status_code == 403
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        assert "1 day of records to look at" in (await browser.get("/monitors")).text
        assert path in (await browser.get(f"/visits/{ours['visit']['id']}")).text
        listed = (await browser.get("/reviews")).text
        for words in (path, household.code, "contradict each other", "recorded twice"):
            assert words in listed, words
        shown = (await browser.get(path)).text
        for one in (ours, theirs):
            assert f"/visits/{one['visit']['id']}/findings/{one['visit']['findings'][0]['id']}" in shown
        assert "checked" not in shown
        cards = re.findall(r'<h2 id="r-\d"><a href="[^"]*"><span class="soft">(\d)</span> ([^<]*)</a>', shown)
        assert len(cards) == 2
        assert re.findall(r"Withdraw record (\d), of (\S+) at 09:00", shown) == cards
        form_id = re.search(r'name="id" value="([^"]+)"', shown)
        assert form_id
        answer = {"id": form_id[1], "note": WHY}
        for choice in ("", "nonsense", "withdraw:nonsense", "corrected", f"withdraw:{uuid4()}"):
            refused = await browser.post(path, data=answer | {"choice": choice})
            assert refused.status_code == 422, choice
            assert "f-choice-error" in refused.text
        withdrawn = {"choice": f"withdraw:{theirs['visit']['id']}"}
        for _n in range(2):
            done = await browser.post(path, data=answer | withdrawn)
            assert done.headers["location"] == "/reviews?done=decided"
        assert "No records wait for a look" in (await browser.get("/reviews")).text
        after = (await browser.get(path)).text
        assert "One record of this day was withdrawn" in after
        assert "form method" not in after.split("<main")[1]
        told = (await browser.get(f"/households/{household.id}")).text
        assert "One record of this day was withdrawn" in told


async def test_what_waits_is_read_without_a_look_at_any_visit(world: World) -> None:
    """However many visits and findings there are: what is read is what is shown or counted."""
    household, _ = await paid_family(world)
    who = await monitor(world)
    await world.owner_rows(
        "INSERT INTO visits (id, household_id, office_id, happened_on, mode, outcome, recorded_by, recorded_at) "
        "SELECT uuidv7(), $1, $2, $3::date - n / 2, 'in_person', 'met', $4, now() FROM generate_series(1, 2000) n",
        household.id, household.office_id, MONTH_1, who.id,
    )  # fmt: skip
    await world.owner_rows(
        "INSERT INTO days_to_review (id, household_id, office_id, happened_on, twice, contested, recorded_at) "
        "SELECT uuidv7(), $1, $2, $3::date - n, true, 0, now() FROM generate_series(1, 40) n",
        household.id, household.office_id, MONTH_1,
    )  # fmt: skip
    async with world.read(await world.person("supervisor@KPT")) as reads:
        await reads.conn.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        for read in (reviews.WAITING, reviews.NUMBER):
            arguments = read.arguments({"offices": [household.office_id]})
            plan = await reads.conn.fetch(f"EXPLAIN (ANALYZE, TIMING off) {read.sql}", *arguments)
            text = "\n".join(row[0] for row in plan)
            assert "ix_days_to_review_office_id" in text
            assert "visits" not in text
            assert "observations" not in text
        assert await reviews.number_waiting(reads) == len(await reviews.waiting(reads)) == 40
        assert await reviews.number_waiting(reads, household.office_id) == 40


async def test_a_day_that_a_finding_outside_of_a_visit_contradicts_waits_once_worked_out(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(people["Bopha"])])
    async with world.client(await world.person("caseworker@KPT")) as client:
        body = education(people["Bopha"], "none") | {"happened_on": DAY}
        told = await client.post(f"/households/{household.id}/observations", json=body)
        assert told.status_code == 201, told.text
    await tick(world.worker, world.clock)
    assert await waiting(world) == [(DAY, False, 1)]
    again = await decided(world, household.id, decision="kept_both")
    assert (again.status_code, again.json()["waits"]) == (201, False)
    await tick(world.worker, world.clock)
    assert await waiting(world) == []


async def test_records_that_say_nothing_of_a_matter_are_named_in_one_line_of_it(world: World) -> None:
    household = await seven_records(world)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        shown = (await browser.get(f"/reviews/{household.id}/{DAY}")).text
    topics = re.findall(r'aria-labelledby="t-\d+">.*?</section>', shown, re.DOTALL)
    cards = sorted((topic.count('<div class="card">'), topic.count("nothing said")) for topic in topics)
    assert cards == [(2, 1), (2, 1), (3, 1)]
    silent = [seen(f"<main {one}").partition("nothing said")[2] for one in topics]
    assert [sorted(re.findall(r"(\d) · \S+", one)) for one in silent if one] == [
        [
            str(number)
            for number in range(1, 8)
            if f"{number} · " not in seen(f"<main {one}").partition("nothing said")[0]
        ]
        for one in topics
    ]


async def seven_records(world: World) -> Household:
    """Of one child three speak, of another two, and of the business two."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    business = {"details": {"kind": "business", "state": "operating"}}
    spoken = [
        [education(people["Piseth"])],
        [education(people["Piseth"], "none")],
        [business],
        [education(people["Bopha"])],
        [education(people["Piseth"])],
        [education(people["Bopha"], "none")],
        [business],
    ]
    for place, findings in enumerate(spoken):
        who = "caseworker@KPT" if place > 3 else "monitor@KPT"
        await recorded(world, household.id, who, findings=findings)
    return household
