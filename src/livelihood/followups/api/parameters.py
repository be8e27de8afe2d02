from typing import Annotated

from litestar.params import QueryParameter

Cursor = Annotated[str, QueryParameter(description="The last page's `next_cursor`", max_length=100)]


Limit = Annotated[int, QueryParameter(ge=1, le=200)]


OfficeId = Annotated[int | None, QueryParameter(name="office", ge=1, le=32767)]


Village = Annotated[str, QueryParameter(description="Gazetteer code", pattern="^([0-9]{8})?$")]
