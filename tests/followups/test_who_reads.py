"""Findings of children are for those who visit; a trainer follows trainees, and nobody else's alerts are told."""

from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from pypdf import PdfReader

from livelihood.desk.queries.household import whole
from livelihood.desk.queries.today import offices
from livelihood.followups import service
from livelihood.followups.queries import alerts
from livelihood.followups.queries.summary import summary
from livelihood.followups.queries.worklist import Narrowed, worklist
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind
from livelihood.households.models import Household
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1, seen, visit
from tests.support.families import members_of
from tests.support.world import Person, World


async def trained_family(world: World) -> tuple[Household, dict[str, UUID]]:
    """A family with a grant; Piseth completed a course as it was paid, and Bopha was found out of school."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    async with world.work(await world.person("caseworker@KPT")) as uow:
        await service.set_anchor(
            uow,
            kind=AnchorKind.COURSE,
            source_id=uuid4(),
            household_id=household.id,
            office_id=household.office_id,
            member_id=people["Piseth"],
            on=PAID,
            clock=world.clock,
        )
    await tick(world.worker, world.clock)
    world.clock = clock_on(MONTH_1)
    body = visit(household.id, MONTH_1, seen(people["Bopha"], "none"), note="They whispered of a debt")
    async with world.client(await monitor(world)) as client:
        assert (await client.post("/visits", json=body)).status_code == 201
        heard = {"happened_on": MONTH_1.isoformat(), **seen(people["Piseth"], "none")}
        assert (await client.post(f"/households/{household.id}/observations", json=heard)).status_code == 201
    await tick(world.worker, world.clock)
    return household, people


async def rows(world: World, person: Person, path: str, **params: Any) -> list[dict[str, Any]]:
    async with world.client(person) as client:
        answer = await client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


async def test_a_trainer_follows_trainees_alone(world: World) -> None:
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    whole_plan = await rows(world, trainer, f"/households/{household.id}/follow-ups")
    assert {row["purpose"] for row in whole_plan} == {"placement"}
    assert {row["member_id"] for row in whole_plan} == {str(people["Piseth"])}
    everyone = await rows(world, await monitor(world), f"/households/{household.id}/follow-ups")
    assert {"school", "business", "placement"} <= {row["purpose"] for row in everyone}
    assert {row["protocol"] for row in await rows(world, trainer, "/follow-ups")} == {"placement_tracer"}
    assert await rows(world, trainer, "/follow-ups", purpose="school") == []
    async with world.read(trainer) as reads:
        today = world.clock.today()
        ((card,),) = [village.cards for village in (await worklist(reads, Narrowed(), today=today)).villages]
        assert [(child.id, len(due)) for child, due in card.people] == [(people["Piseth"], 1)]
        assert card.business == []
        assert (await summary(reads, reads.actor, Narrowed(), today=today)).checks == 1
    async with world.browser(trainer) as browser:
        assert "Not in school" not in (await browser.get("/follow-ups")).text
        assert (await browser.get("/visits")).status_code in (403, 404)
    async with world.client(trainer) as client:
        assert (await client.get("/visits")).status_code == 403


async def test_a_trainer_with_a_visitors_role_elsewhere_learns_no_more_here(world: World) -> None:
    household, _ = await trained_family(world)
    both = await world.person("trainer@KPT", "monitor@KMP", name="both")
    assert {row["purpose"] for row in await rows(world, both, f"/households/{household.id}/follow-ups")} == {
        "placement"
    }
    assert {row["purpose"] for row in await rows(world, both, "/follow-ups")} == {"placement"}
    async with world.read(both) as reads:
        assert await alerts.of_household(reads, household.id) == []
        found = await whole(reads, household.id, world.clock.today(), grant_label="")
        assert (found.visits, found.outside_visits, found.alerts) == ([], [], [])
        assert {child.known for child in found.people} == {child.strip for child in found.people} == {None}


async def test_the_page_of_a_family_tells_nothing_of_schooling_to_trainers_and_finance(world: World) -> None:
    household, _ = await trained_family(world)
    for role in ("trainer@KPT", "finance@KPT"):
        async with world.browser(await world.person(role)) as browser:
            html = (await browser.get(f"/households/{household.id}")).text
        assert "Bopha" in html, role
        for secret in ("Not in school", "whispered", 'class="strip"', "Learnt without", "/visits/"):
            assert secret not in html, (role, secret)
    async with world.browser(await monitor(world)) as browser:
        html = (await browser.get(f"/households/{household.id}")).text
    for told in ("Not in school", "whispered", 'class="strip"', "Learnt without", "/visits/new"):
        assert told in html, told


async def test_a_trainer_records_and_corrects_placements_alone(world: World) -> None:
    household, people = await trained_family(world)
    (finding,) = await world.owner_rows("SELECT id FROM observations WHERE member_id = $1", people["Bopha"])
    placed = {
        "happened_on": MONTH_1.isoformat(),
        "member_id": str(people["Piseth"]),
        "details": {
            "kind": "placement",
            "state": "working_other",
            "told_by": "trainee",
            "told_how": "phone",
        },
    }
    path = f"/households/{household.id}/observations"
    async with world.client(await world.person("trainer@KPT")) as client:
        for correction in ({}, {"supersedes": str(finding["id"]), "reason": "I know better"}):
            body = {"happened_on": MONTH_1.isoformat(), **seen(people["Bopha"]), **correction}
            refused = await client.post(path, json=body)
            assert refused.status_code == 403, refused.text
            assert "trainees" in refused.json()["detail"]
        of_another_kind = {**placed, "supersedes": str(finding["id"]), "reason": "I know better"}
        assert (await client.post(path, json=of_another_kind)).status_code == 422
        first = await client.post(path, json=placed)
        assert first.status_code == 201, first.text
        mended = {**placed, "supersedes": first.json()["id"], "reason": "He repairs motorbikes after all"}
        mended["details"] = {**placed["details"], "state": "employed_relevant"}
        assert (await client.post(path, json=mended)).status_code == 201
    await tick(world.worker, world.clock)
    open_ones = await rows(world, await monitor(world), "/alerts")
    assert [row["member_id"] for row in open_ones] == [str(people["Bopha"])]


async def test_alerts_are_counted_where_they_may_be_read(world: World) -> None:
    await trained_family(world)
    split = await world.person("finance@KPT", "manager@KMP", name="split")
    async with world.read(split) as reads:
        counted = {office.name_en: office.alerts for office in await offices(reads, date(2026, 2, 12), {})}
    assert len(counted) == 2
    assert set(counted.values()) == {0}


async def test_of_a_sheet_a_trainer_sees_the_households_with_a_trainee_and_of_those_the_trainees(
    world: World,
) -> None:
    """Over the API, on the page and on paper; whoever visits sees the whole route."""
    other, _ = await paid_family(world)
    household, people = await trained_family(world)
    async with world.client(await monitor(world)) as client:
        made = (await client.post("/sheets", json={})).json()
        assert {line["household_code"] for line in made["lines"]} == {other.code, household.code}
        names = {one["given_name_latin"] for line in made["lines"] for one in line["people"]}
        assert names == {"Bopha", "Piseth"}
        (mine,) = [line for line in made["lines"] if line["household_code"] == household.code]
        for line in made["lines"]:
            entered = await client.post(
                f"/sheets/{made['id']}/lines/{line['line']}",
                json={
                    "happened_on": MONTH_1.isoformat(),
                    "outcome": "met",
                    "people": [
                        {"member_id": one["member_id"], "school": "in_school", "present": True}
                        for one in line["people"]
                    ],
                    "business": "operating",
                },
            )
            assert entered.status_code == 201, entered.text
    trainer = await world.person("trainer@KPT")
    async with world.client(trainer) as client:
        found = (await client.get(f"/sheets/{made['id']}")).json()
        (line,) = found["lines"]
        assert (line["household_code"], line["business"], line["line"]) == (
            household.code,
            False,
            mine["line"],
        )
        assert [(one["member_id"], one["purposes"]) for one in line["people"]] == [
            (str(people["Piseth"]), ["placement"])
        ]
        assert line["present"] == [str(people["Piseth"])]
        paper = await client.get(f"/sheets/{made['id']}/sheet.pdf?language=en")
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.content)).pages)
        assert household.code in text
        assert other.code not in text
        assert "Bopha" not in text
    async with world.browser(trainer) as browser:
        shown = (await browser.get(f"/sheets/{made['id']}")).text
        assert household.code in shown
        assert other.code not in shown
        assert "Bopha" not in shown
        assert (await browser.get(f"/sheets/{made['id']}/entry")).status_code == 403


async def test_a_trainers_household_page_says_that_follow_ups_are_not_shown(world: World) -> None:
    household, _ = await paid_family(world)
    hidden = "Follow-ups of the children and the business are not shown to your role."
    for role, sees in (("trainer@KPT", False), ("finance@KPT", False), ("monitor@KPT", True)):
        async with world.browser(await world.person(role)) as browser:
            html = (await browser.get(f"/households/{household.id}")).text
        assert (hidden in html) is not sees, role
        assert "Nothing is planned" not in html, role
