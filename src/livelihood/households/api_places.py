from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from livelihood.binding import Page
from livelihood.db.work import Reads
from livelihood.households import places
from livelihood.households.schemas import PlaceOut


class PlacesApi(Controller):
    path = "/places"
    tags = ("Places",)

    @get("/", summary="Villages by name in either script, or by the beginning of their code")
    async def index(
        self,
        reads: NamedDependency[Reads],
        q: Annotated[
            str,
            QueryParameter(
                description="What was typed of the name or the code", max_length=places.LONGEST_TYPED
            ),
        ] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = places.MOST_FOUND,
    ) -> Page[PlaceOut]:
        return Page(await places.find_villages(reads, q, at_most=limit))
