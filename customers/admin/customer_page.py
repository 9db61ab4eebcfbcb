"""One customer's page: who they are, in which sources, what they agreed to, and their history."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from crm.adminkit.history import happenings, in_words
from crm.adminkit.person import staff_of
from crm.audit.queries import list_events_of
from crm.tenancy.queries.entities import entity_names
from customers import errors
from customers.admin.customer_interactions import interactions_of
from customers.admin.customer_loyalty import loyalty_of
from customers.admin.customer_places import places_of
from customers.admin.customer_requests import requests_of
from customers.admin.customer_service import hidden_kinds, service_of
from customers.admin.label_change import LabelForm, may_label
from customers.admin.merge_undo import may_undo
from customers.models import Customer
from customers.models.subscription import (
    SubscriptionChannel,
    SubscriptionPriority,
    SubscriptionStatus,
)
from customers.queries.dossier import Dossier, MergeView, ProfileView, get_dossier
from customers.queries.images import find_image, image_path
from customers.queries.statuses import current_label, list_status_changes
from customers.queries.subscriptions import list_subscription_changes, list_subscriptions
from customers.rules.subscriptions import Consent

MOST_EVENTS = 50
MOST_CHANGES = 20
NOT_SET = "Not set"
# What the wire calls an identifier, as people say it.
IDENTIFIER_NAMES = {
    "mobile": "Mobile",
    "email": "Email",
    "externalId": "External id",
    "cardnumber": "Card number",
    "wechat": "WeChat",
    "unionId": "WeChat union id",
    "fbId": "Facebook id",
    "facebook": "Facebook",
    "cuid": "Web visitor (cuid)",
    "mobilePush": "Mobile push",
    "martjackId": "MartJack id",
    "line": "LINE",
}


def show_customer(desk: Any, request: HttpRequest, customer_id: int) -> TemplateResponse:
    """Draw the page of a customer of one's own organization; 404 for everybody else's."""
    org_id = staff_of(request).org_id
    try:
        dossier = get_dossier(org_id=org_id, customer_id=customer_id)
    except errors.CustomerUnknown as refusal:
        raise Http404 from refusal
    image = find_image(org_id=org_id, customer_id=customer_id)
    label = None
    if dossier.status_label is None:
        label = current_label(org_id=org_id, customer_id=customer_id)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        # For the path in the heading, which asks a row for its name and key.
        "original": Customer(pk=customer_id),
        "title": dossier.name or f"Customer {dossier.id}",
        "customer": _heading(dossier, label.label if label else None),
        "image_url": image_path(image.handle) if image else "",
        "facts": _facts(dossier),
        "survivor": _link(dossier.merged_into_id),
        "merges": [
            {
                **asdict(merge),
                "other": _link(merge.other_id),
                "undo_url": _undo_url(request, customer_id, merge),
            }
            for merge in dossier.merges
        ],
        "identifiers": [
            (_called(row.type), row.value, ", ".join(row.source_accounts))
            for row in dossier.identifiers
        ],
        "profiles": [_profile(profile) for profile in dossier.profiles],
        "extended_fields": [(name, in_words(value)) for name, value in dossier.extended_fields],
        **_consent(org_id, list_subscriptions(org_id=org_id, customer_id=customer_id)),
        "consent_changes": [
            {
                "channel": SubscriptionChannel(line.channel).label,
                "priority": SubscriptionPriority(line.priority).label,
                "before": _status(line.previous_status),
                "after": _status(line.status),
                "source": f"{line.source} {line.account_id}".strip(),
                "reason": line.reason,
                "who": line.changed_by or "The system",
                "changed_at": line.changed_at,
            }
            for line in list_subscription_changes(
                org_id=org_id, customer_id=customer_id, limit=MOST_CHANGES
            )
        ],
        "status_changes": list_status_changes(
            org_id=org_id, customer_id=customer_id, limit=MOST_CHANGES
        ),
        "history": happenings(
            list_events_of(org_id=org_id, subject_type="customer", subject_id=customer_id)
            .exclude(kind__in=hidden_kinds(request))
            .select_related("actor")[:MOST_EVENTS]
        ),
        "places": places_of(request, customer_id=customer_id),
        "interactions": interactions_of(request, org_id=org_id, customer_id=customer_id),
        "list_url": reverse("admin:customers_customer_changelist"),
        "requests": requests_of(
            request,
            customer_id=customer_id,
            now=timezone.now(),
            is_merged=dossier.merged_into_id is not None,
        ),
        "loyalty": loyalty_of(
            request,
            org_id=org_id,
            customer_id=customer_id,
            now=timezone.now(),
            is_merged=dossier.merged_into_id is not None,
        ),
    }
    context["service"] = service_of(
        request,
        org_id=org_id,
        customer_id=customer_id,
        is_merged=dossier.merged_into_id is not None,
    )
    if may_label(request) and dossier.merged_into_id is None:
        context["label_form"] = LabelForm(org_id)
        context["label_url"] = reverse("admin:customers_customer_label", args=[customer_id])
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/customer.html", context)


def _undo_url(request: HttpRequest, customer_id: int, merge: MergeView) -> str:
    """The way to undoing a merge, from the survivor's page and for whom may go it."""
    if not merge.is_survivor or merge.undone_at or not may_undo(request):
        return ""
    return reverse("admin:customers_customer_undo_merge", args=[customer_id, merge.id])


def _heading(dossier: Dossier, default_label: str | None) -> dict[str, Any]:
    return {
        "id": dossier.id,
        "name": dossier.name or "(no name)",
        "initials": "".join(word[0] for word in dossier.name.split()[:2]).upper() or "?",
        "type": dossier.loyalty_type,
        "status_label": dossier.status_label or default_label or NOT_SET,
        "status": (dossier.status or "").lower(),
        "label_was_set": dossier.status_label is not None,
        "fraud_status": dossier.fraud_status,
        "is_merged": dossier.merged_into_id is not None,
    }


def _facts(dossier: Dossier) -> list[tuple[str, Any]]:
    """What the heading says below the name; moments stay moments, for the page's clock."""
    facts = [
        ("Registered", dossier.registered_at),
        ("Registered in", dossier.registered_in),
        ("Registered by", dossier.registered_by),
        ("Associated with", dossier.associated_with),
        ("Last changed", dossier.modified_at),
        ("Changed by", dossier.modified_by),
    ]
    return [(name, value) for name, value in facts if value]


def _profile(profile: ProfileView) -> dict[str, Any]:
    return {
        "source_account": profile.source_account,
        "name": profile.name or "(no name)",
        "is_closed": profile.closed_at is not None,
        "fields": [(name, in_words(value)) for name, value in profile.fields],
        "identifiers": [(_called(kind), value) for kind, value in profile.identifiers],
        "channels": [asdict(channel) for channel in profile.channels],
        "created_at": profile.created_at,
        "created_by": profile.created_by or "the system",
        "modified_at": profile.modified_at,
        "modified_by": profile.modified_by,
    }


def _consent(org_id: int, rows: list[Consent]) -> dict[str, Any]:
    """The sums as a grid of channels and priorities, and what was said one by one."""
    unit_ids = {row.org_unit_id for row in rows if row.org_unit_id is not None}
    units = entity_names(org_id=org_id, entity_ids=unit_ids)
    sums = {(r.channel, r.priority): r for r in rows if r.source is None}
    channels = list(dict.fromkeys(channel for channel, _ in sums))
    return {
        "consent_priorities": SubscriptionPriority.labels,
        "consent": [
            {
                "channel": SubscriptionChannel(channel).label,
                "cells": [
                    _cell(sums.get((channel, priority))) for priority in SubscriptionPriority.values
                ],
            }
            for channel in channels
        ],
        "consent_details": [
            {
                "channel": SubscriptionChannel(row.channel).label,
                "priority": SubscriptionPriority(row.priority).label,
                "source": f"{row.source} {row.account_id or ''}".strip(),
                "unit": units.get(row.org_unit_id, "") if row.org_unit_id else "",
                "status": _status(row.status),
                "is_in": row.status == SubscriptionStatus.OPTIN,
            }
            for row in rows
            if row.source is not None
        ],
    }


def _cell(row: Consent | None) -> dict[str, Any]:
    if row is None or not row.was_set:
        return {"text": NOT_SET, "kind": "unset"}
    is_in = row.status == SubscriptionStatus.OPTIN
    return {"text": _status(row.status), "kind": "in" if is_in else "out"}


def _status(status: str) -> str:
    return str(SubscriptionStatus(status).label) if status else NOT_SET


def _called(kind: str) -> str:
    return IDENTIFIER_NAMES.get(kind, kind)


def _link(customer_id: int | None) -> dict[str, Any] | None:
    if customer_id is None:
        return None
    return {
        "id": customer_id,
        "url": reverse("admin:customers_customer_change", args=[customer_id]),
    }
