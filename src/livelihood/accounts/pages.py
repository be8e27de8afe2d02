from typing import Annotated

from litestar import Controller, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from livelihood.accounts import service
from livelihood.accounts.models import Language
from livelihood.accounts.schemas import Credentials
from livelihood.db.actor import Named, Token
from livelihood.db.work import Database, SignInEnded, UnitOfWork
from livelihood.errors import DomainError
from livelihood.web.identity import COOKIE, client_address, known_token, token_of
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import AnyRequest, Form

# What the sign-in form itself sends beside a kept form's fields.
OWN = ("_username", "_password", "_next", "_shown")


class SignInPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/sign-in")
    async def show(self, next_page: Annotated[str, QueryParameter(name="next")] = "/") -> Html:
        return page("web/sign_in.html", next=local(next_page), username="", kept=[])

    @post("/sign-in", status_code=303)
    async def sign_in(self, request: AnyRequest, database: NamedDependency[Database]) -> Redirect:
        """Signs in and goes on to `_next`; where a form was kept over an ended sign-in, it is sent again (307)."""
        data = await request.form()
        username, password, target = (str(data.get(name, "")) for name in OWN[:3])
        kept = [(name, str(value)) for name, value in data.multi_items() if name not in OWN]
        async with database.work(Named("sign-in")) as uow:
            credentials = Credentials(username=username[:100], password=password[:200])
            outcome = await service.sign_in(uow, credentials, address=client_address(request))
        if isinstance(outcome, DomainError):
            shown = page(
                "web/sign_in.html",
                next=local(target),
                username=username,
                kept=kept,
                form=Form({}).refused(outcome),
                refusal=outcome.message,
            )
            raise Refused(shown, outcome)
        # 307 keeps the method and the body: what was typed before the sign-in ended arrives after all.
        answer = Redirect(local(target), status_code=307 if kept else 303)
        answer.set_cookie(session_cookie(outcome.token, secure=request.app.state.settings.secure_cookies))
        # When the sign-in has ended, the device still knows in which language its pages were.
        async with database.read(Token.of(outcome.token)) as reads:
            answer.set_cookie(language_cookie(reads.actor.language))
        return answer

    @post("/sign-out", status_code=303)
    async def sign_out(self, request: AnyRequest, database: NamedDependency[Database]) -> Redirect:
        token = token_of(request)
        if token is not None:
            async with database.work(Named("sign-in")) as uow:
                await service.sign_out(uow, token.digest)
        return leave()

    @post("/sign-out/everywhere", status_code=303)
    async def sign_out_everywhere(self, uow: NamedDependency[UnitOfWork]) -> Redirect:
        await service.sign_out_everywhere(uow)
        return leave()

    @post("/language", status_code=303)
    async def choose_language(self, request: AnyRequest, database: NamedDependency[Database]) -> Redirect:
        """Kept with the person where somebody is signed in, and on the device for the sign-in page."""
        form = await Form.read(request)
        language = Language.KM if form.value("language") == "km" else Language.EN
        try:
            async with database.work(known_token(request)) as uow:
                await service.choose_language(uow, language)
        except SignInEnded:
            pass  # nobody is signed in: the cookie alone remembers
        answer = see(local(form.value("next")))
        answer.set_cookie(language_cookie(language))
        return answer


def local(target: str) -> str:
    """A path of ours; anything else leads to the start, so that nobody is sent elsewhere by a link."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target
    return target if plain else "/"


def session_cookie(token: str, *, secure: bool) -> Cookie:
    return Cookie(COOKIE, value=token, httponly=True, secure=secure, samesite="lax", path="/")


def language_cookie(language: str) -> Cookie:
    return Cookie("language", value=language, max_age=31_536_000, samesite="lax", path="/")


def leave() -> Redirect:
    answer = Redirect("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer
