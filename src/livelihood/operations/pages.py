from litestar import Controller, get
from litestar.di import NamedDependency

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.operations import queries
from livelihood.operations.rules import worst, worst_first
from livelihood.web.pages import Html, page


class SystemPage(Controller):
    path = "/system"

    @get("/")
    async def show(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Html:
        reads.actor.require(Permission.SYSTEM_READ)
        checks = await queries.checks(reads, clock=clock)
        return page("operations/system.html", reads, checks=worst_first(checks), state=worst(checks))
