"""The refusals of this area, each named for the fact and carrying its status."""

from livelihood.errors import Conflict, Forbidden


class GrantNotEditable(Conflict):
    """Only a draft, or an application returned to its preparer, can be changed or submitted."""

    code = "grant-not-editable"


class GrantNotSubmitted(Conflict):
    """A decision on an application that is not waiting for one."""

    code = "grant-not-submitted"


class GrantNotApproved(Conflict):
    """A payment on a grant that has not all its approvals."""

    code = "grant-not-approved"


class GrantAlreadyDisbursed(Conflict):
    """The tranche has been paid."""

    code = "grant-already-disbursed"


class TrancheWaits(Conflict):
    """A tranche after the first, whose checks are still to come."""

    code = "tranche-waits"


class FundTooSmall(Conflict):
    """The fund has less left than the grant asks for."""

    code = "fund-too-small"


class FundOutOfPeriod(Conflict):
    """The day is outside the time for which the donor gave the money."""

    code = "fund-out-of-period"


class AlreadyDecided(Conflict):
    """The person has decided on this submission before: no one counts twice."""

    code = "already-decided"


class PreparerMayNotApprove(Forbidden):
    code = "preparer-may-not-approve"


class ApproverMayNotPay(Forbidden):
    code = "approver-may-not-pay"


class NoStepToComplete(Forbidden):
    """The person's roles complete no step that is still open."""

    code = "no-step-to-complete"
