"""The lists that are asked for most are answered past the framework exactly as through it."""

import itertools
import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from livelihood.app import COMPRESS_FROM
from livelihood.web.shortcut import query_of
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.world import World, app_of

LISTS: dict[str, dict[str, list[str]]] = {
    "/follow-ups": {
        "state": ["due", "upcoming", "overdue", "late", ""],
        "purpose": ["school", "home", "play"],
        "village": ["08030401", "8030401", ""],
        "office": ["1", "2", "0", "-1", "x", "40000"],
        "cursor": ["next", "there"],
        "limit": ["1", "2", "0", "201", "two"],
        "household_id": ["1"],  # taken by no list
    },
    "/silence": {
        "office": ["1", "2", "0", "x"],
        "monitor": [str(uuid4()), "someone"],
        "level": ["reminder", "escalated_manager", "alarm"],
        "risk": ["high", "standard", "low"],
        "cursor": ["next", "there"],
        "limit": ["1", "2", "0", "201"],
    },
}


def long(query: str) -> str:
    """The same question, not written plainly: the framework takes it apart."""
    return "&" + "&".join(
        f"{name}={''.join(f'%{ord(one):02x}' for one in value)}"
        for name, value in (pair.split("=") for pair in query.split("&") if pair)
    )


def asked(path: str, whole: random.Random, cursor: str) -> str:
    some = {name: whole.choice(values) for name, values in LISTS[path].items() if whole.random() < 0.3}
    return "&".join(f"{name}={cursor if value == 'next' else value}" for name, value in some.items())


def answered(answer: httpx.Response) -> tuple[Any, ...]:
    own = {
        "x-request-id",
        "content-length",
    }  # an archive differs by a name in its head; the body is held below
    heads = {name: value for name, value in answer.headers.items() if name not in own}
    body = answer.json()
    given = body.pop("request_id", answer.headers["x-request-id"])
    assert given == answer.headers["x-request-id"]
    return answer.status_code, heads, body


@pytest.mark.parametrize("path", LISTS)
async def test_both_ways_answer_alike(world: World, path: str) -> None:
    await paid_family(world)
    world.clock = clock_on(MONTH_1 + timedelta(days=40))
    people = [
        await monitor(world),
        await world.person("manager"),
        await world.person("finance@KPT"),
        await world.person("monitor@KMP"),
        None,
    ]
    whole = random.Random(path)
    met: set[tuple[int, bool]] = set()
    for person, language, encoding in itertools.product(people, ["en", "km"], ["gzip, br", "identity"]):
        async with world.client(person) as client:
            client.headers.update({"accept-language": language, "accept-encoding": encoding})
            cursor = (await client.get(f"{path}?limit=1")).json().get("next_cursor") or "there"
            for query in ["", *(asked(path, whole, cursor) for _ in range(20))]:
                short, slow = [await client.get(f"{path}?{text}") for text in (query, long(query))]
                assert answered(short) == answered(slow), query
                met.add((short.status_code, "content-encoding" in short.headers))
    assert {(200, True), (200, False), (400, False), (401, False), (403, False), (422, False)} <= met


@pytest.mark.parametrize(
    ("path", "query", "arguments"),
    [
        ("/follow-ups", "", {"limit": 50, "in_state": None}),
        ("/follow-ups", "state=overdue&office=2&limit=7", {"in_state": "overdue", "office": 2, "limit": 7}),
        ("/silence", "risk=high&cursor=WyIyMDI2_-", {"risk": "high", "cursor": "WyIyMDI2_-", "level": None}),
        ("/follow-ups", "in_state=overdue", None),
        ("/follow-ups", "limit=0", None),
        ("/follow-ups", "limit=5&limit=6", None),
        ("/follow-ups", "limit=5&", None),
        ("/follow-ups", "state=", None),
        ("/follow-ups", "state=over%64ue", None),
        ("/follow-ups", "sate=overdue", None),
    ],
)
async def test_what_is_plain_and_declared_is_read_and_the_rest_is_left(
    world: World, path: str, query: str, arguments: dict[str, Any] | None
) -> None:
    (route,) = (one for one in app_of(world).routes if one.path == f"/api/v1{path}")
    read = query_of(route.route_handler_map["GET"][0])(query.encode())  # type: ignore[union-attr]
    assert (read and {name: read[name] for name in arguments or {}}) == arguments


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("deflate, gzip ; q=1.000, *;q=0", True),
        ("gzip;q=0", False),
        ("br, gzip; Q = 0.00, *;q=0.1", False),
        ("gzipped", False),
        ("", False),
    ],
)
async def test_an_answer_is_compressed_only_for_who_takes_it(
    world: World, accepted: str, compressed: bool
) -> None:
    await paid_family(world)
    world.clock = clock_on(MONTH_1)
    person = await monitor(world)
    async with world.client(person) as client, world.browser(person) as browser:
        for asking, address in ((client, "/follow-ups"), (client, "/follow-ups?&limit=50"), (browser, "/")):
            answer = await asking.get(address, headers={"Accept-Encoding": accepted})
            assert len(answer.content) >= COMPRESS_FROM, address
            assert (answer.headers.get("content-encoding") == "gzip") == compressed, address


async def test_only_asking_goes_the_short_way(world: World) -> None:
    async with world.client(await monitor(world)) as client:
        for method in ("POST", "PUT", "DELETE"):
            assert (await client.request(method, "/follow-ups")).status_code == 405
        assert (await client.head("/follow-ups")).status_code == 405
