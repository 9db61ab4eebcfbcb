"""Which customers are refused redemption, goodwill and transfers (618)."""

# Marked as fraud, with any certainty. INTERNAL only marks an employee.
REFUSED_STATUSES = frozenset({"MARKED", "CONFIRMED", "RECONFIRMED"})


def is_refused_for_fraud(fraud_status: str) -> bool:
    """Whether a customer of this fraud status is refused redemption, goodwill and transfers."""
    return fraud_status in REFUSED_STATUSES
