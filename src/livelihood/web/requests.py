from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from livelihood.binding import Input, bind, bind_as_far, row_number
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, FieldError, InvalidInput, Message, NotFound, say
from livelihood.web.pages import Html, Refused
from livelihood.web.words import sentence

T = TypeVar("T", bound=msgspec.Struct)

# What pages and the shell ask of a request: nothing of its user or its authentication, which are ours.
if TYPE_CHECKING:
    AnyRequest = Request[object, object, State]
else:
    # Litestar asks of every request that it hands over whether it is one, and of a generic that can only raise.
    AnyRequest = Request


class MalformedBody(DomainError):
    code = "malformed-body"
    status = 400


class ApiRequest(AnyRequest):
    """Binds a JSON body with every fault at once, where Litestar would stop at the first and in English."""

    async def json(self) -> Any:
        try:
            raw = msgspec.json.decode(await self.body() or b"null")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedBody(
                say("The body is not JSON ({problem}). Send a JSON object.", problem=str(error)[:120])
            ) from error
        declared = self.route_handler.parsed_data_field
        if (
            declared is not None
            and isinstance(declared.annotation, type)
            and issubclass(declared.annotation, Input)
        ):
            return bind(declared.annotation, raw, typed=True)
        return raw


class Form:
    """A submitted form: what was typed is kept, whatever becomes of it.

    Rows of a list are named `members-0-sex`; a name beginning with an underscore is the shell's own and no field.
    """

    def __init__(
        self,
        values: Mapping[str, list[str]],
        errors: tuple[FieldError, ...] = (),
        refusal: Message | None = None,
    ) -> None:
        self.values = values
        self.faults = errors
        self.refusal = refusal
        self.labels: dict[str, str] = {}
        self.whose: dict[str, str] = {}

    @classmethod
    async def read(cls, request: AnyRequest) -> "Form":
        """Notes also at which address the form was shown, where the script of our pages says so."""
        data = await request.form()
        values: dict[str, list[str]] = {}
        for name, value in data.multi_items():
            if name == "_shown":
                request.scope["state"]["shown"] = value
            if not name.startswith("_") and isinstance(value, str):
                values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return cls(values)

    @classmethod
    def of(cls, **values: object) -> "Form":
        """A form filled beforehand, as for editing."""
        return cls({name: [str(value)] for name, value in values.items() if value is not None})

    def bind(self, into: type[T], **given: object) -> T:
        """Raises `InvalidInput` with every fault. `given` are fields that the page itself knows."""
        return bind(into, self._nested() | _texts(given), typed=False)

    def _nested(self) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for name, texts in self.values.items():
            *parents, last = name.split("-")
            branch: object = tree
            for part in parents:
                branch = branch.setdefault(part, {}) if isinstance(branch, dict) else None
            # Names that contradict each other (`a` and `a-0`) come from no page of ours; the first stands.
            if isinstance(branch, dict):
                branch.setdefault(last, texts)
        return {name: _without_blank_rows(branch) for name, branch in tree.items()}

    def value(self, name: str) -> str:
        return self.values.get(name, [""])[-1]

    def id(self, name: str) -> UUID | None:
        """What a page of ours put there; anything else comes from no page of ours."""
        try:
            return UUID(self.value(name))
        except ValueError:
            return None

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def rows(self, name: str, least: int = 1) -> list[int]:
        """The numbers of a list's rows, at least so many, for a page to draw."""
        used = {
            row
            for key in self.values
            if (parts := key.split("-"))[0] == name
            and len(parts) > 2
            and (row := row_number(parts[1])) is not None
        }
        count = max([least, *(number + 1 for number in used)])
        return list(range(min(count, 50)))

    def refused(self, error: DomainError) -> "Form":
        """The same form with what is wrong with it."""
        return Form(self.values, error.errors, error.message)

    def error(self, name: str) -> str | None:
        dotted = name.replace("-", ".")
        return next((sentence(fault.message) for fault in self.faults if fault.field == dotted), None)

    @property
    def sentence(self) -> str:
        """What was refused as a whole, unless a field says the same."""
        if self.refusal is None or any(fault.message == self.refusal for fault in self.faults):
            return ""
        return sentence(self.refusal)

    def called(self, name: str, label: str) -> str:
        """Said by a page as it draws a field, for the list of faults at its head. Prints nothing."""
        self.labels[name] = label
        return ""

    def about(self, prefix: str, whom: str) -> str:
        """Said by a page that asks the same of several: whose fields begin so. Prints nothing."""
        self.whose[prefix] = whom
        return ""

    def named(self, name: str) -> list[str]:
        """Whose field it is and what it is called, as far as the page has said."""
        whom = next((one for prefix, one in self.whose.items() if name.startswith(f"{prefix}-")), None)
        return [one for one in (whom, self.labels.get(name)) if one]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """In the order in which the page draws the fields; first what is said of none of them."""
        drawn = {name: place for place, name in enumerate(self.labels)}
        found = [(fault.field.replace(".", "-"), sentence(fault.message)) for fault in self.faults]
        return sorted(found, key=lambda one: drawn.get(one[0], -1))


class Asking(Form):
    """A form within `accepting`: what it lacks is told together with what the rules find, not one after the other."""

    def __init__(self, form: Form) -> None:
        super().__init__(form.values)
        self.lacking: list[FieldError] = []

    def bind(self, into: type[T], **given: object) -> T:
        """As far as a rule can be asked; `accepting` lets nothing of it stand where something is lacking."""
        found, lacking = bind_as_far(into, self._nested() | _texts(given))
        self.lacking += lacking
        return found

    def refused(self, error: DomainError) -> Form:
        unread = {fault.field for fault in self.lacking}
        more = (fault for fault in error.errors if fault.field not in unread)
        return Form(self.values, (*self.lacking, *more), error.message)


@asynccontextmanager
async def accepting(
    uow: UnitOfWork, request: AnyRequest, again: Callable[[Form], Awaitable[Html] | Html]
) -> AsyncGenerator[Asking]:
    """Around what a form asks for. What is refused is undone, and answered by `again`: the same page, with what was
    typed and what is wrong with it; where that page is not there any more, by the refusal itself.
    """
    form = Asking(await Form.read(request))
    try:
        async with uow.savepoint():
            yield form
            if form.lacking:
                raise InvalidInput(form.lacking)
    except DomainError as error:
        # What stands in for what is lacking may be found nowhere, and is not what was asked for.
        told = InvalidInput(form.lacking) if form.lacking and isinstance(error, NotFound) else error
        try:
            made = again(form.refused(told))
            shown = made if isinstance(made, Response) else await made
        except NotFound:
            raise error from None
        raise Refused(shown, told) from error


def _texts(given: Mapping[str, object]) -> dict[str, Any]:
    return {name: [str(value)] for name, value in given.items()}


def _without_blank_rows(branch: object) -> object:
    if not isinstance(branch, dict):
        return branch
    rows = cast("dict[str, object]", branch)
    if any(row_number(key) is None for key in rows):
        return rows
    return {key: row for key, row in rows.items() if _filled(row)}


def _filled(row: object) -> bool:
    if isinstance(row, dict):
        return any(_filled(value) for value in cast("dict[str, object]", row).values())
    return any(text.strip() for text in cast("list[str]", row))


def refusal(*errors: tuple[str, Message]) -> InvalidInput:
    return InvalidInput([FieldError(field, message) for field, message in errors])
