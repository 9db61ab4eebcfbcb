"""The desk of status labels."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from customers.models import StatusLabel
from customers.queries.status_effects import forget_status_effects
from customers.rules.status_effects import ACTIONS, list_blocked_actions

# What a label can block, in the words of a shop.
ACTION_NAMES = {
    "earning": _("Earning points"),
    "redeeming": _("Redeeming points and coupons"),
    "transfers": _("Transferring points"),
    "cards": _("Issuing cards"),
    "coupons": _("Issuing coupons"),
    "goodwill": _("Goodwill"),
    "updates": _("Changing the customer's data"),
}
SWITCH_NAMES = {f"blocks_{action}": name for action, name in ACTION_NAMES.items()}
USUAL, BLOCKED, ALLOWED = "", "true", "false"


class StatusLabelForm(OrgModelForm):
    """A choice for each switch: as the status says, blocked, or allowed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for switch, name in SWITCH_NAMES.items():
            if switch not in self.fields:
                continue
            self.fields[switch] = forms.TypedChoiceField(
                label=name,
                required=False,
                choices=[
                    (USUAL, _("As the status says")),
                    (BLOCKED, _("Blocked")),
                    (ALLOWED, _("Allowed")),
                ],
                coerce=lambda value: value == BLOCKED,
                empty_value=None,
                widget=UnfoldAdminSelectWidget,
            )
            value = getattr(self.instance, switch)
            self.initial[switch] = USUAL if value is None else (ALLOWED, BLOCKED)[value]


@admin.register(StatusLabel)
class StatusLabelDesk(ConfigurationDesk):
    form = StatusLabelForm
    list_display = ["label", "status", "blocked_actions", "is_default", "is_active"]
    list_filter = ["status", "is_active"]
    search_fields = ["label"]
    ordering = ["label", "id"]
    fieldsets = [
        (None, {"fields": ["label", "status", "is_default", "is_active"]}),
        (
            _("What it blocks"),
            {
                "fields": list(SWITCH_NAMES),
                "description": _(
                    "Unless you choose otherwise, a deleted customer is blocked from everything, a "
                    "suspended one from redeeming and transferring points, an active one from "
                    "nothing. The status itself can always be changed."
                ),
            },
        ),
    ]

    @display(description=_("Blocks"))
    def blocked_actions(self, row: StatusLabel) -> str:
        switches = {action: getattr(row, f"blocks_{action}") for action in ACTIONS}
        blocked = list_blocked_actions(row.status, switches)
        if len(blocked) == len(ACTIONS):
            return gettext("Everything")
        return ", ".join(str(ACTION_NAMES[a]) for a in ACTIONS if a in blocked) or gettext(
            "Nothing"
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_status_effects(obj.org_id)
