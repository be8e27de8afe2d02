"""Signing in, over JSON and in the browser; guessing is slowed, across restarts."""

import asyncio
import html
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from livelihood.accounts.rules import FREE_FAILURES, FREE_FAILURES_OF_AN_ADDRESS, LONGEST_WAIT, wait_after
from livelihood.db.actor import Named
from tests.support.world import Person, World
from workers.accounts import forget_ended

PASSWORD = "correct horse battery"


@pytest.fixture
async def monitor(world: World) -> Person:
    person = await world.person("monitor@KPT")
    await world.password(person, PASSWORD)
    return person


async def attempt(world: World, username: str, password: str):
    async with world.client() as client:
        return await client.post("/sessions", json={"username": username, "password": password})


async def fail(world: World, username: str, times: int) -> None:
    for _ in range(times):
        await attempt(world, username, "wrong")


async def test_a_token_opens_the_api_until_it_is_signed_out(world: World, monitor: Person):
    signed_in = await attempt(world, " Monitor.KPT ", PASSWORD)
    assert signed_in.status_code == 201
    headers = {"Authorization": f"Bearer {signed_in.json()['token']}"}
    async with world.client() as client:
        assert (await client.get("/me", headers=headers)).json()["username"] == "monitor.kpt"
        assert (await client.delete("/sessions/current", headers=headers)).status_code == 204
        assert (await client.get("/me", headers=headers)).status_code == 401


async def test_signing_out_everywhere_ends_every_token(world: World, monitor: Person):
    tokens = [(await attempt(world, monitor.username, PASSWORD)).json()["token"] for _ in range(3)]
    async with world.client() as client:
        await client.delete("/sessions", headers={"Authorization": f"Bearer {tokens[0]}"})
        for token in tokens:
            assert (await client.get("/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401


async def test_a_token_is_stored_nowhere(world: World, monitor: Person):
    token = (await attempt(world, monitor.username, PASSWORD)).json()["token"]
    rows = await world.owner_rows("SELECT digest FROM sessions")
    assert all(token.encode() not in row["digest"] for row in rows)
    dump = str(await world.owner_rows("SELECT changed FROM audit.entries"))
    assert token not in dump
    assert "argon2" not in dump


async def test_an_unknown_name_and_a_wrong_password_answer_alike(world: World, monitor: Person):
    unknown = (await attempt(world, "nobody-here", "wrong")).json()
    wrong = (await attempt(world, monitor.username, "wrong")).json()
    assert (
        (unknown["status"], unknown["detail"]) == (wrong["status"], wrong["detail"]) == (401, wrong["detail"])
    )


async def test_a_name_that_cannot_be_stored_is_refused_and_not_a_fault(world: World):
    assert (await attempt(world, "mon\x00itor", PASSWORD)).status_code == 422
    async with world.browser() as browser:
        sent = await browser.post("/sign-in", data={"_username": "mon\x00itor", "_password": PASSWORD})
    assert sent.status_code == 401


@pytest.mark.parametrize("same", ["account", "address"])
async def test_after_repeated_failures_even_the_right_password_waits(
    world: World, monitor: Person, same: str
):
    for number in range(FREE_FAILURES + 1):
        await fail(world, monitor.username if same == "account" else f"guess-{number}", 1)
    if same == "account":
        await forget_addresses(world)
    else:
        await attempts_from_here(world, FREE_FAILURES_OF_AN_ADDRESS)
        await fail(world, "one-more-guess", 1)
    await lengthen_the_wait(world)
    slowed = await attempt(world, monitor.username, PASSWORD)
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1


async def test_a_colleague_who_mistypes_slows_nobody_else_at_the_office(world: World, monitor: Person):
    await fail(world, "somebody.else", FREE_FAILURES + 1)
    await attempts_from_here(world, FREE_FAILURES_OF_AN_ADDRESS)
    assert (await attempt(world, monitor.username, PASSWORD)).status_code == 201


async def attempts_from_here(world: World, failures: int) -> None:
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(
            text(
                "UPDATE sign_in_failures SET failures = :failures WHERE subject = sha256('address:127.0.0.1')"
            ),
            {"failures": failures},
        )


async def lengthen_the_wait(world: World) -> None:
    """As if whoever is slowed by now had gone on, so that a slow machine's next attempt still falls into the wait."""
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(
            text("UPDATE sign_in_failures SET failures = failures + 5 WHERE failures > :free"),
            {"free": FREE_FAILURES},
        )


async def forget_addresses(world: World) -> None:
    """As if the next attempt came from elsewhere: the account's own counter is the one with its five failures."""
    import hashlib

    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(
            text("DELETE FROM sign_in_failures WHERE subject = :subject"),
            {"subject": hashlib.sha256(b"address:127.0.0.1").digest()},
        )


async def test_the_wait_is_remembered_in_the_database_and_ends(world: World, monitor: Person):
    await fail(world, monitor.username, FREE_FAILURES + 1)
    await lengthen_the_wait(world)
    assert (await attempt(world, monitor.username, PASSWORD)).status_code == 429
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(text("UPDATE sign_in_failures SET failed_at = now() - interval '1 hour'"))
    assert (await attempt(world, monitor.username, PASSWORD)).status_code == 201
    assert {row["failures"] for row in await world.owner_rows("SELECT failures FROM sign_in_failures")} == {0}


async def test_guesses_sent_all_at_once_are_counted_one_by_one(world: World, monitor: Person):
    await fail(world, monitor.username, 1)
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(
            text("UPDATE sign_in_failures SET failures = 11, failed_at = now() - interval '1 hour'")
        )
    answers = await asyncio.gather(*(attempt(world, monitor.username, "wrong") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401, *[429] * 11]


async def test_after_a_failure_many_sign_in_at_the_same_moment(world: World, monitor: Person):
    trainer = await world.person("trainer@KPT")
    await world.password(trainer, PASSWORD)
    for _ in range(3):
        await fail(world, monitor.username, 1)
        people = [monitor.username, trainer.username] * 4
        answers = await asyncio.gather(*(attempt(world, username, PASSWORD) for username in people))
        assert {answer.status_code for answer in answers} == {201}


async def test_what_has_ended_is_taken_away_and_the_rest_stays(world: World, monitor: Person):
    await fail(world, monitor.username, 1)
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO sessions (digest, staff_id, expires_at) "
                "SELECT 'ended', staff_id, now() - interval '1 second' FROM sessions"
            )
        )
        await uow.session.execute(
            text("INSERT INTO sign_in_failures VALUES ('old', 9, now() - interval '25 hours')")
        )
    await forget_ended({"database": world.worker})
    assert [row["digest"] for row in await world.owner_rows("SELECT digest FROM sessions")] == [
        monitor.identity.digest
    ]
    assert [row["failures"] for row in await world.owner_rows("SELECT failures FROM sign_in_failures")] == [
        1,
        1,
    ]


@given(st.integers(0, 200))
def test_waits_grow_and_stay_bounded(failures: int):
    assert timedelta(0) <= wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT


async def test_the_page_signs_in_and_leads_on_within_the_site_only(world: World, monitor: Person):
    for target, lands in (
        ("/households", "/households"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil", "/"),
    ):
        async with world.browser() as browser:
            sent = await browser.post(
                "/sign-in", data={"_username": monitor.username, "_password": PASSWORD, "_next": target}
            )
            assert (sent.status_code, sent.headers["location"]) == (303, lands)
            cookie = sent.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "samesite=lax" in cookie.lower()


async def test_a_cookie_does_not_open_the_api_nor_a_token_the_pages(world: World, monitor: Person):
    async with world.browser(monitor) as browser:
        assert (await browser.get("/api/v1/me")).status_code == 401
    async with world.client(monitor) as client:
        assert (await client.get("http://test/households")).status_code == 303


async def test_language_is_chosen_and_kept_with_the_person(world: World, monitor: Person):
    async with world.browser(monitor) as browser:
        assert 'lang="en"' in (await browser.get("/households")).text
        sent = await browser.post("/language", data={"language": "km", "next": "/households"})
        assert sent.status_code == 303, sent.text
        assert '<html lang="km">' in (await browser.get("/households")).text


async def test_audit_and_sign_ins_keep_real_time_whatever_the_clock_shows(world: World, monitor: Person):
    from tests.support.world import clock_at

    world.clock = clock_at("2031-01-01")
    expires = (await attempt(world, monitor.username, PASSWORD)).json()["expires_at"]
    assert datetime.fromisoformat(expires) < datetime.now(UTC) + timedelta(days=1)


async def test_the_other_language_leads_back_to_where_a_form_was_shown(world: World, monitor: Person):
    def following(shown: str) -> str:
        return html.unescape(shown.split('name="next" value="')[1].split('"', maxsplit=1)[0])

    async with world.browser(monitor) as browser:
        listed = await browser.get("/households?q=a&cursor=")
        assert following(listed.text) == "/households?q=a&cursor="
        at = f"/households/{uuid4()}"
        refused = await browser.post("/visits/new", data={"household_id": str(uuid4()), "_shown": at})
        assert refused.status_code >= 400
        assert following(refused.text) == at
        plain = await browser.post("/visits/new", data={"household_id": str(uuid4())})
        assert (await browser.get(following(plain.text))).status_code == 200
        elsewhere = await browser.post("/language", data={"language": "km", "next": "https://example.org"})
        assert elsewhere.headers["Location"] == "/"
