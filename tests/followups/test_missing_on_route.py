"""A missing child is looked for before everybody else: on the route of the day, on its paper, and where that is entered."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from livelihood.db.actor import Named
from livelihood.followups import paper
from livelihood.followups.queries import sheets
from livelihood.followups.queries.sheets import SheetOut
from livelihood.households.models import Household
from livelihood.web.components import day_text
from livelihood.web.current import speaking
from tests.desk.test_today import seen
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_reviews import whereabouts
from tests.followups.test_route import KPT, KPT_OTHER, three_villages
from tests.followups.test_sheets import made, pages
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.places import KMP
from tests.support.world import World

LATER = MONTH_1 + timedelta(days=1)


async def gone(world: World, household: Household, name: str = "Bopha", **said: Any) -> tuple[UUID, UUID]:
    """This child is said to be away alone on the day of the world; says the child and the alert."""
    people = await members_of(world, household)
    day = world.clock.today().isoformat()
    await recorded(
        world, household.id, happened_on=day, findings=[whereabouts(people[name], "away_alone")], **said
    )
    (alert,) = await world.owner_rows(
        "SELECT id FROM alerts WHERE kind = 'missing_child' AND member_id = $1 AND closed_on IS NULL",
        people[name],
    )
    return people[name], alert["id"]


def nobody_missing(sheet: SheetOut) -> SheetOut:
    lines = [
        replace(line, people=[replace(one, missing=None) for one in line.people]) for line in sheet.lines
    ]
    return replace(sheet, lines=lines)


async def with_nothing_due(world: World) -> Household:
    """A family of the monitor without a plan, so that nothing is ever due there."""
    person = await monitor(world)
    return await registered(
        world, await world.person("caseworker@KPT"), village_code=KPT_OTHER, monitor_id=str(person.id)
    )


async def test_their_families_come_first_on_every_route_also_where_nothing_else_is_due(world: World) -> None:
    households = await three_villages(world)
    idle = await with_nothing_due(world)
    world.clock = clock_on(LATER)
    _, first_alert = await gone(world, idle)
    _, other_alert = await gone(world, households[KPT])
    first = [str(idle.code), str(households[KPT].code)]
    async with world.browser(await monitor(world)) as browser:
        narrowings = ("", "?whose=mine", f"?from={KPT}", "?by=school", "?show=overdue", "?purpose=business")
        for query in narrowings:
            shown = (await browser.get(f"/follow-ups{query}")).text
            codes = re.findall(r'<span class="soft">[^<]*?(KPT-\d+)</span>', shown)
            assert set(codes[:2]) == set(first), query
            assert not set(codes[2:]) & set(first), (query, "each once")
            for alert in (first_alert, other_alert):
                assert shown.count(f'href="/alerts/{alert}"') == 1, query
            assert f"/visits/new?household={idle.id}" in shown
            assert "Look for: missing since" in seen(shown)
        elsewhere = (await browser.get("/follow-ups?village=06020103")).text
        assert "Look for" not in seen(elsewhere), "but where one does not go"
        assert "Nothing is due" not in seen((await browser.get(f"/follow-ups?village={KPT_OTHER}")).text)
    async with world.client(await monitor(world)) as client:
        for limit in (1, 2, 3, 100):
            found: list[Any] = []
            start: int | None = 0
            while start is not None:
                body = (await client.get(f"/worklist?limit={limit}&start={start}")).json()
                found += [one for village in body["villages"] for one in village["households"]]
                start = body["next_start"]
            assert {one["code"] for one in found[:2]} == set(first), limit
            assert len(found) == len({one["id"] for one in found}) == 4, limit
            assert [len(one["missing"]) for one in found] == [1, 1, 0, 0]
        by_id = {one["id"]: one for one in found}
        assert by_id[str(idle.id)]["follow_ups"] == []
        assert by_id[str(households[KPT].id)]["missing"][0]["alert_id"] == str(other_alert)
        by_school = (await client.get("/worklist/schools")).json()
        assert {one["code"] for one in by_school["looked_for"]} == set(first)
        assert not {one["code"] for one in by_school["unknown"]} & set(first)
        assert (await client.get("/worklist/schools?start=1")).json()["looked_for"] == []
        # All three have a check of their business; of the one that stands above, it stands there.
        assert by_school["elsewhere"] == 2
    async with world.browser(await monitor(world)) as browser:
        assert "2 households have checks that no school register answers" in seen(
            (await browser.get("/follow-ups?by=school")).text
        )


async def test_a_village_in_which_nothing_is_due_is_offered_and_counted_like_the_others(world: World) -> None:
    idle = await with_nothing_due(world)
    world.clock = clock_on(LATER)
    await gone(world, idle)
    person = await monitor(world)
    async with world.browser(person) as browser:
        for query in ("", "?by=nearest", "?by=school", "?show=overdue", "?purpose=business"):
            html = (await browser.get(f"/follow-ups{query}")).text
            assert re.search(rf'<option value="{KPT_OTHER}"[^>]*>[^<]* \(1\)</option>', html), query
            assert ("1 village · 1 household</p>" in html) is ("school" not in query), query
        today = (await browser.get("/")).text
        assert "1 village · 1 household</a>" in today
        assert f'href="/follow-ups?village={KPT_OTHER}"' in today
        assert "1 missing child" in seen(today)
        assert "Nobody is due" not in seen(today)
    households = await three_villages(world)
    world.clock = clock_on(LATER)
    await gone(world, households[KPT])
    async with world.browser(person) as browser:
        for query in ("", "show=overdue", "purpose=business", "purpose=placement", f"village={KPT_OTHER}"):
            html = (await browser.get(f"/follow-ups?{query}")).text
            said = re.search(r"(\d+) villages? · (\d+) households?(?: · (\d+) checks?)?", html)
            assert said, query
            cards = re.findall(r"Record visit<span[^>]*> (KPT-\d+)", html)
            lines = len(re.findall(r"<li>[^<]* <span class=\"chip (?:due|overdue)", html))
            assert (int(said[2]), int(said[3] or 0)) == (len(cards), lines), query
            codes = {
                row["village_code"]
                for row in await world.owner_rows(
                    "SELECT village_code FROM households WHERE code = ANY($1)", cards
                )
            }
            assert int(said[1]) == len(codes), query
            if "village" not in query:
                offered = dict(re.findall(r'<option value="(\d{8})"[^>]*>[^<]* \((\d)\)</option>', html))
                assert offered == {KPT: "1", KPT_OTHER: "2", "06020103": "1"}, query
        today = seen((await browser.get("/")).text)
        assert "3 villages · 4 households" in today
        assert today.index("2 households") < today.index("Chhngay")


@pytest.mark.parametrize("left", [False, True], ids=["nobody's", "of one who left"])
async def test_of_a_family_in_nobodys_hands_every_monitor_of_the_office_finds_the_child(
    world: World, left: bool
) -> None:
    idle = await with_nothing_due(world)
    households = await three_villages(world)
    colleague = await world.person("monitor@KPT", name="colleague")
    other = await world.person("monitor@KPT", name="other")
    whose = other.id if left else None
    for one in (idle, households[KPT]):
        await world.owner_rows("UPDATE households SET monitor_id = $1 WHERE id = $2", whose, one.id)
    if left:
        await world.owner_rows("UPDATE staff SET active = false WHERE id = $1", other.id)
    world.clock = clock_on(LATER)
    for who, number in ((colleague, 0), (await monitor(world), 2)):
        async with world.client(who) as client:
            before = (await client.get("/worklist?whose=mine")).json()["villages"]
            assert sum(len(one["households"]) for one in before) == number
    await gone(world, idle)
    for who, number in ((colleague, 1), (await monitor(world), 3)):
        async with world.browser(who) as browser:
            for query in ("", "?whose=mine&by=school", "?show=overdue&by=nearest"):
                html = (await browser.get(f"/follow-ups{query}")).text
                assert f"/visits/new?household={idle.id}" in html, query
                assert "no monitor yet" in html, query
                assert str(households[KPT].code) not in html, "of whom nobody is missing"
            html = (await browser.get("/follow-ups")).text
            assert f"{number} household" in html
            assert re.search(rf'<option value="{KPT_OTHER}"', html)
            assert f'href="/follow-ups?village={KPT_OTHER}"' in (await browser.get("/")).text
        async with world.client(who) as client:
            listed = (await client.get("/worklist?whose=mine")).json()["villages"]
            by_id = {one["id"]: one["monitored"] for village in listed for one in village["households"]}
            assert by_id.pop(str(idle.id)) is False
            assert list(by_id.values()) == [True] * (number - 1)
        sheet_id = await made(world, who)
        async with world.read(who) as reads:
            assert (await sheets.sheet(reads, sheet_id)).lines[0].household_id == idle.id
    async with world.browser(await world.person("monitor@KMP")) as browser:
        assert str(idle.code) not in (await browser.get("/follow-ups")).text


async def test_nobody_sees_them_who_may_not_read_the_alerts_of_their_office(world: World) -> None:
    idle = await with_nothing_due(world)
    elsewhere = await registered(world, await world.person("caseworker@KMP"), village_code=KMP)
    world.clock = clock_on(LATER)
    await gone(world, idle)
    for stranger in ("trainer@KPT", "monitor@KMP", "supervisor@KMP"):
        async with world.browser(await world.person(stranger)) as browser:
            for query in ("?whose=all", "?whose=all&by=school"):
                shown = (await browser.get(f"/follow-ups{query}")).text
                assert "Look for" not in seen(shown), stranger
                assert idle.code not in shown, stranger
    # Once nobody is sent to the family any more, it is on no route.
    async with world.owner.work(Named("setup")) as uow:
        closed = {"closed_on": LATER, "closed_because": "other"}
        await uow.session.execute(update(Household).where(Household.id == idle.id).values(closed))
    async with world.client(await monitor(world)) as client:
        assert (await client.get("/worklist")).json()["villages"] == []
    assert elsewhere.office_id != idle.office_id


async def test_the_card_of_a_family_whose_business_alone_is_due_names_the_child(world: World) -> None:
    family, _ = await paid_family(world)
    world.clock = clock_on(PAID + timedelta(days=14))
    member, alert = await gone(world, family)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        shown = seen((await browser.get("/follow-ups")).text)
        assert "Business check, day 14" in shown
        assert "Look for: missing since Mon 26 Jan" in shown
        assert "Bopha" in shown
    sheet_id = await made(world, await world.person("supervisor@KPT"))
    async with world.client(await world.person("supervisor@KPT")) as client:
        (line,) = (await client.get(f"/sheets/{sheet_id}")).json()["lines"]
    assert line["business"]
    (child,) = line["people"]
    assert (child["member_id"], child["purposes"]) == (str(member), [])
    assert child["missing"]["alert_id"] == str(alert)


@pytest.mark.parametrize("language", ["en", "km"])
async def test_the_paper_and_its_entry_name_the_child_and_it_stays_so(world: World, language: str) -> None:
    households = await three_villages(world)
    idle = await with_nothing_due(world)
    world.clock = clock_on(LATER)
    member, alert = await gone(world, idle)
    person = await monitor(world)
    printed_on = LATER + timedelta(days=1)
    world.clock = clock_on(printed_on)
    sheet_id = await made(world, person)
    async with world.read(person) as reads:
        found = await sheets.sheet(reads, sheet_id)
        assert found.lines[0].household_id == idle.id
        assert len(found.lines) == 1 + len(households)
        with speaking(language):
            text = "".join(pages(await paper.printed(found, "Kampong Thom")))
            telling = "".join(pages(await paper.printed(nobody_missing(found), "Kampong Thom")))
            since = day_text(LATER, language)
    # Whoever finds the paper reads what another one has too, but for a mark that says nothing to them.
    assert since not in text
    if language == "en":
        words, others = (Counter(re.findall(r"\w+", one.casefold())) for one in (text, telling))
        assert words - others == Counter(["see", "first"])
        assert text.count("See first") == 1
        assert "years" not in text
        assert "Sok" not in text
    async with world.browser(person) as browser:
        assert "“See first” stands beside a child who is missing" in seen(
            (await browser.get("/sheets/new")).text
        )
        for page in ("", "/entry"):
            assert "“See first”" in seen((await browser.get(f"/sheets/{sheet_id}{page}")).text), page
        entry = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        first, second = entry.split('id="line-2"')[:2]
        assert f'href="/alerts/{alert}"' in first
        assert f'value="{member}"' in first
        assert "Look for" in seen(first)
        assert "/alerts/" not in second
        assert f'href="/alerts/{alert}"' in (await browser.get(f"/sheets/{sheet_id}")).text
        saved = await browser.post(
            f"/sheets/{sheet_id}/lines/1",
            data={
                "happened_on": printed_on.isoformat(),
                "outcome": "met",
                "people-0-member_id": str(member),
                "people-0-school": "not_seen",
                "people-0-whereabouts": "away_alone",
            },
        )
        assert saved.status_code == 303, saved.text
    # Found a day later: the paper stays as it was, the next one does not look for the child.
    world.clock = clock_on(printed_on + timedelta(days=1))
    await recorded(
        world,
        idle.id,
        happened_on=world.clock.today().isoformat(),
        findings=[education(member)],
        present=[str(member)],
    )
    assert await world.owner_rows("SELECT FROM alerts WHERE closed_on IS NOT NULL")
    another = await made(world, person)
    async with world.read(person) as reads:
        assert (await sheets.sheet(reads, sheet_id)).lines[0].people[0].missing
        others = await sheets.sheet(reads, another)
        assert idle.id not in {line.household_id for line in others.lines}
        assert not any(one.missing for line in others.lines for one in line.people)
    async with world.browser(person) as browser:
        for page in ("", "/entry"):
            assert "See first" not in seen((await browser.get(f"/sheets/{another}{page}")).text), page
