"""A concern reaches the focal point, and nobody else reads a word of it."""

import asyncio
import logging
import re
from contextlib import suppress
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelihood.accounts.permissions import Role
from livelihood.concerns import queries, service
from livelihood.concerns.rules import NotSetUp
from livelihood.concerns.schemas import ConcernIn
from livelihood.concerns.vault import Vault, make_keys
from tests.notices.readers import PUBLIC, SENDER, reached
from tests.support.families import members_of, registered
from tests.support.world import Person, World

SEEN = "The girl has burns on both arms. ដៃរលាក"
PRESENT = "Her uncle stood beside her."


async def sent(world: World, person: Person, **more: object) -> dict[str, Any]:
    async with world.client(person) as client:
        made = await client.post("/concerns", json={"seen": SEEN, "present": PRESENT, **more})
    assert made.status_code == 201, made.text
    return made.json()


async def opened(world: World, person: Person, concern: str) -> httpx.Response:
    async with world.client(person) as client:
        return await client.post(f"/concerns/{concern}/readings")


async def test_the_focal_point_reads_it_and_every_reading_is_logged(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    household = await registered(world, await world.person("caseworker@KPT"))
    child = (await members_of(world, household))["Bopha"]
    concern = await sent(world, monitor, household_id=str(household.id), member_id=str(child))
    for _ in range(2):
        read = await opened(world, focal, concern["id"])
        assert read.status_code == 201
        found = read.json()
        assert (found["seen"], found["present"], found["member_id"]) == (SEEN, PRESENT, str(child))
    async with world.client(focal) as client:
        shown = (await client.get(f"/concerns/{concern['id']}")).json()
        assert [one["by"] for one in shown["readings"]] == ["Focal_Point.Kpt"] * 2
    audited = await world.owner_rows(
        "SELECT changed FROM audit.entries WHERE table_name = 'concern_readings'"
    )
    assert len(audited) == 2


async def test_nothing_of_it_is_stored_or_logged_in_the_clear(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    household = await registered(world, await world.person("caseworker@KPT"))
    focal = await world.person("focal_point@KPT")
    concern = await sent(world, await world.person("monitor@KPT"), household_id=str(household.id))
    await opened(world, focal, concern["id"])
    async with world.client(focal) as client:
        note = {"kind": "closed", "note": "She lives with her aunt now."}
        assert (await client.post(f"/concerns/{concern['id']}/steps", json=note)).status_code == 201
    found = caplog.text
    for table in ("concerns", "concern_steps", "concern_readings", "creations", "outbox", "audit.entries"):
        rows = await world.owner_rows(f"SELECT t::text AS row FROM {table} t")
        found += "\n".join(row["row"] for row in rows if table != "audit.entries" or "concern" in row["row"])
    assert rows
    for word in ("burns", "uncle", "aunt", str(household.id), household.code):
        assert word not in found


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FOCAL_POINT])
async def test_no_other_role_opens_it_its_sender_included(world: World, role: Role):
    monitor = await world.person("monitor@KPT")
    concern = await sent(world, monitor)
    other = monitor if role is Role.MONITOR else await world.person(f"{role}@KPT")
    assert (await opened(world, other, concern["id"])).status_code == 404
    with pytest.raises((DBAPIError, asyncpg.PostgresError), match="permission denied"):
        async with world.work(other) as uow:
            await uow.session.execute(text("SELECT sealed FROM concerns"))
    with pytest.raises((DBAPIError, asyncpg.PostgresError), match="permission denied"):
        async with world.work(other) as uow:
            await uow.conn.fetch("SELECT * FROM app.read_concern($1, now())", UUID(concern["id"]))
    assert await world.owner_rows("SELECT FROM concern_readings") == []
    async with world.client(other) as client:
        numbers = [one["number"] for one in (await client.get("/concerns")).json()["items"]]
    assert numbers == ([concern["number"]] if other is monitor else [])


async def test_what_is_about_staff_passes_the_office_by(world: World):
    office, national = await world.person("focal_point@KPT"), await world.person("focal_point")
    concern = await sent(world, await world.person("monitor@KPT"), about_staff=True)
    assert (await opened(world, office, concern["id"])).status_code == 404
    assert (await opened(world, national, concern["id"])).json()["seen"] == SEEN
    told = await world.owner_rows("SELECT staff_id FROM outbox WHERE key = $1", f"concern:{concern['id']}")
    assert [row["staff_id"] for row in told] == [national.id]


async def test_another_offices_focal_point_does_not_know_of_it(world: World):
    concern = await sent(world, await world.person("monitor@KPT"))
    async with world.client(await world.person("focal_point@KMP")) as client:
        assert (await client.get("/concerns")).json()["items"] == []
        assert (await client.get(f"/concerns/{concern['id']}")).status_code == 404
        refused = await client.post(f"/concerns/{concern['id']}/steps", json={"kind": "acknowledged"})
        assert refused.status_code == 404


async def test_it_is_acknowledged_worked_on_and_closed(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    concern = await sent(world, monitor)
    async with world.client(focal) as client, world.client(monitor) as sender:
        steps = f"/concerns/{concern['id']}/steps"
        assert (await client.post(steps, json={"kind": "acknowledged"})).status_code == 201
        mine = (await sender.get(f"/concerns/{concern['id']}")).json()
        assert mine["concern"]["state"] == "acknowledged"
        assert mine["readings"] == []
        assert (await sender.post(steps, json={"kind": "closed", "note": "Gone"})).status_code == 403
        missing = await client.post(steps, json={"kind": "step"})
        assert missing.json()["errors"][0]["field"] == "note"
        step = (await client.post(steps, json={"kind": "closed", "note": "Safe with her aunt."})).json()
        assert step["concern"]["state"] == "closed"
        assert (await client.post(steps, json={"kind": "step", "note": "More"})).status_code == 409
    notes = (await opened(world, focal, concern["id"])).json()["notes"]
    assert list(notes.values()) == ["Safe with her aunt."]


async def test_sent_twice_it_is_one(world: World):
    monitor = await world.person("monitor@KPT")
    key = str(uuid4())
    first, second = await sent(world, monitor, id=key), await sent(world, monitor, id=key)
    assert first == second
    assert len(await world.owner_rows("SELECT FROM concerns")) == 1


async def test_numbers_have_no_gaps_whatever_fails_or_comes_at_once(world: World):
    people = [await world.person("monitor@KPT", name=f"m{number}") for number in range(4)]
    keys = [str(uuid4()) for _ in range(6)]
    vault = Vault(world.settings.concern_public_key, "")

    async def tried(person: Person, key: str, *, fails: bool) -> None:
        data = ConcernIn(id=UUID(key), seen=SEEN, present=PRESENT)
        with suppress(ConnectionAbortedError):
            async with world.work(person) as uow:
                await service.send(uow, data, vault=vault, clock=world.clock)
                if fails:
                    raise ConnectionAbortedError

    await tried(people[0], keys[0], fails=True)
    random = Random(28)
    # The second tap of one person, those of others, and requests that break off after they were written.
    attempts = [(people[at % 4], key, fails) for at, key in enumerate(keys) for fails in (True, False, False)]
    random.shuffle(attempts)
    await asyncio.gather(*(tried(person, key, fails=fails) for person, key, fails in attempts))
    rows = await world.owner_rows("SELECT number FROM concerns ORDER BY number")
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5, 6]


async def test_nobody_counts_but_the_database_itself(world: World):
    monitor = await world.person("monitor@KPT")
    for statement in ("SELECT last FROM concern_numbers", "UPDATE concern_numbers SET last = 9"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with world.work(monitor) as uow:
                await uow.session.execute(text(statement))


async def test_without_a_key_nothing_is_taken_and_the_page_keeps_the_words(world: World):
    world.settings = replace(world.settings, concern_public_key="")
    async with world.browser(await world.person("monitor@KPT")) as browser:
        refused = await browser.post(
            "/concerns/new", data={"seen": SEEN, "present": PRESENT, "office_id": "1"}
        )
    assert refused.status_code == 503
    assert "burns on both arms" in refused.text
    assert "Telephone the safeguarding focal point" in refused.text
    assert await world.owner_rows("SELECT FROM concerns") == []


async def test_another_households_child_is_refused(world: World):
    caseworker = await world.person("caseworker@KPT")
    household, other = await registered(world, caseworker), await registered(world, caseworker)
    stranger = (await members_of(world, other))["Bopha"]
    async with world.client(caseworker) as client:
        refused = await client.post(
            "/concerns",
            json={
                "seen": SEEN,
                "present": PRESENT,
                "household_id": str(household.id),
                "member_id": str(stranger),
            },
        )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "member_id"


async def test_of_whom_somebody_writes_stands_in_no_address(world: World):
    household = await registered(world, await world.person("caseworker@KPT"))
    child = (await members_of(world, household))["Bopha"]
    about, kept = {"household_id": str(household.id)}, {"seen": SEEN, "member_id": str(child)}
    async with world.browser(await world.person("monitor@KPT")) as browser:
        shown = (await browser.get(f"/households/{household.id}")).text
        assert set(re.findall(r"/concerns/[^\"]*", shown)) == {"/concerns/about", "/concerns/new"}
        assert f'name="household_id" value="{household.id}"' in shown
        form = await browser.post("/concerns/about", data=about | {"_shown": "/concerns/new"})
        assert (form.status_code, form.url.query) == (200, b"")
        # In the other language the address is asked for again, and the form drawn with all that was typed.
        assert 'name="next" value="/concerns/new"' in form.text
        again = (await browser.post("/concerns/about", data=about | kept)).text
        assert "burns on both arms" in again
        for page in (form.text, again):
            assert f'name="household_id" value="{household.id}"' in page
            assert f'value="{child}"' in page
        assert (await browser.get("/concerns/about")).headers["location"] == "/concerns/new"
        sent = await browser.post("/concerns/new", data=about | kept | {"present": PRESENT})
        assert str(household.id) not in sent.headers["location"]
    assert await world.owner_rows("SELECT FROM concerns")
    async with world.browser(await world.person("monitor@KMP")) as browser:
        form = (await browser.post("/concerns/about", data=about | kept)).text
        assert str(household.id) not in form
        assert household.code not in form
    async with world.browser(await world.person("finance@KPT")) as browser:
        assert (await browser.post("/concerns/about", data=about)).status_code == 403


async def test_the_pages_lead_from_the_form_to_the_log(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    async with world.browser(monitor) as browser:
        body = {"seen": SEEN, "present": PRESENT, "office_id": "1"}
        sent_page = await browser.post("/concerns/new", data=body, follow_redirects=True)
        assert "Sealed and sent" in sent_page.text
        assert "burns" not in sent_page.text
        address = sent_page.url.path
        assert (await browser.post(f"{address}/readings")).status_code == 404
    async with world.browser(focal) as browser:
        assert 'href="/concerns"' in (await browser.get("/")).text
        assert "burns" not in (await browser.get(address)).text
        page = (await browser.post(f"{address}/readings")).text
        assert "burns on both arms" in page
        assert "Focal_Point.Kpt" in page
        kept = await browser.post(f"{address}/steps", data={"kind": "step"})
        assert kept.status_code == 422


def sends_messages(world: World) -> None:
    world.settings = replace(
        world.settings, public_url=PUBLIC, smtp_url="smtp://127.0.0.1:1?starttls=no", mail_from=SENDER
    )


AT_ONCE = "The focal point is told at once"


@pytest.mark.parametrize("role", [None, "focal_point@KMP", "focal_point@KPT", "focal_point"])
async def test_its_sender_hears_that_the_focal_point_is_told_only_where_that_is_so(
    world: World, role: str | None
):
    monitor = await world.person("monitor@KPT")
    focal = await world.person(role, name="sophea") if role else None
    silent = world.settings
    for way in (None, "telegram", "email"):
        if focal and way:
            await reached(world, focal, way, "77", digest=False, immediate=False)
        for on, about_staff in product((False, True), repeat=2):
            world.settings = silent
            if on:
                sends_messages(world)
            concerned = role == "focal_point" or (role == "focal_point@KPT" and not about_staff)
            told = on and concerned and way == "email"
            body = {"seen": SEEN, "present": PRESENT, "office_id": "1"}
            async with world.browser(monitor) as browser:
                form = (await browser.get("/concerns/new")).text
                assert (AT_ONCE in form) == (told and role == "focal_point")
                if about_staff:
                    body["about_staff"] = "true"
                shown = await browser.post("/concerns/new", data=body, follow_redirects=True)
                again = await browser.get(shown.url.path)
            assert (AT_ONCE in shown.text) == told
            assert ("so nobody can open it" in again.text) == (not concerned)
            numbers = [f'href="tel:{number}"' in again.text for number in (117, 1288, 1280)]
            assert numbers == [not told] * 3
            assert ("Telephone the focal point now: Sophea." in again.text) == (concerned and not told)
            concern = await sent(world, monitor, about_staff=about_staff)
            assert (concern["told"], concern["focal_points"]) == (told, ["Sophea"] if concerned else [])


async def test_whom_to_telephone_is_said_until_somebody_has_acknowledged_it(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    concern = await sent(world, monitor)
    address = f"/concerns/{concern['id']}"
    async with world.browser(monitor) as browser, world.browser(focal) as other:
        assert "Telephone the focal point now" in (await browser.get(address)).text
        assert "Telephone the focal point now" not in (await other.get(address)).text
        await other.post(f"{address}/steps", data={"kind": "acknowledged"})
        assert "Telephone the focal point now" not in (await browser.get(address)).text


async def test_how_somebody_is_reached_is_said_of_focal_points_alone(world: World):
    caseworker = await world.person("caseworker@KPT")
    await reached(world, caseworker, "email", "sophea@example.org")
    async with world.read(await world.person("monitor@KPT")) as reads:
        asked = "SELECT app.focal_point_reached($1, '{email,telegram}')"
        assert await reads.conn.fetchval(asked, [caseworker.id]) is False


def test_only_the_key_that_sealed_opens():
    public, private = make_keys()
    sealed = Vault(public, "").seal(b"words")
    assert Vault("", private).open(sealed) == b"words"
    for wrong in ("", make_keys()[1]):
        with pytest.raises(NotSetUp):
            Vault(public, wrong).open(sealed)


async def test_what_is_open_is_not_cut_off_by_what_was_sent_since_and_closed(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    first = await sent(world, monitor)
    closed = await sent(world, monitor)
    copies = await world.owner_rows(
        "INSERT INTO concerns SELECT (jsonb_populate_record(one, jsonb_build_object('id', uuidv7()))).* "
        "FROM concerns one, generate_series(1, 204) n WHERE one.id = $1 RETURNING id",
        UUID(closed["id"]),
    )
    await world.owner_rows(
        "INSERT INTO concern_steps (id, concern_id, kind, taken_by, taken_at, sealed) "
        "SELECT uuidv7(), one, 'closed', $2, now(), '' FROM unnest($1::uuid[]) one",
        [UUID(closed["id"]), *(row["id"] for row in copies)],
        focal.id,
    )
    async with world.browser(focal) as browser:
        cut = (await browser.get("/concerns")).text
        whole = (await browser.get("/concerns?show=all")).text
    async with world.read(focal) as reads:
        assert await queries.waiting(reads) == 1
    assert f'href="/concerns/{first["id"]}"' in cut
    assert "The first 200 of 206." in cut
    assert 'href="/concerns?show=all"' in cut
    assert "The first" not in whole
    assert [len(re.findall(r'href="/concerns/[0-9a-f-]{36}"', page)) for page in (cut, whole)] == [200, 206]


async def test_what_waits_on_today_is_what_nobody_has_acknowledged_of_those_that_one_handles(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    both = await world.person("focal_point@KPT", "monitor@KPT", name="both")
    waits = await sent(world, monitor)
    for kind in ("acknowledged", "closed"):
        concern = await sent(world, monitor)
        async with world.client(focal) as client:
            step = {"kind": kind} | ({"note": "Safe"} if kind == "closed" else {})
            assert (await client.post(f"/concerns/{concern['id']}/steps", json=step)).status_code == 201
    # Who sent it sees that it was sent; what is about staff they do not handle.
    await sent(world, both, about_staff=True)
    async with world.client(both) as client:
        listed = (await client.get("/concerns")).json()["items"]
    assert len(listed) == 4
    assert [one["id"] for one in listed if one["handles"] and one["state"] == "sent"] == [waits["id"]]
    for who, number in (
        (focal, 1), (both, 1), (await world.person("focal_point"), 2), (await world.person("focal_point@KMP"), 0)
    ):  # fmt: skip
        async with world.read(who) as reads:
            assert await queries.waiting(reads) == number
