"""`make bench`: what Livelihood costs beside the least that could do the same. See docs/performance.md.

Everything is made in a folder that is taken away at the end, also after Ctrl-C; the figures stay.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from benchmarks import backlog, daily, data, servers, visits
from benchmarks.rounds import Ratio, ratio, spread
from livelihood import parent
from livelihood.accounts.actor import decode_actor
from livelihood.db import migrate
from livelihood.db.work import Database
from livelihood.embedded import Postgres

DATABASE = "benchmark"
OFFICE = 1


class Size(msgspec.Struct, frozen=True):
    """`households` are worked out in `parts`; `days` of `changing` households each are measured per stock."""

    households: int
    parts: int
    stocks: tuple[int, ...]
    changing: int
    days: int
    rounds: int
    seconds: float
    visited: int


SIZES = {
    "tiny": Size(240, 2, (7_200,), 30, 1, 1, 0.2, 3),
    "small": Size(20_000, 4, (300_000, 1_000_000), 2_000, 3, 3, 2, 30),
    "normal": Size(67_000, 5, (1_000_000, 10_000_000), 10_000, 3, 5, 3, 60),
    "full": Size(200_000, 10, (3_000_000, 10_000_000), 10_000, 5, 7, 5, 100),
}


class Report(msgspec.Struct):
    size: str
    at: datetime
    machine: str
    ratios: list[Ratio]
    figures: dict[str, object]


class Bench:
    def __init__(self, server: Postgres, size: Size, folder: Path) -> None:
        self.server = server
        self.size = size
        self.folder = folder
        self.ratios: list[Ratio] = []
        self.figures: dict[str, object] = {}
        self.busy: list[float] = []

    def say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)

    def add(self, one: Ratio) -> None:
        self.ratios.append(one)
        mark = "" if one.wanted == "said" else "  reached" if one.reached else "  NOT REACHED"
        self.say(
            f"{one.name}: {one.value.median} ({one.value.least}–{one.value.most}), wanted {one.wanted}{mark}; "
            f"{one.ours.median} against {one.theirs.median} {one.unit}"
        )

    def url(self, role: str) -> str:
        return self.server.url(user=f"livelihood_{role}", database=DATABASE)

    async def run(self) -> None:
        size = self.size
        conn = await data.owner(self.server, DATABASE)
        checked: Any = await asyncpg.connect(self.url("owner"))
        worker = Database(self.url("worker"), decode_actor=decode_actor, pool_size=2)
        try:
            await data.places(conn)
            who = await data.someone(conn, "monitor", OFFICE)
            self.say(f"Making {size.households} households …")
            await data.families(conn, 1, size.households, who.id)
            await conn.execute("VACUUM ANALYZE")
            self.add(
                await backlog.work_out(conn, checked, worker, 1, size.households, size.parts, data.clock())
            )
            await self.memory(conn)
            changed = 0
            costs: dict[int, list[float]] = {}
            for stock in size.stocks:
                self.say(f"Having {stock} follow-ups stored …")
                stored = await backlog.grow(conn, stock)
                self.figures[f"stored for {stock}"] = stored
                await self.lists(who, stored)
                costs[stored] = []
                for _ in range(size.days):
                    changed += 1
                    last = changed * size.changing
                    took = await daily.change(conn, worker, last - size.changing + 1, last, changed)
                    costs[stored].append(took)
            (least, before), (most, after) = next(iter(costs.items())), list(costs.items())[-1]
            self.add(
                ratio(
                    f"A day with {size.changing} households to change, {most} follow-ups stored against {least}",
                    after,
                    before,
                    unit="s",
                    most=1.5,
                )
            )
            with self.ours() as port:
                self.add(
                    await visits.compare(
                        conn, port, who, OFFICE, self.url("app"), decode_actor, size.rounds, size.visited
                    )
                )
            self.figures["load generator's share of a core"] = spread(self.busy)
        finally:
            await worker.stop()
            await checked.close()
            await conn.close()

    @contextlib.contextmanager
    def ours(self) -> Any:
        environment = {
            "LIVELIHOOD_DATABASE_URL": self.url("app"),
            "LIVELIHOOD_CLOCK_OFFSET": str(data.clock().offset.total_seconds()),
            "LIVELIHOOD_REDIS_URL": "",
        }
        with servers.served("livelihood.asgi:app", environment, self.folder / "ours.log") as port:
            yield port

    async def lists(self, who: data.Someone, stored: int) -> None:
        """The worklist and the board, each beside the floor, and the worklist beside the usual way as well."""
        rival = {"BENCH_URL": self.url("owner"), "BENCH_OFFICE": str(OFFICE)}
        signed_in = f"Authorization: Bearer {who.token}"
        with contextlib.ExitStack() as stack:
            ours = stack.enter_context(self.ours())
            bare = stack.enter_context(
                servers.served("benchmarks.rivals.bare:app", rival, self.folder / "bare.log")
            )
            orm = stack.enter_context(
                servers.served("benchmarks.rivals.orm:app", rival, self.folder / "orm.log")
            )
            worklist = {
                ours: servers.get("/api/v1/follow-ups", signed_in),
                bare: servers.get("/worklist"),
                orm: servers.get("/my-follow-ups", signed_in),
            }
            for_nobody = servers.get(f"/follow-ups?office={OFFICE}")
            body = await servers.answer(ours, worklist[ours])
            if await servers.answer(bare, worklist[bare]) != body:
                raise RuntimeError("the floor does not answer the same bytes")
            for request in (worklist[orm], for_nobody):
                if ids_of(await servers.answer(orm, request)) != ids_of(body):
                    raise RuntimeError("FastAPI does not answer the same rows")
            board = {ours: servers.get("/api/v1/silence", signed_in), bare: servers.get("/board")}
            if await servers.answer(ours, board[ours]) != await servers.answer(bare, board[bare]):
                raise RuntimeError("the floor does not answer the same board")
            of_worklist = await self.rates(worklist)
            of_nobody = await self.rates({ours: worklist[ours], orm: for_nobody})
            of_board = await self.rates(board)
        for name, rates, against, which, least in (
            ("Worklist", of_worklist, "bare ASGI + asyncpg", bare, 0.75),
            ("Worklist", of_worklist, "FastAPI + ORM + Pydantic", orm, 5),
            ("Worklist", of_nobody, "FastAPI + ORM + Pydantic that knows nobody", orm, 5),
            ("Board", of_board, "bare ASGI + asyncpg", bare, 0.75),
        ):
            label = f"{name}, 50 rows, {stored} follow-ups stored, against {against}"
            self.add(ratio(label, rates[ours], rates[which], unit="answers/s", least=least))

    async def rates(self, asked: dict[int, bytes]) -> dict[int, list[float]]:
        """Answers a second of each server, a round each in turn, asked by eight connections."""
        rates: dict[int, list[float]] = {port: [] for port in asked}
        for number in range(self.size.rounds + 1):
            for port, request in asked.items():
                found = await servers.asked(port, request, connections=8, seconds=self.size.seconds)
                if number:  # the first warms up
                    rates[port].append(found["per_second"])
                    self.busy.append(found["own_cpu"])
        return rates

    async def memory(self, conn: Any) -> None:
        """The worker's peak while everything is worked out again, against a tenth of it."""
        for part in (10, 1):
            last = self.size.households // part
            await data.mark(conn, 1, last)
            environment = {**os.environ, **parent.announced(), "BENCH_WORKER_URL": self.url("worker")}
            done = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.ticking"), stdout=subprocess.PIPE, env=environment
            )
            out, _ = await done.communicate()
            households, peak = out.decode().split()
            self.figures[f"worker's peak memory for {households} households, MB"] = float(peak)
            self.say(f"A worker that looks at {households} households holds at most {peak} MB")


def ids_of(body: bytes) -> list[str]:
    return [one["id"] for one in msgspec.json.decode(body)["items"]]


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--size", choices=SIZES, default="normal")
    options.add_argument("--out", type=Path, default=Path(".made/benchmarks"))
    given = options.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="livelihood-benchmark-"))
    server = Postgres(
        folder / "postgres", settings={"shared_buffers": "1GB", "max_wal_size": "8GB", "jit": "off"}
    )
    try:
        with server:
            server.create_database(DATABASE)
            migrate.upgrade(server.url(database=DATABASE))
            bench = Bench(server, SIZES[given.size], folder)
            asyncio.run(bench.run())
            machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
            report = Report(given.size, datetime.now(UTC), machine, bench.ratios, bench.figures)
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / f"{report.at:%Y%m%dT%H%M%SZ}-{given.size}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    print(f"Written to {path}")


if __name__ == "__main__":
    main()
