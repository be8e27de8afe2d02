from litestar import Controller, get
from litestar.di import NamedDependency

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.notices.offered import offered
from livelihood.operations import queries
from livelihood.operations.rules import worst, worst_first
from livelihood.web.pages import Html, page
from livelihood.web.requests import AnyRequest


class SystemPage(Controller):
    path = "/system"

    @get("/")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Html:
        reads.actor.require(Permission.SYSTEM_READ)
        checks = await queries.checks(reads, clock=clock, sends=bool(offered(request.app.state.settings)))
        return page("operations/system.html", reads, checks=worst_first(checks), state=worst(checks))
