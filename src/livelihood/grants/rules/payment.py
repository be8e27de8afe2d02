"""Paying a tranche: to whom, how it is witnessed, when, and by whom not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from livelihood.errors import Amount, FieldError, InvalidInput, say
from livelihood.grants.rules.errors import ApproverMayNotPay, GrantAlreadyDisbursed, TrancheWaits


class Method(StrEnum):
    """How the money reaches the family; in kind: goods bought together with it."""

    CASH = "cash"
    BANK = "bank"
    MOBILE_WALLET = "mobile_wallet"
    IN_KIND = "in_kind"


class Acknowledgement(StrEnum):
    """How the recipient confirms on the paper receipt."""

    SIGNATURE = "signature"
    THUMBPRINT = "thumbprint"


@dataclass(frozen=True, slots=True)
class Payment:
    """What is about to be recorded as paid."""

    amount: Amount
    recipient: UUID
    acknowledgement: Acknowledgement
    witness: str
    receipt_number: str
    paid_on: date


def require_payer(person: UUID, approvers: Collection[UUID]) -> None:
    """Raises ApproverMayNotPay."""
    if person in approvers:
        raise ApproverMayNotPay(
            say("You approved this grant, so a colleague has to pay it. Finance sees it in its list.")
        )


def require_payable(number: int, paid: Collection[int]) -> None:
    """Raises GrantAlreadyDisbursed where the tranche is paid, TrancheWaits for any but the first."""
    if number in paid:
        raise GrantAlreadyDisbursed(
            say(
                "Tranche {number} has been paid already. The grant's page shows when and to whom.",
                number=number,
            )
        )
    if number > 1:
        raise TrancheWaits(
            say("Tranche {number} waits for its checks; it cannot be paid yet.", number=number)
        )


def require_sound(
    payment: Payment, *, tranche: Amount, members: Collection[UUID], approved_on: date, today: date
) -> None:
    """Raises InvalidInput with everything about the payment that cannot be so."""
    faults: list[FieldError] = []
    if payment.amount != tranche:
        faults.append(
            FieldError(
                "amount_minor",
                say(
                    "{amount} is not this tranche, which is {tranche}.",
                    amount=payment.amount,
                    tranche=tranche,
                ),
            )
        )
    if payment.recipient not in members:
        faults.append(
            FieldError(
                "recipient_member_id", say("That is no member of this household. Choose one of its members.")
            )
        )
    if payment.acknowledgement is Acknowledgement.THUMBPRINT and not payment.witness.strip():
        faults.append(FieldError("witness", say("A thumbprint needs a witness. Write the witness's name.")))
    if not payment.receipt_number.strip():
        faults.append(FieldError("receipt_number", say("Write the number of the paper receipt.")))
    if payment.paid_on > today:
        faults.append(
            FieldError(
                "paid_on",
                say("{day} is in the future. Record the payment once it is made.", day=payment.paid_on),
            )
        )
    elif payment.paid_on < approved_on:
        faults.append(
            FieldError(
                "paid_on",
                say(
                    "{day} is before the approval on {approved}. Money is paid after it.",
                    day=payment.paid_on,
                    approved=approved_on,
                ),
            )
        )
    if faults:
        raise InvalidInput(faults)
