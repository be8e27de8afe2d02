"""Real workers, killed between the sending of a message and the note of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

from livelihood.clock import Clock
from livelihood.embedded import Valkey
from tests.notices.readers import PUBLIC, SENDER, TOKEN, reached, told
from tests.notices.servers import bot_api, post_office
from tests.support.world import World
from tests.workers.test_crashes import emptied
from tests.workers.test_followups import until, workers

UNSENT = "SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL"


async def test_a_worker_killed_between_sending_and_noting_sends_that_one_message_twice_and_loses_none(
    world: World, valkey: Valkey
) -> None:
    emptied(valkey)
    people = [await world.person("monitor@KPT", name=f"m{number}") for number in range(6)]
    for person in people:
        await reached(world, person, "email", f"{person.username}@example.org")
        await told(world, person)
    async with post_office() as office:
        world.settings = replace(
            world.settings,
            public_url=PUBLIC,
            smtp_url=f"smtp://127.0.0.1:{office.port}?starttls=no",
            mail_from=SENDER,
        )
        with workers(world, valkey.url, world.clock) as start:
            process = start()

            async def kill() -> None:
                if len(office.arrived) == 3 and process.poll() is None:
                    process.kill()
                    await asyncio.to_thread(process.wait)

            office.after_data = kill
            await until(lambda: died(process), 60)
        assert len(office.arrived) == 3
        emptied(valkey)
        # Its lease has run out.
        later = Clock(world.clock.zone, world.clock.offset + timedelta(minutes=2))
        with workers(world, valkey.url, later) as start:
            start()
            await until(lambda: all_sent(world), 60)
    sent = [address for address, _ in office.arrived]
    assert set(sent) == {f"{person.username}@example.org" for person in people}
    assert len(sent) <= 7, "one message came twice at most"
    assert len({letter["Message-ID"] for _, letter in office.arrived}) == 6, "and is the same to a mailbox"
    assert all(isinstance(letter, EmailMessage) for _, letter in office.arrived)


async def test_the_bots_token_is_in_no_log(world: World, valkey: Valkey, tmp_path, capfd) -> None:
    emptied(valkey)
    person = await world.person("focal_point@KPT")
    await reached(world, person, "telegram", "77")
    await told(world, person)
    async with bot_api() as bot:
        bot.replies += [(401, {"ok": False, "error_code": 401}), "drop"]
        world.settings = replace(
            world.settings, public_url=PUBLIC, telegram_token=TOKEN, telegram_url=bot.url
        )
        later = Clock(world.clock.zone, world.clock.offset + timedelta(minutes=2))
        with workers(world, valkey.url, later) as start:
            process = start()
            await until(lambda: asked(bot), 60)
            process.terminate()
            await asyncio.to_thread(process.wait, 20)
        logged = "".join(capfd.readouterr())
    assert "bot cannot be asked" in logged, "something was logged at all"
    assert TOKEN.partition(":")[2] not in logged


async def died(process) -> bool:
    return process.poll() is not None


async def asked(bot) -> bool:
    return len(bot.asked) >= 2


async def all_sent(world: World) -> bool:
    (row,) = await world.owner_rows(UNSENT)
    return row["n"] == 0
