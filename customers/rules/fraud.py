"""Marks of fraud: how certain it is that a customer cheats, and why."""

from dataclasses import dataclass

from customers import errors
from customers.rules.text import clean_reason, sanitize

NOT_FRAUD = "NOT_FRAUD"
STATUSES = (NOT_FRAUD, "MARKED", "CONFIRMED", "RECONFIRMED", "INTERNAL")
# v1.1 calls a customer who is not marked NONE.
_OTHER_NAMES = {"NONE": NOT_FRAUD}


@dataclass(frozen=True, slots=True)
class FraudMark:
    """A fraud status for a customer, and the reason; NOT_FRAUD clears the mark."""

    status: str
    reason: str = ""


def clean_fraud_mark(mark: FraudMark) -> FraudMark:
    """Return the mark with the stored name of its status and a trimmed reason.

    Raises:
        FraudStatusInvalid: there is no such status; any case is accepted, and NONE.
        ReasonInvalid: the reason is too long or cannot be stored.
    """
    name = mark.status.strip().upper()
    status = _OTHER_NAMES.get(name, name)
    if status not in STATUSES:
        raise errors.FraudStatusInvalid(status=sanitize(mark.status))
    return FraudMark(status, clean_reason(mark.reason))
