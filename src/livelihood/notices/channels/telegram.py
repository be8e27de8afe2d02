import logging
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from livelihood.notices.channels import Letter, Undelivered
from livelihood.notices.rules import Failure

TIMEOUT = 10

# The bot's token stands in the path of every request, and this library logs the address of each.
logging.getLogger("httpx").addFilter(lambda _record: False)


class Parameters(msgspec.Struct):
    retry_after: int = 0


class Answer(msgspec.Struct):
    """What the bot API answers: https://core.telegram.org/bots/api#making-requests."""

    ok: bool = False
    result: Any = None
    error_code: int = 0
    parameters: Parameters = msgspec.field(default_factory=Parameters)


DECODER = msgspec.json.Decoder(Answer)


class Telegram:
    """A bot. `id` is the public part of its token."""

    def __init__(self, token: str, url: str, *, timeout: float = TIMEOUT) -> None:
        self.id = int(token.partition(":")[0])
        self.client = httpx.AsyncClient(base_url=f"{url}/bot{token}/", timeout=timeout)

    async def send(self, address: str, letter: Letter) -> None:
        await self.ask(
            "sendMessage",
            chat_id=int(address),
            text=f"{letter.subject}\n\n{letter.body}",
            link_preview_options={"is_disabled": True},
        )

    async def ask(self, method: str, **parameters: object) -> Any:
        """What the API answers to a method of its. Raises `Undelivered`."""
        try:
            answered = await self.client.post(method, json=parameters)
        except httpx.TimeoutException:
            # Without its cause: that holds the address, and with it the token.
            raise Undelivered(Failure.TIMEOUT) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Undelivered(Failure.UNREACHABLE) from None
        try:
            answer = DECODER.decode(answered.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            answer = Answer(error_code=answered.status_code)
        if not answer.ok:
            raise _undelivered(answer.error_code or answered.status_code, answer.parameters.retry_after)
        return answer.result

    async def close(self) -> None:
        await self.client.aclose()


def _undelivered(code: int, retry_after: int) -> Undelivered:
    match code:
        case 400 | 403:  # no such chat; the person has stopped the bot
            return Undelivered(Failure.REFUSED, for_good=True)
        case 401 | 404:  # no such token
            return Undelivered(Failure.SETUP)
        case _:
            return Undelivered(Failure.BUSY, retry_after=timedelta(seconds=retry_after))
