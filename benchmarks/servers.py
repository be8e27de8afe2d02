"""Web servers to ask: each a Granian of one process, as `livelihood serve` starts it."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from livelihood import parent
from livelihood.runner import stop

READY_TIMEOUT = 60.0


@contextlib.contextmanager
def served(target: str, environment: Mapping[str, str], log: Path) -> Generator[int]:
    """The port on which the application answers inside the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.serving", target, str(port)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **environment, **parent.announced()},
        )
    try:
        wait_for(port, process, log)
        yield port
    finally:
        stop(process)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} does not answer:\n{log.read_text()[-2000:]}")


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


async def answer(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises RuntimeError where it is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length or 0))
    writer.close()
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
        raise RuntimeError(f"{request[:200]!r} was answered {head[:200]!r} {body[:300]!r}")
    return body


async def asked(port: int, request: bytes, *, connections: int, seconds: float) -> dict[str, Any]:
    """How often the server answers, asked by another process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load", str(port), str(connections), str(seconds)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, _ = await process.communicate(request)
    except BaseException:
        process.kill()
        raise
    if process.returncode:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    return json.loads(out)
