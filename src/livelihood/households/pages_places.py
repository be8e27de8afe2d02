from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from livelihood.db.work import Reads
from livelihood.households import places
from livelihood.web.pages import Html, page
from livelihood.web.requests import AnyRequest


class PlacePages(Controller):
    path = "/places"

    @get("/villages")
    async def villages(
        self,
        reads: NamedDependency[Reads],
        request: AnyRequest,
        q: Annotated[str, QueryParameter(max_length=places.LONGEST_TYPED)] = "",
        field: Annotated[str, QueryParameter(pattern="^[a-z_0-9-]{1,60}$")] = "village_code",
    ) -> Html:
        """The choices beneath a village field while somebody types; opened by itself, a page to look codes up."""
        typed = q or str(request.query_params.get(field, ""))[: places.LONGEST_TYPED]
        found = await places.find_villages(reads, typed)
        partial = request.headers.get("HX-Request") == "true"
        name = "households/village_choices.html" if partial else "households/villages.html"
        return page(name, reads, villages=found, typed=typed, field=field, most=places.MOST_FOUND)
