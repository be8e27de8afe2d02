from litestar import Response, get
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency

from livelihood.db.work import Database

STATIC = CacheControlHeader(max_age=3600, public=True)


@get("/health/live", summary="The process answers", tags=["Health"], security=[])
async def live() -> dict[str, str]:
    return {"status": "live"}


@get("/health/ready", summary="Requests can be served", tags=["Health"], security=[])
async def ready(database: NamedDependency[Database]) -> Response[dict[str, str]]:
    """503 while PostgreSQL does not answer. Redis is not asked: nothing a request does depends on it."""
    if await database.answers():
        return Response({"status": "ready"})
    return Response({"status": "no database"}, status_code=503)
