"""Protocols, the calendar and their previews, as a browser without JavaScript and as an API client use them."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from livelihood.followups import previewing
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.number_drafts import BOUNDS
from livelihood.followups.rules.numbers import NumberKey
from tests.followups.policies import closure, slot, typed, version
from tests.followups.stories import PAID, clock_on, paid_family
from tests.support.world import World

ID = re.compile(r'name="id" value="([^"]+)"')


async def test_a_manager_changes_a_protocol_from_the_list_to_the_version_in_force(world: World) -> None:
    await paid_family(world)
    manager = await world.person("manager")
    async with world.browser(manager) as browser:
        listed = (await browser.get("/protocols")).text
        assert "Staying in school" in listed
        assert "9 checks" in listed
        shown = (await browser.get("/protocols/school_retention")).text
        assert "School check, month 6: opens 14 days before, closes 30 days after" in shown
        form = (await browser.get("/protocols/school_retention/change")).text
        data = typed(form)
        assert data["slots-8-since"] == "school_year"
        fewer = await browser.post("/protocols/school_retention/rows?remove=7", data=data)
        assert fewer.status_code == 200
        data = typed(fewer.text)
        assert data["slots-7-since"] == "school_year"
        refused = await browser.post("/protocols/school_retention/change", data=data)
        assert refused.status_code == 422
        assert 'id="f-source-error"' in refused.text
        data |= {"source": "Board of January"}
        asked = await browser.post("/protocols/school_retention/change", data=data)
        assert asked.status_code == 303, asked.text
        preview = asked.headers["Location"]
        waiting = (await browser.get(preview)).text
        assert 'http-equiv="refresh"' in waiting
        assert "Waiting for the workers" in waiting
        await previewing.tick(world.worker, world.clock)
        done = (await browser.get(preview)).text
        assert 'http-equiv="refresh"' not in done
        assert "1 household · 2 children" in re.sub(r"\s+", " ", done)
        assert "Put into force from" in done
        assert "school year 2027/28</strong><br>goes; it was 8 Nov – 28 Nov 2027<br>" in done
        redraft = (
            await browser.get(f"/protocols/school_retention/change?draft={preview.rpartition('/')[2]}")
        ).text
        assert typed(redraft)["source"] == "Board of January"
        accepted = await browser.post(f"{preview}/in-force")
        assert accepted.headers["Location"] == "/protocols/school_retention?done=in-force"
        after = (await browser.get(accepted.headers["Location"])).text
        assert "Removed: School check, month 24" in after
        assert "Manager, " in after
        assert "In force since" in (await browser.get(preview)).text
    await tick(world.worker, world.clock)
    assert not await world.owner_rows("SELECT id FROM follow_ups WHERE slot = 'month_24'")


async def test_a_check_that_is_filled_in_wrongly_keeps_its_name(world: World) -> None:
    world.clock = clock_on(PAID)
    async with world.browser(await world.person("manager")) as browser:
        form = typed((await browser.get("/protocols/school_retention/change")).text)
        for name, text in (("months", "six"), ("after", "x"), ("months", "")):
            data = form | {f"slots-2-{name}": text, "slots-2-days": "", "source": "Board"}
            for path in ("change", "rows?remove=1"):
                redrawn = (await browser.post(f"/protocols/school_retention/{path}", data=data)).text
                checks = re.findall(r"<summary>(.*?)</summary>", redrawn)
                assert "A new check" not in checks
                assert "Month 3" in checks, (name, text, path, checks)
            more = (await browser.post("/protocols/school_retention/rows", data=data)).text
            assert re.findall(r"<summary>(.*?)</summary>", more).count("A new check") == 1


async def test_others_read_policy_and_change_nothing(world: World) -> None:
    world.clock = clock_on(PAID)
    async with world.browser(await world.person("monitor@KPT")) as browser:
        for path in ("/protocols/school_retention", "/calendar"):
            page = await browser.get(path)
            assert page.status_code == 200
            assert ">Change<" not in page.text
        for path in ("/protocols/school_retention/change", "/calendar/years/2026", "/calendar/closures/new"):
            assert (await browser.get(path)).status_code == 403
    async with world.browser(await world.person("finance@KPT")) as browser:
        assert (await browser.get("/protocols")).status_code == 403


@pytest.mark.parametrize(("language", "monday"), [("en", "Mo"), ("km", "ច")])
async def test_every_day_stands_under_its_weekday(world: World, language: str, monday: str) -> None:
    world.clock = clock_on(PAID)
    async with world.browser(await world.person("manager")) as browser:
        if language == "km":
            await browser.post("/language", data={"language": "km"})
        page = (await browser.get("/calendar?year=2025")).text
    months = re.findall(r'<figure class="month">(.*?)</figure>', page, re.DOTALL)
    assert len(months) >= 10
    first = date(2025, 11, 1)
    for month in months:
        names = re.findall(r'<text class="day-name" x="(\d+)" y="\d+">([^<]+)</text>', month)
        assert (len(names), names[0][1], len({name for _, name in names})) == (7, monday, 7)
        days = re.findall(r'<text x="(\d+)" y="\d+">(\d+)</text>', month)
        for x, number in days:
            assert x == names[first.replace(day=int(number)).weekday()][0], (first, number)
        first = (first + timedelta(days=31)).replace(day=1)


async def test_the_calendar_shows_a_year_and_changes_by_preview(world: World) -> None:
    world.clock = clock_on(PAID)
    manager = await world.person("manager")
    async with world.browser(manager) as browser:
        shown = (await browser.get("/calendar")).text
        for words in ("2025/26", "Khmer New Year", "assumed", "April 2026", "Independence Day"):
            assert words in shown, words
        form = await browser.get("/calendar/closures/new")
        sent = closure("2026-02-02", "2026-02-06", province="06", id=ID.findall(form.text)[0])
        asked = await browser.post("/calendar/closures/new", data=sent)
        assert asked.status_code == 303, asked.text
        preview = asked.headers["Location"]
        # Sent twice, it is one preview.
        assert (await browser.post("/calendar/closures/new", data=sent)).headers["Location"] == preview
        await previewing.tick(world.worker, world.clock)
        assert "Nothing that stands today would differ" in (await browser.get(preview)).text
        assert (await browser.post(f"{preview}/in-force")).headers[
            "Location"
        ] == "/calendar?day=2026-02-02&done=in-force"
        assert "Flood" in (await browser.get("/calendar?province=06")).text
        assert "Flood" not in (await browser.get("/calendar?province=07")).text
        (row,) = await world.owner_rows("SELECT id FROM school_vacations WHERE name = 'Flood'")
        change = (await browser.get(f"/calendar/closures/new?change={row['id']}")).text
        assert 'value="2026-02-06"' in change
        removal = await browser.post(f"/calendar/removals/closures/{row['id']}")
        await previewing.tick(world.worker, world.clock)
        await browser.post(f"{removal.headers['Location']}/in-force")
        assert "Flood" not in (await browser.get("/calendar")).text
        unsaid = await browser.post("/calendar/confirmations/years/2025?year=2025", data={"source": " "})
        assert unsaid.status_code == 422
        confirmed = await browser.post(
            "/calendar/confirmations/years/2025?year=2025", data={"source": "Prakas 12"}
        )
        assert confirmed.headers["Location"] == "/calendar?year=2025&done=confirmed"
        assert "Prakas 12" in (await browser.get("/calendar?year=2025")).text
        again = await browser.get("/calendar/years/2029")
        assert again.status_code == 200
        assert (await browser.get("/calendar/years/2035")).status_code == 404


async def test_the_same_over_the_api(world: World) -> None:
    await paid_family(world)
    async with world.client(await world.person("manager")) as client:
        protocols = (await client.get("/protocols")).json()["items"]
        assert {one["key"] for one in protocols} >= {"school_retention", "high_risk"}
        body: dict[str, Any] = version(PAID.isoformat(), slot(1), slot(3), slot(4))
        body["slots"][2]["before"] = 40
        refused = await client.post("/protocols/school_retention/previews", json=body)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == ["slots.2.before"]
        (read,) = [one for one in protocols if one["key"] == "school_retention"]
        as_read = body | {"slots": read["versions"][0]["protocol"]["slots"]}
        same = await client.post("/protocols/school_retention/previews", json=as_read)
        assert [error["field"] for error in same.json()["errors"]] == ["slots"]
        assert "Nothing differs from version 1" in same.text
        body["slots"][2]["before"] = 10
        asked = await client.post("/protocols/school_retention/previews", json=body)
        assert asked.status_code == 201, asked.text
        preview = asked.json()["id"]
        assert (await client.post(f"/previews/{preview}/in-force")).status_code == 409
        await previewing.tick(world.worker, world.clock)
        found = (await client.get(f"/previews/{preview}")).json()
        assert (found["state"], found["stale"]) == ("done", None)
        assert found["counts"][0]["added"] == 2
        assert (await client.post(f"/previews/{preview}/in-force")).json()["state"] == "in_force"
        assert (await client.get("/protocols/school_retention")).json()["versions"][0]["protocol"][
            "version"
        ] == 2
        assert (await client.post("/protocols/school_retention/previews", json=body)).status_code == 409
        for path, sent in (
            ("/calendar/closures/previews", closure("2026-02-02", "2026-02-06")),
            (
                "/calendar/holidays/previews",
                {"name": "Mourning", "day": "2026-02-04", "is_holiday": True, "source": "Government"},
            ),
            (
                "/calendar/years/2029/previews",
                {"starts_on": "2029-11-05", "ends_on": "2030-08-30", "assumed": True, "source": "Guess"},
            ),
        ):
            assert (await client.post(path, json=sent)).status_code == 201, path
        said = (await client.get("/calendar")).json()
        assert len(said["years"]) == 5
        confirmed = await client.post("/calendar/confirmations/years/2026", json={"source": "Prakas"})
        assert [year["assumed"] for year in confirmed.json()["years"]] == [True, True, False, True, True]


@pytest.mark.parametrize("absurd", ["-1", "99999999999", "9" * 18])
async def test_a_number_out_of_range_is_told_the_range_that_holds(world: World, absurd: str) -> None:
    world.clock = clock_on(PAID)
    manager = await world.person("manager")
    async with world.browser(manager) as browser:
        for key, (least, most) in BOUNDS.items():
            form = typed((await browser.get(f"/policy-numbers/{key}/change")).text)
            refused = await browser.post(
                f"/policy-numbers/{key}/change", data=form | {"value": absurd, "source": "Board"}
            )
            assert refused.status_code == 422
            shown = beside(refused.text, "value")
            if key is not NumberKey.ATTENDANCE_BAR_PERCENT or absurd == "-1":
                assert str(least) in shown
            assert str(most) in shown, (key, shown)
        form = typed((await browser.get("/protocols/school_retention/change")).text) | {"source": "Board"}
        wrong = {f"slots-0-{name}": absurd for name in ("months", "days", "before", "after", "every_days")}
        refused = await browser.post("/protocols/school_retention/change", data=form | wrong)
        for name, most in (
            ("months", 120),
            ("days", 3720),
            ("before", 366),
            ("after", 366),
            ("every_days", 366),
        ):
            assert f"and {most}. Write a number in that range." in beside(refused.text, f"slots-0-{name}")
    async with world.client(manager) as client:
        asked = await client.post(
            "/policy-numbers/spot_check_visits/previews",
            json={"value": int(absurd), "effective_from": PAID.isoformat(), "source": "Board"},
        )
        assert asked.status_code == 422
        assert asked.json()["errors"] == [
            {
                "field": "value",
                "message": f"{absurd} is not between 1 and 100. Write a number in that range.",
            }
        ]


def beside(page: str, name: str) -> str:
    """What is said to be wrong at a field."""
    found = re.search(rf'id="f-{name}-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    return found[1] if found else ""


async def test_a_province_that_does_not_exist_has_no_calendar(world: World) -> None:
    manager = await world.person("manager")
    async with world.browser(manager) as browser:
        for province, status in (("", 200), ("06", 200), ("99", 422)):
            shown = await browser.get(f"/calendar?province={province}")
            assert shown.status_code == status, province
        assert "There is no province 99. Choose one from the list." in shown.text
        assert 'href="/calendar"' in shown.text
    async with world.client(manager) as client:
        assert (await client.get("/calendar", params={"province": "99"})).status_code == 422
