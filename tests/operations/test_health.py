"""Whether the installation does its work is seen by those who look after it, and by nobody as more than two words."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from click.testing import CliRunner
from markupsafe import escape
from msgspec import json
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from livelihood.app import create_app
from livelihood.cli import main
from livelihood.embedded import Valkey
from livelihood.operations import rules
from livelihood.operations.rules import Run, State, is_late, job, late_after, workers_late
from tests.followups.stories import anchored
from tests.notices.readers import told as notice
from tests.support.families import registered
from tests.support.world import Person, World
from workers.main import JOBS
from workers.watch import Job, watched

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def run_of(**changes: object) -> Run:
    blank = Run("tick", 2, NOW - timedelta(days=3), None, None, None, None, None, None, 0, 0, 0.0, 0)
    return replace_struct(blank, **changes)


def replace_struct(run: Run, **changes: object) -> Run:
    from msgspec.structs import replace as changed

    return changed(run, **changes)


def tick(work: object, name: str = "tick") -> Job:
    return Job(name, work, every=timedelta(seconds=2), when={})  # type: ignore[arg-type]


async def rows(world: World) -> dict[str, dict[str, object]]:
    return {row["job"]: dict(row) for row in await world.owner_rows("SELECT * FROM worker_runs")}


async def run_all(world: World) -> None:
    from livelihood.db.actor import Named
    from livelihood.operations.service import know

    async with world.worker.work(Named("worker")) as uow:
        await know(uow, {one.name: one.every for one in JOBS})
    ctx = {"database": world.worker, "clock": world.clock, "channels": {}, "public_url": ""}
    for one in JOBS:
        await watched(one, timeout=30)(ctx)


async def test_every_run_is_noted_with_what_it_did(world: World):
    household = await registered(world, await world.person("caseworker@KPT"))
    await anchored(world, household.id)
    await run_all(world)
    noted = await rows(world)
    assert noted.keys() == {one.name for one in JOBS}
    assert noted["reconcile"]["handled"] == 1
    assert all(row["successes"] == 1 and row["failures"] == 0 for row in noted.values())


async def test_a_run_that_fails_is_noted_without_what_was_written(world: World):
    async def fail(ctx: dict[str, object]) -> None:
        async with world.worker.work(WORKER) as uow:
            await uow.conn.execute("INSERT INTO dirty (household_id) VALUES ('sok-dara')")

    from workers.watch import WORKER

    with pytest.raises(asyncpg.PostgresError):
        await watched(tick(fail), timeout=30)({"database": world.worker})
    noted = (await rows(world))["tick"]
    assert noted["last_failed_at"] is not None
    assert noted["last_succeeded_at"] is None
    assert "22P02" in str(noted["error"])
    assert "sok-dara" not in str(noted["error"])


async def test_a_run_that_takes_too_long_is_ended_and_noted(world: World):
    async def hang(ctx: dict[str, object]) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await watched(tick(hang), timeout=0.05)({"database": world.worker})
    assert (await rows(world))["tick"]["error"] == "TimeoutError"


async def test_a_job_is_done_though_it_cannot_be_noted(world: World):
    world.server.sql("REVOKE ALL ON worker_runs FROM livelihood_worker", database=world.name)
    done: list[int] = []

    async def work(ctx: dict[str, object]) -> None:
        done.append(1)

    await watched(tick(work), timeout=30)({"database": world.worker})
    assert done == [1]


def test_a_job_is_late_after_its_interval_and_a_little_more():
    assert late_after(timedelta(seconds=2)) == timedelta(seconds=62)
    assert late_after(timedelta(days=1)) == timedelta(hours=26)
    assert not is_late(run_of(last_succeeded_at=NOW - timedelta(seconds=62)), NOW)
    assert is_late(run_of(last_succeeded_at=NOW - timedelta(seconds=63)), NOW)
    assert is_late(run_of(), NOW), "known for days and never done"
    assert not is_late(run_of(every_seconds=None), NOW), "no worker knows it any more"
    assert workers_late([], NOW)


def test_a_failure_counts_until_the_next_success():
    failed = NOW - timedelta(seconds=10)
    assert (
        job(
            run_of(last_failed_at=failed, error="X", last_succeeded_at=NOW - timedelta(seconds=12)), NOW
        ).state
        is State.LATE
    )
    assert job(run_of(last_failed_at=failed, error="X"), NOW).state is State.WRONG
    assert job(run_of(last_failed_at=failed, error="X", last_succeeded_at=NOW), NOW).state is State.OK


async def test_strangers_are_told_ready_and_whether_the_workers_are_late(world: World):
    async with world.client() as client:
        before = await client.get("http://test/health/ready")
        await run_all(world)
        after = await client.get("http://test/health/ready")
    assert (before.status_code, before.json()) == (200, {"status": "ready", "workers": "late"})
    assert (after.status_code, after.json()) == (200, {"status": "ready", "workers": "ok"})


async def test_the_page_and_its_api_are_for_admins_and_managers(world: World):
    await run_all(world)
    for role, status in (("admin", 200), ("manager", 200), ("supervisor@KPT", 403), ("focal_point", 403)):
        person = await world.person(role)
        async with world.browser(person) as browser, world.client(person) as client:
            assert (await browser.get("/system/")).status_code == status
            answer = await client.get("/system")
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["state"] == "ok", answer.json()
            assert "reconcile" in {check["name"] for check in answer.json()["checks"]}


async def test_every_job_is_told_in_words_of_the_work(world: World):
    assert rules.JOBS.keys() == {one.name for one in JOBS}
    await run_all(world)
    manager = await world.person("manager")
    async with world.browser(manager) as browser, world.client(manager) as client:
        page = (await browser.get("/system/")).text
        checks = {check["name"]: check for check in (await client.get("/system")).json()["checks"]}
    for name, (title, about) in rules.JOBS.items():
        assert checks[name]["title"] == str(title)
        assert "While it is late" in checks[name]["about"]
        assert escape(str(about)) in page
        assert f"({name})" in page
    assert ">Job " not in page


async def test_what_waits_too_long_is_said_with_what_to_do(world: World):
    household = await registered(world, await world.person("caseworker@KPT"))
    await run_all(world)
    await anchored(world, household.id)
    world.server.sql("UPDATE dirty SET marked_at = marked_at - interval '1 hour'", database=world.name)
    async with world.client(await world.person("admin")) as client:
        checks = {check["name"]: check for check in (await client.get("/system")).json()["checks"]}
    assert checks["dirty"]["state"] == "late"
    assert checks["dirty"]["detail"] == "1, the oldest from 60 min ago"
    assert "livelihood worker" in checks["dirty"]["advice"]


async def test_where_no_way_is_set_up_messages_are_off_and_nothing_is_tried(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    person = await world.person("admin")
    await waiting_for(world, person)
    await run_all(world)
    off = replace(world.settings, smtp_url="", telegram_token="")
    on = replace(
        off,
        smtp_url="smtp://localhost:25?starttls=no",
        mail_from="a@example.org",
        public_url="https://l.example.org",
    )
    for settings, state in ((off, "off"), (on, "late")):
        for name, value in replace(settings, owner_database_url="").environment().items():
            monkeypatch.setenv(name, value)
        app = create_app(settings, database=world.database, clock=world.clock)
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            figures = (await client.get("/metrics")).text
        assert f"livelihood_messages_on {float(state != 'off')}" in figures
        assert ('what="messages"' in figures) is (state != "off")
        _, checks = await told()
        assert checks["outbox"]["state"] == state
    async with world.browser(person) as browser, world.client(person) as client:
        assert (await client.get("/system")).json()["state"] == "ok"
        assert "Everything runs, but for what is off." in (await browser.get("/system/")).text
        mine = (await browser.get("/me/notices")).text
    waits = mine[mine.index("Safeguarding notice</strong>") :]
    assert "it is sent once messages are set up" in waits
    assert re.search(r'class="chip due".*waiting</span>', waits)
    assert "next at" not in mine
    assert [row["attempts"] for row in await world.owner_rows("SELECT attempts FROM outbox")] == [0]


async def waiting_for(world: World, person: Person) -> None:
    """A message to this person that was left five minutes ago."""
    await notice(world, person)
    await world.owner_rows("UPDATE outbox SET created_at = created_at - interval '5 minutes'")


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "198.51.100.7"}, 404),
        ("198.51.100.7", {}, 404),
        ("198.51.100.7", {"Authorization": "Bearer wrong"}, 404),
        ("198.51.100.7", {"Authorization": "Bearer long-and-secret"}, 200),
    ],
)
async def test_figures_are_for_this_machine_or_the_token(
    world: World, host: str, headers: dict[str, str], status: int
):
    settings = replace(world.settings, metrics_token="long-and-secret")
    app = create_app(settings, database=world.database, clock=world.clock)
    transport = httpx.ASGITransport(app=app, client=(host, 1))  # type: ignore[arg-type]
    await run_all(world)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        values = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }
        assert values["livelihood_job_runs_total", "reconcile", "success"] == 1
        assert values["livelihood_waiting", "changes"] == 0


@pytest.fixture
def doctored(world: World, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in replace(world.settings, owner_database_url="").environment().items():
        monkeypatch.setenv(name, value)
    return monkeypatch


async def told() -> tuple[int, dict[str, dict[str, str]]]:
    result = await asyncio.to_thread(CliRunner().invoke, main, ["doctor", "--json"])
    return result.exit_code, {check["name"]: check for check in json.decode(result.output)["checks"]}


async def test_the_doctor_finds_nothing_where_all_is_well(
    world: World, valkey: Valkey, doctored: pytest.MonkeyPatch
):
    doctored.setenv("LIVELIHOOD_REDIS_URL", valkey.url)
    await run_all(world)
    code, checks = await told()
    assert code == 0, checks
    assert {"database", "migrations", "clocks", "reconcile", "redis"} <= checks.keys()
    shown = await asyncio.to_thread(CliRunner().invoke, main, ["doctor"])
    assert "What to do" in shown.output


async def test_the_doctor_says_what_is_wrong_and_no_password(world: World, doctored: pytest.MonkeyPatch):
    code, checks = await told()
    assert code == 1
    assert checks["workers"]["detail"] == "No worker has ever started."
    doctored.setenv("LIVELIHOOD_REDIS_URL", "redis://:geheim@127.0.0.1:1/0")
    world.server.sql("UPDATE alembic_version SET version_num = '0001_foundation'", database=world.name)
    doctored.setenv("LIVELIHOOD_WORKER_DATABASE_URL", world.owner.url)
    code, checks = await told()
    assert code == 1
    assert checks["redis"]["state"] == "wrong"
    assert checks["migrations"]["advice"].startswith("Run “livelihood migrate”")
    assert "other rights" in checks["LIVELIHOOD_WORKER_DATABASE_URL"]["detail"]
    doctored.setenv("LIVELIHOOD_DATABASE_URL", "postgresql://app:geheim@127.0.0.1:1/x")
    code, checks = await told()
    assert code == 1
    assert checks["database"]["state"] == "wrong"
    assert "geheim" not in str(checks)
