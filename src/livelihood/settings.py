"""What the environment says, read once. Every process of an installation gets the same settings.

`serve`, `worker` and `migrate` have no default database: an unset variable must not give an organisation an empty one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from livelihood.clock import Clock

PREFIX = "LIVELIHOOD_"
DATABASE_URL = "LIVELIHOOD_DATABASE_URL"
WORKER_DATABASE_URL = "LIVELIHOOD_WORKER_DATABASE_URL"
OWNER_DATABASE_URL = "LIVELIHOOD_OWNER_DATABASE_URL"
REDIS_URL = "LIVELIHOOD_REDIS_URL"
TIMEZONE = "LIVELIHOOD_TIMEZONE"
NOW = "LIVELIHOOD_NOW"
CLOCK_OFFSET = "LIVELIHOOD_CLOCK_OFFSET"
SECURE_COOKIES = "LIVELIHOOD_SECURE_COOKIES"
TRUSTED_PROXIES = "LIVELIHOOD_TRUSTED_PROXIES"
DATA_DIR = "LIVELIHOOD_DATA_DIR"
PUBLIC_URL = "LIVELIHOOD_PUBLIC_URL"
SMTP_URL = "LIVELIHOOD_SMTP_URL"
MAIL_FROM = "LIVELIHOOD_MAIL_FROM"
TELEGRAM_TOKEN = "LIVELIHOOD_TELEGRAM_TOKEN"  # noqa: S105  # the name of the variable
TELEGRAM_URL = "LIVELIHOOD_TELEGRAM_URL"
CONCERN_PUBLIC_KEY = "LIVELIHOOD_CONCERN_PUBLIC_KEY"
CONCERN_PRIVATE_KEY = "LIVELIHOOD_CONCERN_PRIVATE_KEY"
METRICS_TOKEN = "LIVELIHOOD_METRICS_TOKEN"  # noqa: S105 - the name of a variable

HOST = "127.0.0.1"
"""Where pages are served unless the command line says otherwise: to this machine alone."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")

EXAMPLES = {
    DATABASE_URL: "postgresql://livelihood_app@db.example.org/livelihood",
    WORKER_DATABASE_URL: "postgresql://livelihood_worker@db.example.org/livelihood",
    OWNER_DATABASE_URL: "postgresql://livelihood_owner@db.example.org/livelihood",
    REDIS_URL: "redis://redis.example.org:6379/0",
    PUBLIC_URL: "https://livelihood.example.org",
    SMTP_URL: "smtp://livelihood:password@mail.example.org:587",
    MAIL_FROM: "livelihood@example.org",
    TELEGRAM_TOKEN: "123456:the-rest-as-BotFather-gave-it",
    TELEGRAM_URL: "https://api.telegram.org",
}
DATABASE_SCHEMES = ("postgresql", "postgres")
REDIS_SCHEMES = ("redis", "rediss", "unix")
SMTP_SCHEMES = ("smtp", "smtps")
"""`smtps` speaks TLS from the first byte; `smtp` turns to it with STARTTLS before anything is said."""
WEB_SCHEMES = ("https", "http")
TOKEN = re.compile("[0-9]{1,18}:[A-Za-z0-9_-]+")
SENDER = re.compile("[!-~]+@[!-~]+")
ZONE = ZoneInfo("Asia/Phnom_Penh")
WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class SettingsError(Exception):
    """A setting is missing or cannot be read; the text is a sentence that says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """An address that is not set is empty; `require` refuses before it is used."""

    database_url: str = field(default="", repr=False)
    """For pages and API, with the role `livelihood_app`."""
    worker_database_url: str = field(default="", repr=False)
    """For workers and imports, with the role `livelihood_worker`."""
    owner_database_url: str = field(default="", repr=False)
    """For migrations alone, with the role that owns the tables."""
    redis_url: str = field(default="", repr=False)
    zone: ZoneInfo = ZONE
    clock_offset: timedelta = timedelta(0)
    secure_cookies: bool = True
    """False only where pages are served without TLS on the machine itself, as the demo does."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the proxies in front, whose word on where a request comes from is taken."""
    concern_public_key: str = ""
    """Seals concerns; `livelihood concerns make-keys` makes the pair. Without it no concern can be sent."""
    concern_private_key: str = field(default="", repr=False)
    """Opens concerns for the focal point. Whoever has it and the database reads them all."""
    data_dir: Path = Path(".livelihood")
    """Where the embedded servers of `demo` and `up` keep their files."""
    public_url: str = ""
    """Where people reach the pages, without a slash at its end; messages link to it."""
    smtp_url: str = field(default="", repr=False)
    """The mail server; without one no e-mail is sent, and the pages say so."""
    mail_from: str = ""
    telegram_token: str = field(default="", repr=False)
    """The bot's token; without one nothing is sent by Telegram, and the pages say so."""
    telegram_url: str = EXAMPLES[TELEGRAM_URL]
    metrics_token: str = field(default="", repr=False)
    """What opens /metrics to a program on another machine; without it this machine alone may ask."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError. LIVELIHOOD_NOW becomes an offset here; a process started by this one is handed the
        offset by `environment`, so that all of them agree to the microsecond.
        """
        return cls(
            database_url=_address(environ, DATABASE_URL, DATABASE_SCHEMES),
            worker_database_url=_address(environ, WORKER_DATABASE_URL, DATABASE_SCHEMES),
            owner_database_url=_address(environ, OWNER_DATABASE_URL, DATABASE_SCHEMES),
            redis_url=_address(environ, REDIS_URL, REDIS_SCHEMES),
            zone=_zone(environ.get(TIMEZONE, "").strip() or ZONE.key),
            clock_offset=_offset(environ),
            secure_cookies=_truth(environ, SECURE_COOKIES, default=True),
            trusted_proxies=trusted_proxies(environ.get(TRUSTED_PROXIES, "").split(",")),
            concern_public_key=_key(environ, CONCERN_PUBLIC_KEY),
            concern_private_key=_key(environ, CONCERN_PRIVATE_KEY),
            data_dir=Path(environ.get(DATA_DIR, "").strip() or ".livelihood"),
            public_url=_address(environ, PUBLIC_URL, WEB_SCHEMES).rstrip("/"),
            smtp_url=_address(environ, SMTP_URL, SMTP_SCHEMES),
            mail_from=_like(environ, MAIL_FROM, SENDER),
            telegram_token=_like(environ, TELEGRAM_TOKEN, TOKEN),
            telegram_url=_address(environ, TELEGRAM_URL, WEB_SCHEMES).rstrip("/") or EXAMPLES[TELEGRAM_URL],
            metrics_token=environ.get(METRICS_TOKEN, "").strip(),
        ).complete()

    def complete(self) -> Self:
        """These settings, when each channel that is on has what it needs. Raises SettingsError."""
        environment = self.environment()
        for channel, needed in ((SMTP_URL, (MAIL_FROM, PUBLIC_URL)), (TELEGRAM_TOKEN, (PUBLIC_URL,))):
            for variable in needed:
                if environment[channel] and not environment[variable]:
                    raise SettingsError(
                        f"{channel} is set and {variable} is not; messages need both. "
                        f"Set it as in {variable}={EXAMPLES[variable]}."
                    )
        bot = urlsplit(self.telegram_url)
        if bot.scheme == "http" and bot.hostname not in LOOPBACK:
            raise SettingsError(
                f"{TELEGRAM_URL} would send the bot's token unencrypted. Begin it with https://."
            )
        return self

    def require(self, *variables: str) -> Self:
        """These settings, when the addresses named by their variables are all set. Raises SettingsError."""
        environment = self.environment()
        missing = [variable for variable in variables if not environment.get(variable)]
        if missing:
            advice = " ".join(f"Set it as in {name}={EXAMPLES[name]}." for name in missing[:1])
            raise SettingsError(
                f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set. {advice} "
                "To try Livelihood without servers of your own, use `livelihood demo` or `livelihood up`."
            )
        return self

    def environment(self) -> dict[str, str]:
        """The variables that give another process these settings."""
        return {
            DATABASE_URL: self.database_url,
            WORKER_DATABASE_URL: self.worker_database_url,
            OWNER_DATABASE_URL: self.owner_database_url,
            REDIS_URL: self.redis_url,
            TIMEZONE: self.zone.key,
            CLOCK_OFFSET: str(self.clock_offset.total_seconds()),
            SECURE_COOKIES: str(self.secure_cookies).lower(),
            TRUSTED_PROXIES: ",".join(self.trusted_proxies),
            CONCERN_PUBLIC_KEY: self.concern_public_key,
            CONCERN_PRIVATE_KEY: self.concern_private_key,
            DATA_DIR: str(self.data_dir),
            PUBLIC_URL: self.public_url,
            SMTP_URL: self.smtp_url,
            MAIL_FROM: self.mail_from,
            TELEGRAM_TOKEN: self.telegram_token,
            TELEGRAM_URL: self.telegram_url,
            METRICS_TOKEN: self.metrics_token,
        }

    @property
    def clock(self) -> Clock:
        return Clock(self.zone, self.clock_offset)


def _address(environ: Mapping[str, str], variable: str, schemes: tuple[str, ...]) -> str:
    value = environ.get(variable, "").strip()
    # The address may hold a password, so the refusal does not repeat it.
    if value and urlsplit(value).scheme not in schemes:
        raise SettingsError(
            f"{variable} does not start with {schemes[0]}://. Write it as in {EXAMPLES[variable]}."
        )
    return value


def _like(environ: Mapping[str, str], variable: str, form: re.Pattern[str]) -> str:
    value = environ.get(variable, "").strip()
    # Nor does this one: it may be a secret.
    if value and not form.fullmatch(value):
        raise SettingsError(f"{variable} is not of the form needed. Write it as in {EXAMPLES[variable]}.")
    return value


def trusted_proxies(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each a network, one address being the smallest. Raises SettingsError where one of them is neither."""
    try:
        return tuple(str(ip_network(address.strip())) for address in addresses if address.strip())
    except ValueError as error:
        raise SettingsError(
            f"A trusted proxy is an address or a network, as in 10.0.0.5 or 10.0.0.0/24: {error}."
        ) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"{TIMEZONE} is {name!r}, which is no time zone. Write it as in Asia/Phnom_Penh."
        ) from error


def _offset(environ: Mapping[str, str]) -> timedelta:
    """An offset handed down wins: the instant it was computed from is long past when a child starts."""
    if seconds := environ.get(CLOCK_OFFSET, "").strip():
        try:
            return timedelta(seconds=float(seconds))
        except (ValueError, OverflowError) as error:
            raise SettingsError(f"{CLOCK_OFFSET} is {seconds!r}, which is no number of seconds.") from error
    if instant := environ.get(NOW, "").strip():
        advice = f"Write {NOW} as in 2026-11-20T09:00+07:00."
        try:
            now = datetime.fromisoformat(instant)
        except ValueError as error:
            raise SettingsError(f"{NOW} is {instant!r}, which is no instant. {advice}") from error
        if now.tzinfo is None:
            raise SettingsError(f"{NOW} is {instant!r}, which leaves its time zone open. {advice}")
        return now - datetime.now(UTC)
    return timedelta(0)


def _key(environ: Mapping[str, str], variable: str) -> str:
    value = environ.get(variable, "").strip().lower()
    if value and not re.fullmatch("[0-9a-f]{64}", value):
        raise SettingsError(f"{variable} is no key. Make a pair with `livelihood concerns make-keys`.")
    return value


def _truth(environ: Mapping[str, str], variable: str, *, default: bool) -> bool:
    value = environ.get(variable, "").strip().lower()
    if value and value not in WORDS:
        raise SettingsError(f"{variable} is {value!r}. Write true or false.")
    return WORDS.get(value, default)
