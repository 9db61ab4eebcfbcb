"""Who is refused redemption, goodwill and transfers (618)."""

# Marked, however sure the organization is; INTERNAL only says that somebody works there.
FRAUDULENT = frozenset({"MARKED", "CONFIRMED", "RECONFIRMED"})


def is_refused(fraud_status: str) -> bool:
    """Tell whether a customer of this fraud status may spend or be given anything."""
    return fraud_status in FRAUDULENT
