"""Points and tiers as people read them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from unfold.widgets import UnfoldAdminDecimalFieldWidget

from loyalty.rules.programs import TierStep

# By what a program measures its members.
UNITS = {"LIFETIME_POINTS": "points", "LIFETIME_PURCHASES": "in purchases"}


def amount(value: Decimal) -> str:
    """1,250 or 12.5, with no zeros that say nothing."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def signed(value: Decimal) -> str:
    """An amount that came (+) or went (-)."""
    return f"+{amount(value)}" if value > 0 else amount(value)


def ladder(
    steps: Sequence[TierStep], *, rule: str, standing: int | None = None
) -> list[dict[str, Any]]:
    """The steps from the lowest up; ``standing`` is the serial where somebody is."""
    return [
        {
            "name": step.name,
            "asks": f"from {amount(step.threshold)} {UNITS[rule]}" if step.threshold else "at once",
            "earns": f"earns {amount(step.earn_rate)} a unit",
            "is_here": step.serial == standing,
            "is_reached": standing is not None and step.serial <= standing,
        }
        for step in steps
    ]


class AmountWidget(UnfoldAdminDecimalFieldWidget):
    """Shows 1 and not 1.000, which some would read as a thousand."""

    def format_value(self, value: Any) -> Any:
        shown = super().format_value(value)
        if isinstance(value, Decimal) and value.is_finite():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        return shown
