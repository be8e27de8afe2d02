"""Where a grant stands, and which way it can go from there."""

from enum import StrEnum

from livelihood.errors import Conflict, Message, say
from livelihood.grants.rules.errors import GrantNotApproved, GrantNotEditable, GrantNotSubmitted


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    ACTIVE = "active"


# As it stands in a sentence: "This application is …".
WORDS: dict[Status, Message] = {
    Status.DRAFT: say("a draft"),
    Status.SUBMITTED: say("submitted"),
    Status.RETURNED: say("returned"),
    Status.REJECTED: say("rejected"),
    Status.APPROVED: say("approved"),
    Status.ACTIVE: say("active"),
}


class Action(StrEnum):
    """What moves a grant on. APPROVE is the last approval needed: the ones before it leave the status alone."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    PAY = "pay"


TRANSITIONS: dict[tuple[Status, Action], Status] = {
    (Status.DRAFT, Action.SUBMIT): Status.SUBMITTED,
    (Status.RETURNED, Action.SUBMIT): Status.SUBMITTED,
    (Status.SUBMITTED, Action.APPROVE): Status.APPROVED,
    (Status.SUBMITTED, Action.RETURN): Status.RETURNED,
    (Status.SUBMITTED, Action.REJECT): Status.REJECTED,
    (Status.APPROVED, Action.PAY): Status.ACTIVE,
}

# The preparer still has it in hand.
EDITABLE = frozenset({Status.DRAFT, Status.RETURNED})

# The fund keeps or has paid money for it.
GRANTED = frozenset({Status.APPROVED, Status.ACTIVE})


def after(status: Status, action: Action) -> Status:
    """Where `action` leads from `status`.

    Raises GrantNotEditable, GrantNotSubmitted or GrantNotApproved where it leads nowhere.
    """
    if (status, action) not in TRANSITIONS:
        raise refusal(status, action)
    return TRANSITIONS[status, action]


def require_editable(status: Status) -> None:
    """Raises GrantNotEditable unless the preparer has it in hand."""
    if status not in EDITABLE:
        raise refusal(status, Action.SUBMIT)


def refusal(status: Status, action: Action) -> Conflict:
    match action:
        case Action.SUBMIT:
            return GrantNotEditable(
                say(
                    "This application is {status} and can no longer be changed or submitted. "
                    "A colleague who decides on it can return it with a note.",
                    status=WORDS[status],
                )
                if status == Status.SUBMITTED
                else say(
                    "This application is {status}: it cannot be changed or submitted again.",
                    status=WORDS[status],
                )
            )
        case Action.PAY:
            return GrantNotApproved(
                say(
                    "This grant is {status}. A tranche is paid once it has all its approvals.",
                    status=WORDS[status],
                )
            )
        case _:
            return GrantNotSubmitted(
                say("This application is {status}; it is not waiting for a decision.", status=WORDS[status])
            )
