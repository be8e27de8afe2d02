from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from livelihood.settings import CLOCK_OFFSET, NOW, Settings, SettingsError


def test_an_empty_environment_names_no_server() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.zone.key == "Asia/Phnom_Penh"
    assert settings.secure_cookies
    assert not settings.clock.moved
    assert settings.data_dir == Path(".livelihood")


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"LIVELIHOOD_DATABASE_URL": "mysql://u:secret@h/d"},
            "LIVELIHOOD_DATABASE_URL does not start with postgresql://",
        ),
        ({"LIVELIHOOD_REDIS_URL": "localhost:6379"}, "LIVELIHOOD_REDIS_URL does not start with redis://"),
        ({"LIVELIHOOD_TIMEZONE": "Phnom Penh"}, "'Phnom Penh', which is no time zone"),
        ({"LIVELIHOOD_TIMEZONE": "../etc/passwd"}, "no time zone"),
        ({"LIVELIHOOD_NOW": "yesterday"}, "'yesterday', which is no instant"),
        ({"LIVELIHOOD_NOW": "2026-11-20T09:00"}, "leaves its time zone open"),
        ({"LIVELIHOOD_CLOCK_OFFSET": "soon"}, "'soon', which is no number of seconds"),
        ({"LIVELIHOOD_CLOCK_OFFSET": "nan"}, "no number of seconds"),
        ({"LIVELIHOOD_TRUSTED_PROXIES": "10.0.0.1,proxy"}, "'proxy' does not appear to be"),
        ({"LIVELIHOOD_SECURE_COOKIES": "maybe"}, "'maybe'. Write true or false"),
        ({"LIVELIHOOD_SMTP_URL": "mail:secret@h"}, "LIVELIHOOD_SMTP_URL does not start with smtp://"),
        ({"LIVELIHOOD_SMTP_URL": "smtp://h"}, "LIVELIHOOD_SMTP_URL is set and LIVELIHOOD_MAIL_FROM is not"),
        ({"LIVELIHOOD_MAIL_FROM": "Livelihood <a@b>"}, "LIVELIHOOD_MAIL_FROM is not of the form needed"),
        ({"LIVELIHOOD_TELEGRAM_TOKEN": "secret"}, "LIVELIHOOD_TELEGRAM_TOKEN is not of the form needed"),
        ({"LIVELIHOOD_TELEGRAM_TOKEN": "1:secret"}, "is set and LIVELIHOOD_PUBLIC_URL is not"),
        ({"LIVELIHOOD_TELEGRAM_URL": "http://bots.example.org"}, "Begin it with https://"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(environ)
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_clock_moves_once_and_every_process_agrees() -> None:
    parent = Settings.from_environment({NOW: "2026-01-05T08:00:00+07:00"})
    assert abs(parent.clock.now() - datetime(2026, 1, 5, 1, tzinfo=UTC)) < timedelta(seconds=5)
    assert parent.clock.moved
    child = Settings.from_environment({NOW: "1999-01-01T00:00Z", **parent.environment()})
    assert child.clock_offset == parent.clock_offset


def test_settings_survive_the_way_to_another_process() -> None:
    settings = Settings.from_environment(
        {
            "LIVELIHOOD_DATABASE_URL": "postgresql://livelihood_app@/x?host=/tmp/y",
            "LIVELIHOOD_REDIS_URL": "unix:///tmp/y/valkey.sock?db=0",
            "LIVELIHOOD_SECURE_COOKIES": "no",
            "LIVELIHOOD_TIMEZONE": "UTC",
            CLOCK_OFFSET: "-86400.25",
            "LIVELIHOOD_PUBLIC_URL": "https://livelihood.example.org/",
            "LIVELIHOOD_SMTP_URL": "smtps://post:secret@mail.example.org",
            "LIVELIHOOD_MAIL_FROM": "livelihood@example.org",
            "LIVELIHOOD_TELEGRAM_TOKEN": "123:secret",
            "LIVELIHOOD_TELEGRAM_URL": "http://127.0.0.1:8081",
        }
    )
    assert Settings.from_environment(settings.environment()) == settings
    assert settings.clock_offset == timedelta(days=-1, seconds=-0.25)


def test_a_missing_address_is_refused_with_what_to_set() -> None:
    settings = Settings(database_url="postgresql://u:secret@h/d")
    assert settings.require("LIVELIHOOD_DATABASE_URL") is settings
    with pytest.raises(
        SettingsError, match=r"LIVELIHOOD_REDIS_URL is not set. Set it as in LIVELIHOOD_REDIS_URL=redis://"
    ):
        settings.require("LIVELIHOOD_DATABASE_URL", "LIVELIHOOD_REDIS_URL")
    assert "secret" not in repr(settings)


def test_no_secret_shows_where_settings_are_shown() -> None:
    settings = Settings.from_environment(
        {
            "LIVELIHOOD_PUBLIC_URL": "https://livelihood.example.org",
            "LIVELIHOOD_SMTP_URL": "smtps://post:secret@mail.example.org",
            "LIVELIHOOD_MAIL_FROM": "livelihood@example.org",
            "LIVELIHOOD_TELEGRAM_TOKEN": "123:secret",
        }
    )
    assert "secret" not in repr(settings)
