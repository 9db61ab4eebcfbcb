"""What a status label blocks: its own switches, or else what its status says."""

from collections.abc import Collection, Mapping

EARNING, REDEEMING, TRANSFERS = "earning", "redeeming", "transfers"
CARDS, COUPONS, GOODWILL, UPDATES = "cards", "coupons", "goodwill", "updates"
ACTIONS = (EARNING, REDEEMING, TRANSFERS, CARDS, COUPONS, GOODWILL, UPDATES)

_BY_STATUS: Mapping[str, Collection[str]] = {
    "SUSPENDED": (REDEEMING, TRANSFERS),
    # Everything but the status itself, by which a customer comes back.
    "DELETED": ACTIONS,
}


def list_blocked_actions(status: str, switches: Mapping[str, bool | None]) -> frozenset[str]:
    """Return what is blocked; a switch that is None or missing says what the status says."""
    usual = _BY_STATUS.get(status, ())
    return frozenset(
        action
        for action in ACTIONS
        if (action in usual if (switch := switches.get(action)) is None else switch)
    )
