from litestar import get
from litestar.datastructures import CacheControlHeader

STATIC = CacheControlHeader(max_age=3600, public=True)


@get("/health/live", summary="The process answers", tags=["Health"], security=[])
async def live() -> dict[str, str]:
    return {"status": "live"}
