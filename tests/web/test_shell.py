"""What every answer carries, and what is answered to what cannot be read."""

import asyncio
import contextlib
import re
from typing import Any

import pytest

from livelihood.app import create_app
from livelihood.db import read_pool
from tests.support.world import World


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/no-such-page", "/api/v1/nothing", "/health/live", "/households"]
)
async def test_every_answer_has_the_security_headers(world: World, path: str):
    async with world.browser() as browser:
        answer = await browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' + b"1" * 2_000_000, 413),
    ],
)
async def test_a_body_that_is_no_household_is_refused_in_words(world: World, content: bytes, status: int):
    async with world.client(await world.person("caseworker@KPT")) as client:
        refused = await client.post(
            "/households", content=content, headers={"content-type": "application/json"}
        )
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"].endswith(".")


async def test_ready_says_when_the_database_is_gone(world: World):
    async with world.client() as client:
        assert (await client.get("http://test/health/ready")).status_code == 200
        await world.database.pool.close()
        assert (await client.get("http://test/health/ready")).status_code == 503
        assert (await client.get("http://test/health/live")).status_code == 200


async def test_ready_does_not_wait_for_a_connection_that_others_hold(world: World):
    async with contextlib.AsyncExitStack() as held, world.client() as client:
        for _ in range(world.database.pool_size):
            await held.enter_async_context(world.database.pool.held())
        async with asyncio.timeout(8):
            assert (await client.get("http://test/health/ready")).status_code == 503


async def test_who_finds_no_connection_free_is_told_that_the_system_is_busy(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(read_pool, "PATIENCE", 0.05)
    person = await world.person("monitor@KPT")
    async with contextlib.AsyncExitStack() as held, world.client(person) as client:
        for _ in range(world.database.pool_size):
            await held.enter_async_context(world.database.pool.held())
        refused = await client.get("/me")
    assert refused.status_code == 503
    assert "busy" in refused.json()["detail"]


async def test_a_refused_address_gives_its_connection_back(world: World):
    """Litestar drops a connection that was taken where what depends on it is refused, so nothing may."""
    async with world.client(await world.person("monitor@KPT")) as client:
        for _ in range(3 * world.database.pool_size):
            assert (await client.get("/worklist", params={"village": "abc"})).status_code == 400
            assert (await client.get("/worklist/schools", params={"show": "abc"})).status_code == 400
        assert not world.database.pool.free.locked()
        assert (await client.get("/worklist", params={"whose": "mine"})).status_code == 200
    for handler in handlers(world):
        for name, provided in handler.resolve_dependencies().items():
            assert name in {"uow", "reads"} or not {"uow", "reads"} & set(provided.signature_model._fields)


async def test_a_nul_in_a_path_is_refused_in_words(world: World):
    person = await world.person("monitor@KPT")
    async with world.client(person) as client:
        refused = await client.get("/trips/2026-01-02/%00")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "place"
    async with world.browser(person) as browser:
        assert (await browser.get("/trips/2026-01-02/%00")).status_code == 422


async def test_a_handler_takes_one_connection_never_two(world: World):
    """Two generator dependencies end at the same time in Litestar, and a failing COMMIT becomes another error."""
    for handler in handlers(world):
        taken = {"uow", "reads"} & set(handler.parsed_fn_signature.parameters)
        assert len(taken) <= 1, handler
        if "uow" in taken:
            assert not {"GET", "HEAD"} & set(handler.http_methods), handler


def handlers(world: World) -> list[Any]:
    app = create_app(world.settings, database=world.database)
    return [handler for route in app.routes for handler in getattr(route, "route_handlers", [])]


async def test_the_moved_clock_is_shown_on_every_page(world: World):
    from tests.support.world import clock_at

    manager = await world.person("manager")
    async with world.browser(manager) as browser:
        assert 'class="moved"' not in (await browser.get("/households")).text
    world.clock = clock_at("2027-03-04")
    async with world.browser(manager) as browser:
        shown = (await browser.get("/households")).text
    assert 'class="moved"' in shown
    assert "4 Mar 2027" in shown
