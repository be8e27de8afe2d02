# ruff: noqa: S603 - the commands are the servers' own programs

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Self

from livelihood.embedded.files import EmbeddedError, fingerprint, give
from livelihood.embedded.processes import processes, started

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


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
        """Stop and delete everything the server kept. Raises EmbeddedError while another process runs it."""
        self.stop()
        self.take_folder()
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

    @property
    def held(self) -> bool:
        """Whether a living process, this one or another, runs the server of this folder."""
        try:
            with (self.folder / f"{self.program}.lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # nothing was ever started there
            return False
        return False

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
