"""Admin of programs with their tiers, and of program groups."""

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.org_scope import ConfigurationDesk, OrgInline, OrgModelForm
from crm.adminkit.point_formats import describe_tiers
from loyalty.models import Program, ProgramGroup, Tier
from loyalty.queries.programs import clear_program_cache, get_programs
from loyalty.rules.amounts import ZERO

# The field that each expiry type needs.
EXPIRY_FIELDS = {"FIXED": "expires_on", "ROLLING": "expires_after_days"}
# Left empty, they ask for nothing.
REDEEM_LIMITS = (
    "min_redeem_points",
    "redeem_multiple",
    "min_balance_to_redeem",
    "min_lifetime_to_redeem",
    "min_purchases_to_redeem",
)


class ProgramForm(OrgModelForm):
    """Clears the fields that the expiry type does not use, and requires the one it needs.

    Rules of redeeming that no redemption could meet are refused.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in REDEEM_LIMITS:
            if name in self.fields:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        expiry_field = EXPIRY_FIELDS.get(cleaned.get("points_expiry", ""))
        for name in EXPIRY_FIELDS.values():
            if name != expiry_field:
                cleaned[name] = None
            elif cleaned.get(name) is None and name not in self.errors:
                self.add_error(
                    name, gettext("This field is required for the selected expiry type.")
                )
        for name in ("points_to_currency", "registration_bonus", *REDEEM_LIMITS):
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, gettext("Enter a number that is 0 or greater."))
        if cleaned.get("is_default") and not cleaned.get("is_active"):
            self.add_error("is_default", gettext("The default program must be active."))
        self._check_redeem_rules(cleaned)
        return cleaned

    def _check_redeem_rules(self, cleaned: dict[str, Any]) -> None:
        for name in REDEEM_LIMITS:
            if name in cleaned:
                cleaned[name] = cleaned[name] or ZERO
        most = cleaned.get("max_redeem_points")
        if most is None:
            return
        least, multiple = (cleaned.get(name) or ZERO for name in REDEEM_LIMITS[:2])
        if multiple > 0:
            least = max(least + (multiple - least % multiple) % multiple, multiple)
        if most <= 0:
            self.add_error("max_redeem_points", gettext("Enter a number greater than 0."))
        elif most < least:
            self.add_error(
                "max_redeem_points", gettext("No redemption could keep to all of these limits.")
            )


class TierFormSet(BaseInlineFormSet):
    """Requires rising thresholds, with 0 for the lowest tier."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        for form in self.forms:
            self._check_lift(form)
        if any(self.errors):
            return
        steps = sorted(
            (form.cleaned_data["serial"], form.cleaned_data["threshold"])
            for form in self.forms
            if form.cleaned_data
        )
        if not steps:
            raise forms.ValidationError(gettext("A program must have at least one tier."))
        if [serial for serial, _ in steps] != list(range(1, len(steps) + 1)):
            raise forms.ValidationError(gettext("Number the tiers 1, 2, 3 and so on."))
        thresholds = [threshold for _, threshold in steps]
        if thresholds[0] != 0:
            raise forms.ValidationError(gettext("The threshold of the lowest tier must be 0."))
        if any(low >= high for low, high in pairwise(thresholds)):
            raise forms.ValidationError(
                gettext("Each threshold must be higher than the one below it.")
            )

    def _check_lift(self, form: forms.BaseForm) -> None:
        days, visits, purchases = (
            form.cleaned_data.get(name) for name in ("lift_days", "lift_visits", "lift_purchases")
        )
        asks = visits or (purchases or ZERO) > ZERO
        if days is None and visits is None and purchases is None:
            return
        if not days or not asks:
            form.add_error(
                "lift_days", gettext("Enter days, and the visits or purchases within them.")
            )


class TierInline(OrgInline):
    model = Tier
    formset = TierFormSet
    fields = [
        "serial",
        "name",
        "description",
        "threshold",
        "earn_rate",
        "validity_days",
        "renewal_threshold",
        "renewal_visits",
        "lift_days",
        "lift_visits",
        "lift_purchases",
    ]
    ordering = ["serial"]
    # Enrollments and the tier history refer to tiers.
    can_delete = False


@admin.register(Program)
class ProgramDesk(ConfigurationDesk):
    form = ProgramForm
    list_display = ["name", "tier_names", "tier_rule", "points_expiry", "is_default", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    fieldsets: Any = [
        (
            None,
            {"fields": ["tier_ladder", "name", "description", "group", "is_default", "is_active"]},
        ),
        (
            _("Points and tiers"),
            {
                "fields": [
                    "points_to_currency", "tier_rule", "points_expiry", "expires_on",
                    "expires_after_days", "delay_days", "registration_bonus", "welcome_series",
                ]
            },
        ),
        (
            _("Redeeming at tills"),
            {
                "description": _("What a till must keep to when a member pays with points."),
                "fields": [
                    "min_redeem_points", "max_redeem_points", "redeem_multiple",
                    "min_balance_to_redeem", "min_lifetime_to_redeem", "min_purchases_to_redeem",
                    "redeem_needs_code",
                ],
            },
        ),
    ]  # fmt: skip
    readonly_fields = ["tier_ladder"]
    inlines = [TierInline]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return self.fieldsets
        # A new program has no tiers to show yet.
        (title, first), *others = self.fieldsets
        fields = [name for name in first["fields"] if name != "tier_ladder"]
        return [(title, {**first, "fields": fields}), *others]

    @display(description=_("Tier ladder"))
    def tier_ladder(self, program: Program) -> str:
        rules = get_programs(program.org_id).get(program.pk)
        steps = describe_tiers(rules.ladder, rule=rules.tier_rule) if rules else []
        return render_to_string("_pieces/ladder.html", {"ladder": steps})

    @display(description=_("Tiers"))
    def tier_names(self, program: Program) -> str:
        rules = get_programs(program.org_id).get(program.pk)
        return " → ".join(step.name for step in rules.ladder) if rules else gettext("None yet")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # The tiers are saved after the program, so the cache is cleared here.
        clear_program_cache(form.instance.org_id)


@admin.register(ProgramGroup)
class ProgramGroupDesk(ConfigurationDesk):
    list_display = ["title", "description"]
    search_fields = ["title"]
    ordering = ["title", "id"]
    fields = ["title", "description", "points_to_currency"]
