"""A whole installation on one machine, for `livelihood demo` and `livelihood up`: servers, pages and workers.

They start in the order in which they need each other and stop in the opposite one. Whatever kills the runner, the
next start finds the data and no process in its way.
"""

# ruff: noqa: S603 - the commands are this program's own

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from livelihood import parent
from livelihood.concerns.vault import make_keys
from livelihood.db import migrate
from livelihood.embedded import OWNER, Postgres, Valkey
from livelihood.ports import require_usable
from livelihood.settings import HOST, NOW, Settings

DATABASE = "livelihood"
UNFINISHED = "livelihood_unfinished"
FOLDERS = {"demo": "demo", "up": "office"}
"""By command, the folder of its installation under LIVELIHOOD_DATA_DIR."""
RUNNING = "running.json"
READY_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class RunnerError(Exception):
    """The installation cannot start, or a part of it ended; the text is a sentence."""


class Stopped(BaseException):
    """Somebody asked the runner to stop; not an error, so nothing on the way treats it as one."""


@dataclass(frozen=True)
class Part:
    """A process of the installation other than its servers."""

    title: str
    process: subprocess.Popen[bytes]
    log: Path

    def require_alive(self) -> None:
        if self.process.poll() is not None:
            raise RunnerError(f"{self.title} ended by itself ({self.process.returncode}). {tail(self.log)}")


def keys_in(folder: Path) -> tuple[str, str]:
    """The public and private key of this installation's concerns, made once and readable by its owner alone."""
    path = folder / "concern.keys"
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text("\n".join(make_keys()))
        unfinished.rename(path)
    public, private = path.read_text().split()
    return public, private


@dataclass
class Installation:
    """`load` fills a new database, given settings that reach it; without it the database starts empty."""

    settings: Settings
    folder: Path
    port: int
    tell: Callable[[str], None]
    load: Callable[[Settings], None] | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Generator[tuple[Settings, list[Part]]]:
        """Everything is up inside the block. Raises PortUnusable, EmbeddedError, RunnerError, or whatever `load` raises."""
        require_usable(HOST, self.port)
        with contextlib.ExitStack() as stack:
            self.tell("Starting PostgreSQL and Valkey …")
            postgres = stack.enter_context(Postgres(self.folder / "postgres"))
            valkey = stack.enter_context(Valkey(self.folder / "valkey"))
            public, private = keys_in(self.folder)
            reached = replace(
                self.settings, redis_url=valkey.url, concern_public_key=public, concern_private_key=private
            )
            settings = self.prepare(postgres, reached)
            # Pages and workers migrate nothing, so the owner's address is not theirs to know.
            environment = {
                **{name: value for name, value in os.environ.items() if name != NOW},
                **replace(settings, owner_database_url="").environment(),
                **parent.announced(),
            }
            self.tell("Starting pages, API and workers …")
            serve = ["serve", "--host", HOST, "--port", str(self.port)]
            stack.enter_context(self.findable(settings))
            parts = [
                stack.enter_context(self.started("The worker", ["worker"], environment)),
                stack.enter_context(self.started("The web server", serve, environment)),
            ]
            self.wait_until_ready(parts)
            yield settings, parts

    def prepare(self, postgres: Postgres, settings: Settings) -> Settings:
        """The settings that reach the installation's database, made, migrated and filled.

        A new database has another name until it is complete, so that what a killed first start left is thrown away.
        """
        if DATABASE not in postgres.databases():
            postgres.drop_database(UNFINISHED)
            postgres.create_database(UNFINISHED)
            unfinished = addressed(settings, postgres, UNFINISHED)
            self.tell("Making the tables …")
            migrate.upgrade(unfinished.owner_database_url)
            if self.load is not None:
                self.load(unfinished)
            postgres.rename_database(UNFINISHED, DATABASE)
        ready = addressed(settings, postgres, DATABASE)
        migrate.upgrade(ready.owner_database_url)
        return ready

    @contextlib.contextmanager
    def started(self, title: str, arguments: list[str], environment: dict[str, str]) -> Generator[Part]:
        path = self.folder / f"{arguments[0]}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "livelihood", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the runner, which stops its parts in order
                env=environment,
            )
        try:
            yield Part(title, process, path)
        finally:
            stop(process)

    @contextlib.contextmanager
    def findable(self, settings: Settings) -> Generator[None]:
        """Other commands in this folder reach the servers as long as they run: `reached` reads what is written here."""
        path = self.folder / RUNNING
        told = replace(settings, owner_database_url="", concern_private_key="")
        path.unlink(missing_ok=True)  # left by a killed runner
        path.touch(mode=0o600)
        path.write_text(json.dumps(told.environment()))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    def wait_until_ready(self, parts: list[Part]) -> None:
        deadline = time.monotonic() + READY_TIMEOUT
        while not answers(f"{self.address}/health/ready"):
            for part in parts:
                part.require_alive()
            if time.monotonic() > deadline:
                raise RunnerError(f"{self.address} does not answer. {tail(parts[-1].log)}")
            time.sleep(0.05)

    def remove(self) -> None:
        """Delete the installation with all its data. Raises EmbeddedError while it runs."""
        for server in (Postgres(self.folder / "postgres"), Valkey(self.folder / "valkey")):
            server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def reached(folder: Path) -> Settings | None:
    """How to reach the installation in the folder, for as long as a runner holds it."""
    if not Postgres(folder / "postgres").held:
        return None
    try:
        return Settings.from_environment(json.loads((folder / RUNNING).read_text()))
    except (FileNotFoundError, ValueError):  # it is about to start or to stop
        return None


def watch(parts: list[Part]) -> None:
    """Until one of them ends by itself, which raises RunnerError, or somebody stops the runner (Stopped)."""
    while True:
        for part in parts:
            part.require_alive()
        time.sleep(0.2)


@contextlib.contextmanager
def stoppable() -> Generator[None]:
    """Inside the block the first Ctrl-C, SIGTERM or closed terminal raises Stopped, and more of them do nothing,
    so that an impatient second Ctrl-C cannot cut the orderly stop short.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop_once(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop_once) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def addressed(settings: Settings, postgres: Postgres, database: str) -> Settings:
    return replace(
        settings,
        database_url=postgres.url(user="livelihood_app", database=database),
        worker_database_url=postgres.url(user="livelihood_worker", database=database),
        owner_database_url=postgres.url(user=OWNER, database=database),
    )


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - http, to this machine
            return response.status == 200
    except OSError:  # nobody listens yet, or it answers that it is not ready
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT)
    # It leads a process group; whatever of that is left did not stop when asked.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tail(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join([f"The end of {log}:", *lines[-8:]]) if lines else f"It said nothing in {log}."
