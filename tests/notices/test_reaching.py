"""How a person is reached: confirmed by a code, chosen by themselves, and shown with what became of it."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from livelihood.clock import Clock
from livelihood.notices.channels.telegram import Telegram
from livelihood.notices.linking import link
from livelihood.notices.rules import ChannelKind, Failure
from tests.notices.readers import PUBLIC, SENDER, TOKEN, Post, post_of, reached, row, told
from tests.support.world import Person, World

MINUTE = timedelta(minutes=1)
CODE = re.compile(r"Your code is ([0-9A-Z]{8})")


@pytest.fixture
def switched_on(world: World) -> World:
    """The installation has both ways out."""
    world.settings = replace(
        world.settings,
        public_url=PUBLIC,
        smtp_url="smtp://127.0.0.1:1?starttls=no",
        mail_from=SENDER,
        telegram_token=TOKEN,
    )
    return world


def client(world: World, person: Person) -> httpx.AsyncClient:
    return world.client(person)


async def later(world: World, by: timedelta) -> None:
    world.clock = Clock(world.clock.zone, world.clock.offset + by)


async def linked(post: Post) -> int:
    bot = post.channels[ChannelKind.TELEGRAM]
    assert isinstance(bot, Telegram)
    return await link(post.world.worker, bot, clock=post.world.clock)


async def test_an_address_is_used_once_its_code_came_back(switched_on: World):
    world = switched_on
    person = await world.person("monitor@KPT")
    async with post_of(world) as post, client(world, person) as api:
        asked = await api.post("/me/notices/email", json={"address": "sophea@example.org"})
        assert asked.status_code == 200
        assert asked.json()["email"]["pending"] == "sophea@example.org"
        assert asked.json()["email"]["code"] is None, "the code is in the e-mail and nowhere else"
        await post.deliver()
        ((address, letter),) = post.office.arrived
        assert address == "sophea@example.org"
        (code,) = CODE.findall(letter.get_content())
        wrong = await api.post("/me/notices/email/confirmation", json={"code": "22222222"})
        assert [error["field"] for error in wrong.json()["errors"]] == ["code"]
        typed = f" {code[:4]}-{code[4:].lower()}"
        confirmed = await api.post("/me/notices/email/confirmation", json={"code": typed})
    email = confirmed.json()["email"]
    assert (email["address"], email["pending"]) == ("sophea@example.org", None)
    assert email["digest"], "the first way is used for everything"
    assert email["immediate"]


async def test_a_code_does_not_outlast_its_half_hour(switched_on: World):
    world = switched_on
    person = await world.person("monitor@KPT")
    async with post_of(world) as post:
        async with client(world, person) as api:
            await api.post("/me/notices/email", json={"address": "sophea@example.org"})
            await post.deliver()
        (code,) = CODE.findall(post.office.arrived[0][1].get_content())
        await later(world, 31 * MINUTE)
        async with client(world, person) as api:
            refused = await api.post("/me/notices/email/confirmation", json={"code": code})
    assert refused.status_code == 422


async def test_nobody_is_flooded_with_codes(switched_on: World):
    world = switched_on
    person = await world.person("monitor@KPT")
    async with client(world, person) as api:
        for address, status in (("a@example.org", 200), ("a@example.org", 200), ("b@example.org", 429)):
            answer = await api.post("/me/notices/email", json={"address": address})
            assert answer.status_code == status, answer.text
        assert len(await world.owner_rows("SELECT FROM outbox")) == 1
    await later(world, 2 * MINUTE)
    async with client(world, person) as api:
        assert (await api.post("/me/notices/email", json={"address": "b@example.org"})).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["sophea", "a@b", "sophea@example.org\r\nBcc: b@example.org", "ស@example.org", "a b@c.d", "a@@", " "],
)
async def test_what_is_no_address_is_said_to_be_none(switched_on: World, address: str):
    person = await switched_on.person("monitor@KPT")
    async with client(switched_on, person) as api:
        refused = await api.post("/me/notices/email", json={"address": address})
    assert [error["field"] for error in refused.json()["errors"]] == ["address"]


async def test_a_chat_is_linked_by_the_code_that_it_sends_to_the_bot(switched_on: World):
    world = switched_on
    person, other = await world.person("monitor@KPT"), await world.person("monitor@KMP")
    async with post_of(world) as post:
        assert await linked(post) == 0
        async with client(world, person) as api, client(world, other) as theirs:
            asked = (await api.post("/me/notices/telegram")).json()
            await theirs.post("/me/notices/telegram")
            code = asked["telegram"]["code"]
            assert asked["telegram_bot"] == "livelihood_bot"
            post.bot.says(66, "hello")
            post.bot.says(66, "/start 222222222222")
            post.bot.says(-5, f"/start {code}", kind="group")
            assert await linked(post) == 0
            post.bot.says(77, f"/start {code.lower()}")
            post.bot.says(88, f"/start {code}")
            assert await linked(post) == 1
            found = (await api.get("/me/notices")).json()["telegram"]
            assert (await theirs.get("/me/notices")).json()["telegram"]["confirmed_at"] is None
        assert found["confirmed_at"] is not None
        assert found["code"] is None
        assert found["immediate"]
        await post.deliver()
        assert [chat for chat, _ in post.bot.texts] == [77]
        offsets = [body["offset"] for path, body in post.bot.asked if path.endswith("getUpdates")]
        assert offsets == sorted(offsets)
        assert offsets[-1] > 0, "what was read is not read again"


async def test_the_bot_is_asked_only_while_somebody_waits(switched_on: World):
    world = switched_on
    await world.person("monitor@KPT")
    async with post_of(world) as post:
        for _ in range(3):
            await linked(post)
        assert [path.rpartition("/")[2] for path, _ in post.bot.asked] == ["getMe", "getUpdates"]


async def test_a_bot_that_does_not_answer_is_asked_again_later(switched_on: World):
    world = switched_on
    person = await world.person("monitor@KPT")
    async with post_of(world, patience=0.2) as post:
        async with client(world, person) as api:
            code = (await api.post("/me/notices/telegram")).json()["telegram"]["code"]
        post.bot.says(77, f"/start {code}")
        post.bot.replies.append("hang")
        assert await linked(post) == 0
        assert await linked(post) == 0, "nobody asks while another may still be at it"
        await later(world, 2 * MINUTE)
        assert await linked(post) == 1


async def test_a_focal_point_cannot_fall_silent(switched_on: World):
    world = switched_on
    person = await world.person("focal_point@KPT")
    await reached(world, person, "email", "sophea@example.org")
    async with client(world, person) as api:
        refused = await api.put("/me/notices/choices", json={"digest": None, "immediate": None})
        assert [error["field"] for error in refused.json()["errors"]] == ["immediate"]
        assert (await api.delete("/me/notices/channels/email")).status_code == 409
        await reached(world, person, "telegram", "77", digest=False, immediate=False)
        chosen = await api.put("/me/notices/choices", json={"digest": None, "immediate": "email"})
        assert chosen.json()["must_hear"]
        assert not chosen.json()["email"]["digest"]
        removed = (await api.delete("/me/notices/channels/email")).json()
    assert removed["telegram"]["immediate"], "what came by the way that is gone comes by the one that is left"


async def test_others_may_turn_notices_off_and_choose_only_what_is_confirmed(switched_on: World):
    world = switched_on
    person = await world.person("monitor@KPT")
    await reached(world, person, "email", "sophea@example.org")
    async with client(world, person) as api:
        refused = await api.put("/me/notices/choices", json={"digest": "telegram", "immediate": "email"})
        assert [error["field"] for error in refused.json()["errors"]] == ["digest"]
        off = (await api.put("/me/notices/choices", json={})).json()
        assert (off["email"]["digest"], off["email"]["immediate"]) == (False, False)
        assert (await api.delete("/me/notices/channels/email")).json()["email"]["address"] is None


async def test_a_test_message_goes_once_a_minute_by_the_way_it_tests(switched_on: World):
    world = switched_on
    person = await world.person("monitor@KPT")
    await reached(world, person, "email", "sophea@example.org")
    await reached(world, person, "telegram", "77", digest=False, immediate=False)
    async with post_of(world) as post, client(world, person) as api:
        for channel in ("telegram", "email", "email"):
            await api.post("/me/notices/tests", json={"channel": channel})
        await post.deliver()
        assert len(post.bot.texts) == 1
        assert 1 <= len(post.office.arrived) <= 2  # the minute may turn between the two
        shown = (await api.get("/me/notices")).json()["deliveries"]
    assert {(one["kind"], one["channel"], one["state"]) for one in shown} == {
        ("test", "telegram", "sent"),
        ("test", "email", "sent"),
    }


async def test_nobody_sees_how_others_are_reached(switched_on: World):
    world = switched_on
    person, other = await world.person("focal_point"), await world.person("admin")
    await reached(world, person, "email", "sophea@example.org")
    async with world.read(other) as reads:
        assert await reads.conn.fetch("SELECT FROM channels") == []
    async with world.work(other) as uow:
        assert await uow.conn.execute("UPDATE channels SET immediate = false") == "UPDATE 0"


async def test_an_administrator_sees_who_was_not_reached_and_nothing_else(switched_on: World):
    world = switched_on
    admin, focal = await world.person("admin"), await world.person("focal_point@KPT")
    await reached(world, focal, "email", "sophea@example.org")
    await told(world, focal, path="/alerts#0199")
    async with post_of(world) as post:
        post.office.answers["sophea@example.org"] = "550 no such mailbox"
        await post.deliver()
    await told(world, focal)
    async with client(world, admin) as api:
        answer = await api.get("/deliveries")
    (one,) = answer.json()
    assert (one["name"], one["given_up"], one["last_error"]) == ("Focal_Point.Kpt", 1, "refused")
    assert "alerts" not in answer.text
    assert "sophea@" not in answer.text
    async with client(world, focal) as api:
        assert (await api.get("/deliveries")).status_code == 403
    async with world.read(focal) as reads:
        assert await reads.conn.fetch("SELECT * FROM app.undelivered('-infinity')") == []


async def test_without_a_way_out_the_page_says_so_plainly(world: World):
    person = await world.person("focal_point@KPT")
    async with world.browser(person) as browser:
        shown = await browser.get("/me/notices")
        assert "Messages are not set up here" in shown.text
        assert '<form method="post" action="/me/notices' not in shown.text
    async with client(world, person) as api:
        refused = await api.post("/me/notices/email", json={"address": "sophea@example.org"})
    assert refused.json()["code"] == "channel-off"


async def test_the_page_leads_through_it_without_a_script(switched_on: World):
    world = switched_on
    person = await world.person("focal_point@KPT")
    async with post_of(world) as post, world.browser(person) as browser:
        assert "no notice reaches you yet" in (await browser.get("/me/notices")).text
        wrong = await browser.post("/me/notices/email", data={"address": "sophea"})
        assert wrong.status_code == 422
        assert 'value="sophea"' in wrong.text
        asked = await browser.post("/me/notices/email", data={"address": "sophea@example.org"})
        assert asked.headers["location"] == "/me/notices?done=code"
        await post.deliver()
        (code,) = CODE.findall(post.office.arrived[0][1].get_content())
        confirmed = await browser.post("/me/notices/email/confirmation", data={"code": code})
        assert confirmed.headers["location"] == "/me/notices?done=confirmed"
        refused = await browser.post("/me/notices/choices", data={"digest": "email", "immediate": ""})
        assert refused.status_code == 422
        key = await told(world, person)
        post.office.answers["sophea@example.org"] = "550 no such mailbox"
        await post.deliver()
        shown = (await browser.get("/me/notices")).text
    assert (await row(world, key))["last_error"] == Failure.REFUSED
    assert "the address was refused; tried 1 time" in shown
    assert "safeguarding notices cannot be turned off" in shown
