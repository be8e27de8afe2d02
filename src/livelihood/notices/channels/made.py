from livelihood.clock import Clock
from livelihood.notices.channels import Channel
from livelihood.notices.channels.email import Email, MailServer
from livelihood.notices.channels.telegram import Telegram
from livelihood.notices.rules import ChannelKind
from livelihood.settings import Settings


def made(settings: Settings, clock: Clock) -> dict[ChannelKind, Channel]:
    """The channels that the settings turn on. Raises SettingsError where an address names no server."""
    channels: dict[ChannelKind, Channel] = {}
    if settings.smtp_url:
        server = MailServer.of(settings.smtp_url)
        channels[ChannelKind.EMAIL] = Email(server, settings.mail_from, clock=clock)
    if settings.telegram_token:
        channels[ChannelKind.TELEGRAM] = Telegram(settings.telegram_token, settings.telegram_url)
    return channels
