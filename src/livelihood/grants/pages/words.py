"""What the area's values are called on its pages."""

from collections.abc import Mapping
from typing import Any

from livelihood.accounts.permissions import ROLE_NAMES
from livelihood.db.reader import Reading
from livelihood.errors import Message, say
from livelihood.grants.rules.approvals import Decision
from livelihood.grants.rules.payment import Acknowledgement, Method
from livelihood.grants.rules.status import Status
from livelihood.web.current import LANGUAGE
from livelihood.web.pages import Html, page
from livelihood.web.words import sentence

STATUS: Mapping[str, Message] = {
    Status.DRAFT: say("Draft"),
    Status.SUBMITTED: say("Waits for a decision"),
    Status.RETURNED: say("Returned"),
    Status.REJECTED: say("Rejected"),
    Status.APPROVED: say("Approved, not paid"),
    Status.ACTIVE: say("First tranche paid"),
}
DECISION: Mapping[str, Message] = {
    Decision.APPROVE: say("Approved"),
    Decision.RETURN: say("Returned with a note"),
    Decision.REJECT: say("Rejected"),
}
METHOD: Mapping[str, Message] = {
    Method.CASH: say("In cash"),
    Method.BANK: say("To a bank account"),
    Method.MOBILE_WALLET: say("To a mobile wallet"),
    Method.IN_KIND: say("In kind: goods bought with the family"),
}
ACKNOWLEDGEMENT: Mapping[str, Message] = {
    Acknowledgement.SIGNATURE: say("A signature"),
    Acknowledgement.THUMBPRINT: say("A thumbprint, with a witness"),
}


def options(words: Mapping[str, Message]) -> list[tuple[str, str]]:
    """(value, label) pairs in the reader's language."""
    return [(str(value), sentence(word)) for value, word in words.items()]


def office_names(reading: Reading) -> dict[int, str]:
    """The actor's offices in the reader's language."""
    khmer = LANGUAGE.get() == "km"
    return {office.id: office.name_km if khmer else office.name_en for office in reading.actor.offices}


def grants_page(name: str, reading: Reading, **context: Any) -> Html:
    """A page that can say where a grant stands and which roles are meant."""
    return page(
        f"grants/{name}.html",
        reading,
        status_words=STATUS,
        role_words=ROLE_NAMES,
        decision_words=DECISION,
        **context,
    )
