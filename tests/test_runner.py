"""A whole installation on this machine, run as a person runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest

from livelihood.embedded import Postgres

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Up:
    """`livelihood up` as a person runs it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "livelihood", "up", "--port", port],
            env={**os.environ, **environment, "LIVELIHOOD_DATA_DIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def wait_until_it_runs(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if self.address in line:
                return
        pytest.fail(self.said)

    def children(self) -> dict[int, str]:
        """Everything that this runner started, directly or not, by process id."""
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue
                if parent == self.process.pid:
                    found[int(entry.name)] = words
        return found

    def end(self, number: signal.Signals) -> int:
        assert self.process.stdout is not None
        self.process.send_signal(number)
        self.said += self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(30)


def doctor(folder: Path, *of: str) -> dict[str, tuple[str, str]]:
    """What `livelihood doctor` says beside it, in another terminal of the same person."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIVELIHOOD_")}
    asked = subprocess.run(
        [sys.executable, "-m", "livelihood", "doctor", "--json", *of],
        env={**environment, "LIVELIHOOD_DATA_DIR": str(folder)},
        capture_output=True,
        check=False,
    )
    if asked.returncode == 2:
        assert b"runs with its data in" in asked.stderr
        return {}
    return {line["name"]: (line["state"], line["detail"]) for line in json.loads(asked.stdout)["checks"]}


@pytest.fixture
def started(tmp_path: Path) -> Generator[list[Up]]:
    ups: list[Up] = []
    yield ups
    for up in ups:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)
    Postgres(tmp_path / "office" / "postgres").remove()


def gone(pids: dict[int, str], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


@linux
def test_a_whole_installation_starts_stops_and_survives_kills(started: list[Up], tmp_path: Path) -> None:
    up = Up(tmp_path)
    started.append(up)
    up.wait_until_it_runs()
    with urllib.request.urlopen(f"{up.address}/health/ready", timeout=10) as response:
        assert response.status == 200
    children = up.children()
    assert len(children) == 4, children
    assert doctor(tmp_path)["LIVELIHOOD_DATABASE_URL"] == ("ok", "livelihood_app")
    assert doctor(tmp_path, "up")["redis"] == ("ok", "answers")
    assert doctor(tmp_path)["outbox"][0] == "off"
    assert up.end(signal.SIGINT) == 0
    assert "Stopped; the data is kept." in up.said
    assert gone(children)

    # Killed outright: the parts that are this program's own end with it, the servers at the next start.
    up = Up(tmp_path)
    started.append(up)
    up.wait_until_it_runs()
    children = up.children()
    up.end(signal.SIGKILL)
    assert gone({pid: words for pid, words in children.items() if "livelihood-" not in words})
    assert doctor(tmp_path) == {}, "what a killed runner left behind is no installation that runs"

    up = Up(
        tmp_path,
        LIVELIHOOD_PUBLIC_URL="https://livelihood.example.org",
        LIVELIHOOD_SMTP_URL="smtp://127.0.0.1:9?starttls=no",
        LIVELIHOOD_MAIL_FROM="office@example.org",
    )
    started.append(up)
    up.wait_until_it_runs()
    assert gone(children)
    assert doctor(tmp_path)["outbox"][0] == "ok", "the messages of an office are sent"
    worker = next(pid for pid, words in up.children().items() if words.rstrip().endswith("-m workers"))
    os.kill(worker, signal.SIGKILL)
    assert up.process.stdout is not None
    up.said += up.process.stdout.read()
    up.process.stdout.close()
    assert up.process.wait(30) == 1
    assert "The worker ended by itself" in up.said
    assert up.children() == {}
