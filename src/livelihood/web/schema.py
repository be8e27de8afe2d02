"""The OpenAPI document, and a viewer that loads nothing from elsewhere and runs no inline script."""

from dataclasses import dataclass

from litestar import MediaType, Response, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Operation, SecurityScheme

from livelihood.web.pages import Html

CONFIG = OpenAPIConfig(
    title="Livelihood",
    version="1",
    description=(
        "Grants, courses and follow-ups of a child-protection organisation. Errors are problem documents "
        "(RFC 9457) whose sentences for people follow `Accept-Language`: Khmer (`km`) or English (`en`, taken where "
        "neither is named); `code` and field names stay the same. Creating requests may carry an `id` made by the client "
        "(a UUIDv7) and can then be repeated: the same body makes nothing new and is answered with what is known of it now; "
        "another body under the same `id` is refused with 409. A parameter that an address does not take is refused with 400, "
        "and so is one that is given several times where one value is meant."
    ),
    path="/schema",
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    use_handler_docstrings=True,
)


@dataclass
class WithoutToken(Operation):
    """Asked by whoever has no token yet. What a handler says of security is added to what its router says, so it cannot
    say that none is needed.
    """

    def __post_init__(self) -> None:
        self.security = []


VIEWER = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Livelihood API</title>
<link rel="stylesheet" href="/static/vendor/swagger-ui.css">
</head>
<body>
<div id="viewer"></div>
<script src="/static/vendor/swagger-ui-bundle.js"></script>
<script src="/static/schema.js"></script>
</body>
</html>
"""


@get("/schema/viewer", include_in_schema=False)
async def viewer() -> Html:
    return Response(VIEWER, media_type=MediaType.HTML)
