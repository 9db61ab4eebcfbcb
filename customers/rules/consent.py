"""Consent of two customers who become one (design, section 4)."""


def stricter(one: str, other: str) -> str:
    """Opted out as soon as either said so."""
    return "OPTOUT" if "OPTOUT" in (one, other) else "OPTIN"
