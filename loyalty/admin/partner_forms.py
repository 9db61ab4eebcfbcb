"""The forms to link a customer to a partner's program, change the tier there, and unlink."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.idempotent_forms import ReceiptForm, reason_field
from customers.rules.times import end_of_day
from loyalty.rules.partners import MAX_MEMBERSHIP_ID_LENGTH, PartnerRules, list_tier_names


def _tier_field(*, hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Tier"), required=False, help_text=hint, widget=UnfoldAdminSelectWidget
    )


def _end_field() -> forms.DateField:
    return forms.DateField(
        label=_("Tier expires"),
        required=False,
        help_text=_("The tier ends with this day."),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )


class PartnerLinkForm(ReceiptForm):
    partner = forms.ChoiceField(label=_("Partner program"), widget=UnfoldAdminSelectWidget)
    membership_id = forms.CharField(
        label=_("Membership id"),
        max_length=MAX_MEMBERSHIP_ID_LENGTH,
        help_text=_("The customer's number at the partner."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    tier = _tier_field(hint=_("Only for partner programs with tiers."))
    expires = _end_field()

    def __init__(self, partners: Sequence[PartnerRules], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"].choices = [  # type: ignore[attr-defined]
            (partner.name, partner.name) for partner in partners
        ]
        # A tier is named once, whatever partner has it; the operation refuses another's.
        names = dict.fromkeys(
            name for partner in partners for name in list_tier_names(partner.tiers)
        )
        self.fields["tier"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *((name, name) for name in names),
        ]


class PartnerTierForm(ReceiptForm):
    tier = _tier_field()
    expires = _end_field()

    def __init__(self, partner: PartnerRules, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [  # type: ignore[attr-defined]
            (name, name) for name in list_tier_names(partner.tiers)
        ]


class PartnerUnlinkForm(ReceiptForm):
    reason = reason_field(_("Reason for unlinking"))


def read_end(day: date | None, zone: tzinfo) -> datetime | None:
    """Return the end of the tier's last day."""
    return None if day is None else end_of_day(day, zone)
