"""A customer's page: identity, profiles, consent, loyalty, service and history."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.event_descriptions import describe_events, format_value
from crm.audit.queries import list_subject_events
from crm.tenancy.queries.entities import get_entity_names
from customers import errors
from customers.admin.consent_page import PERMISSION as CHANGE_CONSENT
from customers.admin.consent_page import describe_consent, get_consent_url
from customers.admin.customer_actions import EDIT, list_action_groups
from customers.admin.customer_hierarchies import build_hierarchy_rows
from customers.admin.customer_interactions import build_interactions_context
from customers.admin.customer_loyalty import build_loyalty_context
from customers.admin.customer_requests import build_requests_context
from customers.admin.customer_service import build_service_context, list_hidden_event_kinds
from customers.admin.fraud_marks import FraudForm, may_mark_fraud
from customers.admin.status_label_change import LabelForm, may_label
from customers.admin.unmerge import may_unmerge
from customers.models import Customer
from customers.models.subscription import (
    SubscriptionChannel,
    SubscriptionPriority,
    SubscriptionScope,
    SubscriptionStatus,
)
from customers.queries.customers.customer_page import (
    CustomerOverview,
    MergeView,
    ProfileView,
    get_customer_overview,
)
from customers.queries.images import build_image_path, find_image
from customers.queries.status_labels import get_current_label, list_status_changes
from customers.queries.subscriptions import (
    list_scoped_statuses,
    list_subscription_changes,
    list_subscriptions,
)
from customers.rules.subscriptions import Consent

MAX_EVENTS = 50
MAX_CHANGES = 20
NOT_SET = gettext_noop("Not set")
# Of consent, in a sentence.
PRIORITY_WORDS = {"TRANS": gettext_noop("transactional"), "BULK": gettext_noop("bulk")}
# Labels of identifier types.
IDENTIFIER_NAMES = {
    "mobile": gettext_noop("Mobile"),
    "email": gettext_noop("Email"),
    "externalId": gettext_noop("External id"),
    "cardnumber": gettext_noop("Card number"),
    "wechat": gettext_noop("WeChat"),
    "unionId": gettext_noop("WeChat union id"),
    "fbId": gettext_noop("Facebook id"),
    "facebook": gettext_noop("Facebook"),
    "cuid": gettext_noop("Web visitor (cuid)"),
    "mobilePush": gettext_noop("Mobile push"),
    "martjackId": gettext_noop("MartJack id"),
    "line": "LINE",
}


def show_customer(desk: Any, request: HttpRequest, customer_id: int) -> TemplateResponse:
    """Show the page of a customer. Customers of other organizations answer 404."""
    org_id = get_staff_user(request).org_id
    try:
        overview = get_customer_overview(org_id=org_id, customer_id=customer_id)
    except errors.CustomerUnknown as refusal:
        raise Http404 from refusal
    image = find_image(org_id=org_id, customer_id=customer_id)
    label = None
    if overview.status_label is None:
        label = get_current_label(org_id=org_id, customer_id=customer_id)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        # For the breadcrumbs, which need an instance.
        "original": Customer(pk=customer_id),
        "title": overview.name or gettext("Customer {customer_id}").format(customer_id=overview.id),
        "customer": _build_heading(overview, label.label if label else None),
        "image_url": build_image_path(image.handle) if image else "",
        "facts": _list_facts(overview),
        "survivor": _build_customer_link(overview.merged_into_id),
        "merges": [
            {
                **asdict(merge),
                "other": _build_customer_link(merge.other_id),
                "undo_url": _get_unmerge_url(request, customer_id, merge),
            }
            for merge in overview.merges
        ],
        "identifiers": [
            (_get_identifier_name(row.type), row.value, ", ".join(row.source_accounts))
            for row in overview.identifiers
        ],
        "profiles": [
            _build_profile_row(request, overview, profile) for profile in overview.profiles
        ],
        "extended_fields": [
            (name, format_value(value)) for name, value in overview.extended_fields
        ],
        **_build_consent_context(
            request,
            overview,
            list_subscriptions(org_id=org_id, customer_id=customer_id),
        ),
        "consent_changes": [
            {
                "channel": SubscriptionChannel(line.channel).label,
                "priority": gettext(PRIORITY_WORDS[line.priority]),
                "before": _format_status(line.previous_status),
                "after": _format_status(line.status),
                "source": f"{line.source} {line.account_id}".strip(),
                "scope": _format_scope(line.scope),
                "reason": line.reason,
                "who": line.changed_by or gettext("The system"),
                "changed_at": line.changed_at,
            }
            for line in list_subscription_changes(
                org_id=org_id, customer_id=customer_id, limit=MAX_CHANGES
            )
        ],
        "status_changes": list_status_changes(
            org_id=org_id, customer_id=customer_id, limit=MAX_CHANGES
        ),
        "history": describe_events(
            list_subject_events(org_id=org_id, subject_type="customer", subject_id=customer_id)
            .exclude(kind__in=list_hidden_event_kinds(request))
            .select_related("actor")[:MAX_EVENTS]
        ),
        "places": build_hierarchy_rows(request, customer_id=customer_id),
        "interactions": build_interactions_context(request, org_id=org_id, customer_id=customer_id),
        "list_url": reverse("admin:customers_customer_changelist"),
        "requests": build_requests_context(
            request,
            customer_id=customer_id,
            now=timezone.now(),
            is_merged=overview.merged_into_id is not None,
        ),
        "loyalty": build_loyalty_context(
            request,
            org_id=org_id,
            customer_id=customer_id,
            now=timezone.now(),
            is_merged=overview.merged_into_id is not None,
        ),
    }
    context["service"] = build_service_context(
        request,
        org_id=org_id,
        customer_id=customer_id,
        is_merged=overview.merged_into_id is not None,
    )
    if overview.merged_into_id is None:
        context["action_groups"] = list_action_groups(
            request, customer_id=customer_id, redeem_url=_get_redeem_url(context["loyalty"])
        )
    if may_label(request) and overview.merged_into_id is None:
        context["label_form"] = LabelForm(org_id)
        context["label_url"] = reverse("admin:customers_customer_label", args=[customer_id])
    if may_mark_fraud(request) and overview.merged_into_id is None:
        context["fraud_form"] = FraudForm()
        context["fraud_url"] = reverse("admin:customers_customer_fraud", args=[customer_id])
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/customer.html", context)


def _get_redeem_url(loyalty: dict[str, Any] | None) -> str:
    """Return where points of the first membership are redeemed; blank if they may not be."""
    memberships = loyalty["memberships"] if loyalty else []
    return memberships[0]["redeem_url"] if memberships else ""


def _get_unmerge_url(request: HttpRequest, customer_id: int, merge: MergeView) -> str:
    """Return the URL to unmerge, on the survivor's page and with permission only; else empty."""
    if not merge.is_survivor or merge.undone_at or not may_unmerge(request):
        return ""
    return reverse("admin:customers_customer_undo_merge", args=[customer_id, merge.id])


def _build_heading(overview: CustomerOverview, default_label: str | None) -> dict[str, Any]:
    return {
        "id": overview.id,
        "name": overview.name or gettext("(no name)"),
        "initials": "".join(word[0] for word in overview.name.split()[:2]).upper() or "?",
        "type": overview.loyalty_type,
        "status_label": overview.status_label or default_label or gettext(NOT_SET),
        "status": (overview.status or "").lower(),
        "label_was_set": overview.status_label is not None,
        "fraud_status": overview.fraud_status,
        "is_merged": overview.merged_into_id is not None,
        "is_test": bool(overview.end_points),
    }


def _list_facts(overview: CustomerOverview) -> list[tuple[str, Any]]:
    """Return the facts below the name. The template formats datetimes."""
    facts = [
        (gettext("Registered"), overview.registered_at),
        (gettext("Registered in"), overview.registered_in),
        (gettext("Registered by"), overview.registered_by),
        (gettext("Associated with"), overview.associated_with),
        (gettext("Last changed"), overview.modified_at),
        (gettext("Changed by"), overview.modified_by),
        (gettext("Fraud status changed"), overview.fraud_marked_at),
        (gettext("Fraud status changed by"), overview.fraud_marked_by),
        (gettext("Reason of the fraud status"), overview.fraud_reason),
        (gettext("Enabled end points"), ", ".join(overview.end_points)),
    ]
    return [(name, value) for name, value in facts if value]


def _build_profile_row(
    request: HttpRequest, overview: CustomerOverview, profile: ProfileView
) -> dict[str, Any]:
    edit_url = reverse("admin:customers_customer_edit", args=[overview.id])
    may_edit = request.user.has_perm(EDIT) and overview.merged_into_id is None
    return {
        "edit_url": f"{edit_url}?account={profile.source_account_id}" if may_edit else "",
        "source_account": profile.source_account,
        "name": profile.name or gettext("(no name)"),
        "is_closed": profile.closed_at is not None,
        "fields": [(name, format_value(value)) for name, value in profile.fields],
        "identifiers": [(_get_identifier_name(kind), value) for kind, value in profile.identifiers],
        "channels": [asdict(channel) for channel in profile.channels],
        "created_at": profile.created_at,
        "created_by": profile.created_by or gettext("the system"),
        "modified_at": profile.modified_at,
        "modified_by": profile.modified_by,
    }


def _build_consent_context(
    request: HttpRequest, overview: CustomerOverview, rows: list[Consent]
) -> dict[str, Any]:
    """Return consent as a grid of channels and priorities, and each setting."""
    org_id = get_staff_user(request).org_id
    may_change = request.user.has_perm(CHANGE_CONSENT) and overview.merged_into_id is None
    unit_ids = {row.org_unit_id for row in rows if row.org_unit_id is not None}
    units = get_entity_names(org_id=org_id, entity_ids=unit_ids)
    consent_by_cell = {(row.channel, row.priority): row for row in rows if row.source is None}
    channels = list(dict.fromkeys(channel for channel, _priority in consent_by_cell))
    scoped = list_scoped_statuses(org_id=org_id, customer_ids=[overview.id])[overview.id]
    return {
        "consent_url": get_consent_url(overview.id) if may_change else "",
        "consent_priorities": SubscriptionPriority.labels,
        "consent": [
            {
                "channel": SubscriptionChannel(channel).label,
                "cells": [
                    _build_consent_cell(
                        consent_by_cell.get((channel, priority)),
                        channel=channel,
                        priority=priority,
                        customer_id=overview.id if may_change else None,
                    )
                    for priority in SubscriptionPriority.values
                ],
            }
            for channel in channels
        ],
        "consent_details": [
            {
                "channel": SubscriptionChannel(row.channel).label,
                "priority": gettext(PRIORITY_WORDS[row.priority]),
                "source": f"{row.source} {row.account_id or ''}".strip(),
                "unit": units.get(row.org_unit_id, "") if row.org_unit_id else "",
                "status": _format_status(row.status),
                "is_in": row.status == SubscriptionStatus.OPTIN,
            }
            for row in rows
            if row.source is not None
        ],
        "consent_scopes": [
            {
                "channel": SubscriptionChannel(channel).label,
                "priority": gettext(PRIORITY_WORDS[priority]),
                "scope": _format_scope(scope),
                "status": _format_status(status),
                "is_in": status == SubscriptionStatus.OPTIN,
            }
            for (channel, priority), statuses in scoped.items()
            for scope, status in statuses.items()
        ],
    }


def _build_consent_cell(
    row: Consent | None, *, channel: str, priority: str, customer_id: int | None
) -> dict[str, Any]:
    """Return the consent, and where it is changed if ``customer_id`` is given."""
    cell = describe_consent(row)
    if customer_id is not None:
        cell["url"] = get_consent_url(customer_id, channel, priority, cell["opposite"])
    return cell


def _format_scope(scope: str) -> str:
    return str(SubscriptionScope(scope).label) if scope else ""


def _format_status(status: str) -> str:
    return str(SubscriptionStatus(status).label) if status else gettext(NOT_SET)


def _get_identifier_name(kind: str) -> str:
    return gettext(IDENTIFIER_NAMES.get(kind, kind))


def _build_customer_link(customer_id: int | None) -> dict[str, Any] | None:
    if customer_id is None:
        return None
    return {
        "id": customer_id,
        "url": reverse("admin:customers_customer_change", args=[customer_id]),
    }
