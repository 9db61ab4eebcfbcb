"""Admin of promotions, with a preview of what one would have given."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models.fields.related import RelatedField
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.localized import format_count, format_minute
from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.adminkit.point_formats import format_amount
from loyalty.admin.name_lists import read_names
from loyalty.models import Promotion
from loyalty.queries.desk_lists import filter_tiers
from loyalty.queries.promotion_preview import DAYS, MOST_BILLS, preview_promotion
from loyalty.queries.promotions import clear_promotion_cache

PLACES = ("ZONE", "CONCEPT", "STORE", "TILL")
MOST_CODES = 500
LONGEST_CODE = 100
MOST_POINTS = Decimal(1_000_000)


class PromotionForm(OrgModelForm):
    """The conditions in words: item codes one a line, attributes as ``name: value, value``."""

    item_codes = forms.CharField(
        label=_("Item codes"),
        required=False,
        max_length=50_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One a line. Empty: all line items count."),
    )
    item_attributes = forms.CharField(
        label=_("Item attributes"),
        required=False,
        max_length=50_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One a line, as colour: red, blue. A line item must have all of them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["item_codes"] = "\n".join(self.instance.item_codes)
        self.initial["item_attributes"] = "\n".join(
            f"{name}: {', '.join([values] if isinstance(values, str) else values)}"
            for name, values in self.instance.item_attributes.items()
        )
        if "tiers" in self.fields:
            self.fields["tiers"].label_from_instance = (  # type: ignore[attr-defined]
                lambda tier: f"{tier.program.name}: {tier.name}"
            )

    def clean_item_codes(self) -> list[str]:
        return _check_words(self.cleaned_data["item_codes"].splitlines())

    def clean_item_attributes(self) -> dict[str, list[str]]:
        attributes: dict[str, list[str]] = {}
        for line in self.cleaned_data["item_attributes"].splitlines():
            if not line.strip():
                continue
            name, _colon, values = line.partition(":")
            words = _check_words(values.split(","))
            if not name.strip() or not words:
                raise forms.ValidationError(
                    gettext("Write each attribute as a name, a colon, and its values.")
                )
            attributes.setdefault(name.strip(), []).extend(words)
        return attributes

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        value = cleaned.get("value")
        if value is not None and not 0 < value <= MOST_POINTS:
            self.add_error("value", gettext("Enter a number above 0, at most 1,000,000."))
        elif value is not None and cleaned.get("reward") == "MULTIPLIER" and value <= 1:
            self.add_error("value", gettext("A multiple must be above 1: 2 doubles the points."))
        if (cleaned.get("min_amount") or 0) < 0:
            self.add_error("min_amount", gettext("Enter a number that is 0 or greater."))
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", gettext("The end must be after the start."))
        program = cleaned.get("program") or getattr(self.instance, "program", None)
        if program and any(tier.program_id != program.pk for tier in cleaned.get("tiers") or ()):
            self.add_error("tiers", gettext("Select tiers of the promotion's program only."))
        return cleaned


def _check_words(texts: list[str]) -> list[str]:
    return read_names(texts, most=MOST_CODES, longest=LONGEST_CODE)


@admin.register(Promotion)
class PromotionDesk(ConfigurationDesk):
    form = PromotionForm
    list_display = ["name", "program", "gives", "period", "is_on_request", "is_active"]
    list_filter = ["is_active", "reward", "scope"]
    list_select_related = ["program"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    autocomplete_fields = ["stores"]
    # Points that were given name the promotion and its program.
    readonly_after_creation = ("program",)
    fieldsets = [
        (None, {"fields": ["name", "program", "is_active", "is_on_request"]}),
        (_("What it gives"), {"fields": ["scope", "reward", "value", "once_per_customer"]}),
        (_("When and where"), {"fields": ["starts_at", "ends_at", "stores"]}),
        (
            _("For which bills"),
            {"fields": ["tiers", "min_amount", "item_codes", "item_attributes"]},
        ),
    ]
    actions_detail = ["preview"]

    @display(description=_("Gives"))
    def gives(self, promotion: Promotion) -> str:
        value = format_amount(promotion.value)
        if promotion.reward == Promotion.Reward.FIXED:
            return gettext("{value} points").format(value=value)
        if promotion.reward == Promotion.Reward.PER_UNIT:
            return gettext("{value} points a unit of spend").format(value=value)
        return gettext("{value} times the tier's points").format(value=value)

    @display(description=_("Period"))
    def period(self, promotion: Promotion) -> str:
        first, last = (
            format_minute(moment) if moment else ""
            for moment in (promotion.starts_at, promotion.ends_at)
        )
        if first and last:
            return gettext("{first} to {last}").format(first=first, last=last)
        return (
            gettext("from {first}").format(first=first)
            if first
            else gettext("until {last}").format(last=last)
            if last
            else gettext("no end date")
        )

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        if db_field.name == "tiers":
            return filter_tiers(org_id=get_staff_user(request).org_id)
        rows = super().get_field_queryset(db, db_field, request)
        return rows.filter(type__in=PLACES) if db_field.name == "stores" else rows

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            origin = get_origin(request)
            obj.created_by_id, obj.created_at = origin.actor_id, origin.at
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # Stores and tiers are saved after the promotion, so the cache is cleared here.
        clear_promotion_cache(form.instance.org_id)

    @action(description=_("Preview"), permissions=["view"], icon="query_stats", url_path="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show what the promotion would have given for the bills of the last thirty days."""
        promotion = self.get_object(request, object_id)
        if promotion is None:
            raise Http404
        if not self.has_view_permission(request, promotion):
            raise PermissionDenied
        preview = preview_promotion(promotion, now=get_origin(request).at)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": promotion,
            "title": gettext("Preview of {promotion}").format(promotion=promotion),
            "preview": preview,
            "facts": [
                (gettext("Bills looked at"), format_count(preview.bills_looked_at)),
                (gettext("Bills that meet it"), format_count(preview.bills)),
                (gettext("Customers who get it"), format_count(preview.customers)),
                (gettext("Points it gives"), format_amount(preview.points)),
            ],
            "days": DAYS,
            "most_bills": format_count(MOST_BILLS),
            "bills": [
                {
                    "url": reverse("admin:loyalty_transaction_change", args=[bill.transaction_id]),
                    "number": bill.number,
                    "billed_at": bill.billed_at,
                    "amount": format_amount(bill.amount),
                    "points": format_amount(bill.points),
                }
                for bill in preview.newest
            ],
            "may_see_bills": request.user.has_perm("loyalty.view_transaction"),
            "back_url": reverse("admin:loyalty_promotion_change", args=[promotion.pk]),
        }
        return TemplateResponse(request, "console/promotion_preview.html", context)
