import ssl
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPTimeoutError,
)

from livelihood.clock import Clock
from livelihood.notices.channels import Letter, Undelivered
from livelihood.notices.rules import Failure
from livelihood.settings import SMTP_URL, SettingsError

TIMEOUT = 10
"""Seconds for each answer of the server."""


class MailServer(msgspec.Struct, frozen=True):
    """`tls` from the first byte, or else by STARTTLS; neither only where the address says `?starttls=no`."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    starttls: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises SettingsError, without the address, which may hold a password."""
        try:
            parts = urlsplit(url)
            given = parts.port
        except ValueError:
            raise SettingsError(f"{SMTP_URL} names no port that there is.") from None
        tls = parts.scheme == "smtps"
        starttls = not tls and parse_qs(parts.query).get("starttls") != ["no"]
        if not parts.hostname:
            raise SettingsError(f"{SMTP_URL} names no server.")
        if parts.password and not (tls or starttls):
            raise SettingsError(f"{SMTP_URL} would send its password unencrypted. Leave out ?starttls=no.")
        return cls(
            host=parts.hostname,
            port=given or (465 if tls else 587 if starttls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            starttls=starttls,
        )


class Email:
    """One connection a letter: there are few, and a connection kept is one more thing that can be half dead."""

    def __init__(
        self,
        server: MailServer,
        sender: str,
        *,
        clock: Clock,
        timeout: float = TIMEOUT,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.server = server
        self.sender = sender
        self.clock = clock
        self.timeout = timeout
        self.trust = trust

    async def send(self, address: str, letter: Letter) -> None:
        try:
            async with SMTP(
                hostname=self.server.host,
                port=self.server.port,
                username=self.server.username,
                password=self.server.password,
                use_tls=self.server.tls,
                start_tls=self.server.starttls,
                tls_context=self.trust,
                timeout=self.timeout,
                local_hostname=self.domain,  # or the library asks the name service, and waits for it
            ) as client:
                await client.send_message(
                    self.written(address, letter), sender=self.sender, recipients=[address]
                )
        except (SMTPException, OSError) as error:
            # Without its cause: the server's words name the address.
            raise _undelivered(error) from None

    async def close(self) -> None:
        pass

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]

    def written(self, address: str, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = f"Livelihood <{self.sender}>"
        message["To"] = address
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self.clock.now())
        # Always the same for one letter: a mailbox may drop the second of two.
        message["Message-ID"] = f"<{letter.id}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body)
        return message


def _undelivered(error: Exception) -> Undelivered:
    if isinstance(error, SMTPRecipientsRefused):
        refused = error.recipients[0].code
        return Undelivered(Failure.REFUSED, for_good=True) if refused >= 500 else Undelivered(Failure.BUSY)
    if isinstance(error, SMTPDataError):
        return Undelivered(Failure.REFUSED, for_good=True) if error.code >= 500 else Undelivered(Failure.BUSY)
    if isinstance(error, SMTPTimeoutError | TimeoutError):
        return Undelivered(Failure.TIMEOUT)
    if isinstance(error, SMTPResponseException):
        # Our sign-in or our sender: nothing about this reader, and somebody may be mending it.
        return Undelivered(Failure.SETUP if error.code >= 500 else Failure.BUSY)
    if isinstance(error, OSError):
        return Undelivered(Failure.UNREACHABLE)
    # What is left is that the server cannot do what we ask, as STARTTLS.
    return Undelivered(Failure.SETUP)
