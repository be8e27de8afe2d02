"""Which answers are compressed. The framework's own middleware compresses wherever `gzip` is named, even to refuse it."""

import re

from litestar.enums import CompressionEncoding
from litestar.middleware.compression import CompressionMiddleware
from litestar.types import Receive, Scope, Send

from livelihood.web.current import header

REFUSED = re.compile(r"q\s*=\s*0(\.0*)?", re.ASCII)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip and does not refuse it, as `gzip;q=0` does."""
    for part in accepted.lower().split(","):
        coding, *parameters = (text.strip() for text in part.split(";"))
        if coding == "gzip":
            return not any(REFUSED.fullmatch(text) for text in parameters)
    return False


class Compression(CompressionMiddleware):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if takes_gzip(header(scope, b"accept-encoding")):
            send = self.create_compression_send_wrapper(send, CompressionEncoding.GZIP, scope)
        await self.app(scope, receive, send)
