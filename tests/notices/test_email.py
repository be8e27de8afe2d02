"""The mail server is spoken to over TLS, and to nobody else: letters and the password go nowhere unencrypted."""

import ssl
from uuid import UUID

import pytest
import trustme

from livelihood.clock import Clock
from livelihood.notices.channels import Letter, Undelivered
from livelihood.notices.channels.email import Email, MailServer
from livelihood.notices.rules import Failure
from livelihood.settings import SettingsError
from tests.notices.readers import SENDER
from tests.notices.servers import post_office
from tests.support.world import ZONE

LETTER = Letter(UUID(int=1), "Livelihood៖ សារសាកល្បង", "សួស្ដី\n")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def channel(url: str, trust: ssl.SSLContext | None = None) -> Email:
    return Email(MailServer.of(url), SENDER, clock=Clock(ZONE), timeout=5, trust=trust)


async def test_a_letter_goes_after_starttls_and_signing_in(authority: trustme.CA):
    async with post_office(tls=server_side(authority), sign_in=True) as office:
        by = channel(f"smtp://post:p%40ss@localhost:{office.port}", trusting(authority))
        await by.send("sophea@example.org", LETTER)
        wrong = channel(f"smtp://post:wrong@localhost:{office.port}", trusting(authority))
        with pytest.raises(Undelivered) as refused:
            await wrong.send("sophea@example.org", LETTER)
    ((_, arrived),) = office.arrived
    assert arrived["Subject"] == LETTER.subject
    assert arrived.get_content().splitlines() == ["សួស្ដី"]
    assert arrived["Message-ID"] == f"<{LETTER.id}@example.org>"
    assert refused.value.failure is Failure.SETUP
    assert not refused.value.for_good, "somebody may be mending it"


async def test_a_letter_goes_over_tls_from_the_first_byte(authority: trustme.CA):
    async with post_office(tls=server_side(authority), implicit=True) as office:
        by = channel(f"smtps://localhost:{office.port}", trusting(authority))
        await by.send("sophea@example.org", LETTER)
    assert [address for address, _ in office.arrived] == ["sophea@example.org"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(authority: trustme.CA, scheme: str):
    async with post_office(tls=server_side(authority), implicit=scheme == "smtps") as office:
        with pytest.raises(Undelivered):
            await channel(f"{scheme}://localhost:{office.port}").send("sophea@example.org", LETTER)
    assert office.asked == []


async def test_without_starttls_nothing_is_said():
    async with post_office() as office:
        with pytest.raises(Undelivered) as refused:
            await channel(f"smtp://localhost:{office.port}").send("sophea@example.org", LETTER)
    assert refused.value.failure is Failure.SETUP
    assert office.asked == []


@pytest.mark.parametrize("url", ["smtp://", "smtp://h:99999999", "smtp://u:secret@h?starttls=no"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str):
    with pytest.raises(SettingsError) as refused:
        MailServer.of(url)
    assert "secret" not in str(refused.value)
