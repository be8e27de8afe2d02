from datetime import UTC, datetime

from litestar import get
from litestar.di import NamedDependency

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.notices.offered import offered
from livelihood.operations import queries
from livelihood.operations.rules import worst
from livelihood.operations.schemas import CheckOut, SystemOut
from livelihood.web.requests import AnyRequest
from livelihood.web.words import sentence


@get("/system", summary="Whether the workers do their work, and what waits for them", tags=["System"])
async def system(
    reads: NamedDependency[Reads], clock: NamedDependency[Clock], request: AnyRequest
) -> SystemOut:
    reads.actor.require(Permission.SYSTEM_READ)
    checks = await queries.checks(reads, clock=clock, sends=bool(offered(request.app.state.settings)))
    return SystemOut(
        datetime.now(UTC),
        worst(checks),
        [
            CheckOut(
                check.name,
                sentence(check.title),
                check.state,
                sentence(check.detail),
                sentence(check.advice) if check.advice else None,
                sentence(check.about) if check.about else None,
            )
            for check in checks
        ],
    )
