"""Whose failures are counted where a proxy stands in front."""

import hashlib
from dataclasses import replace

import httpx
import pytest

from livelihood.app import create_app
from tests.support.world import World

PROXY = "10.0.0.5"
CLIENT = "203.0.113.7"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "counted"),
    [
        ((), PROXY, CLIENT, PROXY),
        ((PROXY,), PROXY, CLIENT, CLIENT),
        (("10.0.0.0/24",), PROXY, CLIENT, CLIENT),
        ((PROXY,), "10.0.0.6", CLIENT, "10.0.0.6"),
        # What the client itself writes stands before what the proxy adds.
        ((PROXY,), PROXY, f"198.51.100.1, {CLIENT}", CLIENT),
        ((PROXY, "10.0.0.6"), PROXY, f"{CLIENT}, 10.0.0.6", CLIENT),
        ((PROXY,), PROXY, "", PROXY),
    ],
)
async def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(
    world: World, trusted: tuple[str, ...], peer: str, forwarded: str, counted: str
):
    settings = replace(world.settings, trusted_proxies=trusted)
    app = create_app(settings, database=world.database, clock=world.clock)
    transport = httpx.ASGITransport(app=app, client=(peer, 1))  # type: ignore[arg-type]
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test/api/v1", headers=headers
    ) as client:
        refused = await client.post("/sessions", json={"username": "nobody", "password": "wrong"})
    assert refused.status_code == 401
    subjects = {row["subject"] for row in await world.owner_rows("SELECT subject FROM sign_in_failures")}
    assert hashlib.sha256(f"address:{counted}".encode()).digest() in subjects
