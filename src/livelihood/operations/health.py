"""For machines that watch: is it ready, and how much did it do. No word of anybody's case."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from hmac import compare_digest
from ipaddress import ip_address

import asyncpg
from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from livelihood.clock import Clock
from livelihood.db.actor import Named
from livelihood.db.work import Database
from livelihood.errors import NotFound, say
from livelihood.notices.offered import offered
from livelihood.operations import queries
from livelihood.operations.rules import Backlog, Run, workers_late
from livelihood.web.requests import AnyRequest

PUBLIC = Named("public")
PATIENCE = 2.0


@get("/health/ready", summary="Requests can be served", tags=["Health"], security=[])
async def ready(database: NamedDependency[Database]) -> Response[dict[str, str]]:
    """503 while PostgreSQL does not answer. Workers that are late are said and no reason to refuse: pages and API do
    their part without them, and starting these anew would not make the workers run.
    """
    if not await database.answers():
        return Response({"status": "no database"}, status_code=503)
    try:
        async with asyncio.timeout(PATIENCE), database.read(PUBLIC) as reads:
            now = await reads.conn.fetchval("SELECT clock_timestamp()")
            late = workers_late(await queries.RUNS.all(reads), now)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        late = True
    return Response({"status": "ready", "workers": "late" if late else "ok"})


@get("/metrics", include_in_schema=False)
async def metrics(
    request: AnyRequest,
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Response[bytes]:
    """OpenMetrics, read from the tables when asked: every process that serves gives the same figures.

    For this machine itself, or with `Authorization: Bearer` and LIVELIHOOD_METRICS_TOKEN; absent for everybody else.
    """
    if not may_scrape(request):
        raise NotFound(say("There is nothing at this address."))
    async with database.read(PUBLIC) as reads:
        waits = await queries.backlog(reads.conn, clock.today())
        runs = await queries.RUNS.all(reads)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(runs, waits, sends=bool(offered(request.app.state.settings))))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def may_scrape(request: AnyRequest) -> bool:
    """A forwarded request is from elsewhere, though the proxy that forwards it is here."""
    token: str = request.app.state.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and compare_digest(given.encode(), token.encode()):
        return True
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return not forwarded and request.client is not None and is_loopback(request.client.host)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Figures(Collector):
    def __init__(self, runs: Sequence[Run], waits: Backlog, *, sends: bool) -> None:
        self.runs = runs
        self.waits = waits
        self.sends = sends

    def collect(self) -> Iterable[Metric]:
        jobs = CounterMetricFamily(
            "livelihood_job_runs", "Runs of a job that ended.", labels=["job", "result"]
        )
        seconds = CounterMetricFamily("livelihood_job_seconds", "Time spent in a job.", labels=["job"])
        handled = CounterMetricFamily("livelihood_job_handled", "What a job worked off.", labels=["job"])
        last = GaugeMetricFamily(
            "livelihood_job_last_success_timestamp_seconds", "When a job last succeeded.", labels=["job"]
        )
        for run in self.runs:
            jobs.add_metric([run.job, "success"], run.successes)
            jobs.add_metric([run.job, "failure"], run.failures)
            seconds.add_metric([run.job], run.seconds_total)
            handled.add_metric([run.job], run.handled_total)
            if run.last_succeeded_at is not None:
                last.add_metric([run.job], run.last_succeeded_at.timestamp())
        yield from (jobs, seconds, handled, last)
        waiting = GaugeMetricFamily("livelihood_waiting", "What waits for the workers.", labels=["what"])
        oldest = GaugeMetricFamily(
            "livelihood_waiting_oldest_seconds", "How long the oldest of it has waited.", labels=["what"]
        )
        for what, number, since in self.waiting():
            waiting.add_metric([what], number)
            oldest.add_metric([what], (self.waits.now - since).total_seconds() if since else 0)
        waiting.add_metric(["household_days"], self.waits.due)
        yield from (waiting, oldest)
        yield GaugeMetricFamily(
            "livelihood_messages_on", "Whether any way to send messages is set up.", value=int(self.sends)
        )
        if self.sends:
            yield GaugeMetricFamily(
                "livelihood_messages_given_up", "Messages that reached nobody.", value=self.waits.given_up
            )

    def waiting(self) -> list[tuple[str, int, datetime | None]]:
        waits = self.waits
        messages = [("messages", waits.unsent, waits.unsent_since)] if self.sends else []
        return [
            ("changes", waits.dirty, waits.dirty_since),
            *messages,
            ("previews", waits.previews, waits.previews_since),
        ]
