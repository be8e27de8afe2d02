"""What messages, ways and failures are called, in the reader's language."""

from livelihood.notices.rules import ChannelKind, Failure, Kind
from livelihood.notices.schemas import DeliveryState
from livelihood.web.words import gettext as _


def kind_name(kind: Kind) -> str:
    return {
        Kind.CODE: _("Code to confirm an address"),
        Kind.DIGEST: _("Daily digest"),
        Kind.SAFEGUARDING: _("Safeguarding notice"),
        Kind.TEST: _("Test message"),
    }[kind]


def channel_name(channel: ChannelKind) -> str:
    return {ChannelKind.EMAIL: _("E-mail"), ChannelKind.TELEGRAM: "Telegram"}[channel]


def failure_name(failure: Failure) -> str:
    return {
        Failure.BUSY: _("the server asked to try later"),
        Failure.NO_ADDRESS: _("no address is confirmed"),
        Failure.OFF: _("this way is not set up"),
        Failure.OUTDATED: _("it was no longer needed"),
        Failure.REFUSED: _("the address was refused"),
        Failure.SETUP: _("the server does not accept Livelihood's sign-in"),
        Failure.TIMEOUT: _("the server did not answer in time"),
        Failure.UNREACHABLE: _("the server cannot be reached"),
        Failure.UNWANTED: _("these notices are turned off"),
    }[failure]


STATE_CHIP = {DeliveryState.WAITING: "due", DeliveryState.SENT: "done", DeliveryState.GIVEN_UP: "alert"}


def state_name(state: DeliveryState) -> str:
    return {
        DeliveryState.WAITING: _("waiting"),
        DeliveryState.SENT: _("sent"),
        DeliveryState.GIVEN_UP: _("not delivered"),
    }[state]
