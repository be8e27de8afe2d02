"""Upon what a change of policy was drafted, and whether that still stands.

A change says all of an entry, not only what its author wrote otherwise: put into force upon something else, it would
undo what somebody has said meanwhile.
"""

import hashlib

import msgspec

from livelihood.followups.rules.policy import Change, NewProtocol, NewVersion, NumberSet, Policy, Said
from livelihood.followups.rules.protocols import Protocol

NEW = "new"


def mark(said: Said | None) -> str:
    """Names an entry of the calendar as it stands: another after every change of it."""
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16] if said is not None else NEW


def newest_of(policy: Policy, key: str) -> Protocol | None:
    return max((one for one in policy.protocols if one.key == key), key=lambda one: one.version, default=None)


def version_before(policy: Policy, protocol: Protocol) -> Protocol | None:
    """The version upon which this one was drafted."""
    wanted = (protocol.key, protocol.version - 1)
    return next((one for one in policy.protocols if (one.key, one.version) == wanted), None)


def overtaken(policy: Policy, change: Change, stands: Said | None) -> bool:
    """`stands` is what the calendar says now of the entry that is changed."""
    match change:
        case NewVersion(protocol=protocol):
            newest = newest_of(policy, protocol.key)
            return newest is None or newest.version != protocol.version - 1
        case NewProtocol() | NumberSet():
            return False
        case _:
            return change.before != stands
