"""Asks one address over and over, on several kept connections, and says how often it was answered.

A process of its own that does next to nothing for an answer: it looks for the status and the length and counts the
bytes. `python -m benchmarks.load PORT CONNECTIONS SECONDS < request` prints a line of JSON.
"""

import asyncio
import json
import sys
import time


class Asker(asyncio.Protocol):
    """One connection. The next request leaves when the answer to the last one is complete."""

    def __init__(self, request: bytes, until: float, done: asyncio.Future[None]) -> None:
        self.request = request
        self.until = until
        self.done = done
        self.took: list[float] = []
        self.received = 0
        self.expected = 0
        self.asked = 0.0
        self.first = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.received = self.expected = 0
        self.asked = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.expected:
            head, found, _ = data.partition(b"\r\n\r\n")
            if not found or not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
                self.fail(data)
                return
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self.expected = len(head) + 4 + int(length)
        self.received += len(data)
        if self.received >= self.expected:
            now = time.perf_counter()
            self.took.append(now - self.asked)
            if now < self.until:
                self.ask()
            elif not self.done.done():
                self.done.set_result(None)

    def fail(self, data: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"answered {data[:300]!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or RuntimeError("the connection was closed"))


async def ask(port: int, request: bytes, connections: int, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    askers: list[Asker] = []
    for _ in range(connections):
        asker = Asker(request, began + seconds, loop.create_future())
        await loop.create_connection(lambda made=asker: made, "127.0.0.1", port)  # type: ignore[misc]
        askers.append(asker)
    await asyncio.gather(*(asker.done for asker in askers))
    took = sorted(one for asker in askers for one in asker.took)
    for asker in askers:
        asker.transport.close()
    return {
        "per_second": len(took) / (time.perf_counter() - began),
        "median_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[len(took) * 99 // 100] * 1000,
        "own_cpu": time.process_time() / (time.perf_counter() - began),
    }


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(asyncio.run(ask(port, sys.stdin.buffer.read(), connections, seconds))))


if __name__ == "__main__":
    main()
