"""A draft that a colleague has overtaken undoes nothing: it is refused, and its form begins upon what is in force now."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from livelihood.errors import Conflict
from livelihood.followups import previewing
from livelihood.followups.schemas_policy import AgainIn, ConfirmationIn
from livelihood.followups.service import policy
from tests.followups.policies import closure, drafted, in_force, previewed, slot, typed, version
from tests.followups.stories import PAID, clock_on
from tests.support.world import Person, World

KEPT = [slot(1), slot(2), slot(3), *(slot(month, after=30) for month in (6, 9, 12, 18, 24))]
YEARLY = slot(days=14, before=7, after=13, since="school_year")
MARK = re.compile(r'name="based_on" value="([^"]+)"')
ENTRY_CHANGED = "Somebody has changed this entry of the calendar since your change was drafted"


def with_check(number: int, check: dict[str, Any]) -> dict[str, Any]:
    checks = [check if row == number else kept for row, kept in enumerate(KEPT)]
    return version(PAID.isoformat(), *checks, YEARLY)


def year(starts_on: str, ends_on: str, **more: Any) -> dict[str, Any]:
    return {"starts_on": starts_on, "ends_on": ends_on, "assumed": True, "source": "Ministry", **more}


def text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


async def taken(world: World, person: Person, kind: str, body: dict[str, Any]) -> UUID:
    """Drafted, previewed and in force; says the id that was given to what was made."""
    preview = await drafted(world, person, kind, body, world.clock)
    found = await previewed(world, person, preview, world.clock)
    await in_force(world, person, preview, world.clock)
    what: Any = found.what
    return getattr(what, kind).id if kind in {"closure", "holiday"} else preview


async def removed(world: World, person: Person, kind: str, record_id: UUID) -> UUID:
    async with world.work(person) as uow:
        return await policy.draft_removal(uow, kind, record_id, AgainIn(), clock=world.clock)


async def refused_everywhere(world: World, person: Person, preview: UUID) -> None:
    for verb in (again, into_force):
        with pytest.raises(Conflict) as refused:
            await verb(world, person, preview)
        assert str(refused.value.message).startswith(ENTRY_CHANGED)


async def again(world: World, person: Person, preview: UUID) -> None:
    async with world.work(person) as uow:
        await policy.ask_again(uow, preview, AgainIn(), clock=world.clock)


async def into_force(world: World, person: Person, preview: UUID) -> None:
    async with world.work(person) as uow:
        await policy.put_into_force(uow, preview, clock=world.clock)


async def test_a_protocol_that_a_colleague_changed_is_drafted_upon_what_is_in_force(world: World) -> None:
    world.clock = clock_on(PAID)
    mine, theirs = await world.person("manager"), await world.person("manager")
    preview = await drafted(world, mine, "school_retention", with_check(2, slot(3, days=3)), world.clock)
    await previewed(world, mine, preview, world.clock)
    async with world.browser(mine) as browser:
        old_form = typed((await browser.get("/protocols/school_retention/change")).text)
        await taken(world, theirs, "school_retention", with_check(3, slot(5, after=30)))
        shown = (await browser.get(f"/previews/{preview}")).text
        for words in (
            "Added: School check, month 5: opens",
            "Removed: School check, month 6",
            "Added: School check, month 3 and 3 days",
        ):
            assert words in text(shown)
        assert "/again" not in shown
        assert "/in-force" not in shown
        form = (await browser.get(f"/protocols/school_retention/change?draft={preview}")).text
        checks = re.findall(r"<summary>(.*?)</summary>", form)
        assert any(check.startswith("Month 5:") for check in checks)
        assert not any(check.startswith(("Month 6:", "Month 3 and 3 days")) for check in checks)
        assert typed(form)["based_on"] == "2"
        assert "Somebody has changed this since you drafted your change." in text(form)
        assert "Removed: School check, month 6" in text(form)
        # One that was open all the while is refused, and leads to a form afresh.
        late = await browser.post(
            "/protocols/school_retention/change", data=old_form | {"source": "Board", "slots-2-days": "3"}
        )
        assert late.status_code == 409
        assert 'href="/protocols/school_retention/change"' in late.text


async def test_a_school_year_that_a_colleague_changed_keeps_that(world: World) -> None:
    world.clock = clock_on(PAID)
    mine, theirs = await world.person("manager"), await world.person("manager")
    preview = await drafted(world, mine, "2027", year("2027-11-01", "2028-08-25"), world.clock)
    await previewed(world, mine, preview, world.clock)
    async with world.browser(mine) as browser, world.client(mine) as client:
        (mark,) = MARK.findall((await browser.get("/calendar/years/2027")).text)
        read = {one["key"]: one["mark"] for one in (await client.get("/calendar")).json()["years"]}
        assert read["2027/28"] == mark
        await taken(world, theirs, "2027", year("2027-11-08", "2028-08-31"))
        await refused_everywhere(world, mine, preview)
        asked_again = await client.post(f"/previews/{preview}/again", json={})
        late = await client.post(
            "/calendar/years/2027/previews", json=year("2027-11-01", "2028-08-25", based_on=mark)
        )
        for refused in (asked_again, late):
            assert refused.status_code == 409
            assert ENTRY_CHANGED in refused.text
        shown = (await browser.get(f"/previews/{preview}")).text
        assert "First day of school: Mon 8 Nov 2027; before: Mon 1 Nov 2027" in text(shown)
        assert "/again" not in shown
        form = (await browser.get(f"/calendar/years/2027?draft={preview}")).text
        assert ('value="2027-11-08"' in form, 'value="2028-08-25"' in form) == (True, False)
        assert "Last day of school: Fri 25 Aug 2028; before: Thu 31 Aug 2028" in text(form)
        sent = year("2027-11-01", "2028-08-25", based_on=mark)
        late = await browser.post("/calendar/years/2027", data=sent)
        assert late.status_code == 409
        assert 'href="/calendar/years/2027"' in late.text
        (now,) = MARK.findall(form)
        fresh = await browser.post(
            "/calendar/years/2027", data=year("2027-11-08", "2028-08-25", based_on=now)
        )
        assert fresh.status_code == 303, fresh.text
        await previewing.tick(world.worker, world.clock)
        accepted = await browser.post(f"{fresh.headers['Location']}/in-force")
        assert accepted.status_code == 303, accepted.text
    (row,) = await world.owner_rows("SELECT starts_on, ends_on FROM school_years WHERE key = '2027/28'")
    assert [day.isoformat() for day in row.values()] == ["2027-11-08", "2028-08-25"]


async def test_what_a_colleague_confirmed_meanwhile_stays_confirmed(world: World) -> None:
    """No day changes, so nothing else would tell."""
    world.clock = clock_on(PAID)
    mine, theirs = await world.person("manager"), await world.person("manager")
    preview = await drafted(world, mine, "2027", year("2027-11-01", "2028-08-25"), world.clock)
    await previewed(world, mine, preview, world.clock)
    async with world.work(theirs) as uow:
        await policy.confirm(uow, "years", "2027", ConfirmationIn(source="Prakas 12"))
    await refused_everywhere(world, mine, preview)


DAY = {"name": "Mourning", "day": "2026-02-04", "is_holiday": True, "source": "Decree"}
SHUT = closure("2026-02-02", "2026-02-06")


async def acted(world: World, person: Person, kind: str, record_id: UUID, act: str | dict[str, str]) -> UUID:
    """The preview of a change to an entry, or of its removal."""
    if isinstance(act, str):
        return await removed(world, person, f"{kind}s", record_id)
    body = (SHUT if kind == "closure" else DAY) | act | {f"{kind}_id": str(record_id)}
    return await drafted(world, person, kind, body, world.clock)


@pytest.mark.parametrize("kind", ["closure", "holiday"])
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"name": "Storm"}, {"province": "06"}),
        ({"name": "Storm"}, "removed"),
        ("removed", {"province": "06"}),
    ],
    ids=["both change it", "removed meanwhile", "changed before its removal"],
)
async def test_an_entry_that_a_colleague_changed_is_not_overwritten(
    world: World, kind: str, mine: str | dict[str, str], theirs: str | dict[str, str]
) -> None:
    world.clock = clock_on(PAID)
    me, they = await world.person("manager"), await world.person("manager")
    record_id = await taken(world, they, kind, SHUT if kind == "closure" else DAY)
    preview = await acted(world, me, kind, record_id, mine)
    await previewed(world, me, preview, world.clock)
    other = await acted(world, they, kind, record_id, theirs)
    await previewed(world, they, other, world.clock)
    await in_force(world, they, other, world.clock)
    await refused_everywhere(world, me, preview)
    async with world.browser(me) as browser:
        shown = (await browser.get(f"/previews/{preview}")).text
        assert "Somebody has changed this since you drafted your change" in shown
        assert "/in-force" not in shown
        if mine == "removed":
            return
        form = (await browser.get(f"/calendar/{kind}s/new?draft={preview}")).text
        filled = re.findall(r'value="([^"]*)"', form)
        assert ("Storm" in filled, SHUT["name"] in filled or DAY["name"] in filled) == (
            False,
            theirs != "removed",
        )


async def test_a_preview_says_what_it_changes_in_the_words_of_the_history(world: World) -> None:
    world.clock = clock_on(PAID)
    manager = await world.person("manager")
    async with world.browser(manager) as browser:

        async def lines(kind: str, body: dict[str, Any]) -> list[str]:
            preview = await drafted(world, manager, kind, body, world.clock)
            waiting = changes((await browser.get(f"/previews/{preview}")).text)
            await previewed(world, manager, preview, world.clock)
            done = (await browser.get(f"/previews/{preview}")).text
            assert "What would change" in done
            assert changes(done) == waiting
            await in_force(world, manager, preview, world.clock)
            after = (await browser.get(f"/previews/{preview}")).text
            assert "What changed" in after
            assert changes(after) == waiting
            return waiting

        said = await lines("school_retention", with_check(3, slot(5, after=30)))
        history = (await browser.get("/protocols/school_retention")).text
        assert said == listed(history[history.index("What changed") :])
        assert len(said) == 2
        assert await lines("2027", year("2027-11-01", "2028-08-25")) == [
            "First day of school: Mon 1 Nov 2027, as before",
            "Last day of school: Fri 25 Aug 2028; before: Thu 31 Aug 2028",
        ]
        assert await lines("2029", year("2029-11-05", "2030-08-30")) == [
            "First day of school: Mon 5 Nov 2029",
            "Last day of school: Fri 30 Aug 2030",
            "Terms: none",
            "Only assumed: Yes",
        ]
        assert await lines("closure", closure("2026-02-02", "2026-02-06", province="06")) == [
            "First day: Mon 2 Feb 2026",
            "Last day: Fri 6 Feb 2026",
            "Where: Kampong Thom",
            "Why schools are shut: Flood",
            "Only assumed: No",
        ]
        assert (await lines("holiday", DAY))[:3] == [
            "Day: Wed 4 Feb 2026",
            "That day: no school",
            "Where: Everywhere",
        ]
        (row,) = await world.owner_rows("SELECT id FROM school_vacations WHERE name = 'Flood'")
        preview = await removed(world, manager, "closures", row["id"])
        assert changes((await browser.get(f"/previews/{preview}")).text) == [
            "Removed: Flood, 2 Feb – 6 Feb 2026, Kampong Thom"
        ]


def changes(html: str) -> list[str]:
    return listed(html[html.index('id="changes"') :])


def listed(html: str) -> list[str]:
    return [text(line).strip() for line in re.findall(r"<li>(.*?)</li>", html[: html.index("</ul>")])]
