"""Builders of cards and coupons for tests; as in ``builders``, every argument has a default."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from crm.tenancy.models import Organization
from customers.models import Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.search_index import reindex_customers
from loyalty.models import Card, CardLabel, CardSeries, CardStatusChange, Coupon, CouponSeries
from loyalty.queries.cards.series import forget_triggered_series
from tests.builders import NOON, get_or_make_organization

_numbers = count(1)


def make_card_label(
    label: str = "Active",
    status: str = CardLabel.Status.ACTIVE,
    org: Organization | None = None,
    **attributes: Any,
) -> CardLabel:
    return CardLabel.objects.create(
        org=org or get_or_make_organization(), label=label, status=status, **attributes
    )


def get_or_make_card_label(status: str, org: Organization | None = None) -> CardLabel:
    """Return a label of this status; create one with the status as its name if there is none."""
    org = org or get_or_make_organization()
    existing = CardLabel.objects.filter(org=org, status=status).order_by("pk").first()
    return existing or make_card_label(status, status, org)


def make_card_series(
    code: str | None = None,
    org: Organization | None = None,
    *,
    at: datetime = NOON,
    **settings: Any,
) -> CardSeries:
    """Create a series of 12-digit numbers that also takes external numbers, without a limit."""
    code = code or f"series-{next(_numbers)}"
    org = org or get_or_make_organization()
    forget_triggered_series(org.pk)
    return CardSeries.objects.create(
        org=org,
        code=code,
        **{
            "name": code,
            "length": 12,
            "takes_external": True,
            "created_at": at,
            "modified_at": at,
            **settings,
        },
    )


def make_card(
    number: str | None = None,
    series: CardSeries | None = None,
    customer: Customer | None = None,
    *,
    status: str | None = None,
    at: datetime = NOON,
    **attributes: Any,
) -> Card:
    """Create a card that is not issued; with a customer it is ACTIVE and in their profiles."""
    org = series.org if series else customer.org if customer else get_or_make_organization()
    series = series or make_card_series(org=org)
    status = status or ("ACTIVE" if customer else "NOT_ISSUED")
    label = get_or_make_card_label(status, org)
    card = Card.objects.create(
        org=org,
        series=series,
        number=number or f"card-{next(_numbers):06}",
        customer=customer,
        label=label,
        status=status,
        **{"issued_at": at if customer else None, "created_at": at, **attributes},
    )
    CardStatusChange.objects.create(card=card, label=label, created_at=at)
    if customer is not None:
        _register_identifiers(card, customer)
    return card


def make_coupon_series(
    code: str | None = None, org: Organization | None = None, *, at: datetime = NOON, **rules: Any
) -> CouponSeries:
    """Create a series of 10 % coupons that do not expire and are redeemed once, without limits."""
    code = code or f"coupons-{next(_numbers)}"
    return CouponSeries.objects.create(
        org=org or get_or_make_organization(),
        code=code,
        **{
            "description": code,
            "discount_type": "PERC",
            "discount_value": 10,
            "created_at": at,
            **rules,
        },
    )


def make_coupon(
    customer: Customer,
    series: CouponSeries | None = None,
    code: str | None = None,
    *,
    at: datetime = NOON,
    **attributes: Any,
) -> Coupon:
    """Create a coupon that expires in thirty days; the counts of its series stay unchanged."""
    series = series or make_coupon_series(org=customer.org)
    return Coupon.objects.create(
        org=series.org,
        series=series,
        customer=customer,
        code=code or f"CODE{next(_numbers):06}",
        **{
            "issued_at": at,
            "active_from": at,
            "expires_at": at + timedelta(days=30),
            "max_redemptions": series.max_redemptions_per_coupon,
            **attributes,
        },
    )


def _register_identifiers(card: Card, customer: Customer) -> None:
    keys = [("cardnumber", card.number)]
    if card.external_id:
        keys.append(("cardExternalId", card.external_id))
    for type, value in keys:
        identifier = Identifier.objects.create(
            org=card.org, customer=customer, type=type, value=value
        )
        for profile in Profile.objects.filter(customer=customer, closed_at__isnull=True):
            ProfileIdentifier.objects.create(profile=profile, identifier=identifier)
    with transaction.atomic():
        reindex_customers(org_id=card.org_id, customer_ids={customer.pk})
