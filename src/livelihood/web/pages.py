from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
from jinja2 import Environment, FileSystemLoader, PrefixLoader, select_autoescape
from litestar import MediaType, Response
from litestar.datastructures import State
from litestar.response import Redirect
from litestar.types import Scope

from livelihood.clock import Clock
from livelihood.db.actor import Actor, OfficeName
from livelihood.db.reader import Reading
from livelihood.errors import DomainError
from livelihood.web import components
from livelihood.web.current import LANGUAGE, SCOPE
from livelihood.web.words import gettext, ngettext, sentence

Html = Response[str]
Places = Callable[[Any], list[components.Place]]


class Refused(DomainError):
    """A form that was not accepted: the page to answer with, and what it was refused for. Rolls back."""

    def __init__(self, page: Html, error: DomainError) -> None:
        super().__init__(error.message, error.errors)
        self.page = page
        self.page.status_code = error.status


def environment(areas: dict[str, Path]) -> Environment:
    """Templates are named by area, as in `grants/show.html`, and live in that area's `templates` folder."""
    made = Environment(
        loader=PrefixLoader({name: FileSystemLoader(folder / "templates") for name, folder in areas.items()}),
        autoescape=select_autoescape(default=True, default_for_string=True),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    cast("Any", made).install_gettext_callables(gettext, ngettext, newstyle=True)
    cast("dict[str, object]", made.globals).update({**components.GLOBALS, "sentence": sentence})
    return made


def page(name: str, reading: Reading | None = None, *, status: int = 200, **context: object) -> Html:
    """A page in the reader's language; `reading` is who reads it, none before the sign-in and where it has ended."""
    scope = SCOPE.get()
    assert scope is not None, "pages are made within a request"
    state: State = scope["litestar_app"].state
    clock: Clock = state.clock
    actor: Actor | None = reading.actor if reading else scope["state"].get("actor")
    path = scope["path"]
    places = cast("Places", state.places)(actor) if actor else []
    offices = actor.offices if actor else ()
    language = LANGUAGE.get()

    def local(at: datetime) -> datetime:
        return at.astimezone(clock.zone)

    summaries: list[object] = []
    template = cast("Environment", state.templates).get_template(name)
    values: dict[str, object] = {
        "actor": actor,
        "language": language,
        "path": path,
        "shown_at": _shown_at(scope),
        "places": [
            msgspec.structs.replace(
                place, active=any(_within(path, href) for href in (place.href, *place.also))
            )
            for place in places
        ],
        "office_name": _office_name(offices, language),
        "today": clock.today(),
        "local": local,
        "clock_moved": clock.moved,
        "summaries": summaries,
        **context,
    }
    body = template.render(values)
    if summaries:
        # What is wrong stands above the fields and calls them by their labels, which are known once they are drawn.
        body = template.render(values)
    return Response(body, media_type=MediaType.HTML, status_code=status)


def refused_with_a_way_on(error: DomainError, href: str, action: str) -> Refused:
    """Where no form is shown: what is wrong, and where the reader goes on."""
    said = sentence((error.errors[0] if error.errors else error).message)
    return Refused(page("web/error.html", sentence=said, href=href, action=action), error)


def _shown_at(scope: Scope) -> str:
    """Where this page can be had again: of an answer to a form, the page that showed the form."""
    if scope.get("method") not in {"GET", "HEAD"}:
        return str(scope["state"].get("shown", "/"))
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else scope["path"]


def _within(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))


def _office_name(offices: Sequence[OfficeName], language: str) -> str:
    names = [office.name_km if language == "km" else office.name_en for office in offices]
    return names[0] if len(names) == 1 else gettext("All offices") if len(names) > 2 else " · ".join(names)


def see(path: str, *, done: str | None = None) -> Redirect:
    """After a form was accepted: look at the result there. `done` tells that page what has just happened."""
    query = "" if done is None else f"{'&' if '?' in path else '?'}done={done}"
    return Redirect(path + query, status_code=303)
