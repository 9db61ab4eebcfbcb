"""Format points, amounts and tiers for staff."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, gettext_noop
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from crm.adminkit.localized import format_minute, localize_digits
from loyalty.rules.programs import TierStep

# The unit of a tier's threshold, by the program's tier rule.
UNITS = {
    "LIFETIME_POINTS": gettext_noop("points"),
    "LIFETIME_PURCHASES": gettext_noop("in purchases"),
}


def format_amount(value: Decimal) -> str:
    """Format an amount, as 1,250 or 12.5, without trailing zeros."""
    return localize_digits(f"{value:,.3f}".rstrip("0").rstrip("."))


def format_signed_amount(value: Decimal) -> str:
    """Format an amount with its sign."""
    return f"+{format_amount(value)}" if value > 0 else format_amount(value)


def describe_reversal(*, reversed_points: Decimal, redeemed_at: datetime | None) -> str:
    """Return what of a redemption was reversed, or of when the reversed one is; or nothing."""
    if redeemed_at is not None:
        return gettext("of the redemption of {moment}").format(moment=format_minute(redeemed_at))
    if reversed_points:
        return gettext("{points} of it reversed").format(points=format_amount(reversed_points))
    return ""


def describe_tiers(
    steps: Sequence[TierStep], *, rule: str, current_serial: int | None = None
) -> list[dict[str, Any]]:
    """Describe the tiers, lowest first. ``current_serial`` is the customer's current tier."""
    return [
        {
            "name": step.name,
            "asks": _describe_condition(step, rule),
            "earns": gettext("earns {earn_rate} a unit").format(
                earn_rate=format_amount(step.earn_rate)
            ),
            "is_here": step.serial == current_serial,
            "is_reached": current_serial is not None and step.serial <= current_serial,
        }
        for step in steps
    ]


def _describe_condition(step: TierStep, rule: str) -> str:
    if not step.threshold:
        return gettext("at once")
    threshold = gettext("from {threshold} {unit}").format(
        threshold=format_amount(step.threshold), unit=gettext(UNITS[rule])
    )
    if step.lift_days is None:
        return threshold
    lately = [
        gettext("{count} visits").format(count=step.lift_visits) if step.lift_visits else "",
        gettext("purchases of {amount}").format(amount=format_amount(step.lift_purchases))
        if step.lift_purchases
        else "",
    ]
    return gettext("{asked}, or {lately} within {days} days").format(
        asked=threshold, lately=gettext(" and ").join(filter(None, lately)), days=step.lift_days
    )


class AmountWidget(UnfoldAdminDecimalFieldWidget):
    """A number input that shows 1 instead of 1.000, which could be read as a thousand."""

    def format_value(self, value: Any) -> Any:
        shown = super().format_value(value)
        if isinstance(value, Decimal) and value.is_finite():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        return shown
