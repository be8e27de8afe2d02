"""Which ways out this installation has, by its settings."""

from collections.abc import Collection

from livelihood.notices.rules import ChannelKind
from livelihood.settings import Settings


def offered(settings: Settings) -> Collection[ChannelKind]:
    on = {ChannelKind.EMAIL: settings.smtp_url, ChannelKind.TELEGRAM: settings.telegram_token}
    return frozenset(kind for kind, address in on.items() if address)


def bot_id(settings: Settings) -> int | None:
    """The public first part of the bot's token."""
    return int(settings.telegram_token.partition(":")[0]) if settings.telegram_token else None
