from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from livelihood.accounts import service
from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission
from livelihood.accounts.schemas import Credentials, Me, OfficeOut, RoleOut, SignedIn
from livelihood.db.actor import Named
from livelihood.db.work import Database, Reads, UnitOfWork
from livelihood.errors import DomainError
from livelihood.web.identity import client_address, known_token
from livelihood.web.requests import AnyRequest
from livelihood.web.schema import WithoutToken


class SessionsApi(Controller):
    path = "/sessions"
    tags = ("Signing in",)

    @post("/", summary="Sign in", operation_class=WithoutToken)
    async def sign_in(
        self, data: JSONBody[Credentials], database: NamedDependency[Database], request: AnyRequest
    ) -> SignedIn:
        """A token for `Authorization: Bearer …`. It lasts twelve hours from its last use."""
        async with database.work(Named("sign-in")) as uow:
            outcome = await service.sign_in(uow, data, address=client_address(request))
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome

    @delete("/current", summary="Sign out")
    async def sign_out(self, uow: NamedDependency[UnitOfWork], request: AnyRequest) -> None:
        await service.sign_out(uow, known_token(request).digest)

    @delete("/", summary="Sign out everywhere")
    async def sign_out_everywhere(self, uow: NamedDependency[UnitOfWork]) -> None:
        await service.sign_out_everywhere(uow)


@get("/me", summary="Who I am and what I may do", tags=["Signing in"])
async def me(reads: NamedDependency[Reads]) -> Response[Me]:
    actor = reads.actor
    assert isinstance(actor, Actor)
    return Response(
        Me(
            id=actor.id,
            name=actor.name,
            username=actor.username,
            language=actor.language,
            roles=[RoleOut(role, office_id) for role, office_id in actor.roles],
            offices=[OfficeOut(o.id, o.prefix, o.name_en, o.name_km) for o in actor.offices],
            permissions=[permission for permission in Permission if actor.may(permission)],
        )
    )
