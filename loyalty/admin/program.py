"""The desk of programs with their tiers, and of groups of programs."""

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.template.loader import render_to_string
from unfold.decorators import display

from crm.adminkit.points import ladder
from crm.adminkit.scoping import ConfigurationDesk, OrgInline, OrgModelForm
from loyalty.models import Program, ProgramGroup, Tier
from loyalty.queries.programs import forget_programs, get_programs

# Which fields belong to which way of expiring.
EXPIRY_FIELDS = {"FIXED": "expires_on", "ROLLING": "expires_after_days"}


class ProgramForm(OrgModelForm):
    """What the way of expiring does not use is emptied, and what it needs has to be there."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = EXPIRY_FIELDS.get(cleaned.get("points_expiry", ""))
        for name in EXPIRY_FIELDS.values():
            if name != wanted:
                cleaned[name] = None
            elif cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, "This way of expiring needs it.")
        for name in ("points_to_currency", "registration_bonus"):
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, "This is not less than 0.")
        if cleaned.get("is_default") and not cleaned.get("is_active"):
            self.add_error("is_default", "The default program is an active one.")
        return cleaned


class Ladder(BaseInlineFormSet):
    """Tiers that rise: each asks for more than the one below it, and the first for nothing."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        steps = sorted(
            (form.cleaned_data["serial"], form.cleaned_data["threshold"])
            for form in self.forms
            if form.cleaned_data
        )
        if not steps:
            raise forms.ValidationError("A program has at least one tier.")
        if [serial for serial, _ in steps] != list(range(1, len(steps) + 1)):
            raise forms.ValidationError("Tiers are numbered 1, 2, 3 and so on.")
        asked = [threshold for _, threshold in steps]
        if asked[0] != 0:
            raise forms.ValidationError("The lowest tier asks for nothing: its threshold is 0.")
        if any(low >= high for low, high in pairwise(asked)):
            raise forms.ValidationError("Each tier asks for more than the one below it.")


class Tiers(OrgInline):
    model = Tier
    formset = Ladder
    fields = [
        "serial",
        "name",
        "description",
        "threshold",
        "earn_rate",
        "validity_days",
        "renewal_threshold",
    ]
    ordering = ["serial"]
    # Members stand on them, and history names them.
    can_delete = False


@admin.register(Program)
class ProgramDesk(ConfigurationDesk):
    form = ProgramForm
    list_display = ["name", "steps", "tier_rule", "points_expiry", "is_default", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    fields = [
        "picture",
        "name",
        "description",
        "group",
        "is_default",
        "is_active",
        "points_to_currency",
        "tier_rule",
        "points_expiry",
        "expires_on",
        "expires_after_days",
        "delay_days",
        "registration_bonus",
        "welcome_series",
    ]
    readonly_fields = ["picture"]
    inlines = [Tiers]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # A new program has no ladder to draw yet.
        return self.fields if obj else [name for name in self.fields if name != "picture"]

    @display(description="Ladder")
    def picture(self, program: Program) -> str:
        rules = get_programs(program.org_id).get(program.pk)
        steps = ladder(rules.ladder, rule=rules.tier_rule) if rules else []
        return render_to_string("_pieces/ladder.html", {"ladder": steps})

    @display(description="Tiers")
    def steps(self, program: Program) -> str:
        rules = get_programs(program.org_id).get(program.pk)
        return " → ".join(step.name for step in rules.ladder) if rules else "None yet"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # After the tiers, which are written after the program.
        forget_programs(form.instance.org_id)


@admin.register(ProgramGroup)
class ProgramGroupDesk(ConfigurationDesk):
    list_display = ["title", "description"]
    search_fields = ["title"]
    ordering = ["title", "id"]
    fields = ["title", "description", "points_to_currency"]
