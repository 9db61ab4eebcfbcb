"""Format points, amounts and tiers for staff."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from unfold.widgets import UnfoldAdminDecimalFieldWidget

from loyalty.rules.programs import TierStep

# The unit of a tier's threshold, by the program's tier rule.
UNITS = {"LIFETIME_POINTS": "points", "LIFETIME_PURCHASES": "in purchases"}


def format_amount(value: Decimal) -> str:
    """Format an amount, as 1,250 or 12.5, without trailing zeros."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def format_signed_amount(value: Decimal) -> str:
    """Format an amount with its sign."""
    return f"+{format_amount(value)}" if value > 0 else format_amount(value)


def describe_tiers(
    steps: Sequence[TierStep], *, rule: str, current_serial: int | None = None
) -> list[dict[str, Any]]:
    """Describe the tiers, lowest first. ``current_serial`` is the customer's current tier."""
    return [
        {
            "name": step.name,
            "asks": f"from {format_amount(step.threshold)} {UNITS[rule]}"
            if step.threshold
            else "at once",
            "earns": f"earns {format_amount(step.earn_rate)} a unit",
            "is_here": step.serial == current_serial,
            "is_reached": current_serial is not None and step.serial <= current_serial,
        }
        for step in steps
    ]


class AmountWidget(UnfoldAdminDecimalFieldWidget):
    """A number input that shows 1 instead of 1.000, which could be read as a thousand."""

    def format_value(self, value: Any) -> Any:
        shown = super().format_value(value)
        if isinstance(value, Decimal) and value.is_finite():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        return shown
