"""A real mail server and a bot API that refuse, hang and hang up: what arrives, what is tried again, what is given up."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from livelihood.db.actor import Named
from livelihood.notices import sending
from livelihood.notices.rules import ChannelKind, Count, Kind
from tests.notices.readers import PUBLIC, post_of, reached, reads, row, told
from tests.support.world import World

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
KHMER = re.compile(r"[\u1780-\u17ff]")


async def test_a_notice_arrives_by_the_channel_that_the_person_chose(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "email", "sophea@example.org", immediate=False)
    await reached(world, person, "telegram", "77", digest=False)
    async with post_of(world) as post:
        matter = await told(world, person)
        digest = await told(world, person, Kind.DIGEST, path="/", counts={Count.OVERDUE: 1, Count.DUE: 12})
        assert await post.deliver() == 2
        assert await post.deliver(later=HOUR) == 0
    ((address, letter),) = post.office.arrived
    assert (address, letter["To"], letter["Subject"]) == (
        "sophea@example.org",
        "sophea@example.org",
        "Livelihood: your work today",
    )
    body = letter.get_content().replace("\r\n", "\n")
    assert body.index("1 check is overdue") < body.index("12 checks are due")
    assert "https://livelihood.example.org/\n" in body
    ((chat, text),) = post.bot.texts
    assert chat == 77
    assert "https://livelihood.example.org/alerts" in text
    for key, channel in ((matter, "telegram"), (digest, "email")):
        found = await row(world, key)
        assert (found["channel"], found["last_error"], found["attempts"]) == (channel, None, 1)
        assert found["sent_at"] is not None


async def test_a_reader_of_khmer_is_written_to_in_khmer(world: World):
    person = await world.person("focal_point@KPT")
    await reads(world, person, "km")
    await reached(world, person, "email", "sophea@example.org")
    async with post_of(world) as post:
        await told(world, person)
        await told(world, person, Kind.DIGEST, path="/", counts=dict.fromkeys(Count, 2))
        await post.deliver()
    for _, letter in post.office.arrived:
        lines = [letter["Subject"], *letter.get_content().splitlines()]
        for line in lines:
            assert not line or KHMER.search(line) or line.startswith("https://"), line


@pytest.mark.parametrize(("answer", "for_good"), [("550 no such mailbox", True), ("450 greylisted", False)])
async def test_a_refused_recipient_is_given_up_at_once_unless_it_is_for_now(
    world: World, answer: str, for_good: bool
):
    person = await world.person("monitor@KPT")
    await reached(world, person, "email", "sophea@example.org")
    key = await told(world, person, Kind.DIGEST)
    async with post_of(world) as post:
        post.office.answers["sophea@example.org"] = answer
        assert await post.deliver() == 0
        found = await row(world, key)
        assert found["last_error"] == ("refused" if for_good else "busy")
        assert (found["given_up_at"] is not None) is for_good
        post.office.answers.clear()
        assert await post.deliver(later=MINUTE) == (0 if for_good else 1)


async def test_a_safeguarding_notice_goes_the_other_way_where_the_chosen_one_refuses(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "email", "sophea@example.org")
    await reached(world, person, "telegram", "77", digest=False, immediate=False)
    matter, digest = await told(world, person), await told(world, person, Kind.DIGEST)
    async with post_of(world) as post:
        post.office.answers["sophea@example.org"] = "550 no such mailbox"
        assert await post.deliver() == 1
        assert [chat for chat, _ in post.bot.texts] == [77]
        assert (await row(world, matter))["channel"] == "telegram"
        assert (await row(world, digest))["given_up_at"] is not None
        (behind,) = await world.owner_rows("SELECT app.backlog(current_date) ->> 'unsent' AS unsent")
        assert behind["unsent"] == "0", "no worker is behind with it"


async def test_where_both_ways_refuse_it_is_given_up_and_not_tried_for_ever(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "email", "sophea@example.org")
    await reached(world, person, "telegram", "77", digest=False, immediate=False)
    key = await told(world, person)
    async with post_of(world) as post:
        post.office.answers["sophea@example.org"] = "550 no such mailbox"
        post.bot.replies.append((403, {"ok": False, "error_code": 403, "description": "blocked by the user"}))
        await post.deliver()
    found = await row(world, key)
    assert (found["attempts"], found["last_error"], found["given_up_at"] is None) == (2, "refused", False)


async def test_too_many_requests_waits_as_long_as_telegram_says(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "telegram", "77")
    key = await told(world, person)
    async with post_of(world) as post:
        parameters = {"retry_after": 300}
        post.bot.replies.append((429, {"ok": False, "error_code": 429, "parameters": parameters}))
        await post.deliver()
        assert (await row(world, key))["last_error"] == "busy"
        assert await post.deliver(later=4 * MINUTE) == 0
        assert await post.deliver(later=2 * MINUTE) == 1


@pytest.mark.parametrize("code", [400, 403])
async def test_a_chat_that_is_closed_to_us_is_given_up(world: World, code: int):
    person = await world.person("monitor@KPT")
    await reached(world, person, "telegram", "77")
    key = await told(world, person)
    async with post_of(world) as post:
        post.bot.replies.append((code, {"ok": False, "error_code": code}))
        await post.deliver()
    found = await row(world, key)
    assert (found["attempts"], found["last_error"], found["given_up_at"] is None) == (1, "refused", False)


async def test_a_server_that_hangs_holds_up_nobody_on_the_other_channel(world: World):
    people = [await world.person("monitor@KPT", name=f"m{number}") for number in range(3)]
    for person in people:
        await reached(world, person, "email", f"{person.username}@example.org")
    other = await world.person("focal_point@KPT")
    await reached(world, other, "telegram", "77")
    keys = [await told(world, person) for person in people]
    await told(world, other)
    async with post_of(world, patience=0.2) as post:
        post.office.hangs = True
        assert await post.deliver() == 1
        assert len(post.office.asked) == 1, "the server in trouble is asked once in one go"
        tried = sorted(
            [(found["attempts"], found["last_error"]) for key in keys for found in [await row(world, key)]]
        )
        assert tried == [(0, None), (0, None), (1, "timeout")]
        post.office.hangs = False
        assert await post.deliver(later=MINUTE) == 3


@pytest.mark.parametrize("trouble", ["hangs_up", "closed"])
async def test_what_is_cut_off_is_tried_again_and_arrives_once(world: World, trouble: str):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "email", "sophea@example.org")
    key = await told(world, person)
    async with post_of(world) as post:
        channel = post.channels[ChannelKind.EMAIL]
        if trouble == "closed":
            server = channel.server
            channel.server = type(server)("127.0.0.1", 1, None, None, tls=False, starttls=False)
        else:
            post.office.hangs_up = True
        await post.deliver()
        assert (await row(world, key))["last_error"] == "unreachable"
        post.office.arrived.clear()
        post.office.hangs_up = False
        if trouble == "closed":
            channel.server = server
        assert await post.deliver(later=MINUTE) == 1
        assert len(post.office.arrived) == 1


async def test_the_bot_hanging_up_or_answering_nonsense_is_no_end(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "telegram", "77")
    key = await told(world, person)
    async with post_of(world, patience=0.2) as post:
        for reply, failure in (
            ("hang", "timeout"),
            ("drop", "unreachable"),
            ((502, {"nonsense": 1}), "busy"),
            ((401, {"ok": False, "error_code": 401}), "setup"),
        ):
            post.bot.replies.append(reply)
            await post.deliver(later=HOUR)
            assert (await row(world, key))["last_error"] == failure
        assert await post.deliver(later=HOUR) == 1


async def test_waits_grow_and_after_a_day_it_is_given_up(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "email", "sophea@example.org")
    key = await told(world, person)
    async with post_of(world) as post:
        post.office.data_answer = "451 later"
        began, attempts = world.clock.now(), 0
        waits: list[float] = []
        while (found := await row(world, key))["given_up_at"] is None:
            if found["attempts"]:
                waits.append((found["send_after"] - world.clock.now()).total_seconds())
            await post.deliver(later=max(found["send_after"] - world.clock.now(), timedelta(0)))
            attempts += 1
            assert attempts < 50
        # The clock goes on between an attempt and the look at what it left: in half minutes that does not show.
        rounded = [round(wait / 30) for wait in waits]
        assert rounded[:8] == [1, 2, 4, 8, 16, 32, 64, 120]
        assert set(rounded[7:]) == {120}
        assert timedelta(hours=22) < world.clock.now() - began < timedelta(hours=24)


async def test_two_workers_send_each_message_once(world: World):
    people = [await world.person("monitor@KPT", name=f"m{number}") for number in range(12)]
    for person in people:
        await reached(world, person, "email", f"{person.username}@example.org")
        await told(world, person)
    async with post_of(world) as post:
        assert sum(await asyncio.gather(*(post.deliver() for _ in range(3)))) == 12
        assert sorted(address for address, _ in post.office.arrived) == sorted(
            f"{person.username}@example.org" for person in people
        )


async def test_nobody_confirmed_nothing_is_lost_until_there_is_an_address(world: World):
    person = await world.person("focal_point@KPT")
    key = await told(world, person)
    async with post_of(world) as post:
        await post.deliver()
        assert (await row(world, key))["last_error"] == "no_address"
        await reached(world, person, "email", "sophea@example.org")
        assert await post.deliver(later=MINUTE) == 1


@pytest.mark.parametrize("reason", ["no_address", "off"])
async def test_a_safeguarding_notice_waits_untried_for_a_way_however_long_that_takes(
    world: World, reason: str
):
    person = await world.person("focal_point@KPT")
    if reason == "off":
        await reached(world, person, "telegram", "77")
    key, digest = await told(world, person), await told(world, person, Kind.DIGEST, path="/")
    async with post_of(world) as post:
        telegram = post.channels.pop(ChannelKind.TELEGRAM)
        for _ in range(12):
            assert await post.deliver(later=timedelta(hours=5)) == 0
        waiting = await row(world, key)
        assert (waiting["last_error"], waiting["attempts"], waiting["given_up_at"]) == (reason, 0, None)
        assert (await row(world, digest))["given_up_at"] is not None
        world.settings = replace(world.settings, smtp_url="smtp://127.0.0.1:1", public_url=PUBLIC)
        async with world.browser(person) as browser:
            assert "it is sent as soon as there is a way to you" in (await browser.get("/me/notices")).text
        if reason == "off":
            post.channels[ChannelKind.TELEGRAM] = telegram
        else:
            await reached(world, person, "email", "sophea@example.org")
            post.office.data_answer = "451 later"
            assert await post.deliver() == 0
            assert (await row(world, key))["given_up_at"] is None, (
                "the first try of an old one is not its last"
            )
            post.office.data_answer = "250 taken"
        assert await post.deliver(later=MINUTE) == 1
    assert (await row(world, key))["sent_at"] is not None


async def test_notices_that_waited_for_days_reach_a_person_as_one(world: World):
    person, other = await world.person("focal_point@KPT"), await world.person("focal_point")
    old = [await told(world, person) for _ in range(3)]
    of_another = await told(world, other)
    async with post_of(world) as post:
        await post.deliver()
        await post.deliver(later=timedelta(days=4))
        new = await told(world, person)
        await reached(world, person, "email", "sophea@example.org")
        assert await post.deliver() == 2
        texts = [letter.get_content() for _, letter in post.office.arrived]
        assert await post.deliver(later=timedelta(days=1)) == 0
    assert sorted(f"{PUBLIC}/alerts" in text for text in texts) == [False, True]
    assert all([(await row(world, key))["sent_at"] for key in (*old, new)])
    assert (await row(world, of_another))["sent_at"] is None


async def test_a_channel_that_is_off_sends_nothing_and_says_so(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "telegram", "77")
    key = await told(world, person)
    async with post_of(world) as post:
        del post.channels[ChannelKind.TELEGRAM]
        assert await post.deliver() == 0
    assert (await row(world, key))["last_error"] == "off"
    assert post.bot.asked == []


async def test_who_turned_notices_off_gets_none_unless_they_are_a_focal_point(world: World):
    monitor, focal = await world.person("monitor@KPT"), await world.person("focal_point")
    for number, person in enumerate((monitor, focal)):
        await reached(world, person, "telegram", str(number), digest=False, immediate=False)
    unwanted, heard = await told(world, monitor), await told(world, focal)
    async with post_of(world) as post:
        assert await post.deliver() == 1
    assert (await row(world, unwanted))["last_error"] == "unwanted"
    assert (await row(world, heard))["sent_at"] is not None


async def test_safeguarding_goes_before_what_waited_longer(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "telegram", "77")
    await told(world, person, Kind.DIGEST, path="/")
    await told(world, person)
    async with post_of(world) as post:
        await post.deliver()
        assert ["safeguarding" in text for _, text in post.bot.texts] == [True, False]


async def test_old_messages_are_forgotten_and_waiting_ones_are_not(world: World):
    person = await world.person("focal_point@KPT")
    await reached(world, person, "telegram", "77")
    sent, waiting = await told(world, person), ""
    async with post_of(world) as post:
        await post.deliver()
        waiting = await told(world, person)
        for days, left in ((29, {sent, waiting}), (2, {waiting})):
            post.world.clock = type(world.clock)(world.clock.zone, world.clock.offset + timedelta(days=days))
            async with world.worker.work(Named("worker")) as uow:
                await sending.forget(uow, clock=world.clock)
            assert {found["key"] for found in await world.owner_rows("SELECT key FROM outbox")} == left
