"""Merging the consent of two customers (design, section 4)."""


def choose_stricter_status(first: str, second: str) -> str:
    """Return OPTOUT if either status is OPTOUT."""
    return "OPTOUT" if "OPTOUT" in (first, second) else "OPTIN"
