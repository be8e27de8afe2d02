"""Two releases side by side: what the one writes of a preview, the other reads as far as it understands it."""

import json
from typing import Any
from uuid import UUID

import pytest

from livelihood.followups import previewing
from livelihood.followups.rules.previews import Effect, PreviewState
from tests.desk.test_today import seen
from tests.followups.policies import drafted, previewed, version
from tests.followups.stories import PAID, clock_on
from tests.followups.test_previews import families
from tests.support.world import Person, World

EXAMPLE = {"effect": "moved", "household_code": "KPT-00001", "protocol": "school_retention", "slot": "month_1",
           "purpose": "school", "was_due_on": "2026-02-12", "due_on": "2026-02-13"}  # fmt: skip
OLDER = {"office_id": 1, "households": 2, "moved": 3}
NEWER = OLDER | {"spoken_of": 4, "by_kind": {"x": 1}}


async def asked(world: World) -> tuple[Person, UUID]:
    manager = await world.person("manager")
    world.clock = clock_on(PAID)
    await families(world, count=1)
    return manager, await drafted(world, manager, "school_retention", version(PAID.isoformat()), world.clock)


async def written(world: World, preview_id: UUID, **columns: Any) -> None:
    for name, value in columns.items():
        await world.owner_rows(
            f"UPDATE previews SET {name} = $2 WHERE id = $1", preview_id, json.dumps(value)
        )


@pytest.mark.parametrize(
    ("counts", "example", "effect"),
    [
        (OLDER, EXAMPLE, Effect.MOVED),
        (NEWER, EXAMPLE | {"spoken_of": True}, Effect.MOVED),
        (NEWER, EXAMPLE | {"effect": "of_tomorrow"}, Effect.OTHERWISE),
    ],
    ids=["older", "newer", "newer effect"],
)
async def test_what_another_release_worked_out_is_read(
    world: World, counts: dict[str, Any], example: dict[str, Any], effect: Effect
) -> None:
    manager, preview = await asked(world)
    await previewed(world, manager, preview, world.clock)
    await written(world, preview, counts=[counts], examples=[example])
    async with world.client(manager) as client:
        found = (await client.get(f"/previews/{preview}")).json()
    assert (found["counts"][0]["households"], found["counts"][0]["moved"]) == (2, 3)
    assert found["counts"][0]["measured_of"] == 0
    assert found["examples"][0]["effect"] == effect
    async with world.browser(manager) as browser:
        shown = await browser.get(f"/previews/{preview}")
        assert shown.status_code == 200, shown.text
        assert "KPT-00001" in shown.text


async def test_what_another_release_was_asked_for_is_not_guessed_at_and_stands_in_nobodys_way(
    world: World,
) -> None:
    manager, preview = await asked(world)
    (row,) = await world.owner_rows("SELECT what FROM previews WHERE id = $1", preview)
    change = json.loads(row["what"])
    change["protocol"]["slots"][0]["only_on_mondays"] = True
    await written(world, preview, what=change)
    second = await world.person("manager", name="second")
    behind = await drafted(world, second, "business_support", version(PAID.isoformat()), world.clock)
    await previewing.tick(world.worker, world.clock)
    assert (await previewed(world, second, behind, world.clock)).state is PreviewState.DONE
    async with world.client(manager) as client:
        for answer in (
            await client.get(f"/previews/{preview}"),
            await client.post(f"/previews/{preview}/in-force"),
            await client.post(f"/previews/{preview}/again", json={}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "preview-unreadable"), answer.text
    async with world.browser(manager) as browser:
        shown = await browser.get(f"/previews/{preview}")
        assert shown.status_code == 409
        assert "ask for the preview again" in seen(shown.text)
        assert 'href="/protocols"' in shown.text
