"""Kinds of cards and of coupons, by the numbers and codes that the documents print."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from crm.demo.ids import continue_after
from crm.demo.organizations import Shop
from crm.demo.programs import WELCOME_SERIES
from crm.kernel.transactions import within_unit_of_work
from loyalty.models import CardLabel, CardSeries, CouponSeries
from loyalty.operations.cards.add import NewCard, add_cards
from loyalty.operations.cards.generate import generate_cards
from loyalty.operations.cards.series import create_card_series

MADE_AT = datetime(2011, 1, 3, 6, 30, tzinfo=UTC)
CLERK = "demo.till"

# Label, status, and whether a card gets it where nobody names one.
CARD_LABELS = (
    ("NOT_ISSUED", "NOT_ISSUED", True),
    ("ISSUED", "ISSUED", True),
    ("ACTIVE", "ACTIVE", True),
    ("SUSPENDED", "SUSPENDED", True),
    ("LOST", "SUSPENDED", False),
    ("STOLEN", "SUSPENDED", False),
    ("EXPIRED", "EXPIRED", True),
    ("DELETED", "DELETED", True),
)
SORRY_SERIES = 80197
CLUB, TRUNK, SUSHI, GOLD, FLEET = 15, 19, 23, 24, 25
CARDS: Mapping[int, dict[str, Any]] = {
    CLUB: {
        "code": "CLUB15",
        "name": "Club card",
        "type": "PHYSICAL",
        "takes_external": True,
        "prefix": "CL",
        "max_active_cards": 1,
        "expiry_enabled": True,
        "expiry_days": 1_460,
    },
    TRUNK: {
        "code": "TTM0011",
        "name": "Trunk card",
        "takes_external": True,
        "prefix": "TTM0011",
        "suffix": "ZS",
        "length": 20,
    },
    SUSHI: {
        "code": "422",
        "name": "sushicard",
        "prefix": "4220",
        "method": "LUHN",
        "max_active_cards": 60,
    },
    GOLD: {
        "code": "GOLDPHY98",
        "name": "Gold card",
        "type": "PHYSICAL",
        "generation_enabled": False,
    },
    FLEET: {
        "code": "FleetCard1",
        "name": "Fleet card",
        "type": "PHYSICAL",
        "generation_enabled": False,
    },
}
# Numbers that came from outside and are issued to nobody yet.
WAITING = (
    (TRUNK, "TTM001110000000001ZS"),
    (GOLD, "GOLD00000000000001032021"),
    *((CLUB, f"CLUB15{number:06}") for number in range(900_001, 900_006)),
    *((FLEET, f"FLEET{number:06}") for number in range(1, 6)),
)
# How many of the series' own numbers are made in advance.
GENERATED = {CLUB: 40, TRUNK: 20, SUSHI: 60}

FRIEND_SERIES = 80198
COUPONS: Mapping[int, dict[str, Any]] = {
    14162: {
        "code": "GM0V3HXC",
        "description": "Mobile Push offer 1",
        "info": "Mobile Push offer 1",
        "tag": "Mobile Push offer 1",
        "discount_type": "PERC",
        "discount_value": 10,
        "discount_code": "MobilePush",
        "valid_days": 200,
        "max_create": 1_000,
        "terms": "Not together with other offers.",
        "sms_template": "{{full_name}}, your coupon code is {{voucher}}. {{optout}}",
        "short_sms_template": "Hello {{cust_name}}, your voucher code is {{voucher_code}}",
    },
    SORRY_SERIES: {
        "code": "GOODWILL500",
        "description": "With our apologies",
        "series_type": "GOODWILL",
        "discount_type": "ABS",
        "discount_value": 500,
        "discount_code": "SORRY500",
        "valid_days": 365,
    },
    FRIEND_SERIES: {
        "code": "FRIEND50",
        "description": "Thank you for bringing a friend",
        "discount_type": "ABS",
        "discount_value": 50,
        "discount_code": "FRIEND50",
        "valid_days": 365,
    },
    363653: {
        "code": "NEWFORALL",
        "description": "NewCouponForAll",
        "discount_type": "ABS",
        "discount_value": 1_000,
        "discount_code": "NEW1000",
        "valid_till_date": date(2029, 9, 1),
        "min_bill_amount": 1_000,
    },
    WELCOME_SERIES: {
        "code": "WELCOME10",
        "description": "Welcome: a tenth off your next bill",
        "discount_type": "PERC",
        "discount_value": 10,
        "discount_upto": 750,
        "discount_code": "WELCOME10",
        "valid_days": 90,
    },
}


@within_unit_of_work
def make_coupon_series(shop: Shop) -> None:
    """Set up every kind of coupon."""
    for pk, given in COUPONS.items():
        CouponSeries.objects.create(
            pk=pk,
            org=shop.org,
            created_at=MADE_AT,
            created_by_id=shop.entity_ids[CLERK],
            **given,
        )
    continue_after(CouponSeries, max(COUPONS))


@within_unit_of_work
def make_card_series(shop: Shop) -> None:
    """Set up labels and every kind of card, with numbers that wait for a customer."""
    for label, status, is_default in CARD_LABELS:
        CardLabel.objects.create(org=shop.org, label=label, status=status, is_default=is_default)
    origin = shop.origin(CLERK, MADE_AT)
    for pk, given in CARDS.items():
        continue_after(CardSeries, pk - 1)
        create_card_series(origin=origin, data={"description": given["name"], **given})


@within_unit_of_work
def make_cards(shop: Shop) -> None:
    """Make the numbers that wait for a customer."""
    origin = shop.origin(CLERK, MADE_AT)
    added = add_cards(
        origin=origin, cards=[NewCard(number=number, series_id=pk) for pk, number in WAITING]
    )
    for outcome in added:
        if outcome.refusal is not None:
            raise outcome.refusal
    for pk, count in GENERATED.items():
        generate_cards(origin=origin, series_id=pk, count=count, description="First delivery")
