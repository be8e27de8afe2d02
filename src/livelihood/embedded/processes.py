"""Finding a server's processes, whoever started them."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


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
                # `/path/postgres`, or what the process calls itself: `postgres: livelihood-… checkpointer`
                name = Path(command.partition("\0")[0]).name.partition(" ")[0].rstrip(":")
                if name == program and mark in command:
                    yield int(entry.name)


def started(pid: int) -> tuple[int, int]:
    """Sorts processes by age; pids wrap, so they alone do not tell."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]), pid
    return sys.maxsize, pid
