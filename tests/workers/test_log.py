"""A database that refuses tells the log what broke, and nothing of what was written."""

import asyncio
import io
import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from livelihood.db.actor import Named
from livelihood.embedded import Valkey
from tests.followups.stories import PAID, anchored, clock_on
from tests.support.families import registered
from tests.support.world import World
from workers.log import WithoutValues

SECRET = "sok-dara-012345678"

REFUSING = f"""
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'no room for {SECRET}' USING ERRCODE = 'check_violation', DETAIL = 'Row contains {SECRET}';
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON follow_ups FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def test_an_error_of_the_database_is_logged_without_values(world: World):
    log, written = logging.getLogger("test"), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(WithoutValues())
    log.addHandler(handler)
    insert = text("INSERT INTO staff (id, username, name) VALUES (uuidv7(), :username, 'Dara')")
    with pytest.raises(IntegrityError) as refused:
        async with world.owner.work(Named("setup")) as uow:
            await uow.session.execute(insert, {"username": SECRET})
            await uow.session.execute(insert, {"username": SECRET})
    try:
        log.error("failed: %s", refused.value, exc_info=refused.value)
    finally:
        log.removeHandler(handler)
    assert SECRET not in written.getvalue()
    assert "failed: IntegrityError" in written.getvalue()
    assert "UniqueViolationError 23505" in written.getvalue()


async def test_a_worker_that_is_refused_writes_no_values(world: World, valkey: Valkey, tmp_path: Path):
    world.server.sql(REFUSING, database=world.name)
    household = await registered(world, await world.person("caseworker@KPT"))
    await anchored(world, household.id)
    settings = replace(
        world.settings, redis_url=valkey.url, owner_database_url="", clock_offset=clock_on(PAID).offset
    )
    path = tmp_path / "log"
    with path.open("wb") as log:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "workers", env={**os.environ, **settings.environment()}, stderr=log
        )
        try:
            deadline = time.monotonic() + 30
            while "23514" not in path.read_text():
                assert time.monotonic() < deadline, path.read_text()
                await asyncio.sleep(0.1)
        finally:
            worker.kill()
            await worker.wait()
    assert f"household {household.id} could not be worked out" in path.read_text()
    assert SECRET not in path.read_text()
