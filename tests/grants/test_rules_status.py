from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.errors import Amount, InvalidInput
from livelihood.grants.rules.errors import (
    ApproverMayNotPay,
    GrantAlreadyDisbursed,
    GrantNotApproved,
    GrantNotEditable,
    GrantNotSubmitted,
    TrancheWaits,
)
from livelihood.grants.rules.money import Currency
from livelihood.grants.rules.payment import (
    Acknowledgement,
    Payment,
    require_payable,
    require_payer,
    require_sound,
)
from livelihood.grants.rules.status import (
    EDITABLE,
    GRANTED,
    TRANSITIONS,
    WORDS,
    Action,
    Status,
    after,
    require_editable,
)

REFUSALS = (GrantNotEditable, GrantNotSubmitted, GrantNotApproved)


@given(actions=st.lists(st.sampled_from(Action), max_size=30))
def test_money_moves_only_along_the_one_way(actions: list[Action]) -> None:
    status, path = Status.DRAFT, [Status.DRAFT]
    for action in actions:
        try:
            status = after(status, action)
        except REFUSALS:
            assert (status, action) not in TRANSITIONS
        else:
            path.append(status)
    # Nothing is granted that was not submitted just before, and nothing that ended comes back.
    for before, now in pairwise(path):
        if now is Status.APPROVED:
            assert before is Status.SUBMITTED
        if now is Status.ACTIVE:
            assert before is Status.APPROVED
        assert before not in {Status.REJECTED, Status.ACTIVE}
    assert path.count(Status.APPROVED) <= 1


@pytest.mark.parametrize("status", Status)
def test_what_cannot_move_says_where_it_stands(status: Status) -> None:
    for action, refusal in (
        (Action.SUBMIT, GrantNotEditable),
        (Action.RETURN, GrantNotSubmitted),
        (Action.REJECT, GrantNotSubmitted),
        (Action.APPROVE, GrantNotSubmitted),
        (Action.PAY, GrantNotApproved),
    ):
        if (status, action) not in TRANSITIONS:
            with pytest.raises(refusal, match=str(WORDS[status])):
                after(status, action)


def test_only_the_preparers_states_can_be_edited() -> None:
    for status in Status:
        if status in EDITABLE:
            require_editable(status)
        else:
            with pytest.raises(GrantNotEditable):
                require_editable(status)
    assert not EDITABLE & GRANTED


def test_the_first_tranche_once_and_no_later_one_yet() -> None:
    require_payable(1, set())
    with pytest.raises(GrantAlreadyDisbursed):
        require_payable(1, {1})
    with pytest.raises(TrancheWaits, match="Tranche 2 waits for its checks"):
        require_payable(2, {1})


def test_who_approved_does_not_pay() -> None:
    one, other = UUID(int=1), UUID(int=2)
    require_payer(one, {other})
    with pytest.raises(ApproverMayNotPay):
        require_payer(one, {one, other})


APPROVED = date(2026, 3, 2)
MEMBER = UUID(int=7)
SOUND = Payment(
    amount=Amount(9_000, Currency.USD),
    recipient=MEMBER,
    acknowledgement=Acknowledgement.SIGNATURE,
    witness="",
    receipt_number="A-0012",
    paid_on=APPROVED,
)


def faults(payment: Payment, today: date = APPROVED) -> list[str]:
    try:
        require_sound(
            payment, tranche=Amount(9_000, Currency.USD), members={MEMBER}, approved_on=APPROVED, today=today
        )
    except InvalidInput as refusal:
        return [error.field for error in refusal.errors]
    return []


def changed(**fields: object) -> Payment:
    return Payment(**({name: getattr(SOUND, name) for name in Payment.__slots__} | fields))


def test_a_sound_payment_passes() -> None:
    assert faults(SOUND) == []
    assert faults(changed(acknowledgement=Acknowledgement.THUMBPRINT, witness="Sok Dara")) == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"amount": Amount(8_999, Currency.USD)}, "amount_minor"),
        ({"amount": Amount(9_001, Currency.USD)}, "amount_minor"),
        ({"amount": Amount(9_000, Currency.KHR)}, "amount_minor"),
        ({"recipient": UUID(int=8)}, "recipient_member_id"),
        ({"acknowledgement": Acknowledgement.THUMBPRINT}, "witness"),
        ({"acknowledgement": Acknowledgement.THUMBPRINT, "witness": "  "}, "witness"),
        ({"receipt_number": " "}, "receipt_number"),
        ({"paid_on": APPROVED + timedelta(1)}, "paid_on"),
        ({"paid_on": APPROVED - timedelta(1)}, "paid_on"),
    ],
)
def test_a_payment_that_cannot_be_so_is_refused(fields: dict[str, object], fault: str) -> None:
    assert faults(changed(**fields)) == [fault]


def test_everything_wrong_with_a_payment_is_said_at_once() -> None:
    wrong = changed(
        amount=Amount(1, Currency.USD),
        recipient=UUID(int=9),
        acknowledgement=Acknowledgement.THUMBPRINT,
        receipt_number="",
        paid_on=APPROVED + timedelta(9),
    )
    assert faults(wrong) == ["amount_minor", "recipient_member_id", "witness", "receipt_number", "paid_on"]
