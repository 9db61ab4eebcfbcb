"""What customers are refused who are marked as fraud (618)."""

# Marked as fraud, with any certainty. INTERNAL only marks an employee.
REFUSED_STATUSES = frozenset({"MARKED", "CONFIRMED", "RECONFIRMED"})
# A mere mark does not stop a customer from earning.
EARNING_REFUSED_STATUSES = frozenset({"CONFIRMED", "RECONFIRMED"})


def is_refused_for_fraud(fraud_status: str) -> bool:
    """Whether a customer of this fraud status is refused redemption, goodwill and transfers."""
    return fraud_status in REFUSED_STATUSES


def is_refused_earning(fraud_status: str) -> bool:
    """Whether a customer of this fraud status is refused earning points."""
    return fraud_status in EARNING_REFUSED_STATUSES
